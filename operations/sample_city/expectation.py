"""What time-keeping should make of each line and check-in, worked out from how they were made.

Which stretch a tap belongs to is known here and never guessed from sign-ups, sites and times, so the truth checks
the rules instead of repeating them. Here: lines and pairs. Never here: minutes (minutes.py).
"""

from __future__ import annotations

import polars as pl

from .cards import Cards
from .devices import Devices
from .lines import IDENTITY
from .plan import DAY, DAY_BREAK, LOCAL

CLOCK_LIMIT = 10 * 60
FUTURE_TOLERANCE = 5 * 60
STALE_AFTER = 30 * DAY
BOUNCE_WITHIN = 60

SESSION = [
    "stretch_id", "volunteer_id", "shift_id", "site_id", "channel", "service_day", "opening_event_id",
    "closing_event_id", "opened_at", "closed_at", "is_toggle",
]  # fmt: skip


def expect_lines(lines: pl.DataFrame, devices: Devices, cards: Cards, shifts: pl.DataFrame) -> pl.DataFrame:
    """The lines with `outcome` (accepted, bounce, resend, rejected), `reason`, `corrected_at`, `service_day`."""
    lines = lines.sort("received_at", "segment", "line_no")
    readable = pl.col("line_kind") != "malformed_line"
    lines = lines.with_columns(
        is_repeat=readable & (pl.col("line_kind").is_in(["resend", "conflicting_resend"]))
    )
    registered = devices.devices.select("device_no", "is_directed", is_known=pl.lit(True))
    beats = devices.heartbeats.sort("received_at").select(
        "device_no", "received_at", hb="clock_offset_seconds"
    )
    lines = (
        lines.join_asof(beats, on="received_at", by="device_no", check_sortedness=False)
        .join(registered, on="device_no", how="left", maintain_order="left")
        .with_columns(pl.col("hb").fill_null(0), pl.col("is_known", "is_directed").fill_null(False))
        .with_columns(corrected_at=pl.col("tapped_at") - pl.col("hb"))
    )
    bound = cards.bindings.sort("bound_from").select(
        "card_no", "bound_from", "bound_to", holder_id="volunteer_id"
    )
    lines = lines.sort("corrected_at").join_asof(
        bound, left_on="corrected_at", right_on="bound_from", by="card_no", check_sortedness=False
    )
    lost = cards.cards.select("card_no", "reported_lost_at")
    lines = lines.join(lost, on="card_no", how="left", maintain_order="left")
    is_bound = pl.col("holder_id").is_not_null() & (
        pl.col("bound_to").is_null() | (pl.col("corrected_at") < pl.col("bound_to"))
    )
    reason = (
        pl.when(pl.col("line_kind") == "resend").then(None)
        .when(pl.col("line_kind") == "conflicting_resend").then(pl.lit("conflicting_resend"))
        .when(~readable).then(pl.lit("malformed"))
        .when(~pl.col("is_known")).then(pl.lit("unknown_device"))
        .when(pl.col("hb").abs() > CLOCK_LIMIT).then(pl.lit("clock_untrusted"))
        .when(pl.col("corrected_at") > pl.col("received_at") + FUTURE_TOLERANCE).then(pl.lit("future_tap"))
        .when(pl.col("corrected_at") < pl.col("received_at") - STALE_AFTER).then(pl.lit("stale_tap"))
        .when(~is_bound).then(pl.lit("unknown_card"))
        .when(pl.col("reported_lost_at") < pl.col("corrected_at")).then(pl.lit("hotlisted_card"))
    )  # fmt: skip
    lines = lines.with_columns(reason=reason).with_columns(
        outcome=pl.when(pl.col("line_kind") == "resend").then(pl.lit("resend"))
        .when(pl.col("reason").is_not_null()).then(pl.lit("rejected")).otherwise(pl.lit("accepted")),
    )  # fmt: skip
    lines = _service_day(lines, "corrected_at", shifts)
    return _bounces(lines).sort("received_at", "segment", "line_no")


