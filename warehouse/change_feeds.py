"""The change feed of a table, kept in memory once a second table asks for it.

Belongs here: where the rows lie that a table gained and lost between two snapshots. Does not belong here: which
snapshots, or what follows from a change.

A feed is planned from the lake's catalogue, which takes longer than to read the few rows of an hour. Many tables follow
from the same one: the first of them reads just its columns from the lake, the second keeps the whole feed for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import duckdb

from warehouse.fresh_rows import KEPT_ROWS
from warehouse.lake import CATALOGUE
from warehouse.transactions import Transaction, transaction_of


@dataclass(frozen=True)
class _Feed:
    """The feed of a table from the snapshot `first` to `last`. `relation`: the temporary table that holds it, if it is
    kept; `made_in`: the transaction that made it, with which it is taken back."""

    first: int
    last: int
    relation: str = ""
    made_in: Transaction | None = None
    is_long: bool = False


_feeds: WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, _Feed]] = WeakKeyDictionary()


def feed_sql(con: duckdb.DuckDBPyConnection, name: str, first: int, last: int, columns: Sequence[str]) -> str:
    """Return a SELECT of the `columns` of all rows that the snapshots `first` to `last` added (sign 1) or took away
    (sign -1), a row for each."""
    feeds = _feeds.setdefault(con, {})
    known = feeds.get(name)
    if known is None or (known.first, known.last) != (first, last):
        feeds[name] = _Feed(first, last)
        return _from_lake(name, first, last, ", ".join(columns))
    if known.made_in and known.made_in.taken_back:
        known = replace(known, relation="", made_in=None)
    if not known.relation and not known.is_long:
        known = feeds[name] = _keep(con, name, known)
    if known.is_long:
        return _from_lake(name, first, last, ", ".join(columns))
    return f"SELECT {', '.join(columns)}, sign FROM {known.relation}"


def _keep(con: duckdb.DuckDBPyConnection, name: str, feed: _Feed) -> _Feed:
    relation = f"temp.feed_{name.replace('.', '_')}"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM ({_from_lake(name, feed.first, feed.last, '*')}) "
        f"LIMIT {KEPT_ROWS + 1}"
    )
    rows = con.execute(f"SELECT COUNT(*) FROM {relation}").fetchone()
    if rows and rows[0] > KEPT_ROWS:
        con.execute(f"DROP TABLE {relation}")
        return replace(feed, is_long=True)
    return replace(feed, relation=relation, made_in=transaction_of(con))


def _from_lake(name: str, first: int, last: int, columns: str) -> str:
    schema, table = name.split(".")
    return " UNION ALL ".join(
        f"SELECT {columns}, {sign} AS sign "
        f"FROM ducklake_table_{feed}('{CATALOGUE}', '{schema}', '{table}', {first}, {last})"
        for feed, sign in (("insertions", 1), ("deletions", -1))
    )
