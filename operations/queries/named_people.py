"""Who some people are whom a page knows by their ids: public numbers, and masked names for those who may see them.

Here: from ids of the warehouse to what may be shown. Never here: a full identity (commands/reveals.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, scope_of
from operations.commands.identity import masked_name
from operations.model import Organisation, OrganisationMember, Volunteer, VolunteerIdentity

from .in_parts import in_parts
from .visible import within


@dataclass(frozen=True)
class NamedPerson:
    """A volunteer's public number, and the masked name where the viewer may see it."""

    volunteer_no: str
    name: str | None


def named_people(session: Session, actor: Actor, volunteer_ids: Iterable[int]) -> dict[int, NamedPerson]:
    """Return the people by their ids. A name is told of those whom the actor may list: who live in the actor's area,
    or administer an organisation there. The public number is told to everybody who knows the id."""
    scope = scope_of(actor, Action.VIEW_VOLUNTEERS)
    lives_there = within(scope, district_code=Volunteer.district_code, township_code=Volunteer.township_code)
    of_an_organisation_there = within(
        scope,
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Organisation.organisation_id,
    )
    administers_there = exists(
        select(OrganisationMember.member_id)
        .join(Organisation, Organisation.organisation_id == OrganisationMember.organisation_id)
        .where(
            OrganisationMember.volunteer_id == Volunteer.volunteer_id,
            OrganisationMember.role == "administrator",
            of_an_organisation_there,
        )
    )
    found: dict[int, NamedPerson] = {}
    for part in in_parts(volunteer_ids):
        rows = session.execute(
            select(
                Volunteer.volunteer_id,
                Volunteer.volunteer_no,
                VolunteerIdentity.full_name,
                or_(lives_there, administers_there).label("may_be_named"),
            )
            .outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id)
            .where(Volunteer.volunteer_id.in_(part))
        )
        for row in rows:
            name = masked_name(row.full_name) if row.may_be_named and row.full_name else None
            found[row.volunteer_id] = NamedPerson(row.volunteer_no, name)
    return found
