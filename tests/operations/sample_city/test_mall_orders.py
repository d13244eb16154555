"""Once people have points, the sample city's mall shows items and orders in every state, and the ledger holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from operations.database import reading, writing
from operations.model import Base, MallCartLine, MallPicture, MallRefund
from operations.queries.mall_proof import mall_orders_are_in_the_ledger, prove_mall
from operations.sample_city.office.mall_orders import BUYERS, ITEMS, sell_in_the_mall
from tests.operations.conftest import NOW, Town, town
from tests.operations.ledgers import award, broken_rules
from tests.operations.mall_stories import Mall, mall
from tests.operations.sample_city.conftest import listed_states

__all__ = ["mall", "town"]


def test_items_and_orders_are_there_in_every_state_and_the_proofs_hold(mall: Mall) -> None:
    people: Town = mall.town
    for _ in range(BUYERS):
        award(people, people.person(), {date(2026, 6, 1): 2_000})
    with writing(people.engine) as session:
        assert sell_in_the_mall(session, at=NOW) == BUYERS
    with reading(people.engine) as session:
        for (table, column), states in listed_states(lambda name: name.startswith("mall_")).items():
            found = set(session.scalars(select(Base.metadata.tables[table].columns[column])))
            assert states - found == set(), (table, column)
        assert all(proof.holds for proof in prove_mall(session))
        assert mall_orders_are_in_the_ledger(session).difference_cents == 0
    assert people.count(MallPicture) == len(ITEMS)
    assert people.count(MallCartLine) > 0
    assert people.count(MallRefund) > 1
    assert broken_rules(people) == {}
