"""What can be done to organisations and to who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc as uscc_number

from operations.access import Action, Actor, Where, demand
from operations.model import Organisation, OrganisationMember, Volunteer

from .areas import place_of
from .records import add_unique, audit, find, lock, must_write
from .refusals import Refused, required_text
from .touched import organisation_touched


@dataclass(frozen=True)
class RegisteredOrganisation:
    """The organisation, and what looked odd but was accepted."""

    organisation: Organisation
    warnings: tuple[str, ...]


def register_organisation(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: str,
    area_code: str,
    at: datetime,
    uscc: str | None = None,
    parent_organisation_id: int | None = None,
    reason: str = "",
) -> RegisteredOrganisation:
    """Register an organisation, active at once, and return it with warnings.

    A 统一社会信用代码 that fails the check of GB 32100 is kept and warned of: a real one is known to fail it. A group
    may lack one (MZ/T 061-2015).

    Raises `Refused` for an unknown area or parent, or a code that another organisation has; `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, area_code)
    demand(actor, Action.REGISTER_ORGANISATION, Where(place.district_code, place.township_code))
    code = _compact(uscc)
    if parent_organisation_id is not None:
        find(session, Organisation, parent_organisation_id, "parent organisation")
    organisation = Organisation(
        uscc=code,
        name=required_text(name, "name", 120),
        kind=required_text(kind, "kind", 24),
        parent_organisation_id=parent_organisation_id,
        area_code=area_code,
        district_code=place.district_code,
        township_code=place.township_code,
        status="active",
        registered_at=at,
    )
    add_unique(
        session, organisation, Refused(f"an organisation with the code {code} is registered already", "uscc")
    )
    audit(session, actor, Action.REGISTER_ORGANISATION, organisation, at=at, reason=reason)
    return RegisteredOrganisation(organisation, _warnings(code))


def _compact(uscc: str | None) -> str | None:
    if uscc is None or not uscc.strip():
        return None
    code = uscc_number.compact(uscc)
    if len(code) > 18:
        raise Refused(f"a 统一社会信用代码 has 18 characters, {code!r} has {len(code)}", "uscc")
    return code


def _warnings(code: str | None) -> tuple[str, ...]:
    if code is None or uscc_number.is_valid(code):
        return ()
    return (f"{code} fails the check of GB 32100: compare it with the certificate",)


def join_organisation(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str = ""
) -> OrganisationMember:
    """Let a volunteer join an organisation as a member, and return the membership.

    Raises `Refused` if either is not active or the volunteer belongs to it already; `NotAllowed`.
    """
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    organisation = find(session, Organisation, organisation_id, "organisation")
    demand(actor, Action.JOIN_ORGANISATION, organisation_touched(session, organisation, volunteer_id))
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and takes no members", "organisation_id")
    standing = select(OrganisationMember).where(
        OrganisationMember.organisation_id == organisation_id,
        OrganisationMember.volunteer_id == volunteer_id,
        OrganisationMember.left_at.is_(None),
    )
    if session.scalar(standing) is not None:
        raise Refused(f"this volunteer belongs to {organisation.name} already", "volunteer_id")
    member = OrganisationMember(organisation_id=organisation_id, volunteer_id=volunteer_id, joined_at=at)
    session.add(member)
    audit(session, actor, Action.JOIN_ORGANISATION, member, at=at, reason=reason)
    return member
