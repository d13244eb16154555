"""Most taps: volunteers who, on a day, only used toggle readers at one standing post.

Here: sections 3 to 7 for them, by one sort of packed 64-bit keys and comparisons of neighbours.
Never here: shifts, check-ins, honour records, directed readers, several sites a day. Whoever has one of these goes
through the files that follow the rules section by section; the results are the same, this is only faster.

All that orders a tap is packed into one integer: volunteer, second of the service day, device, number of the tap.
Between two volunteers lies more than any gap within a day, so one difference tells bounce, pair and new volunteer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from warehouse.timekeeping.days import DAY, LOCAL_OFFSET, day_bounds
from warehouse.timekeeping.events import SESSION_COLUMNS
from warehouse.timekeeping.rules import RuleBook, Rules

# 2^18 s leaves two days between the last second of one volunteer and the first of the next.
SECOND_BITS = 18
KEY_BITS = 63


@dataclass(frozen=True)
class Standing:
    """Sessions (SESSION_COLUMNS, sorted by volunteer and time) by day; the bounces among these taps; and the
    taps that remain for the general way."""

    sessions: dict[date, pl.DataFrame]
    bounces: list[pl.DataFrame]
    rest: pl.DataFrame


@dataclass(frozen=True)
class _Sorted:
    """Taps in the order volunteer, time, device, number. moment: volunteer and second packed."""

    moment: np.ndarray
    device: np.ndarray
    number: np.ndarray

    def only(self, rows: np.ndarray) -> _Sorted:
        return _Sorted(self.moment[rows], self.device[rows], self.number[rows])

    @property
    def volunteer(self) -> np.ndarray:
        return self.moment >> SECOND_BITS

    @property
    def second(self) -> np.ndarray:
        return self.moment & ((1 << SECOND_BITS) - 1)


@dataclass(frozen=True)
class _Day:
    """Taps of one day as arrays: codes that sort as what they stand for, and the tables to decode them."""

    volunteer: np.ndarray
    second: np.ndarray
    device: np.ndarray
    number: np.ndarray
    volunteers: pl.Series | int
    devices: pl.Series
    sites: pl.Series
    site_of_device: np.ndarray
    first_number: np.ndarray


def standing_posts(taps: pl.DataFrame, special: pl.Series, days: Iterable[date], book: RuleBook) -> Standing:
    """Work out `days` for all volunteers but `special` (who have sign-ups, check-ins or honour records).

    `taps`: the columns of Events.taps, and at (seconds).
    """
    if book.largest("pair_within") > DAY or book.largest("bounce_within") > DAY:
        return Standing({}, [], taps)
    special = pl.concat([special, _beyond_one_day_or_toggle(taps, book)]).unique()
    is_special = pl.col("volunteer_id").is_in(special.implode())
    rest = [taps.filter(is_special) if special.len() else taps.clear()]
    simple = taps.filter(~is_special) if special.len() else taps
    sessions, bounces = {}, []
    if simple["service_day"].n_unique() == 1:
        by_day = {simple["service_day"][0]: simple}
    else:
        by_day = {key[0]: part for key, part in simple.partition_by("service_day", as_dict=True).items()}
    for day in sorted(set(days)):
        if day not in by_day:
            continue
        packed = _packed(by_day[day], day, book)
        if packed is None:
            rest.append(by_day[day])
            continue
        sessions[day], bounced, mixed = _work_out(packed, day, book.on(day))
        bounces.append(bounced)
        if mixed.len():
            rest.append(by_day[day].filter(pl.col("volunteer_id").is_in(mixed.implode())))
    return Standing(sessions, bounces, pl.concat(rest))


def _beyond_one_day_or_toggle(taps: pl.DataFrame, book: RuleBook) -> pl.Series:
    """Volunteers with a tap at a directed reader, or so late in a service day that it can make one of the next
    day a bounce."""
    second = (pl.col("at") + (LOCAL_OFFSET - book.service_day_start)) % DAY
    return taps.filter(pl.col("is_directed") | (second >= DAY - book.largest("bounce_within")))[
        "volunteer_id"
    ]


def _packed(taps: pl.DataFrame, day: date, book: RuleBook) -> _Day | None:
    """None where the keys would not fit or a device stands at two sites."""
    first_second, _ = day_bounds(day, book.service_day_start)
    devices, device = _coded(taps["device_no"])
    sites, site = _coded(taps["site_id"])
    site_of_device = np.zeros(len(devices), dtype=np.int64)
    site_of_device[device] = site
    number = taps["device_seq"].cast(pl.Int64).to_numpy()
    first_number = np.full(len(devices), np.iinfo(np.int64).max)
    np.minimum.at(first_number, device, number)
    number = number - first_number[device]
    free = KEY_BITS - SECOND_BITS - _bits(len(devices)) - _bits(int(number.max()) + 1)
    volunteers, volunteer = _volunteers(taps["volunteer_id"], free)
    if not (site_of_device[device] == site).all() or _bits(int(volunteer.max()) + 1) > free:
        return None
    second = taps["at"].to_numpy() - first_second
    return _Day(volunteer, second, device, number, volunteers, devices, sites, site_of_device, first_number)


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


def _volunteers(column: pl.Series, free_bits: int) -> tuple[pl.Series | int, np.ndarray]:
    """Codes that fit `free_bits` if any do: the distance from the smallest id (then that id is the table)."""
    low, high = column.min(), column.max()
    if isinstance(low, int) and isinstance(high, int) and _bits(high - low + 1) <= free_bits:
        return low, column.to_numpy() - low
    return _coded(column)


def _work_out(taps: _Day, day: date, rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """(sessions, bounces, volunteers at several sites, of whom nothing is worked out)."""
    order = _sorted(taps)
    gap = np.diff(order.moment, prepend=order.moment[0] - (1 << SECOND_BITS))
    site = taps.site_of_device[order.device]
    elsewhere = np.zeros(len(gap), dtype=bool)
    elsewhere[1:] = (gap[1:] < DAY) & (site[1:] != site[:-1])
    mixed = np.unique(order.volunteer[elsewhere])
    kept = gap > rules.bounce_within
    bounced = ~kept
    if len(mixed):
        is_mixed = np.zeros(int(order.volunteer[-1]) + 1, dtype=bool)
        is_mixed[mixed] = True
        apart = ~is_mixed[order.volunteer]
        kept &= apart
        bounced &= apart
    sessions = _described(_pairs(order.only(kept), rules), taps, day, rules)
    return sessions, _bounces(order.only(bounced), taps, day, rules), _ids(taps, mixed)


def _sorted(taps: _Day) -> _Sorted:
    """The one sort."""
    number_bits, device_bits = _bits(int(taps.number.max()) + 1), _bits(len(taps.devices))
    key = (taps.volunteer << SECOND_BITS) | taps.second
    key = (key << (device_bits + number_bits)) | (taps.device << number_bits) | taps.number
    key = np.sort(key)
    device = (key >> number_bits) & ((1 << device_bits) - 1)
    number = (key & ((1 << number_bits) - 1)) + taps.first_number[device]
    return _Sorted(key >> (device_bits + number_bits), device, number)


def _ids(taps: _Day, volunteer: np.ndarray) -> pl.Series:
    if isinstance(taps.volunteers, int):
        return pl.Series("volunteer_id", volunteer + taps.volunteers)
    return taps.volunteers.gather(volunteer).alias("volunteer_id")


def _bounces(bounced: _Sorted, taps: _Day, day: date, rules: Rules) -> pl.DataFrame:
    first_second, _ = day_bounds(day, rules.service_day_start)
    return pl.DataFrame(
        {
            "volunteer_id": _ids(taps, bounced.volunteer),
            "site_id": taps.sites.gather(taps.site_of_device[bounced.device]),
            "device_no": taps.devices.gather(bounced.device),
            "device_seq": bounced.number,
            "tapped_at": pl.Series((bounced.second + first_second) * 1_000_000).cast(pl.Datetime("us")),
        }
    ).with_columns(service_day=pl.lit(day))


def _pairs(kept: _Sorted, rules: Rules) -> pl.DataFrame:
    """Section 4 for toggle readers, then minutes: one site a day leaves nothing for sections 2 and 6 to do."""
    moment = kept.moment
    row = np.arange(len(moment))
    starts = np.diff(moment, prepend=-DAY * 8) > rules.pair_within
    in_run = row - np.maximum.accumulate(np.where(starts, row, 0))
    opening = row[in_run & 1 == 0]
    is_closed = np.zeros(len(row), dtype=bool)
    is_closed[:-1] = ~starts[1:]
    is_closed = is_closed[opening]
    closing = np.minimum(opening + 1, len(row) - 1)
    stay = np.where(is_closed, moment[closing] - moment[opening], 0)
    raw = stay // 60
    is_counted = is_closed & (raw >= rules.session_shortest_minutes)
    net = np.where(is_counted, raw, 0)
    volunteer = kept.volunteer[opening]
    total = np.cumsum(net)
    is_first = np.diff(volunteer, prepend=-1) != 0
    before = total - net
    before = before - np.maximum.accumulate(np.where(is_first, before, 0))
    settled = np.minimum(before + net, rules.settled_up_to_minutes) - np.minimum(
        before, rules.settled_up_to_minutes
    )
    void = np.maximum(before + net, rules.city_review_up_to_minutes) - np.maximum(
        before, rules.city_review_up_to_minutes
    )
    return pl.DataFrame(
        {
            "volunteer": volunteer,
            "device": kept.device[opening],
            "out_device": kept.device[closing],
            "number": kept.number[opening],
            "out_number": kept.number[closing],
            "is_closed": is_closed,
            "is_counted": is_counted,
            "second": kept.second[opening],
            "stay": stay,
            "raw_minutes": raw,
            "net_minutes": net,
            "settled_minutes": settled,
            "review_minutes": net - settled - void,
            "void_minutes": void,
        }
    )


def _described(frame: pl.DataFrame, taps: _Day, day: date, rules: Rules) -> pl.DataFrame:
    """The sessions with all their columns."""
    site_of_device = taps.sites.gather(taps.site_of_device)
    post = pl.concat_str(
        pl.lit("/site/"),
        pl.lit(site_of_device.cast(pl.String)),
        pl.lit("/CARD/"),
        pl.lit(taps.devices),
        pl.lit(":"),
    )
    tables = pl.select(reader=pl.concat_str(pl.lit(taps.devices), pl.lit(":")), post=post)
    number = pl.col("number").cast(pl.String)
    first_second, _ = day_bounds(day, rules.service_day_start)
    in_at = (pl.col("second") + first_second) * 1_000_000
    return (
        frame.with_columns(_ids(taps, frame["volunteer"].to_numpy()))
        .select(
            session_id=pl.concat_str(
                pl.col("volunteer_id").cast(pl.String),
                pl.lit(tables["post"]).gather(pl.col("device")),
                number,
            ),
            volunteer_id="volunteer_id",
            service_day=pl.lit(day),
            channel=pl.lit("CARD"),
            place_kind=pl.lit("site"),
            site_id=pl.lit(site_of_device).gather(pl.col("device")),
            opening_event_id=pl.concat_str(pl.lit(tables["reader"]).gather(pl.col("device")), number),
            closing_event_id=pl.when("is_closed").then(
                pl.concat_str(
                    pl.lit(tables["reader"]).gather(pl.col("out_device")),
                    pl.col("out_number").cast(pl.String),
                )
            ),
            in_at=in_at.cast(pl.Datetime("us")),
            out_at=pl.when("is_closed").then((in_at + pl.col("stay") * 1_000_000).cast(pl.Datetime("us"))),
            raw_minutes="raw_minutes",
            overlap_minutes=pl.lit(0, dtype=pl.Int64),
            net_minutes="net_minutes",
            settled_minutes="settled_minutes",
            review_minutes="review_minutes",
            void_minutes="void_minutes",
            verdict=pl.when(~pl.col("is_closed"))
            .then(pl.lit("missing_out"))
            .when("is_counted")
            .then(pl.lit("counted"))
            .otherwise(pl.lit("too_short")),
            hour_kind=pl.lit("credit"),
            rule_version=pl.lit(rules.version),
        )
        .select(
            pl.lit(None, dtype=pl.Int64).alias(column) if column == "shift_id" else pl.col(column)
            for column in SESSION_COLUMNS
        )
    )
