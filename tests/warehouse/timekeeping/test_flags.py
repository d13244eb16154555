"""Flags: both sides of each threshold. A flag changes no minute."""

from __future__ import annotations

import pytest

from tests.warehouse.timekeeping.stories import Story

DAY = "2026-08-03"


def three_cards(
    story: Story, *moments: str, last_second: int = 10, cards: tuple = ("c1", "c2", "c3")
) -> Story:
    for moment in moments:
        for card, second in zip(cards, (0, 5, last_second), strict=True):
            story.tap(f"{DAY} {moment}:{second:02}", card=card)
    return story


def with_three_people() -> Story:
    story = Story()
    story.card("c2", volunteer=2)
    story.card("c3", volunteer=3)
    return story


def test_three_cards_within_ten_seconds_three_times_a_day_is_a_proxy_swipe():
    assert three_cards(with_three_people(), "09:00", "11:00", "17:00").flags("proxy_swipe") == [(DAY, "D1")]


def test_twice_a_day_is_not():
    assert three_cards(with_three_people(), "09:00", "11:00").flags("proxy_swipe") == []


def test_eleven_seconds_are_not():
    story = three_cards(with_three_people(), "09:00", "11:00", "17:00", last_second=11)
    assert story.flags("proxy_swipe") == []


def test_two_cards_are_not():
    story = three_cards(with_three_people(), "09:00", "11:00", "17:00", cards=("c1", "c2", "c1"))
    assert story.flags("proxy_swipe") == []


def test_a_queue_at_the_door_is_one_time():
    story = Story()
    for person in range(2, 32):
        story.card(f"c{person}", volunteer=person)
        story.tap(f"{DAY} 09:{person // 10:02}:{person % 10 * 6:02}", card=f"c{person}")
    assert story.flags("proxy_swipe") == []


@pytest.mark.parametrize(("arrival", "flagged"), [("09:48:00", 1), ("09:49:00", 0)])
def test_ninety_six_kilometres_in_less_than_forty_eight_minutes_is_impossible_travel(arrival, flagged):
    # One degree of longitude at 30° north is 96.3 km: 48 min 9 s at 120 km/h.
    story = Story()
    story.tap(f"{DAY} 09:00:00", device="D1")
    story.tap(f"{DAY} {arrival}", device="D2")
    assert story.flags("impossible_travel") == [(DAY, "1")] * flagged


def test_a_check_in_far_from_a_tap_is_impossible_travel():
    story = Story()
    story.shift(f"{DAY} 09:00", f"{DAY} 11:00", sites=(2,))
    story.tap(f"{DAY} 09:00", device="D1")
    story.check_in(f"{DAY} 09:10", "in", site_id=2)
    assert story.flags("impossible_travel") == [(DAY, "1")]


def test_a_site_without_a_position_raises_nothing():
    story = Story()
    story.sites = story.sites[:1]
    story.tap(f"{DAY} 09:00", device="D1")
    story.tap(f"{DAY} 09:01", device="D2")
    assert story.flags("impossible_travel") == []


def test_a_record_entered_for_oneself_is_self_granted_and_by_another_it_is_not():
    story = Story()
    story.honour(60, volunteer=1, by=1)
    story.honour(60, volunteer=1, by=9)
    assert story.flags("self_granted") == [(DAY, "1")]


def test_a_record_by_someone_whose_records_one_has_approved_is_self_granted():
    story = Story()
    story.honour(60, volunteer=9, by=7, approved_by=1, day="2026-07-01")
    story.honour(60, volunteer=1, by=9, approved_by=7)
    assert story.flags("self_granted") == [(DAY, "9")]


def test_an_approval_that_was_refused_is_no_favour():
    story = Story()
    story.honour(60, volunteer=9, by=7, approved_by=1, approved=False)
    story.honour(60, volunteer=1, by=9, approved_by=7)
    assert story.flags("self_granted") == []


@pytest.mark.parametrize(("records", "flagged"), [(20, 0), (21, 21)])
def test_more_than_twenty_records_in_ten_minutes_are_a_burst(records, flagged):
    story = Story()
    for number in range(records):
        story.honour(1, volunteer=number + 100, entered=f"2026-08-04 10:{number // 2:02}:00")
    assert len(story.flags("burst_entry")) == flagged


def test_twenty_one_records_over_more_than_ten_minutes_are_not_a_burst():
    story = Story()
    for _ in range(20):
        story.honour(1, entered="2026-08-04 10:00:00")
    story.honour(1, entered="2026-08-04 10:10:01")
    assert story.flags("burst_entry") == []


@pytest.mark.parametrize(("entered", "flagged"), [("2026-09-02 11:00:00", 0), ("2026-09-02 11:00:01", 1)])
def test_a_record_entered_more_than_thirty_days_after_its_end_is_late(entered, flagged):
    story = Story()
    story.honour(60, start=f"{DAY} 10:00", end=f"{DAY} 11:00", entered=entered)
    assert len(story.flags("late_entry")) == flagged


@pytest.mark.parametrize(("entered", "flagged"), [("2026-09-03 04:00:00", 0), ("2026-09-03 04:00:01", 1)])
def test_without_an_interval_the_thirty_days_run_from_the_end_of_the_service_day(entered, flagged):
    story = Story()
    story.honour(60, entered=entered)
    assert len(story.flags("late_entry")) == flagged


def test_flags_change_no_minutes():
    story = Story()
    story.honour(60, by=1, entered="2026-12-01 00:00")
    assert story.sessions("net_minutes", "verdict") == [(60, "counted")]
