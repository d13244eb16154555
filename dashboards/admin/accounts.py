"""People and roles: the accounts, whose they are, and what each may act as.

Belongs here: the page from top to bottom; what is offered depends on the actions that the viewer holds. Does not belong
here: a rule (operations.commands.accounts and .roles).
"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards import forms, lists, records
from dashboards.account_areas import choose_area
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.accounts import (
    NewPassword,
    create_account,
    disable_account,
    enable_account,
    reset_password,
    update_account,
)
from operations.commands.roles import grant_role, withdraw_role
from operations.database import reading
from operations.model import GRANTABLE_ROLES
from operations.queries.accounts import ACCOUNTS, STATES, grants_of, owner_of

CODES: dict[str, Any] = {
    "state": "account.state",
    "role": "role",
    "roles": lambda codes: "、".join(
        name_of(language(), "role", code) for code in sorted(set(codes.split(",")) - {""})
    ),
}
NEW_PASSWORD = "new_password_to_hand_over"


def may(action: Action) -> bool:
    """Return whether the viewer holds an action."""
    return scope_of(actor(), action).kind != "nothing"


def hand_over_password() -> None:
    """Show a password that was just drawn, until it is said to be noted."""
    new: NewPassword | None = st.session_state.get(NEW_PASSWORD)
    if new is None:
        return
    with st.container(border=True):
        st.markdown(f"**{say('accounts.made', name=new.account.sign_in_name)}**")
        if new.password is not None:
            st.caption(say("accounts.password"))
            st.code(new.password, language=None)
        if st.button(say("accounts.password_noted"), icon=":material/check:"):
            del st.session_state[NEW_PASSWORD]
            st.rerun()


def keep_password(new: NewPassword | None) -> None:
    """Keep a password that was drawn for the next run, which shows it."""
    if new is not None:
        st.session_state[NEW_PASSWORD] = new
        st.rerun()


def create_form() -> None:
    """Offer to make an account."""
    with st.expander(say("accounts.create"), icon=":material/person_add:"):
        st.caption(say("accounts.create.about"))
        with forms.Form("create_account", submit=say("accounts.create"), border=False) as form:
            with st.grid(3, gap="small", min_column_width=240):
                given: dict[str, Any] = {}
                for field in ("sign_in_name", "full_name", "id_number", "volunteer_no", "oidc_subject"):
                    with st.container():
                        given[field] = form.text(field, say(f"column.{field}"))
            has_password = form.show("has_password", st.checkbox, say("accounts.has_password"), True)
        if form.is_submitted:
            keep_password(form.try_out(create_account, has_password=has_password, **given))


def account_forms(row: dict[str, Any], owner: dict[str, Any]) -> None:
    """Offer what a system administrator can do with the account."""
    account_id = row["account_id"]
    with st.expander(say("accounts.update"), icon=":material/edit:"):
        with forms.Form("update_account", submit=say("accounts.update"), border=False) as form:
            name = form.text("full_name", say("column.full_name"), value=row["full_name"])
            subject = form.text("oidc_subject", say("column.oidc_subject"), value=owner["oidc_subject"] or "")
        if form.is_submitted:
            form.carry_out(
                update_account,
                done=say("accounts.updated"),
                account_id=account_id,
                full_name=name,
                oidc_subject=subject,
            )
    with st.expander(say("accounts.reset"), icon=":material/key:"):
        with forms.Form("reset_password", submit=say("accounts.reset"), border=False) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            keep_password(form.try_out(reset_password, account_id=account_id, reason=reason))
    is_away = row["state"] != "active"
    verb, command = ("enable", enable_account) if is_away else ("disable", disable_account)
    with st.expander(say(f"accounts.{verb}"), icon=":material/lock_open:" if is_away else ":material/lock:"):
        with forms.Form(f"{verb}_account", submit=say(f"accounts.{verb}"), border=False) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(command, done=say(f"accounts.{verb}d"), account_id=account_id, reason=reason)


def roles_part(account_id: int) -> None:
    """Show the roles granted, and offer to grant and withdraw to those who may."""
    with reading(operational_database()) as session:
        grants = grants_of(session, account_id)
    st.subheader(say("accounts.roles"), anchor=False)
    st.caption(say("accounts.roles.organisations"))
    if grants:
        show_grants(grants)
    else:
        st.info(say("accounts.no_roles"), icon=":material/badge:")
    if may(Action.GRANT_ROLE):
        grant_form(account_id)
    standing = [grant for grant in grants if grant["withdrawn_at"] is None]
    if standing and may(Action.WITHDRAW_ROLE):
        withdraw_form(standing)


def show_grants(grants: list[dict[str, Any]]) -> None:
    """Show roles that were granted, withdrawn ones too."""
    rows = [
        {
            "role": name_of(language(), "role", grant["role"]),
            "area": place_of(grant),
            "granted_at": records.readable(grant["granted_at"]),
            "withdrawn_at": records.readable(grant["withdrawn_at"]),
            "reason": grant["reason"],
        }
        for grant in grants
    ]
    headings = {name: say(f"column.{name}") for name in rows[0]} | {"role": say("accounts.role")}
    st.dataframe(pl.DataFrame(rows), column_config=headings, hide_index=True, alt=say("accounts.roles"))


def place_of(grant: dict[str, Any]) -> str:
    """Return the area of a grant in words."""
    return grant["area_name"] or say("accounts.area.city")


def grant_form(account_id: int) -> None:
    """Offer to grant a role."""
    with st.expander(say("accounts.grant"), icon=":material/add_moderator:"):
        role = st.selectbox(
            say("accounts.role"),
            GRANTABLE_ROLES,
            format_func=lambda code: name_of(language(), "role", code),
            key="grant_role_role",
        )
        with forms.Form("grant_role", submit=say("accounts.grant"), border=False) as form:
            area_code = choose_area(form, role)
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                grant_role,
                done=say("accounts.granted"),
                account_id=account_id,
                role=role,
                area_code=area_code,
                reason=reason,
            )


def withdraw_form(standing: list[dict[str, Any]]) -> None:
    """Offer to withdraw a role."""
    names = {
        str(grant["grant_id"]): f"{name_of(language(), 'role', grant['role'])} · {place_of(grant)}"
        for grant in standing
    }
    with st.expander(say("accounts.withdraw"), icon=":material/remove_moderator:"):
        with forms.Form("withdraw_role", submit=say("accounts.withdraw"), border=False) as form:
            grant_id = form.choice(
                "grant_id", say("accounts.role"), list(names), format_func=names.__getitem__
            )
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                withdraw_role, done=say("accounts.withdrawn"), grant_id=int(grant_id), reason=reason
            )


key = records.opened("account")
if key is not None:
    account = records.found(ACCOUNTS, key, "account")
    state = name_of(language(), "account.state", account["state"])
    records.head(account["full_name"], "account", state=state, is_good=account["state"] == "active")
    hand_over_password()
    with reading(operational_database()) as session:
        owner = owner_of(session, account["account_id"])
    names = ("sign_in_name", "id_number", "volunteer_no", "has_password", "oidc_subject", "last_sign_in_at")
    records.fields(account | owner, {name: f"column.{name}" for name in names})
    roles_part(account["account_id"])
    if may(Action.CREATE_ACCOUNT):
        account_forms(account, owner)
    records.history("accounts", account["account_id"])
    st.stop()

page_head("accounts")
hand_over_password()
if may(Action.CREATE_ACCOUNT):
    create_form()
lists.show(
    ACCOUNTS,
    {
        "sign_in_name": "column.sign_in_name",
        "full_name": "column.full_name",
        "roles": "accounts.roles",
        "state": "column.account_state",
        "created_at": "column.created_at",
    },
    codes=CODES,
    search="accounts.search",
    filters=[
        lists.Choice("state", "column.account_state", "account.state", STATES),
        lists.Choice("role", "accounts.role", "role", GRANTABLE_ROLES),
    ],
    opens="account",
)
