"""Registering sites and devices, and devices' signs of life."""

from __future__ import annotations

from typing import Any

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.places import record_heartbeat, register_device, register_site
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Device, Heartbeat, Site
from operations.positions import distance_m

from .conftest import CITY, NOW, Town


def site(town: Town, *, actor: Actor = CITY, **options: Any) -> int:
    arguments = {
        "name": "平海路图书馆",
        "kind": "library",
        "area_code": "330106001051",
        "lon": 120.16,
        "lat": 30.255,
        "position_system": "WGS-84",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return register_site(session, actor, **arguments).site_id


def test_a_position_is_kept_as_received_and_as_wgs84(town: Town) -> None:
    made = site(town, position_system="GCJ-02")
    with reading(town.engine) as session:
        found = session.get_one(Site, made)
    assert (found.received_lon, found.received_lat, found.position_system) == (120.16, 30.255, "GCJ-02")
    assert 300 < float(distance_m(found.lon, found.lat, 120.16, 30.255)) < 800


def test_a_site_knows_its_district_township_and_community(town: Town) -> None:
    with reading(town.engine) as session:
        found = session.get_one(Site, site(town))
    assert (found.district_code, found.township_code, found.community_code) == (
        "330106",
        "330106001",
        "330106001051",
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lon": 30.255, "lat": 120.16}, "look exchanged"),
        ({"lon": -0.1, "lat": 51.5}, "is not in China"),
        ({"position_system": "CGCS2000"}, "use one of WGS-84, GCJ-02, BD-09"),
        ({"kind": "pub"}, "use one of community, hospital"),
        ({"radius_m": 0}, "a radius is 1 to 2000 m"),
        ({"area_code": "3301"}, "there is no area 3301"),
        ({"name": " "}, "the name is missing"),
        ({"organisation_id": 99}, "there is no organisation 99"),
    ],
)
def test_a_site_that_cannot_be_is_refused(town: Town, options: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        site(town, **options)
    assert town.count(Site) == 1


def test_a_township_administrator_registers_sites_of_that_township_only(town: Town) -> None:
    site(town, actor=Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001"))
    with pytest.raises(NotAllowed):
        site(town, actor=Actor("灵隐", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106002"))


def test_a_device_is_registered_once_and_tells_its_clock(town: Town) -> None:
    def register() -> None:
        with writing(town.engine) as session:
            register_device(session, CITY, device_no="D00001", site_id=town.site_id, model="K14", at=NOW)

    register()
    with pytest.raises(Refused, match="registered already"):
        register()
    reader = Actor("D00001", Role.DEVICE, device_no="D00001")
    with writing(town.engine) as session:
        record_heartbeat(session, reader, device_no="D00001", clock_offset_seconds=-75, queued_taps=3, at=NOW)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        record_heartbeat(session, reader, device_no="D00002", clock_offset_seconds=0, queued_taps=0, at=NOW)
    assert (town.count(Device), town.count(Heartbeat, Heartbeat.clock_offset_seconds == -75)) == (1, 1)


def test_an_unknown_or_impossible_heartbeat_is_refused(town: Town) -> None:
    unknown = Actor("D9", Role.DEVICE, device_no="D9")
    with pytest.raises(Refused, match="D9 is not registered"), writing(town.engine) as session:
        record_heartbeat(session, unknown, device_no="D9", clock_offset_seconds=0, queued_taps=0, at=NOW)
