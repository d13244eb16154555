"""Who people are stays in operations: no value that identifies somebody is anywhere in the lake."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from sqlalchemy import text

from tests.pipelines.conftest import World
from warehouse.lake import open_lake


@pytest.fixture
def lake(dirty_city: World) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake of a built city, with the identities of its volunteers beside it in `temp.identities`."""
    with dirty_city.engine.connect() as operations:
        people = operations.execute(
            text(
                """
                SELECT i.full_name, i.id_number, i.phone, EXISTS (
                    SELECT 1 FROM consents AS c WHERE c.volunteer_id = i.volunteer_id
                    AND c.purpose = 'display_name' AND c.withdrawn_at IS NULL
                ) AS is_shown
                FROM volunteer_identities AS i
                """
            )
        ).fetchall()
    assert len(people) >= 500
    settings = dirty_city.settings
    con = open_lake(settings.lake_catalogue, settings.lake_files, read_only=True)
    con.execute(
        "CREATE TEMP TABLE identities (full_name VARCHAR, id_number VARCHAR, phone VARCHAR, is_shown BOOLEAN)"
    )
    con.executemany("INSERT INTO temp.identities VALUES (?, ?, ?, ?)", [tuple(person) for person in people])
    yield con
    con.close()


def texts(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Every column of text of every table of the lake: (table, column)."""
    found = con.execute(
        "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND data_type = 'VARCHAR' ORDER BY ALL"
    ).fetchall()
    assert ("raw.volunteers", "display_name") in found and ("raw.rejected_taps", "malformed_text") in found
    return found


def identities_in(con: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """The texts of a column that tell who somebody is.

    Numbers are looked for inside texts too. Names only as whole texts, for a short one is part of many words; a name
    may be a display name where its owner (or one of the same name) agreed to show it.
    """
    rows = con.execute(
        f"""
        WITH said AS (SELECT DISTINCT {column} AS value FROM {table} WHERE {column} IS NOT NULL)
        SELECT value FROM said
        WHERE regexp_matches(value, '[0-9]{{11}}') AND EXISTS (
            SELECT 1 FROM temp.identities AS i WHERE contains(value, i.id_number) OR contains(value, i.phone))
        UNION ALL
        SELECT value FROM said SEMI JOIN temp.identities AS i ON value = i.full_name
        WHERE NOT ($is_shown_name AND value IN (SELECT full_name FROM temp.identities WHERE is_shown))
        ORDER BY value
        """,
        {"is_shown_name": column in ("display_name", "subject_name")},
    ).fetchall()
    return [row[0] for row in rows]


def test_no_identity_value_is_anywhere_in_the_lake(lake: duckdb.DuckDBPyConnection) -> None:
    found = {(table, column): identities_in(lake, table, column)[:3] for table, column in texts(lake)}
    assert {place: values for place, values in found.items() if values} == {}


def test_the_search_finds_names_and_numbers_where_they_are(lake: duckdb.DuckDBPyConnection) -> None:
    person = lake.execute("SELECT full_name, id_number, phone FROM temp.identities LIMIT 1").fetchone()
    assert person is not None
    name, id_number, phone = person
    said = [name, f"card {id_number}", f"call {phone}!"]
    lake.execute(
        "CREATE TEMP TABLE noticed AS SELECT unnest($said) AS detail", {"said": [*said, "12345678901"]}
    )
    assert identities_in(lake, "temp.noticed", "detail") == sorted(said)
