"""Small worlds for the tests of the pipelines: an operational database, a folder of swipe logs, and a lake.

The steps of the graph are called one after the other, without Dagster, so that many builds fit into one test; what
Dagster adds is tested in test_graph.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.settings import Settings
from operations.database import migrate, open_database, writing
from operations.devices.swipe_log import tap, write_segment
from operations.model import (
    Activity,
    Area,
    Base,
    Card,
    CardBinding,
    Device,
    Organisation,
    Shift,
    ShiftSite,
    SignUp,
    Site,
    Volunteer,
)
from operations.sample_city import Dirt, make_sample_city
from pipelines.operational_pull import pull, pulled_tables
from pipelines.service_sessions import keep_sessions
from pipelines.swipe_logs import land
from pipelines.tap_decisions import decide_taps
from warehouse.build import build
from warehouse.lake import open_lake
from warehouse.tables import catalogue, create_all

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
EMPTY_LAKES: list[Path] = []
Content = dict[str, list[tuple[Any, ...]]]


def local(text: str) -> datetime:
    """The moment of a local time such as `2026-08-03 09:00` in Hangzhou, whatever the server's zone is."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@dataclass
class World:
    """One home with everything below it."""

    settings: Settings
    engine: Engine
    stamps: list[datetime] = field(default_factory=lambda: [LONG_AGO + timedelta(days=100)])

    @classmethod
    def at(cls, home: Path) -> World:
        """A world without tables in it."""
        settings = Settings(home=home)
        return cls(settings, open_database(settings.operations_url))

    @classmethod
    def copied(cls, home: Path, to: Path) -> World:
        """A world that continues from where the one at `home` is."""
        shutil.copytree(home, to)
        return cls.at(to)

    def add(self, *rows: Base) -> None:
        """Write rows to operations, stamped later than all that were written before."""
        stamp = self._next_stamp()
        with writing(self.engine) as session:
            for row in rows:
                if getattr(row, "updated_at", None) is None:
                    row.updated_at = stamp  # type: ignore[attr-defined]
                session.add(row)
                session.flush()

    def change(self, model: type[Base], key: Any, **values: Any) -> None:
        """Change one row in operations."""
        with writing(self.engine) as session:
            row = session.get_one(model, key)
            for name, value in {"updated_at": self._next_stamp(), **values}.items():
                setattr(row, name, value)

    def remove(self, model: type[Base], key: Any) -> None:
        """Delete one row in operations."""
        with writing(self.engine) as session:
            session.delete(session.get_one(model, key))

    def taps(self, *taps: dict[str, Any] | str, arrived: str) -> Path:
        """Write one segment that arrived at a local time; taps without `received_at` were received then."""
        at = local(arrived)
        lines = [line if isinstance(line, str) else tap(**{"received_at": at, **line}) for line in taps]
        return write_segment(self.settings.swipe_logs, lines, at, is_durable=False)

    def build(self) -> None:
        """Run all steps once, upstream first."""
        run_steps(self.settings)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the lake answers."""
        con = open_lake(self.settings.lake_catalogue, self.settings.lake_files, read_only=True)
        try:
            return con.execute(query).fetchall()
        finally:
            con.close()

    def content(self, *, without: Collection[str] = ()) -> Content:
        """All rows of all tables, less some columns."""
        return content(self.settings, without=without)

    def rebuilt(self) -> Content:
        """All rows of all tables of a lake that is built from nothing out of the same sources."""
        fresh = Settings(
            home=self.settings.home,
            lake_catalogue=str(self.settings.home / "fresh" / "catalogue.sqlite"),
            lake_files=str(self.settings.home / "fresh" / "files"),
        )
        shutil.rmtree(self.settings.home / "fresh", ignore_errors=True)
        run_steps(fresh)
        return content(fresh)

    def _next_stamp(self) -> datetime:
        self.stamps.append(self.stamps[-1] + timedelta(hours=1))
        return self.stamps[-1]


def run_steps(settings: Settings) -> None:
    """Run the steps of the graph in its order, without Dagster."""
    place = Path(settings.lake_catalogue).parent
    if not place.exists():
        shutil.copytree(EMPTY_LAKES[0], place)
    con = open_lake(settings.lake_catalogue, settings.lake_files)
    try:
        pull(con, settings.operations_url, pulled_tables(), overlap=timedelta(minutes=10))
        land(con, settings.swipe_logs)
        tables = [table for table in catalogue() if table.sql is not None or table.csv is not None]
        decide_taps(con)
        before = [table for table in tables if "core.sessions" not in _upstream(table.name)]
        for table in before:
            build(con, table)
        keep_sessions(con)
        for table in tables:
            if table not in before:
                build(con, table)
    finally:
        con.close()


def _upstream(name: str) -> set[str]:
    reads = {table.name: set(table.reads) for table in catalogue()}
    found: set[str] = set()
    ahead = set(reads[name])
    while ahead:
        found |= ahead
        ahead = {above for one in ahead for above in reads[one]} - found
    return found


def content(settings: Settings, *, without: Collection[str] = ()) -> Content:
    """All rows of all tables of a lake, sorted; `without` some columns, wherever they are."""
    con = open_lake(settings.lake_catalogue, settings.lake_files, read_only=True)
    try:
        return {
            table.name: con.execute(
                "SELECT "
                + ", ".join(name for name in table.contract.column_names() if name not in without)
                + f" FROM {table.name} ORDER BY ALL"
            ).fetchall()
            for table in catalogue()
        }
    finally:
        con.close()


def differences(left: Content, right: Content) -> dict[str, tuple[list[Any], list[Any]]]:
    """Per table that is not equal: some rows only in the one, some only in the other."""
    return {
        name: (
            sorted(set(left[name]) - set(right[name]), key=str)[:5],
            sorted(set(right[name]) - set(left[name]), key=str)[:5],
        )
        for name in left
        if left[name] != right[name]
    }


@pytest.fixture(scope="session", autouse=True)
def _empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with all tables, made once: making them takes longer than filling them with a handful of rows."""
    place = tmp_path_factory.mktemp("empty_lake")
    con = open_lake(str(place / "catalogue.sqlite"), str(place / "files"))
    create_all(con)
    con.close()
    EMPTY_LAKES.append(place)
    return place


