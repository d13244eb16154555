"""The mall as those see it who may: suppliers, items and their stock, orders and what they are of, suppliers' months.

Names, telephone numbers and addresses of who ordered are masked before they leave (masks.py); seeing the whole is a
command (`operations.commands.mall_addresses.reveal_delivery_addresses`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select, true
from sqlalchemy.orm import Session

from operations.access import Action, Scope
from operations.model import (
    MallDeliveryAddress,
    MallItem,
    MallOrder,
    MallOrderLine,
    MallPicture,
    MallRefund,
    MallSettlement,
    MallStockMove,
    MallSupplier,
    Site,
    Volunteer,
)

from .masks import address_masked, name_masked, phone_masked
from .paging import Listing, equals, on_days
from .point_amounts import points
from .prefixes import starts_with
from .visible import within


def _everything(_value: Any) -> ColumnElement[bool]:
    return true()


def _of_administrators(scope: Scope) -> ColumnElement[bool]:
    """The mall is one for the city: who administers a part of it sees it whole."""
    return within(scope, district_code=_everything, township_code=_everything, organisation_id=_everything)


def _visible_items(scope: Scope) -> ColumnElement[bool]:
    """Volunteers see what is on sale."""
    return within(
        scope,
        district_code=_everything,
        township_code=_everything,
        organisation_id=_everything,
        volunteer_id=lambda _: MallItem.status == "on_sale",
    )


def _visible_orders(scope: Scope) -> ColumnElement[bool]:
    """Orders to be picked up are the matter of who runs the place, and everybody sees their own."""
    return within(
        scope,
        district_code=Site.district_code,
        township_code=Site.township_code,
        organisation_id=Site.organisation_id,
        volunteer_id=MallOrder.volunteer_id,
    )


SUPPLIERS = Listing(
    name="suppliers",
    action=Action.VIEW_MALL,
    select=select(
        MallSupplier.supplier_id,
        MallSupplier.name,
        MallSupplier.uscc,
        MallSupplier.status,
        MallSupplier.contact_name,
        MallSupplier.contact_phone,
        MallSupplier.pick_up_site_id,
        Site.name.label("pick_up_site"),
        MallSupplier.registered_at,
        MallSupplier.ended_at,
    ).outerjoin(Site, Site.site_id == MallSupplier.pick_up_site_id),
    key=MallSupplier.supplier_id,
    visible=_of_administrators,
    sorts={"name": MallSupplier.name, "supplier_id": MallSupplier.supplier_id},
    default_sort="supplier_id",
    filters={"status": equals(MallSupplier.status)},
    search=(MallSupplier.name,),
)
MALL_ITEMS = Listing(
    name="mall_items",
    action=Action.VIEW_MALL,
    select=select(
        MallItem.item_id,
        MallItem.name,
        MallItem.description,
        MallItem.category_code,
        MallItem.status,
        points(MallItem.price_cents, "points"),
        MallItem.price_cents,
        MallItem.stock,
        MallItem.supplier_id,
        MallSupplier.name.label("supplier_name"),
        MallItem.delivery_way,
        MallItem.limit_per_day,
        MallItem.limit_per_quarter,
        MallItem.limit_in_all,
        MallItem.opens_at,
        MallItem.closes_at,
        MallItem.added_at,
    ).join(MallSupplier, MallSupplier.supplier_id == MallItem.supplier_id),
    key=MallItem.item_id,
    visible=_visible_items,
    sorts={"item_id": MallItem.item_id, "name": MallItem.name},
    default_sort="-item_id",
    filters={
        "status": equals(MallItem.status),
        "category_code": equals(MallItem.category_code),
        "supplier_id": equals(MallItem.supplier_id),
        "is_sold_out": lambda value: (MallItem.stock == 0) if value == "true" else (MallItem.stock > 0),
    },
    search=(MallItem.name,),
)
STOCK_MOVES = Listing(
    name="stock_moves",
    action=Action.VIEW_MALL,
    select=select(
        MallStockMove.move_id,
        MallStockMove.item_id,
        MallItem.name.label("item_name"),
        MallStockMove.kind,
        MallStockMove.quantity,
        MallStockMove.order_id,
        MallStockMove.moved_at,
        MallStockMove.actor,
        MallStockMove.reason,
    ).join(MallItem, MallItem.item_id == MallStockMove.item_id),
    key=MallStockMove.move_id,
    visible=_of_administrators,
    sorts={"move_id": MallStockMove.move_id},
    default_sort="-move_id",
    filters={"item_id": equals(MallStockMove.item_id), "kind": equals(MallStockMove.kind)},
)


def _called(words: str) -> ColumnElement[bool]:
    """Orders of volunteers whose number begins so, and the order of this number."""
    by_volunteer = starts_with(Volunteer.volunteer_no, words)
    is_number = words.isascii() and words.isdigit() and len(words) < 19
    return or_(by_volunteer, MallOrder.order_id == int(words)) if is_number else by_volunteer


_GOODS = (
    select(
        func.aggregate_strings(MallOrderLine.item_name + " × " + cast(MallOrderLine.quantity, String), ", ")
    )
    .where(MallOrderLine.order_id == MallOrder.order_id)
    .correlate(MallOrder)
    .scalar_subquery()
)
ORDERS = Listing(
    name="orders",
    action=Action.VIEW_ORDERS,
    select=select(
        MallOrder.order_id,
        MallOrder.status,
        _GOODS.label("goods"),
        points(MallOrder.amount_cents, "points"),
        points(MallOrder.refunded_cents, "refunded_points"),
        MallOrder.amount_cents,
        MallOrder.refunded_cents,
        MallOrder.delivery_way,
        Site.name.label("pick_up_site"),
        MallOrder.supplier_id,
        MallSupplier.name.label("supplier_name"),
        MallOrder.volunteer_id,
        Volunteer.volunteer_no,
        name_masked(MallDeliveryAddress.recipient_name).label("recipient_name"),
        phone_masked(MallDeliveryAddress.phone).label("phone"),
        address_masked(MallDeliveryAddress.address).label("address"),
        MallOrder.ordered_at,
        MallOrder.expires_at,
        MallOrder.fulfilled_at,
        MallOrder.fulfilled_by,
        MallOrder.tracking_no,
        MallOrder.ended_at,
        MallOrder.decision_reason,
        MallOrder.transfer_id,
    )
    .join(MallSupplier, MallSupplier.supplier_id == MallOrder.supplier_id)
    .join(Volunteer, Volunteer.volunteer_id == MallOrder.volunteer_id)
    .outerjoin(Site, Site.site_id == MallOrder.pick_up_site_id)
    .outerjoin(MallDeliveryAddress, MallDeliveryAddress.order_id == MallOrder.order_id),
    key=MallOrder.order_id,
    visible=_visible_orders,
    sorts={"order_id": MallOrder.order_id},
    default_sort="-order_id",
    filters={
        "status": equals(MallOrder.status),
        "delivery_way": equals(MallOrder.delivery_way),
        "supplier_id": equals(MallOrder.supplier_id),
        "volunteer_id": equals(MallOrder.volunteer_id),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "ordered_days": on_days(MallOrder.ordered_at),
    },
    search=_called,
)
SUPPLIER_MONTHS = Listing(
    name="supplier_months",
    action=Action.VIEW_SUPPLIER_MONTHS,
    select=select(
        MallSettlement.settlement_id,
        MallSettlement.supplier_id,
        MallSupplier.name.label("supplier_name"),
        MallSettlement.month,
        MallSettlement.orders,
        points(MallSettlement.fulfilled_cents, "fulfilled_points"),
        MallSettlement.refunds,
        points(MallSettlement.refunded_cents, "refunded_points"),
        points(MallSettlement.amount_cents, "points"),
        MallSettlement.closed_at,
        MallSettlement.closed_by,
        MallSettlement.sha256,
    ).join(MallSupplier, MallSupplier.supplier_id == MallSettlement.supplier_id),
    key=MallSettlement.settlement_id,
    visible=within,
    sorts={"settlement_id": MallSettlement.settlement_id},
    default_sort="-settlement_id",
    filters={"supplier_id": equals(MallSettlement.supplier_id), "month": equals(MallSettlement.month)},
)


def lines_of_order(session: Session, order_id: int) -> list[dict[str, Any]]:
    """What an order is of, in the order of the items; ask for the order itself before."""
    rows = session.execute(
        select(
            MallOrderLine.item_id,
            MallOrderLine.item_name,
            MallOrderLine.quantity,
            MallOrderLine.refunded_quantity,
            points(MallOrderLine.price_cents, "unit_points"),
            points(MallOrderLine.price_cents * MallOrderLine.quantity, "points"),
        )
        .where(MallOrderLine.order_id == order_id)
        .order_by(MallOrderLine.item_id)
    ).mappings()
    return [dict(row) for row in rows]


def refunds_of_order(session: Session, order_id: int) -> list[dict[str, Any]]:
    """What of an order was given back, the oldest first; ask for the order itself before."""
    rows = session.execute(
        select(
            MallRefund.refunded_at,
            points(MallRefund.amount_cents, "points"),
            MallRefund.is_restocked,
            MallRefund.refunded_by,
            MallRefund.reason,
        )
        .where(MallRefund.order_id == order_id)
        .order_by(MallRefund.refunded_at, MallRefund.refund_id)
    ).mappings()
    return [dict(row) for row in rows]


def picture_of(session: Session, item_id: int) -> bytes | None:
    """The picture of an item, None if it has none; ask for the item itself before."""
    return session.scalar(select(MallPicture.content).where(MallPicture.item_id == item_id))


def pictures_of(session: Session, item_ids: list[int]) -> dict[int, bytes]:
    """The pictures of some items, as far as they have one; ask for the items themselves before."""
    rows = session.execute(
        select(MallPicture.item_id, MallPicture.content).where(MallPicture.item_id.in_(item_ids))
    )
    return {row[0]: row[1] for row in rows}


def suppliers_to_choose(session: Session) -> dict[int, str]:
    """The suppliers that supply now, by name."""
    rows = session.execute(
        select(MallSupplier.supplier_id, MallSupplier.name)
        .where(MallSupplier.status == "active")
        .order_by(MallSupplier.name)
    )
    return {row[0]: row[1] for row in rows}
