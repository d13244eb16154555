"""core.device_days and marts.data_clock: what readers sent, and up to when."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.rows import build_up_to, compute_up_to, put, rows, utc
from warehouse.checks import run_checks
from warehouse.tables import table

MONDAY = date(2026, 8, 3)


def _line(segment: str, **columns: object) -> dict[str, object]:
    return {
        "segment": segment,
        "device_no": "D1",
        "received_day": MONDAY,
        "received_at": utc("2026-08-03 02:00"),
    } | columns


def test_every_line_of_a_device_and_day_is_counted_by_what_became_of_it(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(
        plain,
        "raw.swipe_lines",
        *[_line("s", line_no=n) for n in (1, 2, 3)],
        _line("s", line_no=4, device_no=None),
    )
    put(plain, "raw.taps", _line("s", line_no=1, tapped_at=utc("2026-08-03 01:58")))
    put(plain, "raw.resent_taps", {"segment": "s", "line_no": 2, "device_no": "D1", "received_day": MONDAY})
    put(plain, "raw.rejected_taps", _line("s", line_no=3, reason="unknown_card"))
    put(plain, "raw.rejected_taps", _line("s", line_no=4, device_no=None, reason="malformed"))
    compute_up_to(plain, "core.device_days")
    columns = ("device_no", "lines", "taps", "resends", "rejected", "unknown_cards", "longest_delay_seconds")
    assert rows(plain, "core.device_days", *columns) == [
        ("", 1, 0, 0, 1, 0, None),
        ("D1", 3, 1, 1, 1, 1, 120),
    ]
    assert all(result.passed for result in run_checks(plain, table("core.device_days")))


def test_a_line_without_an_outcome_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.swipe_lines", _line("s", line_no=1))
    compute_up_to(plain, "core.device_days")
    broken = [result for result in run_checks(plain, table("core.device_days")) if not result.passed]
    assert [(result.check, result.severity, result.rows) for result in broken] == [
        ("every_line_has_one_outcome", "stop", (("D1", MONDAY, 1, 0, 0, 0),))
    ]


def test_the_last_heartbeat_of_a_local_day_tells_clock_and_queue(plain: duckdb.DuckDBPyConnection) -> None:
    for number, (at, offset) in enumerate(
        [("2026-08-02 15:59", 1), ("2026-08-02 16:00", 2), ("2026-08-03 15:59", 3)]
    ):
        put(
            plain,
            "raw.heartbeats",
            {
                "heartbeat_id": number,
                "device_no": "D1",
                "received_at": utc(at),
                "clock_offset_seconds": offset,
            },
        )
    compute_up_to(plain, "core.device_days")
    assert rows(plain, "core.device_days", "received_day", "clock_offset_seconds", "lines") == [
        (date(2026, 8, 2), 1, 0),
        (date(2026, 8, 3), 3, 0),
    ]


def test_a_heartbeat_touches_its_local_day_only(lake: duckdb.DuckDBPyConnection) -> None:
    put(lake, "raw.heartbeats", {"heartbeat_id": 1, "received_at": utc("2026-08-01 00:00")})
    build_up_to(lake, "core.device_days")
    put(lake, "raw.heartbeats", {"heartbeat_id": 2, "received_at": utc("2026-08-02 16:00")})
    assert build_up_to(lake, "core.device_days").touched == (MONDAY,)
    assert rows(lake, "core.device_days", "received_day") == [(date(2026, 8, 1),), (MONDAY,)]


def test_the_clock_is_the_latest_arrival_and_before_any_it_stands_at_the_beginning(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    compute_up_to(plain, "marts.data_clock")
    assert rows(plain, "marts.data_clock") == [(utc("1970-01-01 00:00"), None, None)]
    put(plain, "raw.swipe_lines", _line("s", line_no=1, received_at=utc("2026-08-03 02:00")))
    put(plain, "raw.check_ins", {"event_id": 1, "direction": "in", "received_at": utc("2026-08-03 03:00")})
    compute_up_to(plain, "marts.data_clock")
    assert rows(plain, "marts.data_clock", "as_of_at") == [(utc("2026-08-03 03:00"),)]
    assert all(result.passed for result in run_checks(plain, table("marts.data_clock")))


def test_a_malformed_line_is_counted_and_never_moves_the_clock(plain: duckdb.DuckDBPyConnection) -> None:
    ahead = utc("2099-01-01 00:00")
    put(plain, "raw.swipe_lines", _line("s", line_no=1))
    put(plain, "raw.swipe_lines", _line("s", line_no=2, received_at=ahead, malformed_text='{"v":1'))
    put(plain, "raw.rejected_taps", _line("s", line_no=2, received_at=ahead, reason="malformed"))
    compute_up_to(plain, "marts.data_clock")
    assert rows(plain, "marts.data_clock", "as_of_at") == [(utc("2026-08-03 02:00"),)]
    assert rows(plain, "core.device_days", "lines", "last_received_at") == [(2, utc("2026-08-03 02:00"))]
