"""Frames of Polars handed to SQL, by name, for as long as a block lasts.

Here: how they get there. Never here: what is asked of them.

DuckDB's own way, `register`, imports pandas by way of PyArrow, which takes a third of a second of every run and is used
by nobody here; a Parquet file of a thousand rows takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl


@contextmanager
def handed_over(con: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let statements of `con` read each frame under its name until the block ends.

    The files lie in a folder that only this user can read. Whatever was called so before is hidden for as long.
    """
    with TemporaryDirectory(prefix="hub-frames-") as folder:
        for name, frame in frames.items():
            file = Path(folder) / f"{name}.parquet"
            frame.write_parquet(file, compression="uncompressed", statistics=False)
            quoted = str(file).replace("'", "''")
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{quoted}')")
        yield
        # After an error the transaction takes no more statements, and takes the views with it.
        for name in frames:
            con.execute(f"DROP VIEW IF EXISTS temp.{name}")
