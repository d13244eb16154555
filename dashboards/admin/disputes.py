"""Disputes: what must be answered and until when, and what the area decides on appeal.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.disputes).
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import formats, forms, lists, records
from dashboards.choices import choose_organisation
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, Role, scope_of
from operations.commands.by_number import open_dispute_by_number
from operations.commands.disputes import answer_dispute, decide_appeal
from operations.commands.honours import enter_honour_record
from operations.database import reading
from operations.model import utc_now
from operations.model.disputes import DISPUTE_KINDS, OUTCOMES
from operations.queries.disputes import DISPUTES, steps_of
from operations.queries.paging import Wanted, page_of

COLUMNS = {
    "dispute_id": "records.record_id",
    "status": "records.status",
    "kind": "disputes.kind",
    "service_day": "records.service_day",
    "volunteer_no": "records.volunteer_no",
    "organisation_name": "records.organisation",
    "outcome": "disputes.outcome",
    "opened_at": "disputes.opened_at",
    "answer_due_at": "disputes.due",
}
FIELDS = {**COLUMNS, "session_id": "disputes.session_id", "appeal_until": "disputes.appeal_until"}
CODES = {"status": "dispute.status", "kind": "dispute.kind", "outcome": "dispute.outcome"}


def show_list() -> None:
    """What is overdue, the list, and the form to open one for a volunteer."""
    page_head("disputes")
    with reading(operational_database()) as session:
        overdue = page_of(
            session, actor(), DISPUTES, Wanted(filters={"overdue_at": utc_now()}), on=utc_now().date()
        )
    if overdue.total:
        st.warning(say("disputes.overdue_n", n=overdue.total), icon=":material/alarm:")
    may_open = actor().role is not Role.VOLUNTEER and may(Action.OPEN_DISPUTE)
    tabs = st.tabs([say("disputes.tab.list"), *([say("disputes.tab.open")] if may_open else [])])
    with tabs[0]:
        lists.show(
            DISPUTES,
            COLUMNS,
            filters=[lists.Choice("status", "records.status", "dispute.status")],
            codes=CODES,
            search="records.volunteer_no",
            opens="dispute",
        )
    if may_open:
        with tabs[1]:
            open_one()


def open_one() -> None:
    """The form to object for a volunteer."""
    today = (utc_now() + UTC_OFFSET).date()
    with forms.Form("open_dispute", submit=say("disputes.open")) as form:
        organisation_id = choose_organisation(Action.OPEN_DISPUTE, "dispute_organisation")
        values: dict[str, Any] = {
            "volunteer_no": form.text("volunteer_no", say("records.volunteer_no")),
            "kind": form.choice(
                "kind", say("disputes.kind"), DISPUTE_KINDS, format_func=named("dispute.kind")
            ),
            "service_day": form.show("service_day", st.date_input, say("records.service_day"), today),
        }
        session_id = form.text("session_id", say("disputes.session_id"))
        record = form.show(
            "record_id", st.number_input, say("records.record_id"), min_value=0, value=0, step=1
        )
        values["statement"] = form.long_text("statement", say("disputes.statement"))
    if form.is_submitted:
        form.carry_out(
            open_dispute_by_number,
            done=say("disputes.opened"),
            organisation_id=organisation_id,
            session_id=session_id.strip() or None,
            record_id=int(record) or None,
            **values,
        )


def show_dispute(dispute_id: int) -> None:
    """One dispute with its steps, and what can be done now."""
    row = records.found(DISPUTES, dispute_id, "dispute")
    status = row["status"]
    is_overdue = status == "open" and row["answer_due_at"] < utc_now()
    state = say("disputes.overdue") if is_overdue else name_of(language(), "dispute.status", status)
    records.head(
        f"{say('page.disputes')} {dispute_id}",
        "dispute",
        state=state,
        is_good=status not in ("open", "appealed"),
    )
    records.fields(row, FIELDS, CODES)
    show_steps(dispute_id)
    if status == "open" and may(Action.ANSWER_DISPUTE):
        answer(dispute_id)
    if status == "appealed" and may(Action.DECIDE_APPEAL):
        decide(dispute_id)
    if row["outcome"] == "upheld" and not row["is_corrected"]:
        st.info(say("disputes.to_make_good"), icon=":material/build:")
        if may(Action.ENTER_HONOUR_RECORD):
            make_good(row)
    records.history("disputes", dispute_id)


def show_steps(dispute_id: int) -> None:
    """What was said, by whom and when."""
    with reading(operational_database()) as session:
        steps = steps_of(session, dispute_id)
    st.subheader(say("disputes.steps"), anchor=False)
    for step in steps:
        outcome = f" · {name_of(language(), 'dispute.outcome', step.outcome)}" if step.outcome else ""
        role = name_of(language(), "role", step.taken_as)
        name = name_of(language(), "dispute.step", step.step)
        st.markdown(f"**{name}**{outcome} · {role} · {formats.local_time(step.taken_at)}")
        if step.said:
            st.markdown(markdown_safe(step.said))


def answer(dispute_id: int) -> None:
    """The form of the organisation's answer."""
    with forms.Form(f"answer_{dispute_id}", submit=say("disputes.answer")) as form:
        outcome = form.choice(
            "outcome", say("disputes.outcome"), OUTCOMES, format_func=named("dispute.outcome")
        )
        said = form.long_text("answer", say("disputes.answer"))
    if form.is_submitted:
        form.carry_out(
            answer_dispute, done=say("disputes.answered"), dispute_id=dispute_id, outcome=outcome, answer=said
        )


def decide(dispute_id: int) -> None:
    """The form of the area's decision."""
    with forms.Form(f"decide_{dispute_id}", submit=say("disputes.decide")) as form:
        outcome = form.choice(
            "outcome", say("disputes.outcome"), OUTCOMES, format_func=named("dispute.outcome")
        )
        reason = forms.reason_field(form)
    if form.is_submitted:
        form.carry_out(
            decide_appeal, done=say("disputes.decided"), dispute_id=dispute_id, outcome=outcome, reason=reason
        )


def make_good(row: Mapping[str, Any]) -> None:
    """The form of the correction: an honour record of that day, which a second person approves like any other."""
    dispute_id = row["dispute_id"]
    with forms.Form(f"correct_{dispute_id}", submit=say("disputes.correct")) as form:
        minutes = form.show(
            "minutes", st.number_input, say("records.minutes"), min_value=1, max_value=1440, value=60, step=1
        )
        why = say("disputes.correct.reason", n=dispute_id)
        reason = form.long_text("reason", say("records.reason"), value=why)
        evidence = form.long_text("evidence", say("records.evidence"))
    if form.is_submitted:
        form.carry_out(
            enter_honour_record,
            done=say("disputes.corrected"),
            volunteer_id=row["volunteer_id"],
            organisation_id=row["organisation_id"],
            service_day=row["service_day"],
            shift_id=row["shift_id"],
            minutes=int(minutes),
            reason=reason,
            evidence=evidence,
            dispute_id=dispute_id,
        )


def named(prefix: str) -> Any:
    """From code to word."""
    return lambda code: name_of(language(), prefix, code)


def may(action: Action) -> bool:
    """Whether the action is offered at all."""
    return scope_of(actor(), action).kind != "nothing"


opened = records.opened("dispute")
if isinstance(opened, int):
    show_dispute(opened)
else:
    show_list()
