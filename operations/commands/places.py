"""Registering sites and the card readers that stand there, and the readers' signs of life.

Never here: what becomes of a site (sites.py) or of a reader (devices.py) later.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from operations import positions
from operations.access import Action, Actor, Where, demand
from operations.local_time import LOCAL
from operations.model import Device, Heartbeat, Organisation, Site
from operations.rules import rule

from .areas import place_of
from .records import add_unique, audit, find, must_write
from .refusals import Refused, one_of, required_text
from .touched import parents_of, site_touched

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
    site = new_site(
        session,
        actor,
        name=name,
        kind=kind,
        area_code=area_code,
        lon=lon,
        lat=lat,
        position_system=position_system,
        radius_m=radius_m,
        organisation_id=organisation_id,
        opened_on=at.astimezone(LOCAL).date(),
    )
    session.add(site)
    audit(session, actor, Action.REGISTER_SITE, site, at=at, reason=reason)
    return site


def new_site(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: str,
    area_code: str,
    lon: float,
    lat: float,
    position_system: str,
    radius_m: int,
    organisation_id: int | None,
    opened_on: date,
) -> Site:
    """A site that may be added as it is; it is not added yet. Raises what `register_site` raises."""
    place = place_of(session, area_code)
    above = () if organisation_id is None else parents_of(session, organisation_id)
    demand(
        actor,
        Action.REGISTER_SITE,
        Where(place.district_code, place.township_code, organisation_id, parent_organisation_ids=above),
    )
    site = Site(
        organisation_id=organisation_id,
        district_code=place.district_code,
        township_code=place.township_code,
        community_code=place.community_code,
        opened_on=opened_on,
    )
    describe_site(
        session, site, name=name, kind=kind, radius_m=radius_m, organisation_id=organisation_id, on=opened_on
    )
    put_at(site, lon, lat, position_system)
    return site


def describe_site(
    session: Session,
    site: Site,
    *,
    name: str,
    kind: str,
    radius_m: int,
    organisation_id: int | None,
    on: date,
) -> None:
    """Set what a site is called, is, and whose it is. Raises `Refused` for what cannot be by the rules of `on`."""
    site.kind = one_of(kind, SITE_KINDS, "kind")
    largest = rule("site_radius_limit", on)
    if not 1 <= radius_m <= largest:
        raise Refused(f"a radius is 1 to {largest} m, not {radius_m}", "radius_m")
    site.radius_m = radius_m
    if organisation_id is not None:
        find(session, Organisation, organisation_id, "organisation")
    site.organisation_id = organisation_id
    site.name = required_text(name, "name", 120)


def put_at(site: Site, lon: float, lat: float, position_system: str) -> None:
    """Set where a site is, as received and as WGS-84. Raises `Refused` for a position outside China."""
    one_of(position_system, positions.SYSTEMS, "position_system")
    west, south, east, north = positions.CHINA
    if not (west <= lon <= east and south <= lat <= north):
        if west <= lat <= east and south <= lon <= north:
            raise Refused(f"longitude {lon} and latitude {lat} look exchanged", "lon")
        raise Refused(f"longitude {lon}, latitude {lat} is not in China", "lon")
    true_lon, true_lat = positions.to_wgs84(lon, lat, position_system)
    site.lon, site.lat = float(true_lon), float(true_lat)
    site.received_lon, site.received_lat, site.position_system = lon, lat, position_system


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
    device = new_device(
        session,
        actor,
        device_no=device_no,
        site_id=site_id,
        model=model,
        is_directed=is_directed,
        registered_at=at,
    )
    taken = Refused(f"the device number {device.device_no} is registered already", "device_no")
    if session.get(Device, device.device_no) is not None:
        raise taken
    add_unique(session, device, taken)
    audit(session, actor, Action.REGISTER_DEVICE, device, at=at, reason=reason)
    return device


def new_device(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    site_id: int,
    model: str,
    is_directed: bool,
    registered_at: datetime,
) -> Device:
    """A reader that may be added if its number is free; it is not added yet. Raises what `register_device` raises."""
    site = allowed_site(session, actor, Action.REGISTER_DEVICE, site_id)
    must_be_open(site)
    return Device(
        device_no=required_text(device_no, "device_no", 40),
        site_id=site_id,
        model=required_text(model, "model", 40),
        is_directed=is_directed,
        registered_at=registered_at,
    )


def allowed_site(session: Session, actor: Actor, action: Action, site_id: int) -> Site:
    """The site, if `actor` may do `action` there.

    Raises `NotAllowed` also for a site that is not there, unless the actor may do it everywhere: then `Refused`.
    """
    site = session.get(Site, site_id)
    demand(actor, action, site_touched(session, site) if site else Where())
    if site is None:
        raise Refused(f"there is no site {site_id}", "site_id")
    return site


def must_be_open(site: Site) -> None:
    """Raise `Refused` if the site is closed."""
    if site.closed_on is not None:
        raise Refused(f"{site.name} is closed since {site.closed_on}", "site_id")


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
