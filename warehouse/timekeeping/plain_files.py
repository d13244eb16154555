"""Plain files as a city has them, CSV or Parquet, read into typed frames, with a clear word on what cannot be read.

Here: names of files and columns, and how a value is written. Never here: what is done with them (folder.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
from pyarrow import parquet

from warehouse.timekeeping.plain_values import TYPES, FileProblem, typed_columns

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

BATCH_ROWS = 1_000_000
BATCH_BYTES = 64 << 20


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
        return empty(name)
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
        yield typed_columns(part, path, FILES[name], row)
        row += part.height


@contextmanager
def problems_of(path: Path) -> Iterator[None]:
    """What cannot be read in `path`, as a FileProblem that names it and, where known, the row."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError, pl.exceptions.ComputeError) as error:
        said = str(error).splitlines()[0]
        broken = re.match(r"CSV parse error: Row #(\d+): (.*)", said)
        if broken:
            raise FileProblem(f"{path}, row {broken[1]}: {broken[2]}") from error
        raise FileProblem(f"{path}: cannot be read: {said}") from error


def _parts(path: Path, name: str) -> Iterator[pl.DataFrame]:
    with problems_of(path):
        if path.suffix == ".parquet":
            file = parquet.ParquetFile(path)
            check_header(path, name, file.schema_arrow.names)
            wanted = [column for column in FILES[name] if column in file.schema_arrow.names]
            for start in range(0, file.metadata.num_rows, BATCH_ROWS):
                yield pl.scan_parquet(path).select(wanted).slice(start, BATCH_ROWS).collect()
            return
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline().rstrip("\r\n")
        columns = [column.strip().strip('"') for column in header.split(",")]
        check_header(path, name, columns)
        try:
            reader = arrow_csv.open_csv(path, **_csv_options(columns, name))
        except pa.ArrowInvalid as error:
            if str(error).startswith("Empty CSV"):
                return
            raise
        for batch in reader:
            yield _frame(pa.Table.from_batches([batch]))


def _csv_options(columns: list[str], name: str) -> dict:
    return {
        "read_options": arrow_csv.ReadOptions(
            # Without threads, so that a broken row is named by its number.
            column_names=columns,
            skip_rows=1,
            block_size=BATCH_BYTES,
            use_threads=False,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            include_columns=[column for column in FILES[name] if column in columns],
            strings_can_be_null=True,
            null_values=[""],
        ),
    }


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


# What a file may leave out altogether: the engine does not need it.
_OPTIONAL_COLUMNS = {"activity_id", "category"}


def check_header(path: Path, name: str, columns: list[str]) -> None:
    """Raise FileProblem if the file `name` lacks a column."""
    missing = [column for column in FILES[name] if column not in columns and column not in _OPTIONAL_COLUMNS]
    if missing:
        raise FileProblem(f"{path}: the column {missing[0]} is missing; it needs {', '.join(FILES[name])}")


def empty(name: str) -> pl.DataFrame:
    """The file `name` without rows, typed."""
    return pl.DataFrame(
        schema={
            column: TYPES.get(kind.removesuffix("?"), pl.String()) for column, kind in FILES[name].items()
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
    whole = {key for key, parts in values.items() if all(_are_whole(part) for part in parts)}
    return {
        name: frame.with_columns(
            pl.col(column).cast(pl.Int64 if same.get(column, column) in whole else pl.String)
            for column, kind in FILES[name].items()
            if kind.startswith("id")
        )
        for name, frame in frames.items()
    }


def _are_whole(ids: pl.Series) -> bool:
    if ids.dtype == pl.Int64:
        return True
    return ids.cast(pl.String).str.contains(r"^(0|[1-9]\d{0,17})$").all(ignore_nulls=True)
