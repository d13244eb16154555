"""Most people on most days: one place. Sections 2 to 7 for them, by one sort of packed keys.

Here: the choice of who goes this way, and packing a day. Never here: what is worked out from the sorted taps
(one_place_sessions.py); the rules section by section, which everybody else goes through: whoever has check-ins,
honour records, a shift that reaches into another service day, several shifts or places on a day. The results are
the same, this is only faster.

All that orders a tap is packed into one integer: volunteer, second of the service day, device, number of the tap.
Between two volunteers lies more than any gap within a day, so one difference tells bounce, pair and new volunteer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from warehouse.timekeeping.days import DAY, LOCAL_OFFSET, day_bounds, service_day
from warehouse.timekeeping.events import Events
from warehouse.timekeeping.one_place_rows import bounces_of, rows_of
from warehouse.timekeeping.one_place_sessions import mixed_volunteers, sessions_of
from warehouse.timekeeping.packed_taps import SECOND_BITS, Day, DayShifts, SortedKeys, SortedTaps
from warehouse.timekeeping.rules import RuleBook
from warehouse.timekeeping.side_by_side import side_by_side

KEY_BITS = 63
# So few that what is worked out from them stays near the processor.
ROWS_AT_ONCE = 150_000


@dataclass(frozen=True)
class OnePlace:
    """Sessions (SESSION_COLUMNS, sorted by volunteer and time) by day; the bounces among these taps; and the
    taps that remain for the general way."""

    sessions: dict[date, pl.DataFrame]
    bounces: list[pl.DataFrame]
    rest: list[pl.DataFrame]


def one_place_days(
    by_day: dict[date, pl.DataFrame],
    shifts: pl.DataFrame,
    events: Events,
    days: Iterable[date],
    how: tuple[RuleBook, int],
) -> OnePlace:
    """Work out `days` for all whom this way serves.

    `by_day`: taps by their plain service day, with the columns of Events.taps, and at (seconds). `shifts`: the usable
    ones, as `usable_shifts` returns them. `how`: the rules, and how many parts of a day are worked on side by side.
    """
    book, at_once = how
    if book.largest("pair_within") > DAY or book.largest("bounce_within") > DAY:
        return OnePlace({}, [], list(by_day.values()))
    special = _special(by_day, shifts, events, book)
    wanted = set(days)
    sessions, bounces = {}, []
    rest = [_of(part, special) for day, part in by_day.items() if day not in wanted]
    for day in sorted(wanted & by_day.keys()):
        packed = _packed(by_day[day], day, book)
        if packed is None:
            rest.append(by_day[day])
            continue
        in_shifts = _shifts_of(day, packed, shifts, events)
        apart = packed.mask(special) | in_shifts.is_manifold
        sessions[day], bounced = _work_out(packed, in_shifts, apart, (day, book, at_once))
        bounces.append(bounced)
        rest.append(by_day[day].filter(pl.Series(apart[packed.volunteer])))
    return OnePlace(sessions, bounces, rest)


def taps_by_day(taps: pl.DataFrame) -> dict[date, pl.DataFrame]:
    """The taps of each plain service day; without copying where they come sorted by day."""
    day = taps["service_day"]
    if not day.is_sorted():
        return {key[0]: part for key, part in taps.partition_by("service_day", as_dict=True).items()}
    parts, start = {}, 0
    while start < taps.height:
        end = int(day.search_sorted(day[start], side="right"))
        parts[day[start]] = taps.slice(start, end - start)
        start = end
    return parts


def _of(taps: pl.DataFrame, people: pl.Series) -> pl.DataFrame:
    return taps.filter(pl.col("volunteer_id").is_in(people.implode()))


def reaching_shifts(shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Shifts of which an event can lie on another plain service day than the shift's own."""
    first = service_day(pl.col("starts") - pl.col("margin"), book.service_day_start)
    last = service_day(pl.col("ends") + pl.col("margin"), book.service_day_start)
    return shifts.filter((first != pl.col("shift_day")) | (last != pl.col("shift_day")))


