"""The taps of a day packed into integers, and its shifts: what everything about one place is worked out from.

Here: arrays of codes, and the tables that tell what the codes stand for. Never here: a rule but section 2 (which
shift a tap belongs to); packing a day (one_place.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

# 2^18 s leaves two days between the last second of one volunteer and the first of the next.
SECOND_BITS = 18


@dataclass(frozen=True)
class Day:
    """Taps of one day as arrays: codes that sort as what they stand for, and the tables to decode them.

    directed: rows at directed readers with a direction; leaves: whether these are out. numbers: the lowest and the
    highest number of a tap.
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
    numbers: tuple[int, int]

    @cached_property
    def _reader_kind(self) -> tuple[pl.Enum, pl.DataType]:
        kind = pl.Enum(self.devices)
        return kind, pl.Series(dtype=kind).to_physical().dtype

    def codes_of_readers(self, codes: np.ndarray) -> pl.Series:
        """The devices of `codes`, as an Enum."""
        kind, physical = self._reader_kind
        return pl.Series(codes).cast(physical).cat.to(kind)

    @cached_property
    def readers(self) -> pl.Series:
        """The beginning of event ids, of each device."""
        return self.devices + ":"

    def number_texts(self, numbers: np.ndarray) -> pl.Series:
        """`numbers` of taps as texts: looked up where they lie close together, for to write each anew takes longer."""
        low, high = self.numbers
        if high - low > len(self.number):
            return pl.Series(numbers).cast(pl.String)
        return self._texts_of_numbers.gather(pl.Series(numbers - low))

    @cached_property
    def _texts_of_numbers(self) -> pl.Series:
        low, high = self.numbers
        return pl.int_range(low, high + 1, eager=True).cast(pl.String)

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
    none; no codes at all where nobody signed up). site_keys: shift x number of sites + site, sorted. share: of a
    million, 0 where none is asked."""

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
        if not len(self.shift_of) or not len(self.site_keys):
            return np.full(len(volunteer), -1, dtype=np.int64)
        shift = self.shift_of[volunteer]
        row = np.flatnonzero(shift >= 0)
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
        """These rows; of numbers, not of flags, for those would be counted once a column."""
        return SortedTaps(
            self.moment[rows],
            self.device[rows],
            self.number[rows],
            None if self.leaves is None else self.leaves[rows],
            None if self.places is None else (self.places[0][rows], self.places[1][rows]),
        )

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


@dataclass(frozen=True)
class SortedKeys:
    """Taps in order, each one integer: volunteer, second, device, number. leaves: of SortedTaps."""

    key: np.ndarray
    leaves: np.ndarray | None
    device_bits: int
    number_bits: int
    first_number: np.ndarray

    def some_people_at_a_time(self, rows: int) -> Iterator[SortedKeys]:
        """The same in parts of about `rows` rows; all of a volunteer's are in one of them."""
        person_bits = SECOND_BITS + self.device_bits + self.number_bits
        start = 0
        while start < len(self.key):
            end = len(self.key)
            if start + rows < end:
                last_of_person = self.key[start + rows] | ((1 << person_bits) - 1)
                end = int(np.searchsorted(self.key, last_of_person, side="right"))
            leaves = None if self.leaves is None else self.leaves[start:end]
            yield replace(self, key=self.key[start:end], leaves=leaves)
            start = end

    def unpacked(self) -> SortedTaps:
        """The columns of the keys."""
        device = (self.key >> self.number_bits) & ((1 << self.device_bits) - 1)
        number = (self.key & ((1 << self.number_bits) - 1)) + self.first_number[device]
        return SortedTaps(
            self.key >> (self.device_bits + self.number_bits), device, number, self.leaves, None
        )


def joined(parts: Iterable[SortedTaps]) -> SortedTaps:
    """Moments, devices and numbers of all `parts`, one after the other."""
    columns = zip(*((part.moment, part.device, part.number) for part in parts), strict=True)
    moment, device, number = (np.concatenate(column) for column in columns)
    return SortedTaps(moment, device, number, None, None)
