"""A condition of a list in two forms, and which of them finds the rows.

Whoever is found by few values is asked for from them: all rows are read and sorted. What holds for a large part of a
million rows is looked at row by row in the order of the list until the page is full. No plan of a database chooses so
without knowing how many there are; here they are counted first, up to a limit. Both forms mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

# Up to so many organisations are named one by one: the database knows then how many they are.
NAMED_AT_MOST = 2_000

Below = Select[tuple[int]] | Sequence[Any]


@dataclass(frozen=True)
class Narrowing:
    """The rows whose `column` is among `values`, which may repeat; `holds` says the same of a row.

    Up to `few` values find the rows, 0 for never; up to `many` count them. Each value is one of a row of the list's
    first table.
    """

    column: SQLColumnExpression[Any]
    values: Any
    holds: ColumnElement[bool]
    few: int = 20_000
    many: int = 200_000

    @property
    def among(self) -> ColumnElement[bool]:
        """The condition as one of the values."""
        return self.column.in_(self.values)


@dataclass(frozen=True)
class OrganisationNarrowing:
    """A `Narrowing` made of an organisation and those below it (`operations.queries.visible.and_below`)."""

    below: Select[tuple[int]]
    make: Callable[[Below], Narrowing]

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition on a row."""
        return self.make(self.below).holds

    def known(self, session: Session) -> Narrowing:
        """The narrowing with its organisations named, unless they are very many."""
        ids = session.scalars(self.below.limit(NAMED_AT_MOST + 1)).all()
        return self.make(self.below if len(ids) > NAMED_AT_MOST else ids)


Condition = ColumnElement[bool] | Narrowing | OrganisationNarrowing


def plain(condition: Condition) -> ColumnElement[bool]:
    """The form of a condition that looks at a row."""
    return condition if isinstance(condition, ColumnElement) else condition.holds


@dataclass(frozen=True)
class Found:
    """What a list was asked for: `rows` to be ordered, by something else than an index if `is_driven`."""

    rows: Select[*tuple[Any, ...]]
    is_driven: bool
    large: Narrowing | None = None
    base: Select[*tuple[Any, ...]] | None = None

    def count(self, session: Session, key: SQLColumnExpression[Any], limit: int) -> int:
        """How many rows there are, counted to one more than `limit`."""
        large, base = self.large, self.base
        if large is None or base is None or not large.many:
            return _count(session, self.rows.with_only_columns(key).order_by(None), limit + 1)
        if large.column is key:
            # The first values of it are as good as any, and often enough they are more than are counted.
            some = large.values.limit((limit + 1) * 3 // 2).subquery()
            value = some.c[0]
            if base.whereclause is not None:
                narrowed = base.where(key.in_(select(value))).with_only_columns(key).order_by(None)
            else:
                narrowed = select(value).distinct()
            at_least = _count(session, narrowed, limit + 1)
            if at_least > limit:
                return at_least
        if _count(session, large.values, large.many + 1) > large.many:
            return _count(session, self.rows.with_only_columns(key).order_by(None), limit + 1)
        return _count(session, base.where(large.among).with_only_columns(key).order_by(None), limit + 1)


def narrowed(session: Session, rows: Select[*tuple[Any, ...]], conditions: Sequence[Condition]) -> Found:
    """The rows for which all conditions hold, found by the one with the fewest values if these are few."""
    two_forms: list[Narrowing] = []
    for condition in conditions:
        if isinstance(condition, ColumnElement):
            rows = rows.where(condition)
        else:
            two_forms.append(
                condition.known(session) if isinstance(condition, OrganisationNarrowing) else condition
            )
    if not two_forms:
        return Found(rows, is_driven=False)
    sizes = [_count(session, one.values, one.few + 1) if one.few else 1 for one in two_forms]
    few = [(size, place) for place, size in enumerate(sizes) if size <= two_forms[place].few]
    place = min(few)[1] if few else 0
    first = two_forms[place]
    base = rows.where(*(one.holds for one in two_forms[:place] + two_forms[place + 1 :]))
    if few:
        return Found(base.where(first.among), is_driven=True)
    return Found(base.where(first.holds), is_driven=False, large=first, base=base)


def _count(session: Session, values: Any, most: int) -> int:
    return session.scalar(select(func.count()).select_from(values.limit(most).subquery())) or 0


def unsorted_by_index(column: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """The column for sorting few rows: as an expression, so that no index is walked in search of them."""
    expression: Any = column
    return expression + 0 if expression.type.python_type is int else column
