"""What an activity is planned as: the form that is filled in, and the checks of it.

Here: the plan, what must hold of any plan, what must hold before people are let in, and writing it into the tables.
Never here: states (life_cycle.py) and permission.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from operations.model import ADMISSIONS, Activity, Organisation, Shift, ShiftSite, Site
from operations.rules import time_span
from operations.skills import SKILLS

from .areas import Place
from .life_cycle import shifts_of
from .records import find, hold, snapshot
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
LONGEST_TEXT = 4000
OLDEST = 120


@dataclass(frozen=True)
class ShiftPlan:
    """One shift to be held: its times, how many may come, where, and the share of it that must be served."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    site_ids: tuple[int, ...]
    min_attendance_permille: int | None = None


@dataclass(frozen=True)
class ActivityPlan:
    """All that an organisation says about an activity; see `operations.model.Activity` for what each part means."""

    title: str
    category_code: str
    area_code: str
    shifts: tuple[ShiftPlan, ...]
    description: str = ""
    risk_statement: str = ""
    is_dangerous: bool = False
    insurance_policy_no: str | None = None
    is_recruiting_only: bool = False
    admission: str = "at_once"
    min_age: int | None = None
    max_age: int | None = None
    required_skills: tuple[str, ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancel_until_hours: int | None = None


# What stays a small change once people may have signed up on the strength of the rest.
SMALL = ("description", "risk_statement", "insurance_policy_no", "closes_at", "cancel_until_hours")
_AS_THEY_ARE = tuple(
    field.name
    for field in fields(ActivityPlan)
    if field.name not in ("area_code", "shifts", "required_skills")
)


def tidy(plan: ActivityPlan) -> ActivityPlan:
    """The plan without blanks around its texts, its shifts by their start, its sites and skills by their order."""
    shifts = (replace(shift, site_ids=tuple(sorted(set(shift.site_ids)))) for shift in plan.shifts)
    return replace(
        plan,
        title=plan.title.strip(),
        description=plan.description.strip(),
        risk_statement=plan.risk_statement.strip(),
        insurance_policy_no=(plan.insurance_policy_no or "").strip() or None,
        required_skills=tuple(sorted(set(plan.required_skills))),
        shifts=tuple(sorted(shifts, key=lambda shift: (shift.starts_at, shift.ends_at))),
    )


def check_plan(plan: ActivityPlan, at: datetime) -> None:
    """Do nothing if the plan can be kept, complete or not.

    Raises `Refused`, naming the field, for what can never be: an unknown category or skill, a shift that ends before
    it starts.
    """
    required_text(plan.title, "title", 160)
    one_of(plan.category_code, CATEGORIES, "category_code")
    one_of(plan.admission, ADMISSIONS, "admission")
    for skill in plan.required_skills:
        one_of(skill, tuple(SKILLS), "required_skills")
    for field in ("description", "risk_statement"):
        if len(getattr(plan, field)) > LONGEST_TEXT:
            raise Refused(f"the {field.replace('_', ' ')} is longer than {LONGEST_TEXT} characters", field)
    if len(plan.insurance_policy_no or "") > 60:
        raise Refused("the insurance policy no is longer than 60 characters", "insurance_policy_no")
    _check_conditions(plan)
    _check_shifts(plan.shifts, at)


def _check_conditions(plan: ActivityPlan) -> None:
    for skill in plan.required_skills:
        one_of(skill, tuple(SKILLS), "required_skills")
    for field in ("min_age", "max_age"):
        age = getattr(plan, field)
        if age is not None and not 0 <= age <= OLDEST:
            raise Refused(f"an age is 0 to {OLDEST} years", field)
    if plan.min_age is not None and plan.max_age is not None and plan.max_age < plan.min_age:
        raise Refused("the highest age is below the lowest", "max_age")
    if plan.opens_at is not None and plan.closes_at is not None and plan.closes_at <= plan.opens_at:
        raise Refused("recruiting ends before it begins", "closes_at")
    if plan.cancel_until_hours is not None and plan.cancel_until_hours < 0:
        raise Refused("a place can be given back 0 or more hours before the shift", "cancel_until_hours")


def _check_shifts(shifts: tuple[ShiftPlan, ...], at: datetime) -> None:
    if not shifts:
        raise Refused("an activity has at least one shift", "shifts")
    longest = time_span("shift_length_limit", at)
    for number, plan in enumerate(shifts, start=1):
        if plan.ends_at <= plan.starts_at:
            raise Refused(f"shift {number} ends before it starts", "shifts")
        if plan.ends_at - plan.starts_at > longest:
            hours = longest // timedelta(hours=1)
            raise Refused(f"shift {number} is longer than {hours} h: split it", "shifts")
        if plan.capacity < 1:
            raise Refused(f"shift {number} has room for nobody", "shifts")
        if plan.min_attendance_permille is not None and not 0 <= plan.min_attendance_permille <= 1000:
            raise Refused(f"shift {number}: the least share served is 0 to 1000 thousandths", "shifts")
    if max(plan.ends_at for plan in shifts) - min(plan.starts_at for plan in shifts) > time_span(
        "activity_length_limit", at
    ):
        raise Refused("an activity lasts at most one year: publish the rest as another one", "shifts")


def check_ready(session: Session, activity: Activity, *, at: datetime) -> None:
    """Do nothing if people may be let in to the activity as it stands in the tables.

    The risks are stated, and a dangerous one is insured before it is published (志愿服务条例, State Council order
    685); every shift is to come and takes place at a site that is open, in the district of the activity.

    Raises `Refused`, naming the field, for the first thing that is missing.
    """
    organisation = hold(session, Organisation, activity.organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and publishes nothing", "organisation_id")
    if activity.is_dangerous and activity.insurance_policy_no is None:
        raise Refused(
            "a dangerous activity needs its accident insurance before it is published", "insurance_policy_no"
        )
    required_text(activity.risk_statement, "risk_statement", LONGEST_TEXT)
    if activity.closes_at is not None and activity.closes_at <= at:
        raise Refused("the end of recruiting has passed already", "closes_at")
    sites = sites_by_shift(session, activity.activity_id)
    shifts = [shift for shift in shifts_of(session, activity.activity_id) if shift.cancelled_at is None]
    for number, shift in enumerate(shifts, start=1):
        if shift.starts_at <= at:
            raise Refused(
                f"shift {number} has started already: only what is to come can be published", "shifts"
            )
        if not sites[shift.shift_id]:
            raise Refused("every shift has at least one site: say exactly where", "shifts")
        for site in sites[shift.shift_id]:
            _check_site(site, activity.district_code)


def _check_site(site: Site, district_code: str) -> None:
    if site.closed_on is not None:
        raise Refused(f"{site.name} is closed since {site.closed_on}", "shifts")
    if site.district_code != district_code:
        raise Refused(f"{site.name} is not in the district of the activity", "shifts")


def sites_by_shift(session: Session, activity_id: int) -> dict[int, list[Site]]:
    """The sites of each shift of an activity, by shift id, in the order of their ids."""
    found: dict[int, list[Site]] = {
        shift_id: []
        for shift_id in session.scalars(select(Shift.shift_id).where(Shift.activity_id == activity_id))
    }
    rows = session.execute(
        select(ShiftSite.shift_id, Site)
        .join(Site, Site.site_id == ShiftSite.site_id)
        .where(ShiftSite.shift_id.in_(found))
        .order_by(ShiftSite.shift_id, Site.site_id)
    )
    for shift_id, site in rows:
        found[shift_id].append(site)
    return found


def fill_in(activity: Activity, plan: ActivityPlan, place: Place) -> None:
    """Put all of a tidy plan but its shifts into the row of the activity, which lasts from first to last."""
    for name in _AS_THEY_ARE:
        setattr(activity, name, getattr(plan, name))
    activity.required_skills = list(plan.required_skills) or None
    activity.starts_at = min(shift.starts_at for shift in plan.shifts)
    activity.ends_at = max(shift.ends_at for shift in plan.shifts)
    activity.district_code = place.district_code
    activity.township_code = place.township_code


def replace_shifts(
    session: Session, activity: Activity, plans: tuple[ShiftPlan, ...]
) -> list[dict[str, Any]]:
    """Let the activity have these shifts and no others, and return them as the log keeps them.

    Only for one that takes no sign-ups yet. Raises `Refused` for a site that is not there.
    """
    old = select(Shift.shift_id).where(Shift.activity_id == activity.activity_id)
    session.execute(delete(ShiftSite).where(ShiftSite.shift_id.in_(old)))
    session.execute(delete(Shift).where(Shift.activity_id == activity.activity_id))
    return [_add_shift(session, activity, plan) for plan in plans]


def _add_shift(session: Session, activity: Activity, plan: ShiftPlan) -> dict[str, Any]:
    for site_id in plan.site_ids:
        find(session, Site, site_id, "site")
    shift = Shift(
        activity_id=activity.activity_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        capacity=plan.capacity,
        min_attendance_permille=plan.min_attendance_permille,
    )
    session.add(shift)
    session.flush()
    session.add_all(ShiftSite(shift_id=shift.shift_id, site_id=site_id) for site_id in plan.site_ids)
    return {**snapshot(shift), "site_ids": list(plan.site_ids)}


def plan_of(session: Session, activity: Activity) -> ActivityPlan:
    """The plan that an activity stands by now, its cancelled shifts left out: what a form begins with."""
    sites = sites_by_shift(session, activity.activity_id)
    shifts = tuple(
        ShiftPlan(
            shift.starts_at,
            shift.ends_at,
            shift.capacity,
            tuple(site.site_id for site in sites[shift.shift_id]),
            shift.min_attendance_permille,
        )
        for shift in shifts_of(session, activity.activity_id)
        if shift.cancelled_at is None
    )
    return ActivityPlan(
        area_code=activity.township_code or activity.district_code,
        shifts=shifts,
        required_skills=tuple(activity.required_skills or ()),
        **{name: getattr(activity, name) for name in _AS_THEY_ARE},
    )
