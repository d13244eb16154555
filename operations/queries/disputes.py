"""Disputes as those see them who answer, decide or opened them, and the steps of one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Scope
from operations.model import Dispute, DisputeStep, Organisation, Volunteer

from .narrowing import Condition, valued
from .paging import Listing, equals
from .visible import held_by


def _visible(scope: Scope) -> Condition:
    return held_by(
        scope,
        Dispute.dispute_id.expression,
        Dispute.organisation_id.expression,
        volunteer_id=Dispute.volunteer_id.expression,
    )


DISPUTES = Listing(
    name="disputes",
    action=Action.VIEW_DISPUTES,
    select=select(
        Dispute.dispute_id,
        Dispute.status,
        Dispute.kind,
        Dispute.service_day,
        Dispute.volunteer_id,
        Volunteer.volunteer_no,
        Dispute.organisation_id,
        Organisation.name.label("organisation_name"),
        Dispute.session_id,
        Dispute.record_id,
        Dispute.shift_id,
        Dispute.outcome,
        Dispute.opened_at,
        Dispute.answer_due_at,
        Dispute.appeal_until,
        Dispute.decided_at,
        Dispute.is_corrected,
    )
    # Both are always there. Of an outer join the databases leave out what is not asked for.
    .outerjoin(Organisation, Organisation.organisation_id == Dispute.organisation_id)
    .outerjoin(Volunteer, Volunteer.volunteer_id == Dispute.volunteer_id),
    key=Dispute.dispute_id,
    visible=_visible,
    sorts={"dispute_id": Dispute.dispute_id, "answer_due_at": Dispute.answer_due_at},
    default_sort="answer_due_at",
    filters={
        "status": valued(Dispute.dispute_id, Dispute.status),
        "statuses": valued(Dispute.dispute_id, Dispute.status),
        "organisation_id": equals(Dispute.organisation_id),
        "volunteer_id": equals(Dispute.volunteer_id),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "overdue_at": lambda at: (Dispute.status == "open") & (Dispute.answer_due_at < at),
        "is_to_make_good": lambda _: (Dispute.outcome == "upheld") & Dispute.is_corrected.is_(False),
    },
    search=(Volunteer.volunteer_no,),
)
# What waits: for an answer, for a decision on the appeal, for the record that makes an upheld one good.
DISPUTES_TO_ANSWER = replace(
    DISPUTES,
    name="disputes_to_answer",
    action=Action.ANSWER_DISPUTE,
    select=DISPUTES.select.where(Dispute.status == "open"),
    sorts={"opened_at": Dispute.opened_at},
    default_sort="opened_at",
)
DISPUTES_TO_DECIDE = replace(
    DISPUTES_TO_ANSWER,
    name="disputes_to_decide",
    action=Action.DECIDE_APPEAL,
    select=DISPUTES.select.where(Dispute.status == "appealed"),
)
DISPUTES_TO_MAKE_GOOD = replace(
    DISPUTES_TO_ANSWER,
    name="disputes_to_make_good",
    action=Action.ENTER_HONOUR_RECORD,
    select=DISPUTES.select.where(Dispute.outcome == "upheld", Dispute.is_corrected.is_(False)),
    sorts={"decided_at": Dispute.decided_at},
    default_sort="decided_at",
)


def steps_of(session: Session, dispute_id: int) -> list[DisputeStep]:
    """The steps of a dispute, the first one first; ask for the dispute itself before."""
    found = session.scalars(
        select(DisputeStep).where(DisputeStep.dispute_id == dispute_id).order_by(DisputeStep.step_id)
    )
    return list(found)
