"""What can be done to volunteers: registering them, and the consents that they give and withdraw."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Consent, Volunteer, VolunteerIdentity

from .areas import place_of
from .duplicates import note_candidates
from .identity import ID_TYPES, checked_phone, masked, read_identity
from .permitted import permitted_volunteer
from .records import add_unique, audit, must_write, snapshot
from .refusals import Refused, one_of, required_text

PURPOSES = ("public_ranking", "display_name", "position", "credit_platform", "city_platform", "photos")


def register_volunteer(
    session: Session,
    actor: Actor,
    *,
    full_name: str,
    id_number: str,
    area_code: str,
    at: datetime,
    id_type: str = "resident_identity_card",
    phone: str | None = None,
    born_on: date | None = None,
    sex: str | None = None,
    volunteer_no: str | None = None,
    reason: str = "",
) -> Volunteer:
    """Register a person by real name and return the volunteer.

    A resident identity number is checked (GB 11643) and tells birth date and sex; with other documents they may be
    given.
    The volunteer number (the public key, MZ/T 061-2015) says nothing of the person; one is drawn unless given. Who may
    be registered already under another document is noted (duplicates.py), not refused.

    Raises `Refused` for a number that cannot be right, an unknown area, or a person who is registered; `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, area_code)
    demand(
        actor,
        Action.REGISTER_VOLUNTEER,
        Where(place.district_code, place.township_code, actor.organisation_id),
    )
    identity = read_identity(one_of(id_type, ID_TYPES, "id_type"), id_number, born_on=born_on, sex=sex)
    if identity.born_on is not None and identity.born_on > at.date():
        raise Refused("the birth date lies in the future: check the number", "id_number")
    known = select(VolunteerIdentity.volunteer_id).where(
        VolunteerIdentity.id_type == id_type, VolunteerIdentity.id_number == identity.number
    )
    registered_already = Refused("a volunteer with this document is registered already", "id_number")
    if session.scalar(known) is not None:
        raise registered_already
    if volunteer_no is not None and session.scalar(
        select(Volunteer.volunteer_id).where(Volunteer.volunteer_no == volunteer_no)
    ):
        raise Refused(f"the volunteer number {volunteer_no} is taken", "volunteer_no")
    volunteer = Volunteer(
        volunteer_no=volunteer_no or f"{place.district_code}{secrets.randbelow(10**10):010d}",
        sex=identity.sex,
        birth_year_band=identity.birth_year_band,
        district_code=place.district_code,
        township_code=place.township_code,
        community_code=place.community_code,
        registered_at=at,
        identity=VolunteerIdentity(
            full_name=required_text(full_name, "full_name", 80),
            id_type=id_type,
            id_number=identity.number,
            phone=checked_phone(phone) if phone and phone.strip() else None,
            born_on=identity.born_on,
        ),
    )
    # Two of 10^10 drawn numbers may meet; the document is the likelier reason.
    add_unique(session, volunteer, registered_already)
    note_candidates(session, volunteer.volunteer_id, at=at)
    after = {**snapshot(volunteer), "id_type": id_type, "id_number": masked(identity.number)}
    audit(session, actor, Action.REGISTER_VOLUNTEER, volunteer, at=at, reason=reason, after=after)
    return volunteer


def give_consent(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    purpose: str,
    recipient: str,
    version: str,
    at: datetime,
    display_name: str | None = None,
    reason: str = "",
) -> Consent:
    """Record a volunteer's consent to one purpose, recipient and version of the text (PIPL), and return it.

    With the purpose `display_name` the name to show comes with it; without that consent none is kept.

    Raises `Refused` if the same consent stands already; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.GIVE_CONSENT, volunteer_id)
    one_of(purpose, PURPOSES, "purpose")
    if (purpose == "display_name") != (display_name is not None):
        raise Refused("a name to show and the consent to show it come together", "display_name")
    consent = Consent(
        volunteer_id=volunteer_id,
        purpose=purpose,
        recipient=required_text(recipient, "recipient", 80),
        version=required_text(version, "version", 20),
        given_at=at,
    )
    same = _standing(volunteer_id, purpose).where(
        Consent.recipient == consent.recipient, Consent.version == consent.version
    )
    if session.scalar(same) is not None:
        raise Refused("this consent was given already, and stands", "purpose")
    session.add(consent)
    if display_name is not None:
        volunteer.display_name = required_text(display_name, "display_name", 60)
    audit(session, actor, Action.GIVE_CONSENT, consent, at=at, reason=reason)
    return consent


def withdraw_consent(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    purpose: str,
    at: datetime,
    recipient: str | None = None,
    reason: str = "",
) -> list[Consent]:
    """Withdraw all standing consents to a purpose (and only to `recipient`, if given), and return them.

    Withdrawing asks for less than giving did, as the law wants it. A withdrawn display name is no longer kept.

    Raises `Refused` if none stands; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.WITHDRAW_CONSENT, volunteer_id)
    standing = _standing(volunteer_id, purpose)
    if recipient is not None:
        standing = standing.where(Consent.recipient == recipient)
    consents = list(session.scalars(standing.order_by(Consent.consent_id)))
    if not consents:
        raise Refused("no such consent stands", "purpose")
    for consent in consents:
        before = snapshot(consent)
        consent.withdrawn_at = at
        audit(session, actor, Action.WITHDRAW_CONSENT, consent, at=at, reason=reason, before=before)
    if purpose == "display_name" and session.scalar(_standing(volunteer_id, purpose)) is None:
        volunteer.display_name = None
    return consents


def _standing(volunteer_id: int, purpose: str) -> Select[Consent]:
    return select(Consent).where(
        Consent.volunteer_id == volunteer_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
