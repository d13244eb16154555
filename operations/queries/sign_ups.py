"""Sign-ups of shifts: who has a place, who waits in which order, who was there.

Here: what pages and doors show of them. A volunteer is shown by number only; a name is another question, with its own
permission. Never here: statistics.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from operations.access import Action, Scope
from operations.model import Activity, CheckIn, Shift, SignUp, Volunteer

from .activities import where_held
from .narrowing import Condition, Narrowing, begins_with, looked_up, valued
from .paging import Listing, equals
from .prefixes import starts_with
from .visible import within

_ahead, _its_shift, _its_volunteer = aliased(SignUp), aliased(Shift), aliased(Volunteer)
# The turn of somebody who waits, 1 for who is next; nothing for others.
_turn = (
    select(func.count())
    .where(
        _ahead.shift_id == SignUp.shift_id,
        _ahead.status == "waiting",
        (_ahead.signed_up_at < SignUp.signed_up_at)
        | ((_ahead.signed_up_at == SignUp.signed_up_at) & (_ahead.sign_up_id <= SignUp.sign_up_id)),
    )
    .correlate(SignUp)
    .scalar_subquery()
)


def _where_sign_ups_lie(scope: Scope) -> Condition:
    if scope.kind == "volunteer_id":
        return within(scope, volunteer_id=SignUp.volunteer_id.expression)
    of_activities = (
        select(SignUp.sign_up_id)
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .join(Activity, Activity.activity_id == Shift.activity_id)
    )
    of_row = (
        select(Activity.activity_id)
        .join(_its_shift, _its_shift.activity_id == Activity.activity_id)
        .where(_its_shift.shift_id == SignUp.shift_id)
        .correlate(SignUp)
    )
    return where_held(scope, SignUp.sign_up_id.expression, of_activities, of_row)


def _of_volunteers(beginning: str) -> Narrowing:
    """By the beginning of the volunteer's number: from their sign-ups, unless very many begin so."""
    return Narrowing(
        SignUp.sign_up_id.expression,
        select(SignUp.sign_up_id)
        .join(Volunteer, Volunteer.volunteer_id == SignUp.volunteer_id)
        .where(starts_with(Volunteer.volunteer_no, beginning)),
        begins_with(
            looked_up(
                select(_its_volunteer.volunteer_no)
                .where(_its_volunteer.volunteer_id == SignUp.volunteer_id)
                .correlate(SignUp)
            ),
            beginning,
        ),
    )


# What each row has one of is joined from outside: the databases leave out what is not asked for.
_SIGN_UPS = (
    select(
        SignUp.sign_up_id,
        SignUp.shift_id,
        Shift.activity_id,
        Activity.title,
        Shift.starts_at,
        Volunteer.volunteer_no,
        SignUp.volunteer_id,
        SignUp.status,
        case((SignUp.status == "waiting", _turn)).label("turn"),
        SignUp.signed_up_at,
        SignUp.offer_expires_at,
        SignUp.decided_at,
        SignUp.decided_by,
        SignUp.decision_reason,
    )
    .outerjoin(Shift, Shift.shift_id == SignUp.shift_id)
    .outerjoin(Activity, Activity.activity_id == Shift.activity_id)
    .outerjoin(Volunteer, Volunteer.volunteer_id == SignUp.volunteer_id)
)
_ASKED_FOR = {
    "shift_id": equals(SignUp.shift_id),
    "activity_id": equals(Shift.activity_id),
    "organisation_id": equals(Activity.organisation_id),
    "volunteer_id": equals(SignUp.volunteer_id),
    "status": valued(SignUp.sign_up_id, SignUp.status, "confirmed"),
}

SIGN_UPS = Listing(
    name="sign_ups",
    action=Action.VIEW_SIGN_UPS,
    select=_SIGN_UPS,
    key=SignUp.sign_up_id,
    visible=_where_sign_ups_lie,
    sorts={"sign_up_id": SignUp.sign_up_id},
    default_sort="sign_up_id",
    filters=_ASKED_FOR,
    search=_of_volunteers,
)


def sign_ups_of_shift(shift_id: int) -> Listing:
    """The sign-ups of one shift."""
    chosen = SIGN_UPS.select.where(SignUp.shift_id == shift_id)
    return replace(SIGN_UPS, name="sign_ups_of_shift", select=chosen)


def attendance_of_shift(shift_id: int) -> Listing:
    """Who had a place in one shift, and when they were there."""
    chosen = ATTENDANCE.select.where(SignUp.shift_id == shift_id)
    return replace(ATTENDANCE, name="attendance_of_shift", select=chosen)


def requests_to_decide(at: datetime) -> Listing:
    """Requests for shifts to come, the oldest first: what waits for the organisation at `at`."""
    return Listing(
        name="requests_to_decide",
        action=Action.CONFIRM_SIGN_UP,
        select=_SIGN_UPS.where(
            SignUp.status == "requested", Shift.starts_at > at, Shift.cancelled_at.is_(None)
        ),
        key=SignUp.sign_up_id,
        visible=_where_sign_ups_lie,
        sorts={"signed_up_at": SignUp.signed_up_at},
        default_sort="signed_up_at",
        filters=_ASKED_FOR,
    )


def _moment(direction: str, first: bool) -> ColumnElement[datetime]:
    pick = func.min(CheckIn.occurred_at) if first else func.max(CheckIn.occurred_at)
    return (
        select(pick)
        .where(
            CheckIn.volunteer_id == SignUp.volunteer_id,
            CheckIn.shift_id == SignUp.shift_id,
            CheckIn.direction == direction,
        )
        .correlate(SignUp)
        .scalar_subquery()
    )


# Who had a place in a shift, and when they signed in first and out last in a terminal; the warehouse has the taps.
ATTENDANCE = Listing(
    name="attendance",
    action=Action.VIEW_ATTENDANCE,
    select=select(
        SignUp.sign_up_id,
        SignUp.shift_id,
        Shift.activity_id,
        Volunteer.volunteer_no,
        SignUp.volunteer_id,
        SignUp.status,
        _moment("in", first=True).label("signed_in_at"),
        _moment("out", first=False).label("signed_out_at"),
    )
    .outerjoin(Shift, Shift.shift_id == SignUp.shift_id)
    .outerjoin(Activity, Activity.activity_id == Shift.activity_id)
    .outerjoin(Volunteer, Volunteer.volunteer_id == SignUp.volunteer_id)
    .where(SignUp.status.in_(("confirmed", "no_show"))),
    key=SignUp.sign_up_id,
    visible=_where_sign_ups_lie,
    sorts={"sign_up_id": SignUp.sign_up_id},
    default_sort="sign_up_id",
    filters={
        "shift_id": equals(SignUp.shift_id),
        "activity_id": equals(Shift.activity_id),
        "status": valued(SignUp.sign_up_id, SignUp.status, "confirmed"),
    },
    search=_of_volunteers,
)
