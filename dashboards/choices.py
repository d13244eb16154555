"""Choosing the organisation that something is done for, among those of who is signed in.

Belongs here: the field. Does not belong here: which they are (operations.queries.reviews).
"""

import streamlit as st

from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from operations.access import Action
from operations.database import reading
from operations.queries.reviews import organisations_within

# More than these are not listed: their number is typed.
MOST_LISTED = 200


def choose_organisation(action: Action, key: str) -> int:
    """Show the organisations in which the action is held, or a field for the number of one of many; return its id."""
    with reading(operational_database()) as session:
        found = organisations_within(session, actor(), action)
    if found is None or len(found) > MOST_LISTED:
        typed = st.number_input(say("records.organisation_id"), min_value=0, step=1, key=key)
        return int(typed)
    if len(found) == 1:
        return next(iter(found))
    chosen = st.selectbox(
        say("records.organisation"), list(found), format_func=lambda one: found.get(one, str(one)), key=key
    )
    return chosen or 0
