"""One equation between two figures in hundredths of a point, and which of many is shown.

Never here: which equations there are (point_equations.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, literal_column

from operations.model import PointTransfer


@dataclass(frozen=True)
class Equation:
    """Two figures, in hundredths of a point, that must be equal; `name` leads to what is said of them."""

    name: str
    left_cents: int
    right_cents: int

    @property
    def difference_cents(self) -> int:
        """The left side less the right one: 0 unless something is wrong."""
        return self.left_cents - self.right_cents


def equation_of(name: str, sides: Sequence[tuple[int, int]]) -> Equation:
    """Return the equation of all sides together; where some differ, of those that differ most.

    So two that are wrong by the same amount in opposite ways do not hide each other.
    """
    left, right = max(sides, key=lambda both: abs(both[0] - both[1]), default=(0, 0))
    if left == right:
        left, right = sum(one for one, _ in sides), sum(other for _, other in sides)
    return Equation(name, left, right)


def is_no_award() -> ColumnElement[bool]:
    """The condition on transfers that their index of the few that are no awards answers."""
    return PointTransfer.kind != literal_column("'award'")
