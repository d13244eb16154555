"""core.session_reviews: which minutes of a day wait at which level, and what a decision on them brings."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.rows import compute, compute_up_to, put, rows, session, utc
from warehouse.checks import run_checks
from warehouse.tables import catalogue, table

NAME = "core.session_reviews"
MONDAY = date(2026, 8, 3)


def stretch(name: str, net: int, settled: int, review: int, *, hour: int = 1, **more: Any) -> dict[str, Any]:
    """A session that begins at an hour (UTC), its net minutes as time-keeping split them."""
    minutes = {"raw_minutes": net, "net_minutes": net, "settled_minutes": settled, "review_minutes": review}
    void = {"void_minutes": net - settled - review}
    return session(name, in_at=utc(f"2026-08-03 {hour:02d}:00"), **minutes, **void, **more)


def decision(number: int, name: str, granted: int, seen: int, **more: Any) -> dict[str, Any]:
    """A decision of the organisation on a session of volunteer 1 on Monday."""
    minutes = {"minutes_granted": granted, "minutes_in_review": seen}
    told = {"session_id": name, "volunteer_id": 1, "service_day": MONDAY, "level": "organisation"}
    return {"decision_id": number, **told, **minutes, **more}


def stopped(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The rules that stop a build and are broken."""
    results = run_checks(con, table(name))
    return [result.check for result in results if result.severity == "stop" and not result.passed]


