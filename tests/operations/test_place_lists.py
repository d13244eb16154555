"""Sites, readers and cards as administrators list them: searched, filtered, and never beyond their area."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.cards import bind_card, report_card_lost, unbind_card
from operations.commands.devices import move_device, retire_device
from operations.commands.places import record_heartbeat, register_device, register_site
from operations.commands.sites import move_site
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import Volunteer
from operations.queries.cards import CARDS, bindings_of
from operations.queries.devices import DEVICES, last_heartbeats, placements_of
from operations.queries.paging import Listing, Wanted, one_row, page_of
from operations.queries.sites import SITES, successor_of

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
BEISHAN = Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001")
LATER = NOW + timedelta(days=10)


@pytest.fixture
def city(town: Town) -> Town:
    """Beside the site 1 of the town by the lake: the site 2 by the canal in 拱墅区, and the readers D1 and D2 there."""
    with writing(town.engine) as session:
        register_site(
            session, CITY, name="拱宸桥", kind="park", area_code="330105", lon=120.14, lat=30.32,
            position_system="WGS-84", at=NOW,
        )  # fmt: skip
        for device_no, site_id in (("D1", town.site_id), ("D2", 2)):
            register_device(session, CITY, device_no=device_no, site_id=site_id, model="K14", at=NOW)
    return town


def listed(town: Town, listing: Listing, actor: Actor, column: str, **wanted: Any) -> list[Any]:
    with reading(town.engine) as session:
        page = page_of(session, actor, listing, Wanted(**wanted), on=LATER)
    assert page.total == len(page.rows)
    return [row[column] for row in page.rows]


@pytest.mark.parametrize(
    ("actor", "sites", "devices"),
    [(CITY, [1, 2], ["D1", "D2"]), (XIHU, [1], ["D1"]), (GONGSHU, [2], ["D2"]), (BEISHAN, [1], ["D1"])],
)
def test_sites_and_readers_of_the_own_area_only(
    city: Town, actor: Actor, sites: list[int], devices: list[str]
) -> None:
    assert listed(city, SITES, actor, "site_id", sort="site_id") == sites
    assert listed(city, DEVICES, actor, "device_no") == devices


def test_an_organisation_sees_its_sites_and_no_readers(city: Town) -> None:
    assert listed(city, SITES, city.host, "site_id") == [city.site_id]
    for listing in (DEVICES, CARDS):
        with pytest.raises(NotAllowed):
            listed(city, listing, city.host, "site_id")


def test_what_is_elsewhere_looks_like_what_is_not_there(city: Town) -> None:
    with reading(city.engine) as session:
        assert one_row(session, XIHU, SITES, 2) is None
        assert one_row(session, XIHU, SITES, 99) is None
        assert one_row(session, XIHU, DEVICES, "D2") is None
        row = one_row(session, XIHU, SITES, city.site_id)
    assert row is not None
    assert (row["organisation"], row["district"], row["township"]) == ("西湖志愿队", "西湖区", "北山街道")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "拱"}, [2]),
        ({"search": "宸桥"}, []),
        ({"filters": {"kind": "service_station"}}, [1]),
        ({"filters": {"district_code": "330105"}}, [2]),
        ({"filters": {"organisation_id": "1"}}, [1]),
        ({"filters": {"state": "open"}}, [1, 3]),
        ({"filters": {"state": "closed"}}, [2]),
    ],
)
def test_sites_are_found_by_name_kind_place_owner_and_state(
    city: Town, wanted: dict[str, Any], found: list[int]
) -> None:
    if "state" in wanted.get("filters", {}):
        with writing(city.engine) as session:
            move_site(
                session, CITY, site_id=2, area_code="330105", lon=120.1, lat=30.3, position_system="WGS-84",
                moved_on=LATER.date(), at=LATER, reason="搬迁",
            )  # fmt: skip
        with reading(city.engine) as session:
            assert (successor_of(session, CITY, 2), successor_of(session, XIHU, 2)) == (3, None)
    assert listed(city, SITES, CITY, "site_id", sort="site_id", **wanted) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "D1"}, ["D1"]),
        ({"filters": {"site_id": "2"}}, ["D2"]),
        ({"filters": {"district_code": "330105"}}, ["D2"]),
        ({"filters": {"model": "K"}}, ["D1", "D2"]),
        ({"filters": {"is_directed": "true"}}, []),
        ({"filters": {"state": "in_use"}}, ["D2"]),
        ({"filters": {"state": "retired"}}, ["D1"]),
        ({"sort": "-registered_at"}, ["D2", "D1"]),
    ],
)
def test_readers_are_found_by_number_place_model_and_state(
    city: Town, wanted: dict[str, Any], found: list[str]
) -> None:
    with writing(city.engine) as session:
        retire_device(session, CITY, device_no="D1", at=LATER, reason="坏了")
    assert listed(city, DEVICES, CITY, "device_no", **wanted) == found


def test_a_reader_tells_where_it_stood_and_when_it_last_spoke(city: Town) -> None:
    moved = NOW + timedelta(days=2)
    with writing(city.engine) as session:
        move_device(session, CITY, device_no="D1", site_id=2, moved_at=moved, at=LATER)
        for minute in (1, 2):
            record_heartbeat(
                session, Actor("D1", Role.DEVICE, device_no="D1"), device_no="D1", clock_offset_seconds=minute,
                queued_taps=0, at=NOW + timedelta(minutes=minute),
            )  # fmt: skip
    with reading(city.engine) as session:
        stood = placements_of(session, GONGSHU, "D1")
        assert [(one.site, one.placed_from, one.placed_to) for one in stood] == [
            ("拱宸桥", moved, None),
            ("断桥微笑亭", NOW, moved),
        ]
        assert [beat.clock_offset_seconds for beat in last_heartbeats(session, GONGSHU, "D1")] == [2, 1]
        assert (placements_of(session, XIHU, "D1"), last_heartbeats(session, XIHU, "D1")) == ([], [])


@pytest.fixture
def cards(city: Town) -> Town:
    """A and B bound to 1, B lost, C returned, all of 西湖区; K bound to somebody of 拱墅区."""
    person = city.person()
    with writing(city.engine) as session:
        other = register_volunteer(
            session,
            CITY,
            full_name="李四",
            id_type="passport",
            id_number="E99999999",
            area_code="330105",
            at=NOW,
        ).volunteer_id
        for card_no, holder in (("A", person), ("B", person), ("C", person), ("K", other)):
            bind_card(session, CITY, card_no=card_no, volunteer_id=holder, at=NOW)
        report_card_lost(session, CITY, card_no="B", at=LATER)
        unbind_card(session, CITY, card_no="C", at=LATER)
    return city


@pytest.mark.parametrize(
    ("actor", "wanted", "found"),
    [
        (CITY, {}, ["A", "B", "C", "K"]),
        (XIHU, {}, ["A", "B", "C"]),
        (GONGSHU, {}, ["K"]),
        (BEISHAN, {}, []),
        (CITY, {"search": "K"}, ["K"]),
        (CITY, {"filters": {"state": "bound"}}, ["A", "K"]),
        (CITY, {"filters": {"state": "lost"}}, ["B"]),
        (CITY, {"filters": {"state": "ended"}}, ["C"]),
        (CITY, {"filters": {"district_code": "330105"}}, ["K"]),
    ],
)
def test_cards_are_found_by_number_and_state_within_the_area_of_their_holder(
    cards: Town, actor: Actor, wanted: dict[str, Any], found: list[str]
) -> None:
    assert listed(cards, CARDS, actor, "card_no", sort="card_no", **wanted) == found


def test_cards_are_found_by_their_holder(cards: Town) -> None:
    with reading(cards.engine) as session:
        number = session.scalar(select(Volunteer.volunteer_no).where(Volunteer.volunteer_id == 1))
    assert listed(cards, CARDS, CITY, "card_no", filters={"volunteer_no": number}, sort="card_no") == [
        "A",
        "B",
        "C",
    ]
    with pytest.raises(NotAllowed):
        listed(cards, CARDS, volunteer(1), "card_no")


def test_the_bindings_of_a_card_are_shown_as_far_as_their_holders_may_be_seen(cards: Town) -> None:
    with reading(cards.engine) as session:
        assert len(bindings_of(session, XIHU, "C")) == 1
        assert bindings_of(session, GONGSHU, "C") == []
