"""Who wants to come, who does, and when: sign-ups and stretches of service before anything goes wrong.

A stretch is one stay of one person at one place. No two stretches of a person touch each other, and no stretch lies
within an hour of another shift that the person is signed up for, so that what is true stays known.
Here: clean service. Never here: mishaps (mishaps.py), taps and check-ins (events.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .activities import (
    ATTENDANCES_PER_VOLUNTEER_DAY,
    Offer,
)
from .plan import DAY, HOUR, Plan
from .posts import at_posts

MINUTE = 60
AROUND_SHIFT = 65 * MINUTE  # taps within an hour of a shift belong to it
NO_SHOW = 0.04
LOCAL_SHARE = 0.82
HONOUR_SHARE = 0.025

STRETCH: dict[str, type[pl.DataType]] = {
    "stretch_id": pl.Int64, "volunteer_id": pl.Int64, "shift_id": pl.Int64, "site_id": pl.Int64,
    "channel": pl.String, "in_at": pl.Int64, "out_at": pl.Int64, "free_from": pl.Int64, "free_to": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Attendance:
    """`sign_ups` as the table holds them; `stretches` with the columns of `STRETCH`.

    `free_from` and `free_to` bound the time around a stretch in which the person does nothing else. `papers` has
    the time that people served without any record, for honour records.
    """

    sign_ups: pl.DataFrame
    stretches: pl.DataFrame
    papers: pl.DataFrame


def attend(
    plan: Plan,
    *,
    offer: Offer,
    sites: pl.DataFrame,
    volunteers: pl.DataFrame,
    bindings: pl.DataFrame,
    with_devices: pl.Series,
) -> Attendance:
    """Let the volunteers sign up, come, and serve at standing posts."""
    regulars = at_posts(plan, volunteers, bindings, sites, with_devices)
    wishes = pl.concat(
        [
            _at_shifts(plan, offer, volunteers),
            regulars,
            _on_paper(plan, volunteers),
        ],
        how="diagonal",
    ).join(volunteers.select("volunteer_id", "registered_at"), on="volunteer_id", maintain_order="left")
    wishes = wishes.filter(pl.col("from_at") > pl.col("registered_at") + DAY)
    wishes = _without_clashes(wishes)
    at_shifts = wishes.filter(pl.col("kind") == "shift").join(
        offer.shifts.select(
            "shift_id",
            "starts_at",
            "ends_at",
            "published_at",
            "cancelled_at",
            is_on=pl.col("cancelled_at").is_null(),
        ),
        on="shift_id",
        maintain_order="left",
    )
    at_shifts = at_shifts.with_columns(_shows_up(plan, at_shifts, offer))
    sign_ups = _sign_ups(plan, at_shifts)
    kept = wishes.filter(pl.col("is_kept"), pl.col("kind") != "shift")
    stretches = _stretches(
        plan,
        at_shifts=at_shifts,
        posts=kept.filter(kind="post"),
        bindings=bindings,
        with_devices=with_devices,
    )
    return Attendance(
        sign_ups, stretches, kept.filter(kind="paper").select("volunteer_id", "from_at", "to_at")
    )


def _at_shifts(plan: Plan, offer: Offer, volunteers: pl.DataFrame) -> pl.DataFrame:
    """One row per wish to come to a shift: mostly people of the district, the eager ones most."""
    rng = plan.stream("sign-ups")
    shifts = offer.shifts.filter(pl.col("published_at").is_not_null())
    ahead = np.maximum(0.0, (shifts["starts_at"].to_numpy() - plan.as_of) / (30 * DAY))
    seats = np.round(shifts["seats"].to_numpy() * np.clip(1 - 0.9 * ahead, 0.1, 1)).astype(int)
    row = np.repeat(np.arange(len(shifts)), seats)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(seats) - seats, seats)
    # A team comes again and again: the same draw for the same seat of an activity.
    team = rng.random(4_096)
    activity = shifts["activity_id"].to_numpy()[row]
    draw = np.where(
        rng.random(len(row)) < 0.55, team[(activity * 977 + nth * 31) % 4_096], rng.random(len(row))
    )
    people = volunteers.sort("district_code", "volunteer_id")
    reach = np.concatenate([[0.0], np.cumsum(people["eagerness"].to_numpy())])
    low, high = np.zeros(len(row)), np.full(len(row), reach[-1])
    home, district = people["district_code"].to_numpy(), shifts["district_code"].to_numpy()[row]
    is_local = rng.random(len(row)) < LOCAL_SHARE
    for code in np.unique(home):
        members = np.flatnonzero(home == code)
        here = is_local & (district == code)
        low[here], high[here] = reach[members[0]], reach[members[-1] + 1]
    place = np.searchsorted(reach, low + draw * (high - low), side="right") - 1
    wishes = pl.DataFrame(
        {
            "volunteer_id": people["volunteer_id"].to_numpy()[np.clip(place, 0, len(people) - 1)],
            "shift_id": shifts["shift_id"].to_numpy()[row],
            "site_id": shifts["site_id"].to_numpy()[row],
            "from_at": shifts["starts_at"].to_numpy()[row] - AROUND_SHIFT,
            "to_at": shifts["ends_at"].to_numpy()[row] + AROUND_SHIFT,
            "kind": "shift",
        }
    )
    return wishes.unique(["shift_id", "volunteer_id"], keep="first", maintain_order=True)


def _on_paper(plan: Plan, volunteers: pl.DataFrame) -> pl.DataFrame:
    """One row per service that nobody recorded at the time; honour records are entered for it later."""
    rng = plan.stream("papers")
    count = round(plan.volunteers * ATTENDANCES_PER_VOLUNTEER_DAY * plan.days * HONOUR_SHARE)
    weight = volunteers["eagerness"].to_numpy()
    who = rng.choice(volunteers["volunteer_id"].to_numpy(), count, p=weight / weight.sum())
    from_at = plan.begins_at + rng.integers(0, plan.days - 1, count) * DAY
    from_at += rng.choice([8, 9, 13, 14, 15, 18], count) * HOUR + rng.choice([0, 30], count) * MINUTE
    to_at = from_at + rng.choice([60, 90, 120, 180, 240], count) * MINUTE
    return pl.DataFrame({"volunteer_id": who, "from_at": from_at, "to_at": to_at, "kind": "paper"}).filter(
        pl.col("to_at") < plan.as_of - 2 * DAY
    )


def _without_clashes(wishes: pl.DataFrame) -> pl.DataFrame:
    """Add `is_kept`: a wish whose time begins before an earlier one of the person is over is not."""
    order = ["volunteer_id", "from_at", "to_at", "kind", "shift_id"]
    return (
        wishes.sort(order, nulls_last=True)
        .with_columns(busy_until=pl.col("to_at").cum_max().shift(1).over("volunteer_id"))
        .with_columns(is_kept=(pl.col("from_at") >= pl.col("busy_until")).fill_null(True))
        .drop("busy_until")
    )


def _shows_up(plan: Plan, at_shifts: pl.DataFrame, offer: Offer) -> list[pl.Series]:
    """`is_coming` (was there), and the chance that decides what becomes of the other sign-ups."""
    rng = plan.stream("showing up")
    chance = rng.random(len(at_shifts))
    recruiting_only = offer.activities.filter("is_recruiting_only").select("activity_id")
    closed = offer.shifts.join(recruiting_only, on="activity_id", how="semi")["shift_id"]
    is_coming = (
        at_shifts["is_kept"]
        & at_shifts["is_on"]
        & pl.Series(chance > NO_SHOW)
        & ~at_shifts["shift_id"].is_in(closed.implode())
    )
    return [is_coming.alias("is_coming"), pl.Series("chance", chance)]


def _sign_ups(plan: Plan, at_shifts: pl.DataFrame) -> pl.DataFrame:
    """One row per sign-up. Those who come are confirmed; of those who don't, some are not."""
    rng = plan.stream("sign-up times")
    opens = np.maximum(at_shifts["published_at"].to_numpy(), at_shifts["registered_at"].to_numpy())
    ends = np.minimum(at_shifts["starts_at"].to_numpy() - 2 * HOUR, plan.as_of - 40 * MINUTE)
    ends = np.where(
        at_shifts["is_on"],
        ends,
        np.minimum(ends, at_shifts["cancelled_at"].fill_null(2**60).to_numpy() - 600),
    )
    signed = opens + (rng.beta(1, 2, len(at_shifts)) * np.maximum(ends - opens, 0)).astype(int)
    signed = np.minimum(signed, plan.as_of - 40 * MINUTE)
    decided = signed + rng.integers(0, 30 * MINUTE, len(at_shifts))
    chance = at_shifts["chance"].to_numpy()
    is_past = at_shifts["ends_at"].to_numpy() <= plan.as_of - HOUR
    is_ahead = at_shifts["starts_at"].to_numpy() > plan.as_of + HOUR  # who comes today has been confirmed
    is_kept, is_on = at_shifts["is_kept"].to_numpy(), at_shifts["is_on"].to_numpy()
    status = np.select(
        [
            ~is_on,
            ~is_kept & (chance < 0.55),
            ~is_kept & (chance < 0.85),
            ~is_kept,
            is_ahead & (chance > 0.93),
            is_past & (chance < NO_SHOW / 2),
        ],
        ["cancelled", "cancelled", "waiting", "requested", "requested", "no_show"],
        "confirmed",
    )
    changed = np.select(
        [~is_on, status == "cancelled", status == "no_show", status == "requested"],
        [
            at_shifts["cancelled_at"].fill_null(0).to_numpy(),
            np.minimum(decided + rng.integers(HOUR, 5 * DAY, len(at_shifts)), plan.as_of - 60),
            np.minimum(at_shifts["ends_at"].to_numpy() + 2 * HOUR, plan.as_of),
            signed,
        ],
        decided,
    )
    return at_shifts.select(
        pl.int_range(1, pl.len() + 1).alias("sign_up_id"),
        "shift_id",
        "volunteer_id",
        pl.Series("status", status),
        pl.Series("signed_up_at", signed),
        pl.when(pl.Series(~np.isin(status, ["requested", "waiting"])))
        .then(pl.Series(decided))
        .alias("decided_at"),
        pl.Series("updated_at", np.maximum(changed, signed)),
    )


