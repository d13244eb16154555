"""Proofs of service: finding what can be certified, issuing, printing again, revoking.

Belongs here: the page from top to bottom. Does not belong here: what counts (marts.service_records), or a rule
(operations.commands.proofs).
"""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboards import forms, lake, lists, records
from dashboards.acting import reason_of
from dashboards.choices import choose_organisation
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.by_number import volunteer_numbered
from operations.commands.proofs import (
    Issued,
    ServiceRow,
    Signatories,
    issue_proof,
    print_proof_again,
    revoke_proof,
)
from operations.commands.refusals import Refused
from operations.database import reading
from operations.model import utc_now
from operations.proof_numbers import shown_number
from operations.queries.proofs import PROOFS, look_ups_of
from operations.queries.reviews import names_for
from operations.queries.visible import and_below
from operations.rules import rule

COLUMNS = {
    "proof_no": "proofs.number",
    "state": "records.status",
    "volunteer_no": "records.volunteer_no",
    "organisation_name": "records.organisation",
    "first_day": "proofs.first_day",
    "last_day": "proofs.last_day",
    "minutes": "records.minutes",
    "issued_at": "proofs.issued_at",
}
FIELDS = {
    **COLUMNS,
    "revoked_at": "proofs.revoked_at",
    "revoked_reason": "proofs.revoked_reason",
    "sha256": "proofs.sha256",
}
SERVICE = """
    SELECT session_id, service_day, organisation_id, activity_id, site_id, hour_kind, minutes
    FROM marts.service_records
    WHERE volunteer_id = $volunteer_id AND service_day BETWEEN $first AND $last AND minutes > 0
        AND dispute_id IS NULL AND LIST_CONTAINS($organisations, organisation_id)
    ORDER BY service_day, session_id
"""


def show_list() -> None:
    """The list, and the way to a new proof."""
    page_head("proofs")
    may_issue = scope_of(actor(), Action.ISSUE_PROOF).kind != "nothing"
    tabs = st.tabs([say("proofs.tab.list"), *([say("proofs.tab.issue")] if may_issue else [])])
    with tabs[0]:
        lists.show(
            PROOFS,
            COLUMNS,
            filters=[lists.Choice("state", "records.status", "proof.state")],
            codes={"state": "proof.state"},
            search="proofs.number",
            opens="proof",
        )
    if may_issue:
        with tabs[1]:
            issue()


def issue() -> None:
    """First whose service and when, then what there is of it and who answers for it."""
    notice = rule("proof_notice", utc_now())
    last = (utc_now() + UTC_OFFSET).date() - timedelta(days=notice)
    organisation_id = choose_organisation(Action.ISSUE_PROOF, "proof_organisation")
    number = st.text_input(say("records.volunteer_no"), key="proof_volunteer_no").strip()
    days = st.date_input(
        say("look_up.period"), (last - timedelta(days=365), last), max_value=last, key="proof_days"
    )
    if not number or not isinstance(days, tuple) or len(days) != 2:
        return
    found = service(number, organisation_id, days[0], days[1])
    if found is None:
        return
    volunteer_id, rows = found
    if not rows:
        st.info(say("proofs.no_rows", days=notice), icon=":material/search_off:")
        return
    show_rows(rows)
    with forms.Form("issue_proof", submit=say("proofs.issue")) as form:
        content = form.text("content", say("proofs.content"))
        client = form.text("client", say("proofs.client"))
        signed = Signatories(
            form.text("person_in_charge", say("proofs.person_in_charge")),
            form.text("handler", say("proofs.handler")),
            form.text("contact", say("proofs.contact")),
        )
    if form.is_submitted:
        issued = form.try_out(
            issue_proof,
            volunteer_id=volunteer_id,
            organisation_id=organisation_id,
            rows=[replace(row, content=content, client=client) for row in rows],
            signatories=signed,
            look_up_base=look_up_address(),
        )
        if issued is not None:
            st.session_state["proof_file"] = issued
    hand_over()


