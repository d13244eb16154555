"""To do: what waits for who is signed in, how long it has waited, and what is overdue.

Belongs here: the page from top to bottom. Does not belong here: the kinds of things that wait (waiting_kinds.py).
"""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards import review_queue, waiting_elsewhere, waiting_months, waiting_places
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.table_view import ROW_PIXELS
from dashboards.waiting_elsewhere import WaitingElsewhere
from dashboards.waiting_kinds import WAITING_KINDS, WaitingKind
from operations.access import scope_of
from operations.database import reading
from operations.model import utc_now
from operations.queries.waiting import Waiting, waiting_in
from operations.rules import time_span

SHOWN_ROWS = 10


def waited(since: datetime, at: datetime) -> str:
    """Return in words how long something has waited."""
    hours = max(int((at - since).total_seconds() // 3600), 0)
    return say("to_do.days", n=hours // 24) if hours >= 24 else say("to_do.hours", n=hours)


def count_of(waiting: Waiting) -> str:
    """Return in words how many wait."""
    key = "to_do.count_capped" if waiting.is_capped else "to_do.count"
    return say(key, n=f"{waiting.total:,}")


def show_kind(kind: WaitingKind, waiting: Waiting, at: datetime) -> None:
    """Show one kind: how many, how many overdue, and the longest waiting of them."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(say(f"to_do.{kind.name}"), anchor=False, width="content")
            st.badge(count_of(waiting), color="blue")
            if waiting.overdue:
                badge = f"{say('to_do.overdue')} {say('to_do.count', n=f'{waiting.overdue:,}')}"
                st.badge(badge, color="red", icon=":material/alarm:")
        limit = at - time_span("overdue_after", at)
        frame = pl.DataFrame(
            {
                "title": [str(row[kind.title]) for row in waiting.rows],
                "since": [row[kind.since].replace(tzinfo=None) + UTC_OFFSET for row in waiting.rows],
                "waits": [waited(row[kind.since], at) for row in waiting.rows],
                "overdue": [say("to_do.overdue") if row[kind.since] < limit else "" for row in waiting.rows],
            }
        )
        event: Any = st.dataframe(
            frame,
            column_config={
                "title": st.column_config.TextColumn(say("to_do.title"), width="large"),
                "since": st.column_config.DatetimeColumn(say("to_do.since"), format="YYYY-MM-DD HH:mm"),
                "waits": say("to_do.waits"),
                "overdue": say("to_do.is_overdue"),
            },
            hide_index=True,
            row_height=ROW_PIXELS,
            height=(frame.height + 1) * ROW_PIXELS + 2,
            on_select="rerun",
            selection_mode="single-cell",
            key=f"waiting_{kind.name}",
            alt=say(f"to_do.{kind.name}"),
        )
        if waiting.total > len(waiting.rows):
            st.caption(say("to_do.longest_first", n=SHOWN_ROWS))
    if event["selection"]["cells"]:
        row = waiting.rows[event["selection"]["cells"][0][0]]
        del st.session_state[f"waiting_{kind.name}"]
        st.switch_page(f"{kind.page}.py", query_params={kind.parameter: str(row[kind.key])})


def show_totals(
    found: list[tuple[WaitingKind, Waiting]], elsewhere: list[WaitingElsewhere], at: datetime
) -> None:
    """Show how much waits in all, whichever database knows it, and the longest of it."""
    moments = [waiting.rows[0][kind.since] for kind, waiting in found]
    moments += [one.since.replace(tzinfo=UTC) for one in elsewhere if one.since is not None]
    totals = {
        "waiting": sum(waiting.total for _, waiting in found) + sum(one.count for one in elsewhere),
        "overdue": sum(waiting.overdue for _, waiting in found) + sum(one.overdue for one in elsewhere),
    }
    with st.grid(3, gap="small", min_column_width=180):
        for name, total in totals.items():
            st.metric(say(f"to_do.{name}"), say("to_do.count", n=f"{total:,}"), border=True)
        st.metric(say("to_do.oldest"), waited(min(moments), at) if moments else "–", border=True)


def show_kinds(found: list[tuple[WaitingKind, Waiting]], at: datetime) -> None:
    """Show each kind, the longest waiting first."""
    st.caption(say("list.open_hint"))
    for kind, waiting in sorted(found, key=lambda pair: pair[1].rows[0][pair[0].since]):
        show_kind(kind, waiting, at)


page_head("to_do")
now = utc_now()
found: list[tuple[WaitingKind, Waiting]] = []
with reading(operational_database()) as session:
    for one in WAITING_KINDS:
        listing = one.at(now)
        if scope_of(actor(), listing.action).kind != "nothing":
            there = waiting_in(session, actor(), listing, since=one.since, at=now, most=SHOWN_ROWS)
            found += [(one, there)] if there.total else []
elsewhere = [
    *review_queue.waiting_reviews(),
    *waiting_months.waiting_months(),
    *waiting_places.waiting_places(),
]
if found or elsewhere:
    show_totals(found, elsewhere, now)
else:
    st.success(say("to_do.nothing"), icon=":material/task_alt:")
if found:
    show_kinds(found, now)
waiting_elsewhere.show(elsewhere)
