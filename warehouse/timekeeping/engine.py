"""Events to sessions: the sections of the rules in their order.

Here: the order of the steps, and which days are returned. Never here: a rule (each has its own file), input or
output, a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl

from warehouse.timekeeping import flags as raise_flags
from warehouse.timekeeping.days import moment, seconds, service_day
from warehouse.timekeeping.events import FLAG_COLUMNS, SESSION_COLUMNS, SESSION_TEXTS, Events, TimeKept
from warehouse.timekeeping.honour import honour_sessions
from warehouse.timekeeping.minutes import apply_ceilings, judge, raw_minutes, remove_overlap
from warehouse.timekeeping.one_place import OnePlace, one_place_days, taps_by_day
from warehouse.timekeeping.pairing import mark_bounces, memberships, pair_check_ins, pair_taps, place_taps
from warehouse.timekeeping.rules import RuleBook


def keep_time(
    events: Events,
    days: Iterable[date] | None,
    book: RuleBook,
    *,
    as_codes: bool = False,
    at_once: int = 2,
) -> TimeKept:
    """Sessions, flags and bounces of the service days `days` (None: of all days that the events touch).

    Sections 2 to 7 of the rules. `events` must hold what `tap_days_needed`, `shift_days_needed` and
    `honour_days_needed` name for `days`; more does no harm. as_codes: leave texts of few values (SESSION_TEXTS,
    rule_version, and device_no of bounces) Enums, which are cheaper to pass on. at_once: parts of a day that are worked
    on side by side. Raises BadEvents for missing columns or wrong types.
    """
    events = events.checked()
    taps = _with_coded_readers(events.taps).with_columns(at=seconds("tapped_at"))
    by_day = taps_by_day(taps)
    shifts = usable_shifts(events.shifts, book)
    wanted = None if days is None else sorted(set(days))
    tap_days = by_day.keys() if wanted is None else wanted
    one_place = one_place_days(by_day, shifts, events, tap_days, (book, at_once))
    rest = pl.concat([taps.clear(), *one_place.rest])
    if (
        rest.is_empty()
        and events.check_ins.is_empty()
        and events.honour_records.is_empty()
        and one_place.sessions
    ):
        found = _nothing(events, one_place)
    else:
        found = _section_by_section(events, rest, shifts, book)
    sessions = _only(found.sessions, wanted, "service_day")
    bounces = pl.concat([_only(found.bounces, wanted, "service_day"), *one_place.bounces])
    bounces = bounces.sort("service_day", "device_no", "device_seq")
    swiped = pl.concat([taps.clear(), *(by_day[day] for day in sorted(by_day.keys() & set(tap_days)))])
    flags = pl.concat(
        [
            _only(found.flags, wanted, "service_day"),
            _proxy_swipes(swiped, book),
            raise_flags.impossible_days(sessions),
            *(raise_flags.impossible_days(part) for part in one_place.sessions.values()),
        ]
    )
    sessions = _merged(sessions, one_place.sessions)
    return TimeKept(
        sessions=sessions if as_codes else sessions.with_columns(pl.col(pl.Enum).cast(pl.String)),
        flags=flags.sort(*FLAG_COLUMNS, nulls_last=True),
        bounces=bounces if as_codes else bounces.with_columns(pl.col("device_no").cast(pl.String)),
        unplaced=found.unplaced,
    )


def _with_coded_readers(taps: pl.DataFrame) -> pl.DataFrame:
    """`taps` with device_no as an Enum whose codes sort as the text does."""
    kind = taps.schema["device_no"]
    if isinstance(kind, pl.Enum) and kind.categories.is_sorted():
        return taps
    readers = pl.Enum(taps["device_no"].cast(pl.String).unique().sort())
    return taps.with_columns(pl.col("device_no").cast(pl.String).cast(readers))


def _nothing(events: Events, one_place: OnePlace) -> TimeKept:
    """What comes out section by section where everybody was at one place."""
    sessions, bounces = next(iter(one_place.sessions.values())), one_place.bounces[0]
    lost = ("source", "event_id", "volunteer_id", "shift_id", "reason")
    return TimeKept(
        sessions=sessions.clear().with_columns(pl.col("shift_id").cast(events.shifts.schema["shift_id"])),
        flags=pl.DataFrame(schema=FLAG_COLUMNS),
        bounces=bounces.clear(),
        unplaced=pl.DataFrame(schema=dict.fromkeys(lost, pl.String)),
    )


def _section_by_section(events: Events, taps: pl.DataFrame, shifts: pl.DataFrame, book: RuleBook) -> TimeKept:
    """Sections 2 to 7 and the flags about people, for `taps` and everything else, on all days that they touch."""
    sign_ups = events.sign_ups.join(taps.select("volunteer_id").unique(), on="volunteer_id", how="semi")
    taps = place_taps(taps, memberships(shifts, events.shift_sites, sign_ups))
    taps = mark_bounces(taps, book)
    check_ins, lost_check_ins = _split_by_shift(events.check_ins, shifts, "check_ins", "event_id")
    check_ins = _in_shift(check_ins, shifts)
    records, lost_records = _split_by_shift(events.honour_records, shifts, "honour_records", "record_id")

    sessions = pl.concat(
        [pair_taps(taps.filter(~pl.col("is_bounce")), book), pair_check_ins(check_ins, book)]
    )
    sessions = remove_overlap(judge(raw_minutes(sessions, shifts), book))
    records = records.with_columns(
        started=seconds("started_at"), ended=seconds("ended_at"), entered=seconds("entered_at")
    )
    honours = honour_sessions(records, shifts, _counted(sessions))
    kept = apply_ceilings(_both(sessions, honours), book)
    return TimeKept(
        sessions=kept.select(_outcome(book))
        .select(SESSION_COLUMNS)
        .cast({**SESSION_TEXTS, "rule_version": book.versions}),
        flags=_flags(_located(taps, check_ins, book), honours, events, book),
        bounces=_bounces(taps.filter("is_bounce")),
        unplaced=pl.concat([lost_check_ins, lost_records]),
    )


def _merged(sessions: pl.DataFrame, one_place: dict[date, pl.DataFrame]) -> pl.DataFrame:
    """Both in the order of the outcome. A volunteer's day is in one of them only, so volunteers decide."""
    if not one_place:
        return sessions
    shift = pl.col("shift_id").cast(sessions.schema["shift_id"])
    one_place = {day: frame.with_columns(shift) for day, frame in one_place.items()}
    if sessions.is_empty():
        parts = [one_place[day] for day in sorted(one_place)]
    else:
        general = {key[0]: part for key, part in sessions.partition_by("service_day", as_dict=True).items()}
        parts = []
        for day in sorted(general.keys() | one_place.keys()):
            both = [frames[day] for frames in (general, one_place) if day in frames]
            parts.append(both[0] if len(both) == 1 else _interleaved(*both))
    return pl.concat([sessions.clear(), *parts])


