"""What goes wrong with hours in systems of this kind; one test for each."""

from __future__ import annotations

import pytest

from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import intake_of, kept_of

pytestmark = pytest.mark.usefixtures("either_way")


def test_a_forgotten_check_out_is_not_closed_by_the_next_days_first_tap():
    story = Story()
    for at in (
        "2026-08-03 20:00",
        "2026-08-04 07:30",
        "2026-08-04 09:30",
        "2026-08-05 08:00",
        "2026-08-05 09:00",
    ):
        story.tap(at)
    assert story.sessions("service_day", "in_at", "verdict") == [
        ("2026-08-03", "20:00", "missing_out"),
        ("2026-08-04", "07:30", "counted"),
        ("2026-08-05", "08:00", "counted"),
    ]


def test_a_forgotten_check_out_does_not_turn_over_every_pair_after_it():
    story = Story()
    story.tap("2026-08-03 09:00")
    for day in ("2026-08-04", "2026-08-05", "2026-08-06"):
        story.tap(f"{day} 09:00")
        story.tap(f"{day} 11:00")
    assert story.sessions("in_at", "net_minutes") == [
        ("09:00", 0),
        ("09:00", 120),
        ("09:00", 120),
        ("09:00", 120),
    ]


def test_the_service_day_is_cut_at_four_and_not_at_midnight():
    story = Story()
    for at in (
        "2026-08-03 23:30",
        "2026-08-04 00:30",
        "2026-08-04 03:00",
        "2026-08-04 03:50",
        "2026-08-04 04:00",
        "2026-08-04 05:00",
    ):
        story.tap(at)
    assert story.sessions("service_day", "in_at", "net_minutes") == [
        ("2026-08-03", "23:30", 60),
        ("2026-08-03", "03:00", 50),
        ("2026-08-04", "04:00", 60),
    ]


def test_local_time_labelled_as_utc_is_refused_and_makes_no_hours():
    story = Story()
    # 09:00 in Hangzhou, sent as 09:00Z: eight hours after it arrived.
    story.tap("2026-08-03 17:00", received="2026-08-03 09:00:02")
    story.tap("2026-08-03 19:00", received="2026-08-03 11:00:02")
    assert (story.sessions(), story.reasons()) == ([], ["future_tap", "future_tap"])


def test_hours_typed_in_by_an_administrator_in_one_batch_are_flagged():
    story = Story()
    for person in range(30, 51):
        story.honour(
            120,
            volunteer=person,
            start="2026-08-03 09:00",
            end="2026-08-03 11:00",
            entered="2026-08-03 18:00",
            by=9,
        )
    assert set(kept_of(story).flags["flag"]) == {"burst_entry"}
    assert kept_of(story).flags.height == 21


def test_a_check_in_before_eight_in_the_morning_is_on_the_local_day():
    story = Story()
    story.tap("2026-08-03 07:30")
    story.tap("2026-08-03 09:30")
    assert story.sessions("service_day", "net_minutes") == [("2026-08-03", 120)]


def test_after_days_of_downtime_the_late_taps_still_close_their_sessions():
    story = Story()
    story.tap("2026-08-03 09:00")
    story.tap("2026-08-03 11:00", received="2026-08-20 08:00")
    assert story.sessions("service_day", "net_minutes") == [("2026-08-03", 120)]


def test_running_again_doubles_nothing():
    story = Story()
    story.tap("2026-08-03 23:50")
    story.tap("2026-08-04 00:30")
    assert kept_of(story).sessions.equals(kept_of(story).sessions)
    assert story.sessions("service_day", "net_minutes") == [("2026-08-03", 40)]


def test_a_night_shifts_out_is_not_given_to_the_next_days_shift():
    story = Story()
    story.shift("2026-08-03 22:00", "2026-08-04 06:00", shift_id=1)
    story.shift("2026-08-04 07:00", "2026-08-04 15:00", shift_id=2)
    for at in ("2026-08-03 22:00", "2026-08-04 06:00", "2026-08-04 07:00", "2026-08-04 15:00"):
        story.tap(at)
    assert story.sessions("service_day", "shift_id", "net_minutes") == [
        ("2026-08-03", 1, 480),
        ("2026-08-04", 2, 480),
    ]


def test_a_device_that_uploads_days_later_loses_nothing():
    story = Story()
    story.tap("2026-08-10 09:00", device="D2")
    story.tap("2026-08-03 09:00", received="2026-08-12 09:00")
    story.tap("2026-08-03 10:00", received="2026-08-12 09:00")
    assert story.sessions("service_day", "verdict") == [
        ("2026-08-03", "counted"),
        ("2026-08-10", "missing_out"),
    ]


def test_a_clock_lost_after_a_power_cut_makes_no_hours():
    story = Story()
    story.tap("2000-01-01 00:03", received="2026-08-03 09:00")
    story.tap("2000-01-01 02:03", received="2026-08-03 11:00")
    assert (story.sessions(), story.reasons()) == ([], ["stale_tap", "stale_tap"])


def test_a_double_read_does_not_turn_the_pairs_over():
    story = Story()
    for at in ("09:00:00", "09:00:02", "11:00:00", "11:00:01"):
        story.tap(f"2026-08-03 {at}")
    assert story.sessions() == [("09:00", "11:00", 120, "counted")]


def test_in_on_a_lost_card_and_out_on_the_new_one_pair_up():
    story = Story()
    story.card("old", volunteer=5, until="2026-08-03 10:00", lost="2026-08-03 10:00")
    story.card("new", volunteer=5, since="2026-08-03 10:00")
    story.tap("2026-08-03 09:00", card="old")
    story.tap("2026-08-03 11:00", card="new")
    assert story.sessions("volunteer_id", "net_minutes") == [(5, 120)]


def test_the_same_upload_twice_doubles_no_hours():
    story = Story()
    for _ in range(2):
        story.tap("2026-08-03 09:00", seq=1, received="2026-08-03 12:00")
        story.tap("2026-08-03 11:00", seq=2, received="2026-08-03 12:00")
    assert intake_of(story).resends.height == 2
    assert story.sessions("net_minutes") == [(120,)]


def test_being_in_one_shift_twice_counts_once():
    story = Story()
    story.shift("2026-08-03 09:00", "2026-08-03 12:00", shift_id=1)
    story.shift("2026-08-03 09:00", "2026-08-03 12:00", shift_id=2)
    for shift_id in (1, 2):
        story.check_in("2026-08-03 09:00", "in", shift_id=shift_id)
        story.check_in("2026-08-03 12:00", "out", shift_id=shift_id)
    assert sum(net for (net,) in story.sessions("net_minutes")) == 180


def test_ties_to_the_second_give_the_same_rows_every_time():
    story = Story()
    for device in ("D2", "D1", "D2", "D1"):
        story.tap("2026-08-03 09:00", device=device)
        story.tap("2026-08-03 11:00", device=device)
    first = kept_of(story).sessions
    story.lines.reverse()
    assert kept_of(story).sessions.equals(first)


def test_hours_typed_in_by_hand_never_become_credit_hours():
    story = Story()
    story.honour(120, start="2026-08-03 09:00", end="2026-08-03 11:00")
    assert story.sessions("hour_kind", "channel") == [("honour", "HONOUR")]
