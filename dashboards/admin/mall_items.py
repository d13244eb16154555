"""The catalogue of the mall: what is offered, with pictures and stock; adding, describing, receiving, taking off sale.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.mall_items, mall_stock).
"""

from typing import Any

import streamlit as st

from dashboards import forms, item_form, lists, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.mall_items import add_item, put_on_sale, set_item_picture, take_off_sale, update_item
from operations.commands.mall_stock import correct_stock, receive_stock
from operations.database import reading
from operations.model import utc_now
from operations.queries.mall import MALL_ITEMS, STOCK_MOVES, picture_of, pictures_of, suppliers_to_choose
from operations.queries.paging import Wanted, page_of

COLUMNS = {
    "name": "mall.item",
    "status": "records.status",
    "category_code": "mall.category",
    "points": "mall.price",
    "stock": "mall.stock",
    "supplier_name": "mall.supplier",
    "opens_at": "mall.opens_at",
    "closes_at": "mall.closes_at",
}
FIELDS = {
    **COLUMNS,
    "delivery_way": "mall.way",
    "limit_per_day": "mall.limit_per_day",
    "limit_per_quarter": "mall.limit_per_quarter",
    "limit_in_all": "mall.limit_in_all",
    "description": "mall.description",
}
CODES = {"status": "item_state", "category_code": "item_category", "delivery_way": "delivery_way"}
MOVES = {
    "moved_at": "mall.moved_at",
    "kind": "mall.move_kind",
    "quantity": "mall.quantity",
    "item_name": "mall.item",
    "order_id": "mall.order",
    "actor": "mall.by",
    "reason": "column.reason",
}
SHOWN_IN_WINDOW = 24


