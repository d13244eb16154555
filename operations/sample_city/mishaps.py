"""What goes wrong while people serve: forgotten, too short, twice, by a mate's hand, across the break of the day.

Here: mishaps of people. Each stretch suffers at most one, and `kind` names it. Never here: mishaps of readers,
cards and networks (devices.py, cards.py, lines.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .plan import DAY, DAY_BREAK, HOUR, LOCAL, Plan

MINUTE = 60
LEGS = {"many_sessions": 4, "proxy_swipe": 3}
LEG_BREAK = 5 * MINUTE


def go_wrong(
    plan: Plan, stretches: pl.DataFrame, shifts: pl.DataFrame, bindings: pl.DataFrame, sites: pl.DataFrame
) -> pl.DataFrame:
    """The stretches with their mishaps: `kind`, `group_id` (one visit to one place), `is_real`, `starts_at`, `ends_at`.

    `starts_at` and `ends_at` are those of the shift. A visit of several sessions becomes several stretches, a
    second record of the same service by app one more, and so does a card that a mate swipes far away; new stretches
    come last. `sites` are those with readers.
    """
    planned = shifts.select("shift_id", "starts_at", "ends_at", "min_attendance_permille")
    stretches = stretches.join(planned, on="shift_id", how="left", maintain_order="left")
    holders = bindings.filter(pl.col("bound_from") < plan.begins_at)["volunteer_id"]
    stretches = _labelled(plan, stretches, holders)
    stretches = _times(plan, stretches).with_columns(
        group_id="stretch_id", is_real=pl.col("kind") != "proxy_swipe"
    )
    return _with_lent_cards(plan, _with_more(plan, stretches), sites)


def without_forgotten(ends: pl.DataFrame) -> pl.DataFrame:
    """The ends of stretches that somebody recorded."""
    return ends.filter(
        ~((pl.col("kind") == "forgotten_out") & (pl.col("end") == "out")),
        ~((pl.col("kind") == "forgotten_in") & (pl.col("end") == "in")),
    )


def _labelled(plan: Plan, stretches: pl.DataFrame, holders: pl.Series) -> pl.DataFrame:
    """Draw the mishap of each stretch, among those that can happen to it."""
    rng, dirt = plan.stream("mishaps"), plan.dirt
    is_shift = stretches["shift_id"].is_not_null().to_numpy()
    is_card = (stretches["channel"] == "CARD").to_numpy()
    has_card = stretches["volunteer_id"].is_in(holders.implode()).to_numpy()
    minutes = (stretches["ends_at"] - stretches["starts_at"]).fill_null(0).to_numpy() // MINUTE
    lonely = ~is_shift & _is_lonely(stretches)
    proxied = _proxied(plan, stretches)
    can = {
        "across_day_break": (lonely, dirt.across_day_break * np.sum(~is_shift) / max(1, np.sum(lonely))),
        "many_sessions": (is_shift & is_card & (minutes >= 120), dirt.many_sessions),
        "overlap_app_card": (is_shift & is_card, dirt.overlap_app_card),
        "lent_card": (is_shift & ~is_card & (minutes >= 60) & has_card, dirt.lent_card),
        "forgotten_out": (np.full(len(stretches), True), dirt.forgotten_out),
        "forgotten_in": (np.full(len(stretches), True), dirt.forgotten_in),
        "too_short": (np.full(len(stretches), True), dirt.too_short),
        "left_early": (is_shift & (minutes >= 60), dirt.left_early),
        "unknown_device": (is_card, dirt.unknown_device),
    }
    kind = np.where(proxied, "proxy_swipe", "clean").astype(object)
    for name, (possible, rate) in can.items():
        hit = (rng.random(len(stretches)) < rate) & possible & (kind == "clean")
        kind[hit] = name
    return stretches.with_columns(kind=pl.Series(kind.astype(str)))


def _proxied(plan: Plan, stretches: pl.DataFrame) -> np.ndarray:
    """Up to four card holders of a few shifts stay at home; a mate swipes their cards."""
    rng = plan.stream("proxies")
    at_shifts = stretches.filter(
        pl.col("channel") == "CARD", pl.col("ends_at") - pl.col("starts_at") >= 120 * MINUTE
    )
    crowds = (
        at_shifts.group_by("shift_id", "site_id", maintain_order=True)
        .agg("stretch_id")
        .sort("shift_id", "site_id")
    )
    crowds = crowds.filter(pl.col("stretch_id").list.len() >= 5)
    chosen = crowds.filter(pl.Series(rng.random(len(crowds)) < min(1.0, plan.dirt.proxy_swipe * 8)))
    mates = chosen["stretch_id"].list.head(4).explode()
    return stretches["stretch_id"].is_in(mates.implode()).to_numpy()


def _is_lonely(stretches: pl.DataFrame) -> np.ndarray:
    """Whether the person serves nowhere else for a day before and after."""
    order = stretches.sort("volunteer_id", "in_at").with_columns(
        before=pl.col("free_to").cum_max().shift(1).over("volunteer_id").fill_null(0),
        after=pl.col("free_from").shift(-1).over("volunteer_id").fill_null(2**60),
    )
    lonely = order.with_columns(
        lonely=(pl.col("before") < pl.col("in_at") - 34 * HOUR)
        & (pl.col("after") > pl.col("out_at") + 26 * HOUR)
    )
    return lonely.sort("stretch_id")["lonely"].to_numpy()


def _times(plan: Plan, stretches: pl.DataFrame) -> pl.DataFrame:
    """Move the ends of what was too short, left early or lay across 04:00."""
    rng = plan.stream("mishap times")
    count = len(stretches)
    opens = pl.max_horizontal("in_at", pl.col("starts_at") + MINUTE)
    day_breaks = (pl.col("in_at") + LOCAL) // DAY * DAY - LOCAL + DAY_BREAK
    planned = pl.col("ends_at") - pl.col("starts_at")
    kind = pl.col("kind")
    return stretches.with_columns(
        in_at=pl.when(kind.is_in(["too_short", "left_early", *LEGS])).then(opens)
        .when(kind == "across_day_break").then(day_breaks - pl.Series(rng.integers(600, 2_400, count)))
        .otherwise("in_at"),
        out_at=pl.when(kind == "too_short").then(opens + pl.Series(rng.integers(130, 480, count)))
        .when(kind == "left_early").then(
            opens + (planned * pl.Series(rng.uniform(0.2, 0.45, count))).cast(pl.Int64).clip(12 * MINUTE)
        )
        .when(kind == "across_day_break").then(day_breaks + pl.Series(rng.integers(600, 2_400, count)))
        .when(kind.is_in(list(LEGS))).then(pl.min_horizontal("out_at", "ends_at"))
        .otherwise("out_at"),
    )  # fmt: skip


def _with_more(plan: Plan, stretches: pl.DataFrame) -> pl.DataFrame:
    """Split visits of several sessions, and add the app's record of service that a reader saw as well."""
    rng = plan.stream("second records")
    split = stretches.filter(pl.col("kind").is_in(list(LEGS)))
    legs = split.with_columns(
        legs=pl.col("kind").replace_strict(LEGS, return_dtype=pl.Int64),
        # One moment for all whose cards are swiped in one go.
        in_at=pl.when(pl.col("kind") == "proxy_swipe").then(pl.col("starts_at") + 3 * MINUTE).otherwise("in_at"),
        out_at=pl.when(pl.col("kind") == "proxy_swipe").then(pl.col("ends_at")).otherwise("out_at"),
    ).with_columns(leg=pl.int_ranges(0, "legs")).explode("leg")  # fmt: skip
    span = (pl.col("out_at") - pl.col("in_at")) // pl.col("legs")
    legs = legs.with_columns(
        in_at=pl.col("in_at") + pl.col("leg") * span,
        out_at=pl.col("in_at") + (pl.col("leg") + 1) * span - LEG_BREAK,
    )
    twice = stretches.filter(pl.col("kind") == "overlap_app_card")
    count = len(twice)
    by_app = twice.with_columns(
        channel=pl.lit("APP"),
        in_at=pl.col("in_at") + pl.Series(rng.integers(-120, 40 * MINUTE, count)),
        out_at=pl.col("out_at") + pl.Series(rng.integers(-10 * MINUTE, 180, count)),
    )
    kept = stretches.filter(~pl.col("kind").is_in(list(LEGS)))
    first_new = stretches.height + 1
    more = pl.concat([legs.drop("legs"), by_app], how="diagonal").with_columns(
        stretch_id=pl.int_range(pl.len()) + first_new,
        group_id=pl.when(pl.col("channel") == "APP").then(-pl.col("group_id")).otherwise("group_id"),
    )
    return pl.concat([kept, more], how="diagonal").drop("leg")


