"""A lake that an earlier version of the program made is brought up to date by the next build."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.build import build_all
from tests.pipelines.conftest import World, differences
from warehouse.build import build
from warehouse.contracts import ContractError
from warehouse.lake import open_lake
from warehouse.tables import create_all, table


def change_tables(world: World, *statements: str) -> None:
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    for statement in statements:
        con.execute(statement)
    con.close()


def test_pulled_tables_of_another_shape_are_pulled_anew_and_all_figures_stay(built_city: World) -> None:
    build_all(built_city.settings)
    before = built_city.content()
    change_tables(
        built_city,
        "ALTER TABLE raw.organisations DROP COLUMN township_code",
        "ALTER TABLE raw.honour_approvals ADD COLUMN seal VARCHAR",
    )
    build_all(built_city.settings)
    assert differences(before, built_city.content()) == {}


def test_a_table_that_is_computed_gets_its_new_columns_with_their_meaning(world: World) -> None:
    world.build()
    change_tables(world, "ALTER TABLE marts.service_records DROP COLUMN amount_cents")
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    create_all(con)
    build(con, table("marts.service_records"))
    comment = con.execute(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'service_records' AND column_name = 'amount_cents'"
    ).fetchone()
    con.close()
    assert comment is not None
    assert "within the caps" in comment[0]


def test_a_table_whose_rows_come_from_nowhere_else_is_never_emptied(built_city: World) -> None:
    change_tables(built_city, "ALTER TABLE raw.swipe_lines ADD COLUMN seal VARCHAR")
    con = open_lake(built_city.settings.lake_catalogue, built_city.settings.lake_files)
    rows = con.execute("SELECT COUNT(*) FROM raw.swipe_lines").fetchone()
    with pytest.raises(ContractError, match=r"raw.swipe_lines in the lake differs from its contract in seal"):
        create_all(con, filled_from_source=["raw.organisations"])
    assert con.execute("SELECT COUNT(*) FROM raw.swipe_lines").fetchone() == rows != (0,)
    con.close()


def test_an_empty_table_of_another_shape_is_simply_made_anew(empty_world: World) -> None:
    change_tables(empty_world, "ALTER TABLE raw.swipe_lines ADD COLUMN seal VARCHAR")
    con = open_lake(empty_world.settings.lake_catalogue, empty_world.settings.lake_files)
    create_all(con)
    with pytest.raises(duckdb.BinderException):
        con.execute("SELECT seal FROM raw.swipe_lines")
    con.close()
