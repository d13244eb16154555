"""What is known of a volunteer: changed by the volunteer, corrected by the area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role
from operations.model import Volunteer, VolunteerInterest, VolunteerSkill
from operations.skills import SKILLS, TIMES

from .activities import CATEGORIES
from .areas import place_of
from .duplicates import note_candidates
from .identity import ID_TYPES, checked_phone, masked, masked_name, masked_phone, read_identity
from .permitted import permitted_volunteer
from .records import add_unique, audit, snapshot
from .refusals import Refused, one_of, required_text

LANGUAGES = ("zh", "en")
OWN = ("phone", "area_code", "language", "available_time", "skills", "interests")
OF_THE_DOCUMENT = ("full_name", "id_type", "id_number", "born_on", "sex")


def update_volunteer(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    changes: Mapping[str, Any],
    at: datetime,
    reason: str = "",
) -> Volunteer:
    """Change what is known of a volunteer, and return the volunteer.

    `changes` hold the new values by name: `phone`, `area_code`, `language`, `available_time` (codes of `TIMES`),
    `skills` (code of `SKILLS` to own words) and `interests` (categories of activities); what is left out stays. What
    the document says (`full_name`, `id_type`, `id_number`, `born_on`, `sex`) is corrected by the area alone, with a
    reason.

    Raises `Refused` beside the value that cannot be, for a document that somebody else has, and for a record that was
    erased or merged; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.UPDATE_VOLUNTEER, volunteer_id)
    if volunteer.identity is None or volunteer.status not in ("active", "banned"):
        raise Refused(f"this record is {volunteer.status}: nothing of it changes any more", "volunteer_id")
    for name in changes:
        if name not in (*OWN, *OF_THE_DOCUMENT):
            raise Refused(f"there is nothing called {name} to change", name)
    before = logged(session, volunteer)
    own = {name: changes[name] for name in OWN if name in changes}
    _change_own(session, volunteer, own)
    document = {name: changes[name] for name in OF_THE_DOCUMENT if name in changes}
    if document:
        if actor.role is Role.VOLUNTEER:
            raise Refused(
                "what your document says is corrected by the administrators of your area: show it to them",
                next(iter(document)),
            )
        required_text(reason, "reason", 4000)
        _correct(session, volunteer, document, at)
    session.flush()
    if document or "phone" in changes:
        note_candidates(session, volunteer_id, at=at)
    audit(
        session,
        actor,
        Action.UPDATE_VOLUNTEER,
        volunteer,
        at=at,
        reason=reason.strip(),
        before=before,
        after=logged(session, volunteer),
    )
    return volunteer


def logged(session: Session, volunteer: Volunteer) -> dict[str, Any]:
    """A volunteer as the audit log keeps it: with skills and interests, the identity masked."""
    identity = volunteer.identity
    # A name that its owner let be shown is kept in one place, which forgets it when the consent is withdrawn.
    known = {
        **{name: value for name, value in snapshot(volunteer).items() if name != "display_name"},
        "skills": sorted(
            session.scalars(
                select(VolunteerSkill.skill_code).where(VolunteerSkill.volunteer_id == volunteer.volunteer_id)
            )
        ),
        "interests": sorted(
            session.scalars(
                select(VolunteerInterest.category_code).where(
                    VolunteerInterest.volunteer_id == volunteer.volunteer_id
                )
            )
        ),
    }
    if identity is not None:
        known |= {
            "full_name": masked_name(identity.full_name),
            "id_type": identity.id_type,
            "id_number": masked(identity.id_number),
            "phone": masked_phone(identity.phone) if identity.phone else None,
        }
    return known


def _change_own(session: Session, volunteer: Volunteer, changes: Mapping[str, Any]) -> None:
    if "phone" in changes and volunteer.identity is not None:
        given = changes["phone"]
        volunteer.identity.phone = checked_phone(given) if given and given.strip() else None
    if "area_code" in changes:
        place = place_of(session, changes["area_code"])
        volunteer.district_code = place.district_code
        volunteer.township_code, volunteer.community_code = place.township_code, place.community_code
    if "language" in changes:
        volunteer.language = one_of(changes["language"], LANGUAGES, "language")
    if "available_time" in changes:
        times = {one_of(time, tuple(TIMES), "available_time") for time in changes["available_time"]}
        volunteer.available_time = [time for time in TIMES if time in times]
    if "skills" in changes:
        _set_skills(session, volunteer.volunteer_id, changes["skills"])
    if "interests" in changes:
        _set_interests(session, volunteer.volunteer_id, changes["interests"])


def _set_skills(session: Session, volunteer_id: int, skills: Mapping[str, str]) -> None:
    for code, detail in skills.items():
        one_of(code, tuple(SKILLS), "skills")
        if len(detail.strip()) > 80:
            raise Refused("say in 80 characters what you can do", "skills")
        if code == "other" and not detail.strip():
            raise Refused("say in your own words what else you can do", "skills")
    session.execute(delete(VolunteerSkill).where(VolunteerSkill.volunteer_id == volunteer_id))
    session.add_all(
        VolunteerSkill(volunteer_id=volunteer_id, skill_code=code, detail=detail.strip())
        for code, detail in skills.items()
    )


def _set_interests(session: Session, volunteer_id: int, interests: Iterable[str]) -> None:
    codes = {one_of(code, CATEGORIES, "interests") for code in interests}
    session.execute(delete(VolunteerInterest).where(VolunteerInterest.volunteer_id == volunteer_id))
    session.add_all(
        VolunteerInterest(volunteer_id=volunteer_id, category_code=code) for code in sorted(codes)
    )


def _correct(session: Session, volunteer: Volunteer, document: Mapping[str, Any], at: datetime) -> None:
    """Put right what the document says; birth date and sex follow the number where it tells them."""
    known = volunteer.identity
    assert known is not None
    if "full_name" in document:
        known.full_name = required_text(document["full_name"], "full_name", 80)
    id_type = one_of(document.get("id_type", known.id_type), ID_TYPES, "id_type")
    tells_more = id_type == "resident_identity_card"
    born_on: date | None = document.get("born_on", None if tells_more else known.born_on)
    sex: str | None = document.get("sex", None if tells_more else volunteer.sex)
    identity = read_identity(id_type, document.get("id_number", known.id_number), born_on=born_on, sex=sex)
    if identity.born_on is not None and identity.born_on > at.date():
        raise Refused("the birth date lies in the future: check the number", "id_number")
    known.id_type, known.id_number, known.born_on = id_type, identity.number, identity.born_on
    volunteer.sex, volunteer.birth_year_band = identity.sex, identity.birth_year_band
    add_unique(session, known, Refused("another volunteer is registered with this document", "id_number"))
