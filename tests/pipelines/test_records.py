"""What people decide in operations reaches the figures with the next build, by which way ever they are built.

The stories are told in one world, each about a volunteer of its own: one build of what is there first, one after the
decisions, one after their corrections, and one rebuild from nothing serve all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from operations.access import Actor, Role
from operations.commands.disputes import answer_dispute, open_dispute
from operations.commands.honours import (
    approve_honour_record,
    enter_honour_record,
    withdraw_honour_approval,
)
from operations.commands.reviews import review_minutes
from operations.database import writing
from tests.pipelines.conftest import Content, World, at, differences, local, volunteer
from warehouse.tables import table

MONDAY = date(2026, 8, 3)
WHEN = local("2026-08-04 12:00")
HONOUR, REVIEWED, SHRINKING, DISPUTED = 11, 12, 13, 14
ENTERER, DECIDER = (
    Actor(f"host {person}", Role.ORGANISATION_ADMINISTRATOR, None, 1, person) for person in (3, 4)
)
CITY = Actor("city", Role.CITY_ADMINISTRATOR, volunteer_id=4)


@dataclass
class Told:
    """The lake before the decisions, after them, after their corrections, and rebuilt from nothing."""

    before: Content
    decided: Content
    corrected: Content
    rebuilt: Content


def do(world: World, command: Any, actor: Actor, **arguments: Any) -> Any:
    with writing(world.engine) as session:
        return command(session, actor, at=WHEN, **arguments)


def rows(content: Content, name: str, who: int, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a volunteer's rows of a table."""
    names = table(name).contract.column_names()
    own = [row for row in content[name] if row[names.index("volunteer_id")] == who]
    return [tuple(row[names.index(column)] for column in columns) for row in own]


def a_visit(who: int, *clocks: str, seq: int) -> list[dict[str, Any]]:
    return [at(f"2026-08-03 {clock}", seq + place, f"C{who}") for place, clock in enumerate(clocks)]


def review(world: World, content: Content, who: int, granted: int, replaces: int | None = None) -> int:
    """Decide on the one session that waits, for what it has in review."""
    ((session_id, level, waiting),) = rows(
        content, "marts.review_queue", who, "session_id", "level", "review_minutes"
    )
    return do(
        world,
        review_minutes,
        CITY,
        session_id=session_id,
        volunteer_id=who,
        organisation_id=1,
        service_day=MONDAY,
        level=level,
        minutes_in_review=waiting,
        minutes_granted=granted,
        reason="排班表为证",
        replaces=replaces,
    ).decision_id


@pytest.fixture(scope="module")
def told(_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    world = World.copied(_library, tmp_path_factory.mktemp("records") / "home")
    people = (3, 4, HONOUR, REVIEWED, SHRINKING, DISPUTED)
    world.add(*(row for number in people for row in volunteer(number)))
    # Two are at the library from eight to eight with an hour off, eleven hours in two sessions; one for two hours.
    all_day = ("08:00", "14:00", "15:00", "20:00")
    taps = [
        *a_visit(REVIEWED, *all_day, seq=100),
        *a_visit(SHRINKING, *all_day, seq=200),
        *a_visit(DISPUTED, "09:00", "11:00", seq=300),
    ]
    world.taps(*taps, arrived="2026-08-03 20:30")
    entered = {"volunteer_id": HONOUR, "organisation_id": 1, "minutes": 90, "service_day": MONDAY}
    record = do(world, enter_honour_record, ENTERER, reason="签到表", **entered).record_id
    world.build()
    before = world.content()

    do(world, approve_honour_record, DECIDER, record_id=record, decision="approved")
    first = review(world, before, REVIEWED, granted=100)
    review(world, before, SHRINKING, granted=180)
    ((session_id,),) = rows(before, "core.point_awards", DISPUTED, "session_id")
    objection = {"volunteer_id": DISPUTED, "organisation_id": 1, "service_day": MONDAY, "kind": "session"}
    own = Actor("own", Role.VOLUNTEER, volunteer_id=DISPUTED)
    dispute = do(world, open_dispute, own, session_id=session_id, statement="我八点半就到了", **objection)
    world.build()
    decided = world.content()

    do(world, withdraw_honour_approval, DECIDER, record_id=record, reason="签到表是伪造的")
    review(world, before, REVIEWED, granted=0, replaces=first)
    # Taps that waited in the reader say that she left at 17:00 and came back at 18:30.
    world.taps(*a_visit(SHRINKING, "17:00", "18:30", seq=400), arrived="2026-08-05 09:00")
    rejected = {"outcome": "rejected", "answer": "读卡器正常"}
    do(world, answer_dispute, DECIDER, dispute_id=dispute.dispute_id, **rejected)
    world.build()
    return Told(before, decided, world.content(), world.rebuilt())


def test_the_incremental_builds_equal_a_rebuild(told: Told) -> None:
    assert differences(told.corrected, told.rebuilt) == {}


def test_a_record_counts_from_its_approval_until_that_is_withdrawn(told: Told) -> None:
    seen = [
        rows(content, "core.sessions", HONOUR, "verdict", "settled_minutes")
        for content in (told.before, told.decided, told.corrected)
    ]
    assert seen == [[("not_approved", 0)], [("counted", 90)], [("not_approved", 0)]]
    assert rows(told.decided, "core.daily_service", HONOUR, "minutes") == [(90,)]
    assert rows(told.corrected, "core.daily_service", HONOUR, "minutes") == []
    assert sorted(row[2] for row in told.corrected["raw.honour_approvals"]) == ["approved", "withdrawn"]


def test_a_review_adds_what_it_grants_once_and_a_correction_takes_it_back(told: Told) -> None:
    day = ("minutes", "granted_minutes", "review_minutes")
    assert rows(told.before, "core.daily_service", REVIEWED, *day) == [(480, 0, 180)]
    assert rows(told.decided, "core.daily_service", REVIEWED, *day) == [(580, 100, 0)]
    assert sum(row[0] for row in rows(told.decided, "core.point_awards", REVIEWED, "minutes")) == 580
    assert rows(told.corrected, "core.daily_service", REVIEWED, *day) == [(480, 0, 0)]
    assert sum(row[0] for row in rows(told.corrected, "core.point_awards", REVIEWED, "minutes")) == 480


def test_minutes_of_a_session_that_nobody_saw_wait_though_another_of_the_day_was_granted(told: Told) -> None:
    assert rows(told.decided, "core.daily_service", SHRINKING, "minutes") == [(660,)]
    ((now, state, waiting),) = rows(
        told.corrected, "marts.review_queue", SHRINKING, "session_id", "state", "waiting_minutes"
    )
    assert (state, waiting) == ("waiting", 90)
    assert (now,) not in rows(told.decided, "marts.review_queue", SHRINKING, "session_id")
    assert rows(told.corrected, "core.daily_service", SHRINKING, "minutes") == [(480,)]


def test_a_dispute_freezes_the_points_until_it_is_answered(told: Told) -> None:
    awards = [
        rows(content, "core.point_awards", DISPUTED, "minutes")
        for content in (told.before, told.decided, told.corrected)
    ]
    assert awards == [[(120,)], [], [(120,)]]
    assert rows(told.decided, "core.daily_service", DISPUTED, "minutes") == [(120,)]
    frozen = [
        bool(rows(content, "core.frozen_sessions", DISPUTED, "session_id"))
        for content in (told.before, told.decided, told.corrected)
    ]
    assert frozen == [False, True, False]
