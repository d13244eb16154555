"""Points added or taken by hand: the list, asking for it, and deciding as a second person.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.adjustments).
"""

from typing import Any
from uuid import uuid4

import streamlit as st
from sqlalchemy.orm import Session

from dashboards import forms, lists, records
from dashboards.language import language, say
from dashboards.page_parts import page_head
from dashboards.signed_in import actor
from dashboards.texts import name_of
from dashboards.typed_points import cents_of
from operations.access import Action, Actor, scope_of
from operations.commands.adjustments import ask_for_adjustment, decide_adjustment
from operations.commands.by_number import volunteer_numbered
from operations.model import PointAdjustment
from operations.queries.adjustments import ADJUSTMENTS

COLUMNS = {
    "adjustment_no": "adjustments.no",
    "state": "records.status",
    "volunteer_no": "records.volunteer_no",
    "points": "redemptions.points",
    "reason": "records.reason",
    "asked_by_no": "adjustments.asked_by",
    "asked_at": "adjustments.asked_at",
    "decided_by_no": "adjustments.decided_by",
    "decided_at": "adjustments.decided_at",
}
FIELDS = {
    **COLUMNS,
    "decision_reason": "adjustments.decision_reason",
    "transfer_no": "redemptions.transfer_no",
}
CODES = {"state": "adjustment_state"}


def show_list() -> None:
    """The list, and the way to a new one."""
    page_head("adjustments")
    may_ask = scope_of(actor(), Action.ASK_FOR_ADJUSTMENT).kind != "nothing"
    tabs = st.tabs([say("adjustments.tab.list"), *([say("adjustments.tab.ask")] if may_ask else [])])
    with tabs[0]:
        lists.show(
            ADJUSTMENTS,
            COLUMNS,
            filters=[lists.Choice("state", "records.status", "adjustment_state")],
            codes=CODES,
            search="records.volunteer_no",
            opens="adjustment",
        )
    if may_ask:
        with tabs[1]:
            ask()


def ask() -> None:
    """Whose points, how many, and why."""
    with forms.Form("ask_for_adjustment", submit=say("adjustments.ask")) as form:
        number = form.text("volunteer_no", say("records.volunteer_no"))
        typed = form.text("amount_cents", say("adjustments.points"), placeholder="5.00")
        reason = forms.reason_field(form)
    if form.is_submitted:
        form.carry_out(
            ask_by_number,
            done=say("adjustments.asked"),
            adjustment_id=str(uuid4()),
            volunteer_no=number,
            amount_cents=cents_of(typed),
            reason=reason,
        )


def ask_by_number(
    session: Session, by: Actor, *, volunteer_no: str, amount_cents: int, **asked: Any
) -> PointAdjustment:
    """Ask for the volunteer with this number."""
    found = volunteer_numbered(session, volunteer_no)
    return ask_for_adjustment(session, by, volunteer_id=found, amount_cents=amount_cents, **asked)


def show_adjustment(adjustment_no: int) -> None:
    """One adjustment, its history, and the decision."""
    row = records.found(ADJUSTMENTS, adjustment_no, "adjustment")
    state = name_of(language(), "adjustment_state", row["state"])
    records.head(row["volunteer_no"], "adjustment", state=state, is_good=row["state"] == "granted")
    records.fields(row, FIELDS, CODES)
    if row["state"] == "asked" and scope_of(actor(), Action.DECIDE_ADJUSTMENT).kind != "nothing":
        with forms.Form(f"decide_{adjustment_no}", submit=say("adjustments.decide")) as form:
            decision = form.choice(
                "decision",
                say("adjustments.decision"),
                ("granted", "refused"),
                format_func=lambda code: name_of(language(), "adjustment_decision", code),
            )
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                decide_adjustment,
                done=say("adjustments.decided"),
                adjustment_no=adjustment_no,
                decision=decision,
                reason=reason,
            )
    records.history("point_adjustments", adjustment_no)


opened = records.opened("adjustment")
if isinstance(opened, int):
    show_adjustment(opened)
else:
    show_list()
