"""Taking in sites and readers from CSV files.

Here: what the files hold and how a row becomes a record. Never here: the rules of a single site or reader (places.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.local_time import LOCAL
from operations.model import Area, Device, Organisation, Site

from .csv_rows import Column, Row, decimal_number, whole_number, yes_or_no
from .imports import CsvImport, Imported, found_among, unless_there, with_defaults
from .places import new_device, new_site
from .refusals import Refused

SITE_KIND_NAMES = {
    "社区": "community",
    "医院": "hospital",
    "博物馆": "museum",
    "图书馆": "library",
    "学校": "school",
    "公园": "park",
    "地铁站": "metro",
    "志愿服务站": "service_station",
    "公益慈善商店": "charity_shop",
}
SITE_COLUMNS = (
    Column("name", "名称"),
    Column("kind", "类型", lambda text: SITE_KIND_NAMES.get(text, text)),
    Column("area_code", "区域代码", is_code=True),
    Column("lon", "经度", decimal_number),
    Column("lat", "纬度", decimal_number),
    Column("position_system", "坐标系", str.upper),
    Column("radius_m", "半径（米）", whole_number, is_required=False, default=200),
    Column("organisation_id", "组织编号", whole_number, is_required=False),
)
DEVICE_COLUMNS = (
    Column("device_no", "设备编号", is_code=True),
    Column("site_id", "服务点编号", whole_number),
    Column("model", "型号"),
    Column("is_directed", "区分进出", yes_or_no, is_required=False, default=False),
)


def import_sites(
    session: Session, actor: Actor, content: bytes, *, at: datetime, reason: str, is_dry_run: bool = False
) -> Imported:
    """Register all sites of a file as `register_site` does; an open one of that name in that area is known already.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.REGISTER_SITE, at, reason, is_dry_run)
    file.read(content, SITE_COLUMNS)
    namesakes = found_among(session, Site, Site.name, file.named("name"))
    there = {_place_key(site): site for site in namesakes if site.closed_on is None}
    # Held until the end, so that the session need not ask for them row by row.
    held = [
        *session.scalars(select(Area)),
        *found_among(session, Organisation, Organisation.organisation_id, file.named("organisation_id")),
    ]
    opened_on = at.astimezone(LOCAL).date()

    def check(row: Row) -> Site | None:
        site = new_site(session, actor, **with_defaults(row, SITE_COLUMNS), opened_on=opened_on)
        file.once(_place_key(site), row, "name")
        return unless_there(
            there.get(_place_key(site)),
            site,
            ("kind", "received_lon", "received_lat", "position_system", "radius_m", "organisation_id"),
            Refused(f"there is another site called {site.name} here: choose another name", "name"),
        )

    done = file.taken_in(file.checked(check))
    del held
    return done


def import_devices(
    session: Session, actor: Actor, content: bytes, *, at: datetime, reason: str, is_dry_run: bool = False
) -> Imported:
    """Register all readers of a file as `register_device` does.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.REGISTER_DEVICE, at, reason, is_dry_run)
    file.read(content, DEVICE_COLUMNS)
    numbers = file.named("device_no")
    there = {one.device_no: one for one in found_among(session, Device, Device.device_no, numbers)}
    sites = found_among(session, Site, Site.site_id, file.named("site_id"))
    owners = {site.organisation_id for site in sites} - {None}
    held = [*sites, *found_among(session, Organisation, Organisation.organisation_id, owners)]

    def check(row: Row) -> Device | None:
        device = new_device(session, actor, **with_defaults(row, DEVICE_COLUMNS), registered_at=at)
        file.once(device.device_no, row, "device_no")
        return unless_there(
            there.get(device.device_no),
            device,
            ("site_id", "model", "is_directed"),
            Refused(f"the device number {device.device_no} is registered already, otherwise", "device_no"),
        )

    done = file.taken_in(file.checked(check))
    del held
    return done


def _place_key(site: Site) -> tuple[Any, ...]:
    return (site.name, site.district_code, site.township_code, site.community_code)
