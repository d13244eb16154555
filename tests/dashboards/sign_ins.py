"""Somebody signed in, for tests of pages that are not about signing in."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine, select

from dashboards.pages import SECTIONS, PageEntry, may_see
from operations.access import CITY, Actor, Role
from operations.database import writing
from operations.model import Account, Area, RoleGrant, SignIn, utc_now
from operations.queries.sign_ins import token_hash

AREAS = {
    Role.DISTRICT_ADMINISTRATOR: "330106",
    Role.TOWNSHIP_ADMINISTRATOR: "330106001",
    Role.OFFICIAL: CITY,
}
PAGES = [page for section in SECTIONS.values() for page in section]


def sign_in_as(engine: Engine, role: Role) -> str:
    """The token of a new sign-in of an account that holds the role, in 西湖区 where it has an area."""
    token = secrets.token_urlsafe()
    with writing(engine) as session:
        if session.get(Area, "330106") is None:
            session.add(Area(area_code="330106", kind="district", name="西湖区"))
        account = session.scalar(select(Account).where(Account.sign_in_name == role))
        if account is None:
            account = Account(sign_in_name=str(role), full_name="王敏", created_at=utc_now())
            session.add(account)
            session.flush()
            session.add(
                RoleGrant(
                    account_id=account.account_id,
                    role=str(role),
                    area_code=AREAS.get(role, ""),
                    granted_at=utc_now(),
                )
            )
        session.add(
            SignIn(
                account_id=account.account_id,
                token_hash=token_hash(token),
                began_at=utc_now(),
                last_seen_at=utc_now(),
            )
        )
    return token


def role_for(page: PageEntry) -> Role:
    """The first role that may see a page."""
    roles = [role for role in Role if role not in (Role.DEVICE, Role.SYSTEM, Role.VISITOR)]
    return next(role for role in roles if may_see(Actor("x", role, AREAS.get(role)), page))