def _interleaved(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Both in the order of volunteer_id, by which each of them is sorted."""
    if first.schema["volunteer_id"] != pl.Int64:
        return first.merge_sorted(second, key="volunteer_id")
    both = pl.concat([first, second])
    # A stable sort finds the two runs and only merges them.
    order = pl.Series(np.argsort(both["volunteer_id"].to_numpy(), kind="stable"))
    return both.select(pl.all().gather(order))


def unplaced_events(events: Events, book: RuleBook) -> pl.DataFrame:
    """TimeKept.unplaced for `events`: check-ins and honour records of a shift that is not there or not usable."""
    shifts = usable_shifts(events.shifts, book)
    _, check_ins = _split_by_shift(events.check_ins, shifts, "check_ins", "event_id")
    _, records = _split_by_shift(events.honour_records, shifts, "honour_records", "record_id")
    return pl.concat([check_ins, records])


def usable_shifts(shifts: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Shifts that end after they start and are not too long: starts, ends (seconds), shift_day, margin,
    planned_minutes, share (of a million)."""
    starts = seconds("starts_at")
    return (
        shifts.with_columns(
            starts=starts,
            ends=seconds("ends_at"),
            shift_day=service_day(starts, book.service_day_start),
            share=(pl.col("min_attendance_permille") * 1000).round().cast(pl.Int64),
        )
        .with_columns(
            planned_minutes=(pl.col("ends") - pl.col("starts")) // 60,
            margin=book.value("shift_margin", pl.col("shift_day")),
            longest=book.value("shift_longest", pl.col("shift_day")),
        )
        .filter((pl.col("ends") - pl.col("starts")).is_between(1, pl.col("longest")))
    )


def _split_by_shift(
    rows: pl.DataFrame, shifts: pl.DataFrame, source: str, event_id: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    is_known = pl.col("shift_id").is_null() if source == "honour_records" else pl.lit(value=False)
    is_known = is_known | pl.col("shift_id").is_in(shifts["shift_id"].implode()).fill_null(value=False)
    lost = rows.filter(~is_known).select(
        source=pl.lit(source),
        event_id=pl.col(event_id).cast(pl.String),
        volunteer_id=pl.col("volunteer_id").cast(pl.String),
        shift_id=pl.col("shift_id").cast(pl.String),
        reason=pl.lit("unknown_shift"),
    )
    return rows.filter(is_known), lost.sort("source", "event_id")


def _in_shift(check_ins: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    return check_ins.join(
        shifts.select("shift_id", "starts", "ends", "margin", service_day="shift_day"), on="shift_id"
    ).with_columns(at=seconds("occurred_at"))


def _counted(sessions: pl.DataFrame) -> pl.DataFrame:
    return sessions.filter(pl.col("verdict").is_in(["counted", "overlapped"])).select(
        "volunteer_id", "in", "out"
    )


def _both(sessions: pl.DataFrame, honours: pl.DataFrame) -> pl.DataFrame:
    """Credit sessions and honour records in one frame."""
    site, event = sessions.schema["site_id"], pl.String
    honours = honours.select(
        "session_id",
        "volunteer_id",
        "service_day",
        "shift_id",
        "raw_minutes",
        "overlap_minutes",
        "net_minutes",
        "verdict",
        "rank",
        channel=pl.lit("HONOUR"),
        hour_kind=pl.lit("honour"),
        site_id=pl.lit(None, dtype=site),
        opening_event_id=pl.col("record_id").cast(event),
        closing_event_id=pl.lit(None, dtype=event),
        **{"in": pl.col("started"), "out": pl.col("ended")},
    )
    sessions = sessions.with_columns(hour_kind=pl.lit("credit"), rank=pl.lit(None, dtype=pl.Int64))
    return pl.concat([sessions.select(honours.columns), honours])


def _outcome(book: RuleBook) -> list[pl.Expr]:
    has_shift, has_site = pl.col("shift_id").is_not_null(), pl.col("site_id").is_not_null()
    return [
        pl.exclude("in", "out", "rank"),
        moment("in").alias("in_at"),
        moment("out").alias("out_at"),
        pl.when(has_shift).then(pl.lit("shift")).when(has_site).then(pl.lit("site")).alias("place_kind"),
        book.value("version", pl.col("service_day")).alias("rule_version"),
    ]


def _only(frame: pl.DataFrame, wanted: list[date] | None, column: str) -> pl.DataFrame:
    return frame if wanted is None else frame.filter(pl.col(column).is_in(wanted))


def _bounces(taps: pl.DataFrame) -> pl.DataFrame:
    return taps.select(
        "volunteer_id",
        "site_id",
        "device_no",
        "device_seq",
        "tapped_at",
        service_day="plain_day",
    )


def _located(taps: pl.DataFrame, check_ins: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """All events that say where a volunteer was."""
    event = pl.concat_str(
        pl.col("device_no").cast(pl.String), pl.lit(":"), pl.col("device_seq").cast(pl.String)
    )
    columns = ["volunteer_id", "at", "channel", "event_id", "site_id", "plain_day"]
    # A check-in far from its shift says nothing about where the person was.
    near = pl.col("at").is_between(pl.col("starts") - pl.col("margin"), pl.col("ends") + pl.col("margin"))
    of_check_ins = check_ins.filter(near).with_columns(
        channel=pl.lit("APP"),
        event_id=pl.col("event_id").cast(pl.String),
        plain_day=service_day(pl.col("at"), book.service_day_start),
    )
    of_taps = taps.rechunk().with_columns(channel=pl.lit("CARD"), event_id=event)
    return pl.concat([of_taps.select(columns), of_check_ins.select(columns)])


def _flags(located: pl.DataFrame, honours: pl.DataFrame, events: Events, book: RuleBook) -> pl.DataFrame:
    approvals = events.honour_records.filter("is_approved").select("volunteer_id", approver="approved_by")
    found = [raise_flags.self_granted(honours, approvals.drop_nulls()), raise_flags.above_plan(honours)]
    for rules in book.sets:
        under = [
            raise_flags.impossible_travel(located, events.sites, rules),
            raise_flags.burst_entries(honours, rules),
            raise_flags.late_entries(honours, rules, book.service_day_start),
        ]
        in_force = book.value("version", pl.col("service_day")) == rules.version
        found += [rows.filter(in_force) for rows in under]
    return pl.concat(found)


def _proxy_swipes(taps: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    taps = taps.select("device_no", "service_day", "at", "card_no")
    version = book.value("version", pl.col("service_day"))
    if len(book.sets) == 1:
        return raise_flags.proxy_swipes(taps, book.sets[0])
    return pl.concat(
        raise_flags.proxy_swipes(taps.filter(version == rules.version), rules) for rules in book.sets
    )
