"""The warehouse's SQL keeps to what other engines read the same way."""

from __future__ import annotations

import pytest
import sqlglot

from warehouse.portable_sql import for_spark, not_portable
from warehouse.tables import Table, catalogue

WRITTEN = [table for table in catalogue() if table.sql is not None]


@pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.name)
def test_every_file_uses_only_what_is_on_the_list(table: Table) -> None:
    assert table.sql is not None
    assert not_portable(table.sql, table.name) == []


@pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.name)
def test_every_file_renders_for_spark_and_reads_the_same_tables_there(table: Table) -> None:
    assert table.sql is not None
    spark = sqlglot.parse_one(for_spark(table.sql), read="spark")
    assert {f"{t.db}.{t.name}" for t in spark.find_all(sqlglot.exp.Table) if t.db} == set(table.reads)
    assert isinstance(spark, sqlglot.exp.Query)
    assert tuple(spark.named_selects) == table.contract.column_names()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT GREATEST(a, b) AS m FROM core.x", "GREATEST()"),
        ("SELECT ISODOW(d) AS m FROM core.x", "DAYOFWEEK_ISO()"),
        ("SELECT DATE_DIFF('month', a, b) AS m FROM core.x", "DATE_DIFF in MONTH"),
        ("SELECT d + INTERVAL (n) DAY AS m FROM core.x", "INTERVAL of an expression (use DATE_DIFF, or a literal)"),
        ("SELECT a, COUNT(*) AS m FROM core.x GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT LIST(a ORDER BY b) AS m FROM core.x", "ARRAY_AGG()"),
        ("SELECT NOW() AS m FROM core.x", "NOW()"),
        ("SELECT HASH(a) AS m FROM core.x", "HASH()"),
        ("SELECT home_made(a) AS m FROM core.x", "HOME_MADE()"),
        ("SELECT * EXCLUDE (a) FROM core.x", "* EXCLUDE"),
        ("SELECT x.a FROM core.x ASOF JOIN core.y ON x.a >= y.a", "ASOF JOIN"),
        (
            "SELECT a FROM core.x QUALIFY RANK() OVER (ORDER BY a) = 1",
            "QUALIFY (number the rows in a CTE and filter in the next)",
        ),
        ("SELECT CAST(a AS TIMESTAMPTZ) AS m FROM core.x", "the type TIMESTAMPTZ"),
        ("SELECT a // b AS m FROM core.x", "// (divide whole multiples, as core/point_awards.sql does)"),
    ],
)  # fmt: skip
def test_what_sqlglot_may_mistranslate_is_found(sql: str, found: str) -> None:
    assert not_portable(sql) == [found]
