"""A condition of a list in two forms, and which of them finds the rows of a page.

What few rows fulfil is asked for: all of them are read and sorted. What many fulfil is looked at row by row in the
order of the list until the page is full. No plan of a database chooses so without knowing how many there are; here they
are counted first, up to a limit. Both forms mean the same, and with either no more rows are read than that limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from .prefixes import starts_with

# Up to so many organisations are named one by one, so that the database knows how few they are.
NAMED_AT_MOST = 50

# Where what is wanted lies far behind in the order of a list, so many times more rows are sorted at the most.
FURTHER = 20

These = Select[Any] | Sequence[int]
Order = Sequence[tuple[SQLColumnExpression[Any], bool]]


@dataclass(frozen=True)
class Narrowing:
    """The rows whose `column`, the key of the list, is among `values`, which may repeat; `holds` says it of a row.

    `values` are answered from an index, `holds` by look-ups from the row (`looked_up`), never the other way round.
    `source`, where it is given, is what the values are looked up from: of more than a page counts nobody begins there.
    `about` names what a row has one of, and which: nothing is in two districts.
    """

    column: SQLColumnExpression[Any]
    values: Any
    holds: ColumnElement[bool]
    source: Any = None
    about: tuple[str, Any] | None = None

    def size(self, session: Session, limit: int) -> int:
        """How many values there are, counted to one more than `limit`."""
        if self.source is not None and _count(session, self.source, limit + 1) > limit:
            return limit + 1
        return _count(session, self.values, limit + 1)


@dataclass(frozen=True)
class OrganisationNarrowing:
    """A `Narrowing` made of organisations, which are read once (`operations.queries.visible.organisations_in`)."""

    organisations: Select[Any]
    make: Callable[[These], Narrowing]

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition on a row."""
        return self.make(self.organisations).holds

    def known(self, session: Session) -> Narrowing:
        """The narrowing with its organisations named, many of them as one value."""
        ids = session.scalars(self.organisations).all()
        return self.make(ids if len(ids) <= NAMED_AT_MOST else _listed(session, ids))


def _listed(session: Session, keys: Sequence[Any]) -> Select[Any]:
    """Keys as rows of a query: as so many parameters they would take longer to send than to look up."""
    if session.get_bind().dialect.name == "postgresql":
        kind = ARRAY(BigInteger if all(isinstance(key, int) for key in keys) else Text)
        return select(func.unnest(literal(list(keys), kind)).column_valued("listed"))
    return select(func.json_each(json.dumps(list(keys))).table_valued("value").c.value)


Condition = ColumnElement[bool] | Narrowing | OrganisationNarrowing


def plain(condition: Condition) -> ColumnElement[bool]:
    """The form of a condition that looks at a row."""
    return condition if isinstance(condition, ColumnElement) else condition.holds


def looked_up(query: Select[Any]) -> Any:
    """What a query around a row says of it, one value: no database makes a join of it, which reads all there are."""
    return query.limit(1).scalar_subquery()


def any_looked_up(condition: ColumnElement[bool], of_row: Select[Any], row: Any) -> ColumnElement[bool]:
    """Whether the condition holds for any of the few rows that a query finds around a row.

    Not as EXISTS: of a condition in its WHERE, too, a database would make a join.
    """
    found = of_row.with_only_columns(func.max(case((condition, 1), else_=0))).correlate(row)
    return looked_up(found) == 1


def beginning(
    rows: Select[*tuple[Any, ...]], key: SQLColumnExpression[Any], columns: Sequence[SQLColumnExpression[Any]]
) -> Callable[[str], Narrowing]:
    """A search for rows of which one of these columns begins with some words, each found from its own index."""

    def search(words: str) -> Narrowing:
        begin = [starts_with(column, words) for column in columns]
        return Narrowing(
            key,
            union_all(*(rows.with_only_columns(key).where(one) for one in begin)),
            or_(*(begins_with(column, words) for column in columns)),
            union_all(*(select(column).where(one) for column, one in zip(columns, begin, strict=True))),
        )

    return search


def valued(
    key: SQLColumnExpression[Any], column: SQLColumnExpression[Any], usual: str | None = None
) -> Callable[[str | Sequence[str]], Condition]:
    """A filter for one or several texts of a column of the list's own table, some of which few rows have.

    Where the index that answers it has only the rows that are not `usual`, the query says so too.
    """

    def narrow(asked: str | Sequence[str]) -> Condition:
        texts = [asked] if isinstance(asked, str) else list(asked)
        if usual in texts:
            return column.in_(texts)
        values = select(key).where(column.in_(texts))
        values = values if usual is None else values.where(column != usual)
        return Narrowing(key, values, (column + "").in_(texts))

    return narrow


