"""Dated rules: which figure holds on a day, and what is said of rows that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from operations import rules
from operations.rules import read_rules, rule, time_span

HEAD = "name,value,unit,valid_from,valid_to,source\n"
CHANGED = (
    HEAD
    + "no_shows,3,count,2020-01-01,2026-06-30,First decision\n"
    + "no_shows,5,count,2026-07-01,,Second decision\n"
)


@pytest.fixture
def changed_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "some.csv").write_text(CHANGED, encoding="utf-8")
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    rules._rules.cache_clear()
    yield
    rules._rules.cache_clear()


@pytest.mark.usefixtures("changed_rules")
def test_a_day_is_judged_by_the_row_of_that_day() -> None:
    assert rule("no_shows", date(2026, 6, 30)) == 3
    assert rule("no_shows", date(2026, 7, 1)) == 5


@pytest.mark.usefixtures("changed_rules")
def test_of_a_moment_the_day_at_hangzhou_counts() -> None:
    assert rule("no_shows", datetime(2026, 6, 30, 15, 59, tzinfo=UTC)) == 3
    assert rule("no_shows", datetime(2026, 6, 30, 16, 0, tzinfo=UTC)) == 5


@pytest.mark.usefixtures("changed_rules")
def test_a_day_or_a_name_without_a_rule_is_an_error_that_says_where_to_add_it() -> None:
    with pytest.raises(LookupError, match="no rule no_shows on 2019-12-31: add a row"):
        rule("no_shows", date(2019, 12, 31))
    with pytest.raises(LookupError, match="no rule something"):
        rule("something", date(2026, 7, 1))


def test_a_span_of_time_comes_in_its_unit_and_a_count_is_none() -> None:
    assert time_span("sign_in_margin", date(2026, 7, 1)) == timedelta(minutes=60)
    assert time_span("overdue_after", date(2026, 7, 1)) == timedelta(days=7)
    with pytest.raises(LookupError, match="is in metre"):
        time_span("position_accuracy_limit", date(2026, 7, 1))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,1,furlong,2020-01-01,,City", "some.csv, line 2: the unit 'furlong' is not known"),
        ("a,one,count,2020-01-01,,City", "line 2: invalid literal"),
        ("a,1,count,2020-01-01,,", "line 2: the source is missing"),
        ("a,1,count,2020-02-01,2020-01-01,City", "line 2: it ends before it begins"),
        ("a,1,count,2020-01-01,,City\na,2,count,2021-01-01,,City", "line 3: it begins before the row above"),
    ],
)
def test_a_row_that_cannot_be_right_is_named(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "some.csv").write_text(HEAD + row + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_rules(tmp_path)


def test_a_name_stands_in_one_file_only(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(HEAD + "a,1,count,2020-01-01,,City\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"two\.csv, line 2: a is also in one\.csv"):
        read_rules(tmp_path)


def test_the_rules_of_the_product_hold_today() -> None:
    for name, rows in read_rules(rules.FOLDER).items():
        assert rows[-1].valid_to is None, f"{name} has ended"
