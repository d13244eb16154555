"""What waits for somebody: how much of a list, since when, how much of it for too long, and the first of it.

Here: counting any list of waiting things. Never here: which lists there are; the pages name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Actor
from operations.rules import time_span

from .paging import Listing, Wanted, counted, page_of


@dataclass(frozen=True)
class Waiting:
    """How much waits (`is_capped`: more than `total`, uncounted), how much for too long, and the first rows."""

    total: int
    is_capped: bool
    overdue: int
    rows: list[dict[str, Any]]


def waiting_in(
    session: Session, actor: Actor, listing: Listing, *, since: str, at: datetime, most: int
) -> Waiting:
    """What waits in a list for `actor`; `since` is the sort that tells from when on, the longest first.

    What waits for longer than `overdue_after` is overdue.

    Raises `NotAllowed` if the actor may see nothing of this kind anywhere.
    """
    page = page_of(session, actor, listing, Wanted(sort=since, page_rows=most), on=at)
    is_late = listing.sorts[since] < at - time_span("overdue_after", at)
    overdue = len(counted(session, actor, listing, is_late, on=at).keys)
    return Waiting(page.total, page.is_capped, overdue, page.rows)
