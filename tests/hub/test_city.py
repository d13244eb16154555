"""What the commands say and do on a small city that is made and built."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.settings import Settings
from operations.database import open_database
from operations.sample_city import one_more_hour
from tests.hub.conftest import Hub
from tests.hub.program import PROJECT, environment, free_port
from warehouse.lake import open_lake


def ports() -> dict[str, int]:
    return {"dashboards_port": free_port(), "dagster_port": free_port()}


def findings(answer: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """What the doctor found, by its subject: state and words."""
    found: dict[str, list[str]] = {}
    for finding in json.loads(answer.stdout)["findings"]:
        found.setdefault(finding["subject"], []).append(f"{finding['state']}: {finding['found']}")
    return found


def test_the_doctor_finds_a_city_whole(hub: Hub, city: Path) -> None:
    answer = hub("doctor", "--json", **ports())
    assert answer.returncode == 0, answer.stdout
    found = findings(answer)
    # Those who act in the city's office come on top of the 300 and 60 that were asked for.
    assert "334 volunteers, 66 card readers" in found["Operational database"][0]
    assert found["Warehouse"][0].startswith("ok")
    assert all(line.startswith("ok") for lines in found.values() for line in lines)


def test_the_doctor_warns_of_segments_that_wait_and_the_next_build_takes_them_in(
    hub: Hub, city: Path
) -> None:
    settings = Settings(home=city)
    engine = open_database(settings.operations_url)
    hour = one_more_hour(
        engine, settings.swipe_logs, after=datetime.now(UTC).replace(microsecond=0), taps=40, seed=1
    )
    engine.dispose()
    assert f"{hour.segments} segments wait" in " ".join(
        findings(hub("doctor", "--json", **ports()))["Warehouse"]
    )
    assert hub("build").returncode == 0
    assert "wait" not in " ".join(findings(hub("doctor", "--json", **ports()))["Warehouse"])


def test_a_second_build_changes_nothing(hub: Hub, city: Path) -> None:
    answer = hub("build")
    assert answer.returncode == 0, answer.stderr
    assert "0 of them changed" in answer.stdout


def test_volunteers_of_the_sample_city_spend_points_once_and_the_next_build_shows_it(
    hub: Hub, city: Path
) -> None:
    first, again = hub("sample-spending"), hub("sample-spending")
    assert first.returncode == 0, first.stderr
    assert "Points were spent" in first.stdout
    assert (again.returncode, "already" in again.stderr) == (1, True)
    answer = hub("build")
    assert answer.returncode == 0, answer.stderr
    settings = Settings(home=city)
    con = open_lake(settings.lake_catalogue, settings.lake_files, read_only=True)
    spent = con.execute(
        "select sum(-amount_cents) from marts.volunteer_statement_lines where movement = 'spent'"
    )
    assert spent.fetchall()[0][0] > 0
    con.close()


def test_points_can_be_spent_in_a_sample_city_only(hub: Hub, home: Path) -> None:
    answer = hub("sample-spending")
    assert (answer.returncode, "hub sample-city" in answer.stderr) == (1, True)
    assert "Traceback" not in answer.stderr


def test_a_city_that_is_there_is_never_made_anew(hub: Hub, city: Path) -> None:
    before = (city / "operations.sqlite").read_bytes()
    answer = hub("sample-city")
    assert answer.returncode == 1
    assert "HUB_HOME" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert (city / "operations.sqlite").read_bytes() == before


def test_a_home_can_be_moved_and_built_again(hub: Hub, city: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    city.rename(elsewhere)
    answer = hub("build", home=elsewhere)
    assert answer.returncode == 0, answer.stderr
    assert "0 of them changed" in answer.stdout
    assert not city.exists()


def test_a_build_says_that_the_operational_database_is_away_and_keeps_what_there_is(
    hub: Hub, city: Path
) -> None:
    answer = hub("build", operations_url=f"postgresql://hub:s3cret@127.0.0.1:{free_port()}/city")
    assert answer.returncode == 1
    assert "operational database" in answer.stderr
    assert "s3cret" not in answer.stderr + answer.stdout
    assert not [file for file in city.rglob("*") if file.is_file() and b"s3cret" in file.read_bytes()]
    assert "Traceback" not in answer.stderr
    assert hub("build").returncode == 0


def test_one_build_by_hand_at_a_time(hub: Hub, city: Path) -> None:
    from hub.home import alone

    with alone(Settings(home=city), "build"):
        answer = hub("build")
    assert answer.returncode == 1
    assert "Another `hub build` is at work" in answer.stderr


@pytest.mark.parametrize("notebook", sorted((PROJECT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(small_city: Path, notebook: Path) -> None:
    answer = subprocess.run(
        [sys.executable, str(notebook)],
        env=environment(small_city),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "volunteers served" in answer.stdout
