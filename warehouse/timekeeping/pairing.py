"""Sections 2 to 4: which shift a tap belongs to, which taps are bounces, and what pairs with what.

Here: from events to sessions with two raw ends. Never here: minutes and verdicts.

Frames carry times as `at`, whole seconds since 1970 UTC. Each function sorts what it needs and compares
neighbours, so it works for any number of volunteers and days at once.
"""

from __future__ import annotations

import polars as pl

from warehouse.timekeeping.rules import RuleBook

TAP_ORDER = ["at", "device_no", "device_seq"]


def differs(*columns: str) -> pl.Expr:
    """True where any of `columns` is not the same as in the row before (NULL equals NULL); True in the first row."""
    return pl.any_horizontal([pl.col(column).ne_missing(pl.col(column).shift()) for column in columns]) | (
        pl.int_range(pl.len()) == 0
    )


def in_order(frame: pl.DataFrame, keys: list[str], tie_break: list[str]) -> pl.DataFrame:
    """`frame` sorted by `keys`, then `tie_break`, NULL last. Texts are slow to sort, so `tie_break` is only looked at
    where there are ties."""
    ordered = frame.sort(keys, nulls_last=True)
    if ordered.select(~differs(*keys)).to_series().any():
        return frame.sort(*keys, *tie_break, nulls_last=True)
    return ordered


def memberships(shifts: pl.DataFrame, shift_sites: pl.DataFrame, sign_ups: pl.DataFrame) -> pl.DataFrame:
    """One row per (volunteer_id, site_id, shift_id) at which a tap may belong to the shift: with starts, ends,
    margin, shift_day."""
    return (
        sign_ups.unique()
        .join(shifts.select("shift_id", "starts", "ends", "margin", "shift_day"), on="shift_id")
        .join(shift_sites.unique(), on="shift_id")
    )


def place_taps(taps: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Section 2: `taps` with shift_id (NULL: standing post) and their service_day moved to the shift's."""
    taps = taps.with_row_index("tap")
    belongs = (
        taps.select("tap", "volunteer_id", "site_id", "at")
        .join(members, on=["volunteer_id", "site_id"])
        .filter(
            pl.col("at").is_between(pl.col("starts") - pl.col("margin"), pl.col("ends") + pl.col("margin"))
        )
        .with_columns(from_middle=(2 * pl.col("at") - pl.col("starts") - pl.col("ends")).abs())
        .sort("tap", "from_middle", "shift_id")
        .unique("tap", keep="first", maintain_order=True)
        .select("tap", "shift_id", "shift_day")
    )
    return (
        taps.join(belongs, on="tap", how="left")
        .with_columns(plain_day=pl.col("service_day"), service_day=pl.coalesce("shift_day", "service_day"))
        .drop("tap", "shift_day")
    )


def mark_bounces(taps: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Section 3: `taps` with is_bounce, in the order volunteer, site, time, device_no, device_seq."""
    within = book.value("bounce_within", pl.col("plain_day"))
    return taps.sort("volunteer_id", "site_id", *TAP_ORDER).with_columns(
        is_bounce=~differs("volunteer_id", "site_id") & (pl.col("at").diff() <= within).fill_null(value=False)
    )


def pair_taps(taps: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Section 4 for taps that are no bounces: one row per session, columns as `_sessions` returns."""
    post = pl.when(pl.col("shift_id").is_null()).then(pl.col("site_id"))
    group = ["volunteer_id", "service_day", "shift_id", "post"]
    events = (
        taps.with_columns(
            post=post,
            event_id=pl.concat_str(
                pl.col("device_no").cast(pl.String), pl.lit(":"), pl.col("device_seq").cast(pl.String)
            ),
            has_direction=pl.col("is_directed") & pl.col("direction").is_not_null(),
        )
        .sort(*group, *TAP_ORDER)
        .with_columns(is_new_group=differs(*group))
        .with_columns(group=pl.col("is_new_group").cum_sum())
    )
    # Toggle unless every tap of the group is from a directed device and has a direction.
    toggles = events.filter(~pl.col("has_direction")).select("group").unique()
    is_toggle = pl.col("group").is_in(toggles["group"].implode())
    return _sessions(events.with_columns(is_toggle=is_toggle), book, "CARD")


def pair_check_ins(check_ins: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Section 4 for check-ins: directed, within their shift, in order of (time, event_id)."""
    group = ["volunteer_id", "service_day", "shift_id"]
    events = check_ins.sort(*group, "at", "event_id").with_columns(
        is_new_group=differs(*group),
        is_toggle=pl.lit(value=False),
        event_id=pl.col("event_id").cast(pl.String),
    )
    return _sessions(events, book, "APP")


def _sessions(events: pl.DataFrame, book: RuleBook, channel: str) -> pl.DataFrame:
    """Sessions of `events`, sorted within their groups: volunteer_id, service_day, shift_id, site_id,
    opening_event_id, closing_event_id, opened, closed (seconds; NULL: that end is missing), channel, session_id."""
    longest = book.value("pair_within", pl.col("service_day"))
    row = pl.int_range(pl.len())
    events = events.with_columns(
        is_apart=pl.col("is_new_group") | (pl.col("at").diff() > longest).fill_null(value=True)
    ).with_columns(place_in_run=row - pl.when("is_apart").then(row).forward_fill())
    follows = ~pl.col("is_apart").shift(-1, fill_value=True)
    follower = pl.col("direction").shift(-1)
    leader = pl.col("direction").shift()
    opens = pl.when("is_toggle").then(pl.col("place_in_run") % 2 == 0).otherwise(pl.col("direction") == "in")
    is_closed = follows & (pl.col("is_toggle") | (follower == "out"))
    orphan = ~pl.col("is_toggle") & (pl.col("direction") == "out") & (pl.col("is_apart") | (leader != "in"))
    next_at, next_event = pl.col("at").shift(-1), pl.col("event_id").shift(-1)
    return (
        events.select(
            "volunteer_id",
            "service_day",
            "shift_id",
            "site_id",
            opens=opens,
            orphan=orphan,
            opening_event_id=pl.when(opens).then("event_id"),
            closing_event_id=pl.when(opens & is_closed).then(next_event).when(orphan).then("event_id"),
            opened=pl.when(opens).then("at"),
            closed=pl.when(opens & is_closed).then(next_at).when(orphan).then("at"),
        )
        .filter(pl.col("opens") | pl.col("orphan"))
        .drop("opens", "orphan")
        # An empty first chunk, as shift and filter leave it, makes polars 2.1 panic when it joins texts.
        .rechunk()
        .with_columns(channel=pl.lit(channel), session_id=session_id(channel))
    )


def session_id(channel: str) -> pl.Expr:
    """The readable, stable name of a session: volunteer/place kind/place/channel/first event."""
    first_event = pl.coalesce("opening_event_id", "closing_event_id")
    is_shift = pl.col("shift_id").is_not_null()
    place = (
        pl.when(is_shift)
        .then(pl.col("shift_id").cast(pl.String))
        .otherwise(pl.col("site_id").cast(pl.String))
    )
    kind = pl.when(is_shift).then(pl.lit("/shift/")).otherwise(pl.lit("/site/"))
    volunteer = pl.col("volunteer_id").cast(pl.String)
    return pl.concat_str(volunteer, kind, place, pl.lit(f"/{channel}/"), first_event)
