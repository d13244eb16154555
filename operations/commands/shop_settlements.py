"""What a charity shop is owed for a month: settled once, with a file that balances with its redemptions.

A month takes what was posted in it and in the months before and is in no settlement yet: what comes after a month was
settled goes into the next one. The lines are kept, and the file is written from them: the same bytes whenever.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from operations.access import Action, Actor, demand
from operations.csv_cells import harmless, points_text
from operations.local_time import LOCAL, as_read
from operations.model import (
    CharityShop,
    PointTransfer,
    ShopRedemption,
    ShopRefund,
    ShopSettlement,
    ShopSettlementLine,
)

from .records import audit, find
from .refusals import Refused
from .shops import permitted_shop
from .touched import shop_touched

KINDS = {"redemption": "兑换", "refund": "退还"}


@dataclass(frozen=True)
class SettlementFile:
    """The file of a settlement: CSV in UTF-8 with a byte-order mark, times in Beijing time, points with 2 decimals."""

    name: str
    content: bytes


def settle_shop(
    session: Session, actor: Actor, *, shop_id: int, period: date, at: datetime, reason: str = ""
) -> ShopSettlement:
    """Settle a month (any day of it) of a shop, and return the settlement; a month that is settled stays as it is.

    Raises `Refused` if the month is not over yet in Asia/Shanghai, or if a later one is settled; `NotAllowed`.
    """
    shop = permitted_shop(session, actor, Action.SETTLE_SHOP, shop_id)
    month = period.replace(day=1)
    made = session.scalar(
        select(ShopSettlement).where(ShopSettlement.shop_id == shop_id, ShopSettlement.period == month)
    )
    if made is not None:
        return made
    if month >= at.astimezone(LOCAL).date().replace(day=1):
        raise Refused("this month is not over yet", "period")
    last = session.scalar(
        select(ShopSettlement)
        .where(ShopSettlement.shop_id == shop_id)
        .order_by(ShopSettlement.period.desc())
        .limit(1)
    )
    if last is not None and last.period > month:
        raise Refused(f"{last.period:%Y-%m} is settled already, with all that was open before", "period")
    rows = _open_rows(session, shop_id, month)
    redeemed = [row.amount_cents for row in rows if row.kind == "redemption"]
    refunded = [-row.amount_cents for row in rows if row.kind == "refund"]
    opening = 0 if last is None else last.closing_cents
    settlement = ShopSettlement(
        shop_id=shop_id,
        shop_no=shop.shop_no,
        shop_name=shop.name,
        period=month,
        made_at=at,
        made_by=actor.name,
        opening_cents=opening,
        redemptions=len(redeemed),
        redeemed_cents=sum(redeemed),
        refunds=len(refunded),
        refunded_cents=sum(refunded),
        closing_cents=opening + sum(redeemed) - sum(refunded),
    )
    lines = [
        ShopSettlementLine(line_no=number, **dict(row._mapping)) for number, row in enumerate(rows, start=1)
    ]
    settlement.sha256 = sha256(_written(settlement, lines)).hexdigest()
    session.add(settlement)
    session.flush()
    for line in lines:
        line.settlement_id = settlement.settlement_id
    session.add_all(lines)
    audit(session, actor, Action.SETTLE_SHOP, settlement, at=at, reason=reason)
    return settlement


def settlement_file(session: Session, actor: Actor, *, settlement_id: int) -> SettlementFile:
    """The file of a settlement, byte by byte the same whenever it is asked for.

    Raises `Refused` if there is none, or if what is kept is not what was settled; `NotAllowed`.
    """
    settlement = find(session, ShopSettlement, settlement_id, "settlement")
    shop = find(session, CharityShop, settlement.shop_id, "shop")
    demand(actor, Action.VIEW_SHOP_SETTLEMENTS, shop_touched(session, shop))
    lines = session.scalars(
        select(ShopSettlementLine)
        .where(ShopSettlementLine.settlement_id == settlement_id)
        .order_by(ShopSettlementLine.line_no)
    ).all()
    content = _written(settlement, list(lines))
    if sha256(content).hexdigest() != settlement.sha256:
        raise Refused("the lines of this settlement were altered: report this, and keep the database")
    return SettlementFile(f"shop_{settlement.shop_no}_{settlement.period:%Y-%m}.csv", content)


def _open_rows(session: Session, shop_id: int, month: date) -> list[Any]:
    """What of a shop was posted up to a month and is in no settlement yet, in the order of the ledger."""
    settled = select(ShopSettlementLine.transfer_no)
    redemptions = select(
        literal("redemption").label("kind"),
        ShopRedemption.transfer_no,
        ShopRedemption.redemption_id,
        ShopRedemption.terminal_no,
        ShopRedemption.goods,
        ShopRedemption.occurred_at,
        ShopRedemption.period,
        ShopRedemption.amount_cents,
    ).where(ShopRedemption.shop_id == shop_id, ShopRedemption.period <= month)
    refunds = (
        select(
            literal("refund"),
            ShopRefund.transfer_no,
            ShopRedemption.redemption_id,
            ShopRedemption.terminal_no,
            ShopRedemption.goods,
            ShopRefund.refunded_at,
            ShopRefund.period,
            -ShopRefund.amount_cents,
        )
        .join(ShopRedemption, ShopRedemption.redemption_no == ShopRefund.redemption_no)
        .where(ShopRefund.shop_id == shop_id, ShopRefund.period <= month)
    )
    both = union_all(redemptions, refunds).subquery()
    # Of a poster's code there is no terminal.
    columns = [column for column in both.c if column.name != "terminal_no"]
    rows = session.execute(
        select(
            *columns,
            func.coalesce(both.c.terminal_no, "").label("terminal_no"),
            PointTransfer.posted_at,
        )
        .join(PointTransfer, PointTransfer.transfer_no == both.c.transfer_no)
        .where(both.c.transfer_no.not_in(settled))
        .order_by(both.c.transfer_no)
    )
    return list(rows)


def _written(settlement: ShopSettlement, lines: list[ShopSettlementLine]) -> bytes:
    """Heading with the sums, then the lines, then their count and sum once more: a file cut short is noticed."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["公益慈善商店月度结算单"])
    for name, value in (
        ("商店编号", harmless(settlement.shop_no)),
        ("商店名称", harmless(settlement.shop_name)),
        ("结算月份", f"{settlement.period:%Y-%m}"),
        ("期初益币", points_text(settlement.opening_cents)),
        ("兑换笔数", settlement.redemptions),
        ("兑换益币", points_text(settlement.redeemed_cents)),
        ("退还笔数", settlement.refunds),
        ("退还益币", points_text(settlement.refunded_cents)),
        ("期末益币", points_text(settlement.closing_cents)),
    ):
        rows.writerow([name, value])
    rows.writerow([])
    rows.writerow(
        ["序号", "类型", "交易编号", "账本号", "终端", "物品", "发生时间", "入账时间", "会计月份", "益币"]
    )
    for line in lines:
        rows.writerow(
            [
                line.line_no,
                KINDS[line.kind],
                line.redemption_id,
                line.transfer_no,
                harmless(line.terminal_no),
                harmless(line.goods),
                as_read(line.occurred_at),
                as_read(line.posted_at),
                f"{line.period:%Y-%m}",
                points_text(line.amount_cents),
            ]
        )
    rows.writerow(
        ["合计", f"{len(lines)} 笔", *[""] * 7, points_text(sum(line.amount_cents for line in lines))]
    )
    return out.getvalue().encode("utf-8-sig")
