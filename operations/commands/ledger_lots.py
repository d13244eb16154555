"""Which lots points come out of and go into: the oldest first, corrections in their own month.

Here: pure arithmetic on the lots of one account. Never here: the database, or who may do what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


class NotEnough(Exception):
    """Fewer points are free than are asked for."""


@dataclass
class Lot:
    """The points of one month: `remaining` are there, `held` of them promised, `owed` to be made good. In cents."""

    earned_month: date
    remaining: int = 0
    held: int = 0
    owed: int = 0

    @property
    def free(self) -> int:
        """What is there and promised to nobody."""
        return self.remaining - self.held

    @property
    def net(self) -> int:
        """What the lot adds to the balance."""
        return self.remaining - self.owed


# By month: what a transfer does to the net of each lot that it touches.
Moves = dict[date, int]


def free_oldest_first(lots: Iterable[Lot], amount: int) -> Moves:
    """How much of `amount` lies free in which lot, the oldest first. Nothing is changed.

    Raises `NotEnough` if the lots have less, what is owed taken off.
    """
    ordered = sorted(lots, key=lambda lot: lot.earned_month)
    if sum(lot.free - lot.owed for lot in ordered) < amount:
        raise NotEnough
    found: Moves = {}
    for lot in ordered:
        part = min(lot.free, amount)
        if part > 0:
            found[lot.earned_month] = part
            amount -= part
    return found


def take_out(lots: Sequence[Lot], amount: int) -> Moves:
    """Take `amount` out of the lots, the oldest first, and return what was moved (below zero).

    Raises `NotEnough`, with nothing changed.
    """
    parts = free_oldest_first(lots, amount)
    for lot in lots:
        lot.remaining -= parts.get(lot.earned_month, 0)
    return {month: -part for month, part in parts.items()}


def put_in(lots: list[Lot], amount: int, earned_month: date) -> Moves:
    """Put `amount` into the lot of a month, after making good what is owed in any, the oldest first; what was moved.

    The lot is added if it is missing.
    """
    moves: Moves = {}
    for lot in sorted(lots, key=lambda lot: lot.earned_month):
        part = min(lot.owed, amount)
        if part > 0:
            lot.owed -= part
            amount -= part
            _add(moves, lot.earned_month, part)
    if amount:
        _lot_of(lots, earned_month).remaining += amount
        _add(moves, earned_month, amount)
    return moves


def take_back(lots: list[Lot], amount: int, earned_month: date) -> Moves:
    """Correct what was earned in a month downwards, and return what was moved (below zero).

    It comes out of that month's lot; what was spent of it already out of the other lots, the oldest first; and what is
    missing still is owed in that month. What is held stays held: it was promised while it was there.
    """
    moves: Moves = {}
    own = _lot_of(lots, earned_month)
    for lot in [own, *sorted(lots, key=lambda lot: lot.earned_month)]:
        part = min(lot.free, amount)
        if part > 0:
            lot.remaining -= part
            amount -= part
            _add(moves, lot.earned_month, -part)
    if amount:
        own.owed += amount
        _add(moves, earned_month, -amount)
    return moves


def give_back(lots: list[Lot], amount: int, taken: Moves) -> Moves:
    """Put `amount` of what was once taken (`taken`, above zero, by month) back where it was, the youngest first."""
    moves: Moves = {}
    for month in sorted(taken, reverse=True):
        part = min(taken[month], amount)
        if part > 0:
            for touched, moved in put_in(lots, part, month).items():
                _add(moves, touched, moved)
            amount -= part
    if amount:
        raise NotEnough
    return moves


def _lot_of(lots: list[Lot], earned_month: date) -> Lot:
    for lot in lots:
        if lot.earned_month == earned_month:
            return lot
    lots.append(Lot(earned_month))
    return lots[-1]


def _add(moves: Moves, month: date, amount: int) -> None:
    moves[month] = moves.get(month, 0) + amount
