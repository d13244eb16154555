"""A contract says what a table promises, and a broken one says which file and field to mend."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from warehouse.contracts import ContractError, read_columns, read_contract
from warehouse.tables import Table, catalogue
from warehouse.timekeeping import flags

COLUMNS = {
    "site_id": {"type": "BIGINT", "meaning": "A site", "zh": "点", "en": "Site"},
    "minutes": {"type": "BIGINT", "meaning": "Minutes", "unit": "min", "zh": "分钟", "en": "Minutes"},
}
GOOD = """
title: {zh: 点, en: Sites}
description: "One row per site."
owner: warehouse
keys: [site_id]
columns:
  - site_id
  - minutes: {meaning: "Minutes served there", nullable: true}
"""


def _contract(tmp_path: Path, text: str) -> object:
    file = tmp_path / "core" / "sites.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return read_contract(file, COLUMNS)


def test_a_table_is_named_after_its_file_and_takes_columns_from_columns_yml(tmp_path: Path) -> None:
    contract = _contract(tmp_path, GOOD)
    assert contract.name == "core.sites"
    assert contract.column("site_id").meaning == "A site"
    assert contract.column("minutes").meaning == "Minutes served there"
    assert contract.column("minutes").unit == "min"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("One row per site.", "All sites."), r'core/sites\.yml: .*begin with the grain, "One row per'),
        (
            ("keys: [site_id]", "keys: [site_no]"),
            r"core/sites\.yml: .*keys: site_no is not one of the columns",
        ),
        (("keys: [site_id]", "keys: []"), r"core/sites\.yml: keys: .*at least 1"),
        (("- site_id", "- site_id\n  - colour"), r"core/sites\.yml: columns: colour is not in columns\.yml"),
        (("- site_id", "- site_id\n  - site_id"), r"core/sites\.yml: .*a name stands twice"),
        (("nullable: true", "nullable: perhaps"), r"core/sites\.yml: columns\.1\.nullable"),
        (("owner: warehouse", "ownr: warehouse"), r"core/sites\.yml: (owner|ownr): "),
        (
            ("owner: warehouse", "owner: warehouse\nbuild: sometimes"),
            r"core/sites\.yml: build: .*say .whole.",
        ),
        (
            ("owner: warehouse", "owner: warehouse\nbuild: {by: day}"),
            r"build\.by: day is not one of the columns",
        ),
        (("- site_id", "- site_id: [BIGINT]"), r"core/sites\.yml: columns: .* is neither a name nor"),
        (("title: {", "title: {{"), r"core/sites\.yml is not valid YAML"),
    ],
)
def test_a_broken_contract_names_the_file_and_the_field(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        _contract(tmp_path, GOOD.replace(*change))


def test_a_broken_columns_yml_names_the_column(tmp_path: Path) -> None:
    (tmp_path / "columns.yml").write_text("minutes: {type: FLOAT, meaning: m, zh: 分, en: m}")
    with pytest.raises(ContractError, match=r"columns\.yml: minutes: type"):
        read_columns(tmp_path / "columns.yml")


def _write(room: Path, name: str, text: str) -> None:
    file = room / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_sql_without_a_contract_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, "columns.yml", "site_id: {type: BIGINT, meaning: A site, zh: 点, en: Site}")
    _write(tmp_path, "core/sites.sql", "SELECT 1 AS site_id")
    with pytest.raises(ContractError, match=r"core/sites\.sql has no sites\.yml beside it"):
        catalogue(tmp_path)


def test_tables_that_read_from_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    _write(tmp_path, "columns.yml", "site_id: {type: BIGINT, meaning: A site, zh: 点, en: Site}")
    for name, other in (("a", "b"), ("b", "a")):
        _write(tmp_path, f"core/{name}.yml", GOOD.replace("  - minutes", "  # - minutes"))
        _write(tmp_path, f"core/{name}.sql", f"SELECT site_id FROM core.{other}")
    with pytest.raises(ContractError, match=r"in a circle: core\.\w → core\.\w"):
        catalogue(tmp_path)


def test_an_upstream_that_is_not_there_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "columns.yml", "site_id: {type: BIGINT, meaning: A site, zh: 点, en: Site}")
    _write(tmp_path, "core/a.yml", GOOD.replace("  - minutes", "  # - minutes"))
    _write(tmp_path, "core/a.sql", "SELECT site_id FROM raw.sitez")
    with pytest.raises(ContractError, match=r"core\.a reads raw\.sitez, which has no contract"):
        catalogue(tmp_path)


def test_every_table_of_the_warehouse_comes_after_those_it_reads() -> None:
    names = [table.name for table in catalogue()]
    for table in catalogue():
        assert all(names.index(upstream) < names.index(table.name) for upstream in table.reads)


@pytest.mark.parametrize("table", [t for t in catalogue() if t.sql], ids=lambda table: table.name)
def test_every_sql_reads_only_columns_that_its_upstream_has(table: Table) -> None:
    assert set(table.columns_read) == set(table.reads)


def test_identity_never_enters_the_warehouse() -> None:
    secret = {"full_name", "id_number", "phone", "born_on", "id_type", "birthday"}
    for table in catalogue():
        assert table.name != "raw.volunteer_identities"
        assert not secret & set(table.contract.column_names())


def test_money_and_minutes_are_whole_numbers() -> None:
    for table in catalogue():
        for column in table.contract.columns:
            if column.name.endswith(("minutes", "_cents", "_count", "people", "sessions")):
                assert column.type == "BIGINT", f"{table.name}.{column.name}"


def test_the_contract_names_every_flag_that_can_be_raised() -> None:
    """A flag is raised by `_flags(rows, "name of the flag", …)`."""
    calls = [
        node
        for node in ast.walk(ast.parse(Path(flags.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    raised = {
        call.args[1].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "_flags"
        and isinstance(call.args[1], ast.Constant)
    }
    contract = next(table.contract for table in catalogue() if table.name == "core.session_flags")
    assert raised == set(contract.column("flag").values or ())
    assert "impossible_day" in raised
