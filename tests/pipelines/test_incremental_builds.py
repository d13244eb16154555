"""An incremental build gives what a rebuild from nothing gives, whatever came when."""

from __future__ import annotations

import random
import shutil
import sqlite3
from datetime import timedelta

import pytest

from operations.model import (
    Card,
    CardBinding,
    CheckIn,
    Device,
    Heartbeat,
    HonourApproval,
    HonourRecord,
    Shift,
    SignUp,
    Site,
)
from pipelines.swipe_logs import find_segments
from tests.pipelines.conftest import LONG_AGO, World, at, differences, local, site

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


def test_a_card_that_is_bound_later_heals_its_taps(world: World) -> None:
    world.add(Card(card_no="C3", issued_at=LONG_AGO))
    world.taps(at("2026-08-03 09:00", 1, "C3"), at("2026-08-03 10:00", 2, "C3"), arrived="2026-08-03 11:01")
    world.build()
    assert world.rows("SELECT reason FROM raw.rejected_taps") == [("unknown_card",)] * 2
    world.add(CardBinding(binding_id=3, card_no="C3", volunteer_id=2, bound_from=local("2026-08-01 00:00")))
    world.build()
    assert world.rows(SETTLED) == [(2, "site", "counted", 60)]
    assert world.rows("SELECT count(*) FROM raw.rejected_taps") == [(0,)]
    assert_as_rebuilt(world)


def test_a_card_reported_lost_afterwards_loses_the_taps_since(world: World) -> None:
    world.taps(*VISIT, arrived="2026-08-03 11:01")
    world.build()
    world.change(Card, "C1", reported_lost_at=local("2026-08-03 10:00"))
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "missing_out", 0)]
    assert_as_rebuilt(world)


def test_a_device_that_is_registered_later_heals_its_taps(world: World) -> None:
    world.add(site(2, "博物馆"))
    world.taps(
        at("2026-08-03 14:00", 1, device="D2"),
        at("2026-08-03 15:00", 2, device="D2"),
        arrived="2026-08-03 15:01",
    )
    world.build()
    assert world.rows("SELECT DISTINCT reason FROM raw.rejected_taps") == [("unknown_device",)]
    world.add(Device(device_no="D2", site_id=2, model="R1", registered_at=LONG_AGO))
    world.build()
    assert world.rows(SETTLED) == [(1, "site", "counted", 60)]
    assert_as_rebuilt(world)


def test_a_heartbeat_that_comes_late_corrects_the_taps_after_it(world: World) -> None:
    world.taps(at("2026-08-03 09:05", 1), at("2026-08-03 11:05", 2), arrived="2026-08-03 11:06")
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 115)]
    world.add(
        Heartbeat(
            heartbeat_id=1, device_no="D1", received_at=local("2026-08-03 08:00"), clock_offset_seconds=300
        )
    )
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 120)]
    world.change(Heartbeat, 1, clock_offset_seconds=3600)
    world.build()
    assert world.rows("SELECT DISTINCT reason FROM raw.rejected_taps") == [("clock_untrusted",)]
    assert_as_rebuilt(world)


def test_a_sign_up_confirmed_or_cancelled_later_moves_the_taps(world: World) -> None:
    world.taps(at("2026-08-03 08:50", 1, "C2"), at("2026-08-03 11:10", 2, "C2"), arrived="2026-08-03 11:11")
    world.build()
    assert world.rows(SETTLED) == [(2, "site", "counted", 140)]
    world.add(SignUp(sign_up_id=2, shift_id=1, volunteer_id=2, status="confirmed", signed_up_at=LONG_AGO))
    world.build()
    assert world.rows(SETTLED) == [(2, "shift", "counted", 120)]
    assert_as_rebuilt(world)
    world.change(SignUp, 2, status="cancelled")
    world.build()
    assert world.rows(SETTLED) == [(2, "site", "counted", 140)]
    assert_as_rebuilt(world)


def test_a_shift_that_is_moved_or_cancelled_moves_the_taps(world: World) -> None:
    world.taps(*VISIT, arrived="2026-08-03 11:01")
    world.build()
    world.change(Shift, 1, starts_at=local("2026-08-03 10:00"))
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 60)]
    assert_as_rebuilt(world)
    world.change(Shift, 1, cancelled_at=local("2026-08-02 10:00"))
    world.build()
    assert world.rows(SETTLED) == [(1, "site", "counted", 120)]
    assert_as_rebuilt(world)


