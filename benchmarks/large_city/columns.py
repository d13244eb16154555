"""What rows are made of: numbers from 0, from which every column follows, alike in each run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)
DISTRICTS = 13
TOWNSHIPS = 15  # of each district
FIRST_DISTRICT = 330102
# Keeps what belongs together from lying together: a prime that no count of rows is divisible by.
SPREAD = 7919


def numbered(count: int) -> pl.DataFrame:
    """So many rows with their number `n` from 0."""
    return pl.DataFrame({"n": pl.int_range(count, eager=True)})


def minutes_ago(minutes: pl.Expr) -> pl.Expr:
    """A moment before `NOW`, after it for negative minutes."""
    return (pl.lit(NOW.replace(tzinfo=None)) - pl.duration(minutes=minutes)).cast(pl.Datetime("us"))


def where(n: pl.Expr) -> list[pl.Expr]:
    """District and township, spread evenly; of 13 and 15 every pair comes up."""
    code = (pl.lit(FIRST_DISTRICT) + n % DISTRICTS).cast(pl.String)
    township = pl.format("{}{}", code, (n % TOWNSHIPS + 1).cast(pl.String).str.zfill(3))
    return [code.alias("district_code"), township.alias("township_code")]


def one_of(values: Sequence[str], n: pl.Expr) -> pl.Expr:
    """The values in turn."""
    return (n % len(values)).replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def shuffled(n: pl.Expr, count: int) -> pl.Expr:
    """Each number below `count` once, in no order that an index or a page follows."""
    return n * SPREAD % count
