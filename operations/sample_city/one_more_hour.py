"""One further hour in the life of a sample city: taps, check-ins, sign-ups and heartbeats.

Here: what benchmarks of incremental builds and live demonstrations add to a city that is there. Never here: dirt and
truth; the hour is clean.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from operations.commands.bulk import insert_frame
from operations.database import writing
from operations.devices.swipe_log import write_segment
from operations.model import Base, Card, CardBinding, CheckIn, Device, Heartbeat, Shift, ShiftSite, SignUp

from .lines import as_text
from .plan import DAY, HOUR
from .writing import ready

SEQ_ORIGIN = 1_500_000_000
SEGMENT_SECONDS = 300
CHECK_IN = {
    "volunteer_id": pl.Int64,
    "shift_id": pl.Int64,
    "site_id": pl.Int64,
    "direction": pl.String,
    "occurred_at": pl.Int64,
}


@dataclass(frozen=True)
class HourSummary:
    """How much was added."""

    taps: int
    segments: int
    check_ins: int
    sign_ups: int
    heartbeats: int


def one_more_hour(
    engine: Engine,
    swipe_logs: Path,
    *,
    after: datetime,
    taps: int,
    seed: int,
    written_at: datetime | None = None,
) -> HourSummary:
    """Add the hour that begins at `after`: `taps` taps in pairs at standing posts and shifts, a segment every five
    minutes, the check-ins of app users whose shifts begin or end in it, some new sign-ups, some heartbeats.

    The same city, moment and seed give the same hour. Call it with later and later moments. Check-ins and sign-ups are
    stamped as last changed when they happened, or at `written_at`: that of an hour which lies before the last pull
    of the database, as rows that are written now are stamped now.

    Raises `ValueError` for a moment without zone, a negative number of taps, or a city without cards or readers.
    """
    if after.tzinfo is None:
        raise ValueError(f"the hour needs a beginning with its time zone, got {after!r}")
    if taps < 0:
        raise ValueError(f"an hour has no {taps} taps; give 0 or more")
    begins_at = int(after.timestamp())
    rng = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, begins_at, zlib.crc32(b"one more hour")]))
    )
    with writing(engine) as session:
        lines = _tap(rng, session, begins_at, taps)
        check_ins = _check_in(rng, session, begins_at, limit=max(20, taps // 10))
        sign_ups = _sign_up(rng, session, begins_at, wanted=max(5, taps // 20))
        if written_at:
            stamp = pl.lit(int(written_at.timestamp())).alias("updated_at")
            check_ins, sign_ups = check_ins.with_columns(stamp), sign_ups.with_columns(stamp)
        heartbeats = _beat(rng, session, begins_at)
        added: list[tuple[type[Base], pl.DataFrame]] = [
            (CheckIn, check_ins),
            (SignUp, sign_ups),
            (Heartbeat, heartbeats),
        ]
        for model, frame in added:
            insert_frame(session, model, ready(model, frame))
        segments = _write(swipe_logs, lines)
    return HourSummary(len(lines), segments, len(check_ins), len(sign_ups), len(heartbeats))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _tap(rng: np.random.Generator, session: Session, begins_at: int, taps: int) -> pl.DataFrame:
    """Pairs of taps: in during the first half of the hour, out in the second, at one reader."""
    now = _moment(begins_at)
    holders = session.execute(
        select(CardBinding.card_no)
        .join(Card, Card.card_no == CardBinding.card_no)
        .where(CardBinding.bound_from < now, CardBinding.bound_to.is_(None), Card.reported_lost_at.is_(None))
        .order_by(CardBinding.binding_id)
    ).scalars()
    cards = np.array(list(holders))
    readers = np.array(_readers(session, now))
    if not len(cards) or not len(readers):
        raise ValueError("there is no card or no reader that works: make a sample city first")
    pairs = taps // 2
    who = np.concatenate([rng.permutation(len(cards)) for _ in range(pairs // len(cards) + 1)])[:pairs]
    where = rng.integers(len(readers), size=pairs)
    in_at = begins_at + rng.integers(0, 25 * 60, pairs)
    out_at = begins_at + rng.integers(35 * 60, HOUR - 10, pairs)
    lines = pl.DataFrame(
        {
            "device_no": np.tile(readers[where], 2),
            "card_no": np.tile(cards[who], 2),
            "tapped_at": np.concatenate([in_at, out_at]),
        },
        schema={"device_no": pl.String, "card_no": pl.String, "tapped_at": pl.Int64},
    ).unique(["device_no", "card_no", "tapped_at"], maintain_order=True)
    return (
        lines.sort("device_no", "tapped_at", "card_no")
        .with_columns(
            # Later hours begin higher, and no reader counts that far in an hour.
            device_seq=pl.int_range(pl.len()).over("device_no") + (begins_at - SEQ_ORIGIN),
            received_at=pl.col("tapped_at") + pl.Series(rng.integers(1, 9, len(lines))),
            direction=pl.lit(None, pl.String),
        )
        .sort("received_at", "device_no", "device_seq")
    )


def _readers(session: Session, now: datetime) -> list[str]:
    """The undirected readers that were heard of lately and whose clocks are right."""
    heard = (
        select(Heartbeat.device_no)
        # A heartbeat never changes: its last change, which has an index, is its arrival.
        .where(Heartbeat.updated_at > now - timedelta(days=3), Heartbeat.updated_at <= now)
        .group_by(Heartbeat.device_no)
        .having(func.min(Heartbeat.clock_offset_seconds) == 0, func.max(Heartbeat.clock_offset_seconds) == 0)
    )
    right = set(session.execute(heard).scalars())
    standing = select(Device.device_no).where(Device.is_directed.is_(False), Device.retired_at.is_(None))
    return [
        number for number in session.execute(standing.order_by(Device.device_no)).scalars() if number in right
    ]


def _check_in(rng: np.random.Generator, session: Session, begins_at: int, limit: int) -> pl.DataFrame:
    """Those who sign in because their shift begins within the hour, and those who sign out because theirs ends."""
    parts = []
    for direction, moment in (("in", Shift.starts_at), ("out", Shift.ends_at)):
        in_this_hour = (
            select(Shift.shift_id, moment, func.min(ShiftSite.site_id))
            .join(ShiftSite, ShiftSite.shift_id == Shift.shift_id)
            .where(
                Shift.cancelled_at.is_(None),
                moment >= _moment(begins_at),
                moment < _moment(begins_at + HOUR - 600),
            )
            .group_by(Shift.shift_id, moment)
        )
        shifts = {shift: (at, site) for shift, at, site in session.execute(in_this_hour)}
        coming = (
            select(SignUp.volunteer_id, SignUp.shift_id)
            .where(SignUp.status == "confirmed", SignUp.shift_id.in_(sorted(shifts)))
            .order_by(SignUp.shift_id, SignUp.volunteer_id)
            .limit(limit)
        )
        rows = [
            (who, shift, shifts[shift][1], direction, int(shifts[shift][0].timestamp()))
            for who, shift in session.execute(coming)
        ]
        parts.append(pl.DataFrame(rows, schema=CHECK_IN, orient="row"))
    both = pl.concat(parts)
    late = pl.Series(rng.integers(0, 500, len(both)))
    return both.with_columns(occurred_at=pl.col("occurred_at") + late).with_columns(
        client=pl.lit("app"), received_at=pl.col("occurred_at") + 2, updated_at=pl.col("occurred_at") + 2
    )


def _sign_up(rng: np.random.Generator, session: Session, begins_at: int, wanted: int) -> pl.DataFrame:
    """New sign-ups, for shifts from tomorrow on, of people who have none for them."""
    shifts = session.execute(
        select(Shift.shift_id)
        .where(Shift.starts_at > _moment(begins_at + DAY), Shift.cancelled_at.is_(None))
        .order_by(Shift.shift_id)
    ).scalars().all()  # fmt: skip
    people = session.execute(
        select(CardBinding.volunteer_id).distinct().order_by(CardBinding.volunteer_id)
    ).scalars().all()  # fmt: skip
    schema = {"shift_id": pl.Int64, "volunteer_id": pl.Int64}
    if not shifts:
        return pl.DataFrame(schema={**schema, "status": pl.String, "updated_at": pl.Int64})
    drawn = pl.DataFrame(
        {"shift_id": rng.choice(shifts, wanted), "volunteer_id": rng.choice(people, wanted)}, schema=schema
    ).unique(maintain_order=True)
    there = session.execute(
        select(SignUp.shift_id, SignUp.volunteer_id).where(
            SignUp.volunteer_id.in_(drawn["volunteer_id"].unique().sort().to_list())
        )
    ).all()
    taken = pl.DataFrame([tuple(pair) for pair in there], schema=schema, orient="row")
    drawn = drawn.join(taken, on=["shift_id", "volunteer_id"], how="anti", maintain_order="left")
    signed_at = pl.Series(begins_at + np.sort(rng.integers(0, HOUR, len(drawn))))
    return drawn.with_columns(
        status=pl.lit("confirmed"), signed_up_at=signed_at, decided_at=signed_at, updated_at=signed_at
    )


def _beat(rng: np.random.Generator, session: Session, begins_at: int) -> pl.DataFrame:
    """The heartbeats of one in 24 readers, whose clocks are right."""
    readers = _readers(session, _moment(begins_at))
    chosen = [
        number for number, chance in zip(readers, rng.random(len(readers)), strict=True) if chance < 1 / 24
    ]
    received_at = begins_at + rng.integers(0, HOUR, len(chosen))
    return pl.DataFrame(
        {
            "device_no": pl.Series(chosen, dtype=pl.String),
            "received_at": received_at,
            "clock_offset_seconds": np.zeros(len(chosen), dtype=np.int64),
            "queued_taps": np.zeros(len(chosen), dtype=np.int64),
            "updated_at": received_at,
        }
    )


def _write(swipe_logs: Path, lines: pl.DataFrame) -> int:
    """One segment for every five minutes of arrival, named by the moment it was full."""
    parts = lines.with_columns(text=as_text(), part=pl.col("received_at") // SEGMENT_SECONDS).partition_by(
        "part", maintain_order=True
    )
    for part in parts:
        full_at = _moment(part["received_at"].max())  # type: ignore[arg-type]
        name = f"{full_at:%Y%m%dT%H%M%S}.000000000Z-hour"
        write_segment(swipe_logs, part["text"].to_list(), _moment(part["received_at"][0]), name)
    return len(parts)
