"""What the expected sessions and the honour records should earn, by sections 5 to 7 of the time-keeping rules.

Here: minutes and verdicts with the figures in force by default. Never here: how sessions came about.
"""

from __future__ import annotations

import polars as pl

SHORTEST = 10
MOST_SESSIONS = 3
SETTLED_UP_TO = 480
REVIEW_UP_TO = 1_440
CREDIT_ORDER = ["in_at", "channel", "out_at", "opening_event_id"]


def expect_credit(pairs: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    """The sessions with `in_at`, `out_at` (clipped to the shift), raw, overlap and net minutes, and the verdict.

    `kept_from` is where the part begins that no earlier session covers.
    """
    sessions = pairs.join(
        shifts.select("shift_id", "starts_at", "ends_at", "min_attendance_permille"),
        on="shift_id",
        how="left",
    )
    at_post = pl.col("shift_id").is_null()
    sessions = sessions.with_columns(
        pl.when(at_post).then(raw).otherwise(pl.col(raw).clip("starts_at", "ends_at")).alias(clipped)
        for raw, clipped in (("opened_at", "in_at"), ("closed_at", "out_at"))
    )
    sessions = sessions.with_columns(
        raw_minutes=((pl.col("out_at") - pl.col("in_at")) // 60).clip(0).fill_null(0)
    ).with_columns(
        verdict=pl.when(pl.col("closed_at").is_null()).then(pl.lit("missing_out"))
        .when(pl.col("opened_at").is_null()).then(pl.lit("orphan_out"))
        .when(pl.col("raw_minutes") < SHORTEST).then(pl.lit("too_short"))
        .otherwise(pl.lit("counted"))
    )  # fmt: skip
    stays = pl.col("verdict") == "counted"
    at_shift = stays & pl.col("shift_id").is_not_null()
    own = ["volunteer_id", "shift_id"]
    sessions = sessions.sort(*own, *CREDIT_ORDER, nulls_last=True).with_columns(
        nth=pl.when(at_shift).then(at_shift.cum_sum().over(own))
    )
    sessions = sessions.with_columns(
        verdict=pl.when(pl.col("nth") > MOST_SESSIONS).then(pl.lit("too_many_sessions")).otherwise("verdict")
    )
    attended = pl.col("raw_minutes").filter(stays).sum().over(own)
    planned = (pl.col("ends_at") - pl.col("starts_at")) // 60
    falls_short = at_shift & (attended * 1_000 < pl.col("min_attendance_permille") * planned)
    sessions = sessions.with_columns(
        verdict=pl.when(falls_short.fill_null(False))
        .then(pl.lit("below_attendance_ratio"))
        .otherwise("verdict")
    )
    return _without_overlap(sessions.drop("nth", "starts_at", "ends_at", "min_attendance_permille"))


def _without_overlap(sessions: pl.DataFrame) -> pl.DataFrame:
    counts = pl.col("verdict") == "counted"
    counted = (
        sessions.filter(counts)
        .sort("volunteer_id", *CREDIT_ORDER)
        .with_columns(latest=pl.col("out_at").cum_max().shift(1).over("volunteer_id"))
    )
    counted = counted.with_columns(kept_from=pl.max_horizontal("in_at", "latest")).with_columns(
        kept=(pl.col("out_at") - pl.col("kept_from")).clip(0)
    )
    counted = counted.with_columns(
        net_minutes=pl.col("kept") // 60,
        verdict=pl.when(pl.col("kept") == 0).then(pl.lit("overlapped")).otherwise("verdict"),
    ).drop("latest", "kept")
    rest = sessions.filter(~counts).with_columns(
        kept_from=pl.lit(None, pl.Int64), net_minutes=pl.lit(0, pl.Int64)
    )
    return pl.concat([counted, rest])


def expect_honours(honours: pl.DataFrame, credit: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    """The honour records with raw and net minutes and the verdict. No two intervals of a person touch."""
    planned = shifts.select("shift_id", planned=(pl.col("ends_at") - pl.col("starts_at")) // 60)
    honours = honours.join(planned, on="shift_id", how="left", maintain_order="left").with_columns(
        raw_minutes=pl.min_horizontal("minutes", "planned")
    )
    kept = credit.filter(pl.col("verdict") == "counted").select("volunteer_id", "kept_from", "out_at")
    covered = (
        honours.filter(pl.col("started_at").is_not_null())
        .join(kept, on="volunteer_id")
        .with_columns(
            covered=pl.min_horizontal("out_at", "ended_at") - pl.max_horizontal("kept_from", "started_at")
        )
        .filter(pl.col("covered") > 0)
        .group_by("record_id")
        .agg(pl.col("covered").sum())
    )
    honours = honours.join(covered, on="record_id", how="left", maintain_order="left")
    free = (pl.col("ended_at") - pl.col("started_at") - pl.col("covered").fill_null(0)) // 60
    return honours.with_columns(
        net_minutes=pl.when("is_approved").then(pl.min_horizontal("raw_minutes", free)).otherwise(0)
    ).with_columns(
        verdict=pl.when(~pl.col("is_approved")).then(pl.lit("not_approved"))
        .when(pl.col("net_minutes") == 0).then(pl.lit("overlapped"))
        .otherwise(pl.lit("counted"))
    ).drop("planned", "covered")  # fmt: skip


def under_ceilings(sessions: pl.DataFrame) -> pl.DataFrame:
    """Credit sessions and honour records together (`record_id` set) with settled, review and void minutes."""
    day = ["volunteer_id", "service_day"]
    honour_order = pl.when(pl.col("record_id").is_not_null()).then("record_id").otherwise(0)
    ordered = sessions.with_columns(
        honour_order=honour_order, is_honour=pl.col("record_id").is_not_null()
    ).sort(
        *day, "is_honour", "in_at", "channel", "out_at", "honour_order", "opening_event_id", nulls_last=True
    )
    after = pl.col("net_minutes").cum_sum().over(day)
    before = after - pl.col("net_minutes")
    return ordered.with_columns(
        settled_minutes=after.clip(0, SETTLED_UP_TO) - before.clip(0, SETTLED_UP_TO),
        void_minutes=after.clip(REVIEW_UP_TO) - before.clip(REVIEW_UP_TO),
    ).with_columns(
        review_minutes=pl.col("net_minutes") - pl.col("settled_minutes") - pl.col("void_minutes")
    ).drop("honour_order", "is_honour")  # fmt: skip
