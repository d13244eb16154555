"""Section 1 for the many lines of which nothing special can be said: accepted at a glance, by arrays.

Here: seeing that a line is accepted, beyond doubt. Never here: why one is not, resends, cards bound several times:
these lines are left to intake.py, which decides them in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.timekeeping.days import DAY, LOCAL_OFFSET
from warehouse.timekeeping.lookup import Lookup, is_repeated
from warehouse.timekeeping.rules import RuleBook

DIRECTIONS = pl.Enum(["in", "out"])
NEVER = np.iinfo(np.int64).max
SEQ_BITS = 44
RECEIVED_BITS = 34
KEY_BITS = 63


@dataclass(frozen=True)
class Glance:
    """taps: device (position in `devices`), device_seq, card (position in `cards`), at (corrected, in seconds),
    direction, service_day. left: the lines that are not plainly accepted, as they came."""

    taps: pl.DataFrame
    left: pl.DataFrame


class Arrival:
    """The registers, laid out once for many batches of lines.

    devices: device_no, site_id, is_directed, sorted by device_no. cards: card_no, and the volunteer_id of its only
    binding (NULL: there are several).
    """

    def __init__(
        self,
        *,
        devices: pl.DataFrame,
        heartbeats: pl.DataFrame,
        cards: pl.DataFrame,
        card_bindings: pl.DataFrame,
        book: RuleBook,
    ) -> None:
        self._book = book
        self.devices = devices.unique("device_no", keep="any").sort("device_no")
        self.readers = pl.Enum(self.devices["device_no"])
        self._code = pl.Series(dtype=self.readers).to_physical().dtype
        lost = (
            cards.drop_nulls("reported_lost_at")
            .group_by("card_no")
            .agg(lost=pl.col("reported_lost_at").dt.epoch("s").min())
        )
        # One row a card; without a volunteer where it was bound several times, for then it depends on the time.
        several = is_repeated(card_bindings["card_no"])
        self._bound_again = card_bindings.filter(several)
        self.cards = card_bindings.select("card_no", "volunteer_id", "bound_from", "bound_to")
        if several.any():
            none = [pl.lit(None).alias(name) for name in ("volunteer_id", "bound_to")]
            again = self._bound_again.unique("card_no", keep="any").with_columns(none)
            self.cards = pl.concat(
                [self.cards.filter(~several), again.select(self.cards.columns)], how="vertical_relaxed"
            )
        # In one piece: gathering from eight takes twice as long.
        self.cards = self.cards.rechunk()
        self.cards = (
            self.cards.with_columns(lost=pl.lit(None, dtype=pl.Int64))
            if lost.is_empty()
            else self.cards.join(lost, on="card_no", how="left", maintain_order="left")
        )
        self._card = Lookup(self.cards["card_no"])
        self._since = self.cards["bound_from"].dt.epoch("s").to_numpy()
        until = (
            pl.when(pl.col("volunteer_id").is_null())
            .then(pl.lit(-NEVER))
            .otherwise(
                pl.min_horizontal(
                    pl.col("bound_to").dt.epoch("s").fill_null(NEVER),
                    # A tap in the very second of the report still counts.
                    pl.col("lost").fill_null(NEVER - 1) + 1,
                )
            )
        )
        self._until = self.cards.select(until).to_series().to_numpy()
        self._beat, self._offset = _heartbeats(heartbeats, self.readers)
        reader, first, count = np.unique(self._beat >> RECEIVED_BITS, return_index=True, return_counts=True)
        self._first_beat = np.full(self.devices.height, NEVER)
        self._first_beat[reader] = self._beat[first] & ((1 << RECEIVED_BITS) - 1)
        self._first_offset = np.zeros(self.devices.height, dtype=np.int64)
        self._first_offset[reader] = self._offset[first]
        self._changes = np.zeros(self.devices.height, dtype=bool)
        self._changes[reader[count > 1]] = True

    def at_a_glance(self, lines: pl.DataFrame, again: Again) -> Glance:
        """`lines` (columns of the file `taps`, whole seconds or not) split into plainly accepted ones and the rest.

        again: identities that are there more than once.
        """
        reader = lines["device_no"].cast(self.readers, strict=False)
        is_known = reader.is_not_null().to_numpy()
        device = reader.to_physical().fill_null(0).cast(pl.Int64).to_numpy()
        seq = lines["device_seq"].to_numpy()
        received, device_at = (_seconds(lines[name]) for name in ("received_at", "tapped_at"))
        offset = self._offset_of(device, received)
        at = device_at - offset
        card = self._card.rows(lines["card_no"])
        limit = self._limits(received)
        plain = is_known & (card >= 0) & ~again.among(device, seq)
        plain &= np.abs(offset) <= limit["clock_offset_limit"]
        plain &= at <= received + limit["future_tolerance"]
        plain &= at >= received - limit["stale_after"]
        plain &= (self._since[card] <= at) & (at < self._until[card])
        taps = pl.DataFrame(
            {
                "device": reader.to_physical(),
                "device_seq": lines["device_seq"],
                "card": card,
                "at": at,
                "direction": lines["direction"].cast(DIRECTIONS),
                "service_day": ((at + (LOCAL_OFFSET - self._book.service_day_start)) // DAY).astype(np.int32),
            }
        )
        if plain.all():
            return Glance(taps, lines.clear())
        is_plain = pl.Series(plain)
        return Glance(taps.filter(is_plain), lines.filter(~is_plain))

    def bindings_of(self, card_nos: pl.Series) -> pl.DataFrame:
        """card_no, volunteer_id, bound_from, bound_to: at least all bindings of these cards."""
        row = np.unique(self._card.rows(card_nos.drop_nulls()))
        columns = ["card_no", "volunteer_id", "bound_from", "bound_to"]
        once = self.cards.select(columns)[row[row >= 0]].drop_nulls("volunteer_id")
        return pl.concat([once, self._bound_again.select(columns)], how="vertical_relaxed")

    def forget_what_only_arrivals_need(self) -> None:
        """Give back the memory of all that `taps` does not need."""
        self.cards = self.cards.select("volunteer_id")
        self._card, self._bound_again = Lookup(pl.Series(dtype=pl.String)), self._bound_again.clear()
        self._since = self._until = self._beat = self._offset = np.empty(0, dtype=np.int64)

    def compact(self, accepted: pl.DataFrame) -> pl.DataFrame:
        """Taps accepted by `take_in` as `Glance.taps` has them, and volunteer_id."""
        return accepted.select(
            device=pl.col("device_no").cast(self.readers).to_physical(),
            device_seq="device_seq",
            card=pl.Series(self._card.rows(accepted["card_no"])),
            at=pl.col("tapped_at").dt.epoch("s"),
            direction=pl.col("direction").cast(DIRECTIONS),
            service_day=pl.col("service_day").to_physical(),
            volunteer_id="volunteer_id",
        )

    def taps(self, compact: pl.DataFrame) -> pl.DataFrame:
        """The same as Events.taps has them; cards are told apart by their position in `cards`."""
        device, card = compact["device"], compact["card"]
        has_volunteer = "volunteer_id" in compact.columns
        return pl.DataFrame(
            {
                "volunteer_id": compact["volunteer_id"]
                if has_volunteer
                else self.cards["volunteer_id"].gather(card),
                "site_id": self.devices["site_id"].gather(device),
                "device_no": device.cast(self._code).cat.to(self.readers),
                "device_seq": compact["device_seq"],
                "card_no": card,
                "is_directed": self.devices["is_directed"].gather(device),
                "direction": compact["direction"],
                "tapped_at": (compact["at"] * 1_000_000).cast(pl.Datetime("us")),
                "service_day": compact["service_day"].cast(pl.Date),
            }
        )

    @property
    def no_taps(self) -> pl.DataFrame:
        """`taps` of nothing."""
        columns = {"device": pl.UInt32, "device_seq": pl.Int64, "card": pl.Int32, "at": pl.Int64}
        return self.taps(pl.DataFrame(schema={**columns, "direction": DIRECTIONS, "service_day": pl.Int32}))

    def _offset_of(self, device: np.ndarray, received: np.ndarray) -> np.ndarray:
        """Seconds, from the last heartbeat at or before the arrival; 0 without one."""
        if not len(self._beat):
            return np.zeros(len(device), dtype=np.int64)
        # Most clocks never change their offset: for these the first heartbeat tells all.
        offset = np.where(received >= self._first_beat[device], self._first_offset[device], 0)
        row = np.flatnonzero(self._changes[device])
        if not len(row):
            return offset
        asked = (device[row] << RECEIVED_BITS) | received[row]
        # In order, so that the search goes through the heartbeats once instead of jumping about.
        order = np.argsort(asked)
        asked = asked[order]
        near = np.searchsorted(self._beat, asked, side="right") - 1
        has_one = (near >= 0) & (self._beat[near] >> RECEIVED_BITS == asked >> RECEIVED_BITS)
        offset[row[order]] = np.where(has_one, self._offset[near], 0)
        return offset

    def _limits(self, received: np.ndarray) -> dict[str, np.ndarray | int]:
        """The dated limits, by the local day of the arrival."""
        names = ("clock_offset_limit", "future_tolerance", "stale_after")
        if len(self._book.sets) == 1:
            return {name: self._book.largest(name) for name in names}
        day = pl.Series("day", ((received + LOCAL_OFFSET) // DAY).astype(np.int32)).cast(pl.Date).to_frame()
        zero = pl.col("day").is_null().cast(pl.Int64)
        return {
            name: day.select(zero + self._book.value(name, pl.col("day"))).to_series().to_numpy()
            for name in names
        }


class Again:
    """Identities (device, device_seq) that are there more than once: resends and conflicts."""

    def __init__(self, keys: np.ndarray) -> None:
        self._keys = keys
        # One flag for many keys: most lines are told apart by it alone.
        self._bits = max(len(keys) * 16 - 1, 1).bit_length()
        self._flags = np.zeros(1 << self._bits, dtype=bool)
        self._flags[self._place(keys)] = True

    def among(self, device: np.ndarray, seq: np.ndarray) -> np.ndarray:
        """For each line whether it is one of these."""
        found = np.zeros(len(seq), dtype=bool)
        if not len(self._keys):
            return found
        key = identity(device, seq)
        near = np.flatnonzero(self._flags[self._place(key)])
        place = np.minimum(np.searchsorted(self._keys, key[near]), len(self._keys) - 1)
        found[near] = self._keys[place] == key[near]
        return found

    def _place(self, keys: np.ndarray) -> np.ndarray:
        mixed = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> np.uint64(64 - self._bits)).astype(np.int64)


def identity(device: np.ndarray, seq: np.ndarray) -> np.ndarray:
    """Device and number in one integer; different identities can share one where numbers are huge, which only sends
    more lines the long way."""
    return (device.astype(np.int64) << SEQ_BITS) ^ seq


def repeated(keys: np.ndarray) -> np.ndarray:
    """The values that are in `keys` more than once, sorted. Sorts `keys` in place."""
    keys.sort()
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _seconds(times: pl.Series) -> np.ndarray:
    return times.to_physical().to_numpy() // 1_000_000


def _heartbeats(heartbeats: pl.DataFrame, readers: pl.Enum) -> tuple[np.ndarray, np.ndarray]:
    """Keys (device and second of arrival), sorted, and offsets: of several in a second the last in their order."""
    tie = ["heartbeat_id"] if "heartbeat_id" in heartbeats.columns else []
    beats = heartbeats.select(
        *tie,
        device=pl.col("device_no").cast(readers, strict=False).to_physical().cast(pl.Int64),
        received=pl.col("received_at").dt.epoch("s"),
        offset=pl.col("clock_offset_seconds").cast(pl.Int64),
    ).drop_nulls("device")
    packed = None if tie else _packed_beats(beats)
    if packed is None:
        beats = beats.with_columns(key=pl.col("device") * 2**RECEIVED_BITS + pl.col("received"))
        beats = beats.sort("key", *tie, "offset")
        packed = beats["key"].to_numpy(), beats["offset"].to_numpy()
    key, offset = packed
    if not len(key):
        return packed
    last = np.flatnonzero(np.append(key[1:] != key[:-1], [True]))
    key, offset = key[last], offset[last]
    # A heartbeat that says what the one before it said changes nothing.
    device = key >> RECEIVED_BITS
    says_more = (device[1:] != device[:-1]) | (offset[1:] != offset[:-1])
    row = np.flatnonzero(np.append([True], says_more))
    return key[row], offset[row]


def _packed_beats(beats: pl.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Keys and offsets in order, by a sort of single integers; None where they do not fit."""
    if beats.is_empty() or sum(beats.null_count().row(0)):
        return None
    device, received, offset = (beats[name].to_numpy() for name in ("device", "received", "offset"))
    first, least = int(received.min()), int(offset.min())
    received_bits = (int(received.max()) - first).bit_length()
    offset_bits = (int(offset.max()) - least).bit_length()
    if received_bits + offset_bits + int(device.max()).bit_length() > KEY_BITS:
        return None
    packed = np.sort((((device << received_bits) | (received - first)) << offset_bits) | (offset - least))
    at = packed >> offset_bits
    key = ((at >> received_bits) << RECEIVED_BITS) + (at & ((1 << received_bits) - 1)) + first
    return key, (packed & ((1 << offset_bits) - 1)) + least
