"""Honour records (荣誉时数) in section 6: what people entered, after what systems recorded.

Here: how many of a record's minutes are left beside credit sessions and earlier records.
Never here: who may enter or approve a record; the flags about people (flags.py).
"""

from __future__ import annotations

import polars as pl


def honour_sessions(records: pl.DataFrame, shifts: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """One session per row of `records` (started, ended in seconds), with `planned_minutes` of its shift.

    `counted`: volunteer_id, in, out of all counted credit sessions that meet an interval of these records.
    `records` holds also those that are only here because their interval covers others.
    """
    ranked = (
        records.join(shifts.select("shift_id", "planned_minutes"), on="shift_id", how="left")
        .sort("volunteer_id", "started", "record_id", nulls_last=True)
        .with_row_index("rank")
        .with_columns(pl.col("rank").cast(pl.Int64))
        .with_columns(
            raw_minutes=pl.when(pl.col("minutes") > pl.col("planned_minutes"))
            .then("planned_minutes")
            .otherwise("minutes")
            .cast(pl.Int64)
        )
    )
    ranked = ranked.join(_uncovered(ranked, counted), on="rank", how="left")
    net = pl.min_horizontal("raw_minutes", "uncovered_minutes")
    return (
        ranked.with_columns(net_minutes=pl.when("is_approved").then(net).otherwise(0))
        .with_columns(
            overlap_minutes=pl.when("is_approved")
            .then(pl.col("raw_minutes") - pl.col("net_minutes"))
            .otherwise(0)
        )
        .with_columns(
            verdict=pl.when(~pl.col("is_approved"))
            .then(pl.lit("not_approved"))
            .when((pl.col("net_minutes") == 0) & (pl.col("overlap_minutes") > 0))
            .then(pl.lit("overlapped"))
            .otherwise(pl.lit("counted")),
            session_id=_session_id(),
        )
    )


def _uncovered(ranked: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """rank, uncovered_minutes of every approved record with an interval."""
    with_interval = ranked.filter(
        pl.col("is_approved") & pl.col("started").is_not_null() & pl.col("ended").is_not_null()
    ).select("rank", "volunteer_id", "started", "ended")
    covers = pl.concat(
        [
            counted.select("volunteer_id", begin="in", end="out", cover_rank=pl.lit(-1, dtype=pl.Int64)),
            with_interval.select("volunteer_id", begin="started", end="ended", cover_rank="rank"),
        ]
    )
    covered = (
        with_interval.join(covers, on="volunteer_id")
        .filter(
            (pl.col("cover_rank") < pl.col("rank"))
            & (pl.col("begin") < pl.col("ended"))
            & (pl.col("end") > pl.col("started"))
        )
        .with_columns(begin=pl.max_horizontal("begin", "started"), end=pl.min_horizontal("end", "ended"))
        .sort("rank", "begin", "end")
        .with_columns(latest=pl.col("end").cum_max().shift().over("rank"))
        .with_columns(new=(pl.col("end") - pl.max_horizontal("begin", "latest")).clip(lower_bound=0))
        .group_by("rank")
        .agg(covered=pl.col("new").sum())
    )
    length = (pl.col("ended") - pl.col("started")).clip(lower_bound=0)
    return with_interval.join(covered, on="rank", how="left").select(
        "rank", uncovered_minutes=(length - pl.col("covered").fill_null(0)) // 60
    )


def _session_id() -> pl.Expr:
    shift = pl.concat_str(pl.lit("/shift/"), pl.col("shift_id").cast(pl.String))
    place = pl.when(pl.col("shift_id").is_null()).then(pl.lit("/none")).otherwise(shift)
    return pl.concat_str(
        pl.col("volunteer_id").cast(pl.String), place, pl.lit("/HONOUR/"), pl.col("record_id").cast(pl.String)
    )
