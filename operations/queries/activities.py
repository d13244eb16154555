"""Activities and their shifts, as lists and one by one.

Here: what pages and doors show of them. Never here: who signed up (sign_ups.py), or statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, false, func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Scope
from operations.commands.activity_plans import ActivityPlan, plan_of
from operations.commands.life_cycle import FOLLOWS
from operations.model import Activity, Area, Organisation, Shift, ShiftSite, SignUp, Site
from operations.rules import time_span

from .audit_log import Change, history_of
from .narrowing import Below, Condition, Narrowing, OrganisationNarrowing
from .paging import Listing, equals, on_days, one_row
from .visible import and_below, within


def where_activities_lie(scope: Scope) -> Condition:
    """The condition on `activities` that holds for what a scope covers, for every list that joins them."""
    if scope.kind == "organisation_id" and scope.value is not None:
        return OrganisationNarrowing(and_below(int(scope.value)), _of_organisations)
    return within(
        scope,
        district_code=Activity.district_code.expression,
        township_code=Activity.township_code.expression,
    )


def _of_organisations(below: Below) -> Narrowing:
    """From the index of a few organisations; of many, activities are looked at in the order of the list."""
    few = 50 if isinstance(below, Sequence) and len(below) <= 50 else 0
    return Narrowing(
        Activity.organisation_id.expression,
        select(Organisation.organisation_id).where(Organisation.organisation_id.in_(below)),
        (Activity.organisation_id + 0).in_(below),
        few=few,
        many=few,
    )


def where_held(scope: Scope, column: SQLColumnExpression[int], of_activities: Select[Any]) -> Condition:
    """Like `where_activities_lie` for what activities have many of: `column` names it, `of_activities` selects it.

    Of a whole district, the first page is found sooner in the order of the list than from its activities.
    """
    if scope.kind == "organisation_id" and scope.value is not None:
        return OrganisationNarrowing(
            and_below(int(scope.value)),
            lambda below: Narrowing(
                column,
                of_activities.where(Activity.organisation_id.in_(below)),
                (Activity.organisation_id + 0).in_(below),
                few=1_000,
                many=10_000,
            ),
        )
    if scope.kind in ("district_code", "township_code") and scope.value is not None:
        place = Activity.district_code if scope.kind == "district_code" else Activity.township_code
        # As an expression, which no index answers.
        lies_there = place + "" == scope.value
        return Narrowing(
            column, of_activities.where(place == scope.value), lies_there, few=1_000, many=10_000
        )
    return where_activities_lie(scope)


def _where_own_activities_lie(scope: Scope) -> Condition:
    """Like `where_activities_lie`, but what waits for an organisation does not wait for the area as well."""
    return where_activities_lie(scope) if scope.kind == "organisation_id" else false()


_ACTIVITIES = select(
    Activity.activity_id,
    Activity.title,
    Organisation.name.label("organisation_name"),
    Activity.category_code,
    Activity.status,
    Activity.starts_at,
    Activity.ends_at,
    Activity.district_code,
    Activity.township_code,
    Activity.organisation_id,
    func.coalesce(Activity.submitted_at, Activity.created_at).label("submitted_at"),
    Activity.status_reason,
).join(Organisation, Organisation.organisation_id == Activity.organisation_id)


_ASKED_FOR = {
    "status": equals(Activity.status),
    "category_code": equals(Activity.category_code),
    "district_code": equals(Activity.district_code),
    "organisation_id": equals(Activity.organisation_id),
    "days": on_days(Activity.starts_at),
}

ACTIVITIES = Listing(
    name="activities",
    action=Action.VIEW_ACTIVITIES,
    select=_ACTIVITIES,
    key=Activity.activity_id,
    visible=where_activities_lie,
    sorts={"starts_at": Activity.starts_at, "activity_id": Activity.activity_id},
    default_sort="-starts_at",
    filters=_ASKED_FOR,
    search=(Activity.title,),
)

# What waits for an administrator of the area, the longest first.
ACTIVITIES_TO_APPROVE = Listing(
    name="activities_to_approve",
    action=Action.APPROVE_ACTIVITY,
    select=_ACTIVITIES.where(Activity.status == "submitted"),
    key=Activity.activity_id,
    visible=where_activities_lie,
    sorts={
        "submitted_at": func.coalesce(Activity.submitted_at, Activity.created_at),
        "starts_at": Activity.starts_at,
    },
    default_sort="submitted_at",
    filters=_ASKED_FOR,
    search=(Activity.title,),
)

# What waits for its organisation: over, but not closed.
ACTIVITIES_TO_CLOSE = Listing(
    name="activities_to_close",
    action=Action.CLOSE_ACTIVITY,
    select=_ACTIVITIES.where(Activity.status == "finished"),
    key=Activity.activity_id,
    visible=_where_own_activities_lie,
    sorts={"ends_at": Activity.ends_at},
    default_sort="ends_at",
    filters=_ASKED_FOR,
    search=(Activity.title,),
)


def sign_ups_in(*statuses: str) -> ColumnElement[int]:
    """How many sign-ups of a shift of the query around it are in one of these states."""
    return (
        select(func.count())
        .where(SignUp.shift_id == Shift.shift_id, SignUp.status.in_(statuses))
        .correlate(Shift)
        .scalar_subquery()
    )


SHIFTS = Listing(
    name="shifts",
    action=Action.VIEW_ACTIVITIES,
    select=select(
        Shift.shift_id,
        Shift.activity_id,
        Activity.title,
        Activity.status.label("activity_status"),
        Shift.starts_at,
        Shift.ends_at,
        Shift.capacity,
        sign_ups_in("confirmed").label("confirmed"),
        sign_ups_in("offered").label("offered"),
        sign_ups_in("waiting").label("waiting"),
        sign_ups_in("requested").label("requested"),
        Shift.cancelled_at,
    ).join(Activity, Activity.activity_id == Shift.activity_id),
    key=Shift.shift_id,
    visible=lambda scope: where_held(scope, Shift.activity_id.expression, select(Activity.activity_id)),
    sorts={"starts_at": Shift.starts_at},
    default_sort="starts_at",
    filters={
        "activity_id": equals(Shift.activity_id),
        "organisation_id": equals(Activity.organisation_id),
        "days": on_days(Shift.starts_at),
    },
    search=(Activity.title,),
)


def shifts_of_activity(activity_id: int) -> Listing:
    """The shifts of one activity."""
    return replace(
        SHIFTS,
        name="shifts_of_activity",
        search=(),
        select=SHIFTS.select.where(Shift.activity_id == activity_id),
    )


def coming_shifts(at: datetime) -> Listing:
    """The shifts that are not over at `at`, the next one first."""
    # No shift is longer; without this, all that are over would be read first, in the order of their start.
    begun = at - time_span("shift_length_limit", at)
    chosen = SHIFTS.select.where(Shift.ends_at > at, Shift.starts_at >= begun)
    return replace(SHIFTS, name="coming_shifts", select=chosen)


def past_shifts(at: datetime) -> Listing:
    """The shifts that are over at `at`, the last one first."""
    chosen = SHIFTS.select.where(Shift.ends_at <= at, Shift.starts_at < at)
    return replace(SHIFTS, name="past_shifts", select=chosen, default_sort="-starts_at")


def areas_to_choose(session: Session, organisation_id: int) -> dict[str, str]:
    """The areas that an organisation may plan an activity in: its district, with the townships there; code → name."""
    district = select(Organisation.district_code).where(Organisation.organisation_id == organisation_id)
    code = session.scalar(district)
    rows = session.execute(
        select(Area.area_code, Area.name)
        .where((Area.area_code == code) | ((Area.parent_code == code) & (Area.kind == "township")))
        .order_by(Area.area_code)
    )
    return {row.area_code: row.name for row in rows}


def sites_to_choose(
    session: Session, area_code: str, organisation_id: int, *, most: int = 2_000
) -> dict[int, str]:
    """The open sites of the district of an area, where any activity there may be held, one's own first; id → name."""
    area = session.get(Area, area_code)
    district = area_code if area is None or area.kind == "district" else area.parent_code
    rows = session.execute(
        select(Site.site_id, Site.name)
        .where(
            Site.district_code == district,
            Site.closed_on.is_(None),
        )
        .order_by(
            case((Site.organisation_id == organisation_id, 0), else_=1),
            Site.name,
            Site.site_id,
        )
        .limit(most)
    )
    return {row.site_id: row.name for row in rows}


