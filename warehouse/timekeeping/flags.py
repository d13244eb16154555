"""Flags: what a person should look at. They hide nothing and change no minutes.

Here: the five flags of the rules, `above_plan` (section 6) and `impossible_day` (section 7).
Never here: a consequence; who acts on a flag is the operational system's business.

Every function returns columns of FLAG_COLUMNS, for the rows of its frames whatever their day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.timekeeping.events import FLAG_COLUMNS
from warehouse.timekeeping.pairing import differs
from warehouse.timekeeping.rules import Rules

EARTH_RADIUS_M = 6_371_008.8
LOW_BITS = 0xFFFF


def proxy_swipes(taps: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One flag per device and day: `proxy_cards` cards within `proxy_within` at least `proxy_times` times.

    Taps that follow such a moment within the same span belong to it: a queue at the door is one time, not many.
    `taps`: device_no, service_day (plain), at, card_no.
    """
    device_day = ["device_no", "service_day"]
    taps = _crowded(taps.select(*device_day, "at", "card_no"), rules).sort("at")
    moments = (
        taps.rolling("at", period=f"{rules.proxy_within + 1}i", closed="right", group_by=device_day)
        .agg(cards=pl.col("card_no").n_unique())
        .filter(pl.col("cards") >= rules.proxy_cards)
        .unique([*device_day, "at"])
        .sort(*device_day, "at")
        .filter(differs(*device_day) | (pl.col("at").diff() > rules.proxy_within))
        .group_by(device_day)
        .agg(times=pl.len(), first=pl.col("at").min())
        .filter(pl.col("times") >= rules.proxy_times)
    )
    first = (pl.col("first") * 1_000_000).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _flags(
        moments.with_columns(session_id=pl.lit(None, dtype=pl.String)),
        "proxy_swipe",
        "device",
        pl.col("device_no"),
        pl.format("{} times, first {}", "times", first),
    )