@pytest.fixture(scope="session")
def _library(tmp_path_factory: pytest.TempPathFactory, _empty_lake: Path) -> Path:
    home = tmp_path_factory.mktemp("library") / "home"
    made = _make_library(home)
    made.build()
    made.engine.dispose()
    return home


@pytest.fixture
def empty_world(_empty_lake: Path, tmp_path: Path) -> World:
    """A home with an empty lake and nothing else."""
    shutil.copytree(_empty_lake, tmp_path / "home" / "lake")
    return World.at(tmp_path / "home")


@pytest.fixture
def world(_library: Path, tmp_path: Path) -> World:
    """The library of `_make_library`, with a lake that shows it and no taps yet."""
    return World.copied(_library, tmp_path / "home")


def _make_library(home: Path) -> World:
    """A library with a toggle reader D1, and Xiaowang (1) and Xiaoli (2) with the cards C1 and C2; a shift 1 of
    reading aloud there on Monday 3 August 2026, 09:00 to 11:00, that only Xiaowang is signed up for."""
    world = World.at(home)
    migrate(world.engine)
    world.add(
        Area(area_code="330106", kind="district", name="西湖区"),
        Organisation(
            organisation_id=1,
            name="图书馆之友",
            kind="community",
            area_code="330106",
            district_code="330106",
            status="active",
            registered_at=LONG_AGO,
        ),
        site(1, "图书馆"),
        Device(device_no="D1", site_id=1, model="R1", registered_at=LONG_AGO),
        *(person for number in (1, 2) for person in volunteer(number)),
        Activity(
            activity_id=1,
            organisation_id=1,
            title="朗读",
            category_code="culture_sports",
            status="running",
            starts_at=local("2026-08-01 00:00"),
            ends_at=local("2026-08-31 00:00"),
            district_code="330106",
            created_at=LONG_AGO,
        ),
        Shift(
            shift_id=1,
            activity_id=1,
            starts_at=local("2026-08-03 09:00"),
            ends_at=local("2026-08-03 11:00"),
            capacity=5,
        ),
        ShiftSite(shift_id=1, site_id=1),
        SignUp(sign_up_id=1, shift_id=1, volunteer_id=1, status="confirmed", signed_up_at=LONG_AGO),
    )
    return world


