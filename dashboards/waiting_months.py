"""The months of charity shops and of suppliers of the mall that are over and wait for who settles them.

Belongs here: this part of the page "To do". Does not belong here: which months they are
(operations.queries.months_to_settle), or settling them (the pages that it leads to).
"""

from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.waiting_places import WaitingPlaces
from operations.database import reading
from operations.model import utc_now
from operations.queries.months_to_settle import (
    month_over_at,
    shop_months_to_settle,
    supplier_months_to_close,
)

KINDS = {
    "shop_months": (shop_months_to_settle, "admin/shop_settlements"),
    "supplier_months": (supplier_months_to_close, "admin/mall_suppliers"),
}


def waiting_months() -> list[WaitingPlaces]:
    """Return how many months of shops and of suppliers wait, and which, for who is signed in."""
    found = []
    with reading(operational_database()) as session:
        for name, (ask, page) in KINDS.items():
            if waiting := ask(session, actor(), utc_now()):
                months = sorted({f"{one.month:%Y-%m}" for one in waiting})
                which = say("to_do.months", months=" · ".join(months))
                since = month_over_at(waiting[0].month)
                found.append(WaitingPlaces(name, len(waiting), since, page, which))
    return found
