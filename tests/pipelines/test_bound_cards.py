"""An unknown card is bound by an administrator, and its taps heal with the next build, as if it had been known."""

from __future__ import annotations

from datetime import UTC, datetime

from operations.access import Actor, Role
from operations.commands.cards import bind_card
from operations.commands.devices import move_device
from operations.database import writing
from operations.model import Area
from tests.pipelines.conftest import World, at, differences, local, site

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
UNKNOWN = "SELECT tapped_on, taps FROM marts.rejected_taps WHERE card_no = 'X' AND reason = 'unknown_card' ORDER BY 1"
SESSIONS = "SELECT volunteer_id, verdict, settled_minutes FROM core.sessions ORDER BY ALL"


def test_taps_of_a_card_heal_from_the_day_on_which_it_is_bound(world: World) -> None:
    for day, number in (("2026-08-03", 1), ("2026-08-04", 3)):
        world.taps(
            at(f"{day} 14:00", number, "X"), at(f"{day} 16:00", number + 1, "X"), arrived=f"{day} 17:00"
        )
    world.build()
    assert [row[1] for row in world.rows(UNKNOWN)] == [2, 2]
    assert world.rows(SESSIONS) == []
    with writing(world.engine) as session:
        bind_card(
            session,
            XIHU,
            card_no="X",
            volunteer_id=2,
            at=datetime.now(UTC),
            bound_from=local("2026-08-04 00:00"),
        )
    world.build()
    assert [row[1] for row in world.rows(UNKNOWN)] == [2]
    assert world.rows(SESSIONS) == [(2, "counted", 120)]
    assert differences(world.content(), world.rebuilt()) == {}


def test_taps_before_a_move_stay_where_the_reader_stood(world: World) -> None:
    world.add(Area(area_code="330105", kind="district", name="拱墅区"), site(2, "运河边"))
    for day, number in (("2026-08-04", 1), ("2026-08-05", 3)):
        world.taps(
            at(f"{day} 14:00", number, "C2"), at(f"{day} 16:00", number + 1, "C2"), arrived=f"{day} 17:00"
        )
    world.build()
    with writing(world.engine) as session:
        move_device(
            session, XIHU, device_no="D1", site_id=2, moved_at=local("2026-08-05 04:00"), at=datetime.now(UTC)
        )
    world.build()
    sites = "SELECT service_day, site_id FROM core.sessions ORDER BY 1"
    assert [row[1] for row in world.rows(sites)] == [1, 2]
    assert differences(world.content(), world.rebuilt()) == {}
