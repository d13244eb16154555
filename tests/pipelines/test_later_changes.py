"""What comes or changes later leads to the same tables as if it had been known from the start.

Each story is about a volunteer, a site and a reader of its own. They are told in one world, so that one build before
the changes, one after them and one rebuild from nothing serve all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.model import (
    Card,
    CardBinding,
    CheckIn,
    Device,
    FormerPlacement,
    Heartbeat,
    HonourApproval,
    HonourRecord,
    Shift,
    ShiftSite,
    SignUp,
    Site,
)
from tests.pipelines.conftest import LONG_AGO, Content, World, at, differences, local, site, volunteer

DAY = "2026-08-03"
NINE, ELEVEN = f"{DAY} 09:00", f"{DAY} 11:00"
Rows = list[tuple[Any, ...]]


@dataclass
class Story:
    """`tell` writes what is known first, `later` what comes or changes; the sessions of the volunteer then."""

    tell: Callable[[World, int], None]
    later: Callable[[World, int], None]
    before: Rows
    after: Rows


def visit(
    world: World, who: int, device: str | None = None, arrived: str = f"{DAY} 11:30", seq: int = 1
) -> None:
    """From nine to eleven at the reader of the story."""
    device = device or f"D{who}"
    card = f"C{who}"
    world.taps(at(NINE, seq, card, device), at(ELEVEN, seq + 1, card, device), arrived=arrived)


def unbound_card(world: World, who: int) -> None:
    world.remove(CardBinding, who)
    visit(world, who)


def unknown_reader(world: World, who: int) -> None:
    visit(world, who, device=f"NEW{who}")


def shift(world: World, who: int, status: str = "confirmed") -> None:
    """A shift from nine to half past ten at the site of the story."""
    world.add(
        Shift(shift_id=who, activity_id=1, starts_at=local(NINE), ends_at=local(f"{DAY} 10:30"), capacity=5),
        ShiftSite(shift_id=who, site_id=who),
        SignUp(sign_up_id=who, shift_id=who, volunteer_id=who, status=status, signed_up_at=LONG_AGO),
    )
    visit(world, who)


def check_ins(world: World, who: int) -> None:
    shift(world, who)
    for number, (direction, clock) in enumerate([("in", "09:00"), ("out", "10:00")]):
        moment = local(f"{DAY} {clock}") + timedelta(days=0)
        world.add(
            CheckIn(
                event_id=who * 10 + number,
                volunteer_id=who,
                shift_id=who,
                site_id=who,
                direction=direction,
                occurred_at=moment,
                received_at=moment,
            )
        )


def honour(world: World, who: int) -> None:
    world.add(
        HonourRecord(
            record_id=who,
            volunteer_id=who,
            organisation_id=1,
            minutes=90,
            service_day=local(NINE).date(),
            reason="纸质登记",
            entered_by=1,
            entered_at=local("2026-08-04 10:00"),
        )
    )


def decide(decision: str) -> Callable[[World, int], None]:
    """One more decision on the record, which stands from then on."""
    return lambda world, who: world.add(
        HonourApproval(record_id=who, decision=decision, decided_by=2, decided_at=local("2026-08-05 10:00"))
    )


def approved_honour(world: World, who: int) -> None:
    honour(world, who)
    decide("approved")(world, who)


def beat(world: World, who: int) -> None:
    world.add(
        Heartbeat(
            heartbeat_id=who,
            device_no=f"D{who}",
            received_at=local(f"{DAY} 08:00"),
            clock_offset_seconds=1800 // 4,
        )
    )


def two_places(world: World, who: int) -> None:
    """At the story's site until eleven, ten minutes later in the library near by."""
    visit(world, who)
    world.taps(
        at(f"{DAY} 11:10", 1000 + who, f"C{who}", "D1"),
        at(f"{DAY} 12:10", 2000 + who, f"C{who}", "D1"),
        arrived=f"{DAY} 12:30",
    )


