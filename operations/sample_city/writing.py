"""Putting the sample city in place: rows in one transaction, segments at once, or nothing at all.

Here: from frames to the database and the swipe log. Never here: what is in them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from operations.commands.bulk import insert_frame
from operations.devices.swipe_log import write_segment
from operations.model import Base, UtcSeconds

from .plan import HOUR

UNFINISHED = ".sample_city_unfinished"
STAGING = ".sample_city_segments"
Progress = Callable[[str, int, int], None]


class CityExists(Exception):
    """There is data already where the sample city should go; the message says what to do."""


def refuse_if_not_empty(session: Session, swipe_logs: Path) -> None:
    """Raise `CityExists` if the database has a row, or the swipe log a segment of a finished city or real readers."""
    for table in Base.metadata.sorted_tables:
        if session.execute(select(table).limit(1)).first() is not None:
            raise CityExists(
                f"the operational database already holds data (table {table.name}): the sample city is made into an "
                "empty one only. Keep what is there, or choose another HUB_HOME (or HUB_OPERATIONS_URL)"
            )
    if (swipe_logs / "v1").exists() and not (swipe_logs / UNFINISHED).exists():
        raise CityExists(
            f"{swipe_logs} already holds swipe segments, though the database is empty: move the folder away, "
            "or choose another HUB_HOME"
        )


def clear_leftovers(swipe_logs: Path) -> None:
    """Remove what a run that was interrupted left in the swipe log."""
    shutil.rmtree(swipe_logs / STAGING, ignore_errors=True)
    if (swipe_logs / UNFINISHED).exists():
        shutil.rmtree(swipe_logs / "v1", ignore_errors=True)
        (swipe_logs / UNFINISHED).unlink()


def insert_frames(session: Session, frames: list[tuple[type[Base], pl.DataFrame]], progress: Progress) -> int:
    """Insert each frame into the table of its model, moments being seconds since 1970; returns the rows."""
    if session.get_bind().dialect.name == "sqlite":
        # The default of 2 MB makes it write the pages of the indexes again and again; forgotten with the connection.
        session.execute(text("PRAGMA cache_size = -262144"))
    total = sum(len(frame) for _, frame in frames)
    done = 0
    progress("rows", 0, total)
    for model, frame in frames:
        done += insert_frame(session, model, ready(model, frame))
        progress("rows", done, total)
    return done


def count_rows(session: Session) -> int:
    """All rows of all tables, written in this transaction or before."""
    return sum(
        session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables
    )


def ready(model: type[Base], frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that the table has, moments as such instead of seconds since 1970."""
    columns = inspect(model).local_table.columns
    moments = [
        name for name in frame.columns if name in columns and isinstance(columns[name].type, UtcSeconds)
    ]
    return frame.select(name for name in frame.columns if name in columns).with_columns(
        pl.from_epoch(pl.col(moments), time_unit="s").cast(pl.Datetime("us"))
    )


def stage_segments(swipe_logs: Path, lines: pl.DataFrame, progress: Progress) -> int:
    """Write the lines (`segment`, `hour_at`, `text`, in order) as one segment per arrival hour, out of sight."""
    staging = swipe_logs / STAGING
    parts = lines.partition_by("hour_at", maintain_order=True)
    for done, part in enumerate(parts, start=1):
        write_segment(
            staging,
            part["text"].to_list(),
            datetime.fromtimestamp(part["hour_at"][0], UTC),
            segment_name(part["hour_at"][0]),
            is_durable=False,  # the whole city can be made again from its seed
        )
        if done % 50 == 0 or done == len(parts):
            progress("segments", done, len(parts))
    return len(parts)


def segment_name(hour_at: int) -> str:
    """The name of the segment of an arrival hour; it sorts before what readers write later in that hour."""
    return f"{datetime.fromtimestamp(hour_at, UTC):%Y%m%dT%H}0000.000000000Z-sample"


def hour_of(moment: pl.Expr) -> pl.Expr:
    """The full hour (UTC) of a moment in seconds since 1970."""
    return moment // HOUR * HOUR


def show_segments(swipe_logs: Path) -> None:
    """Let readers see the staged segments. Until `finish`, they count as left over by an interrupted run."""
    swipe_logs.mkdir(parents=True, exist_ok=True)
    (swipe_logs / UNFINISHED).touch()
    staged = swipe_logs / STAGING / "v1"
    if staged.exists():
        staged.rename(swipe_logs / "v1")
    shutil.rmtree(swipe_logs / STAGING, ignore_errors=True)


def finish(swipe_logs: Path) -> None:
    """Declare the city whole."""
    (swipe_logs / UNFINISHED).unlink(missing_ok=True)
