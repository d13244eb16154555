"""Section 1: each line of a swipe log becomes an accepted tap, a resend or a rejected tap with its reason.

Here: that decision, for whole identity groups (device_no, device_seq) at once. Never here: reading logs, and
remembering what was decided before: the caller gives every line of a group again when one of them, or what it
depends on (device, heartbeat, card, binding), changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from warehouse.timekeeping.days import LOCAL_OFFSET, seconds, service_day
from warehouse.timekeeping.rules import RuleBook

REASONS = (
    "conflicting_resend",
    "malformed",
    "unknown_device",
    "clock_untrusted",
    "future_tap",
    "stale_tap",
    "unknown_card",
    "hotlisted_card",
)
# What is lacking now may arrive later; the line is then decided again.
HEALING_REASONS = ("unknown_card", "unknown_device", "clock_untrusted")

IDENTITY = ["device_no", "device_seq"]
# The received content breaks ties where segment and line say nothing (plain files have no order of lines).
ARRIVAL = ["received_at", "segment", "line_no", "tapped_at", "card_no", "direction"]
CONTENT = ["card_no", "tapped_at", "direction"]


@dataclass(frozen=True)
class Intake:
    """Every line given is in exactly one of the three.

    accepted: segment, line_no, device_no, device_seq, card_no, volunteer_id, site_id, is_directed, direction,
    device_tapped_at (as received), tapped_at (corrected), received_at, service_day (plain).
    resends: segment, line_no, device_no, device_seq, received_at.
    rejected: segment, line_no, device_no, device_seq, card_no, tapped_at (as received), received_at, direction,
    reason (one of REASONS), malformed_text.
    """

    accepted: pl.DataFrame
    resends: pl.DataFrame
    rejected: pl.DataFrame


def take_in(
    lines: pl.DataFrame,
    *,
    devices: pl.DataFrame,
    heartbeats: pl.DataFrame,
    cards: pl.DataFrame,
    card_bindings: pl.DataFrame,
    book: RuleBook,
    former_placements: pl.DataFrame | None = None,
) -> Intake:
    """Section 1 of the rules for `lines`, all lines of each (device_no, device_seq) they belong to.

    lines: segment, line_no, device_no, device_seq, card_no, tapped_at, received_at, direction (in, out, NULL),
    malformed_text (NULL where the line could be read). devices: device_no, site_id, is_directed, one row each.
    former_placements: device_no, site_id, is_directed, placed_to: where a device stood before, each until then.
    heartbeats: device_no, received_at, clock_offset_seconds, and heartbeat_id to break ties if there is one.
    cards: card_no, reported_lost_at. card_bindings: card_no, volunteer_id, bound_from, bound_to (NULL: still).
    Times: UTC datetimes; fractions of a second are cut.
    """
    lines = lines.with_columns(pl.col("tapped_at", "received_at").dt.truncate("1s"))
    lines = _repeats(lines.with_row_index("line"))
    first = lines.filter(pl.col("reason").is_null() & ~pl.col("is_resend"))
    found = _with_offset(_with_device(first, devices), heartbeats)
    found = found.with_columns(at=pl.col("device_at") - pl.col("offset"))
    if former_placements is not None and not former_placements.is_empty():
        found = _where_it_stood(found, former_placements)
    decided = _decide(_with_loss(_with_volunteer(found, card_bindings), cards), book)
    refused = decided.filter(pl.col("reason").is_not_null())
    rejected_columns = [
        "segment",
        "line_no",
        "device_no",
        "device_seq",
        "card_no",
        "tapped_at",
        "received_at",
        "direction",
        "reason",
        "malformed_text",
    ]
    refused = refused.with_columns(tapped_at="device_tapped_at")
    return Intake(
        accepted=decided.filter(pl.col("reason").is_null())
        .sort("line")
        .select(
            "segment",
            "line_no",
            "device_no",
            "device_seq",
            "card_no",
            "volunteer_id",
            "site_id",
            "is_directed",
            "direction",
            "device_tapped_at",
            "tapped_at",
            "received_at",
            "service_day",
        ),
        resends=lines.filter("is_resend").select(
            "segment", "line_no", "device_no", "device_seq", "received_at"
        ),
        rejected=pl.concat(
            frame.select("line", *rejected_columns)
            for frame in (lines.filter(pl.col("reason").is_not_null()), refused)
        )
        .sort("line")
        .drop("line"),
    )


def _repeats(lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` with is_resend, and the reasons malformed and conflicting_resend.

    A line that cannot be read in full has no content to compare, so it is never the first of its identity.
    """
    required = ["device_no", "device_seq", "card_no", "tapped_at", "received_at"]
    is_malformed = (
        pl.col("malformed_text").is_not_null()
        | pl.any_horizontal(pl.col(required).is_null())
        | ~pl.col("direction").is_in(["in", "out"]).fill_null(value=True)
    )
    lines = lines.with_columns(is_malformed=is_malformed)
    readable = lines.filter(~pl.col("is_malformed"))
    # Equal hashes are not always equal identities, but what follows compares the identities themselves.
    repeated = readable.filter(pl.struct(IDENTITY).hash(seed=0).is_duplicated())
    repeated = repeated.sort(*IDENTITY, *ARRIVAL)
    same = pl.all_horizontal(
        pl.col(column).eq_missing(pl.col(column).first().over(IDENTITY)) for column in CONTENT
    )
    repeated = repeated.select("line", is_first=pl.int_range(pl.len()).over(IDENTITY) == 0, is_same=same)
    later = ~pl.col("is_first").fill_null(value=True)
    return (
        lines.join(repeated, on="line", how="left", maintain_order="left")
        .with_columns(
            is_resend=later & pl.col("is_same").fill_null(value=False),
            reason=pl.when(later & ~pl.col("is_same"))
            .then(pl.lit("conflicting_resend"))
            .when("is_malformed")
            .then(pl.lit("malformed")),
        )
        .drop("is_first", "is_same", "is_malformed")
    )


