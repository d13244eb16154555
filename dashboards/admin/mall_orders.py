"""Orders of the mall: sending, handing out for a code, cancelling, giving back; one order with all that became of it.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.mall_fulfilment).
"""

from typing import Any
from uuid import uuid4

import polars as pl
import streamlit as st

from dashboards import forms, lists, records
from dashboards.csv_download import to_csv
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.mall_addresses import reveal_delivery_addresses
from operations.commands.mall_fulfilment import cancel_order, fulfil_order, hand_out_order
from operations.commands.mall_refunds import refund_order
from operations.database import reading
from operations.model import utc_now
from operations.queries.mall import ORDERS, lines_of_order, refunds_of_order
from operations.queries.paging import Wanted, page_of
from operations.rules import rule

COLUMNS = {
    "order_id": "mall.order",
    "status": "records.status",
    "goods": "mall.goods",
    "points": "mall.points",
    "refunded_points": "mall.refunded",
    "delivery_way": "mall.way",
    "volunteer_no": "records.volunteer_no",
    "supplier_name": "mall.supplier",
    "ordered_at": "mall.ordered_at",
    "expires_at": "mall.expires_at",
}
FIELDS = {
    **COLUMNS,
    "pick_up_site": "mall.pick_up_site",
    "recipient_name": "mall.recipient",
    "phone": "mall.phone",
    "address": "mall.address",
    "fulfilled_at": "mall.fulfilled_at",
    "fulfilled_by": "mall.by",
    "tracking_no": "mall.tracking_no",
    "ended_at": "mall.ended_at",
    "decision_reason": "column.reason",
    "transfer_id": "points.transfer_id",
}
CODES = {"status": "order_state", "delivery_way": "delivery_way"}
LINES = {
    "item_name": "mall.item",
    "quantity": "mall.quantity",
    "unit_points": "mall.price",
    "points": "mall.points",
    "refunded_quantity": "mall.refunded_quantity",
}
REFUNDS = {
    "refunded_at": "mall.refunded_at",
    "points": "mall.points",
    "is_restocked": "mall.is_restocked",
    "refunded_by": "mall.by",
    "reason": "column.reason",
}
GOOD = ("paid", "fulfilled")
SEND = lists.BulkAction(
    Action.FULFIL_ORDER, fulfil_order, "mall.fulfil", "order_id", "order_id", icon=":material/local_shipping:"
)


