"""One day of the generated city: who was where, and what devices, apps and people recorded of it.

Here: the frames of a day. Never here: registers and files (generate.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

CARDS = 2_000_000
REISSUED = 20_000
VOLUNTEERS = CARDS - REISSUED
SITES = 3_000
DEVICES = 4_000
DIRECTED_SITES = 150
TAPS_A_DAY = 1_000_000
FORGOTTEN = 0.05
DOUBLE = 0.05
IN_SHIFTS = 0.25
SECOND_VISIT = 0.03
SHIFTS_A_DAY = 5_000
NIGHT_SHIFTS = 0.02
STAY_AWAY = 0.15
BY_APP_A_DAY = 15_000
HONOURS_A_DAY = 5_000
RESENT = 0.01
UNKNOWN_CARD = 0.002
LATE_DEVICES = 0.01
WRONG_CLOCKS = 4
FIRST_DAY = date(2026, 3, 2)
DAY = 86_400
HOUR = 3_600


@dataclass(frozen=True)
class Stays:
    """One row a stay: volunteer, site, begin and end in seconds since 1970 UTC."""

    who: np.ndarray
    site: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.who)

    def only(self, rows: slice) -> Stays:
        """These rows."""
        return Stays(self.who[rows], self.site[rows], self.begin[rows], self.end[rows])


def day_begins(number: int) -> int:
    """04:00 local of day `number`, as seconds since 1970 UTC."""
    return ((FIRST_DAY - date(1970, 1, 1)).days + number) * DAY - 4 * HOUR


def time(seconds: str | pl.Expr) -> pl.Expr:
    """Seconds since 1970 as a UTC time."""
    value = pl.col(seconds) if isinstance(seconds, str) else seconds
    return (value * 1_000_000).cast(pl.Datetime("us", "UTC"))


def card_no(card: pl.Expr) -> pl.Expr:
    """The number printed on the card."""
    return pl.concat_str(pl.lit("3301"), card.cast(pl.String).str.zfill(12))


def device_no(device: pl.Expr) -> pl.Expr:
    """The number of the device."""
    return pl.concat_str(pl.lit("D"), device.cast(pl.String).str.zfill(5))


def clock_offset(device: pl.Expr) -> pl.Expr:
    """Clocks are up to half a minute off, a few a quarter of an hour."""
    return pl.when(device < WRONG_CLOCKS).then(900).otherwise(device % 60 - 30)


def shifts_of_day(random: np.random.Generator, number: int) -> tuple[Stays, dict[str, pl.DataFrame]]:
    """The stays in shifts that were tapped, and the day's rows of the files about shifts and check-ins."""
    ids = np.arange(SHIFTS_A_DAY) + number * SHIFTS_A_DAY + 1
    site = random.integers(0, SITES, SHIFTS_A_DAY)
    starts = (random.choice([4, 5, 9.5, 10, 14.5], SHIFTS_A_DAY) * HOUR).astype(np.int64)
    lengths = random.choice([2, 3, 4], SHIFTS_A_DAY) * HOUR
    at_night = random.random(SHIFTS_A_DAY) < NIGHT_SHIFTS
    starts[at_night], lengths[at_night] = 17 * HOUR, 8 * HOUR
    starts += day_begins(number)
    visits = TAPS_A_DAY / ((2 - FORGOTTEN) * (1 + DOUBLE) * (1 + RESENT + SECOND_VISIT))
    tapped = int(visits * IN_SHIFTS)
    signed = int((tapped + BY_APP_A_DAY) * (1 + STAY_AWAY))
    who = random.choice(VOLUNTEERS, signed, replace=False)
    shift = random.integers(0, SHIFTS_A_DAY, signed)
    begin = starts[shift] + random.normal(-300, 600, signed).astype(np.int64)
    end = (starts + lengths)[shift] + random.normal(200, 600, signed).astype(np.int64)
    stays = Stays(who, site[shift], begin, end)
    by_app = slice(tapped, tapped + BY_APP_A_DAY)
    ratio = np.where(random.random(SHIFTS_A_DAY) < 0.3, 0.8, np.nan)
    shifts = pl.DataFrame({"shift_id": ids, "starts": starts, "ends": starts + lengths, "ratio": ratio})
    return stays.only(slice(0, tapped)), {
        "shifts": shifts.select(
            "shift_id",
            activity_id=pl.format("a{}", pl.col("shift_id") % 900),
            category=pl.lit("community"),
            starts_at=time("starts"),
            ends_at=time("ends"),
            min_attendance_ratio=pl.col("ratio").fill_nan(None),
        ),
        "shift_sites": pl.DataFrame({"shift_id": ids, "site_id": site + 1}),
        "sign_ups": pl.DataFrame({"shift_id": ids[shift], "volunteer_id": who + 1}),
        "check_ins": _check_ins(stays.only(by_app), ids[shift[by_app]], number),
    }