@dataclass(frozen=True)
class SitePlace:
    """One site of a shift, as a map shows it: WGS-84 degrees and the radius in which a position is taken."""

    shift_id: int
    site_id: int
    name: str
    lon: float
    lat: float
    radius_m: int


@dataclass(frozen=True)
class ActivityPage:
    """All that the page of one activity shows. `may_become` are the states that may follow."""

    row: dict[str, Any]
    plan: ActivityPlan
    places: list[SitePlace]
    history: list[Change]
    may_become: tuple[str, ...]


def activity_page(session: Session, actor: Actor, activity_id: int) -> ActivityPage | None:
    """One activity with its plan, sites and history, or None if there is none that `actor` may see.

    Raises `NotAllowed` if the actor may see no activity anywhere.
    """
    row = one_row(session, actor, ACTIVITIES, activity_id)
    activity = session.get(Activity, activity_id) if row else None
    if row is None or activity is None:
        return None
    places = session.execute(
        select(Shift.shift_id, Site.site_id, Site.name, Site.lon, Site.lat, Site.radius_m)
        .join(ShiftSite, ShiftSite.shift_id == Shift.shift_id)
        .join(Site, Site.site_id == ShiftSite.site_id)
        .where(Shift.activity_id == activity_id)
        .order_by(Shift.starts_at, Shift.shift_id, Site.site_id)
    )
    return ActivityPage(
        row=row,
        plan=plan_of(session, activity),
        places=[SitePlace(*place) for place in places],
        history=history_of(session, "activities", activity_id),
        may_become=FOLLOWS[activity.status],
    )
