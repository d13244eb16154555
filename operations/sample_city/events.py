"""What readers and terminals recorded of the service: taps and check-ins.

Here: from stretches to taps at devices and to check-ins. Never here: how taps travel and break (lines.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .plan import DAY, Plan

SPACING = 6  # seconds between two cards on one device; three within ten seconds would look like a proxy


def tap_at_devices(
    plan: Plan, moments: pl.DataFrame, devices: pl.DataFrame, bindings: pl.DataFrame
) -> pl.DataFrame:
    """Give each tap its device, its card and a moment when the device is free.

    `moments` has `stretch_id`, `group_id`, `volunteer_id`, `site_id`, `end` (in or out), `true_at`, `kind`. Returned
    with `device_no`, `card_no`, `direction` (null at undirected devices), in order of device and time.
    """
    rng = plan.stream("devices of taps")
    ready = devices.sort("site_id", "number").with_columns(
        lane=pl.when("is_directed").then("role").otherwise(pl.lit("any"))
    )
    lanes = ready.group_by("site_id", "lane", maintain_order=True).agg(
        "device_no", "alive_until", pl.col("is_directed").first()
    )
    directed = lanes.filter("is_directed")["site_id"].unique()
    taps = moments.with_columns(
        lane=pl.when(pl.col("site_id").is_in(directed.implode())).then("end").otherwise(pl.lit("any")),
        draw=pl.Series(rng.random(len(moments))),
    ).join(lanes, on=["site_id", "lane"], how="inner", maintain_order="left")
    place = (pl.col("draw") ** 1.6 * pl.col("device_no").list.len()).cast(pl.Int64)
    works = pl.col("alive_until").list.get(place) > pl.col("true_at") + DAY
    taps = taps.with_columns(
        device_no=pl.when(works)
        .then(pl.col("device_no").list.get(place))
        .otherwise(pl.col("device_no").list.first()),
        direction=pl.when("is_directed").then("end"),
    ).drop("lane", "draw", "alive_until")
    taps = _in_turn(taps)
    return _with_cards(taps, bindings)


def _in_turn(taps: pl.DataFrame) -> pl.DataFrame:
    """Let people wait for each other at a device; the cards of one proxy are swiped in one go."""
    taps = taps.sort("device_no", "true_at", "stretch_id")
    gap = pl.when(pl.col("kind") == "proxy_swipe").then(2).otherwise(SPACING)
    taps = taps.with_columns(offset=gap.cum_sum().over("device_no"))
    return taps.with_columns(
        true_at=(pl.col("true_at") - pl.col("offset")).cum_max().over("device_no") + pl.col("offset")
    ).drop("offset")


def _with_cards(taps: pl.DataFrame, bindings: pl.DataFrame) -> pl.DataFrame:
    """The card that the person carried at that moment: the last one bound, or the first one before that."""
    bound = bindings.sort("bound_from").select("volunteer_id", "card_no", "bound_from")
    first = bound.group_by("volunteer_id", maintain_order=True).agg(
        pl.col("card_no").first().alias("first_card")
    )
    return (
        taps.sort("true_at")
        .join_asof(bound, left_on="true_at", right_on="bound_from", by="volunteer_id", check_sortedness=False)
        .join(first, on="volunteer_id", how="left")
        .with_columns(card_no=pl.coalesce("card_no", "first_card"))
        .drop("first_card", "bound_from")
        .sort("device_no", "true_at", "stretch_id")
    )


def both_ends(stretches: pl.DataFrame) -> pl.DataFrame:
    """One row for each end of each stretch, as `tap_at_devices` and `check_in` take them."""
    ends = []
    for end in ("in", "out"):
        ends.append(stretches.with_columns(end=pl.lit(end), true_at=pl.col(f"{end}_at")))
    return pl.concat(ends).sort("stretch_id", "end")


def check_in(plan: Plan, moments: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """The table of check-ins: mostly received at once, some when the phone found a network again."""
    rng = plan.stream("check-ins")
    moments = moments.sort("true_at", "stretch_id", "end")
    count = len(moments)
    late = np.where(
        rng.random(count) < plan.dirt.late_check_in,
        rng.integers(60, 5 * 3_600, count),
        rng.integers(0, 4, count),
    )
    near = moments.join(sites.select("site_id", "lon", "lat"), on="site_id", maintain_order="left")
    client = rng.choice(["app", "mini_program", "web"], 4_096, p=[0.55, 0.40, 0.05])
    received_at = near["true_at"].to_numpy() + late
    told = near.with_columns(
        received_at=pl.Series(received_at),
        client=pl.Series(client[near["volunteer_id"].to_numpy() % 4_096]),
        received_lon=near["lon"] + pl.Series(rng.normal(0, 0.0004, count)),
        received_lat=near["lat"] + pl.Series(rng.normal(0, 0.0004, count)),
        accuracy_m=pl.Series(rng.integers(5, 60, count)),
    ).filter(pl.col("received_at") <= plan.as_of)
    return told.select(
        pl.int_range(1, pl.len() + 1).alias("event_id"),
        "stretch_id",
        "group_id",
        "kind",
        "volunteer_id",
        "shift_id",
        "site_id",
        pl.col("end").alias("direction"),
        "client",
        pl.col("true_at").alias("occurred_at"),
        "received_at",
        pl.col("received_lon").round(6),
        pl.col("received_lat").round(6),
        pl.lit("WGS-84").alias("position_system"),
        "accuracy_m",
        pl.col("received_at").alias("updated_at"),
    )
