"""Who is under age, and the guardians who answer for them and agree to their service."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.local_time import LOCAL
from operations.model import Guardian, VolunteerIdentity
from operations.rules import rule

from .identity import checked_phone
from .permitted import permitted_volunteer
from .records import audit, snapshot
from .refusals import Refused, one_of, required_text

KINSHIPS = ("father", "mother", "grandparent", "sibling", "other")
NOT_LOGGED = ("full_name", "phone")


def age_on(born: date, day: date) -> int:
    """Whole years on a day; who was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_under_age(session: Session, volunteer_id: int, on: date) -> bool:
    """Whether a volunteer is under age on a day, of a moment the day in Asia/Shanghai; False if the birth date is
    unknown.

    One becomes an adult on the birthday, and who was born on 29 February on 1 March (民法典 article 1259).
    """
    identity = session.get(VolunteerIdentity, volunteer_id)
    born_on = None if identity is None else identity.born_on
    if born_on is None:
        return False
    day = on.astimezone(LOCAL).date() if isinstance(on, datetime) else on
    return age_on(born_on, day) < rule("age_of_majority", day)


def guardian_missing(session: Session, volunteer_id: int, on: date) -> bool:
    """Whether a volunteer is under age on a day and no guardian has agreed: such a person serves nowhere."""
    if not is_under_age(session, volunteer_id, on):
        return False
    standing = select(Guardian.guardian_id).where(
        Guardian.volunteer_id == volunteer_id, Guardian.ended_at.is_(None)
    )
    return session.scalar(standing.limit(1)) is None


def name_guardian(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    full_name: str,
    kinship: str,
    phone: str,
    consent_version: str,
    at: datetime,
    reason: str = "",
) -> Guardian:
    """Write down who answers for a volunteer under age and agreed to that version of the text, and return the guardian.

    Raises `Refused` for a volunteer who is an adult, or a guardian of the same name who is named already; `NotAllowed`.
    """
    permitted_volunteer(session, actor, Action.NAME_GUARDIAN, volunteer_id)
    if not is_under_age(session, volunteer_id, at):
        raise Refused("this volunteer is not under age: nobody has to answer for them", "volunteer_id")
    guardian = Guardian(
        volunteer_id=volunteer_id,
        full_name=required_text(full_name, "full_name", 80),
        kinship=one_of(kinship, KINSHIPS, "kinship"),
        phone=checked_phone(required_text(phone, "phone", 24)),
        consent_version=required_text(consent_version, "consent_version", 20),
        consented_at=at,
    )
    same = select(Guardian.guardian_id).where(
        Guardian.volunteer_id == volunteer_id,
        Guardian.full_name == guardian.full_name,
        Guardian.ended_at.is_(None),
    )
    if session.scalar(same) is not None:
        raise Refused("this guardian is named already", "full_name")
    session.add(guardian)
    session.flush()
    audit(session, actor, Action.NAME_GUARDIAN, guardian, at=at, reason=reason, after=_logged(guardian))
    return guardian


def release_guardian(
    session: Session, actor: Actor, *, volunteer_id: int, guardian_id: int, at: datetime, reason: str = ""
) -> Guardian:
    """End what a guardian agreed to, who may withdraw as easily as agree, and return the guardian.

    Raises `Refused` if this one does not answer for the volunteer now; `NotAllowed`.
    """
    permitted_volunteer(session, actor, Action.NAME_GUARDIAN, volunteer_id)
    guardian = session.get(Guardian, guardian_id, populate_existing=True)
    if guardian is None or guardian.volunteer_id != volunteer_id or guardian.ended_at is not None:
        raise Refused("this guardian does not answer for the volunteer", "guardian_id")
    before = _logged(guardian)
    guardian.ended_at = at
    session.flush()
    audit(
        session,
        actor,
        Action.NAME_GUARDIAN,
        guardian,
        at=at,
        reason=reason,
        before=before,
        after=_logged(guardian),
    )
    return guardian


def _logged(guardian: Guardian) -> dict[str, object]:
    return {name: value for name, value in snapshot(guardian).items() if name not in NOT_LOGGED}
