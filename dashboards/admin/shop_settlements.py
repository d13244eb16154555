"""What charity shops are owed: settling last month, handing out the files, and whether all three accounts agree.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.shop_settlements).
"""

from datetime import datetime

import polars as pl
import streamlit as st
from sqlalchemy.orm import Session

from dashboards import forms, lists, records
from dashboards.formats import points
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.plain_text import markdown_safe
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.table_view import show_table
from operations.access import Action, Actor, scope_of
from operations.commands.shop_settlements import settle_shop, settlement_file
from operations.database import reading
from operations.model import utc_now
from operations.queries.months_to_settle import MonthToSettle, last_month, shop_months_to_settle
from operations.queries.shop_reconciliation import reconcile_shops
from operations.queries.shops import SHOP_SETTLEMENTS

COLUMNS = {
    "period": "settlements.period",
    "shop_no": "shops.no",
    "shop_name": "shops.shop",
    "opening_points": "settlements.opening",
    "redemptions": "settlements.redemptions",
    "redeemed_points": "settlements.redeemed",
    "refunds": "settlements.refunds",
    "refunded_points": "settlements.refunded",
    "closing_points": "settlements.closing",
    "made_at": "settlements.made_at",
    "made_by": "settlements.made_by",
}
FIELDS = {**COLUMNS, "sha256": "proofs.sha256"}
CHECK = {
    "period": "settlements.period",
    "shop_no": "shops.no",
    "shop": "shops.shop",
    "ledger": "settlements.ledger",
    "redemptions": "settlements.in_redemptions",
    "files": "settlements.in_files",
    "waiting": "settlements.waiting",
    "agrees": "settlements.agrees",
}

WAITING = {"month": "settlements.period", "name": "shops.shop"}


def show_list() -> None:
    """The settlements, the reconciliation, and settling."""
    page_head("shop_settlements")
    may_settle = scope_of(actor(), Action.SETTLE_SHOP).kind != "nothing"
    names = ["list", "check", *(["make"] if may_settle else [])]
    tabs = st.tabs([say(f"settlements.tab.{name}") for name in names])
    with tabs[0]:
        lists.show(SHOP_SETTLEMENTS, COLUMNS, search="shops.no", opens="settlement")
    with tabs[1]:
        show_check()
    if may_settle:
        with tabs[2]:
            settle()


def show_check() -> None:
    """The three accounts of each shop and month beside each other."""
    with reading(operational_database()) as session:
        found = reconcile_shops(session, actor())
    different = sum(not row.agrees for row in found)
    if different:
        st.error(say("settlements.differs", n=different), icon=":material/error:")
    else:
        st.success(say("settlements.all_agree"), icon=":material/check_circle:")
    rows = [
        {
            "period": f"{row.period:%Y-%m}",
            "shop_no": row.shop_no,
            "shop": row.shop_name,
            "ledger": points(row.ledger_cents),
            "redemptions": points(row.redemption_cents),
            "files": points(row.file_cents),
            "waiting": points(row.waiting_cents),
            "agrees": say("yes") if row.agrees else say("no"),
        }
        for row in found
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(CHECK, pl.String))
    show_table(
        frame, CHECK, file_name="shop_reconciliation", name=say("settlements.tab.check"), key="shop_check"
    )


def settle() -> None:
    """Settle every month that is over and waits, of each shop whose accounts agree."""
    now = utc_now()
    with reading(operational_database()) as session:
        waiting = shop_months_to_settle(session, actor(), now)
        wrong = {row.shop_id for row in reconcile_shops(session, actor()) if not row.agrees}
    kept_back = sorted({one.name for one in waiting if one.owner_id in wrong})
    if kept_back:
        st.error(
            say("settlements.kept_back", shops=" · ".join(markdown_safe(name) for name in kept_back)),
            icon=":material/error:",
        )
    waiting = [one for one in waiting if one.owner_id not in wrong]
    if not waiting:
        if not kept_back:
            st.info(
                say("settlements.none_open", month=f"{last_month(now):%Y-%m}"), icon=":material/check_circle:"
            )
        return
    st.write(say("settlements.make_about", n=len(waiting)))
    related([vars(one) | {"month": f"{one.month:%Y-%m}"} for one in waiting], WAITING)
    with forms.Form("settle_shops", submit=say("settlements.make")) as form:
        pass
    if form.is_submitted:
        form.carry_out(settle_shops, done=say("settlements.made", n=len(waiting)), months=waiting)


def settle_shops(session: Session, by: Actor, *, months: list[MonthToSettle], at: datetime) -> int:
    """Settle months of shops in one transaction, the oldest first, so that each has a file of its own."""
    for one in sorted(months, key=lambda one: one.month):
        settle_shop(session, by, shop_id=one.owner_id, period=one.month, at=at)
    return len(months)


def show_settlement(settlement_id: int) -> None:
    """One settlement and its file."""
    row = records.found(SHOP_SETTLEMENTS, settlement_id, "settlement")
    records.head(f"{row['shop_name']} {row['period']:%Y-%m}", "settlement")
    records.fields(row, FIELDS)
    with reading(operational_database()) as session:
        made = settlement_file(session, actor(), settlement_id=settlement_id)
    st.download_button(
        say("settlements.download"), made.content, made.name, "text/csv", icon=":material/download:"
    )
    records.history("shop_settlements", settlement_id)


opened = records.opened("settlement")
if isinstance(opened, int):
    show_settlement(opened)
else:
    show_list()
