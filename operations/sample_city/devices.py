"""Card readers of the sample city: where they stand, how their clocks run, when they are heard of.

Here: devices, their clocks and heartbeats. Never here: a tap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .plan import DAY, HOUR, Plan

PER_SITE = {
    "community": 1.2, "service_station": 0.8, "hospital": 4.0, "school": 2.0, "library": 2.5,
    "museum": 3.0, "charity_shop": 0.7,
}  # fmt: skip
DIRECTED = ("library", "museum", "hospital")
MODELS = ("HZ-C200", "HZ-C210", "SMK-T5", "ZK-F18")
NEVER = 2**60


@dataclass(frozen=True)
class Devices:
    """`devices` with `alive_until` and `role` (in, out or null); `clocks` with the offset from a moment on;

    `outages` with the time from which to which a device had no network; `heartbeats` as the table holds them.
    """

    devices: pl.DataFrame
    clocks: pl.DataFrame
    outages: pl.DataFrame
    heartbeats: pl.DataFrame


def make_devices(plan: Plan, sites: pl.DataFrame) -> Devices:
    """Readers at the sites that have any; the first reader (or pair of directed ones) of a site always works."""
    rng = plan.stream("devices")
    where = _stand(rng, plan, sites)
    count = len(where)
    registered_at = plan.begins_at - rng.integers(30, 1_500, count) * DAY - rng.integers(0, 8, count) * HOUR
    fate = rng.random(count)
    dirt = plan.dirt
    is_spare = where["number"].to_numpy() >= 2
    is_retired = is_spare & (fate < dirt.retired_device)
    is_silent = is_spare & ~is_retired & (fate < dirt.retired_device + dirt.silent_device)
    ends_at = plan.begins_at + (rng.random(count) * (plan.as_of - plan.begins_at - HOUR)).astype(int)
    ends_at = np.where(rng.random(count) < 0.15, plan.begins_at, ends_at)
    devices = where.select(
        "site_id",
        "is_directed",
        "number",
        "role",
        device_no=pl.format("D{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(5)),
        model=pl.Series(rng.choice(MODELS, count, p=[0.4, 0.25, 0.2, 0.15])),
        registered_at=pl.Series(registered_at),
        retired_at=pl.when(pl.Series(is_retired)).then(pl.Series(ends_at)),
        alive_until=pl.Series(np.where(is_retired | is_silent, ends_at, NEVER)),
        is_never_seen=pl.Series(is_silent & (ends_at == plan.begins_at)),
        updated_at=pl.Series(np.where(is_retired, ends_at, registered_at)),
    )
    clocks, outages = _troubles(plan, devices)
    return Devices(devices, clocks, outages, _heartbeats(plan, devices, clocks, outages))


def _stand(rng: np.random.Generator, plan: Plan, sites: pl.DataFrame) -> pl.DataFrame:
    """One row per device: its site, its number there, and its role where readers are directed."""
    able = sites.filter(pl.col("kind").is_in(list(PER_SITE)), pl.col("closed_on").is_null())
    order = rng.permutation(len(able))
    first = able[order[: plan.devices]]
    weight = (
        first["kind"].replace_strict(PER_SITE, return_dtype=pl.Float64).to_numpy()
        * first["appeal"].to_numpy()
    )
    more = rng.choice(len(first), max(0, plan.devices - len(first)), p=weight / weight.sum())
    per_site = np.bincount(more, minlength=len(first)) + 1
    is_directed = first["kind"].is_in(DIRECTED).to_numpy() & (per_site >= 2) & (rng.random(len(first)) < 0.25)
    sited = first.select(
        "site_id", is_directed=pl.Series(is_directed), number=pl.int_ranges(0, pl.Series(per_site))
    )
    role = pl.when(pl.col("number") % 2 == 0).then(pl.lit("in")).otherwise(pl.lit("out"))
    return (
        sited.explode("number").sort("site_id", "number").with_columns(role=pl.when("is_directed").then(role))
    )


def _troubles(plan: Plan, devices: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """When the clock of which device is off, and when it has no network; never both on one device."""
    rng = plan.stream("device troubles")
    count = len(devices)
    dirt = plan.dirt
    fate = rng.random(count)
    numbers = devices["device_no"]
    small = fate < dirt.small_clock_offset
    big = ~small & (fate < dirt.small_clock_offset + dirt.big_clock_offset)
    offline = ~small & ~big & (fate > 1 - dirt.offline_device)
    span = plan.as_of - plan.begins_at
    from_at = plan.begins_at + (rng.random(count) * span * 0.9).astype(int)
    to_at = from_at + rng.integers(DAY, min(7 * DAY, max(DAY + 1, span // 3)), count)
    small_offset = rng.choice([-1, 1], count) * rng.integers(5, 580, count)
    big_offset = rng.choice([-1, 1], count) * rng.integers(15 * 60, 30 * HOUR, count)
    always = np.full(count, plan.begins_at - 20 * DAY)
    clocks = pl.concat(
        [
            pl.DataFrame(
                {"device_no": numbers, "from_at": always, "offset": np.where(small, small_offset, 0)}
            ),
            pl.DataFrame({"device_no": numbers, "from_at": from_at, "offset": big_offset}).filter(
                pl.Series(big)
            ),
            pl.DataFrame({"device_no": numbers, "from_at": to_at, "offset": 0 * big_offset}).filter(
                pl.Series(big)
            ),
        ]
    ).sort("device_no", "from_at")
    outages = pl.DataFrame({"device_no": numbers, "from_at": from_at, "to_at": to_at}).filter(
        pl.Series(offline)
    )
    return clocks, outages


def _heartbeats(
    plan: Plan, devices: pl.DataFrame, clocks: pl.DataFrame, outages: pl.DataFrame
) -> pl.DataFrame:
    """One a day, one whenever the clock changed, and one when the network is back; none while it is away.

    `queued_taps` is filled in once the taps are known (taps.py).
    """
    rng = plan.stream("heartbeats")
    minute_of_day = rng.integers(0, DAY, len(devices))
    daily = devices.select("device_no", "alive_until", "is_never_seen", first=pl.Series(minute_of_day)).select(
        "device_no",
        "alive_until",
        "is_never_seen",
        received_at=pl.int_ranges(
            pl.col("first") + (plan.begins_at - DAY), pl.lit(plan.as_of, pl.Int64), DAY
        ),
    ).explode("received_at")  # fmt: skip
    jitter = rng.integers(0, 120, len(daily))
    daily = daily.with_columns(received_at=pl.col("received_at") + pl.Series(jitter))
    told = clocks.filter(pl.col("from_at") >= plan.begins_at).select("device_no", received_at="from_at")
    back = outages.select("device_no", received_at="to_at")
    fates = devices.select("device_no", "alive_until", "is_never_seen")
    beats = pl.concat(
        [daily, pl.concat([told, back]).join(fates, on="device_no").select(daily.columns)]
    ).filter(
        pl.col("received_at") <= pl.min_horizontal("alive_until", pl.lit(plan.as_of)),
        ~pl.col("is_never_seen"),
    )
    beats = beats.join(outages, on="device_no", how="left").filter(
        pl.col("from_at").is_null()
        | (pl.col("received_at") < pl.col("from_at"))
        | (pl.col("received_at") >= pl.col("to_at"))
    )
    beats = beats.select("device_no", "received_at").unique().sort("received_at", "device_no")
    return beats.join_asof(
        clocks.sort("from_at"),
        left_on="received_at",
        right_on="from_at",
        by="device_no",
        check_sortedness=False,
    ).select(
        pl.int_range(1, pl.len() + 1).alias("heartbeat_id"),
        "device_no",
        "received_at",
        pl.col("offset").alias("clock_offset_seconds"),
        pl.lit(0).alias("queued_taps"),
        pl.col("received_at").alias("updated_at"),
    )


def with_queues(devices: Devices, lines: pl.DataFrame) -> pl.DataFrame:
    """The heartbeats, those after an outage with the number of taps that the device had kept meanwhile."""
    kept = (
        lines.filter(pl.col("line_kind") == "offline_device")
        .join(devices.outages, on="device_no")
        .filter(pl.col("received_at") >= pl.col("to_at"))
        .group_by("device_no", received_at="to_at")
        .agg(pl.len().cast(pl.Int32).alias("kept"))
    )
    return (
        devices.heartbeats.join(kept, on=["device_no", "received_at"], how="left", maintain_order="left")
        .with_columns(queued_taps=pl.coalesce("kept", "queued_taps"))
        .drop("kept")
    )
