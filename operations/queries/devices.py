"""Card readers as administrators list them and look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Scope, scope_of
from operations.model import Device, FormerPlacement, Heartbeat, Site

from .paging import Listing, begins, equals
from .sites import District, visible_sites


def visible_devices(scope: Scope) -> ColumnElement[bool]:
    """The condition for the readers within a scope: those whose site is."""
    return visible_sites(scope)


DEVICES = Listing(
    name="devices",
    action=Action.VIEW_DEVICES,
    select=select(
        Device.device_no,
        Device.site_id,
        Site.name.label("site"),
        Site.kind.label("site_kind"),
        Site.district_code,
        District.name.label("district"),
        Site.township_code,
        Device.model,
        Device.is_directed,
        Device.registered_at,
        Device.retired_at,
        Device.replaces_device_no,
    )
    .outerjoin(Site, Site.site_id == Device.site_id)
    .outerjoin(District, District.area_code == Site.district_code),
    key=Device.device_no,
    visible=visible_devices,
    sorts={"device_no": Device.device_no, "registered_at": Device.registered_at},
    default_sort="device_no",
    filters={
        "district_code": equals(Site.district_code),
        "site_id": equals(Device.site_id),
        "model": begins(Device.model),
        "is_directed": equals(Device.is_directed),
        "state": lambda value: (
            Device.retired_at.is_(None) if value == "in_use" else Device.retired_at.is_not(None)
        ),
    },
    search=(Device.device_no,),
)


@dataclass(frozen=True)
class Placement:
    """Where a reader stood, and whether as a directed one; `placed_to` is None for where it stands now."""

    site_id: int
    site: str
    is_directed: bool
    placed_from: datetime
    placed_to: datetime | None


def placements_of(session: Session, actor: Actor, device_no: str) -> Sequence[Placement]:
    """Where a reader stood and stands, the newest first; nothing if the actor may not see the reader.

    Sites elsewhere keep their name for those who see the reader: it says where its earlier taps belong.
    """
    seen = visible_devices(scope_of(actor, Action.VIEW_DEVICES))
    device = session.execute(
        select(Device, Site.name)
        .join(Site, Site.site_id == Device.site_id)
        .where(Device.device_no == device_no, seen)
    ).one_or_none()
    if device is None:
        return []
    former = [
        Placement(row.site_id, name, row.is_directed, row.placed_from, row.placed_to)
        for row, name in session.execute(
            select(FormerPlacement, Site.name)
            .join(Site, Site.site_id == FormerPlacement.site_id)
            .where(FormerPlacement.device_no == device_no)
            .order_by(FormerPlacement.placed_to.desc())
        )
    ]
    found, site = device
    since = former[0].placed_to if former and former[0].placed_to else found.registered_at
    return [Placement(found.site_id, site, found.is_directed, since, None), *former]


def last_heartbeats(session: Session, actor: Actor, device_no: str, most: int = 20) -> Sequence[Heartbeat]:
    """The last signs of life of a reader, the newest first; nothing if the actor may not see the reader."""
    seen = visible_devices(scope_of(actor, Action.VIEW_DEVICES))
    return session.scalars(
        select(Heartbeat)
        .join(Device, Device.device_no == Heartbeat.device_no)
        .join(Site, Site.site_id == Device.site_id)
        .where(Heartbeat.device_no == device_no, seen)
        .order_by(Heartbeat.heartbeat_id.desc())
        .limit(most)
    ).all()