def last_moments(taps: pl.DataFrame, book: RuleBook) -> pl.Series:
    """Per tap: whether it lies so late in its service day that it can make one of the next day a bounce."""
    second = (pl.col("at") + (LOCAL_OFFSET - book.service_day_start)) % DAY
    return taps.select(second >= DAY - book.largest("bounce_within")).to_series()


def _special(
    by_day: dict[date, pl.DataFrame], shifts: pl.DataFrame, events: Events, book: RuleBook
) -> pl.Series:
    """Volunteers of whom there is more than taps, or whose days hang together."""
    reaching = reaching_shifts(shifts, book).select("shift_id")
    late = [taps.filter(last_moments(taps, book))["volunteer_id"] for taps in by_day.values()]
    return pl.concat(
        [
            events.check_ins["volunteer_id"],
            events.honour_records["volunteer_id"],
            events.sign_ups.join(reaching, on="shift_id", how="semi")["volunteer_id"],
            *late,
        ]
    ).unique()


def _packed(taps: pl.DataFrame, day: date, book: RuleBook) -> Day | None:
    """None where the keys would not fit or a device stands at two sites."""
    first_second, _ = day_bounds(day, book.service_day_start)
    devices, device = _coded(taps["device_no"])
    sites, site = _coded(taps["site_id"])
    site_of_device = np.zeros(len(devices), dtype=np.int64)
    site_of_device[device] = site
    number = taps["device_seq"].cast(pl.Int64).to_numpy()
    numbers = int(number.min()), int(number.max())
    first_number = np.full(len(devices), np.iinfo(np.int64).max)
    np.minimum.at(first_number, device, number)
    number = number - first_number[device]
    free = KEY_BITS - SECOND_BITS - _bits(len(devices)) - _bits(int(number.max()) + 1)
    volunteers, volunteer, count = _volunteers(taps["volunteer_id"], free)
    if not (site_of_device[device] == site).all() or _bits(count) > free:
        return None
    second = taps["at"].to_numpy() - first_second
    directed = (taps["is_directed"] & taps["direction"].is_not_null()).fill_null(value=False).arg_true()
    return Day(
        volunteer=volunteer,
        second=second,
        device=device,
        number=number,
        directed=directed.to_numpy(),
        leaves=(taps["direction"].gather(directed) == "out").to_numpy(),
        volunteers=volunteers,
        volunteer_count=count,
        devices=devices,
        sites=sites,
        site_of_device=site_of_device,
        first_number=first_number,
        first_second=first_second,
        numbers=numbers,
    )


def _bits(count: int) -> int:
    return max(count - 1, 1).bit_length()


def _coded(column: pl.Series) -> tuple[pl.Series, np.ndarray]:
    """The distinct values in order, and each row's position among them."""
    if isinstance(column.dtype, pl.Enum):
        return column.dtype.categories, column.to_physical().cast(pl.Int64).to_numpy()
    if column.dtype == pl.String:
        values = column.unique().sort()
        return values, column.cast(pl.Enum(values)).to_physical().cast(pl.Int64).to_numpy()
    low, high = column.min(), column.max()
    assert isinstance(low, int)
    assert isinstance(high, int)
    if high - low <= 4 * len(column) + 1000:
        return pl.int_range(low, high + 1, eager=True, dtype=pl.Int64), column.to_numpy() - low
    values = column.unique().sort()
    return values, values.search_sorted(column).cast(pl.Int64).to_numpy()


def _volunteers(column: pl.Series, free_bits: int) -> tuple[pl.Series | int, np.ndarray, int]:
    """Codes that fit `free_bits` if any do, and how many there can be: the distance from the smallest id (then that
    id is the table) unless ids lie far apart."""
    low, high = column.min(), column.max()
    if isinstance(low, int) and isinstance(high, int):
        count = high - low + 1
        if _bits(count) <= free_bits and count <= 64 * len(column) + 100_000:
            return low, column.to_numpy() - low, count
    values, codes = _coded(column)
    return values, codes, len(values)


