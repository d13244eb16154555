"""The data dictionary: every table and column in words, made from the contracts.

Belongs here: turning contracts into Markdown. Does not belong here: anything that is not in a contract.
`python -m warehouse.data_dictionary` writes docs/data-dictionary.md anew; a test holds that it is current.
"""

from collections.abc import Sequence
from pathlib import Path

from warehouse.contracts import ROOM, Column
from warehouse.tables import SCHEMAS, Table, catalogue

FILE = ROOM.parent / "docs" / "data-dictionary.md"
SCHEMA_WORDS = {
    "reference": "dated rules and codes, from CSV files",
    "raw": "as received: the operational tables without identity, and the swipe logs",
    "core": "what it means: sessions, service and points",
    "marts": "what pages and exports read",
}


def data_dictionary(tables: Sequence[Table]) -> str:
    """Return the whole dictionary as Markdown, in the order of the flow."""
    lines = ["# Data dictionary · 数据字典", ""]
    lines += [
        "Made from the contracts in `warehouse/`: change it there, then `python -m warehouse.data_dictionary`.",
        "",
    ]
    lines += [
        "Times are UTC; days, weeks and months are local (Asia/Shanghai), a service day begins at 04:00.",
        "",
    ]
    for schema in SCHEMAS:
        named = sorted((table for table in tables if table.schema == schema), key=lambda table: table.name)
        lines += [f"## {schema}: {SCHEMA_WORDS[schema]}", ""]
        for table in named:
            lines += _table(table)
    return "\n".join(lines).rstrip() + "\n"


def write(file: Path = FILE) -> None:
    """Write the dictionary of the catalogue to a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(data_dictionary(catalogue()), encoding="utf-8")


def _table(table: Table) -> list[str]:
    contract = table.contract
    lines = [f"### {contract.name} · {contract.title.zh}", "", contract.description, ""]
    lines += [
        f"Keys: {', '.join(f'`{key}`' for key in contract.keys)}. {_origin(table)} Owner: {contract.owner}.",
        "",
    ]
    lines += ["| column | 名称 | type | unit | meaning |", "|---|---|---|---|---|"]
    lines += [_column(column) for column in contract.columns]
    if contract.checks:
        lines += ["", "Rules:", ""]
        lines += [f"* `{name}` ({check.severity}): {check.rule}" for name, check in contract.checks.items()]
    return [*lines, ""]


def _origin(table: Table) -> str:
    how = f"by {table.contract.build.by}" if table.contract.build.by else "whole"
    if table.sql is not None:
        return f"Built {how} from {', '.join(f'`{name}`' for name in table.reads)}."
    if table.csv is not None:
        return f"Read from `warehouse/reference/{table.csv.name}`."
    return f"Filled {how}." if table.contract.build.by else "Filled row by row."


def _column(column: Column) -> str:
    type_ = column.type + (", may be NULL" if column.nullable else "")
    values = f" ({', '.join(column.values)})" if column.values else ""
    meaning = (column.meaning + values).replace("|", "\\|")
    return f"| `{column.name}` | {column.zh} | {type_} | {column.unit or ''} | {meaning} |"


if __name__ == "__main__":
    write()
