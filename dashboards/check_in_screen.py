"""The changing check-in code of a shift, for a screen at the place.

Belongs here: showing it. Does not belong here: how it is made (operations.commands.check_in_codes).
"""

from typing import Any

import streamlit as st

from dashboards.acting import act, reason_of
from dashboards.language import say
from operations.access import NotAllowed
from operations.commands.check_in_codes import show_check_in_code
from operations.commands.refusals import Refused
from operations.model import utc_now
from operations.qr_code import qr_svg

LOOKS_EVERY_SECONDS = 5
QR_PIXELS = 220


@st.fragment(run_every=LOOKS_EVERY_SECONDS)
def show_code(shift_id: int) -> None:
    """Show the code while it is asked for; another is fetched only when the one shown has ended."""
    key = f"code_{shift_id}"
    is_on = st.toggle(say("activities.code.show"), key=f"{key}_on")
    if not is_on:
        st.session_state.pop(key, None)
        return
    shown: Any = st.session_state.get(key)
    if shown is None or shown.until <= utc_now():
        try:
            shown = st.session_state[key] = act(show_check_in_code, shift_id=shift_id)
        except (Refused, NotAllowed) as problem:
            st.warning(reason_of(problem))
            return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.image(qr_svg(shown.qr_content, QR_PIXELS), width=QR_PIXELS, caption=say("activities.code.scan"))
        st.metric(
            say("activities.code"),
            f"{shown.digits[:3]} {shown.digits[3:]}",
            border=True,
            width="content",
        )
    st.caption(say("activities.code.about"))
