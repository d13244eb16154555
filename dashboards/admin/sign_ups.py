"""Sign-ups and attendance: requests that wait, and of one shift who signed up, who waits, who came.

Belongs here: what is shown and offered. Does not belong here: whether it may be done (operations.commands).
"""

from typing import Any

import streamlit as st

from dashboards import forms, lists, records
from dashboards.language import say
from dashboards.page_parts import page_head
from dashboards.signed_in import actor
from operations.access import Action, scope_of
from operations.commands import no_shows, sign_ups
from operations.commands.by_number import invite_by_number
from operations.model import SIGN_UP_STATES, utc_now
from operations.queries.activities import SHIFTS, coming_shifts, past_shifts
from operations.queries.sign_ups import (
    attendance_of_shift,
    requests_to_decide,
    sign_ups_of_shift,
)

COLUMNS = {
    "volunteer_no": "sign_ups.volunteer_no",
    "status": "sign_ups.state",
    "turn": "sign_ups.turn",
    "signed_up_at": "sign_ups.signed_up_at",
    "offer_expires_at": "sign_ups.offer_expires_at",
    "decided_by": "sign_ups.decided_by",
    "decision_reason": "sign_ups.reason",
}
CODES = {"status": "sign_up_state", "decision_reason": "own_reason"}
SHIFT_COLUMNS = {
    "title": "activities.title",
    "starts_at": "activities.starts_at",
    "ends_at": "activities.ends_at",
    "capacity": "activities.capacity",
    "confirmed": "activities.confirmed",
    "waiting": "activities.waiting",
    "requested": "activities.requested",
}


def _bulk(action: Action, command: Any, name: str, *, needs_reason: bool = True) -> lists.BulkAction:
    return lists.BulkAction(
        action, command, f"sign_ups.{name}", "sign_up_id", "volunteer_no", needs_reason=needs_reason
    )


DECIDE = [
    _bulk(Action.CONFIRM_SIGN_UP, sign_ups.confirm_sign_up, "confirm", needs_reason=False),
    _bulk(Action.DECLINE_SIGN_UP, sign_ups.decline_sign_up, "decline"),
]
OF_A_SHIFT = [*DECIDE, _bulk(Action.CANCEL_SIGN_UP, sign_ups.cancel_sign_up, "cancel")]
AFTERWARDS = [
    _bulk(Action.RECORD_NO_SHOW, no_shows.record_no_show, "no_show"),
    _bulk(Action.LIFT_NO_SHOW, no_shows.lift_no_show, "lift"),
]


def show_all() -> None:
    """Show the requests that wait for the viewer, or the shifts to choose from: those to come, or those over."""
    page_head("sign_ups")
    decides = scope_of(actor(), Action.CONFIRM_SIGN_UP).kind != "nothing"
    views = (*(("requests",) if decides else ()), "coming", "past")
    view = st.segmented_control(
        say("activities.view"),
        views,
        default="coming",
        format_func=lambda name: say(f"sign_ups.{name}"),
        key="sign_ups_view",
        required=True,
        label_visibility="collapsed",
    )
    now = utc_now()
    if view == "requests":
        about = {"title": "activities.title", "starts_at": "activities.starts_at"}
        shown = ("volunteer_no", "signed_up_at")
        columns = {**about, **{name: COLUMNS[name] for name in shown}}
        lists.show(requests_to_decide(now), columns, bulk=DECIDE)
        return
    st.caption(say("sign_ups.choose_shift"))
    days = [lists.Days("days", "activities.days")]
    shifts = past_shifts(now) if view == "past" else coming_shifts(now)
    lists.show(shifts, SHIFT_COLUMNS, filters=days, search="activities.search", opens="shift")


def show_shift(shift_id: int | str) -> None:
    """Show who signed up for one shift, and who came."""
    row = records.found(SHIFTS, shift_id, "shift")
    records.head(f"{row['title']} · {records.readable(row['starts_at'])}", "shift")
    names = ("capacity", "confirmed", "waiting")
    records.fields(row, {name: SHIFT_COLUMNS[name] for name in names})
    view = st.segmented_control(
        say("activities.view"),
        ("list", "attendance"),
        default="list",
        format_func=lambda name: say(f"sign_ups.{name}"),
        key="shift_view",
        required=True,
        label_visibility="collapsed",
    )
    if view == "attendance":
        columns = {
            "volunteer_no": "sign_ups.volunteer_no",
            "status": "sign_ups.state",
            "signed_in_at": "sign_ups.signed_in_at",
            "signed_out_at": "sign_ups.signed_out_at",
        }
        listing = attendance_of_shift(row["shift_id"])
        lists.show(listing, columns, codes=CODES, search="sign_ups.volunteer_search", bulk=AFTERWARDS)
        return
    lists.show(
        sign_ups_of_shift(row["shift_id"]),
        COLUMNS,
        filters=[lists.Choice("status", "sign_ups.state", "sign_up_state", SIGN_UP_STATES)],
        codes=CODES,
        search="sign_ups.volunteer_search",
        bulk=OF_A_SHIFT,
    )
    if scope_of(actor(), Action.INVITE).kind != "nothing":
        _invite(row["shift_id"])


def _invite(shift_id: int) -> None:
    with st.expander(say("sign_ups.invite"), icon=":material/person_add:"):
        with forms.Form(f"invite_{shift_id}", submit=say("sign_ups.invite"), border=False) as form:
            number = form.text("volunteer_no", say("sign_ups.volunteer_no"))
        if form.is_submitted:
            form.carry_out(
                invite_by_number, done=say("sign_ups.invited"), volunteer_no=number, shift_id=shift_id
            )


key = records.opened("shift")
if key is None:
    show_all()
else:
    show_shift(key)
