"""Reading the warehouse's SQL: what it reads from, which columns, and the same text with narrower sources.

Belongs here: everything that takes SQL text apart with SQLGlot. Does not belong here: running SQL, or the meaning
of a table. There is no macro language: a file in `core/` or `marts/` is one plain SELECT, and is run as it stands.
"""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from warehouse.contracts import Contract, ContractError

WRITTEN_IN = "duckdb"


def parse(sql: str, where: str) -> exp.Query:
    """Return the syntax tree of one SELECT; ContractError naming `where` if it is anything else."""
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=WRITTEN_IN) if tree is not None]
    except SqlglotError as error:
        raise ContractError(f"{where}: SQLGlot cannot read it: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ContractError(f"{where}: expected one SELECT (CTEs are welcome), and nothing else")
    return statements[0]


def tables_read(query: exp.Query) -> tuple[str, ...]:
    """Return the names `schema.table` that a query reads from, sorted; CTEs are not among them."""
    return tuple(sorted({_name(table) for table in _lake_tables(query)}))


def columns_read(
    query: exp.Query, upstream: Mapping[str, Contract], where: str
) -> dict[str, tuple[str, ...]]:
    """Return, per table that a query reads from, the columns that its result depends on, sorted.

    Raises ContractError naming `where` for a column that no upstream contract has, or that is ambiguous.
    """
    schema: dict[str, object] = {}
    for database in {name.split(".")[0] for name in upstream}:
        schema[database] = {
            contract.name.split(".")[1]: {column.name: column.type for column in contract.columns}
            for contract in upstream.values()
            if contract.name.startswith(database + ".")
        }
    try:
        qualified = qualify(query.copy(), schema=schema, dialect=WRITTEN_IN, quote_identifiers=False)
    except SqlglotError as error:
        raise ContractError(f"{where}: {error}") from error
    used: dict[str, set[str]] = {name: set() for name in tables_read(query)}
    for scope in traverse_scope(qualified):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.db:
                used[_name(source)].add(column.name)
    return {name: tuple(sorted(columns)) for name, columns in used.items()}


def narrowed(
    sql: str, query: exp.Query, conditions: Mapping[str, str], instead: Mapping[str, str] | None = None
) -> str:
    """Return the SQL with each table of `conditions` replaced by its rows that fulfil the condition.

    `instead`: per table, another relation to take its rows from. The text is cut and joined where the table's name
    stands; all else stays as it was written.
    """
    pieces, end = [], len(sql)
    for table in sorted(_lake_tables(query), key=_start, reverse=True):
        name = _name(table)
        source = (instead or {}).get(name, name)
        if name not in conditions and source == name:
            continue
        alias = "" if table.alias else f" AS {table.name}"
        start, stop = _start(table), table.this.meta["end"] + 1
        pieces += [sql[stop:end], f"(SELECT * FROM {source} WHERE {conditions.get(name, 'true')}){alias}"]
        end = start
    return "".join(reversed([*pieces, sql[:end]]))


def _lake_tables(query: exp.Query) -> list[exp.Table]:
    return [table for table in query.find_all(exp.Table) if table.db]


def _name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}"


def _start(table: exp.Table) -> int:
    return int(table.args["db"].meta["start"])
