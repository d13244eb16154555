"""What people decide in operations reaches the figures with the next build, by which way ever they are built."""

from __future__ import annotations

from datetime import date
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
from tests.pipelines.conftest import World, at, differences, local, volunteer

MONDAY = date(2026, 8, 3)
WHEN = local("2026-08-04 12:00")


class Office:
    """People of the town at their desks; each command is stamped later than what was pulled before."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seller, self.second = (self._actor(person) for person in (3, 4))
        self.city = Actor("city", Role.CITY_ADMINISTRATOR, volunteer_id=5)

    @staticmethod
    def _actor(person: int) -> Actor:
        return Actor(f"host {person}", Role.ORGANISATION_ADMINISTRATOR, None, 1, person)

    def do(self, command: Any, actor: Actor, **arguments: Any) -> Any:
        with writing(self.world.engine) as session:
            return command(session, actor, at=WHEN, **arguments)


@pytest.fixture
def office(world: World) -> Office:
    world.add(*(row for number in (3, 4, 5) for row in volunteer(number)))
    return Office(world)


def sessions(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT session_id, verdict, settled_minutes FROM core.sessions ORDER BY 1")


def test_a_record_counts_from_its_approval_until_that_is_withdrawn(world: World, office: Office) -> None:
    record = office.do(
        enter_honour_record,
        office.seller,
        volunteer_id=2,
        organisation_id=1,
        minutes=90,
        service_day=MONDAY,
        reason="签到表",
    ).record_id
    name = f"2/none/HONOUR/{record}"
    world.build()
    assert sessions(world) == [(name, "not_approved", 0)]
    office.do(approve_honour_record, office.second, record_id=record, decision="approved")
    world.build()
    assert sessions(world) == [(name, "counted", 90)]
    assert world.rows("SELECT minutes FROM marts.service_records") == [(90,)]
    office.do(withdraw_honour_approval, office.second, record_id=record, reason="签到表是伪造的")
    world.build()
    assert sessions(world) == [(name, "not_approved", 0)]
    assert world.rows("SELECT minutes FROM core.daily_service") == []
    assert world.rows("SELECT decision FROM raw.honour_approvals ORDER BY approval_id") == [
        ("approved",),
        ("withdrawn",),
    ]
    assert differences(world.content(), world.rebuilt()) == {}


def a_long_day(world: World) -> str:
    """Xiaoli (2) is at the library from eight to eight, with an hour off: eleven hours in two sessions."""
    world.taps(
        at("2026-08-03 08:00", 1, "C2"),
        at("2026-08-03 14:00", 2, "C2"),
        at("2026-08-03 15:00", 3, "C2"),
        at("2026-08-03 20:00", 4, "C2"),
        arrived="2026-08-03 20:30",
    )
    world.build()
    ((session_id, seen),) = world.rows("SELECT session_id, review_minutes FROM marts.review_queue")
    assert seen == 180
    return str(session_id)


def decide(
    office: Office, session_id: str, granted: int, seen: int = 180, replaces: int | None = None
) -> int:
    return office.do(
        review_minutes,
        office.city,
        session_id=session_id,
        volunteer_id=2,
        organisation_id=1,
        service_day=MONDAY,
        level="organisation",
        minutes_in_review=seen,
        minutes_granted=granted,
        reason="排班表为证",
        replaces=replaces,
    ).decision_id


def day(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT minutes, granted_minutes, review_minutes FROM core.daily_service")


def test_a_review_adds_its_minutes_once_and_follows_the_session(world: World, office: Office) -> None:
    session_id = a_long_day(world)
    assert day(world) == [(480, 0, 180)]
    first = decide(office, session_id, granted=100)
    world.build()
    assert day(world) == [(580, 100, 0)]
    # The last tap was of another reader by mistake, the true one comes days later: half an hour longer.
    world.taps(at("2026-08-03 20:30", 5, "C2"), arrived="2026-08-05 09:00")
    world.taps(at("2026-08-03 20:32", 6, "C2"), arrived="2026-08-05 09:00")
    world.build()
    assert day(world) == [(580, 100, 0)]  # two minutes at the desk are too short, the decision stands
    decide(office, session_id, granted=0, replaces=first)
    world.build()
    assert day(world) == [(480, 0, 0)]
    assert world.rows("SELECT SUM(minutes) FROM core.point_awards") == [(480,)]
    assert differences(world.content(), world.rebuilt()) == {}


def test_of_a_session_that_shrinks_no_more_is_granted_than_is_left_and_it_is_to_be_confirmed(
    world: World, office: Office
) -> None:
    session_id = a_long_day(world)
    decide(office, session_id, granted=180)
    world.build()
    assert day(world) == [(660, 180, 0)]
    # A tap that waited in the reader says that she left at 17:00 and came back at 18:30.
    world.taps(at("2026-08-03 17:00", 7, "C2"), at("2026-08-03 18:30", 8, "C2"), arrived="2026-08-05 09:00")
    world.build()
    queue = world.rows("SELECT session_id, state, review_minutes, granted_minutes FROM marts.review_queue")
    assert [(state, review, granted) for _, state, review, granted in queue] == [("waiting", 90, 0)]
    assert queue[0][0] != session_id  # what is above the ceiling now is another session, which nobody saw
    assert day(world) == [(480, 0, 90)]
    assert differences(world.content(), world.rebuilt()) == {}


def test_a_dispute_freezes_the_points_until_it_is_answered(world: World, office: Office) -> None:
    world.taps(at("2026-08-03 09:00", 1), at("2026-08-03 11:00", 2), arrived="2026-08-03 11:01")
    world.build()
    ((session_id,),) = world.rows("SELECT session_id FROM core.point_awards")
    number = office.do(
        open_dispute,
        Actor("Xiaowang", Role.VOLUNTEER, volunteer_id=1),
        volunteer_id=1,
        organisation_id=1,
        kind="session",
        session_id=session_id,
        service_day=MONDAY,
        statement="我八点半就到了",
    ).dispute_id
    world.build()
    assert world.rows("SELECT session_id, dispute_id FROM core.frozen_sessions") == [(session_id, number)]
    assert world.rows("SELECT award_id FROM core.point_awards") == []
    assert world.rows("SELECT minutes FROM core.daily_service") == [(120,)]
    assert differences(world.content(), world.rebuilt()) == {}
    office.do(answer_dispute, office.second, dispute_id=number, outcome="rejected", answer="读卡器正常")
    world.build()
    assert world.rows("SELECT award_id FROM core.point_awards") == [(session_id,)]
    assert world.rows("SELECT dispute_id FROM marts.service_records") == [(None,)]
    assert differences(world.content(), world.rebuilt()) == {}
