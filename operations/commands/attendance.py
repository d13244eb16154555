"""Signing in to and out of a shift in a terminal, by the code that is shown there and by position."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations import positions
from operations.access import Action, Actor
from operations.model import Activity, CheckIn, Shift, ShiftSite, SignUp, Site, Volunteer
from operations.rules import rule, time_span

from .check_in_codes import check_code
from .permitted import demand_shift
from .records import audit, find, lock, snapshot
from .refusals import Refused, one_of

CLIENTS = ("app", "mini_program", "web")


@dataclass(frozen=True)
class Reading:
    """A position as a terminal gave it: degrees in its system, and its accuracy in metres."""

    lon: float
    lat: float
    system: str
    accuracy_m: int


def check_in(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    shift_id: int,
    reading: Reading,
    client: str,
    at: datetime,
    code: str = "",
) -> CheckIn:
    """Sign a volunteer in to a shift at the site of it that they stand at, and return the event.

    `code` is what the screen there shows now, six digits or the content of the QR code.

    Raises `Refused` without a confirmed sign-up, outside the shift's times, without the right code, away from its
    sites, or while another sign-in is open; `NotAllowed`. A sign-in that was never closed is open no longer once its
    shift takes no sign-out.
    """
    shift, activity = _shift(session, actor, Action.CHECK_IN, volunteer_id, shift_id)
    lock(session, Volunteer, volunteer_id, "volunteer")
    if activity.is_recruiting_only:
        raise Refused("this activity keeps no attendance", "shift_id")
    if shift.cancelled_at is not None or activity.status == "cancelled":
        raise Refused("this shift is cancelled", "shift_id")
    confirmed = select(SignUp.sign_up_id).where(
        SignUp.shift_id == shift_id, SignUp.volunteer_id == volunteer_id, SignUp.status == "confirmed"
    )
    if session.scalar(confirmed) is None:
        raise Refused("there is no confirmed sign-up for this shift", "shift_id")
    _check_time(shift, at)
    if _open_shift(session, volunteer_id, at) is not None:
        raise Refused("another sign-in is open: sign out first", "volunteer_id")
    check_code(session, volunteer_id=volunteer_id, shift=shift, code=code, at=at)
    site = _site_at(session, shift_id, reading, at)
    return _record(
        session,
        actor,
        Action.CHECK_IN,
        volunteer_id=volunteer_id,
        shift_id=shift_id,
        site=site,
        reading=reading,
        client=client,
        at=at,
    )


def check_out(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    shift_id: int,
    reading: Reading,
    client: str,
    at: datetime,
    code: str = "",
) -> CheckIn:
    """Sign a volunteer out of the shift that they are signed in to, and return the event.

    Raises `Refused` if they are not, too late, without the right code, or away from the shift's sites; `NotAllowed`.
    """
    shift, _ = _shift(session, actor, Action.CHECK_OUT, volunteer_id, shift_id)
    lock(session, Volunteer, volunteer_id, "volunteer")
    _check_time(shift, at)
    if _open_shift(session, volunteer_id, at) != shift_id:
        raise Refused("there is no open sign-in to this shift", "shift_id")
    check_code(session, volunteer_id=volunteer_id, shift=shift, code=code, at=at)
    site = _site_at(session, shift_id, reading, at)
    return _record(
        session,
        actor,
        Action.CHECK_OUT,
        volunteer_id=volunteer_id,
        shift_id=shift_id,
        site=site,
        reading=reading,
        client=client,
        at=at,
    )


def _shift(
    session: Session, actor: Actor, action: Action, volunteer_id: int, shift_id: int
) -> tuple[Shift, Activity]:
    demand_shift(session, actor, action, shift_id, volunteer_id)
    shift = find(session, Shift, shift_id, "shift")
    return shift, find(session, Activity, shift.activity_id, "activity")


def _check_time(shift: Shift, at: datetime) -> None:
    margin = time_span("sign_in_margin", at)
    minutes = margin // timedelta(minutes=1)
    if at < shift.starts_at - margin:
        raise Refused(f"the shift takes sign-ins from {minutes} minutes before its start", "at")
    if at > shift.ends_at + margin:
        raise Refused(f"the shift ended more than {minutes} minutes ago", "at")


def _open_shift(session: Session, volunteer_id: int, at: datetime) -> int | None:
    """The shift that the volunteer is signed in to and can still sign out of."""
    last = session.execute(
        select(CheckIn.direction, CheckIn.shift_id, Shift.ends_at)
        .join(Shift, Shift.shift_id == CheckIn.shift_id)
        .where(CheckIn.volunteer_id == volunteer_id, CheckIn.occurred_at <= at)
        .order_by(CheckIn.occurred_at.desc(), CheckIn.event_id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.direction == "out" or last.ends_at + time_span("sign_in_margin", at) < at:
        return None
    return last.shift_id


def _site_at(session: Session, shift_id: int, reading: Reading, at: datetime) -> Site:
    """The nearest site of the shift whose radius, widened by the reading's doubt, holds the position."""
    one_of(reading.system, positions.SYSTEMS, "system")
    if reading.accuracy_m < 0:
        raise Refused("an accuracy is not below 0 m", "accuracy_m")
    worst = rule("position_accuracy_limit", at)
    if reading.accuracy_m > worst:
        raise Refused(
            f"the position is accurate to {reading.accuracy_m} m only, {worst} m are needed: "
            "go outside or turn on precise location",
            "accuracy_m",
        )
    sites = list(
        session.scalars(
            select(Site)
            .join(ShiftSite, ShiftSite.site_id == Site.site_id)
            .where(ShiftSite.shift_id == shift_id)
        )
    )
    lon, lat = positions.to_wgs84(reading.lon, reading.lat, reading.system)
    doubt = min(reading.accuracy_m, rule("position_doubt_limit", at))
    near = sorted(
        (float(positions.distance_m(lon, lat, site.lon, site.lat)), site.site_id, site) for site in sites
    )
    for metres, _, site in near:
        if metres <= site.radius_m + doubt:
            return site
    away = f"{near[0][0]:.0f} m from {near[0][2].name}" if near else "and the shift has no site"
    raise Refused(f"not at the place of the shift: {away}", "position")


def _record(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    volunteer_id: int,
    shift_id: int,
    site: Site,
    reading: Reading,
    client: str,
    at: datetime,
) -> CheckIn:
    event = CheckIn(
        volunteer_id=volunteer_id,
        shift_id=shift_id,
        site_id=site.site_id,
        direction="in" if action is Action.CHECK_IN else "out",
        client=one_of(client, CLIENTS, "client"),
        occurred_at=at,
        received_at=at,
        received_lon=reading.lon,
        received_lat=reading.lat,
        position_system=reading.system,
        accuracy_m=reading.accuracy_m,
    )
    session.add(event)
    session.flush()
    # Where a person was is kept in one place, which can be cleared; the log is for ever.
    after = {name: value for name, value in snapshot(event).items() if not name.startswith("received_l")}
    audit(session, actor, action, event, at=at, after=after)
    return event
