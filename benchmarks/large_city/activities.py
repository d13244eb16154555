"""Activities with one shift each, the sign-ups for these, and who checked in."""

from __future__ import annotations

import polars as pl

from .columns import minutes_ago, numbered, one_of, shuffled, where

CATEGORIES = ("elderly_disabled", "environment", "youth", "culture_sports", "safety")
STATES = ("recruiting", "running", "finished", "closed", "closed", "closed", "submitted", "cancelled")
# The first of them are still to come.
AHEAD_MINUTES = 10_000
n = pl.col("n")


def activities(count: int, organisations: int) -> pl.DataFrame:
    """One activity a minute; one in 1,000 was returned."""
    return (
        numbered(count)
        .with_columns(*where(n))
        .select(
            "district_code",
            "township_code",
            activity_id=n + 1,
            organisation_id=n % organisations + 1,
            title=pl.format("活动{}", shuffled(n, count)),
            category_code=one_of(CATEGORIES, n),
            status=pl.when(n % 1000 == 500).then(pl.lit("returned")).otherwise(one_of(STATES, n // 13)),
            starts_at=_starts_at(),
            ends_at=_ends_at(),
            created_at=minutes_ago(n + 20_000),
            submitted_at=minutes_ago(n + 15_000),
            published_at=minutes_ago(n + 12_000),
        )
    )


def _starts_at() -> pl.Expr:
    return minutes_ago(n - AHEAD_MINUTES)


def _ends_at() -> pl.Expr:
    return minutes_ago(n - AHEAD_MINUTES - 180)


def shifts(count: int) -> pl.DataFrame:
    """The shift of each activity."""
    return numbered(count).select(
        shift_id=n + 1,
        activity_id=n + 1,
        starts_at=_starts_at(),
        ends_at=_ends_at(),
        capacity=pl.lit(30),
    )


def shift_sites(count: int, sites: int) -> pl.DataFrame:
    """Where each shift is held."""
    return numbered(count).select(shift_id=n + 1, site_id=n % sites + 1)


def sign_ups(count: int, shifts: int, volunteers: int) -> pl.DataFrame:
    """Several for each shift; one in 500 did not come."""
    often = one_of(("confirmed",) * 8 + ("requested", "cancelled"), n)
    return numbered(count).select(
        sign_up_id=n + 1,
        shift_id=n % shifts + 1,
        volunteer_id=shuffled(n, volunteers) + 1,
        status=pl.when(n % 500 == 250).then(pl.lit("no_show")).otherwise(often),
        signed_up_at=minutes_ago(n),
    )


def check_ins(count: int, shifts: int, volunteers: int, sites: int) -> pl.DataFrame:
    """In and out of the first sign-ups."""
    of = n // 2
    return numbered(count).select(
        event_id=n + 1,
        volunteer_id=shuffled(of, volunteers) + 1,
        shift_id=of % shifts + 1,
        site_id=of % shifts % sites + 1,
        direction=one_of(("in", "out"), n),
        occurred_at=minutes_ago(of),
        received_at=minutes_ago(of),
    )
