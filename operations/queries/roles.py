"""Which roles an account holds, and which accounts are of one person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from operations.access import CITY, Actor, Role
from operations.model import (
    Account,
    Area,
    Organisation,
    OrganisationMember,
    RoleGrant,
    VolunteerIdentity,
)

# In this order they are offered; the first is acted as until another is chosen.
ORDER = tuple(Role)


@dataclass(frozen=True)
class HeldRole:
    """A role that an account may act as, and where: `key` names it, `place` is the area's or organisation's name."""

    key: str
    role: Role
    area_code: str | None = None
    organisation_id: int | None = None
    place: str = ""

    def actor(self, account: Account, volunteer_id: int | None) -> Actor:
        """The account acting as this."""
        return Actor(
            account.sign_in_name,
            self.role,
            area_code=self.area_code,
            organisation_id=self.organisation_id,
            volunteer_id=volunteer_id,
            account_id=account.account_id,
        )


def volunteer_of(session: Session, account: Account) -> int | None:
    """The volunteer whose account it is: the one it names, else the one with its identity number."""
    if account.volunteer_id is not None or account.id_number is None:
        return account.volunteer_id
    return session.scalar(
        select(VolunteerIdentity.volunteer_id).where(
            VolunteerIdentity.id_type == "resident_identity_card",
            VolunteerIdentity.id_number == account.id_number,
        )
    )


def accounts_of_person(session: Session, account: Account) -> list[Account]:
    """All accounts of the person whose account this is, this one included, by volunteer and by identity number."""
    volunteer_id = volunteer_of(session, account)
    numbers = {account.id_number} - {None}
    if volunteer_id is not None:
        numbers |= {
            session.scalar(
                select(VolunteerIdentity.id_number).where(VolunteerIdentity.volunteer_id == volunteer_id)
            )
        } - {None}
    same = [Account.account_id == account.account_id]
    if volunteer_id is not None:
        same.append(Account.volunteer_id == volunteer_id)
    if numbers:
        same.append(Account.id_number.in_(numbers))
    return list(session.scalars(select(Account).where(or_(*same)).order_by(Account.account_id)))


def standing_grants(session: Session, account_ids: list[int]) -> list[RoleGrant]:
    """The grants of these accounts that stand, the oldest first."""
    return list(
        session.scalars(
            select(RoleGrant)
            .where(RoleGrant.account_id.in_(account_ids), RoleGrant.withdrawn_at.is_(None))
            .order_by(RoleGrant.grant_id)
        )
    )


def roles_of(session: Session, account: Account) -> list[HeldRole]:
    """The roles that an account may act as: those granted to it, and the organisations whose administrator it is.

    An organisation is administered by those who are its administrators among its members: a dismissal ends it. Who
    holds nothing of it acts as the volunteer they are, and may apply for an organisation.
    """
    held = [_granted(session, grant) for grant in standing_grants(session, [account.account_id])]
    volunteer_id = volunteer_of(session, account)
    if volunteer_id is not None:
        held += _administered(session, volunteer_id)
    if volunteer_id is not None and not held:
        held = [HeldRole("volunteer", Role.VOLUNTEER)]
    return sorted(held, key=lambda role: ORDER.index(role.role))


def _granted(session: Session, grant: RoleGrant) -> HeldRole:
    area_code = grant.area_code or None
    area = session.get(Area, area_code) if area_code not in (None, CITY) else None
    return HeldRole(
        f"grant:{grant.grant_id}",
        Role(grant.role),
        area_code=area_code,
        place=area.name if area else "",
    )


def _administered(session: Session, volunteer_id: int) -> list[HeldRole]:
    found = session.execute(
        select(Organisation.organisation_id, Organisation.name)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.organisation_id)
        .where(
            OrganisationMember.volunteer_id == volunteer_id,
            OrganisationMember.role == "administrator",
            OrganisationMember.left_at.is_(None),
            Organisation.status != "struck_off",
        )
        .order_by(Organisation.organisation_id)
    )
    return [
        HeldRole(
            f"organisation:{organisation_id}",
            Role.ORGANISATION_ADMINISTRATOR,
            organisation_id=organisation_id,
            place=name,
        )
        for organisation_id, name in found
    ]
