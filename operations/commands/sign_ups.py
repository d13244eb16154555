"""What can be done to sign-ups: a place in a shift is asked for, given and given back.

Here: signing up, deciding, giving back. Never here: invitations and offers (offers.py), no-shows (no_shows.py), or how
places are counted (places_taken.py). Locks are taken in the order person, activity: see life_cycle.py.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Activity, Shift, SignUp, Volunteer

from .conditions import check_conditions
from .life_cycle import TAKEN, TAKES_SIGN_UPS, lock_shift, settle_full
from .permitted import demand_shift
from .places_taken import (
    STANDING,
    check_no_clash,
    counts_of,
    deadline_of,
    decide,
    free_places,
    offer_free_places,
    tell,
)
from .records import audit, find, lock, must_write, snapshot
from .refusals import Refused, required_text


def sign_up(
    session: Session, actor: Actor, *, volunteer_id: int, shift_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Sign a volunteer up for a shift, and return the sign-up: confirmed, waiting or requested.

    Where places are given at once, it is confirmed while there are more free places than people waiting, and waits in
    the order of signing up otherwise. Where they are given on request, it is requested. Who gave a place or an offer
    back may sign up again, and stands at the end. Person and activity are locked first, so no two take the last place.

    Raises `Refused` if the shift is not to be had, the volunteer signed up already, may not take part, or has a
    confirmed or offered place at the same time; `NotAllowed`.
    """
    asked = demand_shift(session, actor, Action.SIGN_UP, shift_id, volunteer_id)
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    shift, activity = lock_shift(session, shift_id, asked)
    if activity.admission == "by_invitation" and actor.volunteer_id == volunteer_id:
        raise Refused("this activity is by invitation: its organisation invites whom it wants", "shift_id")
    check_can_join(session, volunteer, activity, shift, at=at)
    made, before = begin_sign_up(session, volunteer_id, shift_id, at=at)
    if activity.admission == "on_request":
        decide(made, "requested", by=actor.name, at=at)
        made.decided_at = made.decided_by = None
        audit(session, actor, Action.SIGN_UP, made, at=at, reason=reason, before=before)
    else:
        place(
            session,
            actor,
            Action.SIGN_UP,
            made,
            shift=shift,
            activity=activity,
            at=at,
            reason=reason,
            before=before,
        )
    return made


def check_can_join(
    session: Session,
    volunteer: Volunteer,
    activity: Activity,
    shift: Shift,
    *,
    at: datetime,
    is_asked_before: bool = False,
) -> None:
    """Do nothing if the volunteer may have a place in the shift, should there be one; raises `Refused`."""
    check_conditions(session, volunteer, activity, shift, at=at)
    check_open(shift, activity, at, is_asked_before=is_asked_before)
    check_no_clash(session, volunteer.volunteer_id, shift)


def begin_sign_up(
    session: Session, volunteer_id: int, shift_id: int, *, at: datetime
) -> tuple[SignUp, dict[str, object] | None]:
    """The sign-up of this pair, at the end of the line, and how it was before if there was one.

    Raises `Refused` if it stands.
    """
    found = session.scalar(
        select(SignUp)
        .where(SignUp.shift_id == shift_id, SignUp.volunteer_id == volunteer_id)
        .execution_options(populate_existing=True)
    )
    if found is not None and (found.status in STANDING or found.status == "no_show"):
        raise Refused("this volunteer signed up for this shift already", "volunteer_id")
    before = snapshot(found) if found is not None else None
    made = found or SignUp(shift_id=shift_id, volunteer_id=volunteer_id)
    made.signed_up_at = at
    session.add(made)
    return made, before


def place(
    session: Session,
    actor: Actor,
    action: Action,
    made: SignUp,
    *,
    shift: Shift,
    activity: Activity,
    at: datetime,
    reason: str = "",
    before: dict[str, object] | None = None,
) -> None:
    """Give a place that is free for somebody who comes now, or a turn in waiting, and write it down."""
    with session.no_autoflush:  # not yet in any of these states
        standing = counts_of(session, shift.shift_id)
    waiting = standing.get("waiting", 0)
    left = shift.capacity - sum(standing.get(status, 0) for status in (*TAKEN, "waiting")) - 1
    decide(made, "confirmed" if left >= 0 else "waiting", by=actor.name, at=at, reason=reason)
    if left < 0:
        made.decided_at = made.decided_by = None
    audit(session, actor, action, made, at=at, reason=reason, before=before)
    # Most often nobody waits, and there is room for more: then nothing follows from it.
    if waiting or left <= 0 or activity.status != "recruiting":
        after_change(session, activity, shift, at=at)


def after_change(session: Session, activity: Activity, shift: Shift, *, at: datetime) -> None:
    """Pass on what a change of a sign-up left free, and let the activity be full or not."""
    offer_free_places(session, shift, at=at)
    settle_full(session, activity, at=at, because="a sign-up changed")


