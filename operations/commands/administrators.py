"""Who administers an organisation: appointed and dismissed, and never nobody.

The membership is what counts: whoever acts for an organisation is looked up there each time, so that a dismissal takes
effect at once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Organisation, OrganisationMember, Volunteer

from .guardians import is_under_age
from .memberships import check_administrator_stays, standing_member
from .notices import notify
from .permitted import demand_organisation, permitted_organisation
from .records import audit, lock, snapshot
from .refusals import Refused, required_text


def appoint_administrator(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str = ""
) -> OrganisationMember:
    """Let a volunteer administer an organisation, joining it if need be, and return the membership.

    Raises `Refused` for a volunteer who is not active, under age or administers it already, or an organisation that is
    not active; `NotAllowed`.
    """
    demand_organisation(session, actor, Action.APPOINT_ADMINISTRATOR, organisation_id, volunteer_id)
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    organisation = lock(session, Organisation, organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active: nobody is appointed", "organisation_id")
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    if is_under_age(session, volunteer_id, at):
        raise Refused("this volunteer is under age: an administrator is an adult", "volunteer_id")
    return make_administrator(session, actor, organisation, volunteer_id, at=at, reason=reason)


def make_administrator(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    volunteer_id: int,
    *,
    at: datetime,
    reason: str,
) -> OrganisationMember:
    """Write the appointment down and tell the volunteer; who asks has checked that it may be."""
    member = standing_member(session, organisation.organisation_id, volunteer_id)
    if member is not None and member.role == "administrator":
        raise Refused(f"this volunteer administers {organisation.name} already", "volunteer_id")
    before = None if member is None else snapshot(member)
    if member is None:
        member = OrganisationMember(
            organisation_id=organisation.organisation_id, volunteer_id=volunteer_id, joined_at=at
        )
        session.add(member)
    member.role = "administrator"
    audit(session, actor, Action.APPOINT_ADMINISTRATOR, member, at=at, reason=reason, before=before)
    notify(
        session,
        "administrator_appointed",
        at=at,
        volunteer_id=volunteer_id,
        of_organisation_id=organisation.organisation_id,
    )
    return member


def dismiss_administrator(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str
) -> OrganisationMember:
    """Let an administrator be an ordinary member again, from this moment on, and return the membership.

    Raises `Refused` without a reason, for who does not administer it, or for the only administrator; `NotAllowed`.
    """
    organisation = permitted_organisation(
        session, actor, Action.DISMISS_ADMINISTRATOR, organisation_id, volunteer_id
    )
    why = required_text(reason, "reason", 4000)
    member = standing_member(session, organisation_id, volunteer_id)
    if member is None or member.role != "administrator":
        raise Refused(f"this volunteer does not administer {organisation.name}", "volunteer_id")
    check_administrator_stays(session, organisation, member)
    before = snapshot(member)
    member.role = "member"
    audit(session, actor, Action.DISMISS_ADMINISTRATOR, member, at=at, reason=why, before=before)
    notify(
        session,
        "administrator_dismissed",
        at=at,
        volunteer_id=volunteer_id,
        of_organisation_id=organisation_id,
        reason=why,
    )
    return member
