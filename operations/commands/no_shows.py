"""Who had a place and did not come: said by the organisation, with author and reason, and taken back.

Here: those two commands. Never here: what follows from it (conditions.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import CheckIn, SignUp

from .places_taken import decide, tell
from .records import audit, snapshot
from .refusals import Refused, required_text
from .sign_ups import permitted_sign_up


def record_no_show(session: Session, actor: Actor, *, sign_up_id: int, reason: str, at: datetime) -> SignUp:
    """Keep that somebody with a place did not come to a shift that is over, tell them, and return the sign-up.

    Raises `Refused` without a reason, before the end of the shift, if there was no place or the volunteer signed in;
    `NotAllowed`.
    """
    found, _, shift, activity = permitted_sign_up(session, actor, Action.RECORD_NO_SHOW, sign_up_id)
    why = required_text(reason, "reason", 4000)
    if found.status != "confirmed":
        raise Refused(
            f"this sign-up is {found.status}: only who had a place can have stayed away", "sign_up_id"
        )
    if shift.cancelled_at is not None:
        raise Refused("this shift was cancelled: nobody came", "sign_up_id")
    if at < shift.ends_at:
        raise Refused("the shift is not over yet", "sign_up_id")
    signed_in = select(CheckIn.event_id).where(
        CheckIn.shift_id == shift.shift_id, CheckIn.volunteer_id == found.volunteer_id
    )
    if session.scalar(signed_in.limit(1)) is not None:
        raise Refused("this volunteer signed in to the shift", "sign_up_id")
    before = snapshot(found)
    decide(found, "no_show", by=actor.name, at=at, reason=why)
    tell(session, found, shift, "no_show_recorded", at=at, title=activity.title, reason=why)
    audit(session, actor, Action.RECORD_NO_SHOW, found, at=at, reason=why, before=before)
    return found


def lift_no_show(session: Session, actor: Actor, *, sign_up_id: int, reason: str, at: datetime) -> SignUp:
    """Take back that somebody did not come, tell them, and return the sign-up: it is confirmed again.

    Raises `Refused` without a reason or if there is nothing to lift; `NotAllowed`.
    """
    found, _, shift, activity = permitted_sign_up(session, actor, Action.LIFT_NO_SHOW, sign_up_id)
    why = required_text(reason, "reason", 4000)
    if found.status != "no_show":
        raise Refused(f"this sign-up is {found.status}: there is nothing to lift", "sign_up_id")
    before = snapshot(found)
    decide(found, "confirmed", by=actor.name, at=at, reason=why)
    tell(session, found, shift, "no_show_lifted", at=at, title=activity.title, reason=why)
    audit(session, actor, Action.LIFT_NO_SHOW, found, at=at, reason=why, before=before)
    return found
