"""Once people have points, the sample city's shops show every way and state of redemptions, and the ledger holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from operations.commands.bans import ban_volunteer
from operations.database import reading, writing
from operations.model import (
    REDEMPTION_STATES,
    REDEMPTION_WAYS,
    PointHold,
    PreAuthorisation,
    RefusedRedemption,
    ShopRedemption,
    ShopSettlement,
)
from operations.queries.shop_reconciliation import reconcile_shops
from operations.sample_city.office.redemptions import redeem_in_shops
from tests.operations.conftest import CITY, NOW, Town, town
from tests.operations.ledgers import award, broken_rules
from tests.operations.shop_stories import Shop, shop

__all__ = ["shop", "town"]


def test_every_way_and_state_of_redemptions_is_there(shop: Shop) -> None:
    people: Town = shop.town
    for _ in range(24):
        award(people, people.person(), {date(2026, 6, 1): 1_000})
    banned = people.person()
    award(people, banned, {date(2026, 6, 1): 1_000})
    with writing(people.engine) as session:
        ban_volunteer(session, CITY, volunteer_id=banned, reason="代打卡", at=NOW)
        assert redeem_in_shops(session, at=NOW) == 24
    with reading(people.engine) as session:
        assert set(session.scalars(select(ShopRedemption.way))) == set(REDEMPTION_WAYS)
        assert set(session.scalars(select(ShopRedemption.state))) == set(REDEMPTION_STATES)
        stands = select(PointHold.state).join(PreAuthorisation, PreAuthorisation.hold_id == PointHold.hold_id)
        assert set(session.scalars(stands)) == {"open", "posted", "voided"}
        assert banned not in set(session.scalars(select(ShopRedemption.volunteer_id)))
        assert all(row.agrees for row in reconcile_shops(session, CITY))
    assert people.count(RefusedRedemption) > 0
    assert people.count(ShopRedemption, ShopRedemption.is_clock_wrong) > 0
    assert people.count(ShopSettlement) == 1
    assert broken_rules(people) == {}
