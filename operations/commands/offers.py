"""Places that are held out to somebody: invitations of the organisation, and offers to those who wait.

Here: inviting, and the answers. Never here: making an offer (places_taken.py), or letting it expire (clock.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import SignUp, Volunteer

from .conditions import check_conditions
from .life_cycle import lock_shift
from .permitted import demand_shift
from .places_taken import decide, tell
from .records import audit, lock, snapshot
from .refusals import Refused
from .sign_ups import after_change, begin_sign_up, check_can_join, check_open, permitted_sign_up, place


def invite(
    session: Session, actor: Actor, *, volunteer_id: int, shift_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Invite a volunteer to a shift, tell them, and return the sign-up. An invitation keeps no place free.

    Raises `Refused` if the shift takes nobody, or the volunteer signed up already or may not take part; `NotAllowed`.
    """
    demand_shift(session, actor, Action.INVITE, shift_id)
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    shift, activity = lock_shift(session, shift_id)
    check_open(shift, activity, at, is_asked_before=True)
    check_conditions(session, volunteer, activity, shift, at=at)
    made, before = begin_sign_up(session, volunteer_id, shift_id, at=at)
    decide(made, "invited", by=actor.name, at=at, reason=reason)
    session.flush()
    tell(session, made, shift, "invited", at=at, title=activity.title)
    audit(session, actor, Action.INVITE, made, at=at, reason=reason, before=before)
    return made


def accept_offer(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Take the place that was offered, or follow an invitation, and return the sign-up.

    Who follows an invitation when all places are taken waits for one.

    Raises `Refused` if nothing is offered, the offer has expired, the volunteer may not take part any more, or has
    another place, or an offer, at the same time; `NotAllowed`.
    """
    found, volunteer, shift, activity = permitted_sign_up(session, actor, Action.ACCEPT_OFFER, sign_up_id)
    _check_held_out(found)
    if found.offer_expires_at is not None and found.offer_expires_at <= at:
        raise Refused("this offer has expired", "sign_up_id")
    check_can_join(session, volunteer, activity, shift, at=at, is_asked_before=True)
    before = snapshot(found)
    if found.status == "invited":
        found.signed_up_at = at
        place(
            session,
            actor,
            Action.ACCEPT_OFFER,
            found,
            shift=shift,
            activity=activity,
            at=at,
            reason=reason,
            before=before,
        )
        return found
    decide(found, "confirmed", by=actor.name, at=at, reason=reason)
    after_change(session, activity, shift, at=at)
    audit(session, actor, Action.ACCEPT_OFFER, found, at=at, reason=reason, before=before)
    return found


def decline_offer(
    session: Session, actor: Actor, *, sign_up_id: int, at: datetime, reason: str = ""
) -> SignUp:
    """Turn an offer or an invitation down, and return the sign-up; an offer goes on to the next in line.

    Raises `Refused` if nothing is offered; `NotAllowed`.
    """
    found, _, shift, activity = permitted_sign_up(session, actor, Action.DECLINE_OFFER, sign_up_id)
    _check_held_out(found)
    before = snapshot(found)
    decide(found, "declined", by=actor.name, at=at, reason=reason)
    after_change(session, activity, shift, at=at)
    audit(session, actor, Action.DECLINE_OFFER, found, at=at, reason=reason, before=before)
    return found


def _check_held_out(found: SignUp) -> None:
    if found.status not in ("offered", "invited"):
        raise Refused(f"this sign-up is {found.status}: there is no offer to answer", "sign_up_id")
