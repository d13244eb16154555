"""Accounts of points: the list, one account with its lots and its statement, and one line down to what is behind it.

Belongs here: the page from top to bottom. Does not belong here: a rule, or what is behind a line (point_transfer.py).
"""

from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboards import lake, lists, page_parts, point_transfer, records
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.table_view import points
from operations.database import reading
from operations.queries.areas import areas_of_kinds
from operations.queries.points import POINT_ACCOUNTS, POINT_STATEMENT, holds_of, lots_of

PARAMETER = "account"
COLUMNS = {
    "volunteer_no": "people.volunteer_no",
    "full_name": "people.full_name",
    "status": "people.status",
    "balance": "points.balance",
    "available": "points.available",
    "held": "points.held",
    "owed": "points.owed",
    "opened_at": "points.opened_at",
}
LINES = {
    "transfer_no": "points.transfer_no",
    "posted_at": "points.posted_at",
    "movement": "points.movement_label",
    "points": "points.amount",
    "earned_on": "points.earned_on",
    "other_kind": "points.other",
    "reference": "points.for_what",
    "reason": "points.reason",
}
MONTHS = """
    SELECT
        period, opening_cents, earned_cents, reversed_cents, spent_cents, refunded_cents, expired_cents, adjusted_cents,
        closing_cents
    FROM marts.volunteer_statement
    WHERE volunteer_id = $volunteer_id
    ORDER BY period DESC
"""


def show_list() -> None:
    """All accounts within reach, to be found by number or name."""
    page_parts.page_head("point_accounts")
    with reading(operational_database()) as session:
        districts = areas_of_kinds(session, ("district",))
    lists.show(
        POINT_ACCOUNTS,
        COLUMNS,
        codes={"status": "volunteer_state"},
        filters=(
            lists.Choice("state", "points.state_label", "points.state"),
            lists.Choice("district_code", "people.district", lambda code: districts[code], tuple(districts)),
        ),
        search="vol.search",
        opens=PARAMETER,
    )


def show_account(volunteer_id: int) -> None:
    """One account: what is there, and how it came about."""
    row = records.found(POINT_ACCOUNTS, volunteer_id, PARAMETER)
    owes = row["owed"] > 0
    title = " ".join(part for part in (row["full_name"], row["volunteer_no"]) if part)
    records.head(title, PARAMETER, state=say("points.state.owing") if owes else None, is_good=not owes)
    with st.grid(4, gap="small", min_column_width=160):
        for name in ("available", "balance", "held", "owed"):
            st.metric(
                say(f"points.{name}"), f"{row[name]:,.2f}", border=True, help=say(f"points.{name}.help")
            )
    if owes:
        st.warning(say("points.owes", owed=f"{row['owed']:,.2f}"), icon=":material/block:")
    lines, months, lots, holds = st.tabs(
        [say(f"points.tab.{name}") for name in ("lines", "months", "lots", "holds")]
    )
    with lines:
        show_lines(row)
    with months:
        show_months(volunteer_id)
    with lots:
        show_lots(volunteer_id)
    with holds:
        show_holds(volunteer_id)


def show_lines(row: dict[str, Any]) -> None:
    """Every movement, the newest first; a click leads to what is behind it."""
    lists.show(
        POINT_STATEMENT,
        LINES,
        codes={
            "movement": "points.movement",
            "other_kind": "points.other_kind",
            "reference": point_transfer.purpose,
        },
        filters=(lists.Days("posted_at", "points.posted_at"),),
        opens=point_transfer.PARAMETER,
        fixed={"account_id": row["account_id"]},
    )


def show_months(volunteer_id: int) -> None:
    """The statement by month, as the warehouse has it."""
    st.caption(say("points.months_about"))
    frame = lake.ask(MONTHS, volunteer_id=volunteer_id)
    cents = [name for name in frame.columns if name.endswith("_cents")]
    told = frame.with_columns(
        pl.col("period").dt.strftime("%Y-%m"),
        *(points(name).alias(name) for name in cents),
    )
    related(
        told.to_dicts(),
        {"period": "points.period", **{name: f"points.{name.removesuffix('_cents')}" for name in cents}},
    )


def show_lots(volunteer_id: int) -> None:
    """What is left of each month, and when it runs out."""
    st.caption(say("points.lots_about"))
    with reading(operational_database()) as session:
        found = lots_of(session, actor(), volunteer_id)
    months = [{**lot, "earned_month": f"{lot['earned_month']:%Y-%m}"} for lot in found]
    related(
        months,
        {
            "earned_month": "points.earned_month",
            "remaining": "points.remaining",
            "held": "points.held",
            "owed": "points.owed",
            "expires_on": "points.expires_on",
            "notified_on": "points.notified_on",
        },
    )
    if found:
        total = sum((lot["remaining"] - lot["owed"] for lot in found), Decimal(0))
        st.caption(say("points.lots_total", total=f"{total:,.2f}"))


def show_holds(volunteer_id: int) -> None:
    """What is promised and not spent yet."""
    st.caption(say("points.holds_about"))
    with reading(operational_database()) as session:
        found = holds_of(session, actor(), volunteer_id)
    told = [{**one, "reference": point_transfer.purpose(one["reference"])} for one in found]
    related(
        told,
        {
            "held_at": "points.held_at",
            "points": "points.amount",
            "reference": "points.for_what",
            "expires_at": "points.hold_ends",
        },
    )


transfer = records.opened(point_transfer.PARAMETER)
account = records.opened(PARAMETER)
if transfer is not None:
    point_transfer.show(transfer)
elif isinstance(account, int):
    show_account(account)
else:
    show_list()