def _crowded(taps: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Taps that fell so close together, at readers where that happened so often, that a closer look pays: one sort of
    packed keys instead of a look at every reader."""
    if taps.is_empty():
        return taps
    # An Enum's code tells readers apart without looking at their text.
    is_enum = isinstance(taps.schema["device_no"], pl.Enum)
    coded = taps["device_no"].to_physical() if is_enum else taps["device_no"].rank("dense")
    reader, since = coded.cast(pl.Int64).to_numpy(), (taps["at"] - taps["at"].min()).to_numpy()
    # One reader's last tap and the next one's first lie further apart than the span.
    stride = int(since.max(initial=0)) + rules.proxy_within + 1
    key = reader * stride + since
    if int(reader.max(initial=0)) * stride + stride < 2**31:
        key = key.astype(np.int32)
    in_order = np.sort(key)
    step = rules.proxy_cards - 1
    first = np.flatnonzero(in_order[step:] - in_order[: len(key) - step] <= rules.proxy_within)
    close = in_order[first + step].astype(np.int64)
    # Times that are further apart than the span lie in different buckets of it: no more times than buckets.
    buckets = np.unique(close - close % stride % (rules.proxy_within + 1))
    readers, times = np.unique(buckets // stride, return_counts=True)
    crowded = readers[times >= rules.proxy_times]
    if not len(crowded):
        return taps.clear()
    # Of these readers only the moments that are close to others.
    first = first[np.isin(close // stride, crowded)]
    moments = np.unique(in_order[first[:, None] + np.arange(step + 1)])
    is_crowded = np.zeros(int(reader.max()) + 1, dtype=bool)
    is_crowded[crowded] = True
    near = np.flatnonzero(is_crowded[reader])
    # Most of these are told apart by the low bits alone, and need not be searched.
    low = np.zeros(LOW_BITS + 1, dtype=bool)
    low[moments & LOW_BITS] = True
    near = near[np.flatnonzero(low[key[near] & LOW_BITS])]
    place = np.minimum(np.searchsorted(moments, key[near]), len(moments) - 1)
    return taps[near[moments[place] == key[near]]]


def impossible_travel(events: pl.DataFrame, sites: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One flag per event that its volunteer could not have reached in time from the place of the event before.

    `events`: volunteer_id, at, channel, event_id, site_id, plain_day. Events at sites without a position are
    passed over. Looks at neighbours within a service day, so that a day can be judged alone; if no step is too
    fast, no way over several steps is.
    """
    located = (
        events.join(sites.drop_nulls().unique("site_id"), on="site_id")
        .sort("volunteer_id", "at", "channel", "event_id")
        .with_columns(
            from_lon=pl.col("lon").shift(),
            from_lat=pl.col("lat").shift(),
            from_site=pl.col("site_id").shift(),
            elapsed=pl.col("at").diff(),
            from_event=pl.col("event_id").shift(),
            is_first=differs("volunteer_id", "plain_day"),
        )
        .filter(~pl.col("is_first") & (pl.col("site_id") != pl.col("from_site")))
        .with_columns(metres=_distance())
        .filter(pl.col("metres") * 3600 > rules.travel_speed_km_per_hour * 1000 * pl.col("elapsed"))
    )
    detail = pl.format(
        "{} m in {} s from {} to {}",
        pl.col("metres").round().cast(pl.Int64),
        "elapsed",
        "from_event",
        "event_id",
    )
    rows = located.with_columns(service_day="plain_day", session_id=pl.lit(None, dtype=pl.String))
    return _flags(rows, "impossible_travel", "volunteer", pl.col("volunteer_id"), detail)


def _distance() -> pl.Expr:
    """Great-circle distance in metres between (from_lon, from_lat) and (lon, lat), WGS-84 degrees."""
    lat, from_lat = pl.col("lat").radians(), pl.col("from_lat").radians()
    half_lat = ((lat - from_lat) / 2).sin() ** 2
    half_lon = ((pl.col("lon") - pl.col("from_lon")).radians() / 2).sin() ** 2
    chord = (half_lat + lat.cos() * from_lat.cos() * half_lon).clip(0, 1)
    return 2 * EARTH_RADIUS_M * chord.sqrt().arcsin()


def self_granted(records: pl.DataFrame, approvals: pl.DataFrame) -> pl.DataFrame:
    """One flag per record entered for oneself, or by a person whose own records the volunteer has approved.

    `approvals`: approver, volunteer_id: who has ever approved an honour record of whom.
    """
    in_turn = approvals.select(
        volunteer_id="approver", entered_by="volunteer_id", is_in_turn=pl.lit(value=True)
    ).unique()
    rows = records.join(in_turn, on=["volunteer_id", "entered_by"], how="left")
    for_oneself = (pl.col("volunteer_id") == pl.col("entered_by")).fill_null(value=False)
    detail = (
        pl.when(for_oneself)
        .then(pl.lit("entered for oneself"))
        .otherwise(pl.lit("entered by a person whose records the volunteer has approved"))
    )
    rows = rows.filter(for_oneself | pl.col("is_in_turn").is_not_null())
    return _flags(rows, "self_granted", "person", pl.col("entered_by"), detail)


def burst_entries(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One flag per record that lies in a span of `burst_within` in which its author entered more than
    `burst_records` records."""
    rows = records.filter(pl.col("entered_by").is_not_null() & pl.col("entered").is_not_null())
    rows = rows.sort("entered_by", "entered")
    ends = (
        rows.rolling("entered", period=f"{rules.burst_within + 1}i", closed="right", group_by="entered_by")
        .agg(records=pl.len())
        .group_by("entered_by", "entered")
        .agg(pl.col("records").max())
        .filter(pl.col("records") > rules.burst_records)
        .sort("entered_by", "entered")
        .with_columns(burst_end="entered")
    )
    hit = rows.sort("entered").join_asof(
        ends.sort("entered"),
        on="entered",
        by="entered_by",
        strategy="forward",
        tolerance=rules.burst_within,
        check_sortedness=False,
    )
    hit = hit.filter(pl.col("burst_end").is_not_null())
    detail = pl.format("{} records within {} s", "records", pl.lit(rules.burst_within))
    return _flags(hit, "burst_entry", "person", pl.col("entered_by"), detail)


def late_entries(records: pl.DataFrame, rules: Rules, day_start: int) -> pl.DataFrame:
    """One flag per record entered more than `late_entry_after` after the service: after its end where that is
    known, else after the end of its service day (in favour of who entered it)."""
    end_of_day = (pl.col("service_day").cast(pl.Int32).cast(pl.Int64) + 1) * 86400 + day_start - 8 * 3600
    late_by = pl.col("entered") - pl.coalesce("ended", end_of_day)
    rows = records.with_columns(late_by=late_by).filter(pl.col("late_by") > rules.late_entry_after)
    detail = pl.format("entered {} days after the service", pl.col("late_by") // 86400)
    return _flags(rows, "late_entry", "person", pl.col("entered_by"), detail)


def above_plan(records: pl.DataFrame) -> pl.DataFrame:
    """One flag per honour record that states more minutes than its shift was planned for."""
    rows = records.filter(pl.col("minutes") > pl.col("planned_minutes"))
    detail = pl.format("{} minutes stated, {} planned", "minutes", "planned_minutes")
    return _flags(rows, "above_plan", "person", pl.col("entered_by"), detail)


def impossible_days(sessions: pl.DataFrame) -> pl.DataFrame:
    """One flag per session of which a part lies above the last ceiling of its day."""
    rows = sessions.filter(pl.col("void_minutes") > 0)
    detail = pl.format("{} minutes void", "void_minutes")
    return _flags(rows, "impossible_day", "volunteer", pl.col("volunteer_id"), detail)


def _flags(
    rows: pl.DataFrame, flag: str, subject_kind: str, subject: pl.Expr, detail: pl.Expr
) -> pl.DataFrame:
    # An empty first chunk, as shift and filter leave it, makes polars 2.1 panic when it joins texts.
    return (
        rows.rechunk()
        .select(
            "service_day",
            flag=pl.lit(flag),
            session_id=pl.col("session_id"),
            subject_kind=pl.lit(subject_kind),
            subject=subject.cast(pl.String),
            detail=detail,
        )
        .select(pl.col(name).cast(kind) for name, kind in FLAG_COLUMNS.items())
    )
