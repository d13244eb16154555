"""Running a command from a page: one transaction, by who is signed in, now.

Belongs here: the way from a page to a command, and saying in plain words why it was not carried out. Does not belong
here: a rule; the command has them all.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.texts import refusal
from operations.access import NotAllowed
from operations.commands.refusals import Refused
from operations.database import writing
from operations.model import utc_now

T = TypeVar("T")
SAID = "said_after_rerun"


def act(command: Callable[..., T], **arguments: Any) -> T:
    """Carry a command out as who is signed in, and return what it returns.

    Raises `Refused`, `NotAllowed` or `OperationsUnavailable`; then nothing was changed.
    """
    with writing(operational_database()) as session:
        return command(session, actor(), at=utc_now(), **arguments)


def reason_of(problem: Refused | NotAllowed) -> str:
    """Return in plain words why a command was not carried out."""
    if isinstance(problem, NotAllowed):
        return say("problem.not_allowed")
    return refusal(language(), str(problem))


def say_after_rerun(text: str, icon: str = ":material/check_circle:") -> None:
    """Let the next run say at its head that something is done."""
    st.session_state[SAID] = (text, icon)


def say_what_was_done() -> None:
    """Say what the run before has done, once."""
    said = st.session_state.pop(SAID, None)
    if said is not None:
        st.toast(said[0], icon=said[1], duration="long")
