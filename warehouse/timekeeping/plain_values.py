"""How values are written in plain files, and reading them: times, days, numbers, true and false, in and out.

Here: one value at a time, in whole columns. Never here: files (plain_files.py).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl


class FileProblem(ValueError):
    """A file is missing or cannot be read; the message names file, row and column. The header of a CSV is row 1."""


HINTS = {
    "time": "write 2026-08-01T09:00:00+08:00, with the offset",
    "day": "write 2026-08-01",
    "direction": "write in, out or nothing",
    "true or false": "write true or false",
    "share": "write a number from 0 to 1, or nothing",
    "whole number": "write digits only",
    "minutes": "write whole minutes, 0 or more",
    "number": "write a decimal number",
    "text": "it must not be empty",
    "id": "it must not be empty",
}

TYPES: dict[str, pl.DataType] = {
    "time": pl.Datetime("us"),
    "day": pl.Date(),
    "true or false": pl.Boolean(),
    "share": pl.Float64(),
    "number": pl.Float64(),
    "whole number": pl.Int64(),
    "minutes": pl.Int64(),
}


def typed_columns(part: pl.DataFrame, path: Path, kinds: dict[str, str], first_row: int) -> pl.DataFrame:
    """The columns `kinds` of `part`, read as their kinds say. Raises FileProblem for the first that cannot be."""
    kinds = {column: kind for column, kind in kinds.items() if column in part.columns}
    typed = part.select(_value(part.schema[column], column, kind) for column, kind in kinds.items())
    for column, kind in kinds.items():
        if kind.startswith("time") and part.schema[column] == pl.String:
            unread = typed[column].is_null() & part[column].is_not_null()
            if unread.any():
                otherwise = part.select(_written_otherwise(pl.col(column).str.strip_chars()))[column]
                typed = typed.with_columns(typed[column].fill_null(otherwise))
    for column, kind in kinds.items():
        may_be_empty = kind.endswith("?")
        lacks = typed[column].is_null()
        if may_be_empty or kind == "direction?":
            lacks = lacks & _is_written(part[column])
        if lacks.any():
            number = int(lacks.arg_true()[0])
            value = part[column][number]
            written = (
                "nothing is written"
                if value in (None, "")
                else f"{str(value)!r} is no {kind.removesuffix('?')}"
            )
            raise FileProblem(
                f"{path}, row {number + first_row}, column {column}: {written}; {HINTS[kind.removesuffix('?')]}"
            )
    return typed


def _is_written(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        return values.is_not_null() & (values.str.strip_chars() != "")
    return values.is_not_null()


def _value(found: pl.DataType, column: str, kind: str) -> pl.Expr:  # noqa: PLR0911 -- one return a kind
    kind, value = kind.removesuffix("?"), pl.col(column)
    if kind == "time" and isinstance(found, pl.Datetime):
        return (
            value.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if found.time_zone else value
        ).cast(pl.Datetime("us"))
    if found == TYPES.get(kind) and kind not in ("share", "minutes"):
        return value
    if kind == "id" and found == pl.Int64:
        return value
    text = value.cast(pl.String).str.strip_chars()
    text = pl.when(text != "").then(text)
    if kind == "time":
        return _time(text)
    if kind == "day":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if kind == "true or false":
        said = text.str.to_lowercase()
        return (
            pl.when(said.is_in(["true", "t", "1", "yes"]))
            .then(pl.lit(value=True))
            .when(said.is_in(["false", "f", "0", "no"]))
            .then(pl.lit(value=False))
            .alias(column)
        )
    if kind in ("number", "share"):
        number = text.cast(pl.Float64, strict=False)
        return number if kind == "number" else pl.when(number.is_between(0, 1)).then(number).alias(column)
    if kind in ("whole number", "minutes"):
        number = text.str.to_integer(strict=False, dtype=pl.Int64)
        return number if kind == "whole number" else pl.when(number >= 0).then(number).alias(column)
    if kind == "direction":
        said = text.str.to_lowercase()
        return pl.when(said.is_in(["in", "out"])).then(said).alias(column)
    return text.alias(column)


def _time(text: pl.Expr) -> pl.Expr:
    """ISO 8601 with an offset, as naive UTC."""
    time = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False)
    return time.dt.replace_time_zone(None)


def _written_otherwise(text: pl.Expr) -> pl.Expr:
    """The same for the other ways of ISO 8601: a blank for the T, Z, +0800 or +08, no seconds."""
    return _time(
        text.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
        .str.replace(r"[zZ]$", "+00:00")
        .str.replace(r"(T.*[+-]\d\d)$", "${1}:00")
        .str.replace(r"(T.*[+-]\d\d)(\d\d)$", "${1}:${2}")
        .str.replace(r"T(\d\d:\d\d)([+-])", "T${1}:00${2}")
    )
