"""Disputes: a volunteer objects, the organisation answers, the area decides on an appeal.

A dispute changes no record. What follows from an upheld one is entered as a new honour record or decided in a review;
while it is open or appealed its session is frozen: the warehouse leaves it out of the points until then.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role, Where, demand
from operations.local_time import LOCAL, as_read
from operations.model import Activity, Dispute, DisputeStep, HonourRecord, Organisation, Shift, Volunteer
from operations.model.disputes import DISPUTE_KINDS, OUTCOMES
from operations.rules import rule, time_span

from .notices import notify
from .permitted import permitted_row
from .persons import is_same_person, person_of
from .records import audit, find, lock, must_write, snapshot
from .refusals import Refused, one_of, required_text
from .touched import organisation_touched

LIVE = ("open", "appealed")


def open_dispute(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    organisation_id: int,
    kind: str,
    service_day: date,
    statement: str,
    at: datetime,
    session_id: str | None = None,
    record_id: int | None = None,
    shift_id: int | None = None,
) -> Dispute:
    """Object for a volunteer to a session, an honour record, or attendance that is missing, and return the dispute.

    The volunteer does it, or the organisation or area at their wish. The organisation must answer within the rule
    `dispute_answer_within`. It is taken also after the public notice (a volunteer may demand a correction), within
    `dispute_open_within` of the service; the warehouse freezes a session only for one that came within the notice.

    Raises `Refused` if it does not name what it is about, names what is another person's, comes too late, or the same
    is disputed already; `NotAllowed`.
    """
    must_write(session)
    organisation = session.get(Organisation, organisation_id)
    there = Where() if organisation is None else organisation_touched(session, organisation, volunteer_id)
    demand(actor, Action.OPEN_DISPUTE, there)
    find(session, Organisation, organisation_id, "organisation")
    lock(session, Volunteer, volunteer_id, "volunteer")
    one_of(kind, DISPUTE_KINDS, "kind")
    said = required_text(statement, "statement", 4000)
    _check_day(service_day, at)
    _check_subject(
        session,
        kind,
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        session_id=session_id,
        record_id=record_id,
        shift_id=shift_id,
    )
    dispute = Dispute(
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        kind=kind,
        session_id=session_id,
        record_id=record_id,
        shift_id=shift_id,
        service_day=service_day,
        opened_at=at,
        answer_due_at=at + time_span("dispute_answer_within", at),
    )
    if (known := _same(session, dispute)) is not None:
        raise Refused(f"this is disputed already: see dispute {known}", "session_id")
    session.add(dispute)
    session.flush()
    _step(session, actor, dispute, "opened", said=said, at=at)
    audit(session, actor, Action.OPEN_DISPUTE, dispute, at=at, reason=said)
    due = dispute.answer_due_at.isoformat()
    told = {"dispute_id": dispute.dispute_id, "due_at": due}
    notify(session, "dispute_opened", at=at, organisation_id=organisation_id, **told)
    if actor.role is not Role.VOLUNTEER:
        notify(session, "dispute_opened_for_you", at=at, volunteer_id=volunteer_id, **told)
    return dispute


def answer_dispute(
    session: Session, actor: Actor, *, dispute_id: int, outcome: str, answer: str, at: datetime
) -> Dispute:
    """Answer an open dispute: `upheld` (the volunteer is right) or `rejected`, with the answer's words.

    An overdue one is answered all the same, by the organisation or, in its stead, the area. A rejection can be
    appealed against within the rule `dispute_appeal_within`.

    Raises `Refused` if it is not open, by the volunteer it is of, or for want of words; `NotAllowed`.
    """
    dispute = _locked(session, actor, Action.ANSWER_DISPUTE, dispute_id)
    person = person_of(actor)
    one_of(outcome, OUTCOMES, "outcome")
    said = required_text(answer, "answer", 4000)
    if dispute.status != "open":
        raise Refused("this dispute is answered already, or withdrawn", "dispute_id")
    if is_same_person(session, person, dispute.volunteer_id):
        raise Refused("nobody answers their own dispute: ask another person", "dispute_id")
    before = snapshot(dispute)
    dispute.status, dispute.outcome, dispute.decided_at = "answered", outcome, at
    if outcome == "rejected":
        dispute.appeal_until = at + time_span("dispute_appeal_within", at)
    _step(session, actor, dispute, "answered", said=said, at=at, outcome=outcome)
    audit(session, actor, Action.ANSWER_DISPUTE, dispute, at=at, reason=said, before=before)
    _tell_volunteer(session, dispute, "dispute_answered", at)
    return dispute


def appeal_dispute(
    session: Session, actor: Actor, *, dispute_id: int, statement: str, at: datetime
) -> Dispute:
    """Take a dispute to the area: after a rejection within the time for it, or when the answer is overdue.

    Raises `Refused` if there is nothing to appeal against (yet, or any more), or for want of words; `NotAllowed`.
    """
    dispute = _locked(session, actor, Action.APPEAL_DISPUTE, dispute_id)
    said = required_text(statement, "statement", 4000)
    if dispute.status == "open":
        if at <= dispute.answer_due_at:
            raise Refused(
                f"the organisation has until {as_read(dispute.answer_due_at)} to answer: wait for it",
                "dispute_id",
            )
    elif dispute.status != "answered" or dispute.outcome != "rejected" or dispute.appeal_until is None:
        raise Refused("there is no rejection to appeal against", "dispute_id")
    elif at > dispute.appeal_until:
        raise Refused(f"an appeal was possible until {as_read(dispute.appeal_until)}", "dispute_id")
    before = snapshot(dispute)
    dispute.status, dispute.outcome, dispute.decided_at = "appealed", None, None
    _step(session, actor, dispute, "appealed", said=said, at=at)
    audit(session, actor, Action.APPEAL_DISPUTE, dispute, at=at, reason=said, before=before)
    told = {"dispute_id": dispute.dispute_id}
    notify(session, "dispute_appealed", at=at, organisation_id=dispute.organisation_id, **told)
    return dispute


def decide_appeal(
    session: Session, actor: Actor, *, dispute_id: int, outcome: str, reason: str, at: datetime
) -> Dispute:
    """Decide on an appeal, for good, as somebody who did not answer the dispute before.

    Raises `Refused` if it is not appealed, by a person who had to do with it, or for want of a reason; `NotAllowed`.
    """
    dispute = _locked(session, actor, Action.DECIDE_APPEAL, dispute_id)
    person = person_of(actor)
    one_of(outcome, OUTCOMES, "outcome")
    why = required_text(reason, "reason", 4000)
    if dispute.status != "appealed":
        raise Refused("this dispute is not appealed, or decided already", "dispute_id")
    involved = [dispute.volunteer_id, *_answered_by(session, dispute_id)]
    if any(is_same_person(session, person, one) for one in involved):
        raise Refused(
            "who answered a dispute does not decide on its appeal: ask another person", "dispute_id"
        )
    before = snapshot(dispute)
    dispute.status, dispute.outcome, dispute.decided_at = "decided", outcome, at
    _step(session, actor, dispute, "decided", said=why, at=at, outcome=outcome)
    audit(session, actor, Action.DECIDE_APPEAL, dispute, at=at, reason=why, before=before)
    _tell_volunteer(session, dispute, "dispute_decided", at)
    told = {"dispute_id": dispute.dispute_id, "outcome": outcome}
    notify(session, "dispute_decided", at=at, organisation_id=dispute.organisation_id, **told)
    return dispute


def withdraw_dispute(
    session: Session, actor: Actor, *, dispute_id: int, at: datetime, reason: str = ""
) -> Dispute:
    """Take an objection back before it is decided; the same can be disputed again.

    Raises `Refused` if it is decided or withdrawn already; `NotAllowed`.
    """
    dispute = _locked(session, actor, Action.WITHDRAW_DISPUTE, dispute_id)
    if dispute.status not in LIVE:
        raise Refused("this dispute is decided or withdrawn already", "dispute_id")
    before = snapshot(dispute)
    dispute.status, dispute.decided_at = "withdrawn", at
    _step(session, actor, dispute, "withdrawn", said=reason.strip(), at=at)
    audit(session, actor, Action.WITHDRAW_DISPUTE, dispute, at=at, reason=reason, before=before)
    told = {"dispute_id": dispute.dispute_id}
    notify(session, "dispute_withdrawn", at=at, organisation_id=dispute.organisation_id, **told)
    return dispute


def note_correction(
    session: Session, actor: Actor, *, dispute_id: int, record: HonourRecord, at: datetime
) -> None:
    """Write down that a new honour record makes good an upheld dispute of the same volunteer and organisation.

    Raises `Refused` if the dispute is another's, was not upheld, or is made good already.
    """
    dispute = lock(session, Dispute, dispute_id, "dispute")
    if (dispute.volunteer_id, dispute.organisation_id) != (record.volunteer_id, record.organisation_id):
        raise Refused("this dispute is of another volunteer or organisation", "dispute_id")
    if dispute.status not in ("answered", "decided") or dispute.outcome != "upheld":
        raise Refused("this dispute was not upheld: there is nothing to make good", "dispute_id")
    if dispute.is_corrected:
        raise Refused("this dispute is made good already", "dispute_id")
    dispute.is_corrected = True
    _step(session, actor, dispute, "corrected", said=record.reason, at=at, record_id=record.record_id)


def _locked(session: Session, actor: Actor, action: Action, dispute_id: int) -> Dispute:
    return permitted_row(session, actor, action, Dispute, dispute_id, what="dispute", touched=dispute_touched)


def dispute_touched(session: Session, dispute: Dispute) -> Where:
    """Where the organisation stands that answers, and whose objection it is."""
    organisation = find(session, Organisation, dispute.organisation_id, "organisation")
    return organisation_touched(session, organisation, dispute.volunteer_id)


def _check_day(service_day: date, at: datetime) -> None:
    today = at.astimezone(LOCAL).date()
    if service_day > today:
        raise Refused("the service day lies in the future", "service_day")
    most = rule("dispute_open_within", at)
    if (today - service_day).days > most:
        raise Refused(f"the service was more than {most} days ago", "service_day")


def _check_subject(
    session: Session,
    kind: str,
    *,
    volunteer_id: int,
    organisation_id: int,
    session_id: str | None,
    record_id: int | None,
    shift_id: int | None,
) -> None:
    if kind == "session" and not session_id:
        raise Refused("say which session is disputed", "session_id")
    if session_id is not None and session_id.partition("/")[0] != str(volunteer_id):
        raise Refused("this session is of another volunteer", "session_id")
    if kind == "honour_record" and record_id is None:
        raise Refused("say which honour record is disputed", "record_id")
    if record_id is not None:
        record = session.get(HonourRecord, record_id)
        if record is None or (record.volunteer_id, record.organisation_id) != (volunteer_id, organisation_id):
            raise Refused("this volunteer has no such record of this organisation", "record_id")
    if shift_id is not None:
        shift = session.get(Shift, shift_id)
        activity = None if shift is None else session.get(Activity, shift.activity_id)
        if activity is None or activity.organisation_id != organisation_id:
            raise Refused("this organisation has no such shift", "shift_id")


def _same(session: Session, dispute: Dispute) -> int | None:
    """A dispute about the same that was not withdrawn: what is decided is not asked again."""
    same = (
        Dispute.volunteer_id == dispute.volunteer_id,
        Dispute.kind == dispute.kind,
        Dispute.service_day == dispute.service_day,
        Dispute.session_id.is_not_distinct_from(dispute.session_id),
        Dispute.record_id.is_not_distinct_from(dispute.record_id),
        Dispute.shift_id.is_not_distinct_from(dispute.shift_id),
    )
    return session.scalar(
        select(Dispute.dispute_id)
        .where(*same, Dispute.organisation_id == dispute.organisation_id, Dispute.status != "withdrawn")
        .limit(1)
    )


def _answered_by(session: Session, dispute_id: int) -> list[int]:
    answers = select(DisputeStep.taken_by).where(
        DisputeStep.dispute_id == dispute_id, DisputeStep.step == "answered"
    )
    return [person for person in session.scalars(answers) if person is not None]


def _step(
    session: Session,
    actor: Actor,
    dispute: Dispute,
    step: str,
    *,
    said: str,
    at: datetime,
    outcome: str | None = None,
    record_id: int | None = None,
) -> None:
    session.add(
        DisputeStep(
            dispute_id=dispute.dispute_id,
            step=step,
            outcome=outcome,
            said=said,
            taken_by=actor.volunteer_id,
            taken_as=str(actor.role),
            taken_at=at,
            record_id=record_id,
        )
    )


def _tell_volunteer(session: Session, dispute: Dispute, kind: str, at: datetime) -> None:
    told = {"dispute_id": dispute.dispute_id, "outcome": dispute.outcome}
    until = dispute.appeal_until
    if kind == "dispute_answered" and until is not None:
        told["appeal_until"] = until.isoformat()
    notify(session, kind, at=at, volunteer_id=dispute.volunteer_id, **told)
