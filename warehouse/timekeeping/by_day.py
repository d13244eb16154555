"""Many service days one after the other, with no more in memory than a few of them.

Here: which events a day is given, and reading them when they are due. Never here: a rule; where taps are kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache

import polars as pl

from warehouse.timekeeping.days import seconds, service_day, shift_days_needed, tap_days_needed
from warehouse.timekeeping.engine import keep_time
from warehouse.timekeeping.events import Events, TimeKept
from warehouse.timekeeping.reach import honour_days_needed
from warehouse.timekeeping.rules import RuleBook

# Days before, day and days after, and some room for records that look far back.
NEIGHBOURS_KEPT = 12


def keep_time_by_day(
    days: Iterable[date],
    taps_of: Callable[[date], pl.DataFrame],
    events: Events,
    book: RuleBook,
    *,
    at_once: int = 2,
) -> Iterator[tuple[date, TimeKept]]:
    """Yield (day, what `keep_time` returns for it) in the order of `days`; together they equal the rebuild.

    taps_of: the accepted taps of one plain service day (columns of Events.taps; no rows where there are none), called
    from several threads. events: everything but taps. `at_once` days are worked on side by side.
    """
    with_more = pl.concat(
        [frame["volunteer_id"] for frame in (events.sign_ups, events.check_ins, events.honour_records)]
    ).unique()

    @lru_cache(maxsize=NEIGHBOURS_KEPT)
    def neighbour(day: date) -> pl.DataFrame:
        return taps_of(day).filter(pl.col("volunteer_id").is_in(with_more.implode()))

    def work_out(day: date) -> tuple[date, TimeKept]:
        given, far = events_of_day(events, day, book)
        taps = [taps_of(day)]
        if with_more.len():
            near = [near for near in tap_days_needed([day], book) if near != day]
            taps += [_of(neighbour(near), _people(given)) for near in near]
            taps += [
                _of(neighbour(other), people)
                for other, people in far.items()
                if other not in near and other != day
            ]
        return day, keep_time(Events(**{**vars(given), "taps": pl.concat(taps)}), [day], book)

    with ThreadPoolExecutor(at_once) as pool:
        waiting = deque()
        for day in days:
            waiting.append(pool.submit(work_out, day))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def events_of_day(events: Events, day: date, book: RuleBook) -> tuple[Events, dict[date, pl.Series]]:
    """What `day` needs of `events` but taps; and for honour records whose interval lies elsewhere, the volunteers
    whose taps of other plain days it needs."""
    records = events.honour_records
    stated = records.filter(pl.col("service_day") == day)
    if stated.height:
        related = [
            records.join(stated, left_on=left, right_on=right, how="semi")
            for left, right in (
                (["volunteer_id"], ["volunteer_id"]),
                (["entered_by"], ["entered_by"]),
                (["approved_by", "volunteer_id"], ["volunteer_id", "entered_by"]),
            )
        ]
        stated_and_related = pl.concat([stated, *related]).unique("record_id", maintain_order=True)
    else:
        stated_and_related = stated
    far = honour_days_needed(stated, book)
    shift_days = shift_days_needed([day, *far["service_day"].to_list()], book)
    on_these = service_day(seconds("starts_at"), book.service_day_start).is_in(shift_days)
    shifts = events.shifts.filter(on_these)
    # Shifts of records are kept too: their plan limits the minutes.
    named = events.shifts.join(stated_and_related, on="shift_id", how="semi").join(
        shifts, on="shift_id", how="anti"
    )
    in_shifts = {
        name: getattr(events, name).join(shifts, on="shift_id", how="semi")
        for name in ("shift_sites", "sign_ups", "check_ins")
    }
    given = Events(
        taps=events.taps,
        shifts=pl.concat([shifts, named]),
        honour_records=stated_and_related,
        sites=events.sites,
        **in_shifts,
    )
    return given, _taps_far_away(far, book)


def _taps_far_away(far: pl.DataFrame, book: RuleBook) -> dict[date, pl.Series]:
    people: dict[date, list[pl.Series]] = {}
    for (day,), rows in far.group_by("service_day", maintain_order=True):
        assert isinstance(day, date)
        for needed in tap_days_needed([day], book):
            people.setdefault(needed, []).append(rows["volunteer_id"])
    return {day: pl.concat(parts).unique() for day, parts in people.items()}


def _people(events: Events) -> pl.Series:
    frames = (events.sign_ups, events.check_ins, events.honour_records)
    return pl.concat([frame["volunteer_id"] for frame in frames]).unique()


def _of(taps: pl.DataFrame, people: pl.Series) -> pl.DataFrame:
    return taps.filter(pl.col("volunteer_id").is_in(people.implode()))
