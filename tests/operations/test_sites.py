"""What becomes of a site: it is corrected, moves house with its readers and shifts, closes and opens again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.places import register_device, register_site
from operations.commands.refusals import Refused
from operations.commands.sites import begin_of, close_site, move_site, reopen_site, update_site
from operations.database import reading, writing
from operations.model import AuditEntry, Device, FormerPlacement, Notice, ShiftSite, Site

from .conftest import CITY, NOW, Town

LATER = NOW + timedelta(days=10)
TODAY = date(2026, 8, 11)
XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")


def move(town: Town, actor: Actor = CITY, site_id: int | None = None, **options: Any) -> int:
    arguments = {
        "area_code": "330105", "lon": 120.14, "lat": 30.32, "position_system": "WGS-84", "moved_on": TODAY,
        "at": LATER, "reason": "搬到运河边",
    } | options  # fmt: skip
    with writing(town.engine) as session:
        return move_site(session, actor, site_id=site_id or town.site_id, **arguments).site_id


def update(town: Town, actor: Actor = CITY, site_id: int | None = None, **options: Any) -> None:
    arguments = {
        "name": "断桥微笑亭", "kind": "service_station", "radius_m": 100, "organisation_id": town.organisation_id,
        "lon": 120.15, "lat": 30.26, "position_system": "WGS-84", "at": LATER, "reason": "名称写错了",
    } | options  # fmt: skip
    with writing(town.engine) as session:
        update_site(session, actor, site_id=site_id or town.site_id, **arguments)


def close(town: Town, actor: Actor = CITY, **options: Any) -> None:
    arguments = {"site_id": town.site_id, "closed_on": TODAY, "at": LATER, "reason": "拆除"} | options
    with writing(town.engine) as session:
        close_site(session, actor, **arguments)


def reopen(town: Town, actor: Actor = CITY, **options: Any) -> None:
    with writing(town.engine) as session:
        reopen_site(session, actor, **{"site_id": town.site_id, "at": LATER, "reason": "修好了", **options})


def device(town: Town, device_no: str = "D1", at: datetime = NOW) -> None:
    with writing(town.engine) as session:
        register_device(session, CITY, device_no=device_no, site_id=town.site_id, model="K14", at=at)


def one(town: Town, model: Any, key: Any) -> Any:
    with reading(town.engine) as session:
        return session.get_one(model, key)


def places_of(town: Town, shift_id: int) -> list[int]:
    with reading(town.engine) as session:
        return sorted(session.scalars(select(ShiftSite.site_id).where(ShiftSite.shift_id == shift_id)))


def test_a_site_that_moves_leaves_its_past_where_it_was(town: Town) -> None:
    new = move(town)
    old, there = one(town, Site, town.site_id), one(town, Site, new)
    assert (old.district_code, old.lon, old.closed_on) == ("330106", 120.15, TODAY)
    assert (there.district_code, there.lon, there.opened_on) == ("330105", 120.14, TODAY)
    assert (there.name, there.organisation_id, there.succeeds_site_id) == (
        old.name, old.organisation_id, old.site_id
    )  # fmt: skip
    with reading(town.engine) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "move_site"))
        assert [(e.subject_id, e.reason) for e in entries] == [
            (str(town.site_id), "搬到运河边"),
            (str(new), "搬到运河边"),
        ]


def test_readers_come_along_from_the_beginning_of_the_service_day(town: Town) -> None:
    device(town)
    new = move(town)
    assert one(town, Device, "D1").site_id == new
    with reading(town.engine) as session:
        (stood,) = session.scalars(select(FormerPlacement))
        assert (stood.device_no, stood.site_id, stood.placed_from, stood.placed_to) == (
            "D1", town.site_id, NOW, datetime(2026, 8, 10, 20, tzinfo=UTC),
        )  # fmt: skip


def test_a_reader_that_came_after_the_move_was_never_at_the_old_place(town: Town) -> None:
    device(town, at=LATER - timedelta(hours=1))
    new = move(town)
    assert (one(town, Device, "D1").site_id, town.count(FormerPlacement)) == (new, 0)


def test_shifts_to_come_take_place_at_the_new_site_and_who_signed_up_is_told(town: Town) -> None:
    past, over = town.shift(), town.shift(hours_later=9 * 24 + 15)  # until 03:00 on the day of the move
    coming = town.shift(hours_later=20 * 24)
    person = town.signed_up(coming)
    new = move(town)
    assert places_of(town, past) == [town.site_id]
    assert places_of(town, over) == [town.site_id, new]
    assert places_of(town, coming) == [new]
    with reading(town.engine) as session:
        notices = session.scalars(select(Notice).where(Notice.kind == "site_moved"))
        assert [(n.volunteer_id, n.details["shift_id"]) for n in notices] == [(person, coming)]


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({"reason": " "}, "reason", "the reason is missing"),
        ({"moved_on": date(2026, 8, 12)}, "moved_on", "lies in the future"),
        ({"moved_on": date(2026, 8, 1)}, "moved_on", "correct its position instead"),
        ({"lon": 30.3, "lat": 120.1}, "lon", "look exchanged"),
        ({"area_code": "3301"}, "area_code", "there is no area 3301"),
        ({"site_id": 99}, "site_id", "there is no site 99"),
    ],
)
def test_a_move_that_cannot_be_is_refused(town: Town, options: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        move(town, **options)
    assert (refused.value.field, town.count(Site)) == (field, 1)


def test_a_closed_site_does_not_move(town: Town) -> None:
    close(town)
    with pytest.raises(Refused, match="is closed since 2026-08-11"):
        move(town)


def test_a_site_does_not_move_before_a_reader_left_it(town: Town) -> None:
    device(town)
    second = move(town, moved_on=date(2026, 8, 9))
    move(town, site_id=second, area_code="330106", moved_on=date(2026, 8, 11))
    # Opened again by hand, so that only the reader's history stands against it.
    with writing(town.engine) as session:
        session.get_one(Site, second).closed_on = None
    with pytest.raises(Refused, match="the reader D1 left this site after that day"):
        move(town, site_id=second, moved_on=date(2026, 8, 10))


def test_who_moves_a_site_holds_both_places(town: Town) -> None:
    for actor in (XIHU, GONGSHU):
        with pytest.raises(NotAllowed):
            move(town, actor)
    move(town, XIHU, area_code="330106001")


def test_a_correction_holds_for_the_past_as_well(town: Town) -> None:
    update(town, name="断桥 微笑亭", lon=120.151, radius_m=150)
    found = one(town, Site, town.site_id)
    assert (found.name, found.received_lon, found.lon, found.radius_m) == (
        "断桥 微笑亭",
        120.151,
        120.151,
        150,
    )
    entry = town.last_audit()
    assert (entry.action, entry.reason, entry.before["radius_m"], entry.after["radius_m"]) == (
        "update_site", "名称写错了", 100, 150,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({}, "name", "nothing is changed"),
        ({"name": " "}, "name", "the name is missing"),
        ({"name": "亭", "reason": ""}, "reason", "the reason is missing"),
        ({"kind": "pub"}, "kind", "use one of"),
        ({"radius_m": 2001}, "radius_m", "a radius is 1 to 2000 m"),
        ({"organisation_id": 99}, "organisation_id", "there is no organisation 99"),
        ({"lat": 60.0}, "lon", "is not in China"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    town: Town, options: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        update(town, **options)
    assert refused.value.field == field
    assert one(town, Site, town.site_id).name == "断桥微笑亭"


def test_a_site_is_not_given_away_to_whom_the_giver_does_not_hold(town: Town) -> None:
    with pytest.raises(NotAllowed):
        update(town, town.host, organisation_id=None)
    update(town, town.host, radius_m=120)


def test_a_site_closes_and_opens_again(town: Town) -> None:
    with pytest.raises(Refused, match="is open"):
        reopen(town)
    close(town)
    assert one(town, Site, town.site_id).closed_on == TODAY
    with pytest.raises(Refused, match="is closed since"):
        close(town)
    reopen(town)
    assert one(town, Site, town.site_id).closed_on is None
    assert (town.last_audit().action, town.last_audit().before["closed_on"]) == ("reopen_site", "2026-08-11")


def test_a_site_that_goes_on_elsewhere_is_not_opened_again(town: Town) -> None:
    new = move(town)
    with pytest.raises(Refused, match=f"goes on as site {new}"):
        reopen(town)


def test_a_site_with_readers_or_shifts_to_come_is_not_closed(town: Town) -> None:
    device(town)
    with pytest.raises(Refused, match="the reader D1 stands here"):
        close(town)
    with writing(town.engine) as session:
        session.get_one(Device, "D1").retired_at = NOW
    town.shift(hours_later=20 * 24)
    with pytest.raises(Refused, match="shifts here still to come"):
        close(town)


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({"reason": ""}, "reason", "the reason is missing"),
        ({"closed_on": date(2026, 8, 12)}, "closed_on", "lies in the future"),
        ({"closed_on": date(2026, 7, 31)}, "closed_on", "opened only on 2026-08-01"),
        ({"site_id": 99}, "site_id", "there is no site 99"),
    ],
)
def test_a_closing_that_cannot_be_is_refused(
    town: Town, options: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        close(town, **options)
    assert refused.value.field == field


@pytest.mark.parametrize("command", [move, update, close, reopen])
def test_nobody_touches_a_site_outside_their_area_and_a_guessed_id_tells_nothing(
    town: Town, command: Callable[..., Any]
) -> None:
    answers = set()
    for site_id in (town.site_id, 99):
        with pytest.raises(NotAllowed) as refused:
            command(town, GONGSHU, site_id=site_id)
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_a_parent_organisation_registers_sites_of_its_children(town: Town) -> None:
    from operations.model import Organisation

    with writing(town.engine) as session:
        child = Organisation(
            name="断桥小队", kind="group", area_code="330106", district_code="330106", status="active",
            parent_organisation_id=town.organisation_id, registered_at=NOW,
        )  # fmt: skip
        session.add(child)
        session.flush()
        made = register_site(
            session, town.host, name="北山路", kind="park", area_code="330106001", lon=120.14, lat=30.26,
            position_system="WGS-84", organisation_id=child.organisation_id, at=NOW,
        )  # fmt: skip
        assert made.organisation_id == child.organisation_id


def test_a_service_day_begins_at_four_in_hangzhou() -> None:
    assert begin_of(date(2026, 8, 11)) == datetime(2026, 8, 10, 20, tzinfo=UTC)
