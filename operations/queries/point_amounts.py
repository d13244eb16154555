"""Hundredths of a point as people read points: 350 is 3.50.

Here: a column for lists. Never here: arithmetic, which is done in whole hundredths, or text (csv_cells.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Label, TypeDecorator, type_coerce


class _Points(TypeDecorator[Decimal]):
    """Whole hundredths in the database, points with two decimals in Python, exactly."""

    impl = BigInteger
    cache_ok = True

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)


def points(cents: Any, name: str) -> Label[Decimal]:
    """A column of hundredths as points, called `name`."""
    return type_coerce(cents, _Points()).label(name)
