"""Plain files as a city has them, CSV or Parquet, read into typed frames, with a clear word on what cannot be read.

Here: names of files and columns, and how a value is written. Never here: what is done with them (folder.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
from pyarrow import parquet

# Column -> kind of value; a kind that ends in "?" may be empty.
FILES: dict[str, dict[str, str]] = {
    "taps": {
        "device_no": "text",
        "device_seq": "whole number",
        "card_no": "text",
        "tapped_at": "time",
        "received_at": "time",
        "direction": "direction?",
    },
    "devices": {
        "device_no": "text",
        "site_id": "id",
        "lon": "number?",
        "lat": "number?",
        "is_directed": "true or false",
    },
    "cards": {
        "card_no": "text",
        "volunteer_id": "id",
        "bound_from": "time",
        "bound_to": "time?",
        "reported_lost_at": "time?",
    },
    "heartbeats": {"device_no": "text", "received_at": "time", "clock_offset_seconds": "whole number"},
    "shifts": {
        "shift_id": "id",
        "activity_id": "text?",
        "category": "text?",
        "starts_at": "time",
        "ends_at": "time",
        "min_attendance_ratio": "share?",
    },
    "shift_sites": {"shift_id": "id", "site_id": "id"},
    "sign_ups": {"shift_id": "id", "volunteer_id": "id"},
    "check_ins": {
        "event_id": "id",
        "volunteer_id": "id",
        "shift_id": "id",
        "occurred_at": "time",
        "direction": "direction",
    },
    "honour_records": {
        "record_id": "id",
        "volunteer_id": "id",
        "shift_id": "id?",
        "started_at": "time?",
        "ended_at": "time?",
        "minutes": "minutes",
        "is_approved": "true or false",
        "entered_by": "id?",
        "entered_at": "time",
        "service_day": "day",
    },
}
UNIQUE = {
    "devices": "device_no",
    "shifts": "shift_id",
    "check_ins": "event_id",
    "honour_records": "record_id",
}

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

_TYPES: dict[str, pl.DataType] = {
    "time": pl.Datetime("us"),
    "day": pl.Date(),
    "true or false": pl.Boolean(),
    "share": pl.Float64(),
    "number": pl.Float64(),
    "whole number": pl.Int64(),
    "minutes": pl.Int64(),
}
BATCH_ROWS = 1_000_000
BATCH_BYTES = 64 << 20


class FileProblem(ValueError):
    """A file is missing or cannot be read; the message names file, row and column. The header of a CSV is row 1."""


def find(folder: Path, name: str, *, required: bool) -> Path | None:
    """The file `name`.csv or `name`.parquet in `folder`. Raises FileProblem if required and missing, or if both."""
    found = [path for path in (folder / f"{name}.csv", folder / f"{name}.parquet") if path.is_file()]
    if len(found) > 1:
        raise FileProblem(f"{folder} holds both {name}.csv and {name}.parquet; take one away")
    if not found and required:
        raise FileProblem(
            f"{folder} holds no {name}.csv or {name}.parquet; it needs the columns {', '.join(FILES[name])}"
        )
    return found[0] if found else None


def read(folder: Path, name: str, *, required: bool = False) -> pl.DataFrame:
    """The whole file `name`, typed; without rows where it is not there. Ids are text still (see `settle_ids`)."""
    path = find(folder, name, required=required)
    frames = list(batches(path, name)) if path else []
    if not frames:
        return _empty(name)
    frame = pl.concat(frames)
    if name in UNIQUE:
        _check_unique(frame, path, UNIQUE[name])
    return frame


def batches(path: Path | None, name: str) -> Iterator[pl.DataFrame]:
    """The rows of the file in parts that fit in memory, typed and checked."""
    if path is None:
        return
    row = 1 if path.suffix == ".parquet" else 2
    for part in _parts(path, name):
        yield _typed(part, path, name, row)
        row += part.height


def _parts(path: Path, name: str) -> Iterator[pl.DataFrame]:
    try:
        if path.suffix == ".parquet":
            file = parquet.ParquetFile(path)
            _check_header(path, name, file.schema_arrow.names)
            wanted = [column for column in FILES[name] if column in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield _frame(pa.Table.from_batches([batch]))
            return
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline().rstrip("\r\n")
        columns = [column.strip().strip('"') for column in header.split(",")]
        _check_header(path, name, columns)
        reader = arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                # Without threads, so that a broken row is named by its number.
                column_names=columns,
                skip_rows=1,
                block_size=BATCH_BYTES,
                use_threads=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                include_columns=[column for column in FILES[name] if column in columns],
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
        for batch in reader:
            yield _frame(pa.Table.from_batches([batch]))
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        said = str(error).splitlines()[0]
        if said.startswith("Empty CSV"):
            return
        broken = re.match(r"CSV parse error: Row #(\d+): (.*)", said)
        if broken:
            raise FileProblem(f"{path}, row {broken[1]}: {broken[2]}") from error
        raise FileProblem(f"{path}: cannot be read: {said}") from error


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


# What a file may leave out altogether: the engine does not need it.
_OPTIONAL_COLUMNS = {"activity_id", "category"}


def _check_header(path: Path, name: str, columns: list[str]) -> None:
    missing = [column for column in FILES[name] if column not in columns and column not in _OPTIONAL_COLUMNS]
    if missing:
        raise FileProblem(f"{path}: the column {missing[0]} is missing; it needs {', '.join(FILES[name])}")


def _typed(part: pl.DataFrame, path: Path, name: str, first_row: int) -> pl.DataFrame:
    kinds = {column: kind for column, kind in FILES[name].items() if column in part.columns}
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
    if found == _TYPES.get(kind) and kind not in ("share", "minutes"):
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


def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            column: _TYPES.get(kind.removesuffix("?"), pl.String()) for column, kind in FILES[name].items()
        }
    )


def _check_unique(frame: pl.DataFrame, path: Path | None, column: str) -> None:
    again = frame[column].is_first_distinct().not_()
    if again.any():
        number = int(again.arg_true()[0])
        row = number + (1 if path and path.suffix == ".parquet" else 2)
        raise FileProblem(
            f"{path}, row {row}, column {column}: {frame[column][number]!r} is there a second time"
        )


def settle_ids(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The same frames with ids as whole numbers where all of a kind are written so, else as text.

    So that shift 9 comes before shift 10, and keys pack.
    """
    same = {"entered_by": "volunteer_id"}
    values: dict[str, list[pl.Series]] = {}
    for name, frame in frames.items():
        for column, kind in FILES[name].items():
            if kind.startswith("id"):
                values.setdefault(same.get(column, column), []).append(frame[column])
    number = r"^(0|[1-9]\d{0,17})$"
    whole = {
        key
        for key, parts in values.items()
        if all(p.str.contains(number).all(ignore_nulls=True) for p in parts)
    }
    return {
        name: frame.with_columns(
            pl.col(column).cast(pl.Int64)
            for column, kind in FILES[name].items()
            if kind.startswith("id") and same.get(column, column) in whole
        )
        for name, frame in frames.items()
    }
