"""From the sorted taps of a day to sessions, for volunteers with one place: neighbours compared, column by column.

Here: bounces, pairs, minutes and verdicts of arrays. Never here: who goes this way, and the sort (one_place.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from warehouse.timekeeping.days import DAY
from warehouse.timekeeping.events import SESSION_COLUMNS
from warehouse.timekeeping.rules import Rules

# 2^18 s leaves two days between the last second of one volunteer and the first of the next.
SECOND_BITS = 18
VERDICTS = ("counted", "missing_out", "too_short", "too_many_sessions", "below_attendance_ratio")
COUNTED, MISSING_OUT, TOO_SHORT, TOO_MANY, BELOW = range(len(VERDICTS))


@dataclass(frozen=True)
class Day:
    """Taps of one day as arrays: codes that sort as what they stand for, and the tables to decode them.

    directed: rows at directed readers with a direction; leaves: whether these are out.
    """

    volunteer: np.ndarray
    second: np.ndarray
    device: np.ndarray
    number: np.ndarray
    directed: np.ndarray
    leaves: np.ndarray
    volunteers: pl.Series | int
    volunteer_count: int
    devices: pl.Series
    sites: pl.Series
    site_of_device: np.ndarray
    first_number: np.ndarray
    first_second: int

    def ids(self, codes: np.ndarray) -> pl.Series:
        """The volunteers of `codes`."""
        if isinstance(self.volunteers, int):
            return pl.Series("volunteer_id", codes + self.volunteers)
        return self.volunteers.gather(codes).alias("volunteer_id")

    def codes(self, ids: pl.Series) -> np.ndarray:
        """The codes of volunteers, -1 for those who are not there."""
        if isinstance(self.volunteers, int):
            code = ids.to_numpy() - self.volunteers
            return np.where((code >= 0) & (code < self.volunteer_count), code, -1)
        code = self.volunteers.search_sorted(ids).cast(pl.Int64)
        near = code.clip(upper_bound=len(self.volunteers) - 1)
        is_there = (self.volunteers.gather(near) == ids).to_numpy()
        return np.where(is_there, near.to_numpy(), -1)

    def mask(self, ids: pl.Series) -> np.ndarray:
        """One flag a code: whether it is one of `ids`."""
        found = np.zeros(self.volunteer_count, dtype=bool)
        code = self.codes(ids)
        found[code[code >= 0]] = True
        return found


@dataclass(frozen=True)
class DayShifts:
    """The shifts of a day (times in seconds of the day), and by volunteer code the one that each signed up for (-1:
    none). site_keys: shift x number of sites + site, sorted. share: of a million, 0 where none is asked."""

    shift_of: np.ndarray
    is_manifold: np.ndarray
    site_keys: np.ndarray
    ids: pl.Series
    begin: np.ndarray
    end: np.ndarray
    margin: np.ndarray
    planned: np.ndarray
    share: np.ndarray

    def of(self, volunteer: np.ndarray, second: np.ndarray, site: np.ndarray, sites: int) -> np.ndarray:
        """Section 2: the shift of each tap, -1 for a standing post."""
        shift = self.shift_of[volunteer]
        row = np.flatnonzero(shift >= 0)
        if not len(row) or not len(self.site_keys):
            return np.full(len(shift), -1, dtype=np.int64)
        own, at = shift[row], second[row]
        is_in = (at >= (self.begin - self.margin)[own]) & (at <= (self.end + self.margin)[own])
        key = own * sites + site[row]
        near = np.minimum(np.searchsorted(self.site_keys, key), len(self.site_keys) - 1)
        is_in &= self.site_keys[near] == key
        shift[row[~is_in]] = -1
        return shift


@dataclass(frozen=True)
class SortedTaps:
    """Taps in the order volunteer, time, device, number. moment: volunteer and second packed. leaves: 1 out, 0 in,
    -1 toggle (None: all toggle). shift: of `DayShifts.of`, site beside it."""

    moment: np.ndarray
    device: np.ndarray
    number: np.ndarray
    leaves: np.ndarray | None
    places: tuple[np.ndarray, np.ndarray] | None

    def only(self, rows: np.ndarray | slice) -> SortedTaps:
        """These rows."""
        return SortedTaps(
            self.moment[rows],
            self.device[rows],
            self.number[rows],
            None if self.leaves is None else self.leaves[rows],
            None if self.places is None else (self.places[0][rows], self.places[1][rows]),
        )

    def some_people_at_a_time(self, rows: int) -> Iterator[SortedTaps]:
        """The same in parts of about `rows` rows; all of a volunteer's are in one of them."""
        start = 0
        while start < len(self.moment):
            end = len(self.moment)
            if start + rows < end:
                next_person = ((self.moment[start + rows] >> SECOND_BITS) + 1) << SECOND_BITS
                end = int(np.searchsorted(self.moment, next_person))
            yield self.only(slice(start, end))
            start = end

    def placed(self, taps: Day, shifts: DayShifts) -> SortedTaps:
        """The same with their places."""
        site = taps.site_of_device[self.device]
        shift = shifts.of(self.volunteer, self.second, site, len(taps.sites))
        return replace(self, places=(site, shift))

    @property
    def volunteer(self) -> np.ndarray:
        """Volunteer codes."""
        return self.moment >> SECOND_BITS

    @property
    def second(self) -> np.ndarray:
        """Seconds of the service day."""
        return self.moment & ((1 << SECOND_BITS) - 1)


