"""Accounts of points and their lines: each sees those of their part, in points, down to the lot and the check-in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from operations.access import Actor, NotAllowed
from operations.commands.points import reverse_transfer
from operations.database import reading, writing
from operations.model import CheckIn, PointAccount
from operations.queries.equation import Equation
from operations.queries.ledger_proof import prove_ledger
from operations.queries.paging import Listing, Wanted, one_row, page_of
from operations.queries.point_equations import equations
from operations.queries.points import (
    POINT_ACCOUNTS,
    POINT_STATEMENT,
    check_ins_behind,
    holds_of,
    lots_of,
    moves_of,
)
from operations.queries.rules import rules_as_rows

from .conftest import CITY, NOW, Town, volunteer
from .honour_stories import district
from .ledgers import SYSTEM, award, hold, post

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def shown(
    town: Town, actor: Actor, listing: Listing, search: str = "", **filters: Any
) -> list[dict[str, Any]]:
    with reading(town.engine) as session:
        return page_of(session, actor, listing, Wanted(search, filters=filters), on=NOW).rows


@pytest.fixture
def spender(town: Town) -> int:
    """Somebody who earned 3 points in July and 2 in August, spent 3.50, got 0.50 back, and holds 1 more; and somebody
    else who earned a point."""
    person, other = town.person(), town.person()
    award(town, person, {JULY: 300, AUGUST: 200})
    award(town, other, {JULY: 100})
    spent = post(town, hold(town, person, 350))
    with writing(town.engine) as session:
        reverse_transfer(
            session,
            SYSTEM,
            transfer_id="00000000-0000-4000-8000-000000000001",
            of_transfer_id=spent.transfer_id,
            amount_cents=50,
            reason="少发一件",
            at=NOW,
        )
    hold(town, person, 100, reference="order:9")
    return person


def account_of(town: Town, person: int) -> int:
    return shown(town, volunteer(person), POINT_ACCOUNTS)[0]["account_id"]


def test_an_account_is_listed_with_what_is_there_held_and_available(town: Town, spender: int) -> None:
    mine = shown(town, volunteer(spender), POINT_ACCOUNTS)
    told = [(one["full_name"], one["balance"], one["held"], one["available"], one["owed"]) for one in mine]
    assert told == [("张*", Decimal("2.00"), Decimal("1.00"), Decimal("1.00"), Decimal("0.00"))]
    assert len(shown(town, CITY, POINT_ACCOUNTS)) == 2
    number = mine[0]["volunteer_no"]
    assert [one["volunteer_id"] for one in shown(town, CITY, POINT_ACCOUNTS, number)] == [spender]
    assert [one["volunteer_id"] for one in shown(town, CITY, POINT_ACCOUNTS, state="holding")] == [spender]
    assert shown(town, CITY, POINT_ACCOUNTS, state="owing") == []


def test_a_statement_tells_every_movement_the_newest_first(town: Town, spender: int) -> None:
    lines = shown(town, CITY, POINT_STATEMENT, account_id=account_of(town, spender))
    assert [(one["movement"], one["points"], one["other_code"].split(":")[0]) for one in lines] == [
        ("refunded", Decimal("0.50"), "mall"),
        ("spent", Decimal("-3.50"), "mall"),
        ("earned", Decimal("2.00"), "issue"),
        ("earned", Decimal("3.00"), "issue"),
    ]
    assert lines[0]["reverses_no"] == lines[1]["transfer_no"]
    assert len(shown(town, CITY, POINT_STATEMENT)) == 5
    with reading(town.engine) as session:
        account = session.get_one(PointAccount, account_of(town, spender))
        assert sum(one["points"] for one in lines) == Decimal(account.balance_cents) / 100
        assert all(proof.holds for proof in prove_ledger(session))


def test_lots_holds_and_moves_tell_what_is_left_of_each_month(town: Town, spender: int) -> None:
    with reading(town.engine) as session:
        lots = lots_of(session, CITY, spender)
        assert [(one["earned_month"], one["remaining"], one["held"]) for one in lots] == [
            (AUGUST, Decimal("2.00"), Decimal("1.00"))
        ]
        assert [(one["points"], one["reference"]) for one in holds_of(session, CITY, spender)] == [
            (Decimal("1.00"), "order:9")
        ]
        spent = next(one for one in shown(town, CITY, POINT_STATEMENT) if one["movement"] == "spent")
        assert [
            (one["earned_month"], one["points"]) for one in moves_of(session, CITY, spent["transfer_no"])
        ] == [
            (JULY, Decimal("-3.00")),
            (AUGUST, Decimal("-0.50")),
        ]


@pytest.mark.parametrize("listing", [POINT_ACCOUNTS, POINT_STATEMENT], ids=lambda one: one.name)
def test_each_sees_the_points_of_their_part_also_by_key(town: Town, spender: int, listing: Listing) -> None:
    other = spender + 1
    rows = shown(town, volunteer(spender), listing)
    assert rows
    assert {one["volunteer_id"] for one in rows} == {spender}
    assert {one["volunteer_id"] for one in shown(town, district(other), listing)} == {spender, other}
    hidden = [district(other, "330105"), volunteer(other)]
    with reading(town.engine) as session:
        for row in rows:
            key = row[listing.key.key]
            assert one_row(session, CITY, listing, key) is not None
            assert [one_row(session, actor, listing, key) for actor in hidden] == [None, None]


def test_who_may_not_see_an_account_sees_nothing_of_what_is_in_it(town: Town, spender: int) -> None:
    number = shown(town, CITY, POINT_STATEMENT, account_id=account_of(town, spender))[0]["transfer_no"]
    with reading(town.engine) as session:
        for actor in (volunteer(spender + 1), district(spender, "330105")):
            assert lots_of(session, actor, spender) == holds_of(session, actor, spender) == []
            assert moves_of(session, actor, number) == check_ins_behind(session, actor, number, [1]) == []
        with pytest.raises(NotAllowed):
            lots_of(session, town.host, spender)


def test_only_check_ins_of_the_volunteer_are_shown_behind_a_transfer(town: Town) -> None:
    shift_id = town.shift()
    first, second = town.person(), town.person()
    with writing(town.engine) as session:
        for person in (first, second):
            session.add(
                CheckIn(
                    volunteer_id=person, shift_id=shift_id, site_id=town.site_id, direction="in", occurred_at=NOW,
                    received_at=NOW,
                )
            )  # fmt: skip
            session.flush()
    award(town, first, {JULY: 100})
    number = shown(town, CITY, POINT_STATEMENT)[0]["transfer_no"]
    with reading(town.engine) as session:
        found = check_ins_behind(session, CITY, number, [1, 2])
    assert [(one["event_id"], one["direction"]) for one in found] == [(1, "in")]


def test_the_equations_are_for_who_sees_the_whole_city(town: Town, spender: int) -> None:
    with reading(town.engine) as session:
        assert equations(session, CITY) == [
            Equation("accounts_add_up", 300, 300),
            # What was spent here has no order behind it.
            Equation("mall_orders_are_in_the_ledger", 0, 300),
            Equation("shop_redemptions_are_in_the_ledger", 0, 0),
            Equation("shop_files_hold_redemptions", 0, 0),
        ]
        assert equations(session, district(spender)) == []
        with pytest.raises(NotAllowed):
            equations(session, volunteer(spender))
        assert Equation("x", 5, 3).difference_cents == 2


def test_rules_are_told_with_their_days() -> None:
    found = {row["rule"]: row for row in rules_as_rows(NOW.date())}
    expiry = found["points_expire_after"]
    assert (expiry["value"], expiry["unit"], expiry["state"]) == (3, "year", "current")
    assert expiry["source"]
    assert {row["state"] for row in rules_as_rows(date(1999, 1, 1))} == {"coming"}
