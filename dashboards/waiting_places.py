"""What waits at readers and cards, as the warehouse saw it last: unknown cards to bind, readers to look after.

Belongs here: this part of the page "To do". Does not belong here: what waits in the operational database
(waiting_kinds.py), or when a reader counts as silent (marts.device_health).
"""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboards import formats, lake
from dashboards.language import say
from dashboards.mart_scope import in_reach
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from operations.access import Action, scope_of
from operations.database import reading
from operations.model import utc_now
from operations.queries.cards import held_now
from operations.rules import time_span
from warehouse.unavailable import LakeUnavailable

# `{reach}` is the condition of who looks.
UNKNOWN_CARDS = """
    SELECT card_no, MIN(first_tapped_at) AS since FROM marts.rejected_taps
    WHERE {reach} AND reason = 'unknown_card' AND card_no <> '' GROUP BY card_no ORDER BY since LIMIT 1000
"""
SILENT_DEVICES = """
    WITH silent AS (
        SELECT health.device_no, health.district_code, sites.township_code, health.last_heartbeat_at
        FROM marts.device_health AS health LEFT JOIN marts.sites AS sites ON sites.site_id = health.site_id
        WHERE health.state IN ('silent', 'never_seen')
    )
    SELECT
        COUNT(*) AS silent,
        MIN(last_heartbeat_at) AS since,
        COUNT_IF(last_heartbeat_at IS NULL OR last_heartbeat_at < $limit) AS overdue
    FROM silent
    WHERE {reach}
"""


@dataclass(frozen=True)
class WaitingPlaces:
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


def waiting_places() -> list[WaitingPlaces]:
    """Return what waits within reach of who is signed in; nothing while the warehouse cannot be asked."""
    try:
        return [one for one in (_unknown_cards(), _silent_devices()) if one is not None and one.count]
    except LakeUnavailable:
        return []


def show(places: list[WaitingPlaces]) -> None:
    """Show each kind with the way to its page."""
    for one in places:
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


def _unknown_cards() -> WaitingPlaces | None:
    """The cards that nobody holds yet; those bound since the last build wait for nobody any more."""
    if scope_of(actor(), Action.BIND_CARD).kind == "nothing":
        return None
    reach, bound = in_reach(Action.VIEW_REJECTED_TAPS)
    cards = lake.ask(UNKNOWN_CARDS.format(reach=reach), **bound)
    with reading(operational_database()) as session:
        held = held_now(session, cards["card_no"].to_list())
    waiting = [since for card, since in cards.iter_rows() if card not in held]
    overdue = sum(since < overdue_before() for since in waiting)
    since = min(waiting, default=None)
    return WaitingPlaces("unknown_cards", len(waiting), since, "admin/rejected_taps", overdue)


def _silent_devices() -> WaitingPlaces | None:
    if scope_of(actor(), Action.MOVE_DEVICE).kind == "nothing":
        return None
    reach, bound = in_reach(Action.VIEW_DEVICES)
    asked = SILENT_DEVICES.format(reach=reach)
    row = lake.ask(asked, **bound, limit=overdue_before()).row(0, named=True)
    return WaitingPlaces("silent_devices", row["silent"], row["since"], "admin/devices", row["overdue"])
