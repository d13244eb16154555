"""The minutes in review within reach of who is signed in, as the warehouse saw them last, with what was decided since.

Belongs here: asking for them, for their page and for the page "To do". Does not belong here: which minutes they are
(marts.review_queue), or who may decide (operations.commands.reviews).
"""

import polars as pl

from dashboards import lake
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.waiting_elsewhere import WaitingElsewhere, overdue_before
from operations.access import Action, Role, scope_of
from operations.database import reading
from operations.queries.reviews import newest_decisions, organisations_within
from warehouse.unavailable import LakeUnavailable

MOST = 200
QUEUE = """
    SELECT
        session_id, level, volunteer_id, service_day, organisation_id, activity_id, site_id, channel, in_at, out_at,
        settled_minutes, review_minutes, granted_minutes, waiting_minutes, state, decision_id
    FROM marts.review_queue
    WHERE ($everywhere OR LIST_CONTAINS($organisations, organisation_id))
        AND ($all OR state <> 'decided')
        AND ($session_id = '' OR session_id = $session_id)
    ORDER BY service_day, session_id, level
    LIMIT $most
"""
WAITING = """
    SELECT session_id, level, organisation_id, decision_id, COALESCE(out_at, CAST(service_day AS TIMESTAMP)) AS since
    FROM marts.review_queue
    WHERE ($everywhere OR LIST_CONTAINS($organisations, organisation_id)) AND state <> 'decided' AND level = $level
    ORDER BY since
"""


def queue(*, is_all: bool, session_id: str = "") -> pl.DataFrame:
    """Return what waits, or all; `session_id` asks for one session.

    What was decided since the warehouse was built is in the state `decided_since`, and waits no more.
    """
    with reading(operational_database()) as session:
        found = organisations_within(session, actor(), Action.VIEW_REVIEWS)
    rows = lake.ask(
        QUEUE,
        everywhere=found is None,
        organisations=tuple(found or (-1,)),
        all=is_all,
        session_id=session_id,
        most=MOST,
    )
    rows = rows.with_columns(
        state=pl.when(_decided_since(rows)).then(pl.lit("decided_since")).otherwise(pl.col("state"))
    )
    return rows if is_all else rows.filter(pl.col("state") != "decided_since")


def waiting_reviews() -> list[WaitingElsewhere]:
    """Return how much waits for the decision of who is signed in; nothing while the warehouse cannot be asked.

    Above twelve hours of a day it waits for the city, below for the area and for the organisations above: an
    organisation does not decide on its own.
    """
    who = actor()
    if scope_of(who, Action.REVIEW_MINUTES).kind == "nothing":
        return []
    with reading(operational_database()) as session:
        found = organisations_within(session, who, Action.REVIEW_MINUTES)
    theirs = tuple(one for one in found or () if one != who.organisation_id)
    level = "city" if who.role is Role.CITY_ADMINISTRATOR else "organisation"
    try:
        rows = lake.ask(WAITING, everywhere=found is None, organisations=theirs or (-1,), level=level)
    except LakeUnavailable:
        return []
    waiting = rows.filter(~_decided_since(rows))
    if waiting.is_empty():
        return []
    overdue = int((waiting["since"] < overdue_before()).sum())
    return [WaitingElsewhere("reviews", waiting.height, waiting["since"][0], "admin/reviews", overdue)]


def _decided_since(rows: pl.DataFrame) -> pl.Series:
    """Say of each row whether another decision stands now than the one that the warehouse knows."""
    with reading(operational_database()) as session:
        newest = newest_decisions(session, rows["session_id"].to_list())
    known = rows.select("session_id", "level", "organisation_id", "decision_id").rows()
    return pl.Series([newest.get(tuple(key), of) != of for *key, of in known], dtype=pl.Boolean)
