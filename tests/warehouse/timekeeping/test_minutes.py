"""Sections 5 to 7: raw minutes and verdicts, no minute twice, honour records, daily ceilings."""

from __future__ import annotations

import pytest

from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import kept_of

pytestmark = pytest.mark.usefixtures("either_way")

DAY = "2026-08-03"
MINUTES = ("raw_minutes", "overlap_minutes", "net_minutes", "verdict")
SPLIT = ("settled_minutes", "review_minutes", "void_minutes")


def with_taps(*times: str, story: Story | None = None, **more) -> Story:
    story = story or Story()
    for time in times:
        story.tap(f"{DAY} {time}", **more)
    return story


def with_shift(starts: str = "09:00", ends: str = "12:00", **more) -> Story:
    story = Story()
    story.shift(f"{DAY} {starts}", f"{DAY} {ends}", **more)
    return story


def checked_in(story: Story, *times: str, **more) -> Story:
    for number, time in enumerate(times):
        story.check_in(f"{DAY} {time}", "out" if number % 2 else "in", **more)
    return story


# Section 5


def test_arriving_early_and_leaving_late_earns_nothing_in_a_shift():
    story = with_taps("08:30", "12:45", story=with_shift())
    assert story.sessions() == [("09:00", "12:00", 180, "counted")]


def test_a_standing_post_is_not_clipped():
    assert with_taps("05:10", "12:45").sessions() == [("05:10", "12:45", 455, "counted")]


def test_a_visit_before_the_shift_is_too_short():
    story = with_taps("08:10", "08:50", story=with_shift())
    assert story.sessions() == [("09:00", "09:00", 0, "too_short")]


def test_minutes_are_whole_minutes_begun_ones_left_out():
    assert with_taps("09:00:00", "09:30:59").sessions("raw_minutes") == [(30,)]


@pytest.mark.parametrize(("out", "verdict"), [("09:09:59", "too_short"), ("09:10:00", "counted")])
def test_less_than_ten_minutes_is_too_short(out, verdict):
    assert with_taps("09:00:00", out).sessions("verdict") == [(verdict,)]


def test_the_fourth_session_in_a_shift_is_one_too_many_and_short_ones_do_not_use_up_the_three():
    story = with_shift("09:00", "18:00")
    checked_in(story, "09:00", "09:05", "09:10", "10:00", "11:00", "12:00", "13:00", "14:00")
    with_taps("15:00", "16:00", story=story)
    assert story.sessions("channel", "in_at", "verdict") == [
        ("APP", "09:00", "too_short"),
        ("APP", "09:10", "counted"),
        ("APP", "11:00", "counted"),
        ("APP", "13:00", "counted"),
        ("CARD", "15:00", "too_many_sessions"),
    ]


@pytest.mark.parametrize(("out", "verdict"), [("10:29", "below_attendance_ratio"), ("10:30", "counted")])
def test_a_shift_may_ask_for_a_share_of_its_minutes(out, verdict):
    story = with_taps("09:00", out, story=with_shift(permille=500))
    assert story.sessions("verdict") == [(verdict,)]


def test_the_share_is_reached_by_all_sessions_of_the_shift_together():
    story = with_taps("09:00", "09:50", "11:00", "11:50", story=with_shift(permille=500))
    assert story.sessions("verdict") == [("counted",), ("counted",)]


def test_a_forgotten_check_out_earns_nothing():
    assert with_taps("09:00").sessions("out_at", "raw_minutes", "verdict") == [(None, 0, "missing_out")]


# Section 6


def test_app_and_card_for_the_same_hours_count_once_and_the_app_comes_first():
    story = with_taps("09:00", "11:00", story=checked_in(with_shift(), "09:00", "11:00"))
    assert story.sessions("channel", *MINUTES) == [
        ("APP", 120, 0, 120, "counted"),
        ("CARD", 120, 120, 0, "overlapped"),
    ]


def test_a_session_keeps_what_lies_after_the_latest_end_so_far():
    story = with_taps("10:00", "12:00", device="D2", story=with_taps("09:00", "11:30"))
    assert story.sessions(*MINUTES) == [(150, 0, 150, "counted"), (120, 90, 30, "counted")]


def test_a_session_within_another_is_overlapped():
    story = with_taps("10:00", "11:00", device="D2", story=with_taps("09:00", "11:30"))
    assert story.sessions(*MINUTES)[1] == (60, 60, 0, "overlapped")


def test_a_session_of_which_half_a_minute_is_left_counts_with_no_minute():
    story = with_taps("10:00:00", "11:30:30", device="D2", story=with_taps("09:00:00", "11:30:00"))
    assert story.sessions(*MINUTES)[1] == (90, 90, 0, "counted")


def test_a_session_that_does_not_count_takes_no_minute_from_another():
    story = checked_in(with_shift(permille=900), "09:00", "10:00")
    with_taps("09:00", "10:00", device="D2", story=story)
    assert [verdict for (verdict,) in story.sessions("verdict")] == ["below_attendance_ratio", "counted"]


def test_overlap_reaches_over_the_service_day():
    story = Story()
    story.shift("2026-08-03 22:00", "2026-08-04 10:00")
    story.check_in("2026-08-03 22:00", "in")
    story.check_in("2026-08-04 09:00", "out")
    story.tap("2026-08-04 08:00", device="D2")
    story.tap("2026-08-04 10:00", device="D2")
    assert story.sessions("service_day", *MINUTES) == [
        ("2026-08-03", 660, 0, 660, "counted"),
        ("2026-08-04", 120, 60, 60, "counted"),
    ]


