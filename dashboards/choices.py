"""Choosing the organisation that something is done for, among those of who is signed in.

Belongs here: the field. Does not belong here: which they are (operations.queries.reviews).
"""

import streamlit as st

from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from operations.access import Action
from operations.database import reading
from operations.queries.reviews import organisations_to_choose


def choose_organisation(action: Action, key: str) -> int:
    """Show the organisations in which the action is held, to be found by typing a part of the name; return the id."""
    with reading(operational_database()) as session:
        found = organisations_to_choose(session, actor(), action)
    if len(found) == 1:
        return next(iter(found))
    chosen = st.selectbox(
        say("records.organisation"), list(found), format_func=lambda one: found.get(one, str(one)), key=key
    )
    return chosen or 0
