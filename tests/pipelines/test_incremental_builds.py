"""An incremental build gives what a rebuild from nothing gives, whatever came when."""

from __future__ import annotations

import random
import shutil
import sqlite3
from datetime import timedelta

from pipelines.swipe_logs import find_segments
from tests.pipelines.conftest import LONG_AGO, World, at, differences

VISIT = (at("2026-08-03 09:00", 1), at("2026-08-03 11:00", 2))
SETTLED = "SELECT volunteer_id, place_kind, verdict, settled_minutes FROM core.sessions ORDER BY ALL"


def assert_as_rebuilt(world: World) -> None:
    assert differences(world.content(), world.rebuilt()) == {}


def test_a_visit_becomes_minutes_awards_and_a_rank(world: World) -> None:
    world.taps(*VISIT, arrived="2026-08-03 11:01")
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 120)]
    assert world.rows("SELECT volunteer_id, minutes FROM core.daily_service") == [(1, 120)]
    assert world.rows("SELECT volunteer_id, amount_cents > 0 FROM core.point_awards") == [(1, True)]
    assert world.rows(
        "SELECT minutes FROM marts.leaderboard WHERE subject_kind = 'district' AND period_kind = 'all'"
    ) == [(120,)]


def test_a_build_that_finds_nothing_new_writes_nothing(world: World) -> None:
    world.taps(*VISIT, arrived="2026-08-03 11:01")
    world.build()
    before = world.rows("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')")
    world.build()
    assert world.rows("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')") == before


def test_arrival_in_pieces_equals_one_build(small_city: World) -> None:
    """Segments come in three shuffled lots; rows of operations are held back, changed, deleted and come back."""
    chance = random.Random(1)
    whole = small_city.settings.home / "operations.sqlite"
    complete = small_city.settings.home / "complete.sqlite"
    small_city.engine.dispose()
    with sqlite3.connect(whole) as connection:
        connection.execute("PRAGMA wal_checkpoint(truncate)")
    shutil.copy(whole, complete)
    segments = find_segments(small_city.settings.swipe_logs)
    aside = small_city.settings.home / "aside"
    shutil.move(small_city.settings.swipe_logs, aside)
    chance.shuffle(segments)
    for stage in range(3):
        for segment in segments[stage::3]:
            segment.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(aside / segment.relative_to(small_city.settings.swipe_logs), segment)
        _disturb(whole, complete, chance, stage, keep=(0.5, 0.8, 1.0)[stage])
        small_city.build()
        assert_as_rebuilt(small_city)


def _disturb(whole: object, complete: object, chance: random.Random, stage: int, keep: float) -> None:
    """Leave a random part `keep` of the rows in, all as they are in `complete`, those put back stamped as new."""
    stamp = LONG_AGO + timedelta(days=365 + stage)
    connection = sqlite3.connect(str(whole))
    connection.execute("ATTACH ? AS complete", [str(complete)])
    keys = {
        "card_bindings": "binding_id", "devices": "device_no", "heartbeats": "heartbeat_id", "sign_ups": "sign_up_id",
        "honour_approvals": "approval_id", "check_ins": "event_id", "consents": "consent_id",
    }  # fmt: skip
    for table, key in keys.items():
        every = [row[0] for row in connection.execute(f"SELECT {key} FROM complete.{table} ORDER BY {key}")]
        wanted = {one for one in every if chance.random() < keep}
        there = {row[0] for row in connection.execute(f"SELECT {key} FROM main.{table}")}
        connection.executemany(
            f"DELETE FROM main.{table} WHERE {key} = ?", [(one,) for one in there - wanted]
        )
        for one in wanted - there:
            connection.execute(
                f"INSERT INTO main.{table} SELECT * FROM complete.{table} WHERE {key} = ?", [one]
            )
            connection.execute(
                f"UPDATE main.{table} SET updated_at = ? WHERE {key} = ?", [f"{stamp:%F %T}.000000", one]
            )
    connection.commit()
    connection.close()
