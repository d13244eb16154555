"""What can be done to sign-ups: a place in a shift is asked for, given and given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, demand
from operations.model import Activity, Shift, SignUp, Volunteer

from .records import audit, find, lock, snapshot
from .refusals import Refused
from .touched import activity_touched

OPEN_STATES = ("recruiting", "full", "running")


def sign_up(
    session: Session, actor: Actor, *, volunteer_id: int, shift_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Sign a volunteer up for a shift, and return the sign-up: confirmed, waiting or requested.

    Where places are given at once, it is confirmed while there are more free places than people waiting, and waits in
    the order of signing up otherwise. Where they are given on request, it is requested. Who cancelled may sign up
    again, and stands at the end. Person and shift are locked first, so no two take the last place.

    Raises `Refused` if the shift is not to be had, the volunteer signed up already, is not active, or has a confirmed
    sign-up at the same time; `NotAllowed`.
    """
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    shift, activity = _locked_shift(session, shift_id)
    demand(actor, Action.SIGN_UP, activity_touched(session, activity, volunteer_id))
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    _check_open(shift, activity, at)
    if activity.admission == "by_invitation" and actor.volunteer_id == volunteer_id:
        raise Refused("this activity is by invitation: its organisation signs up whom it invites", "shift_id")
    found = _sign_up_of(session, volunteer_id, shift_id)
    if found is not None and found.status != "cancelled":
        raise Refused("this volunteer signed up for this shift already", "volunteer_id")
    _check_no_clash(session, volunteer_id, shift)
    before = snapshot(found) if found is not None else None
    made = found or SignUp(shift_id=shift_id, volunteer_id=volunteer_id)
    made.signed_up_at = at
    made.decided_at = None
    made.status = "requested"
    if activity.admission != "on_request":
        free = shift.capacity - _count(session, shift_id, "confirmed") - _count(session, shift_id, "waiting")
        made.status = "confirmed" if free > 0 else "waiting"
        made.decided_at = at if free > 0 else None
    session.add(made)
    audit(session, actor, Action.SIGN_UP, made, at=at, reason=reason, before=before)
    return made


def confirm_sign_up(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Give a place to somebody who asked for it or waits, and return the sign-up.

    Raises `Refused` if all places are taken, the sign-up is neither requested nor waiting, or the volunteer has another
    confirmed sign-up at the same time; `NotAllowed`.
    """
    found, shift, activity = _locked_sign_up(session, sign_up_id)
    demand(actor, Action.CONFIRM_SIGN_UP, activity_touched(session, activity, found.volunteer_id))
    if found.status not in ("requested", "waiting"):
        raise Refused(f"this sign-up is {found.status}: there is nothing to confirm", "sign_up_id")
    _check_open(shift, activity, at)
    _check_no_clash(session, found.volunteer_id, shift)
    if _count(session, shift.shift_id, "confirmed") >= shift.capacity:
        raise Refused(f"all {shift.capacity} places of this shift are taken", "sign_up_id")
    before = snapshot(found)
    found.status = "confirmed"
    found.decided_at = at
    audit(session, actor, Action.CONFIRM_SIGN_UP, found, at=at, reason=reason, before=before)
    return found


def cancel_sign_up(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Give a place, a request or a turn in waiting back before the shift starts, and return the sign-up.

    Raises `Refused` if it is cancelled already or the shift has started; `NotAllowed`.
    """
    found, shift, activity = _locked_sign_up(session, sign_up_id)
    demand(actor, Action.CANCEL_SIGN_UP, activity_touched(session, activity, found.volunteer_id))
    if found.status not in ("requested", "confirmed", "waiting"):
        raise Refused(f"this sign-up is {found.status}: there is nothing to cancel", "sign_up_id")
    if shift.starts_at <= at:
        raise Refused("the shift has started: a sign-up can be cancelled only before", "sign_up_id")
    before = snapshot(found)
    found.status = "cancelled"
    found.decided_at = at
    audit(session, actor, Action.CANCEL_SIGN_UP, found, at=at, reason=reason, before=before)
    return found


def _locked_shift(session: Session, shift_id: int) -> tuple[Shift, Activity]:
    shift = lock(session, Shift, shift_id, "shift")
    return shift, find(session, Activity, shift.activity_id, "activity")


def _locked_sign_up(session: Session, sign_up_id: int) -> tuple[SignUp, Shift, Activity]:
    """The sign-up as it is once its person and its shift are locked, in this order."""
    found = find(session, SignUp, sign_up_id, "sign up")
    lock(session, Volunteer, found.volunteer_id, "volunteer")
    shift, activity = _locked_shift(session, found.shift_id)
    return lock(session, SignUp, sign_up_id, "sign up"), shift, activity


def _sign_up_of(session: Session, volunteer_id: int, shift_id: int) -> SignUp | None:
    return session.scalar(
        select(SignUp)
        .where(SignUp.shift_id == shift_id, SignUp.volunteer_id == volunteer_id)
        .execution_options(populate_existing=True)
    )


def _count(session: Session, shift_id: int, status: str) -> int:
    counted = select(func.count()).where(SignUp.shift_id == shift_id, SignUp.status == status)
    return session.scalar(counted) or 0


def _check_open(shift: Shift, activity: Activity, at: datetime) -> None:
    if activity.status not in OPEN_STATES:
        raise Refused(f"the activity is {activity.status}, and takes nobody", "shift_id")
    if shift.cancelled_at is not None:
        raise Refused("this shift is cancelled", "shift_id")
    if shift.starts_at <= at:
        raise Refused("this shift has started already", "shift_id")


def _check_no_clash(session: Session, volunteer_id: int, shift: Shift) -> None:
    clash = (
        select(Activity.title)
        .join(Shift, Shift.activity_id == Activity.activity_id)
        .join(SignUp, SignUp.shift_id == Shift.shift_id)
        .where(
            SignUp.volunteer_id == volunteer_id,
            SignUp.status == "confirmed",
            Shift.shift_id != shift.shift_id,
            Shift.cancelled_at.is_(None),
            Shift.starts_at < shift.ends_at,
            Shift.ends_at > shift.starts_at,
        )
    )
    title = session.scalar(clash.limit(1))
    if title is not None:
        raise Refused(f"the volunteer is confirmed for {title!r} at the same time", "volunteer_id")
