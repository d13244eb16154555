"""From the sorted taps of a day to sessions, for volunteers with one place: neighbours compared, column by column.

Here: bounces, pairs, minutes and verdicts of arrays. Never here: who goes this way, and the sort (one_place.py);
texts (one_place_rows.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.timekeeping.days import DAY
from warehouse.timekeeping.packed_taps import DayShifts, SortedTaps
from warehouse.timekeeping.rules import Rules

VERDICTS = (
    "counted",
    "missing_out",
    "orphan_out",
    "too_short",
    "too_many_sessions",
    "below_attendance_ratio",
)
COUNTED, MISSING_OUT, ORPHAN_OUT, TOO_SHORT, TOO_MANY, BELOW = range(len(VERDICTS))


@dataclass(frozen=True)
class Pairs:
    """One a session, in the order of the outcome: the rows of its two taps, -1 where one is missing. Where the first
    is, it is an orphan_out, and its volunteer's others come before it."""

    opening: np.ndarray
    closing: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """The row of the tap that there is: the opening one, else the closing one."""
        return np.where(self.opening >= 0, self.opening, self.closing)

    def only(self, rows: np.ndarray) -> Pairs:
        """These, of numbers or flags."""
        return Pairs(self.opening[rows], self.closing[rows])


@dataclass(frozen=True)
class PlaceSessions:
    """Sessions as arrays. device, number: of the opening tap; out_device, out_number: of the closing one, device -1
    where there is none. begin, end: seconds of the service day, clipped to the shift. verdict: of VERDICTS."""

    volunteer: np.ndarray
    site: np.ndarray
    shift: np.ndarray
    device: np.ndarray
    number: np.ndarray
    out_device: np.ndarray
    out_number: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    verdict: np.ndarray
    raw_minutes: np.ndarray
    net_minutes: np.ndarray
    settled_minutes: np.ndarray
    void_minutes: np.ndarray


def mixed_volunteers(taps: SortedTaps, gap: np.ndarray) -> np.ndarray:
    """Who has two sites or places among `taps`; `gap`: seconds since the tap before, more than a day where new."""
    assert taps.places is not None
    site, shift = taps.places
    elsewhere = (site[1:] != site[:-1]) | (shift[1:] != shift[:-1])
    return taps.volunteer[1:][elsewhere & (gap[1:] < DAY)]


def sessions_of(kept: SortedTaps, shifts: DayShifts, apart: np.ndarray, rules: Rules) -> PlaceSessions:
    """Sections 4 to 7 for taps that are no bounces; who turns out to need the general way is marked in `apart`."""
    assert kept.places is not None
    pairs = _in_order(kept, shifts, apart, _pairs(kept, apart, rules))
    first = pairs.first
    volunteer, (site, shift) = kept.volunteer[first], (place[first] for place in kept.places)
    begin, end = (
        _clipped(kept.second[row], shift, shifts)
        # Of a missing end any row will do.
        for row in (first, np.where(pairs.closing >= 0, pairs.closing, first))
    )
    is_pair = (pairs.opening >= 0) & (pairs.closing >= 0)
    raw = (end - begin) // 60 * is_pair
    verdict = np.where(raw < rules.session_shortest_minutes, TOO_SHORT, COUNTED)
    verdict[~is_pair] = np.where(pairs.closing[~is_pair] < 0, MISSING_OUT, ORPHAN_OUT)
    _judge_shifts(verdict, raw, volunteer, shift, (shifts, rules))
    net = raw * (verdict == COUNTED)
    settled, void = _ceilings(net, volunteer, rules)
    device, out_device = kept.device[pairs.opening], kept.device[pairs.closing]
    device[pairs.opening < 0] = -1
    out_device[pairs.closing < 0] = -1
    return PlaceSessions(
        volunteer=volunteer,
        site=site,
        shift=shift,
        device=device,
        number=kept.number[pairs.opening],
        out_device=out_device,
        out_number=kept.number[pairs.closing],
        begin=begin,
        end=end,
        verdict=verdict,
        raw_minutes=raw,
        net_minutes=net,
        settled_minutes=settled,
        void_minutes=void,
    )