def _shifts_of(day: date, packed: Day, shifts: pl.DataFrame, events: Events) -> DayShifts:
    """The shifts of `day` and who signed up for which; whoever did for several is manifold."""
    own = shifts.filter(pl.col("shift_day") == day).with_row_index("shift")
    signed = (
        events.sign_ups.join(own.select("shift_id", "shift"), on="shift_id")
        .select("volunteer_id", "shift")
        .unique()
    )
    code = packed.codes(signed["volunteer_id"])
    is_here = code >= 0
    code, shift = code[is_here], signed["shift"].cast(pl.Int64).to_numpy()[is_here]
    is_manifold = np.zeros(packed.volunteer_count, dtype=bool)
    shift_of = np.full(packed.volunteer_count if len(code) else 0, -1, dtype=np.int64)
    shift_of[code] = shift
    is_manifold[code[shift_of[code] != shift]] = True
    sites = events.shift_sites.join(own.select("shift_id", "shift"), on="shift_id").join(
        pl.DataFrame({"site_id": packed.sites}).with_row_index("site"), on="site_id"
    )
    site_keys = np.unique(
        sites["shift"].cast(pl.Int64).to_numpy() * len(packed.sites) + sites["site"].cast(pl.Int64).to_numpy()
    )
    begin = own["starts"].to_numpy() - packed.first_second
    end = own["ends"].to_numpy() - packed.first_second
    return DayShifts(
        shift_of=shift_of,
        is_manifold=is_manifold,
        site_keys=site_keys,
        ids=own["shift_id"],
        begin=begin,
        end=end,
        margin=own["margin"].to_numpy(),
        planned=own["planned_minutes"].to_numpy(),
        share=own["share"].cast(pl.Float64).fill_null(0).to_numpy(),
    )


def _work_out(
    taps: Day, shifts: DayShifts, apart: np.ndarray, at: tuple[date, RuleBook, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(sessions, bounces) of the volunteers who are not `apart`; marks more of them as apart."""
    day, book, at_once = at
    rules = book.on(day)

    def work_out(keys: SortedKeys) -> tuple[pl.DataFrame, SortedTaps]:
        order = keys.unpacked()
        # Some people's taps: what is marked in `apart` is nobody else's, so others can go on beside.
        gap = np.diff(order.moment, prepend=order.moment[0] - (1 << SECOND_BITS))
        placed = order.placed(taps, shifts)
        apart[mixed_volunteers(placed, gap)] = True
        is_bounce = gap <= rules.bounce_within
        found = sessions_of(placed.only(np.flatnonzero(~is_bounce)), shifts, apart, rules)
        sessions = rows_of(found, taps, shifts.ids, (day, book))
        is_bounce &= ~apart[placed.volunteer]
        return sessions, order.only(np.flatnonzero(is_bounce))

    parts = side_by_side(work_out, _sorted(taps).some_people_at_a_time(ROWS_AT_ONCE), at_once)
    sessions, bounces = zip(*parts, strict=True)
    return pl.concat(sessions), bounces_of(bounces, taps, day)


def _sorted(taps: Day) -> SortedKeys:
    """The one sort."""
    number_bits, device_bits = _bits(int(taps.number.max()) + 1), _bits(len(taps.devices))
    key = taps.volunteer << SECOND_BITS
    key |= taps.second
    key <<= device_bits
    key |= taps.device
    key <<= number_bits
    key |= taps.number
    # In order, so that the search goes through the keys once.
    in_order = np.argsort(key[taps.directed])
    directed, leave = key[taps.directed][in_order], taps.leaves[in_order]
    key.sort()
    leaves = None
    if len(directed):
        leaves = np.full(len(key), -1, dtype=np.int8)
        leaves[np.searchsorted(key, directed)] = leave
    return SortedKeys(key, leaves, device_bits, number_bits, taps.first_number)
