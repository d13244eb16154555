"""What can be done to an activity that was approved: recruiting opened, shifts and activities cancelled, closed.

Here: those commands. Never here: sign-ups (sign_ups.py), or what the clock does by itself (clock.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Activity, Shift

from .life_cycle import BEFORE_RUNNING, move, settle_full, shifts_of
from .permitted import permitted_activity, permitted_shift
from .places_taken import release_all
from .records import audit, snapshot
from .refusals import Refused, required_text


def open_recruitment(
    session: Session,
    actor: Actor,
    *,
    activity_id: int,
    at: datetime,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    reason: str = "",
) -> Activity:
    """Let an approved activity take sign-ups, now or from `opens_at` on, and return it.

    Without `closes_at` it takes them until each shift starts, or as planned.

    Raises `Refused` if it is not approved, has begun, or the window is none; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.OPEN_RECRUITMENT, activity_id)
    if activity.status != "approved":
        raise Refused(
            f"the activity is {activity.status}: only an approved one begins to recruit", "activity_id"
        )
    if activity.starts_at <= at:
        raise Refused("the activity has begun already", "activity_id")
    before = snapshot(activity)
    begin = max(opens_at or at, at)
    end = closes_at or activity.closes_at
    if begin >= activity.ends_at:
        raise Refused("the activity is over by then", "opens_at")
    if end is not None and end <= begin:
        raise Refused("recruiting ends before it begins", "closes_at")
    activity.opens_at, activity.closes_at = begin, end
    if begin > at:
        audit(session, actor, Action.OPEN_RECRUITMENT, activity, at=at, reason=reason, before=before)
        return activity
    activity.published_at = at
    move(session, actor, Action.OPEN_RECRUITMENT, activity, "recruiting", at=at, reason=reason, before=before)
    return activity


def close_activity(
    session: Session, actor: Actor, *, activity_id: int, at: datetime, reason: str = ""
) -> Activity:
    """Close a finished activity once its organisation has nothing to add, and return it.

    Raises `Refused` if it is not finished; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.CLOSE_ACTIVITY, activity_id)
    if activity.status != "finished":
        raise Refused(f"the activity is {activity.status}: only a finished one is closed", "activity_id")
    move(session, actor, Action.CLOSE_ACTIVITY, activity, "closed", at=at, reason=reason)
    return activity


def cancel_activity(
    session: Session, actor: Actor, *, activity_id: int, reason: str, at: datetime
) -> Activity:
    """Cancel an activity with all its shifts before it runs, tell everybody who signed up, and return it.

    Raises `Refused` without a reason, or once it runs (cancel the shifts to come then); `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.CANCEL_ACTIVITY, activity_id)
    why = required_text(reason, "reason", 4000)
    is_before_running = activity.status in BEFORE_RUNNING
    was_let_in = activity.status in ("approved", "recruiting", "full")
    if not is_before_running or (was_let_in and activity.starts_at <= at):
        raise Refused(
            f"the activity is {activity.status}, and is cancelled only before it runs: cancel its shifts to come",
            "activity_id",
        )
    before = snapshot(activity)
    released = 0
    for shift in shifts_of(session, activity_id):
        if shift.cancelled_at is None:
            released += release_all(
                session, actor, Action.CANCEL_ACTIVITY, activity, shift=shift, at=at, reason=why
            )
            shift.cancelled_at = at
    activity.status_reason = why
    move(
        session,
        actor,
        Action.CANCEL_ACTIVITY,
        activity,
        "cancelled",
        at=at,
        reason=why,
        before=before,
        more={"cancelled_sign_ups": released},
    )
    return activity


def cancel_shift(session: Session, actor: Actor, *, shift_id: int, reason: str, at: datetime) -> Shift:
    """Cancel one shift before it starts, tell everybody who signed up for it, and return it.

    The activity then lasts from the first to the last of the shifts that are left.

    Raises `Refused` without a reason, if the shift has started or is cancelled, or no other is left; `NotAllowed`.
    """
    shift, activity = permitted_shift(session, actor, Action.CANCEL_SHIFT, shift_id)
    why = required_text(reason, "reason", 4000)
    if shift.cancelled_at is not None:
        raise Refused("this shift is cancelled already", "shift_id")
    if activity.status not in ("approved", "recruiting", "full", "running"):
        raise Refused(f"the activity is {activity.status}: change its plan instead", "shift_id")
    if shift.starts_at <= at:
        raise Refused("this shift has started already", "shift_id")
    left = [
        other
        for other in shifts_of(session, activity.activity_id)
        if other.cancelled_at is None and other.shift_id != shift_id
    ]
    if not left:
        raise Refused("no other shift is left: cancel the activity", "shift_id")
    before = snapshot(shift)
    released = release_all(session, actor, Action.CANCEL_SHIFT, activity, shift=shift, at=at, reason=why)
    shift.cancelled_at = at
    activity.starts_at = min(other.starts_at for other in left)
    activity.ends_at = max(other.ends_at for other in left)
    session.flush()
    settle_full(session, activity, at=at, because="a shift was cancelled")
    after = {**snapshot(shift), "cancelled_sign_ups": released}
    audit(session, actor, Action.CANCEL_SHIFT, shift, at=at, reason=why, before=before, after=after)
    return shift
