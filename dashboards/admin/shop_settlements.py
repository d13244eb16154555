"""What charity shops are owed: settling last month, handing out the files, and whether all three accounts agree.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.shop_settlements).
"""

from datetime import date, datetime, timedelta

import polars as pl
import streamlit as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboards import forms, lists, records
from dashboards.formats import points
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.table_view import show_table
from operations.access import Action, Actor, scope_of
from operations.commands.shop_settlements import settle_shop, settlement_file
from operations.database import reading
from operations.model import CharityShop, ShopSettlement, utc_now
from operations.queries.shop_reconciliation import reconcile_shops
from operations.queries.shops import SHOP_SETTLEMENTS, visible_shops

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
    """Settle last month of all shops that are not settled yet."""
    month = ((utc_now() + UTC_OFFSET).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    with reading(operational_database()) as session:
        waiting = unsettled(session, actor(), month)
    if not waiting:
        st.info(say("settlements.none_open", month=f"{month:%Y-%m}"), icon=":material/check_circle:")
        return
    st.write(say("settlements.make_about", month=f"{month:%Y-%m}", n=len(waiting)))
    with forms.Form("settle_shops", submit=say("settlements.make")) as form:
        pass
    if form.is_submitted:
        form.carry_out(
            settle_shops, done=say("settlements.made", n=len(waiting)), shop_ids=waiting, month=month
        )


def unsettled(session: Session, by: Actor, month: date) -> list[int]:
    """The shops of the viewer that were there in a month and have no settlement from it on."""
    settled = select(ShopSettlement.shop_id).where(ShopSettlement.period >= month)
    shops = select(CharityShop.shop_id).where(
        visible_shops(scope_of(by, Action.SETTLE_SHOP)), CharityShop.shop_id.not_in(settled)
    )
    return list(session.scalars(shops.order_by(CharityShop.shop_id)))


def settle_shops(session: Session, by: Actor, *, shop_ids: list[int], month: date, at: datetime) -> int:
    """Settle the month of several shops in one transaction."""
    for shop_id in shop_ids:
        settle_shop(session, by, shop_id=shop_id, period=month, at=at)
    return len(shop_ids)


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
