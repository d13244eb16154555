"""Charity shops, their terminals, what was redeemed there and what they are owed, as those see it who may."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Scope, scope_of
from operations.model import (
    CharityShop,
    Organisation,
    PointHold,
    PreAuthorisation,
    RefusedRedemption,
    ShopRedemption,
    ShopSettlement,
    ShopTerminal,
    Volunteer,
)

from .paging import Listing, equals, on_days
from .point_amounts import points
from .visible import within


def visible_shops(scope: Scope) -> ColumnElement[bool]:
    """The condition on shops that a scope covers."""
    return within(
        scope,
        district_code=CharityShop.district_code,
        township_code=CharityShop.township_code,
        organisation_id=CharityShop.organisation_id,
    )


def _visible_redemptions(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=CharityShop.district_code,
        township_code=CharityShop.township_code,
        organisation_id=CharityShop.organisation_id,
        volunteer_id=ShopRedemption.volunteer_id,
    )


def organisations_for_shops(
    session: Session, actor: Actor, action: Action, besides: int | None = None
) -> dict[int, str]:
    """Id and name of every active organisation within reach of an action of `actor`, and of the one `besides` them."""
    reach = within(
        scope_of(actor, action),
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Organisation.organisation_id,
    )
    rows = session.execute(
        select(Organisation.organisation_id, Organisation.name)
        .where(or_(and_(reach, Organisation.status == "active"), Organisation.organisation_id == besides))
        .order_by(Organisation.name, Organisation.organisation_id)
    )
    return {row[0]: row[1] for row in rows}


SHOPS = Listing(
    name="shops",
    action=Action.VIEW_SHOPS,
    select=select(
        CharityShop.shop_id,
        CharityShop.shop_no,
        CharityShop.name,
        CharityShop.status,
        CharityShop.organisation_id,
        Organisation.name.label("organisation_name"),
        CharityShop.district_code,
        CharityShop.township_code,
        CharityShop.address,
        CharityShop.opened_at,
        CharityShop.closed_at,
    ).outerjoin(Organisation, Organisation.organisation_id == CharityShop.organisation_id),
    key=CharityShop.shop_id,
    visible=visible_shops,
    sorts={"shop_no": CharityShop.shop_no, "name": CharityShop.name},
    default_sort="shop_no",
    filters={
        "status": equals(CharityShop.status),
        "organisation_id": equals(CharityShop.organisation_id),
        "district_code": equals(CharityShop.district_code),
    },
    search=(CharityShop.shop_no, CharityShop.name),
)
SHOP_TERMINALS = Listing(
    name="shop_terminals",
    action=Action.VIEW_SHOPS,
    select=select(
        ShopTerminal.terminal_no,
        ShopTerminal.name,
        case((ShopTerminal.retired_at.is_(None), "in_use"), else_="retired").label("state"),
        ShopTerminal.shop_id,
        CharityShop.name.label("shop_name"),
        ShopTerminal.registered_at,
        ShopTerminal.retired_at,
    ).join(CharityShop, CharityShop.shop_id == ShopTerminal.shop_id),
    key=ShopTerminal.terminal_no,
    visible=visible_shops,
    sorts={"terminal_no": ShopTerminal.terminal_no},
    default_sort="terminal_no",
    filters={"shop_id": equals(ShopTerminal.shop_id)},
    search=(ShopTerminal.terminal_no,),
)
SHOP_REDEMPTIONS = Listing(
    name="shop_redemptions",
    action=Action.VIEW_REDEMPTIONS,
    select=select(
        ShopRedemption.redemption_no,
        ShopRedemption.redemption_id,
        ShopRedemption.state,
        ShopRedemption.way,
        points(ShopRedemption.amount_cents, "points"),
        points(ShopRedemption.refunded_cents, "refunded_points"),
        ShopRedemption.amount_cents,
        ShopRedemption.refunded_cents,
        ShopRedemption.goods,
        ShopRedemption.shop_id,
        CharityShop.name.label("shop_name"),
        ShopRedemption.terminal_no,
        ShopRedemption.volunteer_id,
        Volunteer.volunteer_no,
        ShopRedemption.occurred_at,
        ShopRedemption.uploaded_at,
        ShopRedemption.is_clock_wrong,
        ShopRedemption.collected_at,
        ShopRedemption.transfer_no,
        ShopRedemption.period,
    )
    .join(CharityShop, CharityShop.shop_id == ShopRedemption.shop_id)
    .join(Volunteer, Volunteer.volunteer_id == ShopRedemption.volunteer_id),
    key=ShopRedemption.redemption_no,
    visible=_visible_redemptions,
    sorts={"redemption_no": ShopRedemption.redemption_no},
    default_sort="-redemption_no",
    filters={
        "shop_id": equals(ShopRedemption.shop_id),
        "state": equals(ShopRedemption.state),
        "way": equals(ShopRedemption.way),
        "terminal_no": equals(ShopRedemption.terminal_no),
        "volunteer_id": equals(ShopRedemption.volunteer_id),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "uploaded_days": on_days(ShopRedemption.uploaded_at),
    },
    search=(Volunteer.volunteer_no, ShopRedemption.redemption_id),
)
REFUSED_REDEMPTIONS = Listing(
    name="refused_redemptions",
    action=Action.VIEW_SHOPS,
    select=select(
        RefusedRedemption.refused_no,
        RefusedRedemption.redemption_id,
        RefusedRedemption.reason,
        RefusedRedemption.shop_id,
        CharityShop.name.label("shop_name"),
        RefusedRedemption.terminal_no,
        RefusedRedemption.uploaded_at,
    ).join(CharityShop, CharityShop.shop_id == RefusedRedemption.shop_id),
    key=RefusedRedemption.refused_no,
    visible=visible_shops,
    sorts={"refused_no": RefusedRedemption.refused_no},
    default_sort="-refused_no",
    filters={
        "shop_id": equals(RefusedRedemption.shop_id),
        "terminal_no": equals(RefusedRedemption.terminal_no),
    },
    search=(RefusedRedemption.redemption_id,),
)
# How a pre-authorisation stands is how its hold stands.
_STANDS = case(
    (PointHold.state == "posted", "used_up"), (PointHold.state == "voided", "ended"), else_=PointHold.state
)
PRE_AUTHORISATIONS = Listing(
    name="shop_pre_authorisations",
    action=Action.VIEW_SHOPS,
    select=select(
        PreAuthorisation.pre_authorisation_id,
        _STANDS.label("state"),
        points(PreAuthorisation.amount_cents, "points"),
        points(PreAuthorisation.posted_cents, "posted_points"),
        PreAuthorisation.shop_id,
        CharityShop.name.label("shop_name"),
        PreAuthorisation.terminal_no,
        PreAuthorisation.authorised_at,
        PreAuthorisation.spend_until,
        PreAuthorisation.upload_until,
    )
    .join(CharityShop, CharityShop.shop_id == PreAuthorisation.shop_id)
    .join(PointHold, PointHold.hold_id == PreAuthorisation.hold_id),
    key=PreAuthorisation.pre_authorisation_id,
    visible=visible_shops,
    sorts={"authorised_at": PreAuthorisation.authorised_at},
    default_sort="-authorised_at",
    filters={
        "shop_id": equals(PreAuthorisation.shop_id),
        "terminal_no": equals(PreAuthorisation.terminal_no),
        "state": lambda value: value == _STANDS,
    },
)
SHOP_SETTLEMENTS = Listing(
    name="shop_settlements",
    action=Action.VIEW_SHOP_SETTLEMENTS,
    select=select(
        ShopSettlement.settlement_id,
        ShopSettlement.shop_id,
        ShopSettlement.shop_no,
        ShopSettlement.shop_name,
        ShopSettlement.period,
        points(ShopSettlement.opening_cents, "opening_points"),
        ShopSettlement.redemptions,
        points(ShopSettlement.redeemed_cents, "redeemed_points"),
        ShopSettlement.refunds,
        points(ShopSettlement.refunded_cents, "refunded_points"),
        points(ShopSettlement.closing_cents, "closing_points"),
        ShopSettlement.made_at,
        ShopSettlement.made_by,
        ShopSettlement.sha256,
    ).join(CharityShop, CharityShop.shop_id == ShopSettlement.shop_id),
    key=ShopSettlement.settlement_id,
    visible=visible_shops,
    sorts={"settlement_id": ShopSettlement.settlement_id, "period": ShopSettlement.period},
    default_sort="-period",
    filters={"shop_id": equals(ShopSettlement.shop_id), "period": equals(ShopSettlement.period)},
    search=(ShopSettlement.shop_no,),
)


def terminals_of_shop(session: Session, shop_id: int) -> list[dict[str, Any]]:
    """The terminals of one shop, as the list of all has them, by their number; ask for the shop itself before."""
    rows = session.execute(
        SHOP_TERMINALS.select.where(ShopTerminal.shop_id == shop_id).order_by(ShopTerminal.terminal_no)
    ).mappings()
    return [dict(row) for row in rows]


def shop_names(session: Session, shop_ids: Collection[int]) -> dict[int, str]:
    """The names of some shops with their numbers, by id. They are public, as the signs above their doors are."""
    rows = session.execute(
        select(CharityShop.shop_id, CharityShop.name, CharityShop.shop_no).where(
            CharityShop.shop_id.in_(shop_ids)
        )
    )
    return {shop_id: f"{name} {number}" for shop_id, name, number in rows}
