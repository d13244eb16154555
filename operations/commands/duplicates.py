"""Who may be registered twice: noted when it is seen, decided by somebody who looks at both records."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import DuplicateCandidate, Volunteer, VolunteerIdentity
from operations.rules import rule

from .records import audit, lock, must_write, snapshot
from .refusals import Refused, required_text
from .touched import volunteer_touched


def note_candidates(session: Session, volunteer_id: int, *, at: datetime) -> list[DuplicateCandidate]:
    """Note who else may be this person, each pair once, and return the new notes.

    The grounds: the same name and date of birth, or the same telephone.
    """
    session.flush()
    found = []
    identity = session.get(VolunteerIdentity, volunteer_id)
    if identity is None:
        return []
    others = alike(
        session, full_name=identity.full_name, born_on=identity.born_on, phone=identity.phone, on=at
    )
    noted = set(
        session.scalars(
            select(DuplicateCandidate.other_volunteer_id).where(
                DuplicateCandidate.volunteer_id == volunteer_id
            )
        )
    ) | set(
        session.scalars(
            select(DuplicateCandidate.volunteer_id).where(
                DuplicateCandidate.other_volunteer_id == volunteer_id
            )
        )
    )
    for other, ground in others.items():
        if other == volunteer_id or other in noted:
            continue
        found.append(
            DuplicateCandidate(
                volunteer_id=volunteer_id, other_volunteer_id=other, ground=ground, found_at=at
            )
        )
    session.add_all(found)
    session.flush()
    return found


def alike(
    session: Session, *, full_name: str, born_on: date | None, phone: str | None, on: date
) -> dict[int, str]:
    """Volunteers with this name and date of birth, or with this telephone, each with the ground; not whole crowds."""
    found: dict[int, str] = {}
    standing = (
        select(VolunteerIdentity.volunteer_id)
        .join(Volunteer, Volunteer.volunteer_id == VolunteerIdentity.volunteer_id)
        .where(Volunteer.status.in_(("active", "banned")))
    )
    asked: list[tuple[str, Select[int]]] = []
    if born_on is not None:
        same = (VolunteerIdentity.born_on == born_on, VolunteerIdentity.full_name == full_name)
        asked.append(("name_and_birth", standing.where(*same)))
    if phone:
        asked.append(("phone", standing.where(VolunteerIdentity.phone == phone)))
    # Behind more of them stands something else, such as the telephone of a school.
    most = rule("duplicate_candidates_limit", on)
    for ground, query in asked:
        ids = session.scalars(query.limit(most + 2)).all()
        if len(ids) <= most + 1:
            found |= {one: ground for one in sorted(ids) if one not in found}
    return found


def keep_apart(
    session: Session, actor: Actor, *, candidate_id: int, reason: str, at: datetime
) -> DuplicateCandidate:
    """Write down that two records are of two people, and return the note; nobody is asked again.

    Raises `Refused` without a reason, or if it is decided already; `NotAllowed`, unless both are the actor's matter.
    """
    must_write(session)
    asked = session.get(DuplicateCandidate, candidate_id)
    if asked is None:
        demand(actor, Action.MERGE_VOLUNTEERS, Where())
    else:
        for one in (asked.volunteer_id, asked.other_volunteer_id):
            touched = volunteer_touched(session.get_one(Volunteer, one))
            demand(actor, Action.MERGE_VOLUNTEERS, touched)
    candidate = lock(session, DuplicateCandidate, candidate_id, "candidate")
    why = required_text(reason, "reason", 4000)
    if candidate.decided_at is not None:
        raise Refused("this is decided already", "candidate_id")
    before = snapshot(candidate)
    candidate.decision, candidate.decided_at = "kept_apart", at
    audit(session, actor, Action.MERGE_VOLUNTEERS, candidate, at=at, reason=why, before=before)
    return candidate
