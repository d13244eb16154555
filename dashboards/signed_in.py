"""Who looks at the pages: from the cookie of the browser to the account and the actor that everything here acts by.

Belongs here: the sign-in behind this session, asked of the database at every run, so that what was withdrawn is gone at
the next click. Does not belong here: HTTP (front_door.py), what a page shows to those who are not signed in
(sign_in_gate.py).
"""

import hashlib
from datetime import datetime

import streamlit as st

from dashboards.operational_database import operational_database
from hub.settings import load
from operations.access import Actor
from operations.commands.sign_ins import NOTED_EVERY, note_seen, sign_in_by_subject
from operations.database import reading, writing
from operations.model import utc_now
from operations.queries.sign_ins import SignedIn, signed_in

COOKIE = "hub_session"
# A test without a browser puts its token here.
TOKEN = "sign_in_token"
FOUND = "signed_in"


def find_signed_in() -> SignedIn | None:
    """Return who is signed in by the cookie or by the city's provider, or None; to be called once a run, first.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    at = utc_now()
    token = st.session_state.get(TOKEN) or st.context.cookies.to_dict().get(COOKIE)
    stay = _stay(token, at) if token else None
    if stay is None:
        token = _token_of_provider(at)
        stay = _stay(token, at) if token else None
    st.session_state[FOUND] = stay
    return stay


def who() -> SignedIn:
    """Return who is signed in, as found at the beginning of this run. Raises RuntimeError where nobody is."""
    stay = st.session_state.get(FOUND)
    if stay is None:
        raise RuntimeError("a page ran before anybody was signed in")
    return stay


def actor() -> Actor:
    """Return the account acting in the role that it chose."""
    return who().actor


def provider_subject() -> str | None:
    """Return what the city's provider calls the person whom it has confirmed to this browser, or None."""
    if not load().has_oidc or not st.user.is_logged_in:
        return None
    return str(st.user.get("sub") or "") or None


def _stay(token: str, at: datetime) -> SignedIn | None:
    engine = operational_database()
    with reading(engine) as session:
        stay = signed_in(session, token, at)
    if stay is not None and at - stay.last_seen_at >= NOTED_EVERY:
        with writing(engine) as session:
            note_seen(session, sign_in_id=stay.sign_in_id, at=at)
    return stay


def _token_of_provider(at: datetime) -> str | None:
    """A token of one visit to the provider: the next visit is another sign-in, a reload of the page is not."""
    subject = provider_subject()
    if subject is None:
        return None
    claims = st.user.to_dict()
    visit = "|".join(str(claims.get(name, "")) for name in ("iss", "sub", "iat", "nonce", "jti", "sid"))
    token = "provider:" + hashlib.sha256(visit.encode()).hexdigest()
    if st.session_state.get("provider_refused") == token:
        return None
    outcome = sign_in_by_subject(
        operational_database(), subject=subject, token=token, at=at, origin=st.context.ip_address or ""
    )
    if outcome.token is None:
        st.session_state["provider_refused"] = token
    return outcome.token
