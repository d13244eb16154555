"""Standing posts (常设岗): the regulars who serve at the same site again and again, without an activity.

Here: who serves at which post, and when. Never here: what goes wrong there (mishaps.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .activities import ATTENDANCES_PER_VOLUNTEER_DAY, SHARE_AT_SHIFTS
from .plan import DAY, Plan

MINUTE = 60
AROUND_POST = 30 * MINUTE
SHARE_OF_REGULARS = 0.03


def at_posts(
    plan: Plan, volunteers: pl.DataFrame, bindings: pl.DataFrame, sites: pl.DataFrame, with_devices: pl.Series
) -> pl.DataFrame:
    """One row per stay at a standing post: few people, often, mostly at one site near home; pillars every day."""
    rng = plan.stream("posts")
    holders = volunteers.join(
        bindings.select("volunteer_id"), on="volunteer_id", how="semi", maintain_order="left"
    )
    holders = holders.filter(pl.col("registered_at") < plan.begins_at)
    count = min(max(6, round(plan.volunteers * SHARE_OF_REGULARS)), len(holders))
    regulars = holders[np.sort(rng.permutation(len(holders))[:count])]
    pillars = max(1, plan.volunteers // 1_800)
    zeal = np.clip(rng.pareto(1.4, count) + 0.3, 0.3, 6)
    wanted = plan.volunteers * ATTENDANCES_PER_VOLUNTEER_DAY * (1 - SHARE_AT_SHIFTS)
    chance = np.minimum(zeal * wanted / zeal.sum() * 1.15, 0.8)
    chance[:pillars] = 0.9
    open_sites = sites.filter(pl.col("site_id").is_in(with_devices.to_list()))
    home = _home_sites(rng, regulars, open_sites)
    days = np.arange(plan.days)
    serves = rng.random((count, plan.days)) < chance[:, None]
    who, day = np.nonzero(serves)
    is_pillar = who < pillars
    length = np.where(
        is_pillar,
        rng.integers(240, 400, len(who)),
        np.clip(rng.normal(180, 50, len(who)), 45, 330).astype(int),
    )
    start = np.where(
        is_pillar,
        rng.integers(390, 480, len(who)),
        rng.choice([8 * 60, 9 * 60, 13 * 60 + 30, 14 * 60, 17 * 60], len(who))
        + rng.integers(-20, 40, len(who)),
    )
    in_at = plan.begins_at + days[day] * DAY + start * MINUTE + rng.integers(0, 60, len(who))
    out_at = in_at + length * MINUTE + rng.integers(0, 60, len(who))
    elsewhere = rng.random(len(who)) < 0.07
    site = np.where(elsewhere, rng.choice(open_sites["site_id"].to_numpy(), len(who)), home[who])
    return pl.DataFrame(
        {
            "volunteer_id": regulars["volunteer_id"].to_numpy()[who],
            "site_id": site,
            "in_at": in_at,
            "out_at": out_at,
            "from_at": in_at - AROUND_POST,
            "to_at": out_at + AROUND_POST,
            "kind": "post",
        }
    )


def _home_sites(rng: np.random.Generator, people: pl.DataFrame, sites: pl.DataFrame) -> np.ndarray:
    site_ids, districts = sites["site_id"].to_numpy(), sites["district_code"].to_numpy()
    home = rng.choice(site_ids, len(people))
    lives_in = people["district_code"].to_numpy()
    for code in np.unique(lives_in):
        near = site_ids[districts == code]
        here = np.flatnonzero(lives_in == code)
        if len(near):
            home[here] = rng.choice(near, len(here))
    return home
