"""The law of incremental building: whatever changes in whatever order, the tables equal a build from nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from tests.warehouse.rows import compute, put, put_all, rows, session, utc
from warehouse.build import build
from warehouse.checks import run_checks
from warehouse.tables import catalogue

BUILT = [table for table in catalogue() if table.sql is not None or table.csv is not None]
FIRST = date(2026, 7, 27)


UPDATES = {
    "a removed day": "DELETE FROM core.sessions WHERE service_day = $day",
    "other minutes": "UPDATE core.sessions SET settled_minutes = 7 WHERE site_id = $one AND verdict = 'counted'",
    "an activity": "UPDATE raw.activities SET organisation_id = $other, title = $word WHERE activity_id = $one",
    "a shift": "UPDATE raw.shifts SET activity_id = $one WHERE shift_id = $other",
    "a site": "UPDATE raw.sites SET district_code = $word, organisation_id = $other WHERE site_id = $one",
    "an organisation": "UPDATE raw.organisations SET name = $word WHERE organisation_id = $one",
    "a volunteer who moved": "UPDATE raw.volunteers SET district_code = $word WHERE volunteer_id = $one",
    "a volunteer": "UPDATE raw.volunteers SET display_name = $word WHERE volunteer_id = $one",
    "minutes in review": (
        "UPDATE core.sessions SET review_minutes = 50, net_minutes = settled_minutes + 50 "
        "WHERE site_id = $one AND verdict = 'counted'"
    ),
    "a dispute decided": "UPDATE raw.disputes SET status = 'decided' WHERE volunteer_id = $one",
    "consents taken back": "UPDATE raw.consents SET withdrawn_at = $at WHERE volunteer_id = $one",
}


def _build(con: duckdb.DuckDBPyConnection) -> None:
    for table in BUILT:
        build(con, table)


def _a_city(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "raw.areas", {"area_code": "330105", "name": "拱墅"}, {"area_code": "330106", "name": "西湖"})
    for number in (1, 2, 3):
        put(
            con,
            "raw.organisations",
            {"organisation_id": number, "name": f"O{number}", "district_code": "330106"},
        )
        put(con, "raw.sites", {"site_id": number, "organisation_id": number, "district_code": "330105"})
        put(con, "raw.volunteers", {"volunteer_id": number, "volunteer_no": f"V{number}", "status": "active"})
        put(
            con,
            "raw.activities",
            {"activity_id": number, "organisation_id": number, "category_code": "youth"},
        )
        put(con, "raw.shifts", {"shift_id": number, "activity_id": number})
        put(con, "raw.devices", {"device_no": f"D{number}", "site_id": number})


def _change(con: duckdb.DuckDBPyConnection, chance: random.Random, number: int) -> None:
    """One change of some kind to some row."""
    day = FIRST + timedelta(days=chance.randrange(14))
    one, other, at = chance.randint(1, 3), chance.randint(1, 3), utc(f"{day} 02:00")
    kinds = ["session", "session", "tap", "rejected", "honour", "heartbeat", "consent", "review", "dispute"]
    kinds += ["points", "points"]
    kind = chance.choice([*kinds, *UPDATES])
    if kind == "session":
        verdict = chance.choice(["counted", "counted", "missing_out"])
        minutes = chance.randint(1, 100) if verdict == "counted" else 0
        shift = chance.choice([None, one])
        told = {"volunteer_id": one, "site_id": other, "shift_id": shift, "service_day": day, "in_at": at}
        put(con, "core.sessions", session(f"s{number}", verdict=verdict, settled_minutes=minutes, **told))
    elif kind == "tap":
        line = {"segment": f"g{number}", "device_no": f"D{one}", "received_day": day, "received_at": at}
        put(con, "raw.swipe_lines", line | {"tapped_at": at})
        put(con, "raw.taps", line | {"tapped_at": at})
    elif kind == "rejected":
        line = {"segment": f"g{number}", "device_no": f"D{one}", "received_day": day, "received_at": at}
        put(con, "raw.swipe_lines", line)
        put(
            con,
            "raw.rejected_taps",
            line | {"tapped_at": at, "card_no": f"C{other}", "reason": "unknown_card"},
        )
    elif kind == "honour":
        record = {"record_id": number, "volunteer_id": one, "organisation_id": one, "entered_by": other}
        put(con, "raw.honour_records", record | {"service_day": day, "entered_at": at, "minutes": 3000})
        approval = {"record_id": number, "decision": "approved", "decided_by": one, "decided_at": at}
        put(con, "raw.honour_approvals", approval)
    elif kind == "heartbeat":
        put(con, "raw.heartbeats", {"heartbeat_id": number, "device_no": f"D{one}", "received_at": at})
    elif kind == "consent":
        put(con, "raw.consents", {"consent_id": number, "volunteer_id": one, "purpose": "public_ranking"})
    elif kind == "points":
        _move_points(con, chance, number, day)
    elif kind in ("review", "dispute"):
        _decide_on_some_session(con, chance, number, kind)
    else:
        named = {
            "day": day,
            "one": one,
            "other": other,
            "at": at,
            "word": chance.choice(["330105", "330106", "youth"]),
        }
        used = {name: value for name, value in named.items() if f"${name}" in UPDATES[kind]}
        con.execute(UPDATES[kind], used)


def _move_points(con: duckdb.DuckDBPyConnection, chance: random.Random, number: int, day: date) -> None:
    """Add points to a volunteer by hand, or take what is left of their newest month at the mall or a shop."""
    one = chance.randint(1, 3)
    code = chance.choice(["adjustment:00", "mall:00", "shop:5"])
    for account, name, owner in ((one, f"volunteer:{one}", one), (90 + len(code), code, None)):
        if not con.execute("SELECT 1 FROM raw.point_accounts WHERE account_id = ?", [account]).fetchall():
            told = {"account_id": account, "code": name, "kind": name.split(":")[0], "volunteer_id": owner}
            put(con, "raw.point_accounts", told)
    lot = con.execute(
        "SELECT earned_month, remaining_cents FROM raw.point_lots "
        "WHERE account_id = ? AND remaining_cents > 0 ORDER BY 1 DESC",
        [one],
    ).fetchone()
    if code == "adjustment:00" or lot is None:
        code, month, amount = "adjustment:00", day.replace(day=1), chance.randint(1, 99)
        key = {"account_id": one, "earned_month": month}
        if not con.execute(
            "SELECT 1 FROM raw.point_lots WHERE account_id = $account_id AND earned_month = $earned_month",
            key,
        ).fetchall():
            put(con, "raw.point_lots", key | {"expires_on": FIRST})
    else:
        month, amount = lot[0], -lot[1]
    other = con.execute("SELECT account_id FROM raw.point_accounts WHERE code = ?", [code]).fetchall()
    if not other:
        return
    sides = (other[0][0], one) if amount > 0 else (one, other[0][0])
    told = {"kind": "adjustment" if amount > 0 else "spend", "amount_cents": abs(amount)}
    told |= {"debit_account_id": sides[0], "credit_account_id": sides[1]}
    told |= {"transfer_no": number, "period": day.replace(day=1), "posted_at": utc(f"{day} 02:00")}
    put(con, "raw.point_transfers", told)
    for account, change in ((one, amount), (other[0][0], -amount)):
        con.execute(
            f"UPDATE raw.point_accounts SET balance_cents = balance_cents + {change} WHERE account_id = {account}"
        )
    con.execute(
        f"UPDATE raw.point_lots SET remaining_cents = remaining_cents + {amount} "
        f"WHERE account_id = {one} AND earned_month = DATE '{month}'"
    )


def _decide_on_some_session(
    con: duckdb.DuckDBPyConnection, chance: random.Random, number: int, kind: str
) -> None:
    found = con.execute(
        "SELECT session_id, volunteer_id, service_day FROM core.sessions ORDER BY ALL"
    ).fetchall()
    if not found:
        return
    told = dict(zip(("session_id", "volunteer_id", "service_day"), chance.choice(found), strict=True))
    if kind == "review":
        level = chance.choice(["organisation", "city"])
        minutes = {"minutes_in_review": 50, "minutes_granted": chance.randint(0, 50)}
        put(con, "raw.review_decisions", {"decision_id": number, "level": level, **minutes, **told})
    else:
        at = utc(f"{told['service_day']} 02:00")
        put(con, "raw.disputes", {"dispute_id": number, "status": "open", "opened_at": at, **told})


@pytest.mark.parametrize("seed", [1, 2])
def test_incremental_builds_equal_a_build_from_nothing(
    lake: duckdb.DuckDBPyConnection, plain: duckdb.DuckDBPyConnection, seed: int
) -> None:
    chance = random.Random(seed)
    _a_city(lake)
    for number in range(10):
        _change(lake, chance, number)
    _build(lake)
    for step in range(3):
        for number in range(4):
            _change(lake, chance, 100 + step * 10 + number)
        _build(lake)
    for table in catalogue():
        if table not in BUILT:
            put_all(plain, table.name, lake.execute(f"SELECT * FROM {table.name}").fetchall())
    for table in BUILT:
        compute(plain, table)
        assert rows(lake, table.name) == rows(plain, table.name), table.name
        stopped = [
            result for result in run_checks(plain, table) if result.severity == "stop" and not result.passed
        ]
        assert [result.message() for result in stopped] == []
