"""Volunteers with their identities, memberships and cards, and the accounts of those who administer."""

from __future__ import annotations

import polars as pl

from .columns import DISTRICTS, minutes_ago, numbered, one_of, shuffled, where

# How many of a thousand have them.
SURNAMES = {
    "王": 150,
    "李": 140,
    "张": 130,
    "刘": 120,
    "陈": 110,
    "杨": 100,
    "赵": 90,
    "黄": 80,
    "周": 70,
    "欧": 10,
}
n = pl.col("n")


def volunteers(count: int) -> pl.DataFrame:
    """One volunteer a row; one in 500 is banned."""
    return (
        numbered(count)
        .with_columns(*where(n))
        .select(
            "district_code",
            "township_code",
            volunteer_id=n + 1,
            volunteer_no=pl.format("3301{}", shuffled(n, count).cast(pl.String).str.zfill(12)),
            sex=(n % 2 + 1).cast(pl.String),
            status=pl.when(n % 500 == 0).then(pl.lit("banned")).otherwise(pl.lit("active")),
            registered_at=minutes_ago(n),
        )
    )


def identities(count: int) -> pl.DataFrame:
    """Who they are; every surname is spread over all districts alike."""
    surnames = [name for name, permille in SURNAMES.items() for _ in range(permille)]
    return numbered(count).select(
        volunteer_id=n + 1,
        full_name=pl.format("{}{}", one_of(surnames, shuffled(n // DISTRICTS, count)), shuffled(n, count)),
        id_type=pl.lit("passport"),
        id_number=pl.format("E{}", (n * 104729 % count).cast(pl.String).str.zfill(8)),
        phone=pl.format("13{}", shuffled(n, count).cast(pl.String).str.zfill(9)),
    )


def members(count: int, organisations: int) -> pl.DataFrame:
    """Each volunteer in one organisation, but none in the one above all and the heads; one in 20 has left."""
    heads = DISTRICTS + 1
    return numbered(count).select(
        member_id=n + 1,
        organisation_id=n * 31 % (organisations - heads) + heads + 1,
        volunteer_id=n + 1,
        role=pl.when(n % 100 == 0).then(pl.lit("administrator")).otherwise(pl.lit("member")),
        joined_at=minutes_ago(n),
        left_at=pl.when(n % 20 == 0).then(minutes_ago(n % 1000)),
    )


def cards(count: int) -> pl.DataFrame:
    """A card for each; one in 200 is lost."""
    lost = pl.when(n % 200 == 0).then(minutes_ago(n % 10_000))
    return numbered(count).select(
        card_no=_card_no(count),
        kind=pl.lit("citizen_card"),
        issued_at=minutes_ago(n),
        reported_lost_at=lost,
    )


def bindings(count: int) -> pl.DataFrame:
    """Whose card is whose; one binding in 300 has ended."""
    return numbered(count).select(
        binding_id=n + 1,
        card_no=_card_no(count),
        volunteer_id=n + 1,
        bound_from=minutes_ago(n + 10_000),
        bound_to=pl.when(n % 300 == 7).then(minutes_ago(n % 10_000)),
    )


def _card_no(count: int) -> pl.Expr:
    return (shuffled(n, count) + 3_301_000_000_000).cast(pl.String)


def candidates(count: int, volunteers: int) -> pl.DataFrame:
    """Pairs that may be one person; four of five are decided."""
    decided = n % 5 > 0
    return numbered(count).select(
        candidate_id=n + 1,
        volunteer_id=n * 13 + DISTRICTS + 1,
        other_volunteer_id=pl.when(n % 2 == 0).then(n * 13 + 1).otherwise(shuffled(n, volunteers) + 1),
        ground=one_of(("name_and_birth", "phone"), n // 3),
        found_at=minutes_ago(n),
        decision=pl.when(decided).then(pl.lit("kept_apart")),
        decided_at=pl.when(decided).then(minutes_ago(n - 60)),
    )


def accounts(count: int, volunteers: int) -> pl.DataFrame:
    """Ways in to the pages; one in 100 is disabled, one in 300 locked."""
    return numbered(count).select(
        account_id=n + 1,
        sign_in_name=pl.format("account{}", shuffled(n, count)),
        full_name=pl.format("{}{}", one_of(tuple(SURNAMES), n), n),
        volunteer_id=shuffled(n, volunteers) + 1,
        created_at=minutes_ago(n),
        disabled_at=pl.when(n % 100 == 3).then(minutes_ago(n % 1000)),
        locked_until=pl.when(n % 300 == 5).then(minutes_ago(n - 100_000_000)),
    )


def role_grants(count: int) -> pl.DataFrame:
    """A role for nine accounts of ten; one in 50 was withdrawn."""
    roles = ("district_administrator", "official", "township_administrator", "auditor", "analyst")
    districts = [str(330102 + number) for number in range(DISTRICTS)]
    return (
        numbered(count)
        .filter(n % 10 > 0)
        .select(
            grant_id=n + 1,
            account_id=n + 1,
            role=one_of(roles, n),
            area_code=pl.when(n % 5 < 2).then(one_of(districts, n)).otherwise(pl.lit("")),
            granted_at=minutes_ago(n),
            withdrawn_at=pl.when(n % 50 == 9).then(minutes_ago(n % 1000)),
        )
    )
