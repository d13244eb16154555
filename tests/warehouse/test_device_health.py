"""marts.device_health: how every registered reader is, and what it did in the last seven days."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.warehouse.rows import compute_up_to, put, rows, utc
from warehouse.checks import run_checks
from warehouse.tables import table


@pytest.mark.parametrize(
    ("last_heartbeat", "offset", "retired", "state"),
    [
        ("2026-08-09 12:00", 0, None, "ok"),
        ("2026-08-09 12:00", 601, None, "skewed"),
        ("2026-08-09 12:00", -601, None, "skewed"),
        ("2026-08-08 11:59", 0, None, "silent"),
        ("2026-08-08 11:59", 601, None, "silent"),
        (None, 0, None, "never_seen"),
        ("2026-08-09 12:00", 601, "2026-08-01 00:00", "retired"),
    ],
)
def test_the_first_thing_that_is_wrong_is_the_state(
    plain: duckdb.DuckDBPyConnection, last_heartbeat: str | None, offset: int, retired: str | None, state: str
) -> None:
    put(plain, "raw.devices", {"device_no": "D1", "retired_at": utc(retired) if retired else None})
    put(plain, "raw.check_ins", {"event_id": 1, "direction": "in", "received_at": utc("2026-08-09 12:00")})
    if last_heartbeat:
        put(
            plain,
            "raw.heartbeats",
            {"device_no": "D1", "received_at": utc(last_heartbeat), "clock_offset_seconds": offset},
        )
    compute_up_to(plain, "marts.device_health")
    assert rows(plain, "marts.device_health", "device_no", "state") == [("D1", state)]


def test_the_last_seven_days_are_those_before_the_data_clock(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.devices", {"device_no": "D1"})
    for day in (3, 4, 10):
        at = utc(f"2026-08-{day:02} 02:00")
        put(
            plain,
            "raw.swipe_lines",
            {
                "segment": f"s{day}",
                "line_no": 1,
                "device_no": "D1",
                "received_day": date(2026, 8, day),
                "received_at": at,
            },
        )
        tap = {
            "segment": f"s{day}",
            "device_no": "D1",
            "received_day": date(2026, 8, day),
            "received_at": at,
            "tapped_at": at,
        }
        put(plain, "raw.taps", tap)
    compute_up_to(plain, "marts.device_health")
    columns = ("taps_7d", "last_tap_at", "longest_delay_seconds_7d")
    assert rows(plain, "marts.device_health", *columns) == [(2, utc("2026-08-10 02:00"), 0)]


def test_before_anything_arrives_every_registered_reader_is_shown(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.devices", {"device_no": "D1"}, {"device_no": "D2", "site_id": 7})
    compute_up_to(plain, "marts.device_health")
    assert rows(plain, "marts.device_health", "device_no", "state") == [
        ("D1", "never_seen"),
        ("D2", "never_seen"),
    ]
    assert all(result.passed for result in run_checks(plain, table("marts.device_health")))


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM marts.device_health WHERE device_no = 'D1'", ("D1", 1, 0)),
        ("INSERT INTO marts.device_health FROM marts.device_health", ("D1", 1, 2)),
        ("DELETE FROM raw.devices", ("D1", 0, 1)),
    ],
    ids=["lost", "twice", "not registered"],
)
def test_a_reader_that_is_not_shown_once_is_found_by_the_check(
    plain: duckdb.DuckDBPyConnection, harm: str, found: tuple[object, ...]
) -> None:
    put(plain, "raw.devices", {"device_no": "D1"})
    compute_up_to(plain, "marts.device_health")
    plain.execute(harm)
    broken = [result for result in run_checks(plain, table("marts.device_health")) if not result.passed]
    assert [(result.check, result.severity, result.rows) for result in broken] == [
        ("every_registered_reader_once", "stop", (found,))
    ]
