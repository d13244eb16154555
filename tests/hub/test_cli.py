"""The command line as a person meets it: help, exit codes, and messages that say what to do."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hub.home import alone
from hub.settings import Settings
from tests.hub.conftest import Hub
from tests.hub.program import free_port

COMMANDS = [
    "up",
    "sample-city",
    "sample-spending",
    "build",
    "serve",
    "doctor",
    "import-areas",
    "import-attlog",
    "sessions",
]


def test_the_help_names_every_command(hub: Hub) -> None:
    answer = hub("--help")
    assert answer.returncode == 0
    assert all(f"\n  {command}" in answer.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_an_example_that_can_be_parsed(hub: Hub, command: str) -> None:
    answer = hub(command, "--help")
    assert answer.returncode == 0
    assert "Example:" in answer.stdout
    assert f"hub {command}" in answer.stdout.split("Example:")[1]


@pytest.mark.parametrize("group", [[], ["account"], ["ledger"]], ids=["hub", "account", "ledger"])
def test_the_help_of_a_group_has_an_example_too(hub: Hub, group: list[str]) -> None:
    answer = hub(*group, "--help")
    assert answer.returncode == 0
    assert " ".join(["hub", *group]) in answer.stdout.split("Example:")[1]


def test_the_help_is_there_at_once(hub: Hub) -> None:
    # What is imported is looked at, not the clock: a busy machine is no fault.
    imported = subprocess.run(
        [sys.executable, "-c", "import hub.cli, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"dagster", "polars", "duckdb", "streamlit", "sqlalchemy", "pydantic", "rich"} & set(imported)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["build", "--nonsense"], ["import-attlog"]])
def test_a_wrong_call_ends_with_2_and_shows_how_it_is_meant(hub: Hub, arguments: list[str]) -> None:
    answer = hub(*arguments)
    assert answer.returncode == 2
    assert "Usage: hub" in answer.stdout + answer.stderr


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_taken_port_is_said_before_anything_starts_with_the_variable_to_change(
    hub: Hub, home: Path, command: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = hub(command, dashboards_port=port, dagster_port=free_port())
    assert answer.returncode == 1
    assert f"Port {port} for the dashboards is taken" in answer.stderr
    assert "HUB_DASHBOARDS_PORT=" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not home.exists()


def test_one_port_for_both_servers_is_refused(hub: Hub) -> None:
    port = free_port()
    answer = hub("serve", dashboards_port=port, dagster_port=port)
    assert answer.returncode == 1
    assert "HUB_DAGSTER_PORT" in answer.stderr


def test_a_setting_that_cannot_be_used_is_named_without_its_value(hub: Hub) -> None:
    answer = hub("doctor", dagster_port="secret")
    assert answer.returncode == 1
    assert "HUB_DAGSTER_PORT" in answer.stderr
    assert "secret" not in answer.stderr + answer.stdout


def test_a_home_has_one_running_program(hub: Hub, home: Path) -> None:
    with alone(Settings(home=home)):
        answer = hub("serve", dashboards_port=free_port(), dagster_port=free_port())
    assert answer.returncode == 1
    assert f"process {os.getpid()}" in answer.stderr
    assert "HUB_HOME" in answer.stderr


def test_a_home_that_cannot_be_made_is_a_clear_message(hub: Hub, home: Path) -> None:
    home.write_text("a file is in the way")
    answer = hub("build")
    assert answer.returncode == 1
    assert str(home) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_debug_shows_the_traceback_of_an_expected_error(hub: Hub, home: Path) -> None:
    home.write_text("a file is in the way")
    assert "Traceback" in hub("--debug", "build").stderr
    assert "Traceback" in hub("build", debug=1).stderr


def test_the_doctor_finds_nothing_broken_in_an_empty_home_and_makes_nothing(hub: Hub, home: Path) -> None:
    answer = hub("doctor", dashboards_port=free_port(), dagster_port=free_port())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"HUB_HOME {home}" in " ".join(answer.stdout.split())
    assert not home.exists()


def test_the_doctor_says_what_is_broken_and_ends_with_1(hub: Hub, home: Path) -> None:
    home.mkdir()
    (home / "operations.sqlite").write_text("this was a database once, before the disk was full" * 50)
    boundaries = home / "boundaries.geojson"
    boundaries.write_text('{"type": "FeatureCollection", "features": [')
    answer = hub(
        "doctor", "--json", boundaries=boundaries, dashboards_port=free_port(), dagster_port=free_port()
    )
    assert answer.returncode == 1
    broken = {
        f["subject"]: f["found"] for f in json.loads(answer.stdout)["findings"] if f["state"] == "broken"
    }
    assert set(broken) == {"Operational database", "Boundary file"}
    assert "not JSON" in broken["Boundary file"]
    assert "Traceback" not in answer.stderr


def test_the_doctor_reports_a_warehouse_that_is_no_warehouse(hub: Hub, home: Path) -> None:
    (home / "lake").mkdir(parents=True)
    (home / "lake" / "catalogue.sqlite").write_text("not a catalogue" * 100)
    answer = hub("doctor", dashboards_port=free_port(), dagster_port=free_port())
    assert answer.returncode == 1
    assert "Broken: Warehouse" in answer.stderr


def test_the_doctor_reports_a_database_that_is_away_and_shows_no_password(hub: Hub) -> None:
    answer = hub(
        "doctor",
        operations_url=f"postgresql://hub:s3cret@127.0.0.1:{free_port()}/city",
        lake_catalogue=f"postgresql://hub:s3cret@127.0.0.1:{free_port()}/lake",
        dashboards_port=free_port(),
        dagster_port=free_port(),
    )
    assert answer.returncode == 1
    assert "hub:***@127.0.0.1" in answer.stdout
    assert "Broken: Operational database, Warehouse" in answer.stderr
    assert "s3cret" not in answer.stdout + answer.stderr


def test_the_doctor_reports_a_catalogue_that_somebody_holds_locked(hub: Hub, home: Path) -> None:
    from warehouse.lake import open_lake

    catalogue = home / "lake" / "catalogue.sqlite"
    open_lake(str(catalogue), str(home / "lake" / "files")).close()
    with sqlite3.connect(catalogue) as holder:
        holder.execute("PRAGMA locking_mode = exclusive")
        holder.execute("BEGIN EXCLUSIVE")
        answer = hub("doctor", dashboards_port=free_port(), dagster_port=free_port())
    holder.close()
    assert answer.returncode == 1
    assert "locked" in answer.stdout
    assert "Broken: Warehouse" in answer.stderr


def test_an_unknown_rate_of_dirt_is_refused_with_the_known_ones(hub: Hub, home: Path) -> None:
    answer = hub("sample-city", "--dirt", "rain=0.5")
    assert answer.returncode == 1
    assert "forgotten_out" in answer.stderr
    assert not home.exists()


def test_a_closed_pipe_is_no_crash(home: Path) -> None:
    answer = subprocess.run(
        f"{sys.executable} -m hub doctor | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in answer.stderr
