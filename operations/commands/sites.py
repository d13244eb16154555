"""What becomes of a site after it was registered: it is corrected, moves house, closes and opens again.

Never here: registering one (places.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, demand
from operations.local_time import LOCAL
from operations.model import Device, FormerPlacement, Shift, ShiftSite, SignUp, Site
from operations.rules import time_span

from .areas import place_of
from .devices import put_device
from .notices import notify
from .places import allowed_site, describe_site, must_be_open, new_site, put_at
from .records import audit, lock, snapshot
from .refusals import Refused, not_later, required_text
from .touched import site_touched

# A service day begins at 04:00 local time, and with it whatever holds from a day on.
DAY_BEGINS = time(4)


def update_site(
    session: Session,
    actor: Actor,
    *,
    site_id: int,
    name: str,
    kind: str,
    radius_m: int,
    organisation_id: int | None,
    lon: float,
    lat: float,
    position_system: str,
    at: datetime,
    reason: str,
) -> Site:
    """Correct what is written down of a site, for all of its past as well, and return it.

    A site that really moved is moved by `move_site`. Whoever updates must hold the site both as it was and as it is.

    Raises `Refused` for what cannot be (as `register_site`), without a reason, or if nothing is changed; `NotAllowed`.
    """
    site = _locked(session, actor, Action.UPDATE_SITE, site_id)
    why = required_text(reason, "reason", 4000)
    before = snapshot(site)
    describe_site(
        session, site, name=name, kind=kind, radius_m=radius_m, organisation_id=organisation_id, on=at
    )
    if (lon, lat, position_system) != (site.received_lon, site.received_lat, site.position_system):
        put_at(site, lon, lat, position_system)
    demand(actor, Action.UPDATE_SITE, site_touched(session, site))
    if snapshot(site) == before:
        raise Refused("nothing is changed: there is nothing to save", "name")
    audit(session, actor, Action.UPDATE_SITE, site, at=at, reason=why, before=before)
    return site


def move_site(
    session: Session,
    actor: Actor,
    *,
    site_id: int,
    area_code: str,
    lon: float,
    lat: float,
    position_system: str,
    moved_on: date,
    at: datetime,
    reason: str,
) -> Site:
    """Let a site go on at another place from the beginning of the service day `moved_on`; return the site there.

    The old one closes and keeps what was served at it, with its area and position. Its readers and the shifts from
    that moment on come along; those who signed up for them are told.

    Raises `Refused` if the site is closed, for a day before it opened, in the future or before a reader left it, for
    what cannot be (as `register_site`), and without a reason; `NotAllowed`, also if the new place is not the actor's.
    """
    old = _locked(session, actor, Action.MOVE_SITE, site_id)
    place = place_of(session, area_code)
    there = replace(
        site_touched(session, old), district_code=place.district_code, township_code=place.township_code
    )
    demand(actor, Action.MOVE_SITE, there)
    why = required_text(reason, "reason", 4000)
    must_be_open(old)
    moment = begin_of(moved_on)
    not_later(moment, at, "moved_on")
    if moved_on <= old.opened_on:
        raise Refused(
            f"{old.name} opened on {old.opened_on}: correct its position instead of moving it", "moved_on"
        )
    _refuse_if_a_reader_left_after(session, old, moment)
    new = new_site(
        session,
        actor,
        name=old.name,
        kind=old.kind,
        area_code=area_code,
        lon=lon,
        lat=lat,
        position_system=position_system,
        radius_m=old.radius_m,
        organisation_id=old.organisation_id,
        opened_on=moved_on,
    )
    new.succeeds_site_id = old.site_id
    before = snapshot(old)
    old.closed_on = moved_on
    session.add(new)
    audit(session, actor, Action.MOVE_SITE, old, at=at, reason=why, before=before)
    audit(session, actor, Action.MOVE_SITE, new, at=at, reason=why)
    for device in _devices_after(session, old, moment):
        put_device(session, actor, device, site_id=new.site_id, since=moment, at=at, reason=why)
    _take_shifts_along(session, old, new, moment, at)
    return new


def close_site(
    session: Session, actor: Actor, *, site_id: int, closed_on: date, at: datetime, reason: str
) -> Site:
    """Close a site from a day on and return it.

    Raises `Refused` if it is closed, has readers or shifts still to come, for a day before it opened or in the future,
    and without a reason; `NotAllowed`.
    """
    site = _locked(session, actor, Action.CLOSE_SITE, site_id)
    why = required_text(reason, "reason", 4000)
    must_be_open(site)
    not_later(begin_of(closed_on), at, "closed_on")
    if closed_on < site.opened_on:
        raise Refused(f"{site.name} opened only on {site.opened_on}", "closed_on")
    standing = session.scalar(
        select(Device.device_no).where(Device.site_id == site_id, Device.retired_at.is_(None)).limit(1)
    )
    if standing is not None:
        raise Refused(f"the reader {standing} stands here: move or retire it first", "site_id")
    coming = (
        select(Shift.shift_id)
        .join(ShiftSite, ShiftSite.shift_id == Shift.shift_id)
        .where(ShiftSite.site_id == site_id, Shift.cancelled_at.is_(None), Shift.ends_at > at)
    )
    if session.scalar(coming.limit(1)) is not None:
        raise Refused("there are shifts here still to come: cancel them or move the site", "site_id")
    before = snapshot(site)
    site.closed_on = closed_on
    audit(session, actor, Action.CLOSE_SITE, site, at=at, reason=why, before=before)
    return site


def reopen_site(session: Session, actor: Actor, *, site_id: int, at: datetime, reason: str) -> Site:
    """Open a site again that was closed, and return it.

    Raises `Refused` if it is open or goes on at another place, and without a reason; `NotAllowed`.
    """
    site = _locked(session, actor, Action.REOPEN_SITE, site_id)
    why = required_text(reason, "reason", 4000)
    if site.closed_on is None:
        raise Refused(f"{site.name} is open", "site_id")
    successor = session.scalar(select(Site.site_id).where(Site.succeeds_site_id == site_id))
    if successor is not None:
        raise Refused(f"{site.name} moved and goes on as site {successor}: move that one back", "site_id")
    before = snapshot(site)
    site.closed_on = None
    audit(session, actor, Action.REOPEN_SITE, site, at=at, reason=why, before=before)
    return site


def begin_of(service_day: date) -> datetime:
    """The moment (UTC) at which a service day begins."""
    return datetime.combine(service_day, DAY_BEGINS, LOCAL).astimezone(UTC)


def _locked(session: Session, actor: Actor, action: Action, site_id: int) -> Site:
    allowed_site(session, actor, action, site_id)
    return lock(session, Site, site_id, "site")


def _refuse_if_a_reader_left_after(session: Session, site: Site, moment: datetime) -> None:
    left = session.scalar(
        select(FormerPlacement.device_no)
        .where(FormerPlacement.site_id == site.site_id, FormerPlacement.placed_to > moment)
        .limit(1)
    )
    if left is not None:
        raise Refused(f"the reader {left} left this site after that day: choose a later day", "moved_on")


def _devices_after(session: Session, site: Site, moment: datetime) -> list[Device]:
    return list(
        session.scalars(
            select(Device)
            .where(Device.site_id == site.site_id, Device.retired_at.is_(None) | (Device.retired_at > moment))
            .order_by(Device.device_no)
            .with_for_update()
        )
    )


def _take_shifts_along(session: Session, old: Site, new: Site, moment: datetime, at: datetime) -> None:
    """Shifts from the moment on take place at the new site; one that lasts over it, its margin included, at both."""
    rows = session.execute(
        select(ShiftSite, Shift)
        .join(Shift, Shift.shift_id == ShiftSite.shift_id)
        .where(ShiftSite.site_id == old.site_id, Shift.ends_at > moment - time_span("sign_in_margin", at))
    ).all()
    for place, shift in rows:
        session.add(ShiftSite(shift_id=shift.shift_id, site_id=new.site_id))
        if shift.starts_at >= moment:
            session.delete(place)
        if shift.starts_at > at and shift.cancelled_at is None:
            _tell(session, shift, new, at)
    session.flush()


def _tell(session: Session, shift: Shift, new: Site, at: datetime) -> None:
    signed_up = select(SignUp.volunteer_id).where(
        SignUp.shift_id == shift.shift_id, SignUp.status.in_(("requested", "confirmed", "waiting"))
    )
    for volunteer_id in session.scalars(signed_up):
        notify(
            session,
            "site_moved",
            at=at,
            volunteer_id=volunteer_id,
            shift_id=shift.shift_id,
            site=new.name,
            starts_at=shift.starts_at.isoformat(),
        )
