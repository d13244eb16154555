"""Lists for pages: searched, filtered, sorted, counted and turned page by page in the database.

Here: how a list is asked for, and what of it somebody may see. Never here: a single list; each is declared beside its
subject, as in audit_log.py. A list stays fast with a million rows as long as what it declares is indexed: a search is
a prefix, a count ends at a limit (`counted_rows_limit`), and pages are turned no further than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, SQLColumnExpression
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, Scope, scope_of
from operations.commands.refusals import Refused
from operations.local_time import LOCAL
from operations.rules import rule

from .narrowing import Condition, Found, Looked, Order, beginning, narrowed, plain
from .prefixes import starts_with

PAGE_ROWS = 50
LARGEST_PAGE = 500
EXPORT_CHUNK_ROWS = 5_000

Filter = Callable[[Any], ColumnElement[bool]]
Asked = Callable[[Any], Condition]


@dataclass(frozen=True)
class Listing:
    """One list: what it shows, who may see which of its rows, and what it can be asked for.

    `select` names its columns by `label`, and joins one row at most to each row of the list; `key` is unique and
    breaks ties. A sort names a column that is never NULL and has an index. `search` are the columns of which a row is
    found by the beginning, or makes a condition of the words; `visible` makes one of the scope in which somebody holds
    `action` (`operations.queries.visible.within`).
    """

    name: str
    action: Action
    select: Select[*tuple[Any, ...]]
    key: SQLColumnExpression[Any]
    visible: Callable[[Scope], Condition]
    sorts: Mapping[str, SQLColumnExpression[Any]]
    default_sort: str
    filters: Mapping[str, Asked] = field(default_factory=dict)
    search: tuple[SQLColumnExpression[Any], ...] | Asked = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.key for column in self.select.selected_columns if column.key)


@dataclass(frozen=True)
class Wanted:
    """What is asked of a list; a sort with `-` before it begins with the greatest.

    Filters that are None or empty text ask for nothing.
    """

    search: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    page_rows: int = PAGE_ROWS


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many there are; `is_capped` says that there are more than `total`, uncounted."""

    rows: list[dict[str, Any]]
    columns: tuple[str, ...]
    total: int
    is_capped: bool
    number: int
    pages: int

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as a frame that has its columns even without any row."""
        return frame_of(self.rows, self.columns)


def page_of(session: Session, actor: Actor, listing: Listing, wanted: Wanted, *, on: date) -> Page:
    """One page of what `actor` may see of a list; a page beyond the last is the last. `on` is the day of the rules.

    Raises `NotAllowed` if the actor may see nothing of this kind anywhere; `Refused` for a filter or sort that the
    list does not have, or a value that it cannot have.
    """
    limit = rule("counted_rows_limit", on)
    page_rows = min(max(wanted.page_rows, 1), LARGEST_PAGE)
    found = _found(session, actor, listing, wanted, limit)
    looked = found.look(session, _order(listing, wanted), limit, at_least=min(page_rows, limit))
    pages = max(-(-len(looked.keys) // page_rows), 1)
    number = min(max(wanted.page, 1), pages)
    keys = looked.keys[(number - 1) * page_rows : number * page_rows]
    return Page(
        rows=found.with_keys(session, keys),
        columns=listing.columns,
        total=len(looked.keys),
        is_capped=looked.is_capped,
        number=number,
        pages=pages,
    )


def counted(session: Session, actor: Actor, listing: Listing, *more: ColumnElement[bool], on: date) -> Looked:
    """The keys of the rows that `actor` may see of a list and for which more conditions hold, as far as lists count.

    Raises `NotAllowed` if the actor may see nothing of this kind anywhere.
    """
    limit = rule("counted_rows_limit", on)
    conditions = [listing.visible(_scope(actor, listing)), *more]
    found = narrowed(session, listing.select, listing.key, conditions, limit)
    return found.look(session, _order(listing, Wanted()), limit)


def all_rows(
    session: Session, actor: Actor, listing: Listing, wanted: Wanted, *, most: int
) -> Iterator[dict[str, Any]]:
    """All rows that `actor` may see of a list, in its order, read as they are taken, and `most` of them at most.

    Raises what `page_of` raises, before the first row.
    """
    rows = _found(session, actor, listing, wanted, most).ordered(session, _order(listing, wanted)).limit(most)
    found = session.execute(rows.execution_options(yield_per=EXPORT_CHUNK_ROWS)).mappings()
    return (dict(row) for row in found)


def one_row(session: Session, actor: Actor, listing: Listing, key: Any) -> dict[str, Any] | None:
    """The row of a list with this key, or None if there is none that `actor` may see: the two look the same.

    Raises `NotAllowed` if the actor may see nothing of this kind anywhere.
    """
    row = session.execute(seen_by(actor, listing).where(listing.key == key)).mappings().one_or_none()
    return None if row is None else dict(row)


def frame_of(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pl.DataFrame:
    """Rows as a frame with exactly these columns."""
    data = {name: [row[name] for row in rows] for name in columns}
    return pl.DataFrame(data, strict=False, infer_schema_length=None)


def equals(column: SQLColumnExpression[Any]) -> Filter:
    """A filter for one value of a column; text is read as what the column holds."""
    return lambda value: column == _typed(column, value)


def any_of(column: SQLColumnExpression[Any]) -> Filter:
    """A filter for several values of a column."""
    return lambda values: column.in_([_typed(column, value) for value in values])


def begins(column: SQLColumnExpression[Any]) -> Filter:
    """A filter for what the column begins with."""
    return lambda value: starts_with(column, str(value).strip())


def on_days(column: SQLColumnExpression[Any]) -> Filter:
    """A filter for moments of the local days from the first to the second of a pair, both included."""

    def condition(days: tuple[date, date]) -> ColumnElement[bool]:
        first, last = days
        begin = datetime.combine(first, time(), LOCAL)
        return (column >= begin) & (column < datetime.combine(last, time(), LOCAL) + timedelta(days=1))

    return condition


def _typed(column: SQLColumnExpression[Any], value: Any) -> Any:
    expression: Any = column
    kind = expression.type.python_type
    if isinstance(value, kind) or not isinstance(value, str):
        return value
    if kind is bool:
        return value == "true"
    return kind(value)


def seen_by(actor: Actor, listing: Listing) -> Select[*tuple[Any, ...]]:
    """All rows of a list that `actor` may see, to be narrowed down; `NotAllowed` if there is nothing of this kind."""
    return listing.select.where(plain(listing.visible(_scope(actor, listing))))


def _scope(actor: Actor, listing: Listing) -> Scope:
    scope = scope_of(actor, listing.action)
    if scope.kind == "nothing":
        raise NotAllowed(f"{actor.name} ({actor.role}) may not {listing.action.replace('_', ' ')}")
    return scope


def _found(session: Session, actor: Actor, listing: Listing, wanted: Wanted, limit: int) -> Found:
    conditions = [listing.visible(_scope(actor, listing))]
    for name, value in wanted.filters.items():
        if name not in listing.filters:
            raise Refused(f"this list has no filter {name!r}", name)
        if value is None or value == "":
            continue
        try:
            conditions.append(listing.filters[name](value))
        except (ValueError, TypeError) as error:
            raise Refused(f"{value!r} cannot be a value of {name.replace('_', ' ')}", name) from error
    words = wanted.search.strip()
    if words:
        if not listing.search:
            raise Refused("this list cannot be searched", "search")
        search = listing.search
        if not callable(search):
            search = beginning(listing.select, listing.key, search)
        conditions.append(search(words))
    return narrowed(session, listing.select, listing.key, conditions, limit)


def _order(listing: Listing, wanted: Wanted) -> Order:
    sort = wanted.sort or listing.default_sort
    column = listing.sorts.get(sort.removeprefix("-"))
    if column is None:
        raise Refused(f"this list cannot be sorted by {sort.removeprefix('-')!r}", "sort")
    is_down = sort.startswith("-")
    return (column, is_down), (listing.key, is_down)