# Honour records


def test_an_unapproved_honour_record_earns_nothing():
    story = Story()
    story.honour(60, approved=False)
    assert story.sessions("hour_kind", *MINUTES) == [("honour", 60, 0, 0, "not_approved")]


def test_an_honour_record_without_an_interval_keeps_its_minutes():
    story = with_taps("09:00", "11:00")
    story.honour(60)
    assert story.sessions("hour_kind", *MINUTES)[1] == ("honour", 60, 0, 60, "counted")


def test_an_honour_record_keeps_at_most_what_no_counted_session_covers():
    story = with_taps("09:00", "11:00")
    story.honour(180, start=f"{DAY} 08:30", end=f"{DAY} 11:45")
    assert story.sessions("hour_kind", *MINUTES)[1] == ("honour", 180, 105, 75, "counted")


def test_an_honour_record_covered_whole_is_overlapped():
    story = with_taps("09:00", "11:00")
    story.honour(30, start=f"{DAY} 09:00", end=f"{DAY} 09:30")
    assert story.sessions(*MINUTES)[1] == (30, 30, 0, "overlapped")


def test_an_earlier_honour_record_covers_but_an_unapproved_one_does_not():
    story = Story()
    story.honour(60, start=f"{DAY} 09:00", end=f"{DAY} 10:00", approved=False)
    story.honour(60, start=f"{DAY} 09:10", end=f"{DAY} 10:10")
    story.honour(60, start=f"{DAY} 09:30", end=f"{DAY} 10:30")
    assert story.sessions("net_minutes", "verdict") == [(0, "not_approved"), (60, "counted"), (20, "counted")]


def test_a_missing_out_is_made_good_by_an_honour_record_only():
    story = with_taps("09:00")
    story.honour(120, start=f"{DAY} 09:00", end=f"{DAY} 11:00")
    assert story.sessions("hour_kind", "net_minutes", "verdict") == [
        ("credit", 0, "missing_out"),
        ("honour", 120, "counted"),
    ]


def test_honour_minutes_above_the_plan_of_the_shift_are_cut_and_flagged():
    story = with_shift()
    story.honour(181, shift_id=10)
    assert story.sessions("raw_minutes", "net_minutes") == [(180, 180)]
    assert story.flags("above_plan") == [(DAY, "9")]


def test_an_honour_record_may_state_a_day_far_from_its_interval():
    story = with_taps("09:00", "10:00")
    story.honour(60, day="2026-09-20", start=f"{DAY} 09:30", end=f"{DAY} 10:30")
    assert story.sessions("service_day", "net_minutes") == [(DAY, 60), ("2026-09-20", 30)]


# Section 7


def test_up_to_480_minutes_of_a_day_are_settled_at_once():
    assert with_taps("08:00", "16:00").sessions(*SPLIT) == [(480, 0, 0)]
    assert with_taps("08:00", "16:01").sessions(*SPLIT) == [(480, 1, 0)]


def test_a_session_that_straddles_the_ceiling_is_split_in_its_columns():
    story = with_taps("06:00", "12:00", "13:00", "17:00")
    assert story.sessions(*SPLIT) == [(360, 0, 0), (120, 120, 0)]


def test_credit_sessions_come_before_honour_records():
    story = with_taps("06:00", "12:00", "13:00", "15:00")
    story.honour(100, start=f"{DAY} 04:30", end=f"{DAY} 06:00")
    assert story.sessions("hour_kind", *SPLIT)[2] == ("honour", 0, 90, 0)


@pytest.mark.parametrize(("minutes", "void", "flagged"), [(1440, 0, 0), (1441, 1, 1)])
def test_above_1440_minutes_a_day_is_impossible(minutes, void, flagged):
    story = Story()
    story.honour(minutes)
    assert story.sessions(*SPLIT) == [(480, 960, void)]
    assert len(story.flags("impossible_day")) == flagged


def test_each_session_names_the_rules_that_it_used():
    assert with_taps("08:00", "16:00").sessions("rule_version") == [("2000-01-01",)]


def test_the_name_of_a_session_says_who_where_how_and_which_first_event():
    assert with_taps("08:00", "16:00").sessions("session_id") == [("1/site/1/CARD/D1:1",)]
    assert kept_of(with_taps("08:00", story=with_shift())).sessions["session_id"].to_list() == [
        "1/shift/10/CARD/D1:1"
    ]


def test_a_session_keeps_what_lies_after_the_latest_end_and_not_after_the_last_one():
    story = Story()
    for shift_id, starts, ends in ((1, "09:00", "12:00"), (2, "09:30", "10:00"), (3, "11:00", "13:00")):
        story.shift(f"2026-08-03 {starts}", f"2026-08-03 {ends}", shift_id=shift_id)
        story.check_in(f"2026-08-03 {starts}", "in", shift_id=shift_id)
        story.check_in(f"2026-08-03 {ends}", "out", shift_id=shift_id)
    assert story.sessions("in_at", "net_minutes", "verdict") == [
        ("09:00", 180, "counted"),
        ("09:30", 0, "overlapped"),
        ("11:00", 60, "counted"),
    ]