def moved(world: World, who: int) -> None:
    """The reader stands in the library since ten o'clock, as it turns out."""
    world.add(
        FormerPlacement(
            placement_id=who,
            device_no=f"D{who}",
            site_id=who,
            is_directed=False,
            placed_from=LONG_AGO,
            placed_to=local(f"{DAY} 10:00"),
        )
    )
    world.change(Device, f"D{who}", site_id=1)


COUNTED_120 = [("CARD", "site", "counted", 120)]
IN_SHIFT_90 = [("CARD", "shift", "counted", 90)]
STORIES = {
    "a_card_bound_later_heals_its_taps": Story(
        unbound_card,
        lambda world, who: world.add(
            CardBinding(binding_id=who, card_no=f"C{who}", volunteer_id=who, bound_from=LONG_AGO)
        ),
        [],
        COUNTED_120,
    ),
    "a_card_reported_lost_afterwards_loses_the_taps_since": Story(
        visit,
        lambda world, who: world.change(Card, f"C{who}", reported_lost_at=local(f"{DAY} 10:00")),
        COUNTED_120,
        [("CARD", "site", "missing_out", 0)],
    ),
    "a_reader_registered_later_heals_its_taps": Story(
        unknown_reader,
        lambda world, who: world.add(
            Device(device_no=f"NEW{who}", site_id=who, model="R1", registered_at=LONG_AGO)
        ),
        [],
        COUNTED_120,
    ),
    "a_heartbeat_that_comes_late_corrects_the_clock": Story(
        shift,
        beat,
        IN_SHIFT_90,
        IN_SHIFT_90,  # both taps move by 450 s, and the shift still clips them; see the next story
    ),
    "a_heartbeat_changed_later_can_make_a_clock_untrusted": Story(
        lambda world, who: (visit(world, who), beat(world, who))[0],
        lambda world, who: world.change(Heartbeat, who, clock_offset_seconds=3600),
        COUNTED_120,
        [],
    ),
    "a_sign_up_confirmed_later_moves_the_taps_into_the_shift": Story(
        lambda world, who: shift(world, who, status="requested"),
        lambda world, who: world.change(SignUp, who, status="confirmed"),
        COUNTED_120,
        IN_SHIFT_90,
    ),
    "a_sign_up_cancelled_later_moves_them_out": Story(
        shift, lambda world, who: world.change(SignUp, who, status="cancelled"), IN_SHIFT_90, COUNTED_120
    ),
    "a_shift_moved_later_clips_anew": Story(
        shift,
        lambda world, who: world.change(Shift, who, starts_at=local(f"{DAY} 10:00")),
        IN_SHIFT_90,
        [("CARD", "shift", "counted", 30)],
    ),
    "nothing_belongs_to_a_shift_cancelled_later": Story(
        shift,
        lambda world, who: world.change(Shift, who, cancelled_at=local("2026-08-02 10:00")),
        IN_SHIFT_90,
        COUNTED_120,
    ),
    "an_honour_record_approved_later_earns_its_minutes": Story(
        honour, decide("approved"), [("HONOUR", None, "not_approved", 0)], [("HONOUR", None, "counted", 90)]
    ),
    "an_approval_withdrawn_later_takes_them_back": Story(
        approved_honour,
        decide("withdrawn"),
        [("HONOUR", None, "counted", 90)],
        [("HONOUR", None, "not_approved", 0)],
    ),
    "the_first_of_two_approvals_earns_nothing_yet": Story(
        honour,
        decide("endorsed"),
        [("HONOUR", None, "not_approved", 0)],
        [("HONOUR", None, "not_approved", 0)],
    ),
    "a_check_in_deleted_in_operations_leaves_the_warehouse": Story(
        check_ins,
        lambda world, who: world.remove(CheckIn, who * 10 + 1),
        [("APP", "shift", "counted", 60), ("CARD", "shift", "counted", 30)],
        [("APP", "shift", "missing_out", 0), ("CARD", "shift", "counted", 90)],
    ),
    "a_resend_days_later_changes_no_session": Story(
        visit, lambda world, who: visit(world, who, arrived="2026-08-09 11:30"), COUNTED_120, COUNTED_120
    ),
    "an_earlier_arrival_found_later_wins_over_the_accepted_one": Story(
        lambda world, who: world.taps(
            at(f"{DAY} 09:30", 1, f"C{who}", f"D{who}"),
            at(ELEVEN, 2, f"C{who}", f"D{who}"),
            arrived=f"{DAY} 12:00",
        ),
        lambda world, who: world.taps(at(NINE, 1, f"C{who}", f"D{who}"), arrived=f"{DAY} 11:30"),
        [("CARD", "site", "counted", 90)],
        COUNTED_120,
    ),
    "a_reader_moved_in_between_parts_what_was_a_pair": Story(
        visit, moved, COUNTED_120, [("CARD", "site", "missing_out", 0)] * 2
    ),
    "a_move_taken_back_joins_it_again": Story(
        lambda world, who: (visit(world, who), moved(world, who))[0],
        lambda world, who: (world.remove(FormerPlacement, who), world.change(Device, f"D{who}", site_id=who))[
            0
        ],
        [("CARD", "site", "missing_out", 0)] * 2,
        COUNTED_120,
    ),
    "a_site_put_elsewhere_changes_no_minutes": Story(
        two_places,
        lambda world, who: world.change(Site, who, lon=121.9),
        [("CARD", "site", "counted", 60), ("CARD", "site", "counted", 120)],
        [("CARD", "site", "counted", 60), ("CARD", "site", "counted", 120)],
    ),
}
NUMBERS = {name: number for number, name in enumerate(STORIES, start=11)}


