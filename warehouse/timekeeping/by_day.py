"""Many service days one after the other, with no more in memory than a few of them.

Here: which events a day is given, and reading them when they are due. Never here: a rule; where taps are kept.

Nearly everybody's day stands alone. Only near people need taps of other days: those with a shift that reaches across
04:00, with a tap just before 04:00, or with an honour record whose interval lies on other days than it states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

import polars as pl

from warehouse.timekeeping.days import seconds, shift_days_needed, tap_days_needed
from warehouse.timekeeping.engine import keep_time, usable_shifts
from warehouse.timekeeping.events import Events, TimeKept
from warehouse.timekeeping.one_place import last_moments, reaching_shifts
from warehouse.timekeeping.reach import honour_days_needed
from warehouse.timekeeping.rules import RuleBook
from warehouse.timekeeping.side_by_side import side_by_side

TapsOf = Callable[[date], pl.DataFrame]


def keep_time_by_day(
    days: Iterable[date],
    taps_of: TapsOf,
    events: Events | DayByDay,
    book: RuleBook,
    *,
    near_taps_of: TapsOf | None = None,
    at_once: int = 2,
    as_codes: bool = False,
) -> Iterator[tuple[date, TimeKept]]:
    """Yield (day, what `keep_time` returns for it) in the order of `days`; together they equal the rebuild.

    taps_of: the accepted taps of one plain service day (columns of Events.taps; no rows where there are none), called
    from several threads. near_taps_of: the same, or only those of near people and late ones. events: everything
    but taps, or a `DayByDay` of it. `at_once` days are worked on side by side. as_codes: of `keep_time`.
    """
    days = list(days)
    each = events if isinstance(events, DayByDay) else DayByDay(events, book)
    near_taps_of = near_taps_of or taps_of

    def work_out(day: date) -> tuple[date, TimeKept]:
        given = each.events_of(day)
        taps = [taps_of(day), *each.taps_near(day, near_taps_of)]
        taps.sort(key=lambda part: part["service_day"].min() or day)
        events = Events(**{**vars(given), "taps": pl.concat(taps)})
        # Days side by side leave no core for parts of a day.
        return day, keep_time(events, [day], book, as_codes=as_codes, at_once=1 if len(days) > 1 else at_once)

    yield from side_by_side(work_out, days, at_once)


class DayByDay:
    """All events but taps, laid out by the days that need them. near_people: who needs taps of other days, on some
    day, sorted."""

    def __init__(self, events: Events, book: RuleBook) -> None:
        self._book, self.events = book, events
        shifts = usable_shifts(events.shifts, book)
        days = shifts.select("shift_id", "shift_day")
        reaching = reaching_shifts(shifts, book).select("shift_id")
        self._of_day = {
            name: _by_day(getattr(events, name).join(days, on="shift_id"), "shift_day")
            for name in ("shifts", "shift_sites", "sign_ups", "check_ins")
        }
        going_far = pl.concat(
            frame.join(reaching, on="shift_id", how="semi").select("volunteer_id", "shift_id")
            for frame in (events.sign_ups, events.check_ins)
        )
        self._near = _by_day(
            going_far.join(days, on="shift_id").select("volunteer_id", "shift_day").unique(), "shift_day"
        )
        records = events.honour_records
        self._stated = _by_day(records, "service_day")
        self._approved = (
            records.filter("is_approved").drop_nulls("approved_by").unique(["approved_by", "volunteer_id"])
        )
        far = honour_days_needed(records, book)["volunteer_id"]
        self.near_people = pl.concat([going_far["volunteer_id"], far]).unique().sort()
        self._of_near = {
            name: _by_day(_of(getattr(events, name), self.near_people).join(days, on="shift_id"), "shift_day")
            for name in ("sign_ups", "check_ins")
        }

    def are_near(self, volunteers: pl.Series) -> pl.Series:
        """Which of `volunteers` are near people."""
        return volunteers.is_in(self.near_people.implode()).fill_null(value=False)

    def are_late(self, taps: pl.DataFrame) -> pl.Series:
        """Which of `taps` (at: seconds) are so late in their day that the next one needs them, whoever's they are."""
        return last_moments(taps, self._book)

    def events_of(self, day: date) -> Events:
        """What `day` needs of everything but taps."""
        stated = self._stated.get(day, self.events.honour_records.clear())
        near_days = shift_days_needed([day, *self._far_days(stated)], self._book)
        people = self._people(day, stated)
        others = [near for near in near_days if near != day]
        given, of_others = {}, []
        for name in ("sign_ups", "check_ins"):
            of_near = _of(self._given(name, others, self._of_near), people)
            given[name] = pl.concat([self._given(name, [day]), of_near])
            of_others.append(of_near.select("shift_id"))
        needed = pl.concat(of_others).unique()
        for name in ("shifts", "shift_sites"):
            theirs = self._given(name, others).join(needed, on="shift_id", how="semi")
            given[name] = pl.concat([self._given(name, [day]), theirs])
        related = self._related(stated)
        # Shifts of records are needed too: their plan limits the minutes.
        named = related.select("shift_id").drop_nulls().unique()
        if named.height:
            far = self.events.shifts.join(named, on="shift_id", how="semi")
            given["shifts"] = pl.concat([given["shifts"], far]).unique("shift_id", maintain_order=True)
        return Events(taps=self.events.taps, honour_records=related, sites=self.events.sites, **given)

    def taps_near(self, day: date, near_taps_of: TapsOf) -> list[pl.DataFrame]:
        """The taps of other plain days that `day` needs."""
        stated = self._stated.get(day, self.events.honour_records.clear())
        people = self._people(day, stated)
        eve = day - timedelta(days=1)
        parts = []
        for near in tap_days_needed([day, *self._far_days(stated)], self._book):
            if near == day:
                continue
            taps = near_taps_of(near)
            is_due = taps["volunteer_id"].is_in(people.implode())
            if near == eve:
                is_due |= last_moments(taps.select(at=seconds("tapped_at")), self._book)
            parts.append(taps.filter(is_due))
        return parts

    def _given(
        self, name: str, days: Iterable[date], by: dict[str, dict[date, pl.DataFrame]] | None = None
    ) -> pl.DataFrame:
        nothing = getattr(self.events, name).clear()
        parts = (by or self._of_day)[name]
        return pl.concat([nothing, *(parts[near].select(nothing.columns) for near in days if near in parts)])

    def _far_days(self, stated: pl.DataFrame) -> list[date]:
        return honour_days_needed(stated, self._book)["service_day"].unique().to_list()

    def _people(self, day: date, stated: pl.DataFrame) -> pl.Series:
        """Who needs taps, shifts and check-ins of other days to work out `day`."""
        near = [self._near[other] for other in shift_days_needed([day], self._book) if other in self._near]
        far = honour_days_needed(stated, self._book).select("volunteer_id")
        return pl.concat([far, *(part.select("volunteer_id") for part in near)])["volunteer_id"].unique()

    def _related(self, stated: pl.DataFrame) -> pl.DataFrame:
        """`stated` and the records that bear on them: of the same volunteer at the same time, entered by the same
        person at about the same time, or approved in turn."""
        if stated.is_empty():
            return stated
        records = self.events.honour_records
        span = stated.select(
            pl.col("started_at").min(),
            pl.col("ended_at").max(),
            first=pl.col("entered_at").min() - timedelta(seconds=self._book.largest("burst_within")),
            last=pl.col("entered_at").max() + timedelta(seconds=self._book.largest("burst_within")),
        )
        start, end, first, last = (pl.lit(span[name]).first() for name in span.columns)
        meets = (pl.col("started_at") < end) & (pl.col("ended_at") > start)
        together = pl.col("entered_at").is_between(first, last)
        in_turn = self._approved.join(
            stated,
            left_on=["approved_by", "volunteer_id"],
            right_on=["volunteer_id", "entered_by"],
            how="semi",
        )
        parts = [
            records.filter(meets).join(stated, on="volunteer_id", how="semi"),
            records.filter(together).join(stated, on="entered_by", how="semi"),
            in_turn.select(records.columns),
        ]
        return pl.concat([stated, *parts]).unique("record_id", maintain_order=True)


def _by_day(rows: pl.DataFrame, day: str) -> dict[date, pl.DataFrame]:
    return {key[0]: part for key, part in rows.partition_by(day, as_dict=True).items()}


def _of(rows: pl.DataFrame, people: pl.Series) -> pl.DataFrame:
    return rows.filter(pl.col("volunteer_id").is_in(people.implode()))