def test_an_honour_record_that_is_approved_later_earns_its_minutes(world: World) -> None:
    world.add(
        HonourRecord(
            record_id=1,
            volunteer_id=1,
            organisation_id=1,
            minutes=90,
            service_day=local("2026-08-03 12:00").date(),
            reason="纸质登记",
            entered_by=2,
            entered_at=local("2026-08-04 10:00"),
        )
    )
    world.build()
    assert world.rows(SETTLED) == [(1, None, "not_approved", 0)]
    world.add(
        HonourApproval(record_id=1, decision="approved", decided_by=2, decided_at=local("2026-08-05 10:00"))
    )
    world.build()
    assert world.rows(SETTLED) == [(1, None, "counted", 90)]
    assert_as_rebuilt(world)
    world.change(HonourApproval, 1, decision="refused")
    world.build()
    assert world.rows(SETTLED) == [(1, None, "not_approved", 0)]
    assert_as_rebuilt(world)


def test_rows_that_are_deleted_in_operations_leave_the_warehouse(world: World) -> None:
    for number, (direction, clock) in enumerate([("in", "09:00"), ("out", "10:30")], start=1):
        moment = local(f"2026-08-03 {clock}")
        world.add(
            CheckIn(
                event_id=number, volunteer_id=1, shift_id=1, site_id=1,
                direction=direction, occurred_at=moment, received_at=moment,
            )
        )  # fmt: skip
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 90)]
    world.remove(CheckIn, 2)
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "missing_out", 0)]
    assert_as_rebuilt(world)


def test_a_site_that_was_put_elsewhere_raises_or_ends_impossible_travel(world: World) -> None:
    world.add(site(2, "博物馆"), Device(device_no="D2", site_id=2, model="R1", registered_at=LONG_AGO))
    world.taps(
        at("2026-08-04 09:00", 1), at("2026-08-04 10:00", 2),
        at("2026-08-04 10:10", 1, device="D2"), at("2026-08-04 11:10", 2, device="D2"),
        arrived="2026-08-04 11:11",
    )  # fmt: skip
    world.build()
    assert world.rows("SELECT count(*) FROM core.session_flags") == [(0,)]
    world.change(Site, 2, lon=121.9)
    world.build()
    assert world.rows("SELECT DISTINCT flag FROM core.session_flags") == [("impossible_travel",)]
    assert_as_rebuilt(world)


def test_a_resend_that_comes_days_later_changes_nothing_but_its_count(world: World) -> None:
    world.taps(*VISIT, arrived="2026-08-03 11:01")
    world.build()
    sessions = world.rows("SELECT * FROM core.sessions ORDER BY ALL")
    world.taps(*VISIT, arrived="2026-08-09 11:01")
    world.build()
    assert world.rows("SELECT * FROM core.sessions ORDER BY ALL") == sessions
    assert world.rows("SELECT count(*) FROM raw.resent_taps") == [(2,)]
    assert_as_rebuilt(world)


def test_an_earlier_arrival_that_is_found_later_wins_over_the_one_that_was_accepted(world: World) -> None:
    """Segments of two upload servers can be seen in another order than they arrived in."""
    world.taps(at("2026-08-03 09:30", 1), at("2026-08-03 11:00", 2), arrived="2026-08-03 12:00")
    world.build()
    world.taps(at("2026-08-03 09:00", 1), arrived="2026-08-03 11:30")
    world.build()
    assert world.rows(SETTLED) == [(1, "shift", "counted", 120)]
    assert world.rows("SELECT reason FROM raw.rejected_taps") == [("conflicting_resend",)]
    assert_as_rebuilt(world)


@pytest.mark.parametrize("seed", [1, 2])
def test_arrival_in_pieces_equals_one_build(small_city: World, seed: int) -> None:
    """Segments come in three shuffled lots; rows of operations are held back, changed, deleted and come back."""
    chance = random.Random(seed)
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
        "honour_approvals": "record_id", "check_ins": "event_id", "consents": "consent_id",
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