def _with_device(lines: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    """`lines` with site_id and is_directed of their device (NULL: not registered), and both clocks in seconds."""
    registered = devices.select("device_no", "site_id", "is_directed").unique("device_no", keep="any")
    return lines.with_columns(
        device_tapped_at="tapped_at", received=seconds("received_at"), device_at=seconds("tapped_at")
    ).join(registered, on="device_no", how="left")


def _where_it_stood(lines: pl.DataFrame, former: pl.DataFrame) -> pl.DataFrame:
    """`lines` with site_id and is_directed as they were at the time of the tap: of the placement that ended next
    after it, else of now. The first placement holds for all time before it as well."""
    ended = former.select(
        "device_no",
        until=pl.col("placed_to").dt.epoch("s"),
        stood_at="site_id",
        stood_directed="is_directed",
    ).sort("until")
    return (
        lines.sort("at")
        .join_asof(
            ended,
            left_on="at",
            right_on="until",
            by="device_no",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(
            site_id=pl.coalesce("stood_at", "site_id"),
            is_directed=pl.coalesce("stood_directed", "is_directed"),
        )
        .drop("until", "stood_at", "stood_directed")
    )


def _with_loss(lines: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    lost = (
        cards.drop_nulls("reported_lost_at")
        .group_by("card_no")
        .agg(lost=pl.col("reported_lost_at").dt.epoch("s").min())
    )
    return lines.join(lost, on="card_no", how="left")


def _decide(lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """`lines`, each the first of its identity, with reason: the rest of the table, from the top."""
    arrival_day = ((pl.col("received") + LOCAL_OFFSET) // 86400).cast(pl.Int32).cast(pl.Date)
    lines = lines.with_columns(arrival_day=arrival_day)
    limit = {
        name: book.value(name, pl.col("arrival_day"))
        for name in ("clock_offset_limit", "future_tolerance", "stale_after")
    }
    return lines.with_columns(
        reason=pl.when(pl.col("site_id").is_null())
        .then(pl.lit("unknown_device"))
        .when(pl.col("offset").abs() > limit["clock_offset_limit"])
        .then(pl.lit("clock_untrusted"))
        .when(pl.col("at") > pl.col("received") + limit["future_tolerance"])
        .then(pl.lit("future_tap"))
        .when(pl.col("at") < pl.col("received") - limit["stale_after"])
        .then(pl.lit("stale_tap"))
        .when(pl.col("volunteer_id").is_null())
        .then(pl.lit("unknown_card"))
        .when((pl.col("lost") < pl.col("at")).fill_null(value=False))
        .then(pl.lit("hotlisted_card")),
        tapped_at=(pl.col("at") * 1_000_000).cast(pl.Datetime("us")),
        service_day=service_day(pl.col("at"), book.service_day_start),
    )


def _with_offset(lines: pl.DataFrame, heartbeats: pl.DataFrame) -> pl.DataFrame:
    """`lines` with offset: seconds, from the last heartbeat at or before the arrival, else 0."""
    tie = ["heartbeat_id"] if "heartbeat_id" in heartbeats.columns else []
    last = (
        heartbeats.join(lines.select("device_no"), on="device_no", how="semi")
        .with_columns(received=pl.col("received_at").dt.epoch("s"))
        .sort("received", *tie, "clock_offset_seconds")
        .unique(["device_no", "received"], keep="last", maintain_order=True)
        .select("device_no", "received", offset=pl.col("clock_offset_seconds").cast(pl.Int64))
    )
    return (
        lines.sort("received")
        .join_asof(last, on="received", by="device_no", strategy="backward", check_sortedness=False)
        .with_columns(pl.col("offset").fill_null(0))
    )


def _with_volunteer(lines: pl.DataFrame, bindings: pl.DataFrame) -> pl.DataFrame:
    """`lines` with volunteer_id, who held the card at `at` (NULL: nobody)."""
    order = ["binding_id"] if "binding_id" in bindings.columns else []
    held = bindings.join(lines.select("card_no"), on="card_no", how="semi").select(
        "card_no",
        "volunteer_id",
        *order,
        since=pl.col("bound_from").dt.epoch("s"),
        until=pl.col("bound_to").dt.epoch("s"),
    )
    held = held.filter((pl.col("until") > pl.col("since")).fill_null(value=True))
    bound_again = pl.col("card_no").is_duplicated()
    holds = (pl.col("since") <= pl.col("at")) & (pl.col("until").is_null() | (pl.col("at") < pl.col("until")))
    lines = (
        lines.join(held.filter(~bound_again).drop(order), on="card_no", how="left")
        .with_columns(volunteer_id=pl.when(holds).then("volunteer_id"))
        .drop("since", "until")
    )
    held = held.filter(bound_again)
    if held.is_empty():
        return lines
    # Of several bindings the one that holds; if, against all order, two do, the later one.
    found = (
        lines.select("line", "card_no", "at")
        .join(held, on="card_no")
        .filter(holds)
        .sort("line", "since", *order, "until", "volunteer_id", nulls_last=True)
        .unique("line", keep="last", maintain_order=True)
        .select("line", holder="volunteer_id")
    )
    return (
        lines.join(found, on="line", how="left")
        .with_columns(pl.coalesce("volunteer_id", "holder").alias("volunteer_id"))
        .drop("holder")
    )
