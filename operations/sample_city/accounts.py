"""Accounts of the sample city: one for each role, all with one password that everybody can read here.

Here: who signs in to try the product. Never here: an account of a real city, which gets drawn passwords.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from operations.access import CITY, Role
from operations.commands.passwords import hashed

from .ground import Ground
from .plan import DAY, Plan

DEMO_PASSWORD = "Try-the-hub-1"
# A salt of its own would make another city of the same seed.
_SALT = b"the sample city."


@dataclass(frozen=True)
class DemoAccount:
    """A way in to the sample city: the role, and the place where it has one."""

    sign_in_name: str
    role: Role


DEMO_ACCOUNTS = (
    DemoAccount("city", Role.CITY_ADMINISTRATOR),
    DemoAccount("district", Role.DISTRICT_ADMINISTRATOR),
    DemoAccount("township", Role.TOWNSHIP_ADMINISTRATOR),
    DemoAccount("organisation", Role.ORGANISATION_ADMINISTRATOR),
    DemoAccount("colleague", Role.ORGANISATION_ADMINISTRATOR),
    DemoAccount("official", Role.OFFICIAL),
    DemoAccount("analyst", Role.ANALYST),
    DemoAccount("system", Role.SYSTEM_ADMINISTRATOR),
    DemoAccount("security", Role.SECURITY_ADMINISTRATOR),
    DemoAccount("auditor", Role.AUDITOR),
)


def demo_password_hash() -> str:
    """The hash of the password that everybody knows: an account that has it is one of a sample city."""
    return hashed(DEMO_PASSWORD, salt=_SALT)


def demo_organisation(organisations: pl.DataFrame, ground: Ground) -> int:
    """The id of the organisation of `organisation`: the largest group where `district` administers, if there is one.

    So what that account submits is what `district` finds waiting.
    """
    active = organisations.filter(status="active")
    groups = active.filter(~pl.col("kind").is_in(["federation", "district"]))
    near = groups.filter(district_code=_township(ground)["parent_code"])
    for among in (near, groups, active):
        if len(among):
            return int(among.sort("size", "organisation_id", descending=True)["organisation_id"][0])
    raise ValueError("a sample city needs an active organisation")


def make_accounts(
    plan: Plan, volunteers: pl.DataFrame, organisation_id: int, members: pl.DataFrame
) -> pl.DataFrame:
    """One row per account as the table holds it, each of a volunteer of its own, with `role`.

    `organisation` and `colleague` are the two administrators of one organisation, so that one can approve what the
    other entered. The others are of the last volunteers, who administer nothing.
    """
    administrators = members.filter(organisation_id=organisation_id, role="administrator")[
        "volunteer_id"
    ].to_list()
    others = iter(reversed(volunteers["volunteer_id"].to_list()))
    owners = [
        administrators[number]
        if account.role is Role.ORGANISATION_ADMINISTRATOR
        and (number := 0 if account.sign_in_name == "organisation" else 1) < len(administrators)
        else next(others)
        for account in DEMO_ACCOUNTS
    ]
    created_at = plan.begins_at - 30 * DAY
    return pl.DataFrame(
        {
            "account_id": range(1, len(DEMO_ACCOUNTS) + 1),
            "sign_in_name": [account.sign_in_name for account in DEMO_ACCOUNTS],
            "volunteer_id": owners,
            "role": [str(account.role) for account in DEMO_ACCOUNTS],
            "password_hash": demo_password_hash(),
            "must_change_password": False,
            "created_at": created_at,
            "updated_at": created_at,
        }
    ).join(volunteers.select("volunteer_id", "full_name"), on="volunteer_id", maintain_order="left")


def make_role_grants(accounts: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    """One row per role granted; who administers an organisation holds that by being its administrator."""
    township = _township(ground)
    area = {
        Role.DISTRICT_ADMINISTRATOR: township["parent_code"],
        Role.TOWNSHIP_ADMINISTRATOR: township["area_code"],
        Role.OFFICIAL: CITY,
    }
    granted = accounts.filter(pl.col("role") != str(Role.ORGANISATION_ADMINISTRATOR))
    return granted.select(
        grant_id=pl.int_range(1, pl.len() + 1),
        account_id="account_id",
        role="role",
        area_code=pl.Series([area.get(Role(role), "") for role in granted["role"]], dtype=pl.String),
        reason=pl.lit("演示城市"),
        granted_at="created_at",
        updated_at="created_at",
    )


def _township(ground: Ground) -> dict[str, str]:
    townships = ground.areas.filter(kind="township").sort("area_code")
    first = townships.filter(pl.col("parent_code") == "330106")
    return (first if len(first) else townships).row(0, named=True)
