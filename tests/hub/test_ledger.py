"""`hub ledger`: the points are proven, and what was done to them behind the program is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from operations.access import Actor, Role
from operations.commands.ledger_chain import seal
from operations.commands.ledger_settlement import DUE, settle_batch
from operations.database import migrate, open_database, writing
from operations.model import Area, Volunteer
from tests.hub.conftest import Hub

NOW = datetime(2026, 8, 1, 2, tzinfo=UTC)


@pytest.fixture
def ledger(home: Path) -> Path:
    """The operational database of a home in which one volunteer has three awards, sealed."""
    database = home / "operations.sqlite"
    engine = open_database(f"sqlite:///{database}")
    migrate(engine)
    due = [(f"a{number}", 1, date(2026, 7, 1), 100, 0, "1") for number in (1, 2, 3)]
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        session.add(Volunteer(volunteer_id=1, volunteer_no="V1", district_code="330106", registered_at=NOW))
        session.flush()
        frame = pl.DataFrame(due, schema=DUE, orient="row")
        settle_batch(session, Actor("system", Role.SYSTEM), frame, at=NOW, reference="settlement:1")
    seal(engine)
    engine.dispose()
    return database


def test_a_sound_ledger_is_proven_and_its_chain_is_at_its_end(hub: Hub, ledger: Path) -> None:
    answer = hub("ledger", "verify")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    lines = answer.stdout.splitlines()
    # 13 of the ledger, 9 of the mall.
    assert len(lines) == 22 and all(line.startswith("ok ") for line in lines)
    assert "0 transfers sealed. The chain ends at transfer 3: " in hub("ledger", "seal").stdout


def test_a_transfer_that_was_deleted_behind_the_program_is_named_and_the_program_fails(
    hub: Hub, ledger: Path
) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'point_transfers'"
        ).fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM point_transfers WHERE transfer_no = 3")
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()
    answer = hub("ledger", "verify")
    assert answer.returncode == 1
    assert "transfer 3 was deleted" in answer.stdout
    assert "The points ledger is broken: balances_are_entries" in answer.stderr