def standing_of_day(random: np.random.Generator, number: int, in_shifts: Stays) -> Stays:
    """The stays at standing posts: three quarters of all, and second visits of some volunteers."""
    count = int(len(in_shifts) * (1 / IN_SHIFTS - 1))
    # Whoever is in a shift is not at a post as well, but for the second visits below.
    is_free = np.ones(VOLUNTEERS, dtype=bool)
    is_free[in_shifts.who] = False
    who = random.choice(np.flatnonzero(is_free), count, replace=False)
    begin = day_begins(number) + random.integers(9_000, 54_000, count)
    stay = _lengths(random, count)
    first = Stays(who, random.integers(0, SITES, count), begin, begin + stay)
    again = int(count * SECOND_VISIT)
    later = first.end[:again] + random.integers(1_800, 7_200, again)
    second = Stays(who[:again], random.integers(0, SITES, again), later, later + 3_000)
    return Stays(
        *(
            np.concatenate([getattr(part, name) for part in (in_shifts, first, second)])
            for name in vars(first)
        )
    )


def plain_stays_of_day(random: np.random.Generator, number: int) -> Stays:
    """Stays alone: every card that is used that day once, at some site, and no shift anywhere."""
    count = int(TAPS_A_DAY / ((2 - FORGOTTEN) * (1 + DOUBLE)))
    begin = day_begins(number) + random.integers(9_000, 54_000, count)
    who = random.choice(CARDS, count, replace=False)
    return Stays(who, random.integers(0, SITES, count), begin, begin + _lengths(random, count))


def _lengths(random: np.random.Generator, count: int) -> np.ndarray:
    """Seconds, about three hours."""
    return np.clip(random.gamma(4.0, 2_800, count), 300, 30_000).astype(np.int64)


def taps_of_stays(
    random: np.random.Generator, stays: Stays, last_seq: np.ndarray, reissued_at: int | None
) -> pl.DataFrame:
    """device, device_seq, who, card, at, direction: forgotten check-outs missing, double taps doubled.

    last_seq: of each device. reissued_at: from when on the first people have other cards; None: never.
    """
    is_out = random.random(len(stays)) >= FORGOTTEN
    at = np.concatenate([stays.begin, stays.end[is_out]])
    who = np.concatenate([stays.who, stays.who[is_out]])
    where = np.concatenate([stays.site, stays.site[is_out]])
    leaves = np.arange(len(at)) >= len(stays)
    again = random.random(len(at)) < DOUBLE
    at = np.concatenate([at, at[again] + random.integers(1, 20, again.sum())])
    who, where, leaves = (np.concatenate([part, part[again]]) for part in (who, where, leaves))
    second_reader = (where + SITES < DEVICES) & (random.random(len(at)) < 0.5)
    device = np.where(second_reader, where + SITES, where)
    order = np.lexsort((who, at))
    at, who, device, leaves = at[order], who[order], device[order], leaves[order]
    by_device = np.argsort(device, kind="stable")
    counts = np.bincount(device, minlength=DEVICES)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    seq = np.empty(len(at), dtype=np.int64)
    seq[by_device] = np.arange(len(at)) - first + 1 + np.repeat(last_seq, counts)
    is_new_card = (who < REISSUED) & (at >= (reissued_at or np.inf))
    direction = np.where(leaves, "out", "in")
    return pl.DataFrame(
        {
            "device": device,
            "device_seq": seq,
            "who": who,
            "card": np.where(is_new_card, who + VOLUNTEERS, who),
            "at": at,
            "direction": direction,
        }
    ).with_columns(direction=pl.when(pl.col("device") % SITES < DIRECTED_SITES).then("direction"))


