"""What can be done to who belongs to an organisation: volunteers join, leave and are removed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Organisation, OrganisationMember, Volunteer

from .notices import notify
from .permitted import demand_organisation, permitted_organisation
from .records import audit, hold, lock, snapshot
from .refusals import Refused, required_text


def join_organisation(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str = ""
) -> OrganisationMember:
    """Let a volunteer join an organisation as a member, and return the membership.

    Raises `Refused` if either is not active or the volunteer belongs to it already; `NotAllowed`.
    """
    demand_organisation(session, actor, Action.JOIN_ORGANISATION, organisation_id, volunteer_id)
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    organisation = hold(session, Organisation, organisation_id, "organisation")
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and takes no members", "organisation_id")
    if standing_member(session, organisation_id, volunteer_id) is not None:
        raise Refused(f"this volunteer belongs to {organisation.name} already", "volunteer_id")
    member = OrganisationMember(organisation_id=organisation_id, volunteer_id=volunteer_id, joined_at=at)
    session.add(member)
    audit(session, actor, Action.JOIN_ORGANISATION, member, at=at, reason=reason)
    return member


def leave_organisation(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str = ""
) -> OrganisationMember:
    """Let a volunteer leave an organisation, and return the membership that ended.

    Raises `Refused` for who does not belong to it or is its only administrator; `NotAllowed`.
    """
    organisation = permitted_organisation(
        session, actor, Action.LEAVE_ORGANISATION, organisation_id, volunteer_id
    )
    return _end(session, actor, Action.LEAVE_ORGANISATION, organisation, volunteer_id, at=at, reason=reason)


def remove_member(
    session: Session, actor: Actor, *, organisation_id: int, volunteer_id: int, at: datetime, reason: str
) -> OrganisationMember:
    """Remove a member, who is told why, and return the membership that ended.

    Raises `Refused` without a reason, for who does not belong to it or is its only administrator; `NotAllowed`.
    """
    organisation = permitted_organisation(session, actor, Action.REMOVE_MEMBER, organisation_id, volunteer_id)
    why = required_text(reason, "reason", 4000)
    member = _end(session, actor, Action.REMOVE_MEMBER, organisation, volunteer_id, at=at, reason=why)
    notify(
        session,
        "member_removed",
        at=at,
        volunteer_id=volunteer_id,
        of_organisation_id=organisation_id,
        reason=why,
    )
    return member


def _end(
    session: Session,
    actor: Actor,
    action: Action,
    organisation: Organisation,
    volunteer_id: int,
    *,
    at: datetime,
    reason: str,
) -> OrganisationMember:
    member = standing_member(session, organisation.organisation_id, volunteer_id)
    if member is None:
        raise Refused(f"this volunteer does not belong to {organisation.name}", "volunteer_id")
    check_administrator_stays(session, organisation, member)
    before = snapshot(member)
    member.left_at = at
    audit(session, actor, action, member, at=at, reason=reason, before=before)
    return member


def standing_member(session: Session, organisation_id: int, volunteer_id: int) -> OrganisationMember | None:
    """The membership that a volunteer has in an organisation now."""
    return session.scalar(
        select(OrganisationMember)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.volunteer_id == volunteer_id,
            OrganisationMember.left_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def check_administrator_stays(
    session: Session, organisation: Organisation, leaving: OrganisationMember
) -> None:
    """Raise `Refused` if an organisation that lives would be left without an administrator; lock it first."""
    if leaving.role != "administrator" or organisation.status not in ("active", "suspended"):
        return
    others = select(func.count()).where(
        OrganisationMember.organisation_id == organisation.organisation_id,
        OrganisationMember.role == "administrator",
        OrganisationMember.left_at.is_(None),
        OrganisationMember.member_id != leaving.member_id,
    )
    if not session.scalar(others):
        raise Refused(
            f"this is the only administrator of {organisation.name}: appoint another one first",
            "volunteer_id",
        )
