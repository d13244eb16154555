"""Reading the warehouse's SQL: what it reads from, which columns, and how it looks in other dialects.

Belongs here: everything that takes SQL text apart with SQLGlot. Does not belong here: running SQL, or the meaning
of a table. There is no macro language: a file in `core/` or `marts/` is one plain SELECT, and is run as it stands.
"""

import sqlglot
from sqlglot import exp

from warehouse.contracts import ContractError

WRITTEN_IN = "duckdb"


def parse(sql: str, where: str) -> exp.Query:
    """Return the syntax tree of one SELECT; ContractError naming `where` if it is anything else."""
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=WRITTEN_IN) if tree is not None]
    except sqlglot.ParseError as error:
        raise ContractError(f"{where}: SQLGlot cannot read it: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ContractError(f"{where}: expected one SELECT (CTEs are welcome), and nothing else")
    return statements[0]


def tables_read(query: exp.Query) -> tuple[str, ...]:
    """Return the names `schema.table` that a query reads from, sorted; CTEs are not among them."""
    return tuple(sorted({f"{table.db}.{table.name}" for table in query.find_all(exp.Table) if table.db}))