def site(number: int, name: str) -> Site:
    """A site of organisation 1."""
    place = {"lon": 120.1 + number / 1000, "lat": 30.2, "received_lon": 120.1, "received_lat": 30.2}
    return Site(
        site_id=number,
        name=name,
        kind="library",
        organisation_id=1,
        district_code="330106",
        opened_on=date(2020, 1, 1),
        **place,
    )


def volunteer(number: int) -> list[Base]:
    """A volunteer with a card that is bound to them since long ago."""
    return [
        Volunteer(
            volunteer_id=number, volunteer_no=f"V{number}", district_code="330106", registered_at=LONG_AGO
        ),
        Card(card_no=f"C{number}", issued_at=LONG_AGO),
        CardBinding(binding_id=number, card_no=f"C{number}", volunteer_id=number, bound_from=LONG_AGO),
    ]


def at(clock: str, seq: int, card: str = "C1", device: str = "D1", **more: Any) -> dict[str, Any]:
    """A tap at a local time, such as `2026-08-03 09:00`."""
    return {"device_no": device, "device_seq": seq, "card_no": card, "tapped_at": local(clock), **more}


@pytest.fixture(scope="session")
def _small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("city") / "home"
    settings = Settings(home=home)
    engine = open_database(settings.operations_url)
    migrate(engine)
    make_sample_city(
        engine,
        settings.swipe_logs,
        settings.sample_city_truth,
        settings.boundaries,
        volunteers=300,
        organisations=8,
        devices=40,
        days=14,
        last_day=date(2026, 8, 20),
    )
    engine.dispose()
    return home


@pytest.fixture
def small_city(_small_city: Path, tmp_path: Path) -> World:
    """A sample city of 300 volunteers and two weeks, without a lake yet."""
    home = tmp_path / "home"
    shutil.copytree(_small_city, home)
    return World.at(home)


@pytest.fixture(scope="session")
def dirty_city(tmp_path_factory: pytest.TempPathFactory, _empty_lake: Path) -> World:
    """A built city of 500 volunteers with far more dirt than usual, so that every kind of it is there; to look at."""
    settings = Settings(home=tmp_path_factory.mktemp("dirty") / "home")
    engine = open_database(settings.operations_url)
    migrate(engine)
    make_sample_city(
        engine,
        settings.swipe_logs,
        settings.sample_city_truth,
        settings.boundaries,
        volunteers=500,
        organisations=10,
        devices=60,
        days=21,
        last_day=date(2026, 8, 20),
        dirt=Dirt().but(
            conflicting_resend=0.02, big_clock_offset=0.2, overlap_app_card=0.3, future_tap=0.02, stale_tap=0.02,
            lost_card=0.1, late_binding=0.05, unknown_card=0.02, unknown_device=0.02, malformed_line=0.02,
            many_sessions=0.02, left_early=0.1, across_day_break=0.02,
        ),
    )  # fmt: skip
    engine.dispose()
    run_steps(settings)
    return World.at(settings.home)


@pytest.fixture(scope="session")
def _built_city(_small_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("built") / "home"
    shutil.copytree(_small_city, home)
    run_steps(Settings(home=home))
    return home


@pytest.fixture
def built_city(_built_city: Path, tmp_path: Path) -> World:
    """The same city with its lake."""
    home = tmp_path / "home"
    shutil.copytree(_built_city, home)
    return World.at(home)
