"""Figures are written with unit, thousands separators, and hours with one decimal."""

from datetime import date, datetime

from dashboards import formats
from dashboards.periods import Period


def test_minutes_are_shown_as_hours_with_one_decimal():
    assert formats.with_unit("zh", "minutes", 74_070) == "1,234.5 小时"
    assert formats.with_unit("en", "minutes", 60) == "1.0 h"


def test_counts_have_thousands_separators_and_a_unit():
    assert formats.with_unit("zh", "people", 1_234_567) == "1,234,567 人次"


def test_what_is_not_known_is_a_dash():
    assert (
        formats.number("people", None)
        == formats.with_unit("zh", "minutes", None)
        == formats.local_time(None)
        == "–"
    )


def test_a_time_is_shown_as_beijing_time():
    assert formats.local_time(datetime.fromisoformat("2026-08-31 16:30")) == "2026-09-01 00:30"


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert formats.change(0.04) == "0%"
    assert formats.change(-12.345) == "-12.3%"


def test_a_period_of_one_day_is_that_day():
    assert formats.period("zh", Period(date(2026, 8, 1), date(2026, 8, 1))) == "2026-08-01"
    assert formats.period("zh", Period(date(2026, 8, 1), date(2026, 8, 2))) == "2026-08-01 至 2026-08-02"


def test_a_heading_names_its_unit_once():
    assert formats.measure_label("zh", "minutes") == "服务时长（小时）"
    assert formats.measure_label("zh", "people") == "服务人次（人次）"
    assert formats.measure_label("en", "minutes") == "Service hours (h)"
    assert formats.measure_label("en", "people") == "Attendances"
