"""What becomes of a card reader after it was registered: it moves, is turned, is replaced, and retires.

Never here: registering one, and its signs of life (places.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.local_time import as_read
from operations.model import Device, FormerPlacement, Site

from .places import allowed_site, must_be_open, register_device
from .records import audit, lock, must_write, snapshot
from .refusals import Refused, not_later, required_text
from .touched import site_touched


def move_device(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    site_id: int,
    at: datetime,
    moved_at: datetime | None = None,
    reason: str = "",
) -> Device:
    """Put a reader at another site from `moved_at` on (default: `at`) and return it.

    Its taps before that moment stay with the site where it stood. A moment at or before its registration says that
    it never stood at the old one: then all of its taps go along.

    Raises `Refused` for a retired reader, a closed site or the one where it stands, or a moment in the future or
    before its last move; `NotAllowed`, also if the new site is not the actor's.
    """
    device = _locked(session, actor, Action.MOVE_DEVICE, device_no)
    site = allowed_site(session, actor, Action.MOVE_DEVICE, site_id)
    must_be_open(site)
    if site_id == device.site_id:
        raise Refused(f"the device {device_no} stands at {site.name} already", "site_id")
    since = not_later(moved_at or at, at, "moved_at")
    put_device(session, actor, device, site_id=site_id, since=since, at=at, reason=reason)
    return device


def set_directed(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    is_directed: bool,
    at: datetime,
    since: datetime | None = None,
    reason: str = "",
) -> Device:
    """Say that a reader tells in from out, or no longer does, from `since` on (default: `at`), and return it.

    Raises `Refused` for a retired reader, if that is how it stands already, or a moment in the future or before its
    last change; `NotAllowed`.
    """
    device = _locked(session, actor, Action.SET_DIRECTED, device_no)
    if is_directed == device.is_directed:
        raise Refused(
            f"the device {device_no} is {'' if is_directed else 'not '}directed already", "is_directed"
        )
    moment = not_later(since or at, at, "since")
    put_device(
        session,
        actor,
        device,
        site_id=device.site_id,
        is_directed=is_directed,
        since=moment,
        at=at,
        reason=reason,
        field="since",
    )
    return device


def retire_device(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    at: datetime,
    reason: str,
    retired_at: datetime | None = None,
) -> Device:
    """Take a reader out of service and return it. What it still holds counts when it arrives.

    Raises `Refused` for a reader that is retired, a moment in the future or before it came, and without a reason;
    `NotAllowed`.
    """
    device = _locked(session, actor, Action.RETIRE_DEVICE, device_no)
    why = required_text(reason, "reason", 4000)
    moment = not_later(retired_at or at, at, "retired_at")
    if moment < (since := stands_since(session, device)):
        raise Refused(f"the device {device_no} stands here only since {as_read(since)}", "retired_at")
    before = snapshot(device)
    device.retired_at = moment
    audit(session, actor, Action.RETIRE_DEVICE, device, at=at, reason=why, before=before)
    return device


def replace_device(
    session: Session,
    actor: Actor,
    *,
    device_no: str,
    new_device_no: str,
    model: str,
    at: datetime,
    reason: str,
) -> Device:
    """Put a new reader in the place of a broken one, directed as that was; the broken one retires. Return the new one.

    Raises `Refused` for a reader that is retired, a number that is taken, and without a reason; `NotAllowed`.
    """
    broken = _locked(session, actor, Action.REPLACE_DEVICE, device_no)
    why = required_text(reason, "reason", 4000)
    try:
        new = register_device(
            session,
            actor,
            device_no=new_device_no,
            site_id=broken.site_id,
            model=model,
            is_directed=broken.is_directed,
            at=at,
            reason=why,
        )
    except Refused as refusal:
        field = "new_device_no" if refusal.field == "device_no" else refusal.field
        raise Refused(str(refusal), field) from refusal
    before = snapshot(broken)
    new.replaces_device_no = broken.device_no
    broken.retired_at = at
    audit(session, actor, Action.REPLACE_DEVICE, broken, at=at, reason=why, before=before)
    audit(session, actor, Action.REPLACE_DEVICE, new, at=at, reason=why)
    return new


def put_device(
    session: Session,
    actor: Actor,
    device: Device,
    *,
    site_id: int,
    since: datetime,
    at: datetime,
    reason: str,
    is_directed: bool | None = None,
    field: str = "moved_at",
) -> None:
    """Let a locked reader stand at `site_id`, directed or not, from `since` on; where it stood becomes history.

    Raises `Refused` with `field` if it came to where it stands after that moment, unless it was never elsewhere.
    """
    stood_since = stands_since(session, device)
    before = snapshot(device)
    if since > stood_since:
        placement = FormerPlacement(
            device_no=device.device_no,
            site_id=device.site_id,
            is_directed=device.is_directed,
            placed_from=stood_since,
            placed_to=since,
        )
        session.add(placement)
    elif stood_since != device.registered_at:
        raise Refused(
            f"the device {device.device_no} stands here only since {as_read(stood_since)}: choose a later moment",
            field,
        )
    device.site_id = site_id
    action = Action.MOVE_DEVICE if is_directed is None else Action.SET_DIRECTED
    device.is_directed = device.is_directed if is_directed is None else is_directed
    after = {**snapshot(device), "since": since.isoformat()}
    audit(session, actor, action, device, at=at, reason=reason, before=before, after=after)


def stands_since(session: Session, device: Device) -> datetime:
    """Since when a reader stands where it does, as it does."""
    last = session.scalar(
        select(func.max(FormerPlacement.placed_to)).where(FormerPlacement.device_no == device.device_no)
    )
    return last or device.registered_at


def _locked(session: Session, actor: Actor, action: Action, device_no: str) -> Device:
    """The reader, locked, if the actor may do `action` where it stands. Raises `Refused` if it is retired."""
    must_write(session)
    device = session.get(Device, device_no)
    site = session.get(Site, device.site_id) if device else None
    demand(actor, action, site_touched(session, site) if site else Where())
    if device is None:
        raise Refused(f"there is no device {device_no}", "device_no")
    device = lock(session, Device, device_no, "device")
    demand(actor, action, site_touched(session, session.get_one(Site, device.site_id)))
    if device.retired_at is not None:
        raise Refused(f"the device {device_no} is retired since {as_read(device.retired_at)}", "device_no")
    return device
