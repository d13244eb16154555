"""What `hub doctor` asks of the operational database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from operations.database import OperationsUnavailable, migrate, open_database, writing
from operations.model import Area
from operations.queries.state import is_empty, newest_changes, row_counts

from .conftest import Town


def test_a_database_without_tables_is_empty(empty_database: str) -> None:
    engine = open_database(empty_database)
    assert is_empty(engine)
    migrate(engine)
    assert is_empty(engine)
    engine.dispose()


def test_areas_alone_are_no_city_yet(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
    assert is_empty(engine)


def test_rows_and_changes_are_told_by_table(town: Town) -> None:
    assert not is_empty(town.engine)
    counts = row_counts(town.engine)
    assert (counts["areas"], counts["organisations"], counts["volunteers"]) == (4, 1, 0)
    changes = newest_changes(town.engine)
    assert changes.keys() == counts.keys()
    assert changes["volunteers"] is None
    assert changes["sites"] is not None
    assert changes["audit_log"] is not None


def test_a_database_that_is_away_says_what_to_do() -> None:
    with pytest.raises(OperationsUnavailable, match="Check HUB_OPERATIONS_URL"):
        is_empty(open_database("postgresql://hub@127.0.0.1:1/hub"))