def _stretches(
    plan: Plan,
    *,
    at_shifts: pl.DataFrame,
    posts: pl.DataFrame,
    bindings: pl.DataFrame,
    with_devices: pl.Series,
) -> pl.DataFrame:
    """Turn those who come into stretches with the moments they came and left and the channel that saw them."""
    rng = plan.stream("stretches")
    coming = at_shifts.filter("is_coming").join(
        bindings.select("volunteer_id", "bound_from"), on="volunteer_id", how="left", maintain_order="left"
    )
    count = len(coming)
    early = np.clip(rng.normal(7, 7, count), -12, 28) * MINUTE + rng.integers(0, 60, count)
    late = np.clip(rng.normal(4, 8, count), -14, 38) * MINUTE + rng.integers(0, 60, count)
    by_card = (
        coming["bound_from"].is_not_null()
        & (coming["bound_from"] < coming["starts_at"] - 2 * HOUR).fill_null(False)
        & coming["site_id"].is_in(with_devices.implode())
        & pl.Series(rng.random(count) < 0.78)
    )
    coming = coming.with_columns(
        in_at=coming["starts_at"] - pl.Series(early).cast(pl.Int64),
        out_at=coming["ends_at"] + pl.Series(late).cast(pl.Int64),
        channel=pl.when(by_card).then(pl.lit("CARD")).otherwise(pl.lit("APP")),
    )
    posts = posts.with_columns(channel=pl.lit("CARD"))
    both = pl.concat([coming, posts], how="diagonal").sort("from_at", "volunteer_id")
    return both.select(
        pl.int_range(1, pl.len() + 1).alias("stretch_id"),
        "volunteer_id",
        "shift_id",
        "site_id",
        "channel",
        "in_at",
        "out_at",
        pl.col("from_at").alias("free_from"),
        pl.col("to_at").alias("free_to"),
    ).cast(pl.Schema(STRETCH))