def may(action: Action) -> bool:
    """Whether the viewer may do this anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_list() -> None:
    """All orders; those to be sent; the counter where they are handed out."""
    page_head("mall_orders")
    names = ["orders"]
    names += ["to_send"] if may(Action.FULFIL_ORDER) else []
    names += ["counter"] if may(Action.HAND_OUT_ORDER) else []
    tabs = dict(zip(names, st.tabs([say(f"mall.tab.{name}") for name in names]), strict=True))
    with tabs["orders"]:
        lists.show(
            ORDERS,
            COLUMNS,
            filters=[
                lists.Choice("status", "records.status", "order_state"),
                lists.Choice("delivery_way", "mall.way", "delivery_way", ("delivery", "pick_up")),
                lists.Days("ordered_days", "mall.ordered_at"),
            ],
            codes=CODES,
            search="mall.order_search",
            opens="order",
            bulk=[SEND],
        )
    if "to_send" in tabs:
        with tabs["to_send"]:
            to_send()
    if "counter" in tabs:
        with tabs["counter"]:
            counter()


def to_send() -> None:
    """The oldest orders that wait to be sent, and their addresses as a file for who packs them."""
    most = rule("mall_bulk_limit", utc_now())
    wanted = Wanted(filters={"status": "paid", "delivery_way": "delivery"}, sort="order_id", page_rows=most)
    with reading(operational_database()) as session:
        waiting = page_of(session, actor(), ORDERS, wanted, on=utc_now().date())
    if not waiting.rows:
        st.info(say("mall.none_to_send"), icon=":material/check_circle:")
        return
    st.write(say("mall.to_send.about", n=waiting.total))
    related(waiting.rows, {"order_id": "mall.order", "goods": "mall.goods", "expires_at": "mall.expires_at"})
    with forms.Form("packing_list", submit=say("mall.packing_list")) as form:
        reason = forms.reason_field(form)
    if form.is_submitted:
        goods = {row["order_id"]: row["goods"] for row in waiting.rows}
        found = form.try_out(reveal_delivery_addresses, order_ids=list(goods), reason=reason)
        if found is not None:
            rows = [{**vars(one), "goods": goods[one.order_id]} for one in found]
            st.session_state["packing_list"] = packing_list(rows)
    if (content := st.session_state.get("packing_list")) is not None:
        st.download_button(
            say("mall.packing_list.download"),
            content,
            f"packing_list_{utc_now():%Y%m%d%H%M}.csv",
            "text/csv",
            icon=":material/download:",
            on_click=lambda: st.session_state.pop("packing_list", None),
        )


def packing_list(rows: list[dict[str, Any]]) -> bytes:
    """The file for who packs: order, whom it goes to, where, and what is in it."""
    names = ("order_id", "recipient_name", "phone", "address", "goods")
    labels = ("mall.order", "mall.recipient", "mall.phone", "mall.address", "mall.goods")
    headings = {name: say(label) for name, label in zip(names, labels, strict=True)}
    return to_csv(pl.DataFrame(rows).select(names), headings)


def counter() -> None:
    """Handing out to who shows a code, typed or scanned."""
    st.caption(say("mall.counter.about"))
    with st.container(width=480), forms.Form("hand_out", submit=say("mall.hand_out")) as form:
        code = form.text("code", say("mall.code"))
    if form.is_submitted:
        order = form.try_out(hand_out_order, code=code)
        if order is not None:
            with reading(operational_database()) as session:
                lines = lines_of_order(session, order.order_id)
            st.success(say("mall.handed_out", order=order.order_id), icon=":material/shopping_bag:")
            related(lines, {"item_name": "mall.item", "quantity": "mall.quantity"})


def show_order(order_id: int) -> None:
    """One order: what it is of, what was given back, its history, and what can be done with it."""
    row = records.found(ORDERS, order_id, "order")
    state = name_of(language(), "order_state", row["status"])
    records.head(say("mall.order_no", order=order_id), "order", state=state, is_good=row["status"] in GOOD)
    records.fields(row, FIELDS, CODES)
    with reading(operational_database()) as session:
        lines, refunds = lines_of_order(session, order_id), refunds_of_order(session, order_id)
    st.subheader(say("mall.lines"), anchor=False)
    related(lines, LINES)
    if refunds:
        st.subheader(say("mall.refunds"), anchor=False)
        related(refunds, REFUNDS)
    if row["status"] == "paid":
        send(row)
        cancel(order_id)
    if row["status"] == "fulfilled" and may(Action.REFUND_ORDER):
        refund(order_id, lines)
    records.history("mall_orders", order_id)


def send(row: dict[str, Any]) -> None:
    """The address, and that the order was sent."""
    if row["delivery_way"] != "delivery" or not may(Action.FULFIL_ORDER):
        return
    order_id = row["order_id"]
    with st.expander(say("mall.show_address"), icon=":material/visibility:"):
        with forms.Form(f"address_{order_id}", submit=say("mall.show_address"), border=False) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            found = form.try_out(reveal_delivery_addresses, order_ids=[order_id], reason=reason)
            for one in found or []:
                st.code(f"{one.recipient_name}  {one.phone}\n{one.address}", language=None, wrap_lines=True)
    with st.expander(say("mall.fulfil"), icon=":material/local_shipping:"):
        with forms.Form(f"fulfil_{order_id}", submit=say("mall.fulfil")) as form:
            number = form.text("tracking_no", say("mall.tracking_no"))
        if form.is_submitted:
            form.carry_out(fulfil_order, done=say("mall.sent"), order_id=order_id, tracking_no=number)


def cancel(order_id: int) -> None:
    """Not fulfilling the order."""
    if not may(Action.CANCEL_ORDER):
        return
    with st.expander(say("mall.cancel"), icon=":material/cancel:"):
        st.caption(say("mall.cancel.about"))
        with forms.Form(f"cancel_{order_id}", submit=say("mall.cancel"), is_danger=True) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(cancel_order, done=say("mall.cancelled"), order_id=order_id, reason=reason)


def refund(order_id: int, lines: list[dict[str, Any]]) -> None:
    """Giving back some pieces or all that are left."""
    with st.expander(say("mall.refund"), icon=":material/undo:"):
        st.caption(say("mall.refund.about"))
        with forms.Form(f"refund_{order_id}", submit=say("mall.refund"), is_danger=True) as form:
            back = {
                line["item_id"]: form.show(
                    "lines" if line is lines[-1] else f"lines_{line['item_id']}",
                    st.number_input,
                    line["item_name"],
                    0,
                    left,
                    left,
                    step=1,
                )
                for line in lines
                if (left := line["quantity"] - line["refunded_quantity"])
            }
            is_restocked = form.show("is_restocked", st.checkbox, say("mall.is_restocked"))
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                refund_order,
                done=say("mall.given_back"),
                refund_id=str(uuid4()),
                order_id=order_id,
                lines={item_id: int(quantity) for item_id, quantity in back.items() if quantity},
                is_restocked=is_restocked,
                reason=reason,
            )


opened = records.opened("order")
if isinstance(opened, int):
    show_order(opened)
else:
    show_list()
