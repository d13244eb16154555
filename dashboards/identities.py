"""The full identity of a volunteer, shown to those who say why; everywhere else it is masked.

Belongs here: asking for the reason and showing what came back. Does not belong here: who may, or writing it down
(operations.commands.reveals).
"""

import streamlit as st

from dashboards import forms
from dashboards.language import say
from dashboards.records import fields
from dashboards.signed_in import actor
from operations.access import Action, scope_of
from operations.commands.reveals import reveal_identity

NAMES = {
    "full_name": "identity.full_name",
    "id_type": "identity.id_type",
    "id_number": "identity.id_number",
    "phone": "identity.phone",
    "born_on": "identity.born_on",
}


def offer_to_reveal(volunteer_id: int) -> None:
    """Show the way to a volunteer's full identity, to those who may ask for it; it is shown in this run only."""
    if scope_of(actor(), Action.REVEAL_IDENTITY).kind == "nothing":
        return
    with st.expander(say("identity.reveal"), icon=":material/visibility:"):
        st.caption(say("identity.about"))
        with forms.Form(f"reveal_{volunteer_id}", submit=say("identity.reveal"), border=False) as form:
            reason = forms.reason_field(form)
        if not form.is_submitted:
            return
        identity = form.try_out(reveal_identity, volunteer_id=volunteer_id, reason=reason)
        if identity is not None:
            fields(vars(identity), NAMES, {"id_type": "id_type"})
            st.caption(say("identity.shown"))
