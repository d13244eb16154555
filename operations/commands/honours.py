"""Honour records: minutes that an organisation enters by hand, and a second person decides on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from operations.access import Action, Actor, demand
from operations.model import Activity, HonourApproval, HonourRecord, Organisation, Shift, Volunteer
from operations.rules import rule

from .records import audit, find, lock, must_write
from .refusals import Refused, not_later, one_of, required_text
from .touched import organisation_touched

LOCAL = ZoneInfo("Asia/Shanghai")
# A service day begins at 04:00 local time.
DAY_BEGINS = timedelta(hours=4)


def enter_honour_record(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    organisation_id: int,
    minutes: int,
    service_day: date,
    reason: str,
    at: datetime,
    evidence: str = "",
    shift_id: int | None = None,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> HonourRecord:
    """Enter minutes of honour for a volunteer, and return the record; it earns nothing until it is approved.

    Raises `Refused` without a reason or a person who enters it, for minutes that do not fit the interval or the day, a
    day or an end in the future, or a shift of another organisation; `NotAllowed`.
    """
    must_write(session)
    organisation = find(session, Organisation, organisation_id, "organisation")
    demand(actor, Action.ENTER_HONOUR_RECORD, organisation_touched(session, organisation))
    person = _person(actor)
    find(session, Volunteer, volunteer_id, "volunteer")
    why = required_text(reason, "reason", 4000)
    most = rule("honour_record_minutes_limit", service_day)
    if not 1 <= minutes <= most:
        raise Refused(f"minutes are 1 to {most}, not {minutes}", "minutes")
    if service_day > (at.astimezone(LOCAL) - DAY_BEGINS).date():
        raise Refused("the service day lies in the future", "service_day")
    _check_interval(started_at, ended_at, minutes, service_day, at)
    if shift_id is not None:
        _check_shift(session, shift_id, organisation_id)
    record = HonourRecord(
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        shift_id=shift_id,
        started_at=started_at,
        ended_at=ended_at,
        minutes=minutes,
        service_day=service_day,
        reason=why,
        evidence=evidence.strip(),
        entered_by=person,
        entered_at=at,
    )
    session.add(record)
    audit(session, actor, Action.ENTER_HONOUR_RECORD, record, at=at, reason=why)
    return record


def approve_honour_record(
    session: Session, actor: Actor, *, record_id: int, decision: str, at: datetime, reason: str = ""
) -> HonourApproval:
    """Decide on an honour record (`approved` or `refused`) as a second person, and return the decision.

    The person counts, not the account: whoever entered it or is to have its minutes cannot decide on it.

    Raises `Refused` for those two, if it is decided already, or a refusal without a reason; `NotAllowed`.
    """
    record = lock(session, HonourRecord, record_id, "record")
    organisation = find(session, Organisation, record.organisation_id, "organisation")
    demand(actor, Action.APPROVE_HONOUR_RECORD, organisation_touched(session, organisation))
    person = _person(actor)
    one_of(decision, ("approved", "refused"), "decision")
    if person == record.entered_by:
        raise Refused("who entered a record cannot decide on it: ask a second person", "record_id")
    if person == record.volunteer_id:
        raise Refused("nobody decides on their own minutes: ask another person", "record_id")
    if decision == "refused":
        required_text(reason, "reason", 4000)
    if session.get(HonourApproval, record_id) is not None:
        raise Refused("this record is decided already", "record_id")
    approval = HonourApproval(
        record_id=record_id, decision=decision, decided_by=person, decided_at=at, reason=reason.strip()
    )
    session.add(approval)
    audit(session, actor, Action.APPROVE_HONOUR_RECORD, approval, at=at, reason=reason)
    return approval


def _person(actor: Actor) -> int:
    if actor.volunteer_id is None:
        raise Refused(
            "an honour record is entered and decided on by a person: this account is of nobody", "actor"
        )
    return actor.volunteer_id


def _check_interval(
    started_at: datetime | None, ended_at: datetime | None, minutes: int, service_day: date, at: datetime
) -> None:
    if started_at is None and ended_at is None:
        return
    if started_at is None or ended_at is None:
        raise Refused("give both the start and the end, or neither", "ended_at")
    if ended_at <= started_at:
        raise Refused("the end lies before the start", "ended_at")
    not_later(ended_at, at, "ended_at")
    if minutes > (ended_at - started_at) // timedelta(minutes=1):
        raise Refused("there are more minutes than between start and end", "minutes")
    if (started_at.astimezone(LOCAL) - DAY_BEGINS).date() != service_day:
        raise Refused("the start is not on that service day, which begins at 04:00", "service_day")


def _check_shift(session: Session, shift_id: int, organisation_id: int) -> None:
    shift = find(session, Shift, shift_id, "shift")
    if find(session, Activity, shift.activity_id, "activity").organisation_id != organisation_id:
        raise Refused("this shift is of another organisation", "shift_id")
