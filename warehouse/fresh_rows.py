"""Rows that a build has just written, kept in memory for the tables that read them next.

Belongs here: which rows of which table lie in which temporary table, and whether they still are what the lake holds.
Does not belong here: computing or writing rows.

A statement that reads from the lake is planned from its catalogue, which takes longer than to work out the few hundred
rows of an hour. The tables of one run follow from each other, so most of what a table reads was written a moment ago
by the same connection: from memory it is the same rows for a tenth of the work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import duckdb

# Longer tables are read from the lake: reading them takes longer than planning, and memory is for something else.
KEPT_ROWS = 200_000


@dataclass(frozen=True)
class FreshRows:
    """Rows of one table. `relation`: the temporary table with them; `partitions`: those of the column `by` that are all
    there (None: the whole table); `written_in`: the snapshot that the writing transaction made."""

    relation: str
    by: str
    partitions: frozenset[object] | None
    written_in: int

    def hold_all_of(self, expression: str, partitions: Sequence[object]) -> bool:
        """Say whether all rows are here that a reader wants: of these partitions, told by `expression`, or of all (no
        partitions)."""
        if self.partitions is None:
            return True
        return bool(partitions) and expression == self.by and self.partitions.issuperset(partitions)


_fresh: WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, FreshRows]] = WeakKeyDictionary()


def staging_place(name: str) -> str:
    """Return the temporary table in which rows of a table are computed before they are written."""
    return f"temp.fresh_{name.replace('.', '_')}"


def keep(con: duckdb.DuckDBPyConnection, name: str, rows: FreshRows) -> None:
    """Keep the rows, which the present transaction writes, for later readers of this connection."""
    _fresh.setdefault(con, {})[name] = rows


def drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Forget the rows of a table, and free their memory."""
    _fresh.get(con, {}).pop(name, None)
    con.execute(f"DROP TABLE IF EXISTS {staging_place(name)}")


def still_fresh(con: duckdb.DuckDBPyConnection, last_changes: Mapping[str, int]) -> dict[str, FreshRows]:
    """Return the kept rows that are what the lake holds, per table.

    `last_changes`: per table the snapshot that changed it last (changes.last_changes). Rows that were kept in a
    transaction that was taken back are not among them: no snapshot was made by it.
    """
    return {
        name: rows for name, rows in _fresh.get(con, {}).items() if last_changes.get(name) == rows.written_in
    }