def _pairs(kept: SortedTaps, apart: np.ndarray, rules: Rules) -> Pairs:
    """Section 4, in the order of the first tap."""
    moment, leaves, volunteer = kept.moment, kept.leaves, kept.volunteer
    row = np.arange(len(moment))
    starts = np.diff(moment, prepend=-DAY * 8) > rules.pair_within
    in_run = row - np.maximum.accumulate(row * starts)
    opens = in_run & 1 == 0
    closes_next = np.zeros(len(row), dtype=bool)
    closes_next[:-1] = ~starts[1:]
    is_orphan = np.zeros(len(row), dtype=bool)
    if leaves is not None:
        directed = _all_directed(volunteer, leaves, len(apart))
        is_out = leaves[directed] == 1
        opens[directed] = ~is_out
        after = np.minimum(directed + 1, len(row) - 1)
        closes_next[directed] &= leaves[after] == 1
        before = np.maximum(directed - 1, 0)
        is_orphan[directed] = is_out & (starts[directed] | (leaves[before] != 0))
    first = np.flatnonzero((opens | is_orphan) & ~apart[volunteer])
    return Pairs(
        np.where(is_orphan[first], -1, first),
        np.where(is_orphan[first], first, np.where(closes_next[first], first + 1, -1)),
    )


def _all_directed(volunteer: np.ndarray, leaves: np.ndarray, volunteers: int) -> np.ndarray:
    """The rows of volunteers of whom every tap is directed."""
    has_directed = np.zeros(volunteers, dtype=bool)
    has_directed[volunteer[np.flatnonzero(leaves >= 0)]] = True
    theirs = np.flatnonzero(has_directed[volunteer])
    has_directed[volunteer[theirs[leaves[theirs] < 0]]] = False
    return theirs[has_directed[volunteer[theirs]]]


def _in_order(kept: SortedTaps, shifts: DayShifts, apart: np.ndarray, pairs: Pairs) -> Pairs:
    """`pairs` in the order of section 6, without the volunteers of whom two begin at the same second once they are
    clipped: their order goes by more than the first tap."""
    assert kept.places is not None
    is_orphan = pairs.opening < 0
    if is_orphan.any():
        pairs = pairs.only(np.argsort(kept.volunteer[pairs.first] * 2 + is_orphan, kind="stable"))
        is_orphan = pairs.opening < 0
    shift = kept.places[1][pairs.first]
    row = np.flatnonzero(shift >= 0)
    if not len(row):
        return pairs
    first = pairs.first[row]
    volunteer = kept.volunteer[first]
    same = (np.diff(_clipped(kept.second[first], shift[row], shifts)) == 0) & (np.diff(volunteer) == 0)
    same &= is_orphan[row][1:] == is_orphan[row][:-1]
    if not same.any():
        return pairs
    apart[volunteer[1:][same]] = True
    return pairs.only(~apart[kept.volunteer[pairs.first]])


def _clipped(second: np.ndarray, shift: np.ndarray, shifts: DayShifts) -> np.ndarray:
    """Section 5: `second` within the shift, where there is one. Changes `second`."""
    row = np.flatnonzero(shift >= 0)
    if len(row):
        own = shift[row]
        second[row] = np.clip(second[row], shifts.begin[own], shifts.end[own])
    return second


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
    number = row - np.maximum.accumulate(row * is_first)
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
    before -= np.maximum.accumulate(before * is_first)
    after, most, last = before + net, rules.settled_up_to_minutes, rules.city_review_up_to_minutes
    return (
        np.minimum(after, most) - np.minimum(before, most),
        np.maximum(after, last) - np.maximum(before, last),
    )
