"""What waits on a page of its own: how much of each kind, since when, and the way there.

Belongs here: one kind as the page "To do" shows it. Does not belong here: finding what waits (waiting_places,
waiting_months, review_queue).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboards import formats
from dashboards.language import say
from operations.model import utc_now
from operations.rules import time_span


@dataclass(frozen=True)
class WaitingElsewhere:
    """How many of one kind wait, since when the longest does (UTC, None: never heard of), the page to go to, and how
    many wait for too long.

    `which` says in words which they are, where that is soon said.
    """

    name: str
    count: int
    since: datetime | None
    page: str
    overdue: int = 0
    which: str = ""


def overdue_before() -> datetime:
    """Return since when what waits has waited for too long, in UTC without zone, as the warehouse has times."""
    now = utc_now()
    return (now - time_span("overdue_after", now)).replace(tzinfo=None)


def show(kinds: Iterable[WaitingElsewhere]) -> None:
    """Show each kind with the way to its page."""
    for one in kinds:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(say(f"to_do.{one.name}"), anchor=False, width="content")
            st.badge(say("to_do.count", n=f"{one.count:,}"), color="blue")
            if one.overdue:
                late = f"{say('to_do.overdue')} {say('to_do.count', n=f'{one.overdue:,}')}"
                st.badge(late, color="red", icon=":material/alarm:")
            since = say("to_do.places_since", time=formats.local_time(one.since))
            st.caption(" · ".join(part for part in (one.which, since) if part), width="content")
            if st.button(say("to_do.places_open"), key=f"open_{one.name}", icon=":material/arrow_forward:"):
                st.switch_page(f"{one.page}.py")
