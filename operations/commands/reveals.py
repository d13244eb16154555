"""Showing the full identity of a volunteer to somebody who says why; elsewhere it is masked (identity.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from operations.access import Action, Actor, demand
from operations.model import Volunteer

from .records import audit, lock
from .refusals import Refused, required_text
from .touched import volunteer_touched

SHORTEST_REASON = 4


@dataclass(frozen=True)
class FullIdentity:
    """Who a volunteer is, nothing masked."""

    full_name: str
    id_type: str
    id_number: str
    phone: str | None
    born_on: date | None


def reveal_identity(
    session: Session, actor: Actor, *, volunteer_id: int, reason: str, at: datetime
) -> FullIdentity:
    """Return a volunteer's full identity; who asked, when and why is written down, what was shown is not.

    Raises `Refused` without a reason that says something, or if no identity is kept; `NotAllowed`, also for a volunteer
    that does not exist.
    """
    demand(actor, Action.REVEAL_IDENTITY, volunteer_touched(_found(session, volunteer_id)))
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    why = required_text(reason, "reason", 4000)
    if len(why) < SHORTEST_REASON:
        raise Refused("say what the identity is needed for", "reason")
    identity = volunteer.identity
    if identity is None:
        raise Refused("no identity is kept of this volunteer", "volunteer_id")
    audit(session, actor, Action.REVEAL_IDENTITY, volunteer, at=at, reason=why, after={})
    return FullIdentity(
        identity.full_name, identity.id_type, identity.id_number, identity.phone, identity.born_on
    )


def _found(session: Session, volunteer_id: int) -> Volunteer:
    """The volunteer, or one that is nowhere: a guessed number looks like one of another area."""
    return session.get(Volunteer, volunteer_id) or Volunteer(volunteer_id=volunteer_id)