def service(
    number: str, organisation_id: int, first: date, last: date
) -> tuple[int, list[ServiceRow]] | None:
    """Whose number it is, and what of their service for the organisation and those below it counts, in words."""
    with reading(operational_database()) as session:
        try:
            volunteer_id = volunteer_numbered(session, number)
        except Refused as problem:
            st.warning(reason_of(problem), icon=":material/person_off:")
            return None
        organisations = tuple(session.scalars(and_below(organisation_id))) or (organisation_id,)
        frame = lake.ask(
            SERVICE, volunteer_id=volunteer_id, first=first, last=last, organisations=organisations
        )
        named = names_for(
            session,
            activities=frame["activity_id"].drop_nulls().to_list(),
            sites=frame["site_id"].to_list(),
            organisations=frame["organisation_id"].to_list(),
        )
    rows = []
    for one in frame.iter_rows(named=True):
        place = named["sites"].get(one["site_id"], "")
        activity = named["activities"].get(one["activity_id"] or 0)
        told = activity or place or named["organisations"].get(one["organisation_id"], "")
        rows.append(
            ServiceRow(
                session_id=one["session_id"],
                day=one["service_day"],
                organisation_id=one["organisation_id"],
                minutes=one["minutes"],
                hour_kind=one["hour_kind"],
                activity=told or say("category.convenience"),
                place=place,
            )
        )
    return volunteer_id, rows


def show_rows(rows: list[ServiceRow]) -> None:
    """What will be certified."""
    minutes = sum(row.minutes for row in rows)
    time = say("look_up.time", hours=minutes // 60, minutes=minutes % 60)
    st.caption(say("proofs.found", n=len(rows), time=time))
    st.dataframe(
        pl.DataFrame(rows).select("day", "activity", "place", "minutes"),
        column_config={
            "day": say("records.service_day"),
            "activity": say("reviews.activity"),
            "place": say("reviews.site"),
            "minutes": say("records.minutes"),
        },
        hide_index=True,
        key="proof_rows",
    )


def look_up_address() -> str:
    """Where anybody looks a number up: this server, as the browser reaches it."""
    parts = (st.context.url or "http://localhost").split("/")
    return "/".join(parts[:3]) + "/look-up"


def hand_over() -> None:
    """The PDF that was made last, to be downloaded."""
    issued: Issued | None = st.session_state.get("proof_file")
    if issued is None:
        return
    number = shown_number(issued.proof.proof_no)
    st.success(say("proofs.issued", number=number), icon=":material/workspace_premium:")
    st.download_button(
        say("proofs.download"),
        issued.pdf,
        f"{number}.pdf",
        "application/pdf",
        icon=":material/download:",
        type="primary",
        on_click=lambda: st.session_state.pop("proof_file", None),
    )


def show_proof(proof_id: int) -> None:
    """One proof, how often it was looked up, and what can be done with it."""
    row = records.found(PROOFS, proof_id, "proof")
    state = name_of(language(), "proof.state", row["state"])
    records.head(shown_number(row["proof_no"]), "proof", state=state, is_good=row["state"] == "issued")
    records.fields(row, FIELDS, {"state": "proof.state"})
    with reading(operational_database()) as session:
        counts = look_ups_of(session, proof_id)
    st.caption(f"{say('proofs.look_ups')}: {sum(counts.values())}")
    if row["state"] == "issued":
        if scope_of(actor(), Action.ISSUE_PROOF).kind != "nothing":
            with st.expander(say("proofs.print"), icon=":material/print:"):
                with forms.Form(f"print_{proof_id}", submit=say("proofs.print"), border=False) as form:
                    reason = forms.reason_field(form)
                if form.is_submitted:
                    issued = form.try_out(print_proof_again, proof_id=proof_id, reason=reason)
                    if issued is not None:
                        st.session_state["proof_file"] = issued
                hand_over()
        if scope_of(actor(), Action.REVOKE_PROOF).kind != "nothing":
            with st.expander(say("proofs.revoke"), icon=":material/block:"):
                st.caption(say("proofs.revoke_about"))
                with forms.Form(f"revoke_{proof_id}", submit=say("proofs.revoke"), is_danger=True) as form:
                    reason = forms.reason_field(form)
                if form.is_submitted:
                    form.carry_out(revoke_proof, done=say("proofs.revoked"), proof_id=proof_id, reason=reason)
    records.history("proofs", proof_id)


opened = records.opened("proof")
if isinstance(opened, int):
    show_proof(opened)
else:
    show_list()
