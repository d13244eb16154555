"""What begins with a text, as a condition that an index answers on both databases.

SQLite compares text byte by byte, so a prefix is a range there. PostgreSQL sorts by language, where it is none; there
LIKE is answered from an index of `text_pattern_ops`, which `operations.model.base.prefix_index` makes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, SQLColumnExpression, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# Stands behind every character: Unicode gives it to none.
LAST = "\U0010ffff"


class _StartsWith(FunctionElement[bool]):
    name = "starts_with"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> _StartsWith:
        """Itself: a function of a database without booleans would be compared with 1, and no index answers that."""
        return self


def starts_with(column: SQLColumnExpression[Any], prefix: str) -> ColumnElement[bool]:
    """The condition that a text column begins with `prefix`, upper and lower case told apart."""
    escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _StartsWith(column, literal(prefix), literal(prefix + LAST), literal(escaped + "%"))


@compiles(_StartsWith)
def _as_like(element: _StartsWith, compiler: Any, **options: Any) -> str:
    column, _, _, pattern = element.clauses
    return f"{compiler.process(column, **options)} LIKE {compiler.process(pattern, **options)}"


@compiles(_StartsWith, "sqlite")
def _as_range(element: _StartsWith, compiler: Any, **options: Any) -> str:
    column, low, high, _ = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} >= {low} AND {column} < {high})"
