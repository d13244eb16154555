"""Section 9: which service days a changed event can alter, and which days a far honour record looks at.

Here: following events through shifts and intervals to days. Never here: working the days out.
"""

from __future__ import annotations

import polars as pl

from warehouse.timekeeping.days import overlap_reach, seconds, service_day
from warehouse.timekeeping.engine import usable_shifts
from warehouse.timekeeping.events import Events
from warehouse.timekeeping.pairing import memberships
from warehouse.timekeeping.rules import RuleBook

TOUCHED = ["volunteer_id", "service_day"]


def honour_days_needed(records: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """volunteer_id, service_day: days whose credit sessions can meet the intervals of `records`.

    What these days need (`tap_days_needed`, `shift_days_needed`) must be given for these volunteers.
    """
    near = pl.duration(days=overlap_reach(book))
    first = service_day(seconds("started_at"), book.service_day_start) - near
    last = service_day(seconds("ended_at") - 1, book.service_day_start)
    return (
        records.filter(pl.col("ended_at") > pl.col("started_at"))
        .select("volunteer_id", service_day=pl.date_ranges(first, last))
        .explode("service_day")
        .unique()
        .sort(TOUCHED)
    )


def days_touched_by(changed: Events, events: Events, book: RuleBook) -> pl.DataFrame:
    """volunteer_id, service_day: every day that `changed` can alter, by way of `events`, sorted.

    `changed`: rows that came, went or changed, each changed one as it was and as it is; its sites are left out
    of account (a moved site can raise or end `impossible_travel` on any day with events there: work these out
    again). `events`: shifts, shift_sites, sign_ups, check_ins and honour records as they are now; no taps.
    """
    changed, events = changed.checked(), events.checked()
    both = Events(
        taps=changed.taps,
        **{
            name: pl.concat([getattr(events, name), getattr(changed, name)], how="vertical_relaxed").unique()
            for name in ("shifts", "shift_sites", "sign_ups", "check_ins", "honour_records")
        },
    ).checked()
    shifts = usable_shifts(both.shifts, book)
    credit = pl.concat(
        [
            _by_taps(changed, both, shifts, book),
            _by_check_ins(changed, shifts, book),
            _by_shifts(changed, both, shifts, book),
        ]
    ).unique()
    credit = pl.concat([credit, _neighbours(credit, both, shifts, book)]).unique()
    return (
        pl.concat([credit, _honours_over(credit, both, book), _by_honours(changed, both, book)])
        .unique()
        .sort(TOUCHED)
    )


def _by_taps(changed: Events, both: Events, shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """The plain day, the days of shifts it may belong to, and the same for a tap that it makes a bounce."""
    bounce = book.largest("bounce_within")
    taps = changed.taps.with_columns(at=seconds("tapped_at"))
    reached = pl.col("at").is_between(
        pl.col("starts") - pl.col("margin") - bounce, pl.col("ends") + pl.col("margin")
    )
    in_shifts = taps.join(
        memberships(shifts, both.shift_sites, both.sign_ups), on=["volunteer_id", "site_id"]
    ).filter(reached)
    plain = [
        taps.select("volunteer_id", service_day=service_day(pl.col("at") + later, book.service_day_start))
        for later in (0, bounce)
    ]
    return pl.concat([*plain, in_shifts.select("volunteer_id", service_day="shift_day")])


def _by_check_ins(changed: Events, shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    check_ins = changed.check_ins.join(shifts.select("shift_id", "shift_day"), on="shift_id")
    own = service_day(seconds("occurred_at"), book.service_day_start)
    return pl.concat(
        [
            check_ins.select("volunteer_id", service_day="shift_day"),
            check_ins.select("volunteer_id", service_day=own),
        ]
    )


def _by_shifts(changed: Events, both: Events, shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """A shift, its sites or a sign-up changed: its day, the plain days of its taps, and the shifts that compete."""
    people = pl.concat(
        [both.sign_ups.select("shift_id", "volunteer_id"), both.check_ins.select("shift_id", "volunteer_id")]
    ).unique()
    moved = pl.concat([changed.shifts.select("shift_id"), changed.shift_sites.select("shift_id")]).unique()
    touched = pl.concat(
        [people.join(moved, on="shift_id", how="semi"), changed.sign_ups.select("shift_id", "volunteer_id")]
    ).unique()
    windows = shifts.select(
        "shift_id",
        "shift_day",
        opens=pl.col("starts") - pl.col("margin"),
        closes=pl.col("ends") + pl.col("margin"),
    )
    touched = touched.join(windows, on="shift_id")
    first, last = (service_day(pl.col(end), book.service_day_start) for end in ("opens", "closes"))
    rivals = (
        touched.select("volunteer_id", "opens", "closes")
        .join(both.sign_ups.join(windows, on="shift_id"), on="volunteer_id", suffix="_rival")
        .filter((pl.col("opens") <= pl.col("closes_rival")) & (pl.col("opens_rival") <= pl.col("closes")))
    )
    return pl.concat(
        [
            touched.select("volunteer_id", service_day="shift_day"),
            touched.select("volunteer_id", service_day=pl.date_ranges(first, last)).explode("service_day"),
            rivals.select("volunteer_id", service_day="shift_day"),
        ]
    )


def _neighbours(touched: pl.DataFrame, both: Events, shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Days that a touched day reaches by overlap: through a shift that runs on past the end of its day."""
    last = service_day(pl.col("ends") - 1, book.service_day_start)
    spans = (
        pl.concat(
            [both.sign_ups.select(TOUCHED[0], "shift_id"), both.check_ins.select(TOUCHED[0], "shift_id")]
        )
        .unique()
        .join(shifts.select("shift_id", "shift_day", last=last), on="shift_id")
        .filter(pl.col("last") > pl.col("shift_day"))
        .select(
            "volunteer_id", "shift_day", day=pl.date_ranges(pl.col("shift_day") + pl.duration(days=1), "last")
        )
        .explode("day")
    )
    later = touched.join(spans, left_on=TOUCHED, right_on=["volunteer_id", "shift_day"]).select(
        "volunteer_id", service_day="day"
    )
    earlier = touched.join(spans, left_on=TOUCHED, right_on=["volunteer_id", "day"]).select(
        "volunteer_id", service_day="shift_day"
    )
    return pl.concat([later, earlier])


def _honours_over(touched: pl.DataFrame, both: Events, book: RuleBook) -> pl.DataFrame:
    """Days stated by honour records whose interval sessions of a touched day can meet."""
    records = both.honour_records.select("volunteer_id", "started_at", "ended_at", stated="service_day")
    near = pl.duration(days=overlap_reach(book))
    first = service_day(seconds("started_at"), book.service_day_start) - near
    last = service_day(seconds("ended_at") - 1, book.service_day_start)
    return (
        records.with_columns(first=first, last=last)
        .join(touched, on="volunteer_id")
        .filter(pl.col("service_day").is_between(pl.col("first"), pl.col("last")))
        .select("volunteer_id", service_day="stated")
    )


def _by_honours(changed: Events, both: Events, book: RuleBook) -> pl.DataFrame:
    """Days stated by the changed records and by those whose minutes or flags depend on them."""
    rows, records = changed.honour_records, both.honour_records
    other = records.select(
        "volunteer_id", "started_at", "ended_at", "entered_by", "entered_at", "shift_id", "service_day"
    )
    over = (
        rows.join(other, on="volunteer_id", suffix="_other")
        .filter(
            (pl.col("started_at") < pl.col("ended_at_other"))
            & (pl.col("started_at_other") < pl.col("ended_at"))
        )
        .select("volunteer_id", service_day="service_day_other")
    )
    apart = (pl.col("entered_at") - pl.col("entered_at_other")).abs()
    burst = (
        rows.join(other, on="entered_by", suffix="_other")
        .filter(apart <= pl.duration(seconds=book.largest("burst_within")))
        .select(volunteer_id="volunteer_id_other", service_day="service_day_other")
    )
    in_turn = (
        rows.select("approved_by", beneficiary="volunteer_id")
        .join(other, left_on=["approved_by", "beneficiary"], right_on=["volunteer_id", "entered_by"])
        .select(volunteer_id="approved_by", service_day="service_day")
    )
    planned = other.join(changed.shifts.select("shift_id"), on="shift_id", how="semi").select(TOUCHED)
    return pl.concat([rows.select(TOUCHED), over, burst, in_turn, planned])
