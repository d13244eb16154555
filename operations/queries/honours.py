"""Honour records as administrators list them, with the decision that stands, and all decisions on one of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import false, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Scope
from operations.model import HonourApproval, HonourRecord, Organisation, Volunteer

from .narrowing import Condition, valued
from .paging import Listing, equals
from .visible import held_by

_who = aliased(Volunteer)
_enterer = aliased(Volunteer)


def _visible(scope: Scope) -> Condition:
    return held_by(scope, HonourRecord.record_id.expression, HonourRecord.organisation_id.expression)


HONOUR_RECORDS = Listing(
    name="honour_records",
    action=Action.VIEW_HONOUR_RECORDS,
    select=select(
        HonourRecord.record_id,
        HonourRecord.status,
        HonourRecord.service_day,
        HonourRecord.volunteer_id,
        _who.volunteer_no,
        HonourRecord.organisation_id,
        Organisation.name.label("organisation_name"),
        HonourRecord.shift_id,
        HonourRecord.minutes,
        HonourRecord.started_at,
        HonourRecord.ended_at,
        HonourRecord.reason,
        HonourRecord.evidence,
        HonourRecord.entered_at,
        HonourRecord.entered_by,
        _enterer.volunteer_no.label("entered_by_no"),
        HonourRecord.import_id,
    )
    # All are always there. Of an outer join the databases leave out what is not asked for.
    .outerjoin(Organisation, Organisation.organisation_id == HonourRecord.organisation_id)
    .outerjoin(_who, _who.volunteer_id == HonourRecord.volunteer_id)
    .outerjoin(_enterer, _enterer.volunteer_id == HonourRecord.entered_by),
    key=HonourRecord.record_id,
    visible=_visible,
    sorts={"record_id": HonourRecord.record_id},
    default_sort="-record_id",
    filters={
        "status": valued(HonourRecord.record_id, HonourRecord.status),
        "statuses": valued(HonourRecord.record_id, HonourRecord.status),
        "organisation_id": equals(HonourRecord.organisation_id),
        "volunteer_id": equals(HonourRecord.volunteer_id),
        "import_id": equals(HonourRecord.import_id),
        "volunteer_no": equals(_who.volunteer_no),
    },
    search=(_who.volunteer_no,),
)
# What waits: for a second person, and above the threshold for the area after that.
HONOUR_RECORDS_TO_APPROVE = replace(
    HONOUR_RECORDS,
    name="honour_records_to_approve",
    action=Action.APPROVE_HONOUR_RECORD,
    select=HONOUR_RECORDS.select.where(HonourRecord.status == "entered"),
    sorts={"entered_at": HonourRecord.entered_at},
    default_sort="entered_at",
)
HONOUR_RECORDS_OF_THE_AREA = replace(
    HONOUR_RECORDS_TO_APPROVE,
    name="honour_records_of_the_area",
    select=HONOUR_RECORDS.select.where(HonourRecord.status == "endorsed"),
    visible=lambda scope: false() if scope.kind == "organisation_id" else _visible(scope),
)


def decisions_on(session: Session, record_id: int) -> list[tuple[HonourApproval, str]]:
    """All decisions on a record with the number of who decided, in order; ask for the record itself before."""
    rows = session.execute(
        select(HonourApproval, Volunteer.volunteer_no)
        .join(Volunteer, Volunteer.volunteer_id == HonourApproval.decided_by)
        .where(HonourApproval.record_id == record_id)
        .order_by(HonourApproval.approval_id)
    )
    return [(row[0], row[1]) for row in rows]
