"""What the stories' people served, for the truth beside the city: nobody else's figures are touched by it.

They serve nowhere but in the stories, so their days stand by themselves: what `expect_service` works out of them is
added to what it works out of the history. Here: reading it back. Never here: a minute (minutes.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.model import CheckIn, HonourRecord, Shift

EVENTS = {
    "event_id": pl.Int64, "volunteer_id": pl.Int64, "shift_id": pl.Int64, "site_id": pl.Int64,
    "direction": pl.String, "occurred_at": pl.Int64,
}  # fmt: skip
SHIFTS = {
    "shift_id": pl.Int64, "starts_at": pl.Int64, "ends_at": pl.Int64, "min_attendance_permille": pl.Int64,
}  # fmt: skip
RECORDS = {
    "record_id": pl.Int64, "volunteer_id": pl.Int64, "shift_id": pl.Int64, "started_at": pl.Int64,
    "ended_at": pl.Int64, "minutes": pl.Int64, "service_day": pl.Date, "kind": pl.String, "is_approved": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Served:
    """`check_ins` with `stretch_id` and `group_id`, the `stretches` they are the ends of, `shifts` and `records`."""

    check_ins: pl.DataFrame
    stretches: pl.DataFrame
    shifts: pl.DataFrame
    records: pl.DataFrame


def what_was_served(session: Session, *, after_event: int, after_record: int, after_stretch: int) -> Served:
    """What came after the last check-in and record of the history; its stretches are numbered on from there."""
    events = pl.DataFrame(
        [
            (
                row.event_id,
                row.volunteer_id,
                row.shift_id,
                row.site_id,
                row.direction,
                _seconds(row.occurred_at),
            )
            for row in session.scalars(
                select(CheckIn).where(CheckIn.event_id > after_event).order_by(CheckIn.event_id)
            )
        ],
        schema=EVENTS,
        orient="row",
    )
    records = pl.DataFrame(
        [
            (
                row.record_id, row.volunteer_id, row.shift_id, _seconds(row.started_at), _seconds(row.ended_at),
                row.minutes, row.service_day, "office", row.status == "approved",
            )
            for row in session.scalars(
                select(HonourRecord)
                .where(HonourRecord.record_id > after_record)
                .order_by(HonourRecord.record_id)
            )
        ],
        schema=RECORDS,
        orient="row",
    )  # fmt: skip
    shifts = pl.DataFrame(
        [
            (row.shift_id, _seconds(row.starts_at), _seconds(row.ends_at), row.min_attendance_permille)
            for row in session.scalars(
                select(Shift).where(Shift.shift_id.in_(events["shift_id"].unique().sort().to_list()))
            )
        ],
        schema=SHIFTS,
        orient="row",
    )
    stretches = _stretches(events, shifts, after_stretch)
    own = stretches.select("volunteer_id", "shift_id", "stretch_id", "group_id")
    check_ins = events.join(own, on=["volunteer_id", "shift_id"], maintain_order="left")
    return Served(check_ins, stretches, shifts, records)


def _stretches(events: pl.DataFrame, shifts: pl.DataFrame, after_stretch: int) -> pl.DataFrame:
    """One stay for each person and shift; who has not signed out yet stays to the end of the shift."""
    at = pl.col("occurred_at")
    stays = (
        events.group_by("volunteer_id", "shift_id", maintain_order=True)
        .agg(
            pl.col("site_id").first(),
            in_at=at.filter(direction="in").first(),
            left_at=at.filter(direction="out").first(),
        )
        .join(shifts.select("shift_id", "ends_at"), on="shift_id", maintain_order="left")
    )
    number = pl.int_range(1, pl.len() + 1) + after_stretch
    return stays.select(
        "volunteer_id",
        "shift_id",
        "site_id",
        "in_at",
        out_at=pl.coalesce("left_at", "ends_at"),
        stretch_id=number,
        group_id=number,
        channel=pl.lit("APP"),
        is_real=pl.lit(True),
        kind=pl.lit("clean"),
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.astimezone(UTC).timestamp())
