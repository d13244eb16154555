"""Accounts for those who make them, grant their roles or audit them: the list, and one with its roles and sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select, true
from sqlalchemy.orm import Session

from operations.access import Action
from operations.commands.identity import masked
from operations.model import Account, Area, OrganisationMember, RoleGrant, SignIn, Volunteer

from .paging import Filter, Listing, begins
from .visible import within

STATES = ("active", "locked", "disabled")


_IS_LOCKED = Account.locked_until > func.current_timestamp()
_STATE = case(
    (Account.disabled_at.is_not(None), "disabled"),
    (_IS_LOCKED, "locked"),
    else_="active",
)


def _in_state(value: str) -> ColumnElement[bool]:
    if value == "disabled":
        return Account.disabled_at.is_not(None)
    if value == "locked":
        return Account.disabled_at.is_(None) & _IS_LOCKED
    if value == "active":
        return Account.disabled_at.is_(None) & func.coalesce(~_IS_LOCKED, true())
    raise ValueError(value)


def _with_role(value: str) -> ColumnElement[bool]:
    return exists().where(
        RoleGrant.account_id == Account.account_id,
        RoleGrant.role == value,
        RoleGrant.withdrawn_at.is_(None),
    )


_FILTERS: dict[str, Filter] = {
    "state": _in_state,
    "role": _with_role,
    "sign_in_name": begins(Account.sign_in_name),
}

_administers = exists().where(
    OrganisationMember.volunteer_id == Account.volunteer_id,
    OrganisationMember.role == "administrator",
    OrganisationMember.left_at.is_(None),
)
# The codes of the roles that an account may act as, with commas between; once for each area.
_ROLES = func.coalesce(
    select(func.aggregate_strings(RoleGrant.role, ","))
    .where(RoleGrant.account_id == Account.account_id, RoleGrant.withdrawn_at.is_(None))
    .correlate(Account)
    .scalar_subquery(),
    "",
) + case((_administers, ",organisation_administrator"), else_="")

ACCOUNTS = Listing(
    name="accounts",
    action=Action.VIEW_ACCOUNTS,
    select=select(
        Account.account_id,
        Account.sign_in_name,
        Account.full_name,
        _ROLES.label("roles"),
        Account.created_at,
        Account.disabled_at,
        Account.locked_until,
        Account.must_change_password,
        _STATE.label("state"),
    ),
    key=Account.account_id,
    visible=within,
    sorts={"sign_in_name": Account.sign_in_name, "created_at": Account.created_at},
    default_sort="sign_in_name",
    filters=_FILTERS,
    search=(Account.sign_in_name, Account.full_name),
)


# What waits for the security administrator: an account that can do nothing yet.
ACCOUNTS_WITHOUT_ROLE = Listing(
    name="accounts_without_role",
    action=Action.GRANT_ROLE,
    select=ACCOUNTS.select.where(
        Account.disabled_at.is_(None),
        ~exists().where(RoleGrant.account_id == Account.account_id, RoleGrant.withdrawn_at.is_(None)),
        ~_administers,
    ),
    key=Account.account_id,
    visible=within,
    sorts={"created_at": Account.created_at},
    default_sort="created_at",
)


def grants_of(session: Session, account_id: int) -> list[dict[str, Any]]:
    """All roles granted to an account, with the name of their area; those that stand first, then the newest."""
    rows = session.execute(
        select(
            RoleGrant.grant_id,
            RoleGrant.role,
            RoleGrant.area_code,
            Area.name.label("area_name"),
            RoleGrant.granted_at,
            RoleGrant.withdrawn_at,
            RoleGrant.reason,
        )
        .outerjoin(Area, Area.area_code == RoleGrant.area_code)
        .where(RoleGrant.account_id == account_id)
        .order_by(RoleGrant.withdrawn_at.is_not(None), RoleGrant.grant_id.desc())
    )
    return [dict(row) for row in rows.mappings()]


def owner_of(session: Session, account_id: int) -> dict[str, Any]:
    """Whose an account is and how they sign in, the identity number masked."""
    account = session.get_one(Account, account_id)
    volunteer_no = session.scalar(
        select(Volunteer.volunteer_no).where(Volunteer.volunteer_id == account.volunteer_id)
    )
    return {
        "id_number": masked(account.id_number) if account.id_number else None,
        "volunteer_no": volunteer_no,
        "has_password": account.password_hash is not None,
        "oidc_subject": account.oidc_subject,
        "last_sign_in_at": _last_sign_in(session, account_id),
    }


def _last_sign_in(session: Session, account_id: int) -> datetime | None:
    return session.scalar(select(func.max(SignIn.began_at)).where(SignIn.account_id == account_id))
