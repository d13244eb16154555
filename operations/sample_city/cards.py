"""Citizen cards of the sample city and whose they are.

Here: who holds a card, when it was bound, lost and re-issued. Never here: a tap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .plan import DAY, HOUR, Plan

SHARE_WITH_CARD = 0.85


@dataclass(frozen=True)
class Cards:
    """The tables `cards` and `bindings`."""

    cards: pl.DataFrame
    bindings: pl.DataFrame


def card_numbers(rng: np.random.Generator, count: int) -> pl.Series:
    """Made-up numbers of citizen cards, all different."""
    return pl.Series(rng.permutation(count * 40)[:count] + 3_301_000_000_000).cast(pl.String)


def make_cards(plan: Plan, volunteers: pl.DataFrame) -> Cards:
    """One card for about 85 % of the volunteers, bound some minutes after they registered."""
    rng = plan.stream("cards")
    holders = volunteers.filter(pl.Series(rng.random(len(volunteers)) < SHARE_WITH_CARD))
    count = len(holders)
    bound_from = holders["registered_at"].to_numpy() + rng.integers(120, 12 * HOUR, count)
    issued_at = holders["registered_at"].to_numpy() - rng.integers(0, 2_000, count) * DAY
    numbers = card_numbers(rng, count)
    cards = pl.DataFrame(
        {
            "card_no": numbers,
            "kind": "citizen_card",
            "issued_at": issued_at,
            "reported_lost_at": pl.Series([None] * count, dtype=pl.Int64),
            "updated_at": bound_from,
        }
    )
    bindings = pl.DataFrame(
        {
            "binding_id": np.arange(1, count + 1),
            "card_no": numbers,
            "volunteer_id": holders["volunteer_id"],
            "bound_from": bound_from,
            "bound_to": pl.Series([None] * count, dtype=pl.Int64),
            "updated_at": bound_from,
        }
    )
    return Cards(cards, bindings)


def mishandle(plan: Plan, cards: Cards, stretches: pl.DataFrame) -> tuple[Cards, pl.DataFrame]:
    """Cards lost and re-issued, or used before they were bound; and the taps of those who found a lost card.

    A third of the lost ones are lost and re-issued while their owner serves: in with the old card, out with the
    new one. The found taps have `card_no`, `site_id`, `true_at`.
    """
    rng = plan.stream("lost cards")
    by_card = stretches.filter(
        pl.col("channel") == "CARD",
        pl.col("kind").is_in(["clean", "forgotten_out", "left_early"]),
        pl.col("out_at") - pl.col("in_at") >= 50 * 60,
        pl.col("out_at") < plan.as_of - DAY,
        pl.col("in_at") > plan.begins_at + DAY,
    )
    by_card = by_card.with_columns(draw=pl.Series(rng.random(len(by_card))))
    one_each = by_card.sort("draw", "stretch_id").unique("volunteer_id", keep="first", maintain_order=True)
    one_each = one_each.join(
        cards.bindings.select("volunteer_id", old_card="card_no", was_bound_from="bound_from"),
        on="volunteer_id",
    )
    one_each = one_each.sort("volunteer_id")
    fate = rng.random(len(one_each))
    share = plan.dirt.lost_card + plan.dirt.late_binding
    scale = min(1.0, len(cards.bindings) / max(1, len(one_each)) * share) / share if share else 0.0
    is_lost = fate < plan.dirt.lost_card * scale
    is_late = ~is_lost & (fate < share * scale)
    cards = _bind_late(cards, one_each.filter(pl.Series(is_late)), stretches)
    return _lose(plan, rng, cards, one_each.filter(pl.Series(is_lost)))


def _bind_late(cards: Cards, users: pl.DataFrame, stretches: pl.DataFrame) -> Cards:
    """Bind some cards only a day after their owners first used them."""
    first_used = (
        stretches.filter(pl.col("channel") == "CARD").group_by("volunteer_id").agg(pl.col("out_at").min())
    )
    later = users.select("volunteer_id").join(first_used, on="volunteer_id")
    bindings = cards.bindings.join(later, on="volunteer_id", how="left", maintain_order="left").with_columns(
        bound_from=pl.coalesce(pl.col("out_at") + 9 * HOUR, "bound_from"),
        updated_at=pl.coalesce(pl.col("out_at") + 9 * HOUR, "updated_at"),
    )
    return Cards(cards.cards, bindings.drop("out_at"))


def _lose(
    plan: Plan, rng: np.random.Generator, cards: Cards, losers: pl.DataFrame
) -> tuple[Cards, pl.DataFrame]:
    count = len(losers)
    while_serving = pl.Series(rng.random(count) < 1 / 3)
    lost = losers.with_columns(
        lost_at=pl.when(while_serving)
        .then(pl.col("in_at") + 15 * 60)
        .otherwise(
            pl.max_horizontal(
                pl.col("in_at") - pl.Series(rng.integers(HOUR, 20 * HOUR, count)),
                pl.col("was_bound_from") + 60,
            )
        ),
        bound_from=pl.when(while_serving)
        .then(pl.col("in_at") + 25 * 60)
        .otherwise(pl.col("out_at") + pl.Series(rng.integers(6 * HOUR, 4 * DAY, count))),
        card_no=pl.Series(3_301_900_000_000 + rng.permutation(max(1, count) * 30)[:count]).cast(pl.String),
    )
    replaced = lost.filter(pl.col("bound_from") <= plan.as_of)
    old = cards.cards.join(
        lost.select(card_no="old_card", lost_at="lost_at"), on="card_no", how="left", maintain_order="left"
    )
    old = old.with_columns(
        reported_lost_at=pl.coalesce("lost_at", "reported_lost_at"),
        updated_at=pl.coalesce("lost_at", "updated_at"),
    ).drop("lost_at")
    new = replaced.select(
        "card_no",
        kind=pl.lit("citizen_card"),
        issued_at="bound_from",
        reported_lost_at=pl.lit(None, pl.Int64),
        updated_at="bound_from",
    )
    ended = cards.bindings.join(
        replaced.select(card_no="old_card", ended_at="bound_from"),
        on="card_no",
        how="left",
        maintain_order="left",
    ).with_columns(bound_to="ended_at", updated_at=pl.coalesce("ended_at", "updated_at"))
    begun = replaced.select(
        (pl.int_range(1, pl.len() + 1) + len(cards.bindings)).alias("binding_id"),
        "card_no",
        "volunteer_id",
        "bound_from",
        pl.lit(None, pl.Int64).alias("bound_to"),
        pl.col("bound_from").alias("updated_at"),
    )
    found = lost.with_columns(wait=pl.Series(rng.integers(20 * 60, 6 * DAY, count)))
    found = found.filter(pl.Series(rng.random(count) < plan.dirt.found_card)).select(
        card_no="old_card", site_id="site_id", true_at=pl.col("lost_at") + pl.col("wait")
    )
    return Cards(pl.concat([old, new]), pl.concat([ended.drop("ended_at"), begun])), found
