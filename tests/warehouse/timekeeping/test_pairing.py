"""Sections 2 to 4: belonging to a shift, bounces, pairs."""

from __future__ import annotations

import pytest

from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import kept_of

pytestmark = pytest.mark.usefixtures("either_way")


def taps(story: Story, *times: str, day: str = "2026-08-03", **more) -> Story:
    for time in times:
        story.tap(f"{day} {time}", **more)
    return story


# Section 2


@pytest.mark.parametrize(
    ("time", "place"),
    [("07:59:59", "site"), ("08:00:00", "shift"), ("12:00:00", "shift"), ("12:00:01", "site")],
)
def test_a_tap_belongs_to_a_shift_from_an_hour_before_to_an_hour_after(time, place):
    story = taps(Story(), time)
    story.shift("2026-08-03 09:00", "2026-08-03 11:00")
    assert story.sessions("place_kind") == [(place,)]


def test_a_tap_without_a_confirmed_sign_up_stays_at_the_post():
    story = taps(Story(), "09:00", "11:00")
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", people=())
    assert story.sessions("place_kind", "shift_id", "site_id") == [("site", None, 1)]


def test_a_tap_at_another_site_than_the_shifts_stays_at_the_post():
    story = taps(Story(), "09:00", "11:00", device="D2")
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", sites=(1,))
    assert story.sessions("place_kind", "site_id") == [("site", 2)]


def test_of_several_shifts_the_one_whose_middle_is_nearest_wins():
    story = taps(Story(), "11:10")
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", shift_id=1)
    story.shift("2026-08-03 11:00", "2026-08-03 13:00", shift_id=2)
    assert story.sessions("shift_id") == [(2,)]


def test_equally_near_shifts_go_to_the_smaller_id():
    story = taps(Story(), "11:00")
    story.shift("2026-08-03 11:00", "2026-08-03 13:00", shift_id=2)
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", shift_id=1)
    assert story.sessions("shift_id") == [(1,)]


def test_in_at_one_site_of_a_shift_and_out_at_another_pair_up():
    story = taps(Story(), "09:00")
    taps(story, "11:00", device="D2")
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", sites=(1, 2))
    assert story.sessions("net_minutes", "site_id") == [(120, 1)]


# Section 3


@pytest.mark.parametrize(("second", "bounces"), [("09:01:00", 1), ("09:01:01", 0)])
def test_a_tap_within_sixty_seconds_is_a_bounce(second, bounces):
    assert kept_of(taps(Story(), "09:00:00", second)).bounces.height == bounces


def test_a_bounce_counts_from_the_tap_before_kept_or_not():
    story = taps(Story(), "09:00:00", "09:00:50", "09:01:40", "11:00:00")
    assert kept_of(story).bounces["device_seq"].to_list() == [2, 3]
    assert story.sessions() == [("09:00", "11:00", 120, "counted")]


def test_a_double_read_on_a_second_reader_of_the_site_is_a_bounce_too():
    story = taps(Story(), "09:00:00")
    taps(story, "09:00:30", device="E1", direction="in")
    assert kept_of(story).bounces.height == 1


def test_a_bounce_is_seen_across_the_start_of_the_service_day():
    story = taps(Story(), "03:59:50", "04:00:10")
    assert kept_of(story).bounces["device_seq"].to_list() == [2]


# Section 4


def test_taps_of_a_toggle_reader_open_and_close_in_turn():
    story = taps(Story(), "09:00", "11:00", "13:00", "17:00", "18:00")
    assert story.sessions() == [
        ("09:00", "11:00", 120, "counted"),
        ("13:00", "17:00", 240, "counted"),
        ("18:00", None, 0, "missing_out"),
    ]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("20:00:00", [("08:00", "20:00", 720, "counted")]),
        ("20:00:01", [("08:00", None, 0, "missing_out"), ("20:00", None, 0, "missing_out")]),
    ],
)
def test_a_gap_of_more_than_twelve_hours_starts_afresh(second, expected):
    assert taps(Story(), "08:00:00", second).sessions() == expected


def test_ties_in_time_go_by_device_and_number():
    story = Story()
    story.shift("2026-08-03 09:00", "2026-08-03 11:00", sites=(1, 2))
    story.tap("2026-08-03 09:00", device="D2", seq=1)
    story.tap("2026-08-03 09:00", device="D1", seq=7)
    assert story.sessions("opening_event_id", "closing_event_id") == [("D1:7", "D2:1")]


def test_directed_readers_pair_an_in_with_the_out_that_follows():
    story = Story()
    for time, device, direction in [
        ("08:00", "E2", "out"),
        ("09:00", "E1", "in"),
        ("10:00", "E1", "in"),
        ("11:00", "E2", "out"),
    ]:
        story.tap(f"2026-08-03 {time}", device=device, direction=direction)
    assert story.sessions("in_at", "out_at", "verdict") == [
        ("09:00", None, "missing_out"),
        ("10:00", "11:00", "counted"),
        (None, "08:00", "orphan_out"),
    ]


@pytest.mark.parametrize(
    ("out", "verdicts"), [("20:00:00", ["counted"]), ("20:00:01", ["missing_out", "orphan_out"])]
)
def test_directed_readers_pair_up_to_twelve_hours(out, verdicts):
    story = taps(Story(), "08:00:00", device="E1", direction="in")
    taps(story, out, device="E2", direction="out")
    assert [verdict for (verdict,) in story.sessions("verdict")] == verdicts


def test_one_toggle_tap_makes_the_whole_group_toggle():
    story = taps(Story(), "09:00", device="E1", direction="in")
    taps(story, "10:00", device="D1")
    taps(story, "11:00", device="E2", direction="in")
    assert story.sessions("in_at", "verdict") == [("09:00", "counted"), ("11:00", "missing_out")]


def test_a_directed_reader_that_gave_no_direction_makes_the_group_toggle():
    story = taps(Story(), "09:00", "10:00", device="E1")
    assert story.sessions() == [("09:00", "10:00", 60, "counted")]


def test_check_ins_have_no_bounce_and_pair_within_their_shift():
    story = Story()
    story.shift("2026-08-03 09:00", "2026-08-03 12:00")
    story.check_in("2026-08-03 09:00:00", "in")
    story.check_in("2026-08-03 09:00:30", "out")
    story.check_in("2026-08-03 09:01:00", "in")
    story.check_in("2026-08-03 11:00:00", "out")
    assert story.sessions() == [("09:00", "09:00", 0, "too_short"), ("09:01", "11:00", 119, "counted")]


def test_a_tap_does_not_close_a_check_in():
    story = taps(Story(), "11:00")
    story.shift("2026-08-03 09:00", "2026-08-03 11:00")
    story.check_in("2026-08-03 09:00", "in")
    assert story.sessions("channel", "verdict") == [("APP", "missing_out"), ("CARD", "missing_out")]


def test_a_check_in_to_a_shift_that_is_not_there_is_told_apart():
    story = Story()
    story.check_in("2026-08-03 09:00", "in", shift_id=77)
    kept = kept_of(story)
    assert kept.sessions.is_empty()
    assert kept.unplaced.select("source", "event_id", "shift_id", "reason").rows() == [
        ("check_ins", "1", "77", "unknown_shift")
    ]
