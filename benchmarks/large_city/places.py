"""Areas, the organisations there, and the sites and readers of these."""

from __future__ import annotations

import polars as pl

from .columns import DISTRICTS, FIRST_DISTRICT, NOW, TOWNSHIPS, minutes_ago, numbered, one_of, shuffled, where

n = pl.col("n")


def districts() -> pl.DataFrame:
    """The districts."""
    return numbered(DISTRICTS).select(
        area_code=(n + FIRST_DISTRICT).cast(pl.String),
        kind=pl.lit("district"),
        name=pl.format("区{}", "n"),
        parent_code=pl.lit(None, dtype=pl.String),
    )


def townships() -> pl.DataFrame:
    """The townships of every district."""
    district = (n // TOWNSHIPS + FIRST_DISTRICT).cast(pl.String)
    return numbered(DISTRICTS * TOWNSHIPS).select(
        area_code=pl.format("{}{}", district, (n % TOWNSHIPS + 1).cast(pl.String).str.zfill(3)),
        kind=pl.lit("township"),
        name=pl.format("街道{}", "n"),
        parent_code=district,
    )


def organisations(count: int) -> pl.DataFrame:
    """One above all, below it the heads of the districts, below each the others of its district."""
    return (
        numbered(count)
        .with_columns(*where(n))
        .select(
            "district_code",
            "township_code",
            area_code="district_code",
            organisation_id=n + 1,
            parent_organisation_id=pl.when(n > DISTRICTS).then((n - 1) % DISTRICTS + 2).when(n > 0).then(1),
            name=pl.format("志愿队{}", shuffled(n, count)),
            kind=one_of(("group", "group", "association", "foundation"), n // DISTRICTS),
            status=pl.when(n % 50 == 49).then(pl.lit("applied")).otherwise(pl.lit("active")),
            registered_at=minutes_ago(n),
            applied_at=minutes_ago(n),
            decision_reason=pl.lit(""),
        )
    )


def sites(count: int, organisations: int) -> pl.DataFrame:
    """Sites; one in 100 is closed."""
    return (
        numbered(count)
        .with_columns(*where(n))
        .select(
            "district_code",
            "township_code",
            site_id=n + 1,
            name=pl.format("服务点{}", shuffled(n, count)),
            kind=pl.when(n % 3 == 0).then(pl.lit("library")).otherwise(pl.lit("community")),
            organisation_id=n % organisations + 1,
            lon=120 + n % 1000 / 1000,
            lat=30 + n % 700 / 1000,
            received_lon=120 + n % 1000 / 1000,
            received_lat=30 + n % 700 / 1000,
            position_system=pl.lit("WGS-84"),
            radius_m=pl.lit(200),
            opened_on=pl.lit(NOW.date()),
            closed_on=pl.when(n % 100 == 99).then(pl.lit(NOW.date())),
        )
    )


def devices(count: int, sites: int) -> pl.DataFrame:
    """Readers; one in 20 is directed, one in 50 retired."""
    return numbered(count).select(
        device_no=pl.format("D{}", shuffled(n, count).cast(pl.String).str.zfill(6)),
        site_id=n % sites + 1,
        model=one_of(("K14", "K14", "K20"), n),
        is_directed=n % 20 == 0,
        registered_at=minutes_ago(n),
        retired_at=pl.when(n % 50 == 1).then(minutes_ago(n % 1000)),
    )
