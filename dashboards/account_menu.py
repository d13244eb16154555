"""The own account, at the foot of the navigation: who is signed in and as what, the password, and the way out.

Belongs here: its small forms. Does not belong here: accounts of others (admin/accounts.py).
"""

import streamlit as st

from dashboards import forms, signed_in
from dashboards.acting import act
from dashboards.language import language, say
from dashboards.plain_text import markdown_safe
from dashboards.texts import name_of
from operations.commands.accounts import change_password
from operations.commands.sign_ins import choose_role, sign_out
from operations.model import utc_now
from operations.queries.roles import HeldRole
from operations.queries.sign_ins import SignedIn
from operations.rules import rule


def show(stay: SignedIn) -> None:
    """Show who is signed in, the roles to choose from, and what can be done with the account."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{markdown_safe(stay.full_name)}**")
        if len(stay.roles) > 1:
            _choose_role(stay)
        elif stay.acting_as is not None:
            st.caption(markdown_safe(role_label(stay.acting_as)))
        with st.container(horizontal=True, gap="small"):
            if stay.has_password:
                st.button(
                    say("account.change_password"),
                    icon=":material/key:",
                    type="tertiary",
                    on_click=lambda: st.session_state.update(changing_password=True),
                )
            sign_out_button(stay)
    if st.session_state.pop("changing_password", False):
        _change_password_dialog()


def role_label(role: HeldRole) -> str:
    """Return a role with its place, such as `区县管理员 · 西湖区`."""
    name = name_of(language(), "role", str(role.role))
    place = role.place or (say("filter.all_city") if role.area_code else "")
    return f"{name} · {place}" if place else name


def sign_out_button(stay: SignedIn) -> None:
    """Show the button that ends this stay and leads to the sign-in page."""
    if st.button(say("account.sign_out"), icon=":material/logout:", type="tertiary"):
        act(sign_out, sign_in_id=stay.sign_in_id)
        st.session_state.clear()
        st.html("<script>window.location.assign('/sign-out')</script>", unsafe_allow_javascript=True)
        st.stop()


def change_password_page() -> None:
    """Show the form alone, to those who may do nothing else before."""
    stay = signed_in.who()
    with st.container(width=520):
        st.title(say("account.must_change"), anchor=False)
        st.caption(say("account.must_change.about"))
        _change_password_form(stay)
        sign_out_button(stay)


def _choose_role(stay: SignedIn) -> None:
    labels = {role.key: role_label(role) for role in stay.roles}
    keys = list(labels)
    chosen = st.selectbox(
        say("account.acting_as"),
        keys,
        index=keys.index(stay.acting_as.key) if stay.acting_as else 0,
        format_func=lambda key: labels.get(key, key),
        key=f"acting_as_{stay.sign_in_id}",
    )
    if stay.acting_as is not None and chosen != stay.acting_as.key:
        act(choose_role, sign_in_id=stay.sign_in_id, key=chosen)
        st.query_params.clear()
        st.rerun()


def _change_password_dialog() -> None:
    st.dialog(say("account.change_password"))(_change_password_form)(signed_in.who())


def _change_password_form(stay: SignedIn) -> None:
    at = utc_now()
    rules = {"least": rule("password_length_least", at), "kinds": rule("password_kinds_least", at)}
    with forms.Form("change_password", submit=say("account.change_password")) as form:
        old = form.text("old_password", say("account.old_password"), kind="password")
        new = form.text(
            "new_password",
            say("account.new_password"),
            kind="password",
            help=say("account.new_password.help", **rules),
        )
        again = form.text("repeat_password", say("account.repeat_password"), kind="password")
    if form.is_submitted and new != again:
        form.complain("repeat_password", say("account.not_the_same"))
    elif form.is_submitted:
        form.carry_out(
            change_password,
            done=say("account.password_changed"),
            old_password=old,
            new_password=new,
            keep_sign_in_id=stay.sign_in_id,
        )