def mixed_volunteers(taps: SortedTaps, gap: np.ndarray) -> np.ndarray:
    """Who has two sites or places among `taps`; `gap`: seconds since the tap before, more than a day where new."""
    assert taps.places is not None
    site, shift = taps.places
    elsewhere = (site[1:] != site[:-1]) | (shift[1:] != shift[:-1])
    return taps.volunteer[1:][elsewhere & (gap[1:] < DAY)]


def bounces_of(bounced: SortedTaps, taps: Day, day: date) -> pl.DataFrame:
    """These taps as TimeKept.bounces has them."""
    return pl.DataFrame(
        {
            "volunteer_id": taps.ids(bounced.volunteer),
            "site_id": taps.sites.gather(taps.site_of_device[bounced.device]),
            "device_no": taps.devices.gather(bounced.device),
            "device_seq": bounced.number,
            "tapped_at": pl.Series((bounced.second + taps.first_second) * 1_000_000).cast(pl.Datetime("us")),
        }
    ).with_columns(service_day=pl.lit(day))


def sessions_of(
    kept: SortedTaps, taps: Day, shifts: DayShifts, apart: np.ndarray, at: tuple[date, Rules]
) -> pl.DataFrame:
    """Sections 4 to 7 for taps that are no bounces; who turns out to need the general way is marked in `apart`."""
    day, rules = at
    opening, closing = _pairs(kept, apart, rules)
    opening, closing = _in_order(kept, shifts, apart, opening, closing)
    assert kept.places is not None
    site, shift = (place[opening] for place in kept.places)
    volunteer, second = kept.volunteer[opening], kept.second
    is_closed = closing >= 0
    begin, end = second[opening], np.where(is_closed, second[closing], 0)
    in_shift = np.flatnonzero(shift >= 0)
    if len(in_shift):
        first, last = shifts.begin[shift[in_shift]], shifts.end[shift[in_shift]]
        begin[in_shift] = np.clip(begin[in_shift], first, last)
        end[in_shift] = np.clip(end[in_shift], first, last)
    raw = np.where(is_closed, (end - begin) // 60, 0)
    verdict = np.where(
        is_closed, np.where(raw < rules.session_shortest_minutes, TOO_SHORT, COUNTED), MISSING_OUT
    )
    _judge_shifts(verdict, raw, volunteer, shift, (shifts, rules))
    net = np.where(verdict == COUNTED, raw, 0)
    settled, void = _ceilings(net, volunteer, rules)
    return _described(
        {
            "volunteer_id": taps.ids(volunteer),
            "device": kept.device[opening],
            "number": kept.number[opening],
            "out_device": np.where(is_closed, kept.device[closing], -1),
            "out_number": kept.number[closing],
            "site": site,
            "shift": shift,
            "begin": begin,
            "end": end,
            "is_closed": is_closed,
            "verdict": verdict,
            "raw_minutes": raw,
            "net_minutes": net,
            "settled_minutes": settled,
            "review_minutes": net - settled - void,
            "void_minutes": void,
        },
        taps,
        shifts.ids,
        (day, rules),
    )


def _pairs(kept: SortedTaps, apart: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Section 4: rows that open a session, and rows that close it (-1: missing). An `out` that closes nothing sends
    its volunteer the general way."""
    moment, leaves, volunteer = kept.moment, kept.leaves, kept.volunteer
    row = np.arange(len(moment))
    starts = np.diff(moment, prepend=-DAY * 8) > rules.pair_within
    in_run = row - np.maximum.accumulate(np.where(starts, row, 0))
    opens = in_run & 1 == 0
    closes_next = np.zeros(len(row), dtype=bool)
    closes_next[:-1] = ~starts[1:]
    if leaves is not None:
        has_toggle = np.zeros(len(apart), dtype=bool)
        has_toggle[volunteer[leaves < 0]] = True
        directed = np.flatnonzero(~has_toggle[volunteer])
        is_out = leaves[directed] == 1
        opens[directed] = ~is_out
        after = np.minimum(directed + 1, len(row) - 1)
        closes_next[directed] &= leaves[after] == 1
        before = np.maximum(directed - 1, 0)
        is_orphan = is_out & (starts[directed] | (leaves[before] != 0))
        apart[volunteer[directed[is_orphan]]] = True
    opens &= ~apart[volunteer]
    opening = row[opens]
    return opening, np.where(closes_next[opening], opening + 1, -1)


def _in_order(
    kept: SortedTaps, shifts: DayShifts, apart: np.ndarray, opening: np.ndarray, closing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Without the volunteers whose sessions begin at the same second once they are clipped: their order goes by more
    than the opening tap."""
    assert kept.places is not None
    shift = kept.places[1][opening]
    row = np.flatnonzero(shift >= 0)
    if not len(row):
        return opening, closing
    begin = np.maximum(kept.second[opening[row]], shifts.begin[shift[row]])
    end = shifts.end[shift[row]]
    volunteer = kept.volunteer[opening[row]]
    same = (np.diff(np.minimum(begin, end)) == 0) & (np.diff(volunteer) == 0)
    if not same.any():
        return opening, closing
    apart[volunteer[1:][same]] = True
    stays = ~apart[kept.volunteer[opening]]
    return opening[stays], closing[stays]


def _judge_shifts(
    verdict: np.ndarray,
    raw: np.ndarray,
    volunteer: np.ndarray,
    shift: np.ndarray,
    by: tuple[DayShifts, Rules],
) -> None:
    """Section 5 within shifts: too many sessions, then too little of the plan."""
    shifts, rules = by
    left = np.flatnonzero((verdict == COUNTED) & (shift >= 0))
    if not len(left):
        return
    row = np.arange(len(left))
    is_first = np.diff(volunteer[left], prepend=-1) != 0
    number = row - np.maximum.accumulate(np.where(is_first, row, 0))
    verdict[left[number >= rules.sessions_per_shift]] = TOO_MANY
    person = np.cumsum(is_first) - 1
    attended = np.bincount(person, weights=np.where(verdict[left] == COUNTED, raw[left], 0)).astype(np.int64)
    own = shift[left]
    is_below = attended[person] * 1_000_000 < shifts.share[own] * shifts.planned[own]
    verdict[left[is_below & (verdict[left] == COUNTED)]] = BELOW


def _ceilings(net: np.ndarray, volunteer: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Section 7: settled and void minutes."""
    before = np.cumsum(net) - net
    is_first = np.diff(volunteer, prepend=-1) != 0
    before -= np.maximum.accumulate(np.where(is_first, before, 0))
    after, most, last = before + net, rules.settled_up_to_minutes, rules.city_review_up_to_minutes
    return (
        np.minimum(after, most) - np.minimum(before, most),
        np.maximum(after, last) - np.maximum(before, last),
    )


def _described(
    columns: dict[str, np.ndarray | pl.Series], taps: Day, shift_ids: pl.Series, at: tuple[date, Rules]
) -> pl.DataFrame:
    """The sessions with all their columns."""
    day, rules = at
    reader = taps.devices + ":"
    kinds = (("/site/", taps.sites), ("/shift/", shift_ids))
    places = pl.concat([kind + ids.cast(pl.String) + "/CARD/" for kind, ids in kinds])
    device, out_device = pl.Series(columns["device"]), pl.Series(columns["out_device"])
    site, shift = pl.Series(columns["site"]), pl.Series(columns["shift"])
    has_shift = shift >= 0
    number, out_number = pl.col("number").cast(pl.String), pl.col("out_number").cast(pl.String)
    begin, end = (
        ((pl.col(name) + taps.first_second) * 1_000_000).cast(pl.Datetime("us")) for name in ("begin", "end")
    )
    return (
        pl.DataFrame(columns)
        .with_columns(
            reader.gather(device).alias("reader"),
            reader.gather(out_device.set(out_device < 0, None)).alias("out_reader"),
            places.gather((shift + len(taps.sites)).zip_with(has_shift, site)).alias("place"),
            taps.sites.gather(site).alias("site_id"),
            shift_ids.gather(shift.set(~has_shift, None)).alias("shift_id"),
            pl.Series(VERDICTS).gather(pl.Series(columns["verdict"])).alias("verdict"),
        )
        .with_columns(
            opening_event_id=pl.concat_str("reader", number),
            closing_event_id=pl.concat_str("out_reader", out_number),
        )
        .select(
            session_id=pl.concat_str(pl.col("volunteer_id").cast(pl.String), "place", "opening_event_id"),
            volunteer_id="volunteer_id",
            service_day=pl.lit(day),
            channel=pl.lit("CARD"),
            place_kind=pl.when(pl.col("shift") >= 0).then(pl.lit("shift")).otherwise(pl.lit("site")),
            shift_id="shift_id",
            site_id="site_id",
            opening_event_id="opening_event_id",
            closing_event_id="closing_event_id",
            in_at=begin,
            out_at=pl.when("is_closed").then(end),
            raw_minutes="raw_minutes",
            overlap_minutes=pl.lit(0, dtype=pl.Int64),
            net_minutes="net_minutes",
            settled_minutes="settled_minutes",
            review_minutes="review_minutes",
            void_minutes="void_minutes",
            verdict="verdict",
            hour_kind=pl.lit("credit"),
            rule_version=pl.lit(rules.version),
        )
        .select(SESSION_COLUMNS)
    )
