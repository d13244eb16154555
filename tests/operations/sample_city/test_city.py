"""The sample city as a whole: the same again for the same seed, all or nothing, and never over real data."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import polars.selectors as cs
import pytest
from sqlalchemy import Engine, func, select

from operations.database import open_database, reading
from operations.devices.swipe_log import segments
from operations.model import Base, Heartbeat
from operations.sample_city import BoundariesUnusable, CityExists, Dirt, make_sample_city
from operations.sample_city.writing import UNFINISHED
from tests.operations.sample_city.conftest import AS_OF, BOUNDARIES, LAST_DAY, SMALL, City, make


def contents(city: City) -> dict[str, str]:
    """A digest of every table, of every segment with its path, and of every file of the truth."""
    digests = {
        name: hashlib.sha256(
            city.table(name).with_columns(cs.binary().bin.encode("hex")).write_csv().encode()
        ).hexdigest()
        for name in Base.metadata.tables
    }
    for file in sorted(path for root in ("swipe_logs", "truth") for path in (city.home / root).rglob("*.*")):
        digests[str(file.relative_to(city.home))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return digests


def make_into(engine: Engine, home: Path, **options: object) -> None:
    arguments = {**SMALL, "seed": 1, "last_day": LAST_DAY, **options}
    make_sample_city(engine, home / "swipe_logs", home / "truth", BOUNDARIES, **arguments)  # type: ignore[arg-type]


def rows(engine: Engine) -> int:
    with reading(engine) as session:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        )


def test_the_same_seed_gives_the_same_city_byte_for_byte(tmp_path: Path) -> None:
    assert contents(make(tmp_path / "first")) == contents(make(tmp_path / "second"))


def test_another_seed_gives_another_city(tmp_path: Path) -> None:
    first, second = make(tmp_path / "first", seed=1), make(tmp_path / "second", seed=2)
    assert first.table("volunteers").equals(second.table("volunteers")) is False
    assert contents(first)["truth/taps.parquet"] != contents(second)["truth/taps.parquet"]


def test_no_stamp_is_later_than_the_end_of_the_data(town: City) -> None:
    """Otherwise the city would depend on the clock of the day on which it is made."""
    end = AS_OF.strftime("%Y-%m-%d %H:%M:%S.000000")
    for name, table in Base.metadata.tables.items():
        if "updated_at" in table.columns:
            changed = town.table(name)["updated_at"]
            assert changed.is_null().sum() == 0, name
            assert changed.len() == 0 or str(changed.max()) <= end, name
    assert town.taps["received_at"].max() <= AS_OF.replace(tzinfo=None)


def test_it_is_made_on_both_databases_and_leaves_their_counters_right(engine: Engine, tmp_path: Path) -> None:
    make_into(engine, tmp_path)
    with engine.begin() as connection:
        taken = connection.execute(select(func.max(Heartbeat.heartbeat_id))).scalar_one()
        device_no = connection.execute(select(Heartbeat.device_no).limit(1)).scalar_one()
        added = connection.execute(
            Heartbeat.__table__.insert().values(
                device_no=device_no,
                received_at=AS_OF,
                clock_offset_seconds=0,
                queued_taps=0,
                updated_at=AS_OF,
            )
        )
        assert added.inserted_primary_key == (taken + 1,)


def test_it_is_never_made_over_data_that_is_there(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    make_into(engine, tmp_path)
    before = rows(engine)
    with pytest.raises(CityExists, match="choose another HUB_HOME"):
        make_into(engine, tmp_path)
    assert rows(engine) == before


def test_segments_of_real_readers_are_not_overwritten(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    real = tmp_path / "swipe_logs" / "v1" / "arrived=2026-01-01" / "hour=00" / "real.jsonl"
    real.parent.mkdir(parents=True)
    real.write_text("{}\n")
    with pytest.raises(CityExists, match="move the folder away"):
        make_into(engine, tmp_path)
    assert real.read_text() == "{}\n"


@pytest.mark.parametrize("stage", ["city", "rows", "segments"])
def test_an_interrupted_run_leaves_no_half_city_and_the_next_one_is_whole(tmp_path: Path, stage: str) -> None:
    home = tmp_path / "interrupted"
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")

    def interrupt(now: str, done: int, _total: int) -> None:
        if now == stage and done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_into(engine, home, progress=interrupt)
    assert rows(engine) == 0
    assert segments(home / "swipe_logs") == []
    make_into(engine, home)
    engine.dispose()
    undisturbed = make(tmp_path / "undisturbed")
    assert contents(City(home, undisturbed.summary)) == contents(undisturbed)


def test_a_run_killed_after_its_segments_appeared_is_made_good(tmp_path: Path) -> None:
    """Segments are shown just before the rows are committed; a marker beside them says that they may be alone."""
    alone = tmp_path / "swipe_logs" / "v1" / "arrived=2020-01-01" / "hour=00" / "left over.jsonl"
    alone.parent.mkdir(parents=True)
    alone.write_text("{}\n")
    (tmp_path / "swipe_logs" / UNFINISHED).touch()
    city = make(tmp_path)
    assert not alone.exists()
    assert not (tmp_path / "swipe_logs" / UNFINISHED).exists()
    assert len(segments(tmp_path / "swipe_logs")) == city.summary.segments


def test_progress_is_told_to_its_end(tmp_path: Path) -> None:
    told: dict[str, tuple[int, int]] = {}
    engine = open_database(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    make_into(engine, tmp_path, progress=lambda stage, done, total: told.update({stage: (done, total)}))
    assert list(told) == ["city", "rows", "segments"]
    assert all(done == total for done, total in told.values())


def test_the_summary_counts_what_is_there(town: City) -> None:
    engine = open_database(f"sqlite:///{town.home / 'operations.sqlite'}")
    assert town.summary.rows == rows(engine)
    assert town.summary.segments == len(segments(town.home / "swipe_logs"))
    lines = sum(len(path.read_text().splitlines()) for path in segments(town.home / "swipe_logs"))
    assert town.summary.lines == lines == town.taps.height


def test_every_reference_of_the_database_points_at_a_row(town: City) -> None:
    engine = open_database(f"sqlite:///{town.home / 'operations.sqlite'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


@pytest.mark.parametrize(
    ("content", "says"), [("{", "not a readable GeoJSON"), ('{"features": []}', "lacks the districts")]
)
def test_a_boundary_file_that_cannot_be_used_is_named(tmp_path: Path, content: str, says: str) -> None:
    broken = tmp_path / "districts.geojson"
    broken.write_text(content)
    engine = open_database(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    with pytest.raises(BoundariesUnusable, match=says):
        make_sample_city(
            engine, tmp_path / "swipe_logs", tmp_path / "truth", broken, last_day=date(2026, 8, 2), **SMALL
        )
    assert rows(engine) == 0


@pytest.mark.parametrize(
    "dirt", [Dirt.none(), Dirt(**dict.fromkeys(vars(Dirt()), 1.0))], ids=["clean", "filthy"]
)
@pytest.mark.parametrize(
    "size",
    [
        {"volunteers": 50, "organisations": 5, "devices": 10, "days": 3},
        {"volunteers": 80, "organisations": 200, "devices": 500, "days": 4},
    ],
    ids=["the smallest", "more organisations than volunteers"],
)
def test_cities_of_odd_sizes_are_made_too(tmp_path: Path, size: dict[str, int], dirt: Dirt) -> None:
    assert make(tmp_path, dirt=dirt, **size).summary.lines > 0


def test_a_size_that_makes_no_city_is_refused(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    with pytest.raises(ValueError, match="volunteers of at least 50, got 3"):
        make_into(engine, tmp_path, volunteers=3)
