"""The warehouse of a sample city says what its people really did: every line, every session, every minute."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.operational_pull import pulled_tables
from pipelines.operational_source import attached
from tests.pipelines.conftest import World
from warehouse.lake import open_lake
from warehouse.timekeeping import REASONS


@pytest.fixture
def city(dirty_city: World) -> World:
    """The same city for all tests here: they only look at it."""
    return dirty_city


def lake(city: World, query: str) -> pl.DataFrame:
    con = open_lake(city.settings.lake_catalogue, city.settings.lake_files, read_only=True)
    try:
        return con.sql(query).pl()
    finally:
        con.close()


def truth(city: World, name: str) -> pl.DataFrame:
    return pl.read_parquet(city.settings.sample_city_truth / f"{name}.parquet")


def test_every_line_has_the_outcome_and_the_reason_that_its_dirt_deserves(city: World) -> None:
    got = lake(
        city,
        """
        SELECT segment, line_no, 'accepted' AS outcome, NULL AS reason, tapped_at, volunteer_id FROM raw.taps
        UNION ALL SELECT segment, line_no, 'resend', NULL, NULL, NULL FROM raw.resent_taps
        UNION ALL SELECT segment, line_no, 'rejected', reason, NULL, NULL FROM raw.rejected_taps
        """,
    )
    # A double tap is accepted; that it is a bounce is decided with its neighbours.
    lines = truth(city, "taps").with_columns(outcome=pl.col("outcome").replace("bounce", "accepted"))
    both = lines.join(got, on=["segment", "line_no"], how="full", suffix="_got", coalesce=True)
    wrong = both.filter(
        pl.col("outcome").ne_missing(pl.col("outcome_got"))
        | pl.col("reason").ne_missing(pl.col("reason_got"))
    )
    assert wrong.is_empty(), wrong
    assert set(lines["reason"].drop_nulls()) == set(REASONS)


def test_every_session_has_the_minutes_and_the_verdict_that_the_truth_expects(city: World) -> None:
    expected = truth(city, "service").filter(pl.col("is_exact") & pl.col("expected_verdict").is_not_null())
    expected = expected.with_columns(
        opening_event_id=pl.coalesce("opening_event_id", pl.col("record_id").cast(pl.String))
    )
    both = expected.join(
        lake(city, "SELECT * FROM core.sessions"),
        on=["channel", "opening_event_id", "closing_event_id"],
        how="left",
        nulls_equal=True,
        suffix="_got",
    )
    figures = ["raw_minutes", "net_minutes", "settled_minutes", "review_minutes", "void_minutes", "verdict"]
    wrong = both.filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"expected_{name}")) for name in figures)
        | pl.col("service_day").ne_missing(pl.col("service_day_got"))
        | pl.col("volunteer_id").ne_missing(pl.col("volunteer_id_got"))
    )
    assert wrong.is_empty(), wrong
    assert {"counted", "missing_out", "overlapped"} <= set(expected["expected_verdict"])


def test_there_are_no_sessions_that_nobody_expects(city: World) -> None:
    expected = truth(city, "service").filter(pl.col("expected_verdict").is_not_null()).height
    assert lake(city, "SELECT count(*) AS n FROM core.sessions")["n"][0] == expected


@pytest.mark.parametrize("name", ["core.daily_service", "core.counted_sessions"])
def test_minutes_are_the_same_all_the_way(city: World, name: str) -> None:
    column = {"core.daily_service": "minutes", "core.counted_sessions": "minutes"}[name]
    sessions = lake(city, "SELECT sum(settled_minutes) AS n FROM core.sessions")["n"][0]
    granted = lake(city, "SELECT sum(granted_minutes) AS n FROM core.session_reviews")["n"][0]
    assert granted == 300  # what the stories of the office grant of two long days
    assert lake(city, f"SELECT sum({column}) AS n FROM {name}")["n"][0] == sessions + granted


def test_raw_tables_have_as_many_rows_as_operations(city: World) -> None:
    con = open_lake(city.settings.lake_catalogue, city.settings.lake_files, read_only=True)
    try:
        with attached(con, city.settings.operations_url) as source:
            there = source.extents({table.name.split(".")[1]: table.contract for table in pulled_tables()})
        for table in pulled_tables():
            counted = con.execute(f"SELECT count(*) FROM {table.name}").fetchone()
            assert counted == (there[table.name.split(".")[1]].count,), table.name
    finally:
        con.close()
