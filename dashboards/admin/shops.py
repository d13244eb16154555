"""Charity shops and their terminals: registering, closing, and what offline terminals hold and could not post.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.shops).
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import forms, lists, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.shop_offline import end_pre_authorisation
from operations.commands.shops import (
    TerminalKey,
    close_shop,
    register_shop,
    register_terminal,
    renew_terminal_key,
    reopen_shop,
    retire_terminal,
    update_shop,
)
from operations.database import reading
from operations.queries.areas import areas_of_kinds, areas_within_reach
from operations.queries.shops import (
    PRE_AUTHORISATIONS,
    REFUSED_REDEMPTIONS,
    SHOP_TERMINALS,
    SHOPS,
    organisations_for_shops,
    terminals_of_shop,
)

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
        lists.show(
            PRE_AUTHORISATIONS, OFFLINE, codes={"state": "pre_authorisation_state"}, opens="pre_authorisation"
        )
    with tabs[3]:
        lists.show(REFUSED_REDEMPTIONS, REFUSED, search="redemptions.id")
    if may(Action.REGISTER_SHOP):
        with tabs[4]:
            register()


def organisation_field(form: forms.Form, action: Action, chosen: int | None = None) -> int | None:
    """Show the organisations that may run a shop, none of them first, and return the id of the one chosen."""
    with reading(operational_database()) as session:
        names = organisations_for_shops(session, actor(), action, chosen)
    options = {"": say("shops.no_organisation"), **{str(one): name for one, name in names.items()}}
    picked = form.choice(
        "organisation_id",
        say("shops.organisation"),
        list(options),
        value=str(chosen or ""),
        format_func=options.__getitem__,
    )
    return int(picked) if picked else None


def register() -> None:
    """A new shop."""
    with reading(operational_database()) as session:
        known = areas_of_kinds(session, ("district", "township"))
        areas = {
            code: known[code]
            for code in areas_within_reach(session, actor(), Action.REGISTER_SHOP)
            if code in known
        }
    with st.container(width=640), forms.Form("register_shop", submit=say("shops.register")) as form:
        shop_no = form.text("shop_no", say("shops.no"))
        name = form.text("name", say("shops.name"))
        area_code = form.choice("area_code", say("people.area"), list(areas), format_func=areas.__getitem__)
        address = form.text("address", say("shops.address"))
        organisation_id = organisation_field(form, Action.REGISTER_SHOP)
    if form.is_submitted:
        form.carry_out(
            register_shop,
            done=say("shops.registered"),
            shop_no=shop_no,
            name=name,
            area_code=area_code,
            address=address,
            organisation_id=organisation_id,
        )


def show_shop(shop_id: int) -> None:
    """One shop with its terminals, and what can be done with it."""
    row = records.found(SHOPS, shop_id, "shop")
    is_open = row["status"] == "open"
    state = name_of(language(), "shop_state", row["status"])
    records.head(row["name"], "shop", state=state, is_good=is_open)
    records.fields(row, COLUMNS, {"status": "shop_state"})
    with reading(operational_database()) as session:
        terminals = terminals_of_shop(session, shop_id)
    st.subheader(say("shops.tab.terminals"), anchor=False)
    columns = {column: label for column, label in TERMINALS.items() if column != "shop_name"}
    related(terminals, columns, codes={"state": "terminal_state"})
    if is_open and may(Action.REGISTER_TERMINAL):
        add_terminal(shop_id)
    in_use = {one["terminal_no"]: one["name"] for one in terminals if one["state"] == "in_use"}
    if in_use and may(Action.RENEW_TERMINAL_KEY):
        renew_key(in_use)
    if in_use and may(Action.RETIRE_TERMINAL):
        retire(in_use)
    if may(Action.UPDATE_SHOP):
        correct(row)
    if may(Action.CLOSE_SHOP):
        close_or_reopen(shop_id, is_open=is_open)
    records.history("charity_shops", shop_id)


def correct(row: Mapping[str, Any]) -> None:
    """What is written down of a shop, corrected with a reason."""
    shop_id = row["shop_id"]
    with st.expander(say("shops.update"), icon=":material/edit:"):
        with forms.Form(f"update_shop_{shop_id}", submit=say("shops.update"), border=False) as form:
            name = form.text("name", say("shops.name"), value=row["name"])
            address = form.text("address", say("shops.address"), value=row["address"])
            organisation_id = organisation_field(form, Action.UPDATE_SHOP, row["organisation_id"])
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                update_shop,
                done=say("shops.updated"),
                shop_id=shop_id,
                name=name,
                address=address,
                organisation_id=organisation_id,
                reason=reason,
            )


def close_or_reopen(shop_id: int, *, is_open: bool) -> None:
    """Let a shop take no more points, or take them again."""
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


def add_terminal(shop_id: int) -> None:
    """A new terminal, whose key is shown once."""
    with st.expander(say("shops.add_terminal"), icon=":material/point_of_sale:"):
        with forms.Form("register_terminal", submit=say("shops.add_terminal"), border=False) as form:
            number = form.text("terminal_no", say("shops.terminal_no"))
            name = form.text("name", say("shops.terminal_name"))
        if form.is_submitted:
            tell_key(form.try_out(register_terminal, shop_id=shop_id, terminal_no=number, name=name))


def renew_key(in_use: Mapping[str, str]) -> None:
    """Another key for a terminal, shown once; the old one is worth nothing any more."""
    label = say("shops.renew_key")
    with st.expander(label, icon=":material/key:"):
        st.caption(say("shops.renew_key.about"))
        with forms.Form("renew_key", submit=label, border=False, is_danger=True) as form:
            number, reason = terminal_field(form, in_use), forms.reason_field(form)
        if form.is_submitted:
            tell_key(form.try_out(renew_terminal_key, terminal_no=number, reason=reason))


def retire(in_use: Mapping[str, str]) -> None:
    """The end of a terminal."""
    label = say("shops.retire_terminal")
    with st.expander(label, icon=":material/block:"):
        with forms.Form("retire_terminal", submit=label, border=False, is_danger=True) as form:
            number, reason = terminal_field(form, in_use), forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(retire_terminal, done=say("shops.retired"), terminal_no=number, reason=reason)


def terminal_field(form: forms.Form, names: Mapping[str, str]) -> str:
    """Show the terminals of a shop, and return the number of the one chosen."""
    return form.choice(
        "terminal_no",
        say("shops.terminal"),
        list(names),
        format_func=lambda number: f"{number} {names[number]}",
    )


def tell_key(made: TerminalKey | None) -> None:
    """Show the key of a terminal, this once; nothing after a refusal."""
    if made is not None:
        st.success(say("shops.key", number=made.terminal.terminal_no), icon=":material/key:")
        st.code(made.key, language=None)


def show_pre_authorisation(pre_authorisation_id: str) -> None:
    """What is held for one offline terminal, and freeing what it did not sell."""
    row = records.found(PRE_AUTHORISATIONS, pre_authorisation_id, "pre_authorisation")
    is_open = row["state"] == "open"
    state = name_of(language(), "pre_authorisation_state", row["state"])
    title = f"{row['shop_name']} {row['terminal_no']}"
    records.head(title, "pre_authorisation", state=state, is_good=is_open)
    shown = {**OFFLINE, "spend_until": "shops.spend_until", "pre_authorisation_id": "shops.pre_authorisation"}
    records.fields(row, shown, {"state": "pre_authorisation_state"})
    if is_open and may(Action.END_PRE_AUTHORISATION):
        with st.expander(say("shops.end_pre_authorisation"), icon=":material/lock_open:"):
            st.caption(say("shops.end_pre_authorisation.about"))
            label = say("shops.end_pre_authorisation")
            with forms.Form("end_pre_authorisation", submit=label, border=False, is_danger=True) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    end_pre_authorisation,
                    done=say("shops.pre_authorisation_ended"),
                    pre_authorisation_id=pre_authorisation_id,
                    reason=reason,
                )
    records.history("shop_pre_authorisations", pre_authorisation_id)


opened, held = records.opened("shop"), records.opened("pre_authorisation")
if isinstance(opened, int):
    show_shop(opened)
elif held is not None:
    show_pre_authorisation(str(held))
else:
    show_list()
