"""marts.rejected_taps: what was rejected, by day, reason, device and card."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from tests.warehouse.rows import build_up_to, compute_up_to, put, rows, utc
from warehouse.checks import run_checks
from warehouse.tables import table

MONDAY = date(2026, 8, 3)
SHOWN = ("tapped_on", "reason", "device_no", "card_no", "taps", "first_tapped_at", "last_tapped_at")


def _rejected(line_no: int, **columns: Any) -> dict[str, Any]:
    return {
        "segment": "s",
        "line_no": line_no,
        "device_no": "D1",
        "card_no": "X",
        "received_day": MONDAY,
        "tapped_at": utc("2026-08-03 01:00"),
        "reason": "unknown_card",
    } | columns


def test_taps_of_one_card_at_one_device_on_one_day_are_one_row(plain: duckdb.DuckDBPyConnection) -> None:
    put(
        plain,
        "raw.rejected_taps",
        _rejected(1),
        _rejected(2, tapped_at=utc("2026-08-03 03:00")),
        _rejected(3, card_no="Y"),
        _rejected(4, device_no="D2"),
        _rejected(5, reason="stale_tap"),
        # 16:00 UTC is midnight in Hangzhou.
        _rejected(6, tapped_at=utc("2026-08-02 15:59")),
    )
    compute_up_to(plain, "marts.rejected_taps")
    one, three = utc("2026-08-03 01:00"), utc("2026-08-03 03:00")
    late = utc("2026-08-02 15:59")
    assert rows(plain, "marts.rejected_taps", *SHOWN) == [
        (date(2026, 8, 2), "unknown_card", "D1", "X", 1, late, late),
        (MONDAY, "stale_tap", "D1", "X", 1, one, one),
        (MONDAY, "unknown_card", "D1", "X", 2, one, three),
        (MONDAY, "unknown_card", "D1", "Y", 1, one, one),
        (MONDAY, "unknown_card", "D2", "X", 1, one, one),
    ]
    assert all(result.passed for result in run_checks(plain, table("marts.rejected_taps")))


def test_a_line_that_cannot_be_read_is_counted_on_its_day_of_arrival(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    put(
        plain,
        "raw.rejected_taps",
        _rejected(1, device_no=None, card_no=None, tapped_at=None, reason="malformed"),
    )
    compute_up_to(plain, "marts.rejected_taps")
    assert rows(plain, "marts.rejected_taps", *SHOWN) == [(MONDAY, "malformed", "", "", 1, None, None)]


def test_a_rejected_tap_lies_where_its_device_stands(plain: duckdb.DuckDBPyConnection) -> None:
    put(plain, "raw.rejected_taps", _rejected(1), _rejected(2, device_no="D9", reason="unknown_device"))
    put(plain, "raw.devices", {"device_no": "D1", "site_id": 5})
    put(
        plain,
        "raw.sites",
        {"site_id": 5, "name": "图书馆", "district_code": "330106", "township_code": "330106001"},
    )
    compute_up_to(plain, "marts.rejected_taps")
    where = ("device_no", "site_name", "district_code", "township_code")
    assert rows(plain, "marts.rejected_taps", *where) == [
        ("D1", "图书馆", "330106", "330106001"),
        ("D9", None, None, None),
    ]


def test_taps_that_heal_leave_the_day_they_arrived_on_and_no_other(lake: duckdb.DuckDBPyConnection) -> None:
    put(lake, "raw.rejected_taps", _rejected(1), _rejected(2, received_day=date(2026, 8, 4)))
    build_up_to(lake, "marts.rejected_taps")
    lake.execute("DELETE FROM raw.rejected_taps WHERE line_no = 1")
    built = build_up_to(lake, "marts.rejected_taps")
    assert built.touched == (MONDAY,)
    assert rows(lake, "marts.rejected_taps", "received_day", "taps") == [(date(2026, 8, 4), 1)]
