"""Activities and their shifts, as lists and one by one.

Here: what pages and doors show of them. Never here: who signed up (sign_ups.py), or statistics.
"""

from __future__ import annotations

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
from .narrowing import Condition, Narrowing, OrganisationNarrowing, looked_up, valued
from .paging import Listing, equals, on_days, one_row
from .visible import and_below, held_by, within


def where_activities_lie(scope: Scope) -> Condition:
    """The condition on `activities` that holds for what a scope covers."""
    if scope.kind == "organisation_id":
        return held_by(scope, Activity.activity_id.expression, Activity.organisation_id.expression)
    return within(
        scope,
        district_code=Activity.district_code.expression,
        township_code=Activity.township_code.expression,
    )


def where_held(
    scope: Scope, key: SQLColumnExpression[int], of_activities: Select[Any], of_row: Select[Any]
) -> Condition:
    """Like `where_activities_lie` for what activities have many of.

    `of_activities` selects it by its `key` with the activities joined, `of_row` the activity of one row of it.
    """
    if scope.value is not None and scope.kind == "organisation_id":
        own = looked_up(of_row.with_only_columns(Activity.organisation_id))
        return OrganisationNarrowing(
            and_below(int(scope.value)),
            lambda these: Narrowing(
                key,
                of_activities.where(Activity.organisation_id.in_(these)),
                own.in_(these),
                source=select(Activity.activity_id).where(Activity.organisation_id.in_(these)),
            ),
        )
    if scope.value is not None and scope.kind in ("district_code", "township_code"):
        place = getattr(Activity, scope.kind)
        lies_there = looked_up(of_row.with_only_columns(place)) == scope.value
        there = select(Activity.activity_id).where(place == scope.value)
        return Narrowing(key, of_activities.where(place == scope.value), lies_there, source=there)
    return within(scope)


def _where_shifts_lie(scope: Scope) -> Condition:
    of_activities = select(Shift.shift_id).join(Activity, Activity.activity_id == Shift.activity_id)
    of_row = select(Activity.activity_id).where(Activity.activity_id == Shift.activity_id).correlate(Shift)
    return where_held(scope, Shift.shift_id.expression, of_activities, of_row)


def _where_own_activities_lie(scope: Scope) -> Condition:
    """Like `where_activities_lie`, but what waits for an organisation does not wait for the area as well."""
    return where_activities_lie(scope) if scope.kind == "organisation_id" else false()


# What each row has one of is joined from outside: the databases leave out what is not asked for.
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
).outerjoin(Organisation, Organisation.organisation_id == Activity.organisation_id)


_ASKED_FOR = {
    "status": valued(Activity.activity_id, Activity.status),
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
    ).outerjoin(Activity, Activity.activity_id == Shift.activity_id),
    key=Shift.shift_id,
    visible=_where_shifts_lie,
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
    starts_at: datetime
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
        select(Shift.shift_id, Shift.starts_at, Site.site_id, Site.name, Site.lon, Site.lat, Site.radius_m)
        .join(ShiftSite, ShiftSite.shift_id == Shift.shift_id)
        .join(Site, Site.site_id == ShiftSite.site_id)
        .where(Shift.activity_id == activity_id, Shift.cancelled_at.is_(None))
        .order_by(Shift.starts_at, Shift.shift_id, Site.site_id)
    )
    return ActivityPage(
        row=row,
        plan=plan_of(session, activity),
        places=[SitePlace(*place) for place in places],
        history=history_of(session, "activities", activity_id),
        may_become=FOLLOWS[activity.status],
    )
