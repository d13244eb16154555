"""One further hour of a sample city: new segments and rows, later than all there was, the same for the same seed."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from operations.database import open_database
from operations.devices.swipe_log import segments
from operations.sample_city import make_sample_city, one_more_hour
from tests.operations.sample_city.conftest import AS_OF, BOUNDARIES, LAST_DAY, SMALL, City, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> City:
    """A small city, made once: each test lives on in a copy of its own."""
    return make(tmp_path_factory.mktemp("made"), volunteers=1_500, devices=300)


@pytest.fixture
def city(made: City, tmp_path: Path) -> City:
    return copy_of(made, tmp_path / "city")


def copy_of(made: City, home: Path) -> City:
    return City(shutil.copytree(made.home, home), made.summary)


def live_on(home: Path, taps: int = 40, seed: int = 1, hours: int = 0) -> list[Path]:
    """Let one hour pass; returns the segments that it brought."""
    before = set(segments(home / "swipe_logs"))
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    summary = one_more_hour(
        engine, home / "swipe_logs", after=AS_OF + timedelta(hours=hours), taps=taps, seed=seed
    )
    engine.dispose()
    added = [path for path in segments(home / "swipe_logs") if path not in before]
    assert summary.segments == len(added)
    return added


def test_an_hour_adds_the_taps_asked_for_in_pairs_and_after_all_others(city: City) -> None:
    last = max(segments(city.home / "swipe_logs"))
    added = live_on(city.home)
    assert min(added) > last
    taps = [json.loads(line) for path in added for line in path.read_text().splitlines()]
    assert len(taps) == 40
    assert all("2026-08-02T11:40:00Z" <= tap["tapped_at"] <= "2026-08-02T12:40:00Z" for tap in taps)
    assert {sum(tap["card_no"] == card for tap in taps) for card in {tap["card_no"] for tap in taps}} == {2}


def test_hours_follow_each_other_and_never_use_a_number_of_a_device_twice(city: City) -> None:
    for hour in range(3):
        live_on(city.home, hours=hour)
    lines = [line for path in segments(city.home / "swipe_logs") for line in path.read_text().splitlines()]
    used = [(tap["device_no"], tap["device_seq"]) for tap in map(json.loads, lines[-120:])]
    assert len(set(used)) == len(used) == 120


def test_the_same_city_moment_and_seed_give_the_same_hour(made: City, tmp_path: Path) -> None:
    hours = []
    for name in ("first", "second"):
        city = copy_of(made, tmp_path / name)
        hours.append([(path.name, path.read_bytes()) for path in live_on(city.home, seed=7)])
        hours.append(city.table("sign_ups").rows() + city.table("check_ins").rows())
    assert hours[0] == hours[2]
    assert hours[1] == hours[3]


def test_an_hour_adds_sign_ups_check_ins_and_heartbeats_stamped_within_it(city: City) -> None:
    before = {name: city.table(name) for name in ("sign_ups", "heartbeats", "check_ins")}
    live_on(city.home, taps=200)
    for name, rows in before.items():
        added = city.table(name).tail(len(city.table(name)) - len(rows))
        if name != "check_ins":  # whether a shift begins or ends within the hour is up to chance
            assert len(added) > 0, name
        assert all("2026-08-02 11:40" <= at < "2026-08-02 12:50" for at in added["updated_at"])


def test_an_hour_before_the_last_pull_is_stamped_with_the_moment_it_is_written(city: City) -> None:
    before = city.table("sign_ups")
    engine = open_database(f"sqlite:///{city.home / 'operations.sqlite'}")
    one_more_hour(
        engine, city.home / "swipe_logs", after=AS_OF, taps=200, seed=1, written_at=AS_OF + timedelta(hours=9)
    )
    engine.dispose()
    added = city.table("sign_ups").tail(len(city.table("sign_ups")) - len(before))
    assert set(added["updated_at"]) == {"2026-08-02 20:40:00.000000"}
    assert all("2026-08-02 11:40" <= at < "2026-08-02 12:50" for at in added["signed_up_at"])


def test_it_works_on_both_databases(engine: Engine, tmp_path: Path) -> None:
    make_sample_city(
        engine, tmp_path / "swipe_logs", tmp_path / "truth", BOUNDARIES, last_day=LAST_DAY, **SMALL
    )
    assert one_more_hour(engine, tmp_path / "swipe_logs", after=AS_OF, taps=30, seed=1).taps == 30


def test_a_moment_without_zone_and_a_city_without_cards_are_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        one_more_hour(engine, tmp_path, after=AS_OF.replace(tzinfo=None), taps=2, seed=1)
    with pytest.raises(ValueError, match="make a sample city first"):
        one_more_hour(engine, tmp_path, after=AS_OF, taps=2, seed=1)
    with pytest.raises(ValueError, match="-1 taps"):
        one_more_hour(engine, tmp_path, after=AS_OF, taps=-1, seed=1)


def test_the_truth_of_the_city_stays_as_it_was(city: City) -> None:
    before = city.service
    live_on(city.home)
    assert city.service.equals(before)
