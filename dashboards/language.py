"""The language of this viewer's pages.

Belongs here: which language is on, and saying a text in it. Does not belong here: the texts (texts/).
"""

import streamlit as st

from dashboards.texts import LANGUAGES, text

STATE = "language"
IN_ADDRESS = "lang"


def language() -> str:
    """Return the language that is on: `zh` or `en`."""
    return st.session_state.get(STATE, LANGUAGES[0])


def say(key: str, **values: object) -> str:
    """Return a text of texts/ in the language that is on."""
    return text(language(), key, **values)


def choose_language(default: str) -> None:
    """Show the switch and remember the choice in this session and in the address (`?lang=en`)."""
    current = st.session_state.get(STATE) or st.query_params.get(IN_ADDRESS, default)
    current = current if current in LANGUAGES else default
    chosen = st.segmented_control(
        text(current, "app.language"),
        LANGUAGES,
        default=current,
        key="language_switch",
        format_func=lambda code: text(code, "app.language_name"),
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    st.session_state[STATE] = chosen or current
    if st.session_state[STATE] != default:
        st.query_params[IN_ADDRESS] = st.session_state[STATE]
    else:
        st.query_params.pop(IN_ADDRESS, None)
