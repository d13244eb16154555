"""What can be done to activities and their shifts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import ADMISSIONS, Activity, Organisation, Shift, ShiftSite, Site
from operations.rules import time_span

from .areas import place_of
from .records import audit, find, must_write, snapshot
from .refusals import Refused, one_of, required_text

CATEGORIES = (
    "elderly_disabled",
    "convenience",
    "large_event",
    "youth",
    "social_governance",
    "culture_sports",
    "environment",
    "safety",
)


@dataclass(frozen=True)
class ShiftPlan:
    """One shift to be held: its times, how many may come, where, and the share of it that must be served."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    site_ids: tuple[int, ...]
    min_attendance_permille: int | None = None


def publish_activity(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    title: str,
    category_code: str,
    area_code: str,
    shifts: list[ShiftPlan],
    risk_statement: str,
    at: datetime,
    description: str = "",
    is_dangerous: bool = False,
    insurance_policy_no: str | None = None,
    is_recruiting_only: bool = False,
    admission: str = "at_once",
    reason: str = "",
) -> Activity:
    """Publish an activity with its shifts, recruiting from now on, and return it.

    It begins with its first shift and ends with its last. The risks are stated, and a dangerous one is insured
    before it is published (志愿服务条例, State Council order 685).

    Raises `Refused` if anything of it is missing, past, longer than a year (a shift: 24 h) or nowhere; `NotAllowed`.
    """
    must_write(session)
    organisation = find(session, Organisation, organisation_id, "organisation")
    place = place_of(session, area_code)
    demand(actor, Action.PUBLISH_ACTIVITY, Where(place.district_code, place.township_code, organisation_id))
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and publishes nothing", "organisation_id")
    insurance = (insurance_policy_no or "").strip() or None
    if is_dangerous and insurance is None:
        raise Refused(
            "a dangerous activity needs its accident insurance before it is published", "insurance_policy_no"
        )
    _check_times(shifts, at)
    activity = Activity(
        organisation_id=organisation_id,
        title=required_text(title, "title", 160),
        category_code=one_of(category_code, CATEGORIES, "category_code"),
        status="recruiting",
        description=description.strip(),
        risk_statement=required_text(risk_statement, "risk_statement", 4000),
        is_dangerous=is_dangerous,
        insurance_policy_no=insurance,
        is_recruiting_only=is_recruiting_only,
        admission=one_of(admission, ADMISSIONS, "admission"),
        starts_at=min(plan.starts_at for plan in shifts),
        ends_at=max(plan.ends_at for plan in shifts),
        district_code=place.district_code,
        township_code=place.township_code,
        created_at=at,
        published_at=at,
    )
    session.add(activity)
    session.flush()
    planned = [_add_shift(session, activity, plan, place.district_code) for plan in shifts]
    after = {**snapshot(activity), "shifts": planned}
    audit(session, actor, Action.PUBLISH_ACTIVITY, activity, at=at, reason=reason, after=after)
    return activity


def _check_times(shifts: list[ShiftPlan], at: datetime) -> None:
    if not shifts:
        raise Refused("an activity has at least one shift", "shifts")
    longest = time_span("shift_length_limit", at)
    for number, plan in enumerate(shifts, start=1):
        if plan.ends_at <= plan.starts_at:
            raise Refused(f"shift {number} ends before it starts", "shifts")
        if plan.ends_at - plan.starts_at > longest:
            hours = longest // timedelta(hours=1)
            raise Refused(f"shift {number} is longer than {hours} h: split it", "shifts")
        if plan.starts_at <= at:
            raise Refused(
                f"shift {number} has started already: only what is to come can be published", "shifts"
            )
        if plan.capacity < 1:
            raise Refused(f"shift {number} has room for nobody", "shifts")
        if plan.min_attendance_permille is not None and not 0 <= plan.min_attendance_permille <= 1000:
            raise Refused(f"shift {number}: the least share served is 0 to 1000 thousandths", "shifts")
    if max(plan.ends_at for plan in shifts) - min(plan.starts_at for plan in shifts) > time_span(
        "activity_length_limit", at
    ):
        raise Refused("an activity lasts at most one year: publish the rest as another one", "shifts")


def _add_shift(
    session: Session, activity: Activity, plan: ShiftPlan, district_code: str
) -> dict[str, object]:
    if not plan.site_ids:
        raise Refused("every shift has at least one site: say exactly where", "shifts")
    for site_id in plan.site_ids:
        site = find(session, Site, site_id, "site")
        if site.closed_on is not None:
            raise Refused(f"{site.name} is closed since {site.closed_on}", "shifts")
        if site.district_code != district_code:
            raise Refused(f"{site.name} is not in the district of the activity", "shifts")
    shift = Shift(
        activity_id=activity.activity_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        capacity=plan.capacity,
        min_attendance_permille=plan.min_attendance_permille,
    )
    session.add(shift)
    session.flush()
    session.add_all(
        ShiftSite(shift_id=shift.shift_id, site_id=site_id) for site_id in dict.fromkeys(plan.site_ids)
    )
    return {**snapshot(shift), "site_ids": list(dict.fromkeys(plan.site_ids))}
