"""Once people have points, the sample city's mall shows items and orders in every state, and the ledger holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from operations.database import reading, writing
from operations.model import ITEM_STATES, MallCartLine, MallItem, MallOrder, MallPicture, MallRefund
from operations.queries.mall_proof import mall_orders_are_in_the_ledger, prove_mall
from operations.sample_city.office.mall_orders import BUYERS, ITEMS, sell_in_the_mall
from tests.operations.conftest import NOW, Town, town
from tests.operations.ledgers import award, broken_rules
from tests.operations.mall_stories import Mall, mall

__all__ = ["mall", "town"]


def test_items_and_orders_are_there_in_every_state_and_the_proofs_hold(mall: Mall) -> None:
    people: Town = mall.town
    for _ in range(BUYERS):
        award(people, people.person(), {date(2026, 6, 1): 2_000})
    with writing(people.engine) as session:
        assert sell_in_the_mall(session, at=NOW) == BUYERS
    with reading(people.engine) as session:
        assert set(session.scalars(select(MallItem.status))) == set(ITEM_STATES)
        assert set(session.scalars(select(MallOrder.status))) == {
            "paid",
            "fulfilled",
            "cancelled",
            "refunded",
        }
        assert set(session.scalars(select(MallOrder.delivery_way))) == {"delivery", "pick_up"}
        assert all(proof.holds for proof in prove_mall(session))
        assert mall_orders_are_in_the_ledger(session).difference_cents == 0
    assert people.count(MallPicture) == len(ITEMS)
    assert people.count(MallCartLine) > 0
    assert people.count(MallRefund) > 1
    assert broken_rules(people) == {}
