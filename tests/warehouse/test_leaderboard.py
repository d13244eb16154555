"""marts.leaderboard: who served most, by period, and nobody who did not agree to be ranked."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from tests.warehouse.rows import build_up_to, compute_up_to, put, rows, session
from warehouse.checks import run_checks
from warehouse.tables import table

NAME = "marts.leaderboard"
YESTERDAY = datetime(2026, 8, 2)  # noqa: DTZ001


def _volunteers(con: duckdb.DuckDBPyConnection) -> None:
    """1 and 2 agreed to be ranked, 3 took it back, 4 never did."""
    for volunteer in (1, 2, 3, 4):
        name = "小明" if volunteer == 1 else None
        put(
            con,
            "raw.volunteers",
            {
                "volunteer_id": volunteer,
                "volunteer_no": f"V{volunteer}",
                "display_name": name,
                "status": "active",
            },
        )
    for volunteer, withdrawn in ((1, None), (2, None), (3, YESTERDAY)):
        put(
            con,
            "raw.consents",
            {
                "consent_id": volunteer,
                "volunteer_id": volunteer,
                "purpose": "public_ranking",
                "withdrawn_at": withdrawn,
            },
        )
    put(con, "raw.organisations", {"organisation_id": 7, "name": "红十字会", "district_code": "330106"})
    put(con, "raw.areas", {"area_code": "330106", "name": "西湖区", "kind": "district"})
    put(con, "raw.sites", {"site_id": 1, "organisation_id": 7, "district_code": "330106"})


def _ranks(con: duckdb.DuckDBPyConnection, period: str, subject: str) -> list[tuple[object, ...]]:
    return con.execute(
        f"SELECT rank, subject_name, minutes, people FROM {NAME} WHERE period_kind = ? AND subject_kind = ? "
        "ORDER BY rank, subject_id",
        [period, subject],
    ).fetchall()


def test_only_volunteers_who_agreed_are_ranked_and_all_count_for_their_organisation(
    plain: duckdb.DuckDBPyConnection,
) -> None:
    _volunteers(plain)
    put(
        plain,
        "core.sessions",
        *[session(f"s{v}", volunteer_id=v, site_id=1, settled_minutes=10 * v) for v in (1, 2, 3, 4)],
    )
    compute_up_to(plain, NAME)
    for period in ("week", "month", "year", "all"):
        assert _ranks(plain, period, "volunteer") == [(1, "V2", 20, 1), (2, "小明", 10, 1)]
        assert _ranks(plain, period, "organisation") == [(1, "红十字会", 100, 4)]
        assert _ranks(plain, period, "district") == [(1, "西湖区", 100, 4)]
    assert all(result.passed for result in run_checks(plain, table(NAME)))


def test_equal_minutes_share_a_rank(plain: duckdb.DuckDBPyConnection) -> None:
    _volunteers(plain)
    put(plain, "core.sessions", *[session(f"s{v}", volunteer_id=v, site_id=1) for v in (1, 2)])
    compute_up_to(plain, NAME)
    assert [row[0] for row in _ranks(plain, "week", "volunteer")] == [1, 1]


def test_credit_and_honour_minutes_stand_apart(plain: duckdb.DuckDBPyConnection) -> None:
    _volunteers(plain)
    put(plain, "core.sessions", session("a", site_id=1, settled_minutes=60))
    put(
        plain,
        "core.sessions",
        session("b", settled_minutes=5, channel="HONOUR", hour_kind="honour", opening_event_id="1"),
    )
    compute_up_to(plain, NAME)
    assert rows(plain, f"(FROM {NAME} WHERE subject_kind = 'volunteer' AND period_kind = 'all')",
                "minutes", "credit_minutes", "honour_minutes", "sessions") == [(65, 60, 5, 2)]  # fmt: skip


def test_a_consent_taken_back_removes_the_volunteer_from_every_period(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    _volunteers(lake)
    put(lake, "core.sessions", session("a", site_id=1, service_day=date(2025, 5, 5)), session("b", site_id=1))
    put(lake, "core.sessions", session("c", site_id=1, volunteer_id=2, service_day=date(2026, 3, 3)))
    build_up_to(lake, NAME)
    lake.execute("UPDATE raw.consents SET withdrawn_at = TIMESTAMP '2026-08-03' WHERE volunteer_id = 1")
    result = build_up_to(lake, NAME)
    assert date(2026, 3, 1) not in result.touched
    assert rows(lake, f"(FROM {NAME} WHERE subject_kind = 'volunteer' AND subject_id = '1')") == []
    assert all(result.passed for result in run_checks(lake, table(NAME)))


def test_a_new_consent_shows_past_service_too(lake: duckdb.DuckDBPyConnection) -> None:
    _volunteers(lake)
    put(lake, "core.sessions", session("a", site_id=1, volunteer_id=4, service_day=date(2026, 3, 3)))
    build_up_to(lake, NAME)
    put(lake, "raw.consents", {"consent_id": 9, "volunteer_id": 4, "purpose": "public_ranking"})
    build_up_to(lake, NAME)
    assert _ranks(lake, "month", "volunteer") == [(1, "V4", 60, 1)]


def test_a_ranking_without_consent_is_found_by_the_check(plain: duckdb.DuckDBPyConnection) -> None:
    _volunteers(plain)
    put(plain, NAME, {"subject_kind": "volunteer", "subject_id": "4", "period_kind": "week"})
    broken = [result for result in run_checks(plain, table(NAME)) if not result.passed]
    assert [(result.check, result.severity) for result in broken] == [
        ("nobody_is_ranked_without_consent", "stop")
    ]
