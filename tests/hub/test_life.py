"""The program at work on a small city: its servers come, answer, and go without a trace."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.processes import MARKER_VARIABLE
from tests.hub.conftest import SMALL, Hub
from tests.hub.program import PROJECT, environment, free_port

# Far above what it takes on an idle machine.
READY_WITHIN_SECONDS = 240


@dataclass
class Running:
    """A running `hub`: its process, its pages, and what it has said so far."""

    process: subprocess.Popen[str]
    dashboards: str
    dagster: str
    said: list[str]

    def read_until(self, word: str) -> None:
        """Read its output until a line holds the word. Fails with all it said if it ends before."""
        assert self.process.stdout
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                pytest.fail(
                    f"it ended with {self.process.wait()} before it said {word!r}:\n{''.join(self.said)}"
                )
            self.said.append(line)
            if word in line:
                return
        pytest.fail(f"it did not say {word!r} in time:\n{''.join(self.said)}")


Start = Callable[..., Running]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start `hub ARGUMENTS` in a process of its own; at the end of the test it is gone."""
    started = []

    def run(*arguments: str, at: Path | None = None) -> Running:
        dashboards, dagster = free_port(), free_port()
        process = subprocess.Popen(
            # As a shell does that starts it in the background: SIGINT ignored.
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "hub", *arguments],
            cwd=PROJECT,
            env=environment(at or home, dashboards_port=dashboards, dagster_port=dagster),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return Running(process, f"http://127.0.0.1:{dashboards}", f"http://127.0.0.1:{dagster}", [])

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def of_this_home(home: Path) -> dict[int, str]:
    """Every running process that was started for a home, by its id: what /proc says of its environment."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            is_supervised = any(v.startswith(MARKER_VARIABLE.encode() + b"=") for v in variables)
            if f"HUB_HOME={home}".encode() in variables and (is_supervised or "hub" in command) and command:
                found[int(entry.name)] = command
    return found


def gone_within(home: Path, seconds: float) -> dict[int, str]:
    """What still runs for a home after at most that time."""
    deadline = time.monotonic() + seconds
    while (left := of_this_home(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def page(url: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.read().decode()


def volunteers(home: Path) -> list[str]:
    with sqlite3.connect(home / "operations.sqlite") as operations:
        return [
            row[0] for row in operations.execute("SELECT volunteer_no FROM volunteers ORDER BY volunteer_id")
        ]


def test_one_command_leads_from_nothing_to_the_running_city(start: Start, home: Path) -> None:
    running = start("up", *SMALL)
    running.read_until("Ctrl-C ends everything")
    said = "".join(running.said)
    steps = [
        "making a sample city",
        "300 volunteers",
        "Building the warehouse",
        "Points were spent",
        "is running",
    ]
    assert [step for step in steps if step not in said] == []
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    assert running.dashboards in said
    assert running.dagster in said
    assert page(f"{running.dashboards}/_stcore/health") == "ok"
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 130
    assert gone_within(home, 2) == {}
    assert len(volunteers(home)) >= 300


def test_up_on_data_that_is_there_then_ctrl_c(start: Start, city: Path, hub: Hub) -> None:
    people = volunteers(city)
    running = start("up")
    running.read_until("Ctrl-C ends everything")
    said = "".join(running.said)
    assert "Using the data in" in said
    assert "0 of them changed" in said
    assert page(f"{running.dashboards}/_stcore/health") == "ok"
    assert json.loads(page(f"{running.dagster}/server_info"))["dagster_version"]
    assert len(of_this_home(city)) >= 5  # the supervisor, three servers, their code servers

    second = hub("up", dashboards_port=free_port(), dagster_port=free_port())
    assert second.returncode == 1
    assert f"process {running.process.pid}" in second.stderr

    running.process.send_signal(signal.SIGINT)  # what Ctrl-C in a terminal does
    began = time.monotonic()
    assert running.process.wait(30) == 130
    assert time.monotonic() - began < 20
    assert gone_within(city, 2) == {}
    assert volunteers(city) == people


def test_a_killed_program_leaves_no_server_behind(start: Start, city: Path) -> None:
    running = start("serve")
    running.read_until("Ctrl-C ends everything")
    # As an administrator in a hurry would, or a machine without memory.
    running.process.kill()
    running.process.wait()
    assert gone_within(city, 15) == {}


def test_up_stops_with_the_reason_when_the_sample_city_cannot_be_made(start: Start, home: Path) -> None:
    (home / "swipe_logs" / "v1").mkdir(parents=True)
    running = start("up")
    assert running.process.wait(READY_WITHIN_SECONDS) == 1
    assert running.process.stdout
    said = running.process.stdout.read()
    assert "already holds swipe segments" in said
    assert "Nothing was started" in said
    assert "Traceback" not in said
    assert gone_within(home, 2) == {}
