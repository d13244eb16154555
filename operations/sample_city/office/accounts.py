"""Accounts at the office: made, given roles, taken them away, disabled.

Here: that story. Never here: the accounts that everybody may try (`sample_city/accounts.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from operations.access import CITY, Role
from operations.commands.accounts import create_account, disable_account
from operations.commands.roles import grant_role, withdraw_role
from operations.model import Account

from .desk import Desk, Story


def accounts(desk: Desk) -> Iterator[datetime]:
    """A clerk who has begun, one who changed office, and one who left."""
    system, security = desk.staff["system"], desk.staff["security"]
    made: list[Account] = []
    yield desk.at(-20, 14)
    for name, full_name in (("clerk.new", "陈新"), ("clerk.moved", "李调"), ("clerk.left", "周离")):
        # They come by the city's provider of identities: a password would be drawn by chance.
        account = desk.do(
            create_account,
            system,
            sign_in_name=name,
            full_name=full_name,
            oidc_subject=f"provider|{name}",
            has_password=False,
        ).account
        made.append(account)
    new, moved, left = (account.account_id for account in made)
    district = {"area_code": desk.host.district_code, "reason": "入职"}
    yield desk.at(-19, 9)
    old = desk.do(grant_role, security, account_id=moved, role=str(Role.DISTRICT_ADMINISTRATOR), **district)
    desk.do(grant_role, security, account_id=left, role=str(Role.ANALYST), reason="入职")
    desk.do(grant_role, security, account_id=new, role=str(Role.DISTRICT_ADMINISTRATOR), **district)
    yield desk.at(-8, 9)
    desk.do(withdraw_role, security, grant_id=old.grant_id, reason="调离岗位")
    desk.do(
        grant_role, security, account_id=moved, role=str(Role.OFFICIAL), area_code=CITY, reason="调往市级"
    )
    yield desk.at(-3, 17)
    desk.do(disable_account, system, account_id=left, reason="离职")


ACCOUNT_STORIES: tuple[Story, ...] = (accounts,)
