"""Sessions and other outcomes written to Parquet, a part at a time.

Here: how the columns are best laid down. Never here: what they mean.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import parquet

# Few different values a file: these are worth a dictionary.
FEW_VALUES = (
    "service_day", "channel", "place_kind", "shift_id", "site_id", "raw_minutes", "overlap_minutes", "net_minutes",
    "settled_minutes", "review_minutes", "void_minutes", "verdict", "hour_kind", "rule_version",
)  # fmt: skip
# Sorted: differences take a few bits each, and nothing is left to compress.
SORTED = ("volunteer_id",)
# What the rows are in the order of: the smallest and largest of a part tell a reader which parts it can pass over.
IN_ORDER = ("service_day", "volunteer_id")
# Never NULL, so that nothing need be written about it.
ALWAYS_THERE = (
    "session_id", "volunteer_id", "service_day", "channel", "raw_minutes", "overlap_minutes", "net_minutes",
    "settled_minutes", "review_minutes", "void_minutes", "verdict", "hour_kind", "rule_version",
)  # fmt: skip


class ParquetFile:
    """A Parquet file with the columns of `first`, which may be empty; each part becomes one row group."""

    def __init__(self, path: Path, first: pl.DataFrame) -> None:
        self._schema = first.schema
        table = _table(first)
        few = [column for column in FEW_VALUES if column in first.columns]
        whole = [column for column in SORTED if column in first.columns and first.schema[column] == pl.Int64]
        # Without Arrow's own schema beside it, so that every reader sees plain text and plain times.
        self._writer = parquet.ParquetWriter(
            path,
            table.schema,
            # Compressing ids takes as long as everything else together, to make the file two fifths smaller.
            compression="none",
            use_dictionary=few,
            column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED") or None,
            store_schema=False,
            write_statistics=[column for column in IN_ORDER if column in first.columns],
        )
        self._writer.write_table(table)

    def write(self, part: pl.DataFrame) -> None:
        """Append `part`, if it has rows. It must have the columns of the first."""
        if part.height:
            self._writer.write_table(_table(part.cast(self._schema)), row_group_size=part.height)

    def __enter__(self) -> ParquetFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _table(frame: pl.DataFrame) -> pa.Table:
    """`frame` as Arrow, with texts of few values as dictionaries, which are much cheaper to write."""
    few = [column for column in FEW_VALUES if isinstance(frame.schema.get(column), (pl.String, pl.Enum))]
    coded = frame.select(few).with_columns(pl.col(pl.String).cast(pl.Categorical)).to_arrow()
    rest = frame.drop(few).to_arrow(compat_level=pl.CompatLevel.newest())
    columns = {name: coded[name] if name in few else rest[name] for name in frame.columns}
    # A schema given, not cast to: casting would first import a tenth of a second's worth of Arrow.
    fields = [pa.field(name, column.type, name not in ALWAYS_THERE) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))
