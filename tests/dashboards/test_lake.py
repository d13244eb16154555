"""Pages read the marts and nothing else, and say what to do when the lake is away."""

import ast
import traceback
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import streamlit as st

from dashboards import lake
from tests.dashboards.made_up_lake import LAST_DAY, make_lake, people_on
from warehouse.lake import open_lake
from warehouse.unavailable import LakeUnavailable

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"


@pytest.fixture
def home(made_up_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_HOME", str(made_up_home))
    st.cache_data.clear()
    st.cache_resource.clear()
    return made_up_home


def statements_in(file: Path) -> list[str]:
    constants = [n.value for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Constant)]
    starts = ("SELECT ", "SELECT\n", "WITH ")
    return [c for c in constants if isinstance(c, str) and c.strip().upper().startswith(starts)]


FILES = [file for file in sorted(DASHBOARDS.rglob("*.py")) if statements_in(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_sql_of_the_pages_reads_marts_and_dated_rules_only(file: Path):
    for sql in statements_in(file):
        read = lake.tables_read(sql)
        of_the_book = {"meta.table_builds"} if file.name == "lake.py" else set()
        assert {name for name in read if not name.startswith(("marts.", "reference."))} <= of_the_book, sql


def test_no_page_opens_the_lake_itself():
    for file in DASHBOARDS.rglob("*.py"):
        if file.name != "lake.py":
            assert "open_lake" not in file.read_text(), file


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM core.sessions",
        "SELECT * FROM raw.volunteers",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a JOIN core.daily_service ON TRUE",
        "SELECT (SELECT COUNT(*) FROM raw.taps) AS taps FROM marts.areas",
        "SELECT * FROM somewhere",
        "DELETE FROM marts.areas",
        "SELECT 1; SELECT 2",
    ],
)
def test_sql_beyond_the_marts_is_refused(sql: str):
    with pytest.raises(ValueError, match=r"marts only|may only SELECT"):
        lake.ask(sql)


def test_an_answer_is_a_frame_and_values_are_bound(home: Path):
    found = lake.ask(
        "SELECT people FROM marts.city_map "
        "WHERE place_level = 'district' AND place_code = $code AND service_day = $day",
        code="330106",
        day=LAST_DAY,
    )
    assert found["people"].to_list() == [people_on(LAST_DAY, "330106")]
    harmful = "330106' OR '1'='1"
    assert lake.ask("SELECT * FROM marts.areas WHERE area_code = $code", code=harmful).is_empty()


def test_an_answer_changes_when_the_lake_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_lake(tmp_path, filled=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    sql = "SELECT area_code FROM marts.areas"
    assert lake.ask(sql).height == 0
    writer = open_lake(str(tmp_path / "lake" / "catalogue.sqlite"), str(tmp_path / "lake" / "files"))
    writer.execute("INSERT INTO marts.areas VALUES ('330106', 'district', '西湖区', 'Xihu', NULL)")
    writer.close()
    assert lake.ask(sql).height == 0, "looked again too early: the answer should be cached for some seconds"
    lake._snapshot.clear()
    assert lake.ask(sql)["area_code"].to_list() == ["330106"]


def test_a_lake_that_is_not_there_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    with pytest.raises(LakeUnavailable, match="hub build"):
        lake.data_clock()


def test_a_lake_without_marts_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    open_lake(str(tmp_path / "lake" / "catalogue.sqlite"), str(tmp_path / "lake" / "files")).close()
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    with pytest.raises(lake.LakeUnbuilt, match="hub build"):
        lake.data_clock()


@pytest.mark.parametrize("kind", [duckdb.CatalogException, duckdb.IOException])
def test_the_reason_that_a_page_shows_holds_no_password(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: type[duckdb.Error]
):
    def away(con: duckdb.DuckDBPyConnection) -> int:
        raise kind("no answer: postgresql://hub:p@ss/w@db/lake, postgresql://:pw@db, host=db password=secret")

    monkeypatch.setattr(lake, "current_snapshot", away)
    with pytest.raises(LakeUnavailable) as raised:
        lake.data_clock()
    said = "".join(traceback.format_exception(raised.value))
    assert "postgresql://hub:***@db/lake" in said
    assert not [part for part in ("ss/w", ":pw@", "secret") if part in said]


def test_a_lake_without_service_has_no_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_lake(tmp_path, filled=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    assert lake.data_clock() is None


def test_the_clock_is_the_data_s_own(home: Path):
    clock = lake.data_clock()
    assert clock is not None
    assert clock["last_service_day"] == LAST_DAY
    assert isinstance(clock["first_service_day"], date)
    assert clock["last_service_day"] - clock["first_service_day"] == timedelta(days=39)
