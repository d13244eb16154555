"""How taps travel from the reader into the swipe log: clocks, networks, resends and broken lines.

Here: from taps to lines. Never here: what a tap stands for.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .devices import Devices
from .plan import Plan
from .writing import hour_of, segment_name


def send(plan: Plan, taps: pl.DataFrame, devices: Devices) -> pl.DataFrame:
    """One row per line of the swipe log in the order written: with `segment`, `line_no`, `hour_at`, `text`,

    the fields of the tap (`tapped_at` by the device's clock), and what it stands for.
    """
    rng = plan.stream("lines")
    taps = taps.sort("device_no", "true_at", "stretch_id").with_columns(
        device_seq=pl.int_range(1, pl.len() + 1).over("device_no")
    )
    told = (
        taps.sort("true_at")
        .join_asof(
            devices.clocks.sort("from_at"),
            left_on="true_at",
            right_on="from_at",
            by="device_no",
            check_sortedness=False,
        )
        .drop("from_at")
        .with_columns(pl.col("offset").fill_null(0))
        .sort("device_no", "device_seq")
    )
    delay = pl.Series(1 + rng.geometric(0.35, len(told)))
    lines = told.join(devices.outages, on="device_no", how="left", maintain_order="left")
    is_away = (pl.col("true_at") >= pl.col("from_at")) & (pl.col("true_at") < pl.col("to_at"))
    lines = lines.with_columns(
        tapped_at=pl.col("true_at") + pl.col("offset"),
        received_at=pl.when(is_away.fill_null(False)).then("to_at").otherwise("true_at") + delay,
    ).drop("from_at", "to_at")
    return in_segments(plan, lines)


def in_segments(plan: Plan, lines: pl.DataFrame) -> pl.DataFrame:
    """Leave out what has not arrived when the data ends; put the rest into the segments of their hours."""
    arrived = lines.filter(pl.col("received_at") <= plan.as_of)
    arrived = arrived.sort("received_at", "device_no", "device_seq", "tapped_at").with_columns(
        hour_at=hour_of(pl.col("received_at"))
    )
    hours = arrived.select("hour_at").unique()
    names = pl.Series("segment", [segment_path(hour) for hour in hours["hour_at"]])
    return (
        arrived.join(hours.with_columns(names), on="hour_at", maintain_order="left")
        .with_columns(line_no=pl.int_range(1, pl.len() + 1).over("hour_at"))
        .with_columns(text=_as_text())
    )


def segment_path(hour_at: int) -> str:
    """The path of a segment below the folder of the swipe log."""
    hour = np.datetime64(hour_at, "s").item()
    return f"v1/arrived={hour:%Y-%m-%d}/hour={hour:%H}/{segment_name(hour_at)}.jsonl"


def _as_text() -> pl.Expr:
    """A tap as the contract of the swipe log writes it (version 1)."""
    direction = (
        pl.when(pl.col("direction").is_null()).then(pl.lit("null")).otherwise(pl.format('"{}"', "direction"))
    )
    return pl.format(
        '{"v":1,"device_no":"{}","device_seq":{},"card_no":"{}","tapped_at":"{}","received_at":"{}","direction":{}}'
        .replace("{\"v\"", "\x01\"v\"").replace("{}}", "{}\x02"),
        "device_no",
        "device_seq",
        "card_no",
        _moment("tapped_at"),
        _moment("received_at"),
        direction,
    ).str.replace("\x01", "{", literal=True).str.replace("\x02", "}", literal=True)  # fmt: skip


def _moment(column: str) -> pl.Expr:
    return pl.from_epoch(column, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
