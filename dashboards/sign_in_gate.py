"""What those see who may not go on: not signed in, a stranger, a password to be changed, no role yet.

Belongs here: stopping the run before any page. Does not belong here: the sign-in form itself (front_door.py).
"""

from typing import NoReturn

import streamlit as st

from dashboards import account_menu, page_parts
from dashboards.language import say
from dashboards.signed_in import find_signed_in, provider_subject
from hub.settings import load
from operations.database import OperationsUnavailable
from operations.model import utc_now
from operations.queries.sign_ins import SignedIn
from operations.rules import time_span

# The parameter of the address by which the sign-in page sends people on to the city's provider.
ASKED, PROVIDER = "sign_in", "provider"


def signed_in_or_stop() -> SignedIn:
    """Return who is signed in and may go on; else say what to do, and end the run."""
    try:
        stay = find_signed_in()
    except OperationsUnavailable as problem:
        page_parts.operations_notice(problem)
        st.stop()
    if stay is None:
        _ask_to_sign_in()
    if stay.must_change_password:
        account_menu.change_password_page()
        st.stop()
    if stay.acting_as is None:
        st.title(say("account.no_role"), anchor=False)
        st.info(say("account.no_role.about"), icon=":material/lock:")
        account_menu.sign_out_button(stay)
        st.stop()
    return stay


def _ask_to_sign_in() -> NoReturn:
    if st.query_params.get(ASKED) == PROVIDER and load().has_oidc:
        st.login()
        st.stop()
    subject = provider_subject()
    if subject is not None:
        _stranger(subject)
    minutes = time_span("sign_in_idle_limit", utc_now()).seconds // 60
    st.title(say("sign_in.needed"), anchor=False)
    st.caption(say("sign_in.needed.about", minutes=minutes))
    st.html(f'<a href="/sign-in" target="_self">{say("sign_in.go")}</a>')
    _to_sign_in_page()
    st.stop()


def _stranger(subject: str) -> NoReturn:
    st.title(say("sign_in.stranger"), anchor=False)
    st.info(say("sign_in.stranger.about"), icon=":material/person_off:")
    st.code(subject, language=None)
    st.button(say("account.sign_out"), icon=":material/logout:", on_click=st.logout)
    st.stop()


def _to_sign_in_page() -> None:
    """Lead the browser to the form, and from there back to here."""
    st.html(
        "<script>window.location.replace('/sign-in?next=' + "
        "encodeURIComponent(window.location.pathname + window.location.search))</script>",
        unsafe_allow_javascript=True,
    )
