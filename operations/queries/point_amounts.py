"""Hundredths of a point as people read points: 350 is 3.50.

Here: a column for lists. Never here: arithmetic, which is done in whole hundredths.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Label, String, TypeDecorator, type_coerce

from operations.model.base import Ref


class _Points(TypeDecorator[str]):
    """Whole hundredths in the database, points with two decimals in Python."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(Ref)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else shown_points(int(value))


def shown_points(cents: int) -> str:
    """Hundredths as points with two decimals."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def points(column: Any, name: str) -> Label[str]:
    """A column of hundredths as points, called `name`."""
    return type_coerce(column, _Points()).label(name)