def waiting(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    compute_up_to(con, NAME)
    assert stopped(con, NAME) == []
    return rows(
        con, NAME, "session_id", "level", "review_minutes", "granted_minutes", "waiting_minutes", "state"
    )


def test_up_to_twelve_hours_the_organisation_decides_and_the_city_above(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", stretch("a", 400, 400, 0), stretch("b", 500, 80, 420, hour=9))
    assert waiting(plain) == [
        ("b", "city", 180, 0, 180, "waiting"),
        ("b", "organisation", 240, 0, 240, "waiting"),
    ]


def test_honour_minutes_come_after_all_credit_minutes_of_the_day_in_their_own_order(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    honour = {"channel": "HONOUR", "hour_kind": "honour"}
    put(
        plain,
        "core.sessions",
        stretch("late credit", 500, 480, 20, hour=12),
        stretch("no time", 200, 0, 200, opening_event_id="2", **honour) | {"in_at": None},
        stretch("early honour", 100, 0, 100, opening_event_id="9", **honour),
        stretch("no time either", 100, 0, 100, opening_event_id="10", **honour) | {"in_at": None},
    )
    assert waiting(plain) == [
        ("early honour", "organisation", 100, 0, 100, "waiting"),
        ("late credit", "organisation", 20, 0, 20, "waiting"),
        ("no time", "city", 80, 0, 80, "waiting"),
        ("no time", "organisation", 120, 0, 120, "waiting"),
        ("no time either", "city", 100, 0, 100, "waiting"),
    ]


def test_void_minutes_wait_for_nobody(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", stretch("a", 1500, 480, 960))
    assert waiting(plain) == [
        ("a", "city", 720, 0, 720, "waiting"),
        ("a", "organisation", 240, 0, 240, "waiting"),
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (60, (60, 40, 0, "decided")),  # as it was seen: 40 granted, 20 refused
        (90, (90, 40, 30, "changed")),  # what came to it waits
        (50, (50, 40, 0, "changed")),
        (30, (30, 30, 0, "changed")),  # never more than is there
    ],
)
def test_a_decision_holds_for_what_was_seen_and_never_for_more_than_there_is(
    plain: duckdb.DuckDBPyConnection, now: int, expected: tuple[Any, ...]
) -> None:
    put(plain, "core.sessions", stretch("a", 480 + now, 480, now))
    put(plain, "raw.review_decisions", decision(1, "a", 40, 60))
    assert waiting(plain) == [("a", "organisation", *expected)]


def test_the_newest_decision_stands(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", stretch("a", 540, 480, 60))
    put(plain, "raw.review_decisions", decision(1, "a", 60, 60), decision(2, "a", 0, 60))
    assert waiting(plain) == [("a", "organisation", 60, 0, 0, "decided")]


def test_a_decision_on_another_day_level_or_person_is_none_on_this_one(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", stretch("a", 540, 480, 60))
    put(
        plain,
        "raw.review_decisions",
        decision(1, "a", 60, 60, service_day=date(2026, 8, 4)),
        decision(2, "a", 60, 60, level="city"),
        decision(3, "a", 60, 60, volunteer_id=2),
    )
    assert waiting(plain) == [("a", "organisation", 60, 0, 60, "waiting")]


@pytest.mark.parametrize("decided_for", [12, None])
def test_a_decision_of_an_organisation_that_is_not_the_sessions_is_none_and_hides_none(
    plain: duckdb.DuckDBPyConnection, decided_for: int | None
) -> None:
    put(plain, "raw.activities", {"activity_id": 5, "organisation_id": 11})
    put(plain, "raw.shifts", {"shift_id": 7, "activity_id": 5})
    put(plain, "raw.sites", {"site_id": 3, "organisation_id": 11})
    put(plain, "raw.honour_records", {"record_id": 9, "organisation_id": 11})
    honour = {"channel": "HONOUR", "hour_kind": "honour", "opening_event_id": "9"}
    put(
        plain,
        "core.sessions",
        stretch("shift", 490, 480, 10, shift_id=7),
        stretch("post", 10, 0, 10, hour=10, site_id=3),
        stretch("honour", 10, 0, 10, hour=11, **honour),
    )
    for number, name in enumerate(("shift", "post", "honour"), start=1):
        own = decision(number, name, 4, 10, organisation_id=11)
        put(plain, "raw.review_decisions", own, own | {"decision_id": 10, "organisation_id": decided_for})
    compute_up_to(plain, NAME)
    assert rows(plain, NAME, "session_id", "decision_id", "granted_minutes") == [
        ("honour", 3, 4),
        ("post", 2, 4),
        ("shift", 1, 4),
    ]


def test_granted_minutes_count_once_in_all_that_is_summed_and_earn_points(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", stretch("a", 800, 480, 320))
    both = {"level": "city", "minutes_in_review": 80, "minutes_granted": 30}
    put(plain, "raw.review_decisions", decision(1, "a", 240, 240), decision(2, "a", 0, 0) | both)
    for name in ("core.lifetime_service", "core.point_awards", "marts.service_records"):
        compute_up_to(plain, name)
    assert rows(plain, "core.counted_sessions", "minutes", "granted_minutes", "review_minutes") == [
        (750, 270, 0)
    ]
    for name in ("core.daily_service", "core.lifetime_service", "core.point_awards", "marts.service_records"):
        assert rows(plain, name, "minutes") == [(750,)]
    for name in ("core.counted_sessions", "core.daily_service", "core.point_awards"):
        assert stopped(plain, name) == []


def test_no_rule_of_what_is_summed_takes_granted_minutes_for_a_mistake(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(plain, "core.sessions", stretch("a", 540, 480, 60))
    put(plain, "raw.review_decisions", decision(1, "a", 50, 60))
    summed = [one.name for one in catalogue() if one.sql and "core.counted_sessions" in one.upstream]
    assert "marts.city_map" in summed
    for name in summed:
        compute_up_to(plain, name)
    assert [(name, broken) for name in summed if (broken := stopped(plain, name))] == []


def test_minutes_counted_twice_or_not_at_all_are_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "core.sessions", stretch("a", 540, 480, 60))
    put(plain, "raw.review_decisions", decision(1, "a", 60, 60))
    compute_up_to(plain, "core.counted_sessions")
    for change in (60, -120):
        plain.execute("UPDATE core.counted_sessions SET minutes = minutes + ?", [change])
        assert stopped(plain, "core.counted_sessions") == ["counted_minutes_are_session_minutes"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nets=st.lists(st.integers(1, 900), min_size=1, max_size=4),
    decided=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["organisation", "city"]),
            st.integers(0, 900),
            st.integers(1, 900),
        ),
        max_size=6,
    ),
)
def test_whatever_was_decided_no_minute_counts_that_is_not_there_or_twice(
    plain: duckdb.DuckDBPyConnection, nets: list[int], decided: list[tuple[int, str, int, int]]
) -> None:
    for name in ("core.sessions", "raw.review_decisions"):
        plain.execute(f"DELETE FROM {name}")
    before = 0
    for number, net in enumerate(nets):
        ends = [min(before + net, ceiling) - min(before, ceiling) for ceiling in (480, 1440)]
        put(plain, "core.sessions", stretch(f"s{number}", net, ends[0], ends[1] - ends[0], hour=number))
        before += net
    for number, (which, level, granted, seen) in enumerate(decided, start=1):
        told = decision(number, f"s{which}", min(granted, seen), seen, level=level)
        put(plain, "raw.review_decisions", told)
    if not rows(plain, "reference.timekeeping_rules"):
        compute_up_to(plain, NAME)
    for name in (NAME, "core.counted_sessions"):
        compute(plain, table(name))
        assert stopped(plain, name) == []
    (total,) = plain.execute("SELECT SUM(minutes + review_minutes) FROM core.counted_sessions").fetchall()[0]
    assert min(before, 480) <= total <= min(before, 1440)
    at_level = dict(plain.execute(f"SELECT level, SUM(review_minutes) FROM {NAME} GROUP BY level").fetchall())
    assert at_level.get("organisation", 0) == min(before, 720) - min(before, 480)
    assert at_level.get("city", 0) == min(before, 1440) - min(before, 720)
