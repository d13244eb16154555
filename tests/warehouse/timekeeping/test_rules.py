"""Dated rules and working days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import events_of, frame, intake_of
from warehouse.timekeeping import BadEvents, BadRules, Events, keep_time, read_rules, read_working_days
from warehouse.timekeeping.rules import RULES_FILE


def rules_with(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "rules.csv"
    text = RULES_FILE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_city_with_long_days_changes_one_dated_row(tmp_path: Path):
    old = "pair_within,12,hour,2000-01-01,,"
    new = "pair_within,12,hour,2000-01-01,2026-08-04,\npair_within,15,hour,2026-08-04,,"
    book = read_rules(rules_with(tmp_path, old + "Time", new + "Time"))
    story = Story()
    for day in ("2026-08-03", "2026-08-04"):
        story.tap(f"{day} 06:30")
        story.tap(f"{day} 20:00")
    for days in (None, [date(2026, 8, 3), date(2026, 8, 4)]):
        sessions = keep_time(events_of(story, intake_of(story).accepted), days, book).sessions
        assert sessions.select("verdict", "settled_minutes", "review_minutes").rows() == [
            ("missing_out", 0, 0),
            ("missing_out", 0, 0),
            ("counted", 480, 330),
        ]


def test_a_city_whose_people_start_before_four_lets_its_day_begin_earlier(tmp_path: Path):
    story = Story()
    for at in ("2026-08-03 19:28", "2026-08-03 21:28", "2026-08-04 03:00", "2026-08-04 05:00"):
        story.tap(at)
    story.tap("2026-08-04 21:28")
    story.tap("2026-08-05 03:59")
    story.tap("2026-08-05 06:00")
    earlier = read_rules(rules_with(tmp_path, "service_day_start,4,hour", "service_day_start,3,hour"))
    accepted = intake_of(story).accepted.with_columns(
        service_day=(pl.col("tapped_at").dt.offset_by("5h")).dt.date()
    )
    sessions = keep_time(events_of(story, accepted), None, earlier).sessions
    assert sessions["net_minutes"].to_list() == [120, 120, 0, 121]


def test_the_rules_in_force_on_the_service_day_apply(tmp_path: Path):
    old = "session_shortest,10,minute,2000-01-01,,"
    new = "session_shortest,10,minute,2000-01-01,2026-08-04,\nsession_shortest,30,minute,2026-08-04,,"
    book = read_rules(rules_with(tmp_path, old + "Time", new + "Time"))
    story = Story()
    for day in ("2026-08-03", "2026-08-04"):
        story.tap(f"{day} 09:00")
        story.tap(f"{day} 09:20")
    sessions = keep_time(events_of(story, intake_of(story).accepted), None, book).sessions
    assert sessions.select("verdict", "rule_version").rows() == [
        ("counted", "2000-01-01"),
        ("too_short", "2026-08-04"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bounce_within,60", "bounce_within,sixty", "row 8"),
        ("bounce_within,60", "bounce_inside,60", "bounce_inside"),
        (
            "bounce_within,60,second,2000-01-01,,",
            "bounce_within,60,second,2000-01-01,2010-01-01,",
            "2010-01-01",
        ),
        ("bounce_within,60,second", "bounce_within,60,fortnight", "fortnight"),
    ],
)
def test_a_table_of_rules_that_cannot_be_used_says_why(tmp_path: Path, old, new, message):
    with pytest.raises(BadRules, match=message):
        read_rules(rules_with(tmp_path, old, new))


def test_before_the_first_rules_there_are_none():
    with pytest.raises(BadRules, match="1999-12-31"):
        read_rules().on(date(1999, 12, 31))


@pytest.mark.parametrize(
    ("service_day", "final_on"),
    [
        (date(2026, 8, 3), date(2026, 8, 6)),
        (date(2026, 8, 7), date(2026, 8, 12)),
        # National Day 2026: 1 to 7 October off, Saturday the 10th is worked.
        (date(2026, 9, 30), date(2026, 10, 10)),
        (date(2025, 9, 27), date(2025, 9, 30)),
    ],
)
def test_the_public_notice_ends_on_the_third_working_day_after(service_day, final_on):
    working_days = read_working_days()
    assert working_days.after(service_day, 3) == final_on
    answer = working_days.final_on(pl.Series([service_day, service_day]), 3)
    assert answer.rows() == [(service_day, final_on)]


def test_days_beyond_the_table_of_working_days_are_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match=r"extend working_days\.csv"):
        read_working_days().after(date(2027, 12, 30), 3)


def test_a_frame_that_lacks_a_column_is_named():
    with pytest.raises(BadEvents, match="shifts lacks the column ends_at"):
        keep_time(
            Events(taps=intake_of(Story()).accepted, shifts=frame("shifts", []).drop("ends_at")),
            None,
            read_rules(),
        )
