"""Citizen cards: whose they are, and what is done when one is bound, returned, lost, found or issued again.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.cards).
"""

from typing import Any

import streamlit as st

from dashboards import formats, forms, imports, lists, records
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from operations.commands.cards import (
    bind_card_by_number,
    reissue_card,
    report_card_found,
    report_card_lost,
    unbind_card,
)
from operations.commands.import_cards import CARD_COLUMNS, import_cards
from operations.database import reading
from operations.model import utc_now
from operations.queries.cards import CARDS, bindings_of, holder_to_be

COLUMNS = {
    "card_no": "places.column.card_no",
    "volunteer_no": "places.column.volunteer_no",
    "bound_from": "places.column.bound_from",
    "bound_to": "places.column.bound_to",
    "reported_lost_at": "places.column.reported_lost_at",
}
EXAMPLE = {"card_no": "3301000000001", "volunteer_no": "3301060000000001", "bound_from": "2026-08-01"}


def show_list() -> None:
    """The list, and the ways to bind cards."""
    page_head("cards")
    tabs = st.tabs([say("cards.tab.list"), say("cards.tab.bind"), say("cards.tab.import")])
    with tabs[0]:
        lists.show(
            CARDS,
            COLUMNS,
            filters=[
                lists.Choice("state", "column.state", "card.state", ("bound", "lost", "ended")),
                lists.Text("volunteer_no", "places.column.volunteer_no"),
            ],
            search="cards.search",
            opens="binding",
        )
    with tabs[1]:
        st.caption(say("cards.bind_about"))
        with forms.Form("bind_card", submit=say("cards.tab.bind")) as form:
            values = {
                "card_no": form.text("card_no", say("places.column.card_no")),
                "volunteer_no": form.text("volunteer_no", say("places.column.volunteer_no")),
                "bound_on": form.show(
                    "bound_on", st.date_input, say("cards.from_day"), (utc_now() + UTC_OFFSET).date()
                ),
                "reason": forms.reason_field(form),
            }
        if form.is_submitted:
            form.carry_out(bind_card_by_number, done=say("cards.bound"), **values)
    with tabs[2]:
        st.markdown(say("cards.import_about"))
        imports.offer("cards", CARD_COLUMNS, import_cards, examples=[EXAMPLE])


def show_binding(binding_id: int) -> None:
    """One card with its holder: its fields, what can be done with it, its earlier holders, its history."""
    row = records.found(CARDS, binding_id, "binding")
    card_no = row["card_no"]
    state = "ended" if row["bound_to"] else "lost" if row["reported_lost_at"] else "bound"
    records.head(card_no, "binding", state=say(f"card.state.{state}"), is_good=state == "bound")
    with reading(operational_database()) as session:
        holder = holder_to_be(session, actor(), row["volunteer_no"])
        others = [one for one in bindings_of(session, actor(), card_no) if one.binding_id != binding_id]
    records.fields({**row, "holder": holder[1] if holder else None}, {**COLUMNS, "holder": "cards.holder"})
    for one in others:
        st.caption(
            say(
                "cards.other_binding",
                begin=formats.local_time(one.bound_from),
                end=formats.local_time(one.bound_to) if one.bound_to else say("devices.until_now"),
            )
        )
    if state == "bound":
        act_on("report_card_lost", report_card_lost, card_no=card_no)
        act_on("unbind_card", unbind_card, card_no=card_no)
    elif state == "lost":
        with st.expander(say("cards.reissue_card"), icon=":material/autorenew:"):
            st.caption(say("cards.reissue_card_about"))
            with forms.Form(f"reissue_{binding_id}", submit=say("cards.reissue_card"), border=False) as form:
                new = form.text("card_no", say("cards.new_card_no"))
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    reissue_card, done=say("places.saved"), lost_card_no=card_no, card_no=new, reason=reason
                )
    if row["reported_lost_at"]:
        act_on("report_card_found", report_card_found, card_no=card_no)
    records.history("card_bindings", binding_id)
    records.history("cards", card_no)


def act_on(name: str, command: Any, *, card_no: str) -> None:
    """A form that only asks why."""
    with st.expander(say(f"cards.{name}"), icon=":material/credit_card:"):
        st.caption(say(f"cards.{name}_about"))
        with forms.Form(f"{name}_{card_no}", submit=say(f"cards.{name}"), border=False) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(command, done=say("places.saved"), card_no=card_no, reason=reason)


opened = records.opened("binding")
if opened is None:
    show_list()
else:
    show_binding(int(opened) if isinstance(opened, int) else 0)
