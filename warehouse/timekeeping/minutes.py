"""Sections 5 to 7: from sessions to minutes: verdicts, no minute twice, daily ceilings.

Here: what a session earns. Never here: how it came to be (pairing.py), honour records' own rules (honour.py).
"""

from __future__ import annotations

import polars as pl

from warehouse.timekeeping.pairing import differs, in_order
from warehouse.timekeeping.rules import RuleBook

# Seconds since 1970 stay below it for 500 years.
LATER_THAN_ANY_TIME = 2**34


def in_credit_order(sessions: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """`sessions` sorted by `keys`, then as section 6 says: in, channel with APP before CARD, out, session_id."""
    sessions = sessions.with_columns(is_card=pl.col("channel") == "CARD")
    return in_order(sessions, [*keys, "in", "is_card", "out"], ["session_id"]).drop("is_card")


def raw_minutes(sessions: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    """Section 5, minutes: `sessions` with in and out clipped to the shift, raw_minutes, and the shift's
    planned_minutes and share (of a million; NULL: none asked)."""
    plan = shifts.select("shift_id", "starts", "ends", "planned_minutes", "share")
    within = [
        pl.col(end).clip(pl.col("starts"), pl.col("ends")).alias(name)
        for end, name in (("opened", "in"), ("closed", "out"))
    ]
    return (
        sessions.join(plan, on="shift_id", how="left")
        .with_columns(
            pl.when(pl.col("shift_id").is_null()).then(pl.col("opened")).otherwise(within[0]).alias("in"),
            pl.when(pl.col("shift_id").is_null()).then(pl.col("closed")).otherwise(within[1]).alias("out"),
        )
        .with_columns(raw_minutes=((pl.col("out") - pl.col("in")) // 60).clip(lower_bound=0).fill_null(0))
        .drop("starts", "ends", "opened", "closed")
    )


def judge(sessions: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Section 5, verdicts before section 6: `sessions` with verdict."""
    shortest = book.value("session_shortest_minutes", pl.col("service_day"))
    sessions = sessions.with_columns(
        verdict=pl.when(pl.col("out").is_null())
        .then(pl.lit("missing_out"))
        .when(pl.col("in").is_null())
        .then(pl.lit("orphan_out"))
        .when(pl.col("raw_minutes") < shortest)
        .then(pl.lit("too_short"))
        .otherwise(pl.lit("counted"))
    )
    is_left = (pl.col("verdict") == "counted") & pl.col("shift_id").is_not_null()
    in_shifts = _too_many(sessions.filter(is_left), book)
    in_shifts = _below_attendance(in_shifts)
    return pl.concat([sessions.filter(~is_left), in_shifts])


def _too_many(sessions: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    most = book.value("sessions_per_shift", pl.col("service_day"))
    row = pl.int_range(pl.len())
    return (
        in_credit_order(sessions, "volunteer_id", "shift_id")
        .with_columns(first=pl.when(differs("volunteer_id", "shift_id")).then(row).forward_fill())
        .with_columns(
            verdict=pl.when(row - pl.col("first") >= most)
            .then(pl.lit("too_many_sessions"))
            .otherwise("verdict")
        )
        .drop("first")
    )


def _below_attendance(sessions: pl.DataFrame) -> pl.DataFrame:
    is_left = pl.col("verdict") == "counted"
    attended = pl.col("raw_minutes").filter(is_left).sum().over("volunteer_id", "shift_id")
    is_below = is_left & (attended * 1_000_000 < pl.col("share") * pl.col("planned_minutes")).fill_null(
        value=False
    )
    return sessions.with_columns(
        verdict=pl.when(is_below).then(pl.lit("below_attendance_ratio")).otherwise("verdict")
    )


def remove_overlap(sessions: pl.DataFrame) -> pl.DataFrame:
    """Section 6 for credit sessions: net_minutes, overlap_minutes, and the verdict `overlapped`.

    Sorted by volunteer and the section's order. Give the neighbouring days' sessions too.
    """
    counts = pl.col("verdict") == "counted"
    counted = in_credit_order(sessions.filter(counts), "volunteer_id")
    # The volunteer's number in front of the time makes one running maximum of many; an earlier volunteer's is lower
    # than any time of the present one.
    person = differs("volunteer_id").cum_sum().cast(pl.Int64) * LATER_THAN_ANY_TIME
    latest = (person + pl.col("out")).cum_max().shift() - person
    kept = (pl.col("out") - pl.max_horizontal("in", latest)).clip(lower_bound=0)
    counted = (
        counted.with_columns(kept=kept)
        .with_columns(
            net_minutes=pl.col("kept") // 60,
            verdict=pl.when(pl.col("kept") == 0).then(pl.lit("overlapped")).otherwise("verdict"),
        )
        .drop("kept")
    )
    rest = sessions.filter(~counts).with_columns(net_minutes=pl.lit(0, dtype=pl.Int64))
    was_counted = pl.col("verdict").is_in(["counted", "overlapped"])
    return pl.concat([counted, rest]).with_columns(
        overlap_minutes=pl.when(was_counted).then(pl.col("raw_minutes") - pl.col("net_minutes")).otherwise(0)
    )


def apply_ceilings(sessions: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Section 7: `sessions` of both hour kinds with settled_minutes, review_minutes and void_minutes.

    Sorted by service_day, volunteer_id, hour kind (credit first), then section 6's order; `rank` orders honours.
    """
    day = pl.col("service_day")
    settled_up_to = book.value("settled_up_to_minutes", day)
    review_up_to = book.value("city_review_up_to_minutes", day)
    before = pl.col("before")
    after = before + pl.col("net_minutes")
    return (
        in_credit_order(
            sessions.with_columns(is_honour=pl.col("hour_kind") == "honour"),
            *("service_day", "volunteer_id", "is_honour", "rank"),
        )
        .with_columns(before=pl.col("net_minutes").cum_sum() - pl.col("net_minutes"))
        .with_columns(
            before=before - pl.when(differs("service_day", "volunteer_id")).then(before).forward_fill()
        )
        .with_columns(
            settled_minutes=after.clip(upper_bound=settled_up_to) - before.clip(upper_bound=settled_up_to),
            void_minutes=after.clip(lower_bound=review_up_to) - before.clip(lower_bound=review_up_to),
        )
        .with_columns(
            review_minutes=pl.col("net_minutes") - pl.col("settled_minutes") - pl.col("void_minutes")
        )
        .drop("before", "is_honour")
    )
