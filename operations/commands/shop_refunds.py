"""Points of a redemption given back by its shop or the administration of the area, to the lots that they came from.

Never here: taking points (shop_redemptions.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role, Where, demand
from operations.model import PointAccount, PointTransfer, ShopRedemption, ShopRefund
from operations.rules import time_span

from . import ledger_movements
from .ledger import Posted, positive_cents, uuid_text
from .notices import notify
from .permitted import permitted_row
from .records import add_unique, audit, snapshot
from .refusals import Refused, required_text
from .shop_redemptions import logged, redemption_touched, used_id
from .shops import shared_shop


def refund_redemption(
    session: Session,
    actor: Actor,
    *,
    refund_id: str,
    redemption_id: str,
    reason: str,
    at: datetime,
    amount_cents: int | None = None,
) -> ShopRefund:
    """Give points of a redemption back to the lots that they came from, all that is left of it or a part.

    Raises `IdConflict` if the id was used for something else; `Refused` without a reason, for more than is left, or
    after the time of the rule shop_refund_within unless the administration of the area does it; `NotAllowed`.
    """
    found = session.scalar(select(ShopRedemption).where(ShopRedemption.redemption_id == redemption_id))
    demand(actor, Action.REFUND_REDEMPTION, Where() if found is None else redemption_touched(session, found))
    if found is None:
        raise Refused(f"there is no redemption {redemption_id}", "redemption_id")
    new_id, why = uuid_text(refund_id, "refund_id"), required_text(reason, "reason", 1000)
    shop = shared_shop(session, found.shop_id)
    redemption = permitted_row(
        session,
        actor,
        Action.REFUND_REDEMPTION,
        ShopRedemption,
        found.redemption_no,
        what="redemption",
        touched=redemption_touched,
    )
    known = session.scalar(select(ShopRefund).where(ShopRefund.refund_id == new_id))
    if known is not None:
        same = (known.redemption_no, known.reason) == (redemption.redemption_no, why)
        if not same or amount_cents not in (None, known.amount_cents):
            raise used_id(new_id)
        return known
    left = redemption.amount_cents - redemption.refunded_cents
    amount = left if amount_cents is None else positive_cents(amount_cents)
    if not 0 < amount <= left:
        raise Refused(f"only {left} hundredths of it are left to give back", "amount_cents")
    _check_time(actor, redemption, at)
    posted = _reverse(session, actor, redemption, refund_id=new_id, amount=amount, why=why, at=at)
    before = logged(redemption)
    redemption.refunded_cents += amount
    redemption.state = "reversed" if redemption.refunded_cents == redemption.amount_cents else "posted"
    refund = ShopRefund(
        refund_id=new_id,
        redemption_no=redemption.redemption_no,
        shop_id=redemption.shop_id,
        amount_cents=amount,
        reason=why,
        transfer_no=posted.transfer_no,
        period=posted.period,
        refunded_at=at,
        refunded_by=actor.name,
    )
    add_unique(session, refund, used_id(new_id))
    audit(
        session, actor, Action.REFUND_REDEMPTION, redemption, at=at, reason=why, before=before,
        after={**logged(redemption), "refund": snapshot(refund)},
    )  # fmt: skip
    told = {"shop": shop.name, "amount_cents": amount, "goods": redemption.goods}
    notify(session, "points_refunded", at=at, volunteer_id=redemption.volunteer_id, **told)
    return refund


def _check_time(actor: Actor, redemption: ShopRedemption, at: datetime) -> None:
    within = time_span("shop_refund_within", at)
    by_shop = actor.role in (Role.SHOP_TERMINAL, Role.ORGANISATION_ADMINISTRATOR)
    if by_shop and at > redemption.uploaded_at + within:
        raise Refused(
            f"a shop gives points back within {within.days} days: ask the administration of the area",
            "redemption_id",
        )


def _reverse(
    session: Session,
    actor: Actor,
    redemption: ShopRedemption,
    *,
    refund_id: str,
    amount: int,
    why: str,
    at: datetime,
) -> Posted:
    """Reverse a part of the transfer, on the account that it was taken from: a merged record keeps its account."""
    original = session.get_one(PointTransfer, redemption.transfer_no)
    owner = session.scalars(
        select(PointAccount.volunteer_id).where(PointAccount.account_id == original.debit_account_id)
    ).one()
    posted = ledger_movements.reverse(
        session,
        actor,
        transfer_id=refund_id,
        original=original,
        volunteer_id=owner or 0,
        amount_cents=amount,
        at=at,
        reason=why,
    )
    if not posted.is_new:
        raise used_id(refund_id)
    return posted
