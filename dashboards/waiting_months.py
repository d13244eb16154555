"""The months that are over and wait: of charity shops and suppliers to settle, of the points ledger to close.

Belongs here: this part of the page "To do". Does not belong here: which months they are
(operations.queries.months_to_settle, point_periods), or settling them (the pages that it leads to).
"""

from datetime import date

from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.waiting_elsewhere import WaitingElsewhere
from operations.database import reading
from operations.model import utc_now
from operations.queries.months_to_settle import (
    month_over_at,
    shop_months_to_settle,
    supplier_months_to_close,
)
from operations.queries.point_periods import periods_to_close

KINDS = {
    "shop_months": (shop_months_to_settle, "admin/shop_settlements"),
    "supplier_months": (supplier_months_to_close, "admin/mall_suppliers"),
}


def waiting_months() -> list[WaitingElsewhere]:
    """Return how many months of each kind wait, and which, for who is signed in."""
    found = []
    with reading(operational_database()) as session:
        for name, (ask, page) in KINDS.items():
            if waiting := ask(session, actor(), utc_now()):
                months = sorted({one.month for one in waiting})
                found.append(_waiting(name, len(waiting), months, page))
        if periods := periods_to_close(session, actor(), utc_now()):
            found.append(_waiting("periods", len(periods), periods, "admin/points_reconciliation"))
    return found


def _waiting(name: str, count: int, months: list[date], page: str) -> WaitingElsewhere:
    which = say("to_do.months", months=" · ".join(f"{month:%Y-%m}" for month in months))
    return WaitingElsewhere(name, count, month_over_at(months[0]), page, which=which)
