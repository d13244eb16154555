"""What can be done to sites and the card readers that stand there."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from operations import positions
from operations.access import Action, Actor, Where, demand
from operations.model import Device, Heartbeat, Organisation, Site
from operations.rules import rule

from .areas import place_of
from .records import add_unique, audit, find, must_write
from .refusals import Refused, one_of, required_text
from .touched import site_touched

SITE_KINDS = (
    "community",
    "hospital",
    "museum",
    "library",
    "school",
    "park",
    "metro",
    "service_station",
    "charity_shop",
)
LOCAL = ZoneInfo("Asia/Shanghai")


def register_site(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: str,
    area_code: str,
    lon: float,
    lat: float,
    position_system: str,
    at: datetime,
    radius_m: int = 200,
    organisation_id: int | None = None,
    reason: str = "",
) -> Site:
    """Register a place of service and return it, its position as received and as WGS-84.

    Raises `Refused` for an unknown area, kind, organisation or position system, or a position outside China;
    `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, area_code)
    demand(actor, Action.REGISTER_SITE, Where(place.district_code, place.township_code, organisation_id))
    one_of(kind, SITE_KINDS, "kind")
    one_of(position_system, positions.SYSTEMS, "position_system")
    _check_position(lon, lat)
    largest = rule("site_radius_limit", at)
    if not 1 <= radius_m <= largest:
        raise Refused(f"a radius is 1 to {largest} m, not {radius_m}", "radius_m")
    if organisation_id is not None:
        find(session, Organisation, organisation_id, "organisation")
    true_lon, true_lat = positions.to_wgs84(lon, lat, position_system)
    site = Site(
        name=required_text(name, "name", 120),
        kind=kind,
        organisation_id=organisation_id,
        district_code=place.district_code,
        township_code=place.township_code,
        community_code=place.community_code,
        lon=float(true_lon),
        lat=float(true_lat),
        received_lon=lon,
        received_lat=lat,
        position_system=position_system,
        radius_m=radius_m,
        opened_on=at.astimezone(LOCAL).date(),
    )
    session.add(site)
    audit(session, actor, Action.REGISTER_SITE, site, at=at, reason=reason)
    return site


def _check_position(lon: float, lat: float) -> None:
    west, south, east, north = positions.CHINA
    if west <= lon <= east and south <= lat <= north:
        return
    if west <= lat <= east and south <= lon <= north:
        raise Refused(f"longitude {lon} and latitude {lat} look exchanged", "lon")
    raise Refused(f"longitude {lon}, latitude {lat} is not in China", "lon")


def register_device(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    site_id: int,
    model: str,
    at: datetime,
    is_directed: bool = False,
    reason: str = "",
) -> Device:
    """Register a card reader at a site and return it; its taps so far that were rejected as unknown heal by it.

    Raises `Refused` for a number that is taken, or an unknown or closed site; `NotAllowed`.
    """
    must_write(session)
    site = find(session, Site, site_id, "site")
    demand(actor, Action.REGISTER_DEVICE, site_touched(session, site))
    if site.closed_on is not None:
        raise Refused(f"{site.name} is closed since {site.closed_on}", "site_id")
    device = Device(
        device_no=required_text(device_no, "device_no", 40),
        site_id=site_id,
        model=required_text(model, "model", 40),
        is_directed=is_directed,
        registered_at=at,
    )
    taken = Refused(f"the device number {device.device_no} is registered already", "device_no")
    if session.get(Device, device.device_no) is not None:
        raise taken
    add_unique(session, device, taken)
    audit(session, actor, Action.REGISTER_DEVICE, device, at=at, reason=reason)
    return device


def record_heartbeat(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    clock_offset_seconds: int,
    queued_taps: int,
    at: datetime,
) -> Heartbeat:
    """Record a reader's sign of life that arrived at `at`, and return it.

    `clock_offset_seconds` is the reader's clock minus true time. A heartbeat is itself a record of who and when, is
    never changed and comes by the hundred thousand a day, so it alone has no row in the audit log.

    Raises `Refused` for an unknown reader or a negative queue; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.RECORD_HEARTBEAT, Where(device_no=device_no))
    if session.get(Device, device_no) is None:
        raise Refused(f"the device {device_no} is not registered", "device_no")
    if queued_taps < 0:
        raise Refused("a device cannot hold fewer than 0 taps", "queued_taps")
    heartbeat = Heartbeat(
        device_no=device_no,
        received_at=at,
        clock_offset_seconds=clock_offset_seconds,
        queued_taps=queued_taps,
    )
    session.add(heartbeat)
    session.flush()
    return heartbeat
