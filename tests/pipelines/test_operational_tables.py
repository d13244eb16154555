"""Rows of operations arrive in the lake as they are, from SQLite and from PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine, text

from operations.database import writing
from operations.model import Area, Base, Device, Site, Volunteer
from pipelines.operational_pull import Pulled, pull, pulled_tables
from pipelines.operational_source import attached
from tests.pipelines.conftest import LONG_AGO
from warehouse.lake import open_lake
from warehouse.tables import create_all
from warehouse.transactions import transaction

NOON = datetime(2026, 8, 3, 4, 0, 0, tzinfo=UTC)
EXACT = 120.123456789012345


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = open_lake(str(tmp_path / "lake" / "catalogue.sqlite"), str(tmp_path / "lake" / "files"))
    create_all(con, pulled_tables())
    yield con
    con.close()


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A district, a site with a position of seventeen digits, a directed reader and three volunteers."""
    add(
        engine,
        Area(area_code="330106", kind="district", name="西湖区", updated_at=LONG_AGO),
        Site(
            site_id=1, name="图书馆", kind="library", district_code="330106", lon=EXACT, lat=30.2,
            received_lon=1 / 3, received_lat=30.2, opened_on=date(2020, 2, 29), updated_at=LONG_AGO,
        ),
        Device(device_no="D1", site_id=1, model="R1", is_directed=True, registered_at=NOON, updated_at=LONG_AGO),
        *(
            Volunteer(
                volunteer_id=n, volunteer_no=f"V{n}", district_code="330106", registered_at=NOON, updated_at=LONG_AGO
            )
            for n in (1, 2, 3)
        ),
    )  # fmt: skip
    return engine


def add(engine: Engine, *rows: Base) -> None:
    with writing(engine) as session:
        for row in rows:
            session.add(row)
            session.flush()


def pulled(lake: duckdb.DuckDBPyConnection, engine: Engine) -> dict[str, Pulled]:
    url = engine.url.render_as_string(hide_password=False)
    return {one.table: one for one in pull(lake, url, pulled_tables(), overlap=timedelta(minutes=10))}


def test_values_arrive_exactly_and_changes_deletions_and_late_rows_follow(
    lake: duckdb.DuckDBPyConnection, filled: Engine
) -> None:
    done = pulled(lake, filled)
    assert done["raw.volunteers"].inserted == 3
    assert lake.execute("SELECT lon, received_lon, opened_on, closed_on FROM raw.sites").fetchall() == [
        (EXACT, 1 / 3, date(2020, 2, 29), None)
    ]
    assert lake.execute("SELECT is_directed, registered_at FROM raw.devices").fetchall() == [
        (True, NOON.replace(tzinfo=None))
    ]
    assert not any(one.has_changes for one in pulled(lake, filled).values())

    with writing(filled) as session:
        session.get_one(Volunteer, 1).display_name = "小王"
        session.delete(session.get_one(Volunteer, 2))
        session.add(
            Volunteer(
                volunteer_id=4, volunteer_no="V4", district_code="330106", registered_at=NOON,
                updated_at=LONG_AGO - timedelta(days=300),
            )
        )  # fmt: skip
    changed = {name: one for name, one in pulled(lake, filled).items() if one.has_changes}
    assert list(changed) == ["raw.volunteers"]
    one = changed["raw.volunteers"]
    assert (one.inserted, one.updated, one.deleted) == (1, 1, 1)
    rows = lake.execute("SELECT volunteer_id, display_name FROM raw.volunteers ORDER BY 1").fetchall()
    assert rows == [(1, "小王"), (3, None), (4, None)]


def test_a_pull_sees_one_state_of_operations_whatever_is_written_meanwhile(
    lake: duckdb.DuckDBPyConnection, filled: Engine
) -> None:
    contracts = {table.name.split(".")[1]: table.contract for table in pulled_tables()}
    with attached(lake, filled.url.render_as_string(hide_password=False)) as source, transaction(lake):
        assert source.extents(contracts)["volunteers"].count == 3
        with filled.begin() as connection:
            connection.execute(text("DELETE FROM volunteers WHERE volunteer_id = 3"))
        assert source.extents(contracts)["volunteers"].count == 3
        assert source.stage(contracts["volunteers"], "volunteers", None, into="staged") == 3
