"""operations → raw.*: the rows that changed since the last pull, without anyone's identity.

Here: which tables are pulled, and how changes and deletions are found. Never here: how the operational database is read
(operational_source.py), the assets (operational_tables.py), or what a row means (warehouse/raw/*.yml).

How a pull stays small and misses nothing:

* Only columns of the contract are asked for. The table of identities has no contract, so it cannot be pulled.
* The cursor of a table is the latest `updated_at` of its rows in the lake: it can never disagree with them. A pull
  steps some minutes back from it, because a transaction that was stamped earlier may have been committed later.
* A table without `updated_at` is only added to (the contract says so): its cursor is the greatest number there, and a
  pull steps some numbers back, because a transaction with a smaller one may have been committed later.
* Of what comes, only rows that differ from the lake's are written. A table without changes writes nothing.
* Deletions leave no trace in either. After the rows above were taken over the lake holds every key of the
  source, and maybe more; so the number of rows and the sum of their (whole-number) keys say whether anything is
  gone. Only if they differ the keys themselves are compared, and what is gone is deleted. If keys are missing in
  the lake (rows that came with an old stamp), the table is pulled whole.
* All tables are read in one transaction of the source and written in one transaction of the lake: every state of
  the lake is a state that operations really had.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from operations.model import Base
from pipelines.operational_source import (
    Extent,
    OperationalSource,
    attached,
    cursor_of,
    is_only_added_to,
    key_sum,
)
from warehouse.tables import Table, catalogue
from warehouse.transactions import in_transaction

# More than open transactions hold at once: each a few, and settlement, with its many, is over before the pull.
NUMBERS_BACK = 1_000


@dataclass(frozen=True)
class Pulled:
    """What the pull of one table did. `source` and `lake` are equal unless something is broken."""

    table: str
    looked_at: int
    inserted: int
    updated: int
    deleted: int
    source: Extent
    lake: Extent

    @property
    def has_changes(self) -> bool:
        """Whether anything was written."""
        return bool(self.inserted or self.updated or self.deleted)


def pulled_tables() -> tuple[Table, ...]:
    """Return the raw tables that have an operational table of the same name, in the catalogue's order."""
    return tuple(
        one for one in catalogue() if one.schema == "raw" and _source_name(one) in Base.metadata.tables
    )


def pull(
    con: duckdb.DuckDBPyConnection,
    operations_url: str,
    tables: Sequence[Table],
    *,
    overlap: timedelta,
    everything: bool = False,
    guard: Callable[[list[Pulled]], None] | None = None,
) -> list[Pulled]:
    """Bring raw tables to the present state of operations, all in one transaction; return what was done to each.

    `everything`: compare all rows, not only those that changed since the cursor. `guard` is called before the
    commit; what it raises leaves the tables as they were. Raises `OperationsUnavailable` if the operational database
    is away, `WrongValue` if a value breaks its contract; nothing is written then.
    """

    def pull_all() -> list[Pulled]:
        sources = source.extents({_source_name(one): one.contract for one in tables})
        there = _in_lake(con, tables)
        pulled = []
        for one in tables:
            lake, latest = there[one.name]
            since = None if everything or latest is None else _stepped_back(latest, overlap)
            pulled.append(_pull_one(con, source, one, since, (sources[_source_name(one)], lake)))
        if guard:
            guard(pulled)
        return pulled

    with attached(con, operations_url) as source:
        return in_transaction(con, pull_all)


