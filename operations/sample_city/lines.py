"""How taps travel from the reader into the swipe log: doubles, strangers, clocks, networks, resends, broken lines.

Here: from taps to lines, and what befalls them on the way (`line_kind`). Never here: what a tap stands for.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from .devices import Devices
from .plan import DAY, HOUR, Plan
from .writing import hour_of, segment_name

IDENTITY = ["device_no", "device_seq"]


def send(plan: Plan, taps: pl.DataFrame, found: pl.DataFrame, devices: Devices) -> pl.DataFrame:
    """One row per line of the swipe log, in the order written: the fields of the tap, `segment`, `line_no`,
    `hour_at`, `text` (the line itself), `line_kind`, and the stretch that it belongs to (null: nobody's).

    `found` has the taps of people who found a lost card: `card_no`, `site_id`, `true_at`.
    """
    taps = _with_doubles(plan, taps.with_columns(line_kind=pl.lit("clean")))
    taps = pl.concat([taps, _strangers(plan, taps, found, devices.devices)], how="diagonal")
    taps = _at_unknown_devices(plan, taps)
    taps = taps.sort("device_no", "true_at", "stretch_id", "line_kind", "card_no").with_columns(
        device_seq=pl.int_range(1, pl.len() + 1).over("device_no")
    )
    lines = _misdated(plan, _delivered(plan, taps, devices))
    lines = pl.concat([lines, *_repeated(plan, lines)], how="diagonal")
    return _in_segments(plan, lines)


def _with_doubles(plan: Plan, taps: pl.DataFrame) -> pl.DataFrame:
    """Some hold their card twice: at the same device, within 50 seconds."""
    rng = plan.stream("double taps")
    twice = taps.filter(pl.Series(rng.random(len(taps)) < plan.dirt.double_tap))
    again = twice.with_columns(
        true_at=pl.col("true_at") + pl.Series(rng.integers(1, 51, len(twice))), line_kind=pl.lit("double_tap")
    )
    return pl.concat([taps, again])


def _strangers(plan: Plan, taps: pl.DataFrame, found: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    """Taps of nobody: cards that are not bound to anyone, and lost cards in the hands of those who found them."""
    rng = plan.stream("strangers")
    beside = taps.filter(pl.Series(rng.random(len(taps)) < plan.dirt.unknown_card))
    count = len(beside)
    unbound = beside.select(
        "device_no",
        "site_id",
        "direction",
        true_at=pl.col("true_at") + pl.Series(rng.integers(60, 1_200, count)),
        card_no=pl.Series(3_301_950_000_000 + rng.permutation(max(1, count) * 9)[:count]).cast(pl.String),
        line_kind=pl.lit("unknown_card"),
    )
    first = devices.sort("site_id", "number").unique("site_id", keep="first", maintain_order=True)
    of_finders = found.join(
        first.select("site_id", "device_no", direction="role"), on="site_id", maintain_order="left"
    ).with_columns(line_kind=pl.lit("lost_card"))
    return pl.concat([unbound, of_finders], how="diagonal")


def _at_unknown_devices(plan: Plan, taps: pl.DataFrame) -> pl.DataFrame:
    """One end of the stretches with this mishap is tapped at a reader that nobody has registered."""
    rng = plan.stream("unknown devices")
    side = pl.Series(rng.choice(["in", "out"], 1_024))
    is_there = (pl.col("kind") == "unknown_device") & (
        pl.col("end") == pl.lit(side).gather(pl.col("stretch_id").fill_null(0) % 1_024)
    )
    return taps.with_columns(
        device_no=pl.when(is_there)
        .then(pl.format("X{}", pl.col("site_id").cast(pl.String).str.zfill(5)))
        .otherwise("device_no"),
        direction=pl.when(is_there).then(None).otherwise("direction"),
    )


def _delivered(plan: Plan, taps: pl.DataFrame, devices: Devices) -> pl.DataFrame:
    """Add `tapped_at` by the device's clock, and `received_at`: at once, or when the network is back."""
    rng = plan.stream("delivery")
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
        .sort(IDENTITY)
    )
    delay = pl.Series(1 + rng.geometric(0.35, len(told)))
    lines = told.join(devices.outages, on="device_no", how="left", maintain_order="left")
    is_away = ((pl.col("true_at") >= pl.col("from_at")) & (pl.col("true_at") < pl.col("to_at"))).fill_null(
        False
    )
    is_queued = is_away & (pl.col("line_kind") == "clean")
    return lines.with_columns(
        tapped_at=pl.col("true_at") + pl.col("offset").fill_null(0),
        received_at=pl.when(is_away).then("to_at").otherwise("true_at") + delay,
        line_kind=pl.when(is_queued).then(pl.lit("offline_device")).otherwise("line_kind"),
    ).drop("from_at", "to_at", "offset")


