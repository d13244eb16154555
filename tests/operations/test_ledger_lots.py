"""Which lots points come out of and go into."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.commands.ledger_lots import Lot, NotEnough, give_back, put_in, take_back, take_out

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def test_the_oldest_points_are_taken_first_and_held_ones_stay() -> None:
    lots = [Lot(JUNE, 300), Lot(MAY, 200, held=150)]
    assert take_out(lots, 100) == {MAY: -50, JUNE: -50}
    assert lots == [Lot(JUNE, 250), Lot(MAY, 150, held=150)]


def test_more_than_is_free_is_not_taken_and_nothing_changes() -> None:
    lots = [Lot(JUNE, 300, held=100)]
    with pytest.raises(NotEnough):
        take_out(lots, 201)
    assert lots == [Lot(JUNE, 300, held=100)]


def test_a_correction_comes_out_of_its_own_month_then_the_oldest_then_it_is_owed() -> None:
    lots = [Lot(MAY, 50), Lot(JUNE, 30), Lot(JULY, 40, held=40)]
    assert take_back(lots, 100, JUNE) == {JUNE: -50, MAY: -50}
    assert lots == [Lot(MAY), Lot(JUNE, owed=20), Lot(JULY, 40, held=40)]


def test_what_is_earned_makes_good_what_is_owed_first() -> None:
    lots = [Lot(MAY, owed=20)]
    assert put_in(lots, 50, JUNE) == {MAY: 20, JUNE: 30}
    assert lots == [Lot(MAY), Lot(JUNE, 30)]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=5),
    st.sampled_from(["take_out", "put_in", "take_back", "give_back"]),
    st.integers(1, 200),
)
def test_moves_are_what_the_lots_changed_by_and_what_was_asked_for(
    drawn: list[tuple[int, int, int]], what: str, amount: int
) -> None:
    lots = [Lot(date(2026, n + 1, 1), a + b, b, owed) for n, (a, b, owed) in enumerate(drawn)]
    before = {lot.earned_month: lot.net for lot in lots}
    held = sum(lot.held for lot in lots)
    try:
        if what == "take_out":
            moves = take_out(lots, amount)
        elif what == "put_in":
            moves = put_in(lots, amount, MAY)
        elif what == "take_back":
            moves = take_back(lots, amount, MAY)
        else:
            moves = give_back(lots, amount, {MAY: amount, JUNE: 3})
    except NotEnough:
        moves = {}
        amount = 0
    assert sum(moves.values()) == (amount if what in ("put_in", "give_back") else -amount)
    assert {lot.earned_month: lot.net - before.get(lot.earned_month, 0) for lot in lots if
            lot.net != before.get(lot.earned_month, 0)} == moves  # fmt: skip
    assert all(lot.remaining >= lot.held >= 0 and lot.owed >= 0 for lot in lots)
    assert sum(lot.held for lot in lots) == held
