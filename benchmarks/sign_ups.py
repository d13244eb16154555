"""Sign-up commands per second with 16 people pressing at once, on SQLite and on PostgreSQL.

Three things in one run, so that they can be divided: bare transactions of the same number of rows without any rule,
sign-ups spread over many activities, and everybody wanting the same one, which lets one in at a time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from benchmarks.report import Report
from operations.access import Actor, Role
from operations.commands.activities import ShiftPlan, publish_activity
from operations.commands.organisations import register_organisation
from operations.commands.places import register_site
from operations.commands.sign_ups import sign_up
from operations.commands.volunteers import register_volunteer
from operations.database import migrate, open_database, writing
from operations.model import Area, AuditEntry, Shift
from tests.postgresql import PostgresqlMissing, throwaway_cluster

CLIENTS = 16
COMMANDS = 800
ACTIVITIES = 40
NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)
CITY = Actor("city", Role.CITY_ADMINISTRATOR)


@dataclass(frozen=True)
class Crowd:
    """A database with people who signed up for nothing yet; the last of the shifts is the one everybody wants."""

    engine: Engine
    volunteers: list[int]
    shifts: list[int]


def measure(report: Report) -> None:
    """Measure both databases with everything on this machine; the throwaway PostgreSQL does not wait for the disk."""
    report.section(f"Sign-ups: {COMMANDS} commands by {CLIENTS} clients at once")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _measure(report, "SQLite", f"sqlite:///{Path(folder) / 'operations.sqlite'}")
    try:
        with throwaway_cluster() as cluster:
            _measure(report, "PostgreSQL", cluster.new_database())
    except PostgresqlMissing as missing:
        report.line(f"  PostgreSQL: not measured, {missing}")


def _measure(report: Report, name: str, url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    crowd = _gather(engine)
    bare = _per_second(lambda number: _write_bare_rows(engine, number))
    spread = _per_second(lambda number: _sign_up(crowd, number, crowd.shifts[number % ACTIVITIES]))
    wanted = _per_second(lambda number: _sign_up(crowd, number, crowd.shifts[-1]))
    engine.dispose()
    report.figure(f"{name}: bare transactions of one row", bare, "/s")
    report.figure(f"{name}: sign-ups for {ACTIVITIES} activities", spread, "/s")
    report.figure(f"{name}: sign-ups for the same shift", wanted, "/s")
    report.figure(f"{name}: bare transactions to sign-ups", bare / spread, "times")
    report.figure(f"{name}: many activities to one shift", spread / wanted, "times")


def _per_second(command: Callable[[int], None]) -> float:
    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(command, range(COMMANDS)))
    return COMMANDS / (time.perf_counter() - begin)


def _sign_up(crowd: Crowd, number: int, shift_id: int) -> None:
    person = crowd.volunteers[number]
    actor = Actor(f"volunteer:{person}", Role.VOLUNTEER, volunteer_id=person)
    with writing(crowd.engine) as session:
        sign_up(session, actor, volunteer_id=person, shift_id=shift_id, at=NOW)


def _write_bare_rows(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        session.add(
            AuditEntry(
                happened_at=NOW, actor="bench", action="bench", subject_kind="bench", subject_id=str(number)
            )
        )


def _gather(engine: Engine) -> Crowd:
    """People of one district, and activities at different times, each with places for half of those who will come."""
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        organisation = register_organisation(
            session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=NOW
        ).organisation
        site = register_site(
            session, CITY, name="断桥", kind="park", area_code="330106", lon=120.15, lat=30.26,
            position_system="WGS-84", at=NOW,
        )  # fmt: skip
        for number in range(ACTIVITIES + 1):
            start = NOW + timedelta(days=1, hours=4 * number)
            capacity = COMMANDS // 2 if number == ACTIVITIES else COMMANDS // ACTIVITIES // 2
            publish_activity(
                session, CITY, organisation_id=organisation.organisation_id, title="清扫",
                category_code="environment", area_code="330106", risk_statement="路滑", at=NOW,
                shifts=[ShiftPlan(start, start + timedelta(hours=3), capacity, (site.site_id,))],
            )  # fmt: skip
        people = [
            register_volunteer(
                session, CITY, full_name="张三", id_type="passport", id_number=f"E{number:08d}",
                area_code="330106", at=NOW,
            )
            for number in range(COMMANDS)
        ]  # fmt: skip
        volunteers = [getattr(person, "volunteer", person).volunteer_id for person in people]
        shifts = list(session.scalars(select(Shift.shift_id).order_by(Shift.shift_id)))
    return Crowd(engine, volunteers, shifts)
