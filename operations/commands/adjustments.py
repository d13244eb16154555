"""Points added or taken by hand, for a mistake that no session explains: asked for by one person, granted by another.

The person counts, not the account: nobody grants what they asked for, and nobody asks or decides for themselves.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import PointAdjustment, Volunteer
from operations.rules import rule

from . import ledger_movements
from .ledger import IdConflict, uuid_text
from .notices import notify
from .permitted import permitted_row, permitted_volunteer
from .persons import is_same_person, person_of
from .records import add_unique, audit, find, snapshot
from .refusals import Refused, one_of, required_text
from .touched import volunteer_touched


def ask_for_adjustment(
    session: Session,
    actor: Actor,
    *,
    adjustment_id: str,
    volunteer_id: int,
    amount_cents: int,
    reason: str,
    at: datetime,
) -> PointAdjustment:
    """Ask for points to be added to a volunteer's account, or taken if below zero; nothing is moved until it is
    granted. Asked again with the same id, the same one is returned.

    Raises `IdConflict` if the id was used for something else; `Refused` without a reason, for nothing, for more than
    the rule point_adjustment_limit, for oneself, or a closed record; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.ASK_FOR_ADJUSTMENT, volunteer_id)
    person, new_id = person_of(actor), uuid_text(adjustment_id, "adjustment_id")
    why = required_text(reason, "reason", 1000)
    most = rule("point_adjustment_limit", at)
    if type(amount_cents) is not int or amount_cents == 0 or abs(amount_cents) > most * 100:
        raise Refused(f"at most {most} points are added or taken at once, and not none", "amount_cents")
    asked = {"volunteer_id": volunteer_id, "amount_cents": amount_cents, "reason": why, "asked_by": person}
    conflict = IdConflict(f"the id {new_id} was used before; make a new id for a new one", "adjustment_id")
    known = session.scalar(select(PointAdjustment).where(PointAdjustment.adjustment_id == new_id))
    if known is not None:
        if any(getattr(known, name) != value for name, value in asked.items()):
            raise conflict
        return known
    _check_open(volunteer)
    if is_same_person(session, person, volunteer_id):
        raise Refused("nobody asks for points for themselves: ask another person", "volunteer_id")
    made = PointAdjustment(adjustment_id=new_id, asked_at=at, **asked)
    add_unique(session, made, conflict)
    audit(session, actor, Action.ASK_FOR_ADJUSTMENT, made, at=at, reason=why)
    return made


def decide_adjustment(
    session: Session, actor: Actor, *, adjustment_no: int, decision: str, at: datetime, reason: str = ""
) -> PointAdjustment:
    """Grant (`granted`) or refuse (`refused`) an adjustment as a second person, and return it.

    Granting posts it at once, in the present month. The volunteer is told.

    Raises `Refused` for who asked for it or is to have it, if it is decided already, without a reason for a refusal,
    or if the record was closed meanwhile; `NotAllowed`.
    """
    adjustment = permitted_row(
        session,
        actor,
        Action.DECIDE_ADJUSTMENT,
        PointAdjustment,
        adjustment_no,
        what="adjustment",
        touched=lambda session, row: volunteer_touched(
            find(session, Volunteer, row.volunteer_id, "volunteer")
        ),
    )
    person = person_of(actor)
    one_of(decision, ("granted", "refused"), "decision")
    if is_same_person(session, person, adjustment.asked_by):
        raise Refused("who asked for it cannot decide on it: ask a second person", "adjustment_no")
    if is_same_person(session, person, adjustment.volunteer_id):
        raise Refused("nobody decides on their own points: ask another person", "adjustment_no")
    if adjustment.state != "asked":
        raise Refused(f"this is decided already: it was {adjustment.state}", "adjustment_no")
    before = snapshot(adjustment)
    said = required_text(reason, "reason", 1000) if decision == "refused" else reason.strip()
    if decision == "granted":
        _check_open(find(session, Volunteer, adjustment.volunteer_id, "volunteer"))
        posted = ledger_movements.adjust(
            session,
            actor,
            transfer_id=adjustment.adjustment_id,
            volunteer_id=adjustment.volunteer_id,
            amount_cents=adjustment.amount_cents,
            at=at,
            reason=adjustment.reason,
            reference=f"adjustment:{adjustment.adjustment_no}",
        )
        adjustment.transfer_no = posted.transfer_no
        told = {"amount_cents": adjustment.amount_cents, "reason": adjustment.reason}
        notify(session, "points_adjusted", at=at, volunteer_id=adjustment.volunteer_id, **told)
    adjustment.state, adjustment.decided_by, adjustment.decided_at = decision, person, at
    adjustment.decision_reason = said
    audit(session, actor, Action.DECIDE_ADJUSTMENT, adjustment, at=at, reason=said, before=before)
    return adjustment


def _check_open(volunteer: Volunteer) -> None:
    if volunteer.status not in ("active", "banned"):
        raise Refused(f"this volunteer's record is {volunteer.status}", "volunteer_id")
