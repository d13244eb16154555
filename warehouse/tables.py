"""What tables there are, where their files lie, and in which order they follow from one another.

Belongs here: finding contracts with their SQL or CSV, the order of the flow, and creating the tables in a lake with
types, comments and partitions. Does not belong here: filling them (build.py and the pipelines).
"""

import graphlib
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import duckdb
from sqlglot import exp

from warehouse import dialect
from warehouse.contracts import ROOM, Contract, ContractError, read_columns, read_contract
from warehouse.transactions import transaction

SCHEMAS = ("reference", "raw", "core", "marts")


@dataclass(frozen=True)
class Table:
    """One table: its contract, and where its rows come from: its `sql`, its `csv`, or Python (neither)."""

    contract: Contract
    sql: str | None = None
    csv: Path | None = None
    reads: tuple[str, ...] = ()
    query: exp.Query | None = field(default=None, repr=False, compare=False)
    upstream: dict[str, Contract] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """`schema.table`, as in the lake."""
        return self.contract.name

    @property
    def schema(self) -> str:
        """The folder the table lies in: reference, raw, core or marts."""
        return self.name.split(".")[0]

    @cached_property
    def columns_read(self) -> dict[str, tuple[str, ...]]:
        """Per upstream table, the columns that the rows depend on. ContractError for a column that is not there."""
        if self.query is None:
            return {}
        return dialect.columns_read(self.query, self.upstream, self.name.replace(".", "/") + ".sql")

    @cached_property
    def definition_hash(self) -> str:
        """A digest of everything that decides about the rows: SQL or CSV, columns, and how it is built."""
        columns = [(column.name, column.type, column.nullable) for column in self.contract.columns]
        text = self.csv.read_bytes() if self.csv else (self.sql or "").encode()
        decided = f"{columns}{self.contract.keys}{self.contract.partitioned_by}{self.contract.build!r}"
        return hashlib.sha256(text + decided.encode()).hexdigest()


def catalogue(room: Path = ROOM) -> tuple[Table, ...]:
    """Return all tables, each after those that it reads from; else in the order of the folders and names.

    Raises ContractError for a broken contract, a `.sql` without `.yml`, an unknown upstream table or a circle.
    """
    return _read_catalogue(room)


@cache
def _read_catalogue(room: Path) -> tuple[Table, ...]:
    columns = read_columns(room / "columns.yml")
    found = [
        _read_table(file, columns) for schema in SCHEMAS for file in sorted((room / schema).glob("*.yml"))
    ]
    by_name = {table.name: table for table in found}
    for schema in SCHEMAS:
        for file in (room / schema).glob("*.sql"):
            if f"{schema}.{file.stem}" not in by_name:
                raise ContractError(
                    f"{schema}/{file.name} has no {file.stem}.yml beside it: write its contract"
                )
    for table in found:
        for upstream in _names_used(table):
            if upstream not in by_name:
                raise ContractError(f"{table.name} reads {upstream}, which has no contract in warehouse/")
    linked = [
        replace(table, upstream={name: by_name[name].contract for name in _names_used(table)})
        for table in found
    ]
    return _in_order(linked)


def table(name: str, room: Path = ROOM) -> Table:
    """Return one table of the catalogue by its name `schema.table`; KeyError with what there is."""
    for candidate in catalogue(room):
        if candidate.name == name:
            return candidate
    raise KeyError(f"there is no table {name}; there are {', '.join(t.name for t in catalogue(room))}")


def create_all(
    con: duckdb.DuckDBPyConnection,
    tables: Iterable[Table] | None = None,
    *,
    filled_from_source: Collection[str] = (),
) -> list[str]:
    """Create schemas and tables that are missing, with types, NOT NULL, partitions and comments.

    Returns the names of the tables that were created. What is there and as the contract says stays untouched (no
    snapshot is made), changed comments are set again. A table of `filled_from_source` that differs, as after an update
    of the program, is made anew and empty: who fills it finds all its rows in the source again. To any other new
    nullable columns are added at the end; ContractError is raised where it differs in another way.
    """
    from warehouse.table_ddl import create_missing

    with transaction(con):
        return create_missing(con, catalogue() if tables is None else tables, filled_from_source)


def _read_table(file: Path, columns: dict[str, dict[str, object]]) -> Table:
    contract = read_contract(file, columns)
    sql_file, csv_file = file.with_suffix(".sql"), file.with_suffix(".csv")
    if sql_file.exists():
        sql = sql_file.read_text(encoding="utf-8")
        query = dialect.parse(sql, f"{file.parent.name}/{sql_file.name}")
        return Table(contract, sql=sql, reads=dialect.tables_read(query), query=query)
    return Table(contract, csv=csv_file if csv_file.exists() else None)


def _names_used(table: Table) -> set[str]:
    through = table.contract.build.touched_through
    looked_up = {path.table for paths in through.values() for path in paths}
    return {*table.reads, *through, *looked_up, *table.contract.build.matches, *table.contract.build.latest}


def _in_order(found: list[Table]) -> tuple[Table, ...]:
    by_name = {table.name: table for table in found}
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for table in found:
        sorter.add(table.name, *_names_used(table) - {table.name})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise ContractError(
            f"tables read from each other in a circle: {' → '.join(error.args[1])}"
        ) from error
    ordered: list[Table] = []
    while sorter.is_active():
        # Those that are ready come in the order of the files, so that the order is the same on every machine.
        for name in sorted(sorter.get_ready(), key=lambda name: found.index(by_name[name])):
            ordered.append(by_name[name])
            sorter.done(name)
    return tuple(ordered)
