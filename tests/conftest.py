"""Fixtures that tests of several rooms share. A fixture of one room belongs in that room's own conftest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.settings import Settings
from operations.database import migrate, open_database
from operations.sample_city import make_sample_city
from tests.missing_programs import cannot_run
from tests.postgresql import Cluster, PostgresqlMissing, empty_tables, throwaway_cluster


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A running throwaway PostgreSQL; where none can run, tests that ask for it are skipped, on CI they fail."""
    started = throwaway_cluster()
    try:
        cluster = started.__enter__()
    except PostgresqlMissing as missing:
        cannot_run(f"POSTGRESQL TESTS CANNOT RUN: {missing}")
    try:
        yield cluster
    finally:
        started.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an operational database without tables, on each kind of server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'operations.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    url = cluster.new_database()
    yield url
    cluster.drop_database(url)


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "operations.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql: Cluster) -> str:
    url = postgresql.new_database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An operational database with its tables and no rows, on each kind of server, for every test.

    PostgreSQL's is one for all tests, emptied before each: a test that changes tables takes `empty_database`.
    """
    if request.param == "sqlite":
        path = tmp_path / "operations.sqlite"
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), path)
        opened = open_database(f"sqlite:///{path}")
        yield opened
        opened.dispose()
        return
    opened = open_database(request.getfixturevalue("_migrated_postgresql"))
    empty_tables(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def built_city(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a small sample city whose whole graph has been built once. Read it; do not change it."""
    settings = Settings(home=tmp_path_factory.mktemp("built_city"))  # type: ignore[call-arg]
    opened = open_database(settings.operations_url)
    migrate(opened)
    make_sample_city(
        opened,
        settings.swipe_logs,
        settings.sample_city_truth,
        settings.boundaries,
        volunteers=1_500,
        organisations=50,
        devices=400,
        days=45,
        seed=1,
        last_day=date(2026, 8, 31),
    )
    opened.dispose()
    from pipelines.build import build_all  # loads Dagster, which most tests do without

    build_all(settings)
    return settings
