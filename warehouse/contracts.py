"""What a table promises: the `.yml` beside it, read and checked.

Belongs here: the shape of a contract, and reading `columns.yml` and the contracts with errors that name the file
and the field. Does not belong here: the lake, SQL, or the order of building.
"""

import re
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

ROOM = Path(__file__).parent
ColumnType = Literal["BIGINT", "INTEGER", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"]


class ContractError(ValueError):
    """A contract or a row breaks what a contract says. The message names the file or table and the field."""


class _Yaml(yaml.CSafeLoader):
    """YAML in which only true and false are truth values: `on` is a word, as in YAML 1.2."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(_Strict):
    """What people read on screen."""

    zh: str
    en: str


class Column(_Strict):
    """One column: its meaning once for all tables (`columns.yml`), or as a table overrides it."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    zh: str
    en: str
    nullable: bool = False
    values: tuple[str, ...] | None = None


class Through(_Strict):
    """Where to look up which partitions a changed row of a dimension touches: the rows of `table` with the
    same `on`."""

    table: str
    on: str


class Latest(_Strict):
    """Of a table, only the rows whose day or time `on` is within `days` days before the data clock count."""

    on: str
    days: int = Field(gt=0)


class Build(_Strict):
    """How the rows of a table come about.

    `by` is empty for a table that is computed whole; else it is the column whose values are replaced one by one.
    `matches`: for an upstream table that names this column differently, its column (or `local_day(column)`).
    `touched_through`: for an upstream table without that column, where its changed rows lead to it.
    `latest`: for a whole table, the upstream tables of which only the last days count.
    """

    by: str = ""
    matches: dict[str, str] = {}
    touched_through: dict[str, tuple[Through, ...]] = {}
    latest: dict[str, Latest] = {}

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: object) -> object:
        if given == "whole":
            return {}
        if not isinstance(given, dict):
            raise ValueError('say "whole", or "by: <column>"')
        paths = given.get("touched_through", {})
        listed = {table: path if isinstance(path, list) else [path] for table, path in paths.items()}
        return {**given, "touched_through": listed} if paths else given


class Check(_Strict):
    """A rule of a table: `sql` selects the rows that break it; the touched partitions only, or the whole table."""

    rule: str
    severity: Literal["stop", "warn"]
    scope: Literal["touched", "table"] = "touched"
    sql: str


class Contract(_Strict):
    """Everything that is promised about one table, named `schema.table` after its file."""

    name: str
    title: Title
    description: str
    owner: str
    keys: tuple[str, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    build: Build = Build()
    partitioned_by: tuple[str, ...] = ()
    checks: dict[str, Check] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.description.startswith(("One row per ", "One row: ")):
            raise ValueError('description: begin with the grain, "One row per …"')
        names = [column.name for column in self.columns]
        for field, wanted in [("keys", self.keys), ("partitioned_by", self.plain_partition_columns())]:
            for name in wanted:
                if name not in names:
                    raise ValueError(f"{field}: {name} is not one of the columns")
        if self.build.by and self.build.by not in names:
            raise ValueError(f"build.by: {self.build.by} is not one of the columns")
        if len(set(names)) < len(names):
            raise ValueError("columns: a name stands twice")
        return self

    def plain_partition_columns(self) -> tuple[str, ...]:
        """Return the columns that the files are cut by, without transforms such as `month(…)`."""
        return tuple(re.sub(r"^\w+\((\w+)\)$", r"\1", part) for part in self.partitioned_by)

    def column(self, name: str) -> Column:
        """Return one column; KeyError if the table has none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def column_names(self) -> tuple[str, ...]:
        """Return the names of the columns in their order."""
        return tuple(column.name for column in self.columns)


def read_columns(file: Path = ROOM / "columns.yml") -> dict[str, dict[str, object]]:
    """Return name → what `columns.yml` says of it. Raises ContractError that names the column."""
    known: dict[str, dict[str, object]] = {}
    for name, said in _read_yaml(file).items():
        if not isinstance(said, dict):
            raise ContractError(f"{file.name}: {name}: give type, meaning, zh and en")
        try:
            Column.model_validate({"name": name, **said})
        except ValidationError as error:
            raise ContractError(f"{file.name}: {name}: {_first_problem(error)}") from error
        known[str(name)] = said
    return known


def read_contract(file: Path, columns: dict[str, dict[str, object]]) -> Contract:
    """Return the contract in a `.yml`, its columns filled up from `columns` (see `read_columns`).

    The table's name is that of the file: `core/sessions.yml` → `core.sessions`. Raises ContractError.
    """
    name = f"{file.parent.name}.{file.stem}"
    said = _read_yaml(file)
    listed = said.get("columns")
    if not isinstance(listed, list):
        raise ContractError(f"{_where(file)}: columns: give a list of names")
    full = [_full_column(file, entry, columns) for entry in listed]
    try:
        return Contract.model_validate({**said, "name": name, "columns": full})
    except ValidationError as error:
        raise ContractError(f"{_where(file)}: {_first_problem(error)}") from error


def _full_column(file: Path, entry: object, columns: dict[str, dict[str, object]]) -> dict[str, object]:
    name, override = entry, {}
    if isinstance(entry, dict) and len(entry) == 1:
        name, override = next(iter(entry.items()))
    if not isinstance(name, str) or not isinstance(override, dict):
        raise ContractError(
            f"{_where(file)}: columns: {entry!r} is neither a name nor a name with its details"
        )
    full = {"name": name, **columns.get(name, {}), **override}
    missing = [field for field in ("type", "meaning", "zh", "en") if field not in full]
    if missing:
        raise ContractError(
            f"{_where(file)}: columns: {name} is not in columns.yml: add it there, or give {', '.join(missing)} here"
        )
    return full


def _read_yaml(file: Path) -> dict[object, object]:
    try:
        said = yaml.load(file.read_text(encoding="utf-8"), Loader=_Yaml)
    except OSError as error:
        raise ContractError(f"{_where(file)} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ContractError(f"{_where(file)} is not valid YAML: {error}") from error
    if not isinstance(said, dict):
        raise ContractError(f"{_where(file)}: expected fields with values, found {type(said).__name__}")
    return said


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def _where(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
