"""The places of a shift: how many are free, who is next in line for one, and who must be told of a change.

Here: counting and offering, with the activity locked by the command that calls. Never here: a command.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Activity, Shift, SignUp, Volunteer
from operations.rules import time_span

from .life_cycle import SYSTEM, TAKEN
from .notices import notify
from .records import audit, snapshot
from .refusals import Refused

# Whoever is in one of these counts on the shift, or hopes for it.
STANDING = ("requested", "invited", "waiting", "offered", "confirmed")


def count_of(session: Session, shift_id: int, *statuses: str) -> int:
    """How many sign-ups of a shift are in one of these states."""
    session.flush()
    counted = select(func.count()).where(SignUp.shift_id == shift_id, SignUp.status.in_(statuses))
    return session.scalar(counted) or 0


def counts_of(session: Session, shift_id: int) -> dict[str, int]:
    """How many sign-ups of a shift are in each state that the database holds now; a state of none is left out."""
    counted = select(SignUp.status, func.count()).where(SignUp.shift_id == shift_id).group_by(SignUp.status)
    return dict(session.execute(counted).all())


def free_places(session: Session, shift: Shift) -> int:
    """How many places nobody has and nobody was offered; below 0 only if more were given than there are."""
    return shift.capacity - count_of(session, shift.shift_id, *TAKEN)


def offer_free_places(session: Session, shift: Shift, *, at: datetime) -> int:
    """Offer the free places of a shift to those who wait for it, in the order of signing up.

    An offer stands for `offer_stands_for`, and not beyond the start of the shift. Who is not active is passed over.
    Returns the number of places that stay free, below 0 if more people than that have one.
    """
    free = free_places(session, shift)
    if free <= 0 or shift.cancelled_at is not None or shift.starts_at <= at:
        return free
    first_in_line = (
        select(SignUp)
        .join(Volunteer, Volunteer.volunteer_id == SignUp.volunteer_id)
        .where(SignUp.shift_id == shift.shift_id, SignUp.status == "waiting", Volunteer.status == "active")
        .order_by(SignUp.signed_up_at, SignUp.sign_up_id)
        .limit(free)
        .execution_options(populate_existing=True)
    )
    until = min(at + time_span("offer_stands_for", at), shift.starts_at)
    for waiting in session.scalars(first_in_line).all():
        before = snapshot(waiting)
        decide(waiting, "offered", by=SYSTEM.name, at=at)
        waiting.offer_expires_at = until
        audit(session, SYSTEM, Action.EXPIRE_OFFERS, waiting, at=at, reason="a place is free", before=before)
        tell(session, waiting, shift, "place_offered", at=at, until=until.isoformat())
        free -= 1
    return free


def decide(found: SignUp, status: str, *, by: str, at: datetime, reason: str = "") -> None:
    """Bring a sign-up into another state, with who decided it, when and why; an offer ends with it."""
    found.status = status
    found.offer_expires_at = None
    found.decided_at = at
    found.decided_by = by
    found.decision_reason = reason


def tell(session: Session, found: SignUp, shift: Shift, kind: str, *, at: datetime, **details: Any) -> None:
    """Leave a notice for the volunteer of a sign-up, with what it is about."""
    notify(
        session,
        kind,
        at=at,
        volunteer_id=found.volunteer_id,
        shift_id=shift.shift_id,
        activity_id=shift.activity_id,
        starts_at=shift.starts_at.isoformat(),
        **details,
    )


def tell_signed_up(session: Session, activity: Activity, kind: str, *, at: datetime, **details: Any) -> None:
    """Leave a notice for everybody who is signed up for a shift of the activity that is still to end."""
    for found, shift in _standing(session, Shift.activity_id == activity.activity_id, Shift.ends_at > at):
        tell(session, found, shift, kind, at=at, title=activity.title, **details)


def release_all(
    session: Session,
    actor: Actor,
    action: Action,
    activity: Activity,
    *,
    shift: Shift,
    at: datetime,
    reason: str,
) -> int:
    """Cancel all sign-ups of a shift that is not held by `action`, tell those people why, and return how many."""
    standing = _standing(session, Shift.shift_id == shift.shift_id)
    for found, _ in standing:
        before = snapshot(found)
        decide(found, "cancelled", by=actor.name, at=at, reason=reason)
        tell(session, found, shift, "shift_cancelled", at=at, title=activity.title, reason=reason)
        audit(session, actor, action, found, at=at, reason=reason, before=before)
    return len(standing)


def _standing(session: Session, *conditions: Any) -> list[tuple[SignUp, Shift]]:
    rows = session.execute(
        select(SignUp, Shift)
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .where(SignUp.status.in_(STANDING), Shift.cancelled_at.is_(None), *conditions)
        .order_by(SignUp.sign_up_id)
        .execution_options(populate_existing=True)
    )
    return [(found, shift) for found, shift in rows.all()]


def check_no_clash(session: Session, volunteer_id: int, shift: Shift) -> None:
    """Do nothing if the volunteer is free at the time of a shift.

    Raises `Refused` if another shift at that time is confirmed, or offered and not answered yet.
    """
    clash = (
        select(Activity.title, SignUp.status)
        .join(Shift, Shift.activity_id == Activity.activity_id)
        .join(SignUp, SignUp.shift_id == Shift.shift_id)
        .where(
            SignUp.volunteer_id == volunteer_id,
            SignUp.status.in_(TAKEN),
            Shift.shift_id != shift.shift_id,
            Shift.cancelled_at.is_(None),
            Shift.starts_at < shift.ends_at,
            Shift.ends_at > shift.starts_at,
        )
        .order_by(SignUp.status)
    )
    found = session.execute(clash.limit(1)).one_or_none()
    if found is None:
        return
    if found.status == "confirmed":
        raise Refused(f"the volunteer is confirmed for {found.title!r} at the same time", "volunteer_id")
    raise Refused(
        f"the volunteer is offered a place in {found.title!r} at the same time: answer that offer first",
        "volunteer_id",
    )


def deadline_of(activity: Activity, shift: Shift, at: datetime) -> datetime:
    """Until when a volunteer may give a confirmed place back."""
    if activity.cancel_until_hours is None:
        return shift.starts_at - time_span("cancel_deadline", at)
    return shift.starts_at - timedelta(hours=activity.cancel_until_hours)
