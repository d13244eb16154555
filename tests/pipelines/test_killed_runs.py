"""A run that is killed at any point, and then run again, gives the tables of an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from operations.commands.clock import run_clock
from operations.database import reading
from operations.model import CardBinding, Device, utc_now
from pipelines.build import build_all
from tests.pipelines.conftest import World, at, differences
from warehouse.tables import catalogue

PROJECT = Path(__file__).resolve().parents[2]
# The moments at which a run moved points, and its number: those of its own.
WHEN_POSTED = ("posted_at", "updated_at", "reference")
# Starts a build for each line it reads, in a process of its own, and says each step as it begins, so that a kill can
# hit any of them. A process begins as a copy of this one, which is spared five seconds of imports.
BUILDS = """
import os, sys
from pathlib import Path
from hub.settings import Settings
from pipelines.build import build_all
for _ in sys.stdin:
    build = os.fork()
    if not build:
        say = lambda step, *_: print(os.getpid(), step, flush=True)
        build_all(Settings(home=Path(sys.argv[1])), progress=say)
        os._exit(0)
    _, status = os.waitpid(build, 0)
    print(build, "ended", os.waitstatus_to_exitcode(status), flush=True)
"""


def steps_by_stage() -> dict[str, list[str]]:
    """Every step of the graph by what goes on there, in the order of the flow."""

    def built(schema: str) -> list[str]:
        return [table.name for table in catalogue() if table.schema == schema and (table.sql or table.csv)]

    return {
        "reference": built("reference"),
        "pull": ["raw.*"],
        "segments": ["raw.swipe_lines"],
        "taps": ["raw.taps"],
        "sessions": ["core.sessions"],
        "core": built("core"),
        "settlement": ["operations.points_settlement"],
        "ledger pull": ["raw.point_*"],
        "marts": built("marts"),
    }


@contextmanager
def builds_to_kill(home: Path) -> Iterator[Callable[[str, float], int]]:
    """Yield a function that starts a build and kills it with -9 some seconds after a step has begun.

    It returns how the build ended: -9, if the kill hit it.
    """
    command = [sys.executable, "-c", BUILDS, str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=PROJECT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def build_and_kill(wanted: str, then_seconds: float) -> int:
            process.stdin.write("\n")
            for line in process.stdout:
                number, step, *code = line.split()
                if step == wanted:
                    time.sleep(then_seconds)
                    os.kill(int(number), signal.SIGKILL)
                if step == "ended":
                    return int(code[0])
            raise AssertionError("the builds' own process ended")

        yield build_and_kill
        process.stdin.close()


@pytest.mark.parametrize("first", [True, False], ids=["the first build", "an incremental build"])
def test_a_killed_build_is_mended_by_the_next(
    request: pytest.FixtureRequest, first: bool, tmp_path: Path
) -> None:
    """Each build is killed later in the flow than the one before, so that it meets work that is still to be done."""
    world: World = request.getfixturevalue("small_city" if first else "built_city")
    if not first:
        more = [
            at(f"2026-08-21 {9 + n:02}:00", 10_000 + n, card=card, device=device)
            for n, (card, device) in enumerate(_some(world))
        ]
        world.taps(*more, arrived="2026-08-21 20:00")
    # So that both find nothing due, and stamp nothing at moments of their own.
    run_clock(world.engine, utc_now())
    # Copying its file would take this process's locks off a database that it holds open.
    world.engine.dispose()
    calm = World.copied(world.settings.home, tmp_path / "calm")
    begun: list[str] = []
    build_all(calm.settings, progress=lambda step, *_: begun.append(step))
    stages = steps_by_stage()
    assert sorted(filter(None, begun)) == sorted(step for steps in stages.values() for step in steps)

    chance = random.Random(first)
    with builds_to_kill(world.settings.home) as build_and_kill:
        for stage, steps in stages.items():
            ended = build_and_kill(chance.choice(steps), chance.random() * 0.3)
            assert ended == -signal.SIGKILL, f"the kill missed the stage {stage}"
    build_all(world.settings)
    killed, undisturbed = (one.content(without=WHEN_POSTED) for one in (world, calm))
    assert undisturbed["raw.point_transfers"]
    assert differences(killed, undisturbed) == {}


def _some(world: World) -> list[tuple[str, str]]:
    """Some cards that are bound, each with a reader."""
    with reading(world.engine) as session:
        cards = session.scalars(select(CardBinding.card_no).order_by(CardBinding.card_no).limit(8)).all()
        devices = session.scalars(select(Device.device_no).order_by(Device.device_no).limit(8)).all()
    return list(zip(cards, devices, strict=True))