def _service_day(events: pl.DataFrame, moment: str, shifts: pl.DataFrame) -> pl.DataFrame:
    """The local date of the moment − 4 h; that of its shift's start for what belongs to a shift."""
    starts = shifts.select("shift_id", shift_starts_at="starts_at")
    at = pl.coalesce("shift_starts_at", moment)
    return (
        events.join(starts, on="shift_id", how="left", maintain_order="left")
        .with_columns(service_day=((at + LOCAL - DAY_BREAK) // DAY).cast(pl.Int32).cast(pl.Date))
        .drop("shift_starts_at")
    )


def _bounces(lines: pl.DataFrame) -> pl.DataFrame:
    """Accepted taps at most 60 s after the one before them of the same person at the same site are bounces."""
    lines = lines.with_row_index("row")
    order = ["corrected_at", *IDENTITY]
    near = (
        lines.filter(pl.col("outcome") == "accepted")
        .sort("volunteer_id", "site_id", *order)
        .with_columns(gap=pl.col("corrected_at").diff().over("volunteer_id", "site_id"))
        .filter(pl.col("gap") <= BOUNCE_WITHIN)
        .select("row", is_bounce=pl.lit(True))
    )
    return (
        lines.join(near, on="row", how="left", maintain_order="left")
        .with_columns(outcome=pl.when("is_bounce").then(pl.lit("bounce")).otherwise("outcome"))
        .drop("row", "is_bounce")
    )


def expect_pairs(lines: pl.DataFrame, check_ins: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    """One row per session that should come out of taps and check-ins, with the columns of `SESSION`.

    `opened_at` and `closed_at` are null where that end is missing.
    """
    taps = lines.filter(pl.col("outcome") == "accepted").select(
        "stretch_id", "group_id", "volunteer_id", "shift_id", "site_id", "service_day", "direction",
        at="corrected_at",
        channel=pl.lit("CARD"),
        event_id=pl.concat_str("device_no", pl.lit(":"), pl.col("device_seq").cast(pl.String)),
        tie=pl.concat_str("device_no", pl.col("device_seq").cast(pl.String).str.zfill(20)),
        is_directed=pl.col("is_directed") & pl.col("direction").is_not_null(),
    )  # fmt: skip
    by_app = _service_day(check_ins, "occurred_at", shifts).select(
        "stretch_id", "group_id", "volunteer_id", "shift_id", "site_id", "service_day", "direction",
        at="occurred_at",
        channel=pl.lit("APP"),
        event_id=pl.col("event_id").cast(pl.String),
        tie=pl.col("event_id").cast(pl.String).str.zfill(20),
        is_directed=pl.lit(True),
    )  # fmt: skip
    return _paired(pl.concat([taps, by_app]))


def _paired(events: pl.DataFrame) -> pl.DataFrame:
    group = ["group_id", "service_day"]
    events = events.sort(*group, "at", "tie").with_columns(
        is_toggle=~pl.col("is_directed").all().over(group), place=pl.int_range(pl.len()).over(group)
    )
    following = {
        f"next_{name}": pl.col(name).shift(-1).over(group) for name in ("at", "event_id", "direction")
    }
    events = events.with_columns(**following, before=pl.col("direction").shift(1).over(group))
    opens = pl.when("is_toggle").then(pl.col("place") % 2 == 0).otherwise(pl.col("direction") == "in")
    closes = pl.col("next_at").is_not_null() & (pl.col("is_toggle") | (pl.col("next_direction") == "out"))
    is_orphan = (
        ~pl.col("is_toggle") & (pl.col("direction") == "out") & (pl.col("before") != "in").fill_null(True)
    )
    opening = events.filter(opens).with_columns(
        opening_event_id="event_id",
        opened_at="at",
        closing_event_id=pl.when(closes).then("next_event_id"),
        closed_at=pl.when(closes).then("next_at"),
    )
    orphans = events.filter(is_orphan).with_columns(
        opening_event_id=pl.lit(None, pl.String),
        opened_at=pl.lit(None, pl.Int64),
        closing_event_id="event_id",
        closed_at="at",
    )
    return pl.concat([opening.select(SESSION), orphans.select(SESSION)])
