"""What is typed at a desk: the same commands for people known by their volunteer number instead of an id.

Here: from the number to the volunteer, after permission was asked. Never here: a rule.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Dispute, HonourRecord, SignUp
from operations.queries.volunteers import volunteer_with_number

from .disputes import open_dispute
from .honours import enter_honour_record
from .offers import invite
from .permitted import demand_organisation, demand_shift
from .refusals import Refused


def volunteer_numbered(session: Session, volunteer_no: str) -> int:
    """The volunteer with this number; `Refused` beside `volunteer_no` if there is none."""
    found = volunteer_with_number(session, volunteer_no)
    if not found:
        number = volunteer_no.strip()
        raise Refused(f"there is no volunteer {number}: compare the number with their card", "volunteer_no")
    return found


def invite_by_number(
    session: Session, actor: Actor, *, shift_id: int, volunteer_no: str, **said: Any
) -> SignUp:
    """Like `invite`. Raises what it raises, and `Refused` for an unknown number."""
    demand_shift(session, actor, Action.INVITE, shift_id)
    return invite(
        session, actor, shift_id=shift_id, volunteer_id=volunteer_numbered(session, volunteer_no), **said
    )


def enter_honour_record_by_number(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_no: str, **said: Any
) -> HonourRecord:
    """Like `enter_honour_record`. Raises what it raises, and `Refused` for an unknown number."""
    demand_organisation(session, actor, Action.ENTER_HONOUR_RECORD, organisation_id)
    volunteer_id = volunteer_numbered(session, volunteer_no)
    return enter_honour_record(
        session, actor, organisation_id=organisation_id, volunteer_id=volunteer_id, **said
    )


def open_dispute_by_number(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_no: str, **said: Any
) -> Dispute:
    """Like `open_dispute`, by the organisation or the area. Raises that, and `Refused` for an unknown number."""
    demand_organisation(session, actor, Action.OPEN_DISPUTE, organisation_id)
    volunteer_id = volunteer_numbered(session, volunteer_no)
    return open_dispute(session, actor, organisation_id=organisation_id, volunteer_id=volunteer_id, **said)
