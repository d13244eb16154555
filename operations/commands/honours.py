"""Honour records: minutes that an organisation enters by hand, and other persons decide on.

What was entered is never changed, and a decision is never taken away: a correction is a new record, a withdrawn
approval a new decision. Files of records are taken in by honour_import.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, Role, Where
from operations.local_time import LOCAL
from operations.model import Activity, HonourApproval, HonourRecord, Organisation, Shift, Volunteer
from operations.rules import rule

from .disputes import note_correction
from .notices import notify
from .permitted import demand_organisation, permitted_row
from .persons import is_same_person, person_of
from .records import audit, find, hold, lock, snapshot
from .refusals import Refused, not_later, one_of, required_text
from .touched import organisation_touched

# A service day begins at 04:00 local time.
DAY_BEGINS = timedelta(hours=4)
MINUTE = timedelta(minutes=1)
OF_AN_AREA = (Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.TOWNSHIP_ADMINISTRATOR)
WAITING = ("entered", "endorsed")
NOT_AGAIN = ("entered", "endorsed", "approved")


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
    dispute_id: int | None = None,
    import_id: int | None = None,
) -> HonourRecord:
    """Enter minutes of honour for a volunteer, and return the record; it earns nothing until it is approved.

    `dispute_id`: the upheld dispute that the record makes good. The shift's planned minutes are the most that a record
    for it can have.

    Raises `Refused` without a reason or a person who enters it, for minutes that do not fit the interval, the shift or
    the day, a day or an end in the future, a shift of another organisation, or a record that is there already just so;
    `NotAllowed`.
    """
    demand_organisation(session, actor, Action.ENTER_HONOUR_RECORD, organisation_id)
    person = person_of(actor)
    # Who is erased or suspended at this moment waits, or is seen; the same record entered twice at once is seen too.
    volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
    organisation = hold(session, Organisation, organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and enters no records", "organisation_id")
    if volunteer.status not in ("active", "banned"):
        raise Refused("this volunteer's record is closed", "volunteer_id")
    why = required_text(reason, "reason", 4000)
    most = rule("honour_record_minutes_limit", service_day)
    if not 1 <= minutes <= most:
        raise Refused(f"minutes are 1 to {most}, not {minutes}", "minutes")
    if service_day > (at.astimezone(LOCAL) - DAY_BEGINS).date():
        raise Refused("the service day lies in the future", "service_day")
    _check_interval(started_at, ended_at, minutes, service_day, at)
    if shift_id is not None:
        _check_shift(session, shift_id, organisation_id, minutes, service_day)
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
        import_id=import_id,
    )
    if (known := same_record(session, record)) is not None:
        raise Refused(
            f"this was entered already, as record {known}: if it is another stretch of that day, give its start "
            "and end",
            "volunteer_id",
        )
    session.add(record)
    audit(session, actor, Action.ENTER_HONOUR_RECORD, record, at=at, reason=why)
    if dispute_id is not None:
        note_correction(session, actor, dispute_id=dispute_id, record=record, at=at)
    return record


def same_record(session: Session, record: HonourRecord) -> int | None:
    """The id of a record that says the same and was not refused or withdrawn, if there is one."""
    return session.scalar(
        select(HonourRecord.record_id)
        .where(
            HonourRecord.volunteer_id == record.volunteer_id,
            HonourRecord.organisation_id == record.organisation_id,
            HonourRecord.service_day == record.service_day,
            HonourRecord.minutes == record.minutes,
            HonourRecord.status.in_(NOT_AGAIN),
            *(
                column.is_not_distinct_from(value)
                for column, value in (
                    (HonourRecord.shift_id, record.shift_id),
                    (HonourRecord.started_at, record.started_at),
                    (HonourRecord.ended_at, record.ended_at),
                )
            ),
        )
        .order_by(HonourRecord.record_id)
        .limit(1)
    )


def approve_honour_record(
    session: Session, actor: Actor, *, record_id: int, decision: str, at: datetime, reason: str = ""
) -> HonourApproval:
    """Decide on an honour record (`approved` or `refused`) as another person, and return the decision.

    The person counts, not the account: whoever entered it or is to have its minutes cannot decide on it. A record of
    more minutes than the rule `second_approval_above` needs two: the first approval is kept as `endorsed`, and the
    administration of the area decides, by a third person.

    Raises `Refused` for those persons, if it is decided already, for more minutes than its shift is planned for now, or
    a refusal without a reason; `NotAllowed`.
    """
    record = _permitted(session, actor, Action.APPROVE_HONOUR_RECORD, record_id)
    person = person_of(actor)
    one_of(decision, ("approved", "refused"), "decision")
    _refuse_involved(session, record, person)
    if record.status not in WAITING:
        raise Refused("this record is decided already", "record_id")
    if record.status == "endorsed":
        _check_second(session, actor, record, person)
    if decision == "refused":
        required_text(reason, "reason", 4000)
    else:
        _check_planned(session, record)
    needs_second = record.minutes > rule("second_approval_above", at)
    is_first = decision == "approved" and needs_second and record.status == "entered"
    return _decide(
        session,
        actor,
        Action.APPROVE_HONOUR_RECORD,
        record,
        "endorsed" if is_first else decision,
        at=at,
        reason=reason,
    )


def withdraw_honour_approval(
    session: Session, actor: Actor, *, record_id: int, at: datetime, reason: str
) -> HonourApproval:
    """Take back the approval of a record with a reason: its minutes count no more from the next build on.

    It is withdrawn for good; what was right in it is entered anew. Whoever is to have its minutes cannot do it.

    Raises `Refused` if it is not approved or for want of a reason; `NotAllowed`.
    """
    record = _permitted(session, actor, Action.WITHDRAW_HONOUR_APPROVAL, record_id)
    person = person_of(actor)
    if is_same_person(session, person, record.volunteer_id):
        raise Refused("nobody decides on their own minutes: ask another person", "record_id")
    required_text(reason, "reason", 4000)
    if record.status != "approved":
        raise Refused("this record is not approved: there is nothing to withdraw", "record_id")
    return _decide(session, actor, Action.WITHDRAW_HONOUR_APPROVAL, record, "withdrawn", at=at, reason=reason)


@dataclass(frozen=True)
class Decided:
    """What came of one record of several: the decision that stands now, or why nothing was done."""

    record_id: int
    decision: str | None
    refusal: str = ""


def approve_honour_records(
    session: Session,
    actor: Actor,
    *,
    record_ids: Sequence[int],
    decision: str,
    at: datetime,
    reason: str = "",
) -> list[Decided]:
    """Decide on several records as on each alone; what is refused of them changes nothing, and says why.

    Records are taken in the order of their ids, so that two who decide on the same ones do not wait for each other.
    """
    outcomes = []
    for record_id in sorted(set(record_ids)):
        try:
            with session.begin_nested():
                made = approve_honour_record(
                    session, actor, record_id=record_id, decision=decision, at=at, reason=reason
                )
        except Refused as refusal:
            outcomes.append(Decided(record_id, None, str(refusal)))
        except NotAllowed:
            outcomes.append(Decided(record_id, None, "this record is not in your area, or not there"))
        else:
            outcomes.append(Decided(record_id, made.decision))
    return outcomes


def honour_touched(session: Session, record: HonourRecord) -> Where:
    """Where the organisation stands that entered it."""
    organisation = find(session, Organisation, record.organisation_id, "organisation")
    return organisation_touched(session, organisation)


def _permitted(session: Session, actor: Actor, action: Action, record_id: int) -> HonourRecord:
    return permitted_row(
        session, actor, action, HonourRecord, record_id, what="record", touched=honour_touched
    )


def _refuse_involved(session: Session, record: HonourRecord, person: int) -> None:
    if is_same_person(session, person, record.entered_by):
        raise Refused("who entered a record cannot decide on it: ask a second person", "record_id")
    if is_same_person(session, person, record.volunteer_id):
        raise Refused("nobody decides on their own minutes: ask another person", "record_id")


def _check_second(session: Session, actor: Actor, record: HonourRecord, person: int) -> None:
    if actor.role not in OF_AN_AREA:
        raise Refused(
            f"{record.minutes} minutes are approved twice: the administration of the area decides now",
            "record_id",
        )
    first = session.scalars(
        select(HonourApproval)
        .where(HonourApproval.record_id == record.record_id)
        .order_by(HonourApproval.approval_id.desc())
        .limit(1)
    ).one()
    if is_same_person(session, person, first.decided_by):
        raise Refused("both approvals of a record are not of one person: ask a third person", "record_id")


def _check_planned(session: Session, record: HonourRecord) -> None:
    """A shift may have been shortened since the record was entered."""
    if record.shift_id is None:
        return
    planned = _planned_minutes(find(session, Shift, record.shift_id, "shift"))
    if record.minutes > planned:
        raise Refused(
            f"the record has {record.minutes} minutes, its shift is planned for {planned}: refuse it and have it "
            "entered anew",
            "record_id",
        )


def _decide(
    session: Session,
    actor: Actor,
    action: Action,
    record: HonourRecord,
    decision: str,
    *,
    at: datetime,
    reason: str,
) -> HonourApproval:
    before = snapshot(record)
    approval = HonourApproval(
        record_id=record.record_id,
        decision=decision,
        decided_by=person_of(actor),
        decided_at=at,
        reason=reason.strip(),
    )
    session.add(approval)
    record.status = decision
    audit(session, actor, action, record, at=at, reason=reason, before=before)
    told = {"record_id": record.record_id, "minutes": record.minutes, "day": record.service_day.isoformat()}
    if decision in ("approved", "withdrawn"):
        notify(session, f"honour_record_{decision}", at=at, volunteer_id=record.volunteer_id, **told)
    if decision in ("refused", "withdrawn"):
        notify(session, f"honour_record_{decision}", at=at, organisation_id=record.organisation_id, **told)
    return approval


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
    if minutes > (ended_at - started_at) // MINUTE:
        raise Refused("there are more minutes than between start and end", "minutes")
    if (started_at.astimezone(LOCAL) - DAY_BEGINS).date() != service_day:
        raise Refused("the start is not on that service day, which begins at 04:00", "service_day")


def _check_shift(
    session: Session, shift_id: int, organisation_id: int, minutes: int, service_day: date
) -> None:
    shift = session.get(Shift, shift_id)
    activity = None if shift is None else session.get(Activity, shift.activity_id)
    # A shift of somebody else looks like none, so that guessed ids tell nothing.
    if shift is None or activity is None or activity.organisation_id != organisation_id:
        raise Refused(
            f"this organisation has no shift {shift_id}; it may be of another organisation", "shift_id"
        )
    if shift.cancelled_at is not None:
        raise Refused("this shift was cancelled: nobody served in it", "shift_id")
    if minutes > (planned := _planned_minutes(shift)):
        raise Refused(f"the shift is planned for {planned} minutes: enter at most these", "minutes")
    if (shift.starts_at.astimezone(LOCAL) - DAY_BEGINS).date() != service_day:
        raise Refused("the shift is not on that service day, which begins at 04:00", "service_day")


def _planned_minutes(shift: Shift) -> int:
    return (shift.ends_at - shift.starts_at) // MINUTE