def _with_lent_cards(plan: Plan, stretches: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """While its owner serves by app, a mate swipes the card at a post in another district."""
    rng = plan.stream("lent cards")
    lent = stretches.filter(pl.col("kind") == "lent_card")
    districts = dict(sites.select("site_id", "district_code").iter_rows())
    near = np.array([districts.get(site, "") for site in lent["site_id"]])
    drawn = sites[rng.integers(len(sites), size=len(lent))]
    swiped = lent.with_columns(
        stretch_id=pl.int_range(pl.len()) + stretches.height + 1,
        site_id=drawn["site_id"],
        shift_id=pl.lit(None, pl.Int64),
        starts_at=pl.lit(None, pl.Int64),
        ends_at=pl.lit(None, pl.Int64),
        min_attendance_permille=pl.lit(None, pl.Int64),
        channel=pl.lit("CARD"),
        in_at=pl.col("in_at") + 10 * MINUTE,
        out_at=pl.col("out_at") - 10 * MINUTE,
        is_real=pl.lit(False),
    ).with_columns(group_id="stretch_id")
    is_far = pl.Series((drawn["district_code"].to_numpy() != near) & (near != ""))
    # Where the owner serves at other times, the two could not be told apart.
    swiped = swiped.filter(is_far).join(
        stretches, on=["volunteer_id", "site_id"], how="anti", maintain_order="left"
    )
    return pl.concat([stretches, swiped.select(stretches.columns)])


def clashing_sign_ups(
    plan: Plan,
    stretches: pl.DataFrame,
    shifts: pl.DataFrame,
    shift_sites: pl.DataFrame,
    sign_ups: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.Series]:
    """Sign-ups of people for a second shift that clashes at the same site, and the stretches that they clash with.

    Only such that every tap of the stretch stays nearer to the middle of its own shift, which decides.
    """
    rng = plan.stream("clashing sign-ups")
    at_shifts = stretches.filter(
        pl.col("channel") == "CARD",
        pl.col("kind").is_in(["clean", "forgotten_out"]),
        pl.col("shift_id").is_not_null(),
    ).with_columns(own_middle=pl.col("starts_at") + pl.col("ends_at"))
    around = stretches.sort("volunteer_id", "in_at").select(
        "stretch_id",
        before=pl.col("free_to").cum_max().shift(1).over("volunteer_id").fill_null(0),
        after=pl.col("free_from").shift(-1).over("volunteer_id").fill_null(2**60),
    )
    open_shifts = shifts.filter(pl.col("cancelled_at").is_null(), pl.col("published_at").is_not_null())
    others = shift_sites.join(open_shifts, on="shift_id").select(
        "site_id", other_id="shift_id", from_at="starts_at", to_at="ends_at", published_at="published_at"
    )
    pairs = at_shifts.join(around, on="stretch_id").join(others, on="site_id").filter(
        pl.col("other_id") != pl.col("shift_id"),
        pl.col("from_at") - HOUR < pl.col("out_at"),
        pl.col("to_at") + HOUR > pl.col("in_at"),
        pl.col("from_at") - 65 * MINUTE > pl.col("before"),
        pl.col("to_at") + 65 * MINUTE < pl.col("after"),
        pl.col("published_at") < pl.min_horizontal("from_at", pl.lit(plan.as_of)) - 3 * HOUR,
    )  # fmt: skip
    for end in ("in_at", "out_at"):
        away, near = (
            (pl.col("from_at") + pl.col("to_at") - 2 * pl.col(end)).abs(),
            (pl.col("own_middle") - 2 * pl.col(end)).abs(),
        )
        pairs = pairs.filter(near + 30 * MINUTE < away)
    pairs = pairs.join(
        sign_ups.select("volunteer_id", other_id="shift_id"), on=["volunteer_id", "other_id"], how="anti"
    )
    pairs = pairs.sort("stretch_id", "other_id").unique("stretch_id", keep="first", maintain_order=True)
    pairs = pairs.unique(["volunteer_id", "other_id"], keep="first", maintain_order=True)
    places = open_shifts.join(
        sign_ups.filter(status="confirmed").group_by("shift_id").len("confirmed"), on="shift_id", how="left"
    ).select(other_id="shift_id", places_left=pl.col("capacity") - pl.col("confirmed").fill_null(0))
    pairs = pairs.join(places, on="other_id", maintain_order="left").filter(
        pl.int_range(pl.len()).over("other_id") < pl.col("places_left")
    )
    share = len(at_shifts) * plan.dirt.overlapping_sign_ups / max(1, len(pairs))
    chosen = pairs.filter(pl.Series(rng.random(len(pairs)) < share))
    signed_at = pl.min_horizontal("from_at", pl.lit(plan.as_of)) - 2 * HOUR
    more = chosen.select(
        pl.int_range(1, pl.len() + 1).alias("sign_up_id") + sign_ups.height,
        pl.col("other_id").alias("shift_id"),
        "volunteer_id",
        pl.lit("confirmed").alias("status"),
        signed_at.alias("signed_up_at"),
        (signed_at + 60).alias("decided_at"),
        (signed_at + 60).alias("updated_at"),
    ).cast({"signed_up_at": pl.Int64, "decided_at": pl.Int64, "updated_at": pl.Int64, "sign_up_id": pl.Int64})
    return pl.concat([sign_ups, more.select(sign_ups.columns)]), chosen["stretch_id"]
