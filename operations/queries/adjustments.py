"""Adjustments of points as those see them who ask for them, decide on them or audit them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from operations.access import Action, Scope
from operations.model import PointAdjustment, Volunteer

from .paging import Listing, equals
from .point_amounts import points
from .visible import within

_who = aliased(Volunteer)
_asker = aliased(Volunteer)
_decider = aliased(Volunteer)


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(scope, district_code=_who.district_code, township_code=_who.township_code)


ADJUSTMENTS = Listing(
    name="adjustments",
    action=Action.VIEW_ADJUSTMENTS,
    select=select(
        PointAdjustment.adjustment_no,
        PointAdjustment.state,
        PointAdjustment.volunteer_id,
        _who.volunteer_no,
        points(PointAdjustment.amount_cents, "points"),
        PointAdjustment.reason,
        _asker.volunteer_no.label("asked_by_no"),
        PointAdjustment.asked_at,
        _decider.volunteer_no.label("decided_by_no"),
        PointAdjustment.decided_at,
        PointAdjustment.decision_reason,
        PointAdjustment.transfer_no,
    )
    .join(_who, _who.volunteer_id == PointAdjustment.volunteer_id)
    .join(_asker, _asker.volunteer_id == PointAdjustment.asked_by)
    .outerjoin(_decider, _decider.volunteer_id == PointAdjustment.decided_by),
    key=PointAdjustment.adjustment_no,
    visible=_visible,
    sorts={"adjustment_no": PointAdjustment.adjustment_no},
    default_sort="-adjustment_no",
    filters={"state": equals(PointAdjustment.state), "volunteer_no": equals(_who.volunteer_no)},
    search=(_who.volunteer_no,),
)
ADJUSTMENTS_TO_DECIDE = replace(
    ADJUSTMENTS,
    name="adjustments_to_decide",
    action=Action.DECIDE_ADJUSTMENT,
    select=ADJUSTMENTS.select.where(PointAdjustment.state == "asked"),
    sorts={"asked_at": PointAdjustment.asked_at},
    default_sort="asked_at",
)
