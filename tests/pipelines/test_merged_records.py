"""Two records of one person become one in operations: no minute vanishes and none is counted twice."""

from __future__ import annotations

from typing import Any

from operations.access import Actor, Role
from operations.commands.merges import merge_volunteers
from operations.database import writing
from operations.model import CheckIn, HonourApproval, HonourRecord, SignUp
from tests.pipelines.conftest import World, at, differences, local, volunteer

CITY = Actor("city", Role.CITY_ADMINISTRATOR)
Rows = list[tuple[Any, ...]]


def merge(world: World, kept: int, lost: int) -> None:
    with writing(world.engine) as session:
        merge_volunteers(
            session,
            CITY,
            kept_volunteer_id=kept,
            lost_volunteer_id=lost,
            reason="同一人",
            at=local("2026-08-10 10:00"),
        )


def served(world: World, *people: int) -> Rows:
    """Day, channel and minutes of all that these people are credited with."""
    rows = world.rows(
        "SELECT volunteer_id, strftime(service_day, '%m-%d'), channel, settled_minutes FROM core.sessions "
        "WHERE settled_minutes > 0 ORDER BY service_day, channel"
    )
    return [row[1:] for row in rows if row[0] in people]


def visit(world: World, who: int, came: str, went: str) -> None:
    """A sign-in to shift 1 and a sign-out of it, on 3 August."""
    for direction, clock in (("in", came), ("out", went)):
        moment = local(f"2026-08-03 {clock}")
        world.add(
            CheckIn(
                volunteer_id=who,
                shift_id=1,
                site_id=1,
                direction=direction,
                occurred_at=moment,
                received_at=moment,
            )
        )


def sign_up(number: int, who: int) -> SignUp:
    return SignUp(
        sign_up_id=number,
        shift_id=1,
        volunteer_id=who,
        status="confirmed",
        signed_up_at=local("2026-08-01 08:00"),
    )


def test_what_two_records_served_adds_up_under_the_kept_one_and_counts_once(world: World) -> None:
    """1 and 2 served on different days, 5 and 6 claimed one time, 7 and 8 signed up for one shift and 8 came."""
    world.add(*(row for number in range(3, 9) for row in volunteer(number)))
    world.add(*(sign_up(number, number) for number in (2, 6, 7, 8)))
    visit(world, 2, "09:00", "10:30")
    world.taps(
        at("2026-08-03 09:10", 1, "C5"), at("2026-08-03 10:00", 2, "C5"),
        at("2026-08-04 09:00", 3, "C1"), at("2026-08-04 10:00", 4, "C1"),
        at("2026-08-05 09:00", 5, "C2"), at("2026-08-05 09:40", 6, "C2"),
        arrived="2026-08-05 12:00",
    )  # fmt: skip
    world.add(
        HonourRecord(
            record_id=1, volunteer_id=2, organisation_id=1, minutes=25, service_day=local("2026-08-06 09:00").date(),
            reason="纸质登记", entered_by=3, entered_at=local("2026-08-07 10:00"),
        ),
        HonourApproval(record_id=1, decision="approved", decided_by=4, decided_at=local("2026-08-08 10:00")),
    )  # fmt: skip
    visit(world, 6, "09:00", "10:30")
    visit(world, 8, "09:00", "10:00")
    world.build()
    apart = [("08-03", "APP", 90), ("08-04", "CARD", 60), ("08-05", "CARD", 40), ("08-06", "HONOUR", 25)]
    assert served(world, 1, 2) == apart
    assert served(world, 5, 6) == [("08-03", "APP", 90), ("08-03", "CARD", 50)]
    assert served(world, 7, 8) == [("08-03", "APP", 60)]
    for kept, lost in ((1, 2), (5, 6), (7, 8)):
        merge(world, kept, lost)
    world.build()
    assert served(world, 1) == apart
    assert sum(minutes for *_, minutes in served(world, 5)) == 90
    assert served(world, 7) == [("08-03", "APP", 60)]
    assert served(world, 2, 6, 8) == []
    assert world.rows("SELECT volunteer_id FROM raw.volunteers WHERE status = 'merged' ORDER BY ALL") == [
        (2,),
        (6,),
        (8,),
    ]
    assert world.rows("SELECT COUNT(*) FROM raw.sign_ups WHERE volunteer_id IN (7, 8)") == [(1,)]
    assert differences(world.content(), world.rebuilt()) == {}
