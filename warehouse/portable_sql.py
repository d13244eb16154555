"""Keeping the warehouse's SQL to what other engines read the same way.

Belongs here: the list of what the files in `core/` and `marts/` may use, and rendering them for Spark-compatible
engines. Does not belong here: running SQL.

SQLGlot renders nearly anything, and some of it wrongly without a word (a weekday counted from another day, a NULL
that is skipped). What is on the list was compared row by row on DuckDB and Spark; add to it only after doing the same.
"""

import sqlglot
from sqlglot import exp

from warehouse.dialect import WRITTEN_IN, parse

ALLOWED_FUNCTIONS = frozenset(
    {
        "ABS", "AND", "ARG_MAX", "CASE", "CAST", "COALESCE", "COUNT", "DATE_DIFF", "IF", "MAX", "MIN", "OR", "RANK",
        "ROW_NUMBER", "SUM", "TIMESTAMP_TRUNC", "DATE_TRUNC",
    }
)  # fmt: skip
ALLOWED_TYPES = frozenset(
    {"BIGINT", "INT", "DOUBLE", "VARCHAR", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPNTZ"}
)
DIFFERENCES_IN = frozenset({"SECOND", "DAY"})
TRUNCATIONS_TO = frozenset({"WEEK", "MONTH", "YEAR", "DAY"})
NOT_ALLOWED_NODES: dict[type[exp.Expr], str] = {
    exp.Qualify: "QUALIFY (number the rows in a CTE and filter in the next)",
    exp.Pivot: "PIVOT",
    exp.Lateral: "LATERAL",
    exp.IntDiv: "// (divide whole multiples, as core/point_awards.sql does)",
    exp.Lambda: "lambdas",
    exp.Array: "arrays",
    exp.Struct: "structs",
    exp.Limit: "LIMIT (the table must not depend on an order)",
    exp.Parameter: "parameters",
    exp.CurrentDate: "CURRENT_DATE (ask marts.data_clock)",
    exp.CurrentTimestamp: "NOW() (ask marts.data_clock)",
}


def not_portable(sql: str, where: str = "the query") -> list[str]:
    """Return what in the SQL is not on the list, each in words; empty if all of it may be used."""
    query = parse(sql, where)
    found = []
    for node in query.walk():
        problem = _problem(node)
        if problem and problem not in found:
            found.append(problem)
    return found


def for_spark(sql: str) -> str:
    """Return the same query for Spark-compatible engines; sqlglot.ErrorLevel.RAISE on what it cannot render."""
    return sqlglot.transpile(
        sql, read=WRITTEN_IN, write="spark", pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE
    )[0]


def _problem(node: exp.Expr) -> str:
    for kind, words in NOT_ALLOWED_NODES.items():
        if isinstance(node, kind):
            return words
    if isinstance(node, exp.Func):
        return _function_problem(node)
    found = {
        "INTERVAL of an expression (use DATE_DIFF, or a literal)": isinstance(node, exp.Interval)
        and not isinstance(node.this, exp.Literal),
        "GROUP BY ALL": isinstance(node, exp.Group) and bool(node.args.get("all")),
        "* EXCLUDE": isinstance(node, exp.Star) and bool(node.args.get("except_")),
        "DISTINCT ON": isinstance(node, exp.Distinct) and bool(node.args.get("on")),
        "ASOF JOIN": isinstance(node, exp.Join) and node.method == "ASOF",
    }
    return next((words for words, is_there in found.items() if is_there), "")


def _function_problem(node: exp.Func) -> str:
    name = node.sql_name()
    if isinstance(node, exp.Anonymous):
        return f"{node.name.upper()}()"
    if isinstance(node, exp.Cast):
        return "" if node.to.this.name in ALLOWED_TYPES else f"the type {node.to.sql()}"
    if isinstance(node, exp.DateDiff):
        return "" if str(node.unit).upper() in DIFFERENCES_IN else f"DATE_DIFF in {node.unit}"
    if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc)):
        return "" if str(node.unit).strip("'").upper() in TRUNCATIONS_TO else f"DATE_TRUNC to {node.unit}"
    return "" if name in ALLOWED_FUNCTIONS else f"{name}()"
