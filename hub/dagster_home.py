"""Dagster's folder below the home: its configuration in place, and no dead run in it that passes for a living one."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from .failures import HubError
from .home import alone
from .settings import PROJECT

if TYPE_CHECKING:
    from .settings import Settings

# What Dagster calls a run that a process is at work on. A queued one is none: the daemon begins it.
_AT_WORK = ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")


def prepare(settings: Settings) -> None:
    """Put the project's dagster.yaml into Dagster's folder, where Dagster looks for it."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    wanted = (PROJECT / "dagster.yaml").read_text()
    there = settings.dagster_home / "dagster.yaml"
    if not there.exists() or there.read_text() != wanted:
        there.write_text(wanted)


def end_dead_runs(settings: Settings, environment: dict[str, str]) -> int:
    """Report the runs of processes that were killed as failed, and return how many there were.

    Only for the one that holds the home: nobody else can be at a run then, but a `hub build`, for which this steps
    back. Without this such a run would keep its place in the queue of the one writer, for hours.
    """
    dead = _runs_at_work(settings)
    if not dead:
        return 0
    with contextlib.suppress(HubError), alone(settings, "build"):
        # A process of its own: Dagster is large, and the supervisor lives long.
        subprocess.run(
            [sys.executable, "-m", "hub.dagster_home", *dead], cwd=PROJECT, env=environment, check=True
        )
        return len(dead)
    return 0


def _runs_at_work(settings: Settings) -> list[str]:
    """Return the ids of runs that Dagster takes to be at work, read straight from its SQLite file."""
    file = settings.dagster_home / "history" / "runs.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as history:
        marks = ", ".join("?" for _ in _AT_WORK)
        rows = history.execute(f"SELECT run_id FROM runs WHERE status IN ({marks})", _AT_WORK)  # noqa: S608 - marks only
        return [str(row[0]) for row in rows]


def _report_as_failed(run_ids: list[str]) -> None:
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        for run_id in run_ids:
            if run := instance.get_run_by_id(run_id):
                instance.report_run_failed(
                    run, "Its process was ended while it ran. The next run mends what it left."
                )


if __name__ == "__main__":
    _report_as_failed(sys.argv[1:])
