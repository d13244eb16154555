"""Whether the files of charity shops, their redemptions and the ledger say the same, shop by shop and month by month.

Here: the three sums beside each other. Never here: mending what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal, select, true, union_all
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, NotAllowed, scope_of
from operations.model import (
    CharityShop,
    PointAccount,
    PointTransfer,
    ShopRedemption,
    ShopRefund,
    ShopSettlement,
    ShopSettlementLine,
)

from .equation import Equation, equation_of, is_no_award
from .shops import visible_shops


@dataclass(frozen=True)
class ShopMonth:
    """What one shop is owed for one accounting month, by three accounts of it, in hundredths of a point.

    `file_cents` is in its files, `waiting_cents` is posted and goes into the next one.
    """

    shop_id: int
    shop_no: str
    shop_name: str
    period: date
    ledger_cents: int
    redemption_cents: int
    file_cents: int
    waiting_cents: int

    @property
    def agrees(self) -> bool:
        """Whether nothing is missing or counted twice in any of the three."""
        return self.ledger_cents == self.redemption_cents == self.file_cents + self.waiting_cents


def reconcile_shops(session: Session, actor: Actor) -> list[ShopMonth]:
    """Each shop that `actor` may see the settlements of, with each month in which any of the three has something.

    Raises `NotAllowed` if the actor may see none anywhere.
    """
    scope = scope_of(actor, Action.VIEW_SHOP_SETTLEMENTS)
    if scope.kind == "nothing":
        raise NotAllowed(f"{actor.name} ({actor.role}) may not view shop settlements")
    return _months(session, visible_shops(scope))


def shop_redemptions_are_in_the_ledger(session: Session) -> Equation:
    """What shops redeemed, less what they gave back, and what the ledger credited to them."""
    return equation_of(
        "shop_redemptions_are_in_the_ledger",
        [(month.redemption_cents, month.ledger_cents) for month in _months(session, true())],
    )


def shop_files_hold_redemptions(session: Session) -> Equation:
    """What shops' settlement files hold and what waits for the next one, and what they redeemed."""
    return equation_of(
        "shop_files_hold_redemptions",
        [
            (month.file_cents + month.waiting_cents, month.redemption_cents)
            for month in _months(session, true())
        ],
    )


def _months(session: Session, shops: ColumnElement[bool]) -> list[ShopMonth]:
    parts = union_all(*_parts()).subquery()
    sums = [func.sum(case((parts.c.source == name, parts.c.amount_cents), else_=0)) for name in SOURCES]
    rows = session.execute(
        select(CharityShop.shop_id, CharityShop.shop_no, CharityShop.name, parts.c.period, *sums)
        .join(parts, parts.c.shop_id == CharityShop.shop_id)
        .where(shops)
        .group_by(CharityShop.shop_id, CharityShop.shop_no, CharityShop.name, parts.c.period)
        .order_by(parts.c.period.desc(), CharityShop.shop_no)
    )
    return [ShopMonth(*row[:4], *(int(amount) for amount in row[4:])) for row in rows]


SOURCES = ("ledger", "redemptions", "files", "waiting")


def _parts() -> list[Any]:
    """Every amount of every source, with the shop and the month it belongs to."""
    settled = select(ShopSettlementLine.transfer_no)
    redeemed = select(ShopRedemption.shop_id, ShopRedemption.period, ShopRedemption.amount_cents)
    refunded = select(ShopRefund.shop_id, ShopRefund.period, -ShopRefund.amount_cents)
    files = select(
        ShopSettlement.shop_id, ShopSettlementLine.period, ShopSettlementLine.amount_cents
    ).join_from(
        ShopSettlementLine, ShopSettlement, ShopSettlement.settlement_id == ShopSettlementLine.settlement_id
    )
    return [
        *(one.add_columns(literal("ledger").label("source")) for one in _ledger()),
        redeemed.add_columns(literal("redemptions")),
        refunded.add_columns(literal("redemptions")),
        files.add_columns(literal("files")),
        redeemed.where(ShopRedemption.transfer_no.not_in(settled)).add_columns(literal("waiting")),
        refunded.where(ShopRefund.transfer_no.not_in(settled)).add_columns(literal("waiting")),
    ]


def _ledger() -> list[Any]:
    """What the ledger itself holds of the shops' accounts, which are called after them."""
    account = aliased(PointAccount)
    of_shop = CharityShop.shop_id == cast(func.substr(account.code, len("shop:") + 1), BigInteger)
    return [
        select(
            CharityShop.shop_id.label("shop_id"),
            PointTransfer.period.label("period"),
            (PointTransfer.amount_cents * sign).label("amount_cents"),
        )
        .select_from(PointTransfer)
        .join(account, account.account_id == side)
        .join(CharityShop, of_shop)
        .where(account.kind == "shop", is_no_award())
        for side, sign in ((PointTransfer.credit_account_id, 1), (PointTransfer.debit_account_id, -1))
    ]
