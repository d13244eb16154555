"""Laws that hold in every world, and the engine against the slow second implementation."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.warehouse.timekeeping import reference
from tests.warehouse.timekeeping.reference import World
from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import BOOK, events_of, frame, intake_of, kept_of, worlds
from warehouse.timekeeping import (
    SESSION_COLUMNS,
    Events,
    days_touched_by,
    honour_days_needed,
    keep_time,
    keep_time_by_day,
    shift_days_needed,
    tap_days_needed,
)

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
some = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def rows(table: pl.DataFrame, *columns: str) -> list[tuple]:
    return sorted(table.select(columns).rows(), key=repr)


@many
@given(world=worlds())
def test_the_engine_and_the_plain_reading_of_the_rules_agree(world: World):
    accepted, resent, rejected = reference.take_in(world)
    intake = intake_of(world)
    assert rows(intake.resends, "segment", "line_no") == sorted(resent, key=repr)
    assert rows(intake.rejected, "segment", "line_no", "reason") == sorted(rejected, key=repr)
    columns = (
        "device_no",
        "device_seq",
        "volunteer_id",
        "site_id",
        "tapped_at",
        "device_tapped_at",
        "service_day",
    )
    assert rows(intake.accepted, *columns) == sorted(
        (tuple(t[c] for c in columns) for t in accepted), key=repr
    )

    sessions, bounces = reference.keep_time(world, accepted)
    kept = kept_of(world)
    assert rows(kept.bounces, "device_no", "device_seq") == sorted(bounces, key=repr)
    named = [column for column in SESSION_COLUMNS if column != "rule_version"]
    assert rows(kept.sessions, *named) == sorted((tuple(s[c] for c in named) for s in sessions), key=repr)

    expected = sorted(reference.flags(world, accepted, sessions), key=repr)
    assert (
        rows(
            kept.flags.unique(["service_day", "flag", "subject", "session_id"]),
            "service_day",
            "flag",
            "subject",
            "session_id",
        )
        == expected
    )


@some
@given(world=worlds(), randomness=st.randoms())
def test_shuffling_the_arrival_order_changes_nothing(world: World, randomness):
    before_intake, before = intake_of(world), kept_of(world)
    for rows_of in vars(world).values():
        randomness.shuffle(rows_of)
    after_intake, after = intake_of(world), kept_of(world)
    assert_frame_equal(before.sessions, after.sessions)
    assert_frame_equal(before.flags, after.flags)
    assert_frame_equal(before.bounces, after.bounces)
    assert_frame_equal(before_intake.rejected, after_intake.rejected, check_row_order=False)


@some
@given(world=worlds(), data=st.data())
def test_feeding_a_resend_changes_nothing(world: World, data):
    readable = [line for line in world.lines if line["malformed_text"] is None]
    before, intake_before = kept_of(world), intake_of(world)
    firsts = [line for line in readable if not reference.is_malformed(line)]
    if not firsts:
        return
    again = data.draw(st.sampled_from(firsts))
    late = max(line["received_at"] for line in firsts)
    world.lines.append({**again, "segment": "s9", "line_no": 1000, "received_at": late})
    after, intake_after = kept_of(world), intake_of(world)
    assert_frame_equal(before.sessions, after.sessions)
    assert_frame_equal(intake_before.accepted, intake_after.accepted)


def given_for(world: World, taps: pl.DataFrame, days: list[date]) -> Events:
    """What the package docstring asks for to work out `days`, and nothing more of taps, shifts and check-ins."""
    every = events_of(world, taps)
    stated = every.honour_records.filter(pl.col("service_day").is_in(days))
    far = honour_days_needed(stated, BOOK)
    near_taps = every.taps.filter(pl.col("service_day").is_in(tap_days_needed(days, BOOK)))
    shift_days = set(shift_days_needed(days, BOOK))
    for volunteer, far_days in far.group_by("volunteer_id"):
        needed = tap_days_needed(far_days["service_day"].to_list(), BOOK)
        shift_days |= set(shift_days_needed(far_days["service_day"].to_list(), BOOK))
        near_taps = pl.concat(
            [
                near_taps,
                every.taps.filter(
                    (pl.col("volunteer_id") == volunteer[0]) & pl.col("service_day").is_in(needed)
                ),
            ]
        ).unique()
    starts = pl.col("starts_at").dt.offset_by("4h").dt.date()
    shifts = every.shifts.filter(starts.is_in(sorted(shift_days)))
    in_shifts = {
        name: getattr(every, name).join(shifts, on="shift_id", how="semi")
        for name in ("shift_sites", "sign_ups", "check_ins")
    }
    return Events(
        taps=near_taps, shifts=shifts, honour_records=every.honour_records, sites=every.sites, **in_shifts
    )


@some
@given(world=worlds())
def test_days_worked_out_one_by_one_in_any_order_equal_the_rebuild(world: World):
    taps = intake_of(world).accepted
    # Records of an unknown shift are told apart by the shifts that are given, so they stay out here.
    world.honour_records = [r for r in world.honour_records if r["shift_id"] is None]
    whole = keep_time(events_of(world, taps), None, BOOK)
    days = sorted(
        {*whole.sessions["service_day"], *whole.flags["service_day"], *whole.bounces["service_day"]}
    )
    single = [keep_time(given_for(world, taps, [day]), [day], BOOK) for day in reversed(days)]
    for name in ("sessions", "flags", "bounces"):
        whole_rows = getattr(whole, name)
        parts = [getattr(kept, name) for kept in reversed(single)]
        assert_frame_equal(whole_rows, pl.concat([whole_rows.clear(), *parts]))


@some
@given(world=worlds())
def test_going_through_the_days_with_few_in_memory_equals_the_rebuild(world: World):
    taps = intake_of(world).accepted
    world.honour_records = [r for r in world.honour_records if r["shift_id"] is None]
    every = events_of(world, taps)
    whole = keep_time(every, None, BOOK)
    days = sorted(
        {*whole.sessions["service_day"], *whole.flags["service_day"], *whole.bounces["service_day"]}
    )
    rest = Events(**{**vars(every), "taps": taps.clear()})
    each = dict(keep_time_by_day(days, lambda day: taps.filter(pl.col("service_day") == day), rest, BOOK))
    for name in ("sessions", "flags", "bounces"):
        whole_rows = getattr(whole, name)
        assert_frame_equal(
            whole_rows, pl.concat([whole_rows.clear(), *(getattr(each[day], name) for day in days)])
        )


def test_going_day_by_day_a_double_read_across_four_is_still_a_bounce():
    story = Story()
    for at in ("2026-08-04 03:59:50", "2026-08-04 04:00:05", "2026-08-04 08:00", "2026-08-04 10:00"):
        story.tap(at)
    taps = intake_of(story).accepted
    rest = Events(**{**vars(events_of(story, taps)), "taps": taps.clear()})
    days = [date(2026, 8, 3), date(2026, 8, 4)]
    each = dict(keep_time_by_day(days, lambda day: taps.filter(pl.col("service_day") == day), rest, BOOK))
    assert [each[day].bounces.height for day in days] == [0, 1]
    assert each[days[1]].sessions["net_minutes"].to_list() == [120]


@some
@given(world=worlds(), data=st.data())
def test_a_change_alters_only_the_days_that_it_is_said_to_touch(world: World, data):
    taps = intake_of(world).accepted
    name = data.draw(
        st.sampled_from(["lines", "shifts", "shift_sites", "sign_ups", "check_ins", "honour_records"])
    )
    if not getattr(world, name):
        return
    gone = data.draw(st.sampled_from(getattr(world, name)))
    before = keep_time(events_of(world, taps), None, BOOK)
    now = World(**{**vars(world), name: [row for row in getattr(world, name) if row is not gone]})
    fewer = taps
    if name == "lines":
        fewer = taps.filter((pl.col("segment") != gone["segment"]) | (pl.col("line_no") != gone["line_no"]))
    after = keep_time(events_of(now, fewer), None, BOOK)
    changed = events_of(World(), taps.join(fewer, on=["segment", "line_no"], how="anti"))
    if name != "lines":
        changed = Events(**{**vars(changed), name: frame(name, [gone])})
    touched = set(days_touched_by(changed, events_of(now, fewer.clear()), BOOK)["service_day"])
    for part in ("sessions", "flags", "bounces"):
        old, new = getattr(before, part), getattr(after, part)
        differing = set(old.join(new, on=old.columns, how="anti", nulls_equal=True)["service_day"])
        differing |= set(new.join(old, on=old.columns, how="anti", nulls_equal=True)["service_day"])
        assert differing <= touched


@some
@given(world=worlds())
def test_no_minute_counts_twice_and_the_minute_columns_add_up(world: World):
    sessions = kept_of(world).sessions
    split = pl.col("settled_minutes") + pl.col("review_minutes") + pl.col("void_minutes")
    assert sessions.filter(split != pl.col("net_minutes")).is_empty()
    assert sessions.filter((pl.col("net_minutes") < 0) | (pl.col("overlap_minutes") < 0)).is_empty()
    credit = sessions.filter((pl.col("hour_kind") == "credit") & (pl.col("verdict") == "counted"))
    for _, own in credit.group_by("volunteer_id"):
        covered = set()
        for start, end in own.select("in_at", "out_at").rows():
            first, last = int(start.timestamp()), int(end.timestamp())
            covered |= set(range(first, last))
        assert own["net_minutes"].sum() <= len(covered) // 60


@some
@given(world=worlds())
def test_every_line_is_accepted_resent_or_rejected_and_every_tap_is_used_or_a_bounce(world: World):
    intake, kept = intake_of(world), kept_of(world)
    ends = [intake.accepted, intake.resends, intake.rejected]
    lines = sorted(row for part in ends for row in part.select("segment", "line_no").rows())
    assert lines == sorted((line["segment"], line["line_no"]) for line in world.lines)
    taps = kept.sessions.filter(pl.col("channel") == "CARD")
    used = taps["opening_event_id"].drop_nulls().len() + taps["closing_event_id"].drop_nulls().len()
    assert used + kept.bounces.height == intake.accepted.height


@some
@given(world=worlds(), volunteer=st.integers(1, 3))
def test_a_volunteers_result_does_not_depend_on_any_other(world: World, volunteer: int):
    whole = kept_of(world).sessions.filter(pl.col("volunteer_id") == volunteer)
    taps = intake_of(world).accepted.filter(pl.col("volunteer_id") == volunteer)
    every = events_of(world, taps)
    alone = {
        name: getattr(every, name).filter(pl.col("volunteer_id") == volunteer)
        for name in ("sign_ups", "check_ins", "honour_records")
    }
    kept = keep_time(Events(**{**vars(every), **alone}), None, BOOK)
    assert_frame_equal(kept.sessions, whole)
