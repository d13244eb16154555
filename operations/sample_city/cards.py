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