def may(action: Action) -> bool:
    """Whether the viewer may do this anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_list() -> None:
    """The shop window, all items, what moved the stock, and a new item."""
    page_head("mall_items")
    names = ["window", "items", "moves", *(["new"] if may(Action.ADD_ITEM) else [])]
    tabs = st.tabs([say(f"mall.tab.{name}") for name in names])
    with tabs[0]:
        window()
    with tabs[1]:
        lists.show(
            MALL_ITEMS,
            COLUMNS,
            filters=[
                lists.Choice("status", "records.status", "item_state"),
                lists.Choice("category_code", "mall.category", "item_category"),
                lists.Choice("is_sold_out", "mall.is_sold_out", "mall.sold_out"),
            ],
            codes=CODES,
            search="mall.item",
            opens="item",
        )
    with tabs[2]:
        lists.show(
            STOCK_MOVES,
            MOVES,
            filters=[lists.Choice("kind", "mall.move_kind", "stock_move")],
            codes={"kind": "stock_move"},
        )
    if may(Action.ADD_ITEM):
        with tabs[3]:
            new_item()


def window() -> None:
    """What volunteers see now: the newest items on sale with their pictures."""
    wanted = Wanted(filters={"status": "on_sale"}, page_rows=SHOWN_IN_WINDOW)
    with reading(operational_database()) as session:
        rows = page_of(session, actor(), MALL_ITEMS, wanted, on=utc_now().date()).rows
        pictures = pictures_of(session, [row["item_id"] for row in rows])
    if not rows:
        st.info(say("mall.window.empty"), icon=":material/storefront:")
    with st.grid(4, gap="small", min_column_width=200):
        for row in rows:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                card(row, pictures.get(row["item_id"]))


def card(row: dict[str, Any], picture: bytes | None) -> None:
    """One item in the window."""
    if picture is not None:
        st.image(picture, width="stretch")
    st.markdown(f"**{markdown_safe(row['name'])}**")
    st.caption(name_of(language(), "item_category", row["category_code"]))
    st.markdown(say("mall.costs", points=row["points"]))
    left = say("mall.left", n=row["stock"]) if row["stock"] else say("mall.sold_out.true")
    st.badge(left, color="green" if row["stock"] else "orange")


def new_item() -> None:
    """A draft of a supplier."""
    with reading(operational_database()) as session:
        suppliers = suppliers_to_choose(session)
    if not suppliers:
        st.info(say("mall.no_suppliers"), icon=":material/local_shipping:")
        return
    st.caption(say("mall.new.about"))
    with st.container(width=760):
        item_form.show("add_item", add_item, done=say("mall.added"), suppliers=suppliers)


def show_item(item_id: int) -> None:
    """One item with its picture, its stock, and what can be done with it."""
    row = records.found(MALL_ITEMS, item_id, "item")
    is_on_sale = row["status"] == "on_sale"
    state = name_of(language(), "item_state", row["status"])
    records.head(row["name"], "item", state=state, is_good=is_on_sale)
    with reading(operational_database()) as session:
        picture = picture_of(session, item_id)
    if picture is not None:
        st.image(picture, width=240)
    records.fields(row, FIELDS, CODES)
    if may(Action.UPDATE_ITEM):
        offer(row, is_on_sale=is_on_sale)
        stock(row)
        with st.expander(say("mall.update"), icon=":material/edit:"):
            item_form.show(f"update_{item_id}", update_item, done=say("mall.saved"), row=row, item_id=item_id)
        upload(item_id)
    st.subheader(say("mall.tab.moves"), anchor=False)
    lists.show(
        STOCK_MOVES,
        {name: label for name, label in MOVES.items() if name != "item_name"},
        codes={"kind": "stock_move"},
        fixed={"item_id": item_id},
    )
    records.history("mall_items", item_id)


def offer(row: dict[str, Any], *, is_on_sale: bool) -> None:
    """Putting the item on sale, or taking it off."""
    item_id = row["item_id"]
    label = "mall.take_off_sale" if is_on_sale else "mall.put_on_sale"
    with st.expander(say(label), icon=":material/sell:"):
        with forms.Form(f"{label}_{item_id}", submit=say(label), is_danger=is_on_sale) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            command = take_off_sale if is_on_sale else put_on_sale
            done = say("mall.is_off_sale" if is_on_sale else "mall.is_on_sale")
            form.carry_out(command, done=done, item_id=item_id, reason=reason)


def stock(row: dict[str, Any]) -> None:
    """What came in, and what was counted."""
    item_id = row["item_id"]
    with st.expander(say("mall.receive"), icon=":material/add_box:"):
        with forms.Form(f"receive_{item_id}", submit=say("mall.receive")) as form:
            quantity = form.show("quantity", st.number_input, say("mall.quantity"), 1, 1_000_000, 1, step=1)
            reason = form.text("reason", say("form.reason"))
        if form.is_submitted:
            form.carry_out(
                receive_stock,
                done=say("mall.received"),
                item_id=item_id,
                quantity=int(quantity),
                reason=reason,
            )
    with st.expander(say("mall.correct"), icon=":material/inventory:"):
        st.caption(say("mall.correct.about"))
        with forms.Form(f"correct_{item_id}", submit=say("mall.correct"), is_danger=True) as form:
            counted = form.show(
                "counted", st.number_input, say("mall.counted"), 0, 1_000_000, row["stock"], step=1
            )
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                correct_stock,
                done=say("mall.corrected"),
                item_id=item_id,
                counted=int(counted),
                reason=reason,
            )


def upload(item_id: int) -> None:
    """Another picture."""
    with st.expander(say("mall.picture"), icon=":material/image:"):
        with forms.Form(f"picture_{item_id}", submit=say("mall.picture.save")) as form:
            file: Any = form.show(
                "content", st.file_uploader, say("mall.picture.file"), type=["png", "jpg", "jpeg"]
            )
        if form.is_submitted:
            form.carry_out(
                set_item_picture,
                done=say("mall.picture.saved"),
                item_id=item_id,
                content=b"" if file is None else file.getvalue(),
                media_type="" if file is None else file.type,
            )


opened = records.opened("item")
if isinstance(opened, int):
    show_item(opened)
else:
    show_list()
