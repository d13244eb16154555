"""Who acts as a person, whichever account they act by, and whether two records are of one person.

Here: what rules of "a second person" ask. Never here: which decision asks for whom.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from operations.access import Actor
from operations.model import Volunteer, VolunteerIdentity

from .refusals import Refused


def person_of(actor: Actor) -> int:
    """The volunteer who acts; `Refused` for an account that belongs to nobody."""
    if actor.volunteer_id is None:
        raise Refused(
            "this is decided and answered for by a person: this account is of nobody; have it given to its owner",
            "actor",
        )
    return actor.volunteer_id


def is_same_person(session: Session, one: int, other: int) -> bool:
    """Whether two volunteers are one person: the same record, merged into the same, or of the same name and birth date.

    Somebody may be registered twice, with two documents. Two people of one name born on one day are taken for one
    here: that costs asking a third person, and the other mistake lets somebody approve their own hours.
    """
    one, other = _kept(session, one), _kept(session, other)
    if one == other:
        return True
    first, second = session.get(VolunteerIdentity, one), session.get(VolunteerIdentity, other)
    if first is None or second is None:
        return False
    if first.id_number == second.id_number:
        return True
    return first.born_on is not None and (first.full_name, first.born_on) == (
        second.full_name,
        second.born_on,
    )


def _kept(session: Session, volunteer_id: int) -> int:
    """The record that this one was merged into, over all mergers."""
    volunteer = session.get(Volunteer, volunteer_id)
    while volunteer is not None and volunteer.merged_into_volunteer_id is not None:
        volunteer_id = volunteer.merged_into_volunteer_id
        volunteer = session.get(Volunteer, volunteer_id)
    return volunteer_id
