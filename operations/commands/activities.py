"""What can be done to an activity until people are let in: drafted, changed, submitted, approved or returned.

Here: those commands, and publishing in one step as imports do. Never here: recruiting and what comes after
(recruiting.py), what a plan must say (activity_plans.py), or which state may follow which (life_cycle.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Activity, Organisation

from .activity_plans import (
    CATEGORIES,
    SMALL,
    ActivityPlan,
    ShiftPlan,
    check_plan,
    check_ready,
    fill_in,
    plan_of,
    replace_shifts,
    tidy,
)
from .areas import Place, place_of
from .life_cycle import EDITABLE, TAKES_SIGN_UPS, move, settle_full, shifts_of
from .notices import notify
from .permitted import demand_organisation, permitted_activity
from .places_taken import offer_free_places, tell_signed_up
from .records import audit, hold, must_write, snapshot
from .refusals import Refused, required_text
from .touched import parents_of

__all__ = [
    "CATEGORIES",
    "ActivityPlan",
    "ShiftPlan",
    "approve_activity",
    "draft_activity",
    "publish_activity",
    "return_activity",
    "submit_activity",
    "update_activity",
    "write_activity",
]


def draft_activity(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    plan: ActivityPlan,
    at: datetime,
    reason: str = "",
) -> Activity:
    """Begin a draft of an activity, complete or not, and return it.

    Raises `Refused` for a plan that can never be kept, or an organisation that is not active; `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, plan.area_code)
    demand_hosting(session, actor, Action.DRAFT_ACTIVITY, place, organisation_id)
    organisation = hold(session, Organisation, organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and plans nothing", "organisation_id")
    activity, shifts = write_activity(session, organisation_id, plan, place, status="draft", at=at)
    after = {**snapshot(activity), "shifts": shifts}
    audit(session, actor, Action.DRAFT_ACTIVITY, activity, at=at, reason=reason, after=after)
    return activity


def demand_hosting(
    session: Session, actor: Actor, action: Action, place: Place, organisation_id: int
) -> None:
    """Do nothing if the actor may plan something at this place in the name of this organisation.

    Administrators of an area let their own organisations act there: not those of another area, whose matter it is what
    is done in their name. Raises `NotAllowed`.
    """
    demand(actor, action, _hosted(session, place, organisation_id))
    demand_organisation(session, actor, action, organisation_id)


def _hosted(session: Session, place: Place, organisation_id: int) -> Where:
    return Where(
        place.district_code,
        place.township_code,
        organisation_id,
        parent_organisation_ids=parents_of(session, organisation_id),
    )


def write_activity(
    session: Session,
    organisation_id: int,
    plan: ActivityPlan,
    place: Place,
    *,
    status: str,
    at: datetime,
) -> tuple[Activity, list[dict[str, Any]]]:
    """A new activity as planned, and its shifts as the log keeps them; raises `Refused`."""
    plan = tidy(plan)
    check_plan(plan, at)
    activity = Activity(organisation_id=organisation_id, status=status, created_at=at)
    fill_in(activity, plan, place)
    session.add(activity)
    session.flush()
    return activity, replace_shifts(session, activity, plan.shifts)


def update_activity(
    session: Session, actor: Actor, *, activity_id: int, plan: ActivityPlan, at: datetime, reason: str = ""
) -> Activity:
    """Let the activity be as `plan` says, and return it; a plan equal to what there is changes nothing.

    A draft, or one that was returned, may change in all. Later only what nobody signed up on the strength of: the
    description, the risks, the insurance, the ends of recruiting and of giving places back, and how many may come to
    shifts that have not started, never fewer than have a place; those who signed up are told. A place that comes free
    by it is offered to the first in line.

    Raises `Refused` for a plan that cannot be kept or a change that comes too late; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.UPDATE_ACTIVITY, activity_id)
    place = place_of(session, plan.area_code)
    demand(actor, Action.UPDATE_ACTIVITY, _hosted(session, place, activity.organisation_id))
    plan = tidy(plan)
    check_plan(plan, at)
    now = plan_of(session, activity)
    before = {**snapshot(activity), "shifts": _listed(session, activity)}
    if activity.status in EDITABLE:
        if now == plan:
            return activity
        fill_in(activity, plan, place)
        if now.shifts != plan.shifts:
            replace_shifts(session, activity, plan.shifts)
    elif activity.status in ("approved", *TAKES_SIGN_UPS):
        if (place.district_code, place.township_code) == (activity.district_code, activity.township_code):
            plan = replace(plan, area_code=now.area_code)
        plan = replace(plan, opens_at=plan.opens_at or now.opens_at)
        if now == plan:
            return activity
        _change_a_little(session, activity, now, plan, at)
    else:
        raise Refused(f"the activity is {activity.status}, and is changed no more", "activity_id")
    after = {**snapshot(activity), "shifts": _listed(session, activity)}
    audit(session, actor, Action.UPDATE_ACTIVITY, activity, at=at, reason=reason, before=before, after=after)
    return activity


def _listed(session: Session, activity: Activity) -> list[dict[str, Any]]:
    return [snapshot(shift) for shift in shifts_of(session, activity.activity_id)]


def _change_a_little(
    session: Session, activity: Activity, now: ActivityPlan, plan: ActivityPlan, at: datetime
) -> None:
    small = {name: getattr(plan, name) for name in SMALL}
    same_shifts = tuple(
        replace(shift, capacity=given.capacity) for shift, given in zip(now.shifts, plan.shifts, strict=False)
    )
    for name, value in vars(replace(now, **small, shifts=same_shifts)).items():
        if value != getattr(plan, name):
            raise Refused(
                f"{name.replace('_', ' ')} cannot change any more once the activity is approved: "
                "cancel it and submit another one",
                name,
            )
    if activity.is_dangerous and plan.insurance_policy_no is None:
        raise Refused("a dangerous activity keeps its accident insurance", "insurance_policy_no")
    required_text(plan.risk_statement, "risk_statement", 4000)
    if plan.closes_at is not None and activity.opens_at is not None and plan.closes_at <= activity.opens_at:
        raise Refused("recruiting ends before it begins", "closes_at")
    changed = [name for name, value in small.items() if value != getattr(now, name)]
    for name in changed:
        setattr(activity, name, small[name])
    if now.shifts != plan.shifts:
        changed.append("capacity")
        _change_capacities(session, activity, plan, at)
    tell_signed_up(session, activity, "activity_changed", at=at, changed=", ".join(changed))


def _change_capacities(session: Session, activity: Activity, plan: ActivityPlan, at: datetime) -> None:
    held = [shift for shift in shifts_of(session, activity.activity_id) if shift.cancelled_at is None]
    for number, (shift, wanted) in enumerate(zip(held, plan.shifts, strict=True), start=1):
        if shift.capacity == wanted.capacity:
            continue
        if shift.starts_at <= at:
            raise Refused(f"shift {number} has started already", "shifts")
        shift.capacity = wanted.capacity
        session.flush()
        if offer_free_places(session, shift, at=at) < 0:
            raise Refused(f"more people than that have a place in shift {number}", "shifts")
    settle_full(session, activity, at=at, because="the number of places was changed")


def submit_activity(
    session: Session, actor: Actor, *, activity_id: int, at: datetime, reason: str = ""
) -> Activity:
    """Put a draft, or one that was returned, before the administrators of its area, and return it.

    Raises `Refused` for what `activity_plans.check_ready` asks for, naming the field; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.SUBMIT_ACTIVITY, activity_id)
    before = snapshot(activity)
    if activity.status not in EDITABLE:
        raise Refused(f"the activity is {activity.status}, and was submitted already", "activity_id")
    check_ready(session, activity, at=at)
    activity.submitted_at = at
    activity.status_reason = ""
    move(session, actor, Action.SUBMIT_ACTIVITY, activity, "submitted", at=at, reason=reason, before=before)
    return activity


def approve_activity(
    session: Session, actor: Actor, *, activity_id: int, at: datetime, reason: str = ""
) -> Activity:
    """Let a submitted activity take place, and return it; its organisation is told.

    It recruits once its organisation, or the beginning of recruiting that it planned, says so.

    Raises `Refused` if it is not submitted, or what let it be submitted holds no more; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.APPROVE_ACTIVITY, activity_id)
    if activity.status != "submitted":
        raise Refused(f"the activity is {activity.status}: there is nothing to approve", "activity_id")
    check_ready(session, activity, at=at)
    move(session, actor, Action.APPROVE_ACTIVITY, activity, "approved", at=at, reason=reason)
    _tell_organisation(session, activity, "activity_approved", at)
    return activity


def return_activity(
    session: Session, actor: Actor, *, activity_id: int, reason: str, at: datetime
) -> Activity:
    """Give a submitted activity back to its organisation with the reason, and return it.

    Raises `Refused` without a reason or if it is not submitted; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.RETURN_ACTIVITY, activity_id)
    if activity.status != "submitted":
        raise Refused(f"the activity is {activity.status}: there is nothing to return", "activity_id")
    before = snapshot(activity)
    activity.status_reason = required_text(reason, "reason", 4000)
    move(session, actor, Action.RETURN_ACTIVITY, activity, "returned", at=at, reason=reason, before=before)
    _tell_organisation(session, activity, "activity_returned", at, reason=activity.status_reason)
    return activity


def _tell_organisation(session: Session, activity: Activity, kind: str, at: datetime, **details: Any) -> None:
    notify(
        session,
        kind,
        at=at,
        organisation_id=activity.organisation_id,
        activity_id=activity.activity_id,
        title=activity.title,
        **details,
    )


def publish_activity(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    at: datetime,
    reason: str = "",
    **plan: Any,
) -> Activity:
    """Publish an activity with its shifts, recruiting from now on, and return it: for imports that bring approved ones.

    `plan` are the parts of an `ActivityPlan`. It must hold all that a submitted one must; who may publish in an area
    or for an organisation may do so at once.

    Raises `Refused` if anything of it is missing, past, longer than a year (a shift: 24 h) or nowhere; `NotAllowed`.
    """
    must_write(session)
    given: dict[str, Any] = {**plan, "shifts": tuple(plan["shifts"])}
    planned = ActivityPlan(**given)
    place = place_of(session, planned.area_code)
    demand_hosting(session, actor, Action.PUBLISH_ACTIVITY, place, organisation_id)
    hold(session, Organisation, organisation_id, "organisation")
    activity, shifts = write_activity(session, organisation_id, planned, place, status="recruiting", at=at)
    check_ready(session, activity, at=at)
    activity.submitted_at = activity.published_at = at
    after = {**snapshot(activity), "shifts": shifts}
    audit(session, actor, Action.PUBLISH_ACTIVITY, activity, at=at, reason=reason, after=after)
    return activity