def _pull_one(
    con: duckdb.DuckDBPyConnection,
    source: OperationalSource,
    one: Table,
    since: datetime | int | None,
    extents: tuple[Extent, Extent],
) -> Pulled:
    wanted, lake = extents
    looked_at = source.stage(one.contract, _source_name(one), since, into="pulled")
    inserted, updated = _take_over(con, one) if looked_at else (0, 0)
    if inserted:
        lake, _ = _in_lake(con, [one])[one.name]
    deleted = 0
    if lake != wanted:
        deleted, missing = _compare_keys(con, source, one)
        if missing:
            looked_at = source.stage(one.contract, _source_name(one), None, into="pulled")
            more, changed = _take_over(con, one)
            inserted, updated = inserted + more, updated + changed
        lake, _ = _in_lake(con, [one])[one.name]
    con.execute("DROP TABLE IF EXISTS temp.pulled")
    return Pulled(one.name, looked_at, inserted, updated, deleted, wanted, lake)


def _take_over(con: duckdb.DuckDBPyConnection, one: Table) -> tuple[int, int]:
    """Write the pulled rows that differ from the lake's; return how many are new and how many changed."""
    contract = one.contract
    names = contract.column_names()
    equal = " AND ".join(f"p.{name} IS NOT DISTINCT FROM r.{name}" for name in names)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS "
        f"SELECT p.* FROM temp.pulled AS p ANTI JOIN {one.name} AS r ON {equal}"
    )
    differing = _number(con, "SELECT COUNT(*) FROM temp.differing")
    updated = 0
    if differing:
        updated = _number(
            con, f"DELETE FROM {one.name} AS r USING temp.differing AS d WHERE {_same_key(one, 'd', 'r')}"
        )
        con.execute(
            f"INSERT INTO {one.name} SELECT {', '.join(names)} FROM temp.differing "
            f"ORDER BY {', '.join(contract.keys)}"
        )
    con.execute("DROP TABLE temp.differing")
    return differing - updated, updated


def _compare_keys(con: duckdb.DuckDBPyConnection, source: OperationalSource, one: Table) -> tuple[int, int]:
    """Delete the lake's rows whose key is gone from the source; return their number, and that of missing keys."""
    source.stage_keys(one.contract, _source_name(one), into="source_keys")
    same = _same_key(one, "k", "r")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {', '.join(one.contract.keys)} "
        f"FROM {one.name} AS r ANTI JOIN temp.source_keys AS k ON {same}"
    )
    deleted = _number(con, "SELECT COUNT(*) FROM temp.gone")
    if deleted:
        con.execute(f"DELETE FROM {one.name} AS r USING temp.gone AS k WHERE {same}")
    missing = _number(con, f"SELECT COUNT(*) FROM temp.source_keys AS k ANTI JOIN {one.name} AS r ON {same}")
    con.execute("DROP TABLE temp.gone")
    con.execute("DROP TABLE temp.source_keys")
    return deleted, missing


def _in_lake(
    con: duckdb.DuckDBPyConnection, tables: Sequence[Table]
) -> dict[str, tuple[Extent, datetime | int | None]]:
    """How much there is of each table, and where its cursor stands."""
    asked = " UNION ALL ".join(
        f"SELECT '{one.name}' AS name, COUNT(*) AS n, CAST({key_sum(one.contract)} AS HUGEINT) AS key_sum, "
        + (
            f"NULL AS latest, MAX({cursor_of(one.contract)}) AS last_no FROM {one.name}"
            if is_only_added_to(one.contract)
            else f"MAX(updated_at) AS latest, NULL AS last_no FROM {one.name}"
        )
        for one in tables
    )
    rows = con.execute(asked).fetchall()
    return {name: (Extent(int(count), int(keys)), latest or last) for name, count, keys, latest, last in rows}


def _same_key(one: Table, left: str, right: str) -> str:
    return " AND ".join(f"{left}.{key} = {right}.{key}" for key in one.contract.keys)


def _source_name(one: Table) -> str:
    return one.name.split(".")[1]


def _stepped_back(latest: datetime | int, overlap: timedelta) -> datetime | int:
    return latest - NUMBERS_BACK if isinstance(latest, int) else min(latest, _now()) - overlap


def _now() -> datetime:
    # A row stamped in the future must not move the cursor beyond changes that are still to come.
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _number(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0
