"""Charity shops and their terminals: registering, closing, and what offline terminals hold and could not post.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.shops).
"""

import streamlit as st

from dashboards import forms, lists, records
from dashboards.language import language, say
from dashboards.page_parts import page_head
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.shops import (
    close_shop,
    register_shop,
    register_terminal,
    reopen_shop,
    retire_terminal,
)
from operations.queries.shops import PRE_AUTHORISATIONS, REFUSED_REDEMPTIONS, SHOP_TERMINALS, SHOPS

COLUMNS = {
    "shop_no": "shops.no",
    "name": "shops.name",
    "status": "records.status",
    "organisation_name": "records.organisation",
    "address": "shops.address",
    "opened_at": "shops.opened_at",
    "closed_at": "shops.closed_at",
}
TERMINALS = {
    "terminal_no": "shops.terminal_no",
    "name": "shops.terminal_name",
    "state": "records.status",
    "shop_name": "shops.shop",
    "registered_at": "shops.registered_at",
    "retired_at": "shops.retired_at",
}
OFFLINE = {
    "authorised_at": "shops.authorised_at",
    "state": "records.status",
    "points": "redemptions.points",
    "posted_points": "shops.posted_points",
    "shop_name": "shops.shop",
    "terminal_no": "shops.terminal",
    "upload_until": "shops.upload_until",
}
REFUSED = {
    "redemption_id": "redemptions.id",
    "reason": "shops.why_refused",
    "shop_name": "shops.shop",
    "terminal_no": "shops.terminal",
    "uploaded_at": "shops.uploaded_at",
}


def may(action: Action) -> bool:
    """Whether the viewer may do this anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_list() -> None:
    """Shops, terminals, what is held for offline terminals, and what of theirs was refused."""
    page_head("shops")
    names = ["shops", "terminals", "offline", "refused", *(["new"] if may(Action.REGISTER_SHOP) else [])]
    tabs = st.tabs([say(f"shops.tab.{name}") for name in names])
    with tabs[0]:
        lists.show(
            SHOPS,
            COLUMNS,
            filters=[lists.Choice("status", "records.status", "shop_state")],
            codes={"status": "shop_state"},
            search="shops.no",
            opens="shop",
        )
    with tabs[1]:
        lists.show(SHOP_TERMINALS, TERMINALS, codes={"state": "terminal_state"}, search="shops.terminal_no")
    with tabs[2]:
        lists.show(PRE_AUTHORISATIONS, OFFLINE, codes={"state": "pre_authorisation_state"})
    with tabs[3]:
        lists.show(REFUSED_REDEMPTIONS, REFUSED, search="redemptions.id")
    if may(Action.REGISTER_SHOP):
        with tabs[4]:
            register()


def register() -> None:
    """A new shop."""
    with forms.Form("register_shop", submit=say("shops.register")) as form:
        shop_no = form.text("shop_no", say("shops.no"))
        name = form.text("name", say("shops.name"))
        area_code = form.text("area_code", say("shops.area_code"))
        address = form.text("address", say("shops.address"))
        organisation = form.text("organisation_id", say("shops.organisation_id")).strip()
    if form.is_submitted:
        form.carry_out(
            register_shop,
            done=say("shops.registered"),
            shop_no=shop_no,
            name=name,
            area_code=area_code.strip(),
            address=address,
            organisation_id=int(organisation) if organisation.isdecimal() else None,
        )


def show_shop(shop_id: int) -> None:
    """One shop with its terminals, and what can be done with it."""
    row = records.found(SHOPS, shop_id, "shop")
    is_open = row["status"] == "open"
    state = name_of(language(), "shop_state", row["status"])
    records.head(row["name"], "shop", state=state, is_good=is_open)
    records.fields(row, COLUMNS, {"status": "shop_state"})
    if is_open and may(Action.REGISTER_TERMINAL):
        add_terminal(shop_id)
    if may(Action.RETIRE_TERMINAL):
        with st.expander(say("shops.retire_terminal"), icon=":material/block:"):
            with forms.Form("retire_terminal", submit=say("shops.retire_terminal"), is_danger=True) as form:
                number = form.text("terminal_no", say("shops.terminal_no"))
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    retire_terminal, done=say("shops.retired"), terminal_no=number.strip(), reason=reason
                )
    if may(Action.CLOSE_SHOP):
        label, command, done = (
            ("shops.close", close_shop, "shops.closed")
            if is_open
            else ("shops.reopen", reopen_shop, "shops.reopened")
        )
        with st.expander(say(label), icon=":material/storefront:"):
            with forms.Form(f"{label}_{shop_id}", submit=say(label), is_danger=is_open) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(command, done=say(done), shop_id=shop_id, reason=reason)
    records.history("charity_shops", shop_id)


def add_terminal(shop_id: int) -> None:
    """A new terminal, whose key is shown once."""
    with st.expander(say("shops.add_terminal"), icon=":material/point_of_sale:"):
        with forms.Form("register_terminal", submit=say("shops.add_terminal")) as form:
            number = form.text("terminal_no", say("shops.terminal_no"))
            name = form.text("name", say("shops.terminal_name"))
        if form.is_submitted:
            made = form.try_out(register_terminal, shop_id=shop_id, terminal_no=number, name=name)
            if made is not None:
                st.success(say("shops.key", number=made.terminal.terminal_no), icon=":material/key:")
                st.code(made.key, language=None)


opened = records.opened("shop")
if isinstance(opened, int):
    show_shop(opened)
else:
    show_list()
