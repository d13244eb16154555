"""Disputes as those see them who answer, decide or opened them, and the steps of one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from operations.access import Action, Scope
from operations.model import Dispute, DisputeStep, Organisation, Volunteer

from .paging import Listing, any_of, equals
from .visible import within


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Dispute.organisation_id,
        volunteer_id=Dispute.volunteer_id,
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
    .join(Organisation, Organisation.organisation_id == Dispute.organisation_id)
    .join(Volunteer, Volunteer.volunteer_id == Dispute.volunteer_id),
    key=Dispute.dispute_id,
    visible=_visible,
    sorts={"dispute_id": Dispute.dispute_id, "answer_due_at": Dispute.answer_due_at},
    default_sort="answer_due_at",
    filters={
        "status": equals(Dispute.status),
        "statuses": any_of(Dispute.status),
        "organisation_id": equals(Dispute.organisation_id),
        "volunteer_id": equals(Dispute.volunteer_id),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "overdue_at": lambda at: (Dispute.status == "open") & (Dispute.answer_due_at < at),
        "is_to_make_good": lambda _: (Dispute.outcome == "upheld") & Dispute.is_corrected.is_(False),
    },
    search=(Volunteer.volunteer_no,),
)


def steps_of(session: Session, dispute_id: int) -> list[DisputeStep]:
    """The steps of a dispute, the first one first; ask for the dispute itself before."""
    found = session.scalars(
        select(DisputeStep).where(DisputeStep.dispute_id == dispute_id).order_by(DisputeStep.step_id)
    )
    return list(found)
