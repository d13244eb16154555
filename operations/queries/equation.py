"""One equation between two figures in hundredths of a point. Never here: which there are (point_equations.py)."""

from __future__ import annotations

from dataclasses import dataclass


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