def begins_with(column: SQLColumnExpression[Any], words: str) -> ColumnElement[bool]:
    """As `starts_with`, of a row that is looked at: no index answers it."""
    return func.substr(column, 1, len(words)) == words


@dataclass(frozen=True)
class Looked:
    """The keys of the first rows of a list, in its order; `is_capped`: there are more, which nobody looked at."""

    keys: list[Any]
    is_capped: bool


@dataclass(frozen=True)
class Found:
    """What a list was asked for: rows for which plain conditions hold, and those with two forms.

    `driver` is the one that has the fewest values, if these are few enough to be sorted.
    """

    rows: Select[*tuple[Any, ...]]
    key: Any
    two_forms: tuple[Narrowing, ...]
    driver: Narrowing | None

    def ordered(self, session: Session, order: Order) -> Select[*tuple[Any, ...]]:
        """The rows in an order: of few by sorting them, of many by an index."""
        if self.driver is None:
            return self.rows.where(*(one.holds for one in self.two_forms)).order_by(*_directed(order))
        # Read first, so that the database knows how many they are whatever it guesses of the conditions.
        keys = _listed(session, session.scalars(self.driver.values).unique().all())
        others = (one.holds for one in self.two_forms if one is not self.driver)
        sorted_by = ((unsorted_by_index(column), is_down) for column, is_down in order)
        return self.rows.where(self.key.in_(keys), *others).order_by(*_directed(sorted_by))

    def with_keys(self, session: Session, keys: Sequence[Any]) -> list[dict[str, Any]]:
        """The rows with these keys of rows that were found, in their order; each is looked at again."""
        if not keys:
            return []
        these = self.rows.where(self.key.in_(keys), *(one.holds for one in self.two_forms))
        places = {key: place for place, key in enumerate(keys)}
        name = self.key.key
        rows: list[dict[str, Any]] = [dict(row) for row in session.execute(these).mappings()]
        return sorted(rows, key=lambda row: places[row[name]])

    def look(self, session: Session, order: Order, limit: int, at_least: int = 0) -> Looked:
        """Look at the first `limit` rows, further only until `at_least` are found."""
        if self.driver or not self.two_forms:
            return self._first(session, order, limit)
        is_wanted = and_(*(one.holds for one in self.two_forms)).label("is_wanted")
        query = self.rows.with_only_columns(self.key, is_wanted).order_by(*_directed(order)).limit(limit + 1)
        looked = session.execute(query).all()
        keys = [row[0] for row in looked[:limit] if row[1]]
        if len(looked) <= limit or len(keys) >= at_least:
            return Looked(keys, len(looked) > limit)
        driver = _fewest(session, self.two_forms, limit * FURTHER)
        return replace(self, driver=driver)._first(session, order, at_least)

    def _first(self, session: Session, order: Order, most: int) -> Looked:
        keys = session.scalars(self.ordered(session, order).with_only_columns(self.key).limit(most + 1)).all()
        return Looked(list(keys[:most]), len(keys) > most)


def narrowed(
    session: Session,
    rows: Select[*tuple[Any, ...]],
    key: SQLColumnExpression[Any],
    conditions: Sequence[Condition],
    limit: int,
) -> Found:
    """The rows of a list for which all conditions hold; up to `limit` values of one of them find the rows."""
    two_forms: list[Narrowing] = []
    for condition in conditions:
        if isinstance(condition, ColumnElement):
            rows = rows.where(condition)
        elif isinstance(condition, OrganisationNarrowing):
            two_forms.append(condition.known(session))
        else:
            two_forms.append(condition)
    if _contradict(two_forms):
        return Found(rows.where(false()), key, (), None)
    return Found(rows, key, tuple(two_forms), _fewest(session, two_forms, limit))


def _contradict(two_forms: Sequence[Narrowing]) -> bool:
    about = {one.about for one in two_forms if one.about}
    return len({name for name, _ in about}) < len(about)


def _fewest(session: Session, two_forms: Sequence[Narrowing], limit: int) -> Narrowing | None:
    """The one with the fewest values, None if all have more than `limit`."""
    sizes = [one.size(session, limit) for one in two_forms]
    fewest = min(sizes, default=limit + 1)
    return None if fewest > limit else two_forms[sizes.index(fewest)]


def _directed(order: Iterable[tuple[SQLColumnExpression[Any], bool]]) -> Iterator[ColumnElement[Any]]:
    return (column.desc() if is_down else column.asc() for column, is_down in order)


def _count(session: Session, values: Any, most: int) -> int:
    return session.scalar(select(func.count()).select_from(values.limit(most).subquery())) or 0


def unsorted_by_index(column: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """The column for sorting few rows: as an expression, so that no index is walked in search of them."""
    expression: Any = column
    return expression + 0 if expression.type.python_type is int else column
