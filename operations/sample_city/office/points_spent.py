"""Points spent in the sample city, in charity shops and in the mall, once its first build has settled the hours served.

Here: both at once. Never here: what is bought (redemptions.py, mall_orders.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.model import MallSupplier, ShopRedemption

from .mall_orders import sell_in_the_mall
from .redemptions import LEAST_CENTS, redeem_in_shops
from .spending import who_can_spend


def was_spent(session: Session) -> bool:
    """Whether points were spent, or a mall opened, before."""
    return any(
        session.scalar(select(key).limit(1)) is not None
        for key in (ShopRedemption.redemption_id, MallSupplier.supplier_id)
    )


def spend_points(session: Session, *, at: datetime, seed: int = 0) -> int:
    """Let volunteers spend points within the hour after `at`, and return how many went to shops or to the mall.

    0 if nobody has enough, and then nothing is done. Call it once.
    """
    if not who_can_spend(session, LEAST_CENTS):
        return 0
    return redeem_in_shops(session, at=at, seed=seed) + sell_in_the_mall(session, at=at, seed=seed)