@dataclass
class Told:
    """All stories: the lake before the changes, after them, and rebuilt from nothing."""

    before: Content
    after: Content
    rebuilt: Content


@pytest.fixture(scope="module")
def told(_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    world = World.copied(_library, tmp_path_factory.mktemp("stories") / "home")
    for name, story in STORIES.items():
        who = NUMBERS[name]
        world.add(
            site(who, name),
            Device(device_no=f"D{who}", site_id=who, model="R1", registered_at=LONG_AGO),
            *volunteer(who),
        )
        story.tell(world, who)
    world.build()
    before = world.content()
    for name, story in STORIES.items():
        story.later(world, NUMBERS[name])
    world.build()
    return Told(before, world.content(), world.rebuilt())


def sessions_of(content: Content, who: int) -> Rows:
    """Channel, kind of place, verdict and settled minutes of one volunteer's sessions."""
    found = [row for row in content["core.sessions"] if row[1] == who]
    return sorted(((row[3], row[4], row[17], row[14]) for row in found), key=str)


@pytest.mark.parametrize("name", STORIES)
def test(told: Told, name: str) -> None:
    story, who = STORIES[name], NUMBERS[name]
    assert sessions_of(told.before, who) == sorted(story.before, key=str)
    assert sessions_of(told.after, who) == sorted(story.after, key=str)


def test_the_incremental_build_equals_a_rebuild(told: Told) -> None:
    assert differences(told.after, told.rebuilt) == {}


def test_a_site_put_elsewhere_raises_impossible_travel(told: Told) -> None:
    assert [row for row in told.before["core.session_flags"] if "impossible_travel" in row] == []
    assert [row for row in told.after["core.session_flags"] if "impossible_travel" in row] != []


def test_minutes_awards_and_ranks_follow(told: Told) -> None:
    settled = sum(row[14] for row in told.after["core.sessions"])
    assert (
        sum(row[told_column("core.daily_service", "minutes")] for row in told.after["core.daily_service"])
        == settled
    )
    assert told.before["core.point_awards"] != told.after["core.point_awards"]
    assert told.before["marts.leaderboard"] != told.after["marts.leaderboard"]


def told_column(table_name: str, column: str) -> int:
    """The place of a column in the rows of a table."""
    from warehouse.tables import table

    return table(table_name).contract.column_names().index(column)
