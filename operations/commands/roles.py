"""What can be done to the roles of accounts: granting and withdrawing them.

The three administrations of a level-3 system (等保三级: system, security, audit) are three people: nobody holds two of
them, nor by a second account; and nobody changes the roles of their own accounts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import CITY, Action, Actor, Role, Where, demand
from operations.model import GRANTABLE_ROLES, Account, Area, RoleGrant
from operations.queries.roles import accounts_of_person, standing_grants

from .records import audit, find, lock, must_write, snapshot
from .refusals import Refused, one_of, required_text

THREE_ADMINISTRATIONS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
# The kind of area that a role is granted for; a role that is not here has none.
AREA_KINDS: dict[Role, tuple[str, ...]] = {
    Role.DISTRICT_ADMINISTRATOR: ("district",),
    Role.TOWNSHIP_ADMINISTRATOR: ("township",),
    Role.OFFICIAL: (CITY, "district", "township"),
}


def grant_role(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    role: str,
    reason: str,
    at: datetime,
    area_code: str = "",
) -> RoleGrant:
    """Grant a role to an account, in an area where the role has one, and return the grant.

    Raises `Refused` without a reason, for an area that does not fit the role, a role held already, an account that is
    disabled or of the actor, or a second one of the three administrations; `NotAllowed`.
    """
    demand(actor, Action.GRANT_ROLE, Where())
    account = find(session, Account, account_id, "account")
    people = _lock_person(session, account)
    why = required_text(reason, "reason", 4000)
    if role == Role.ORGANISATION_ADMINISTRATOR:
        raise Refused("who administers an organisation is appointed there, among its members", "role")
    one_of(role, GRANTABLE_ROLES, "role")
    if account.disabled_at is not None:
        raise Refused(f"{account.sign_in_name} is disabled: enable it first", "account_id")
    _refuse_own(actor, people)
    area = _checked_area(session, Role(role), area_code.strip())
    _refuse_two_administrations(session, Role(role), account, people)
    grant = RoleGrant(
        account_id=account_id, role=role, area_code=area, reason=why, granted_at=at, withdrawn_at=None
    )
    held = standing_grants(session, [account_id])
    if any((other.role, other.area_code) == (role, area) for other in held):
        raise Refused(f"{account.sign_in_name} holds this role already", "role")
    session.add(grant)
    audit(session, actor, Action.GRANT_ROLE, grant, at=at, reason=why)
    return grant


def withdraw_role(session: Session, actor: Actor, *, grant_id: int, reason: str, at: datetime) -> RoleGrant:
    """End a grant at once, and return it; whoever is signed in acts as it no longer.

    Raises `Refused` without a reason, for one's own role, one that is withdrawn, or the last of an administration;
    `NotAllowed`.
    """
    demand(actor, Action.WITHDRAW_ROLE, Where())
    account = find(session, Account, find(session, RoleGrant, grant_id, "grant").account_id, "account")
    people = _lock_person(session, account)
    grant = lock(session, RoleGrant, grant_id, "grant")
    why = required_text(reason, "reason", 4000)
    if grant.withdrawn_at is not None:
        raise Refused("this role is withdrawn already", "grant_id")
    _refuse_own(actor, people)
    require_another(session, Role(grant.role), account.account_id)
    before = snapshot(grant)
    grant.withdrawn_at = at
    audit(session, actor, Action.WITHDRAW_ROLE, grant, at=at, reason=why, before=before)
    return grant


def require_another(session: Session, role: Role, account_id: int) -> None:
    """Do nothing if another account that can sign in holds the role too, or it is none that must never be vacant.

    Raises `Refused` otherwise: without them nobody could make accounts or grant roles any more.
    """
    if role not in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR):
        return
    # Two who take the role from each other at once must not both find the other.
    session.execute(
        select(RoleGrant.grant_id)
        .where(RoleGrant.role == role, RoleGrant.withdrawn_at.is_(None))
        .order_by(RoleGrant.grant_id)
        .with_for_update()
    )
    others = (
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, Account.account_id == RoleGrant.account_id)
        .where(
            RoleGrant.role == role,
            RoleGrant.withdrawn_at.is_(None),
            RoleGrant.account_id != account_id,
            Account.disabled_at.is_(None),
        )
    )
    if not session.scalar(others):
        raise Refused(
            f"this is the only {role.replace('_', ' ')}: grant the role to another person first", "account_id"
        )


def _lock_person(session: Session, account: Account) -> list[Account]:
    """All accounts of the person, locked in the order of their keys: two grants at once cannot miss each other."""
    must_write(session)
    return [lock(session, Account, one.account_id, "account") for one in accounts_of_person(session, account)]


def _refuse_own(actor: Actor, people: list[Account]) -> None:
    if actor.account_id is not None and actor.account_id in {one.account_id for one in people}:
        raise Refused("nobody changes their own roles: ask another security administrator", "account_id")


def _checked_area(session: Session, role: Role, area_code: str) -> str:
    kinds = AREA_KINDS.get(role)
    if kinds is None:
        if area_code:
            raise Refused("this role has no area: it holds everywhere", "area_code")
        return ""
    if area_code == CITY and CITY in kinds:
        return area_code
    area = session.get(Area, area_code) if area_code else None
    if area is None or area.kind not in kinds:
        raise Refused(f"choose the {' or '.join(kinds)} for this role", "area_code")
    return area_code


def _refuse_two_administrations(
    session: Session, role: Role, account: Account, people: list[Account]
) -> None:
    if role not in THREE_ADMINISTRATIONS:
        return
    if account.volunteer_id is None and account.id_number is None:
        raise Refused(
            "the system, security and audit administrations are given to people who are known: this account says "
            "neither identity number nor volunteer",
            "account_id",
        )
    for grant in standing_grants(session, [one.account_id for one in people]):
        if grant.role in THREE_ADMINISTRATIONS and grant.role != role:
            held = grant.role.replace("_", " ")
            raise Refused(f"this person is {held}: system, security and audit are three people", "role")
