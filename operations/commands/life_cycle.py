"""The life of an activity: which state may follow which, and the one place where a state is changed.

Here: the states, the change with its row in the audit log, and keeping `full` true. Never here: who may ask for a
change and what is checked before (activities.py, recruiting.py, clock.py).

Everything that touches an activity, its shifts or its places locks the activity first, after the person if there is
one: then its state, its capacity and its sign-ups are decided on by one command at a time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role
from operations.model import Activity, Shift, SignUp

from .records import audit, find, lock, snapshot
from .refusals import Refused

# What the product does by itself, by the clock or because a place was taken or came free.
SYSTEM = Actor("system", Role.SYSTEM)
FOLLOWS: dict[str, tuple[str, ...]] = {
    "draft": ("submitted", "cancelled"),
    "returned": ("submitted", "cancelled"),
    "submitted": ("approved", "returned", "cancelled"),
    "approved": ("recruiting", "running", "cancelled"),
    "recruiting": ("full", "running", "cancelled"),
    "full": ("recruiting", "running", "cancelled"),
    "running": ("finished",),
    "finished": ("closed",),
    "closed": (),
    "cancelled": (),
}
EDITABLE = ("draft", "returned")
TAKES_SIGN_UPS = ("recruiting", "full", "running")
BEFORE_RUNNING = ("draft", "returned", "submitted", "approved", "recruiting", "full")
# Kept free for somebody: a place that is offered is as good as taken until its time is over.
TAKEN = ("confirmed", "offered")


def lock_activity(session: Session, activity_id: int) -> Activity:
    """The activity, which nobody else decides on until the transaction ends.

    Raises `Refused` if there is none.
    """
    return lock(session, Activity, activity_id, "activity")


def lock_shift(session: Session, shift_id: int, asked: Shift | None = None) -> tuple[Shift, Activity]:
    """A shift and its activity, which is locked; the shift is read after that. `asked`: the shift, if it was found.

    Raises `Refused` if there is none.
    """
    found = asked or find(session, Shift, shift_id, "shift")
    activity = lock_activity(session, found.activity_id)
    shift = session.get(Shift, shift_id, populate_existing=True)
    if shift is None:
        raise Refused(f"there is no shift {shift_id}", "shift_id")
    return shift, activity


def move(
    session: Session,
    actor: Actor,
    action: Action,
    activity: Activity,
    status: str,
    *,
    at: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
) -> None:
    """Bring an activity that is locked into its next state, and write it down.

    `before` is how it was, if the command changed more of it than its state; `more` is added to what the log keeps.

    Raises `Refused` if that state does not follow the one it is in.
    """
    was = before or snapshot(activity)
    demand_next(activity, status)
    activity.status = status
    after = {**snapshot(activity), **(more or {})}
    audit(session, actor, action, activity, at=at, reason=reason, before=was, after=after)


def demand_next(activity: Activity, status: str) -> None:
    """Do nothing if `status` may follow the state of the activity.

    Raises `Refused` otherwise.
    """
    if status not in FOLLOWS[activity.status]:
        raise Refused(
            f"the activity is {activity.status}, and cannot become {status} from there", "activity_id"
        )


def settle_full(session: Session, activity: Activity, *, at: datetime, because: str) -> None:
    """Let an activity that recruits be `full` exactly while no shift to come has a place for somebody who comes now.

    To be called by every command that changes places, with the activity locked.
    """
    if activity.status not in ("recruiting", "full"):
        return
    session.flush()
    status = "recruiting" if _has_room(session, activity.activity_id, at) else "full"
    if status != activity.status:
        move(session, SYSTEM, Action.ADVANCE_ACTIVITIES, activity, status, at=at, reason=because)


def _has_room(session: Session, activity_id: int, at: datetime) -> bool:
    standing = (
        select(func.count())
        .where(SignUp.shift_id == Shift.shift_id, SignUp.status.in_((*TAKEN, "waiting")))
        .correlate(Shift)
        .scalar_subquery()
    )
    room = select(Shift.shift_id).where(
        Shift.activity_id == activity_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > at,
        Shift.capacity > standing,
    )
    return session.scalar(room.limit(1)) is not None


def shifts_of(session: Session, activity_id: int) -> list[Shift]:
    """The shifts of an activity in the order of their start, cancelled ones too."""
    return list(
        session.scalars(
            select(Shift)
            .where(Shift.activity_id == activity_id)
            .order_by(Shift.starts_at, Shift.shift_id)
            .execution_options(populate_existing=True)
        )
    )
