"""Presets mean service days of the data's own clock, and the period before has the same length."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.periods import PRESETS, Period, change_percent, period_of, service_day_of

TODAY, FIRST = date(2026, 8, 31), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("yesterday", date(2026, 8, 30), date(2026, 8, 30)),
        ("7d", date(2026, 8, 25), date(2026, 8, 31)),
        ("30d", date(2026, 8, 2), date(2026, 8, 31)),
        ("month", date(2026, 8, 1), date(2026, 8, 31)),
        ("all", date(2026, 6, 1), date(2026, 8, 31)),
    ],
)
def test_a_preset_is_counted_back_from_the_data_s_own_day(preset: str, first: date, last: date):
    assert period_of(preset, TODAY, FIRST) == Period(first, last)


def test_two_days_chosen_the_wrong_way_round_are_turned():
    chosen = (date(2026, 7, 9), date(2026, 7, 2))
    assert period_of("custom", TODAY, FIRST, chosen) == Period(date(2026, 7, 2), date(2026, 7, 9))


def test_an_unknown_preset_of_an_old_link_is_thirty_days():
    assert period_of("decade", TODAY, FIRST).days == 30


@given(st.dates(date(2000, 1, 1)), st.integers(0, 800), st.sampled_from(PRESETS))
def test_the_period_before_is_as_long_and_ends_the_day_before(today: date, age: int, preset: str):
    period = period_of(preset, today, today - timedelta(days=age))
    assert period.before().days == period.days >= 1
    assert period.before().last + timedelta(days=1) == period.first


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (
            datetime.fromisoformat("2026-08-30 19:59"),
            date(2026, 8, 30),
        ),  # 03:59 in Hangzhou belongs to the day before
        (datetime.fromisoformat("2026-08-30 20:00"), date(2026, 8, 31)),  # 04:00 begins the day
    ],
)
def test_a_service_day_begins_at_four_in_the_morning(utc: datetime, day: date):
    assert service_day_of(utc) == day


def test_a_change_against_nothing_is_unknown():
    assert change_percent(5, 0) is None
    assert change_percent(5, None) is None
    assert change_percent(150, 100) == 50