def _misdated(plan: Plan, lines: pl.DataFrame) -> pl.DataFrame:
    """Some single taps are stamped in the future or months back, and no heartbeat tells why."""
    rng = plan.stream("misdated taps")
    count = len(lines)
    chance = rng.random(count)
    is_plain = lines["line_kind"] == "clean"
    is_future = is_plain & pl.Series(chance < plan.dirt.future_tap)
    is_stale = is_plain & ~is_future & pl.Series(chance > 1 - plan.dirt.stale_tap)
    ahead = pl.col("received_at") + pl.Series(rng.integers(31 * 60, 20 * HOUR, count))
    behind = pl.col("received_at") - pl.Series(rng.integers(33 * DAY, 200 * DAY, count))
    return lines.with_columns(
        tapped_at=pl.when(is_future).then(ahead).when(is_stale).then(behind).otherwise("tapped_at"),
        line_kind=pl.when(is_future).then(pl.lit("future_tap")).when(is_stale).then(pl.lit("stale_tap"))
        .otherwise("line_kind"),
    )  # fmt: skip


def _repeated(plan: Plan, lines: pl.DataFrame) -> list[pl.DataFrame]:
    """Lines that come once more: unchanged, with another card, or so broken that they cannot be read."""
    rng = plan.stream("repeated lines")
    count = len(lines)
    wait = np.where(rng.random(count) < 0.8, rng.integers(1, 900, count), rng.integers(900, 30 * HOUR, count))
    later = lines.with_columns(received_at=pl.col("received_at") + pl.Series(wait))
    other_card = lines["card_no"].gather(rng.permutation(count))
    conflicting = later.with_columns(
        card_no=pl.when(other_card == pl.col("card_no")).then(pl.lit("3301000000000")).otherwise(other_card),
        line_kind=pl.lit("conflicting_resend"),
    )
    chance = rng.random((3, count))
    dirt = plan.dirt
    chosen = [
        later.with_columns(line_kind=pl.lit("resend")).filter(pl.Series(chance[0] < dirt.resend)),
        conflicting.filter(pl.Series(chance[1] < dirt.conflicting_resend)),
        later.with_columns(line_kind=pl.lit("malformed_line")).filter(
            pl.Series(chance[2] < dirt.malformed_line)
        ),
    ]
    return [
        part.with_columns(stretch_id=pl.lit(None, pl.Int64), group_id=pl.lit(None, pl.Int64))
        for part in chosen
    ]


def _in_segments(plan: Plan, lines: pl.DataFrame) -> pl.DataFrame:
    """Leave out what has not arrived when the data ends; put the rest into the segments of their hours."""
    arrived = lines.filter(pl.col("received_at") <= plan.as_of)
    arrived = arrived.sort("received_at", *IDENTITY, "line_kind").with_columns(
        hour_at=hour_of(pl.col("received_at"))
    )
    hours = arrived.select("hour_at").unique().sort("hour_at")
    paths = pl.Series("segment", [segment_path(hour) for hour in hours["hour_at"]], dtype=pl.String)
    arrived = arrived.join(hours.with_columns(paths), on="hour_at", maintain_order="left").with_columns(
        line_no=pl.int_range(1, pl.len() + 1).over("hour_at"), text=as_text()
    )
    return arrived.with_columns(
        text=pl.when(pl.col("line_kind") == "malformed_line").then(_broken()).otherwise("text")
    )


def segment_path(hour_at: int) -> str:
    """The path of the segment of an arrival hour, below the folder of the swipe log."""
    return f"v1/arrived={datetime.fromtimestamp(hour_at, UTC):%Y-%m-%d/hour=%H}/{segment_name(hour_at)}.jsonl"


def as_text() -> pl.Expr:
    """A tap as the contract of the swipe log writes it (version 1)."""
    direction = pl.when(pl.col("direction").is_null()).then(pl.lit("null"))
    direction = direction.otherwise(pl.concat_str(pl.lit('"'), "direction", pl.lit('"')))
    return pl.concat_str(
        pl.lit('{"v":1,"device_no":"'), "device_no",
        pl.lit('","device_seq":'), pl.col("device_seq").cast(pl.String),
        pl.lit(',"card_no":"'), "card_no",
        pl.lit('","tapped_at":"'), _moment("tapped_at"),
        pl.lit('","received_at":"'), _moment("received_at"),
        pl.lit('","direction":'), direction,
        pl.lit("}"),
    )  # fmt: skip


def _moment(column: str) -> pl.Expr:
    return pl.from_epoch(column, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _broken() -> pl.Expr:
    """Cut short, a field missing, or a moment that is none."""
    variant = pl.col("device_seq") % 3
    return (
        pl.when(variant == 0)
        .then(pl.col("text").str.head(pl.col("text").str.len_chars() // 2))
        .when(variant == 1)
        .then(pl.col("text").str.replace(r'"card_no":"[0-9]*",', ""))
        .otherwise(pl.col("text").str.replace(r'"tapped_at":"\d{4}-\d\d', '"tapped_at":"0000-99'))
    )