def plain_lines_of_taps(taps: pl.DataFrame) -> pl.DataFrame:
    """The lines of the file `taps` where each arrives once, as soon as it is made, of a card that is known."""
    return _as_lines(taps.with_columns(received=pl.col("at") + 3))


def lines_of_taps(random: np.random.Generator, taps: pl.DataFrame) -> pl.DataFrame:
    """The lines of the file `taps`: late ones, resends (some with other content), cards that nobody knows."""
    count = taps.height
    is_unknown = random.random(count) < UNKNOWN_CARD
    days_late = np.where(random.random(DEVICES) < LATE_DEVICES, random.integers(1, 4, DEVICES), 0)
    late = days_late[taps["device"].to_numpy()] * DAY + 3
    card = np.where(is_unknown, taps["card"].to_numpy() + CARDS, taps["card"].to_numpy())
    lines = taps.with_columns(card=card, received=pl.col("at") + late)
    resent = lines.filter(pl.Series(random.random(count) < RESENT)).with_columns(pl.col("received") + HOUR)
    is_other = pl.int_range(pl.len()) % 500 == 0
    resent = resent.with_columns(card=pl.when(is_other).then(pl.col("card") + 1).otherwise("card"))
    return _as_lines(pl.concat([lines, resent]))


def _as_lines(taps: pl.DataFrame) -> pl.DataFrame:
    return taps.select(
        device_no=device_no(pl.col("device")),
        device_seq="device_seq",
        card_no=card_no(pl.col("card")),
        tapped_at=time(pl.col("at") + clock_offset(pl.col("device"))),
        received_at=time("received"),
        direction="direction",
    )


def pairing_of_taps(taps: pl.DataFrame, number: int) -> pl.DataFrame:
    """What the contenders that pair alone are given: the same taps, volunteer, site and service day found."""
    return taps.select(
        volunteer_id=pl.col("who") + 1,
        site_id=pl.col("device") % SITES + 1,
        device_no=device_no(pl.col("device")),
        device_seq="device_seq",
        tapped_at=(pl.col("at") * 1_000_000).cast(pl.Datetime("us")),
        service_day=pl.lit(FIRST_DAY + timedelta(days=number)),
    )


def honours_of_day(random: np.random.Generator, number: int) -> pl.DataFrame:
    """Honour records that state day `number`, half with an interval, most approved, entered the day after."""
    count = HONOURS_A_DAY
    start = day_begins(number) + random.integers(4, 12, count) * HOUR
    has_interval = random.random(count) < 0.5
    minutes = random.choice([60, 90, 120, 180], count)
    rows = {
        "record_id": np.arange(count) + number * count + 1,
        "volunteer_id": random.integers(0, VOLUNTEERS, count) + 1,
        "start": start,
        "minutes": minutes,
        "has_interval": has_interval,
        "is_approved": random.random(count) < 0.95,
        "entered_by": random.integers(0, 2_000, count) + 1,
        "entered": day_begins(number + 1) + random.integers(4 * HOUR, 14 * HOUR, count),
    }
    return pl.DataFrame(rows).select(
        "record_id",
        "volunteer_id",
        shift_id=pl.lit(None, dtype=pl.Int64),
        started_at=pl.when("has_interval").then(time("start")),
        ended_at=pl.when("has_interval").then(time(pl.col("start") + pl.col("minutes") * 60)),
        minutes="minutes",
        is_approved="is_approved",
        entered_by="entered_by",
        entered_at=time("entered"),
        service_day=pl.lit(FIRST_DAY + timedelta(days=number)),
    )


def _check_ins(stays: Stays, shift_ids: np.ndarray, number: int) -> pl.DataFrame:
    """An in and an out of each stay."""
    event = np.arange(len(stays)) * 2 + number * 2 * BY_APP_A_DAY + 1
    ends = [
        pl.DataFrame({"event_id": event + step, "who": stays.who, "shift_id": shift_ids, "at": at}).select(
            "event_id",
            volunteer_id=pl.col("who") + 1,
            shift_id="shift_id",
            occurred_at=time("at"),
            direction=pl.lit(direction),
        )
        for step, (at, direction) in enumerate(((stays.begin, "in"), (stays.end, "out")))
    ]
    return pl.concat(ends)
