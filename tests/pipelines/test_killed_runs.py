"""A run that is killed at any point, and then run again, gives the tables of an undisturbed run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from operations.commands.clock import run_clock
from operations.database import reading
from operations.model import CardBinding, Device, utc_now
from pipelines.build import build_all
from tests.pipelines.conftest import World, at, differences

PROJECT = Path(__file__).resolve().parents[2]
# The moments at which a run moved points: those of its own.
WHEN_POSTED = ("posted_at", "updated_at")
# Says each step as it begins, so that a kill can hit any of them.
BUILD = """
import sys
from pathlib import Path
from hub.settings import Settings
from pipelines.build import build_all
build_all(Settings(home=Path(sys.argv[1])), progress=lambda *step: print(*step, flush=True))
"""


def build_and_kill(home: Path, after_steps: int, then_seconds: float) -> None:
    """Start a build and kill it with -9 a moment after it has begun so many steps."""
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, str(home)], stdout=subprocess.PIPE, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        for _ in range(after_steps):
            if not process.stdout.readline():
                break
        time.sleep(then_seconds)
        process.kill()


@pytest.mark.parametrize("first", [True, False], ids=["the first build", "an incremental build"])
def test_a_killed_build_is_mended_by_the_next(
    request: pytest.FixtureRequest, first: bool, tmp_path: Path
) -> None:
    world: World = request.getfixturevalue("small_city" if first else "built_city")
    if not first:
        more = [
            at(f"2026-08-21 {9 + n:02}:00", 10_000 + n, card=card, device=device)
            for n, (card, device) in enumerate(_some(world))
        ]
        world.taps(*more, arrived="2026-08-21 20:00")
    run_clock(
        world.engine, utc_now()
    )  # so that both find nothing due, and stamp nothing at moments of their own
    calm = World.copied(world.settings.home, tmp_path / "calm")
    build_all(calm.settings)
    chance = random.Random(7)
    for _ in range(3):
        build_and_kill(world.settings.home, chance.randint(2, 26), chance.random() * 0.3)
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