def confirm_sign_up(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Give a place to somebody who asked for it or waits, tell them, and return the sign-up.

    Raises `Refused` if all places are taken or offered, the sign-up is neither requested nor waiting, or the volunteer
    may not take part or has another place at the same time; `NotAllowed`.
    """
    found, volunteer, shift, activity = permitted_sign_up(session, actor, Action.CONFIRM_SIGN_UP, sign_up_id)
    if found.status not in ("requested", "waiting"):
        raise Refused(f"this sign-up is {found.status}: there is nothing to confirm", "sign_up_id")
    check_can_join(session, volunteer, activity, shift, at=at, is_asked_before=True)
    if free_places(session, shift) <= 0:
        raise Refused(f"all {shift.capacity} places of this shift are taken", "sign_up_id")
    before = snapshot(found)
    decide(found, "confirmed", by=actor.name, at=at, reason=reason)
    tell(session, found, shift, "sign_up_confirmed", at=at, title=activity.title)
    after_change(session, activity, shift, at=at)
    audit(session, actor, Action.CONFIRM_SIGN_UP, found, at=at, reason=reason, before=before)
    return found


def decline_sign_up(session: Session, actor: Actor, *, sign_up_id: int, reason: str, at: datetime) -> SignUp:
    """Turn down somebody who asked for a place or waits for one, tell them why, and return the sign-up.

    Raises `Refused` without a reason or if the sign-up is neither requested nor waiting; `NotAllowed`.
    """
    found, _, shift, activity = permitted_sign_up(session, actor, Action.DECLINE_SIGN_UP, sign_up_id)
    why = required_text(reason, "reason", 4000)
    if found.status not in ("requested", "waiting"):
        raise Refused(f"this sign-up is {found.status}: there is nothing to decline", "sign_up_id")
    before = snapshot(found)
    decide(found, "declined", by=actor.name, at=at, reason=why)
    tell(session, found, shift, "sign_up_declined", at=at, title=activity.title, reason=why)
    after_change(session, activity, shift, at=at)
    audit(session, actor, Action.DECLINE_SIGN_UP, found, at=at, reason=why, before=before)
    return found


def cancel_sign_up(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Give a place, an offer, a request or a turn in waiting back before the shift starts, and return the sign-up.

    A place that comes free is offered to the first in line. A confirmed place is given back by its volunteer until the
    deadline of the activity; after it only by the organisation, with a reason. Whom the organisation cancels is told.

    Raises `Refused` if it does not stand, the shift has started, or it is too late; `NotAllowed`.
    """
    found, _, shift, activity = permitted_sign_up(session, actor, Action.CANCEL_SIGN_UP, sign_up_id)
    if found.status not in STANDING:
        raise Refused(f"this sign-up is {found.status}: there is nothing to cancel", "sign_up_id")
    if shift.starts_at <= at:
        raise Refused("the shift has started: a sign-up can be cancelled only before", "sign_up_id")
    is_own = actor.volunteer_id == found.volunteer_id
    if found.status == "confirmed" and deadline_of(activity, shift, at) <= at:
        if is_own:
            raise Refused("the time for giving a place back is over: ask the organisation", "sign_up_id")
        reason = required_text(reason, "reason", 4000)
    before = snapshot(found)
    decide(found, "cancelled", by=actor.name, at=at, reason=reason)
    if not is_own:
        tell(session, found, shift, "sign_up_cancelled", at=at, title=activity.title, reason=reason)
    after_change(session, activity, shift, at=at)
    audit(session, actor, Action.CANCEL_SIGN_UP, found, at=at, reason=reason, before=before)
    return found


def permitted_sign_up(
    session: Session, actor: Actor, action: Action, sign_up_id: int
) -> tuple[SignUp, Volunteer, Shift, Activity]:
    """The sign-up as it is once its person and its activity are locked, in this order.

    Raises `NotAllowed`; `Refused` if there is none.
    """
    must_write(session)
    asked = session.get(SignUp, sign_up_id)
    if asked is None:
        demand(actor, action, Where())
    else:
        demand_shift(session, actor, action, asked.shift_id, asked.volunteer_id)
    found = find(session, SignUp, sign_up_id, "sign up")
    volunteer = lock(session, Volunteer, found.volunteer_id, "volunteer")
    shift, activity = lock_shift(session, found.shift_id)
    return lock(session, SignUp, sign_up_id, "sign up"), volunteer, shift, activity


def check_open(shift: Shift, activity: Activity, at: datetime, *, is_asked_before: bool = False) -> None:
    """Do nothing if the shift takes people; outside of the recruiting window only who asked within it.

    Raises `Refused`.
    """
    if activity.status not in TAKES_SIGN_UPS:
        raise Refused(f"the activity is {activity.status}, and takes nobody", "shift_id")
    if shift.cancelled_at is not None:
        raise Refused("this shift is cancelled", "shift_id")
    if shift.starts_at <= at:
        raise Refused("this shift has started already", "shift_id")
    if is_asked_before:
        return
    if activity.opens_at is not None and at < activity.opens_at:
        raise Refused("this activity does not recruit yet", "shift_id")
    if activity.closes_at is not None and at >= activity.closes_at:
        raise Refused("the time for signing up is over", "shift_id")
