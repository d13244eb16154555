"""Honour records: entering them one by one or by file, and deciding on them.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.honours).
"""

from datetime import date, datetime, time
from typing import Any

import streamlit as st

from dashboards import formats, forms, lists, record_files, records
from dashboards.choices import choose_organisation
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import service_day_of
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.by_number import enter_honour_record_by_number
from operations.commands.honours import approve_honour_record, withdraw_honour_approval
from operations.database import reading
from operations.local_time import LOCAL
from operations.model import utc_now
from operations.queries.honours import HONOUR_RECORDS, decisions_on
from operations.rules import rule

COLUMNS = {
    "record_id": "records.record_id",
    "status": "records.status",
    "service_day": "records.service_day",
    "volunteer_no": "records.volunteer_no",
    "organisation_name": "records.organisation",
    "minutes": "records.minutes",
    "reason": "records.reason",
    "entered_by_no": "records.entered_by",
    "entered_at": "records.entered_at",
}
FIELDS = {
    **COLUMNS,
    "evidence": "records.evidence",
    "shift_id": "records.shift_id",
    "started_at": "records.started_at",
    "ended_at": "records.ended_at",
    "import_id": "records.import_id",
}
BULK = [
    lists.BulkAction(
        Action.APPROVE_HONOUR_RECORD,
        approve_honour_record,
        "honours.approve",
        "record_id",
        "record_id",
        icon=":material/check:",
        fixed=(("decision", "approved"),),
    ),
    lists.BulkAction(
        Action.APPROVE_HONOUR_RECORD,
        approve_honour_record,
        "honours.refuse",
        "record_id",
        "record_id",
        needs_reason=True,
        icon=":material/close:",
        fixed=(("decision", "refused"),),
    ),
]


def show_list() -> None:
    """The list, and for those who enter records the two ways to do it."""
    page_head("honour_records")
    may_enter = scope_of(actor(), Action.ENTER_HONOUR_RECORD).kind != "nothing"
    names = ["honours.tab.list", *(["honours.tab.enter", "honours.tab.import"] if may_enter else [])]
    tabs = st.tabs([say(name) for name in names])
    with tabs[0]:
        lists.show(
            HONOUR_RECORDS,
            COLUMNS,
            filters=[lists.Choice("status", "records.status", "honour.status")],
            codes={"status": "honour.status"},
            search="records.volunteer_no",
            opens="record",
            bulk=BULK,
        )
    if may_enter:
        with tabs[1]:
            enter()
        with tabs[2]:
            organisation_id = choose_organisation(Action.ENTER_HONOUR_RECORD, "honour_import_organisation")
            record_files.offer(organisation_id)


def enter() -> None:
    """The form for one record."""
    st.caption(say("honours.enter_about", threshold=rule("second_approval_above", utc_now())))
    today = service_day_of(utc_now())
    has_times = st.toggle(say("records.has_times"), key="honour_has_times")
    with forms.Form("enter_honour", submit=say("honours.enter")) as form:
        organisation_id = choose_organisation(Action.ENTER_HONOUR_RECORD, "honour_organisation")
        values: dict[str, Any] = {
            "volunteer_no": form.text("volunteer_no", say("records.volunteer_no")),
            "service_day": form.show("service_day", st.date_input, say("records.service_day"), today),
            "minutes": form.show("minutes", st.number_input, say("records.minutes"), 1, 1440, 60, 1),
        }
        if has_times:
            begin = form.show("started_at", st.time_input, say("records.started_at"), time(9), step=60)
            end = form.show("ended_at", st.time_input, say("records.ended_at"), time(11), step=60)
            values["started_at"] = moment(values["service_day"], begin)
            values["ended_at"] = moment(values["service_day"], end)
        shift = form.show("shift_id", st.number_input, say("records.shift_id"), min_value=0, value=0, step=1)
        values["reason"] = form.long_text("reason", say("records.reason"))
        values["evidence"] = form.text("evidence", say("records.evidence"))
    if form.is_submitted:
        form.carry_out(
            enter_honour_record_by_number,
            done=say("honours.entered"),
            organisation_id=organisation_id,
            shift_id=int(shift) or None,
            **values,
        )


def moment(day: date, clock: time) -> datetime:
    """A local time of a day."""
    return datetime.combine(day, clock, LOCAL)


def show_record(record_id: int) -> None:
    """One record, every decision on it, and what can be done now."""
    row = records.found(HONOUR_RECORDS, record_id, "record")
    status = row["status"]
    state = name_of(language(), "honour.status", status)
    records.head(
        f"{say('records.record_id')} {record_id}", "record", state=state, is_good=status == "approved"
    )
    records.fields(row, FIELDS, {"status": "honour.status"})
    with reading(operational_database()) as session:
        decisions = decisions_on(session, record_id)
    if decisions:
        st.subheader(say("honours.decisions"), anchor=False)
    for decision, number in decisions:
        name = name_of(language(), "honour.status", decision.decision)
        told = f"**{name}** · {number} · {formats.local_time(decision.decided_at)}"
        st.markdown(told + (f" · {markdown_safe(decision.reason)}" if decision.reason else ""))
    if status in ("entered", "endorsed") and may(Action.APPROVE_HONOUR_RECORD):
        decide(record_id)
    if status == "approved" and may(Action.WITHDRAW_HONOUR_APPROVAL):
        with st.expander(say("honours.withdraw"), icon=":material/undo:"):
            st.caption(say("honours.withdraw_about"))
            with forms.Form(f"withdraw_{record_id}", submit=say("honours.withdraw"), is_danger=True) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    withdraw_honour_approval,
                    done=say("honours.withdrawn"),
                    record_id=record_id,
                    reason=reason,
                )
    records.history("honour_records", record_id)


def decide(record_id: int) -> None:
    """The form to approve or refuse."""
    options = {"approved": "honours.approve", "refused": "honours.refuse"}
    with forms.Form(f"decide_{record_id}", submit=say("records.decision")) as form:
        decision = form.choice(
            "decision", say("records.decision"), list(options), format_func=lambda code: say(options[code])
        )
        reason = form.long_text("reason", say("form.reason"))
    if form.is_submitted:
        form.carry_out(
            approve_honour_record,
            done=say("honours.decided"),
            record_id=record_id,
            decision=decision,
            reason=reason,
        )


def may(action: Action) -> bool:
    """Whether the action is offered at all."""
    return scope_of(actor(), action).kind != "nothing"


opened = records.opened("record")
if isinstance(opened, int):
    show_record(opened)
else:
    show_list()
