"""The accounting months of the points ledger: those that are closed, and those that could be.

Here: telling them. Never here: closing one (commands.points).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, scope_of
from operations.model import PointPeriod, PointTransfer

from .months_to_settle import following, last_month, months_up_to
from .point_amounts import points


def closed_periods(session: Session, *, most: int = 36) -> list[dict[str, Any]]:
    """The months that are closed, the latest first: when, by whom, what volunteers had then, and the end of the chain.

    They tell of nobody; ask permission to see the points of the city before.
    """
    rows = session.execute(
        select(
            PointPeriod.period,
            PointPeriod.closed_at,
            PointPeriod.closed_by,
            points(PointPeriod.outstanding_cents, "outstanding_points"),
            PointPeriod.last_transfer_no,
            PointPeriod.digest,
        )
        .order_by(PointPeriod.period.desc())
        .limit(most)
    ).mappings()
    return [dict(row) for row in rows]


def periods_to_close(session: Session, actor: Actor, at: datetime) -> list[date]:
    """The months (their first days) that are over and open still, the oldest first, for who closes them."""
    if scope_of(actor, Action.CLOSE_PERIOD).kind == "nothing":
        return []
    closed = session.scalar(select(func.max(PointPeriod.period)))
    if closed is not None:
        return list(months_up_to(following(closed), last_month(at)))
    first = session.scalar(select(PointTransfer.period).order_by(PointTransfer.transfer_no).limit(1))
    return list(months_up_to(first, last_month(at)))
