"""Activities of the sample city and the shifts they are held in.

Here: what is offered, when, where and in which state. Never here: who comes (attendance.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .names import NIGHT_TITLES, TITLES
from .plan import DAY, HOUR, Plan, day_number

PEOPLE_PER_ACTIVITY = 34  # Ningbo 2022: 2.84 M attendances at 84,426 activities
ATTENDANCES_PER_VOLUNTEER_DAY = 6.4 / 90
SHARE_AT_SHIFTS = 0.8
SEATS_PER_ATTENDANCE = 1.27  # some do not come, clash with other service, or are double
AHEAD_DAYS = 30
MINUTE = 60
CATEGORIES = {
    "elderly_disabled": 0.16, "convenience": 0.17, "large_event": 0.06, "youth": 0.15,
    "social_governance": 0.17, "culture_sports": 0.11, "environment": 0.10, "safety": 0.08,
}  # fmt: skip
DURATIONS = (90, 120, 150, 180, 210, 240, 360, 480)
DURATION_SHARES = (0.08, 0.19, 0.16, 0.22, 0.12, 0.14, 0.06, 0.03)
STARTS = (8 * 60, 9 * 60, 9 * 60 + 30, 13 * 60 + 30, 14 * 60, 18 * 60, 18 * 60 + 30, 19 * 60)
WORKDAY_STARTS = (0.08, 0.17, 0.08, 0.10, 0.15, 0.14, 0.20, 0.08)
WEEKEND_STARTS = (0.12, 0.26, 0.14, 0.12, 0.18, 0.06, 0.09, 0.03)


@dataclass(frozen=True)
class Offer:
    """The tables `activities`, `shifts` and `shift_sites`. Shifts also carry `seats`, how many want to come."""

    activities: pl.DataFrame
    shifts: pl.DataFrame
    shift_sites: pl.DataFrame


def make_offer(plan: Plan, organisations: pl.DataFrame, sites: pl.DataFrame) -> Offer:
    """What the organisations offer from the first day until 30 days after the last one."""
    rng = plan.stream("activities")
    sites = sites.filter(pl.col("closed_on").is_null())
    wanted = plan.volunteers * ATTENDANCES_PER_VOLUNTEER_DAY * plan.days * SHARE_AT_SHIFTS
    count = max(12, round(wanted / PEOPLE_PER_ACTIVITY * (plan.days + AHEAD_DAYS) / plan.days))
    drawn = _draw(rng, plan, organisations, sites, count)
    shifts = _shifts(rng, plan, drawn)
    spans = shifts.group_by("activity_id").agg(pl.col("starts_at").min(), pl.col("ends_at").max())
    activities = _activities(rng, plan, drawn.join(spans, on="activity_id", maintain_order="left"))
    shifts = shifts.join(
        activities.select(
            "activity_id", "status", "district_code", "published_at", activity_changed_at="updated_at"
        ),
        on="activity_id",
        maintain_order="left",
    )
    shifts = _settle_shifts(rng, plan, shifts)
    return Offer(activities, shifts, _shift_sites(rng, shifts, sites))


def _draw(
    rng: np.random.Generator, plan: Plan, organisations: pl.DataFrame, sites: pl.DataFrame, count: int
) -> pl.DataFrame:
    """One row per activity: who, what, where, how many people, how many shifts, and the first start."""
    hosts = organisations.filter(status="active")
    size = hosts["size"].to_numpy()
    host = rng.choice(len(size), count, p=size / size.sum())
    site = _sites_in(rng, hosts["district_code"].to_numpy()[host], hosts["kind"].to_numpy()[host], sites)
    category = rng.choice(list(CATEGORIES), count, p=list(CATEGORIES.values()))
    is_night = (rng.random(count) < plan.dirt.night_shift) & np.isin(category, list(NIGHT_TITLES))
    people = np.clip(rng.lognormal(-0.32, 0.8, count) * PEOPLE_PER_ACTIVITY * SEATS_PER_ATTENDANCE, 3, 400)
    people *= PEOPLE_PER_ACTIVITY * SEATS_PER_ATTENDANCE / people.mean()
    recurring = rng.random(count) < 0.45
    held = np.where(recurring, np.clip(rng.geometric(0.12, count) + 1, 2, 26), 1)
    held = np.clip(np.minimum(held, people / 3), 1, None).astype(int)
    day = _days(rng, plan, count)
    start, minutes = _hours(rng, day, is_night)
    titles = [
        NIGHT_TITLES[code] if night else TITLES[code][rng.integers(len(TITLES[code]))]
        for code, night in zip(category, is_night, strict=True)
    ]
    return pl.DataFrame(
        {
            "activity_id": np.arange(1, count + 1),
            "organisation_id": hosts["organisation_id"].to_numpy()[host],
            "title": sites["name"].gather(site) + pl.Series(titles),
            "category_code": category,
            "district_code": sites["district_code"].gather(site),
            "township_code": sites["township_code"].gather(site),
            "site_id": sites["site_id"].gather(site),
            "held": held,
            "seats": np.maximum(1, np.round(people / held)).astype(int),
            "first_at": day * DAY - 8 * HOUR + start * MINUTE,
            "minutes": minutes,
            "every": rng.choice([1, 7, 2], count, p=[0.4, 0.45, 0.15]),
            "has_two_a_day": (rng.random(count) < 0.3) & (minutes <= 210) & (start < 14 * 60),
        }
    )


def _sites_in(
    rng: np.random.Generator, district: np.ndarray, kind: np.ndarray, sites: pl.DataFrame
) -> np.ndarray:
    """A site in the organisation's own district; the city's federation goes anywhere."""
    appeal = sites["appeal"].to_numpy()
    site_district = sites["district_code"].to_numpy()
    found = rng.choice(len(appeal), len(district), p=appeal / appeal.sum())
    for code in np.unique(district):
        here = np.flatnonzero((district == code) & (kind != "federation"))
        near = np.flatnonzero(site_district == code)
        if len(near):
            found[here] = rng.choice(near, len(here), p=appeal[near] / appeal[near].sum())
    return found


def _days(rng: np.random.Generator, plan: Plan, count: int) -> np.ndarray:
    """First days (since 1970), weekends heavier; 1970-01-01 was a Thursday."""
    first = int(day_number(np.array([plan.begins_at]))[0])
    days = np.arange(first, first + plan.days + AHEAD_DAYS)
    weight = np.where((days + 3) % 7 >= 5, 2.1, 1.0)
    return rng.choice(days, count, p=weight / weight.sum())


def _hours(rng: np.random.Generator, day: np.ndarray, is_night: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start (minute of the local day) and planned minutes; evenings on workdays, mornings at weekends."""
    count = len(day)
    minutes = rng.choice(DURATIONS, count, p=DURATION_SHARES)
    is_weekend = (day + 3) % 7 >= 5
    start = np.where(
        is_weekend,
        rng.choice(STARTS, count, p=WEEKEND_STARTS),
        rng.choice(STARTS, count, p=WORKDAY_STARTS),
    )
    start = np.where(minutes >= 360, rng.choice([8 * 60, 8 * 60 + 30, 9 * 60], count), start)
    minutes = np.where((start >= 18 * 60) & (minutes > 210), 180, minutes)
    long_night = rng.random(count) < 0.6
    start = np.where(is_night, np.where(long_night, 22 * 60, 20 * 60), start)
    minutes = np.where(is_night, np.where(long_night, 480, 360), minutes)
    return start, minutes


def _shifts(rng: np.random.Generator, plan: Plan, drawn: pl.DataFrame) -> pl.DataFrame:
    """One row per shift, in order of activity and start; none starts later than 30 days after the last day."""
    shifts = drawn.select(
        "activity_id", "site_id", "seats", "first_at", "minutes", "every", "has_two_a_day",
        number=pl.int_ranges(0, "held"),
    ).explode("number")  # fmt: skip
    shifts = shifts.with_columns(
        nth_day=pl.when("has_two_a_day").then(pl.col("number") // 2).otherwise("number") * pl.col("every"),
        later=pl.when(pl.col("has_two_a_day") & (pl.col("number") % 2 == 1))
        .then((pl.col("minutes") + 30) * MINUTE)
        .otherwise(0),
    )
    starts_at = pl.col("first_at") + pl.col("nth_day") * DAY + pl.col("later")
    shifts = shifts.with_columns(starts_at=starts_at, ends_at=starts_at + pl.col("minutes") * MINUTE).filter(
        pl.col("starts_at") < plan.as_of + AHEAD_DAYS * DAY
    )
    count = len(shifts)
    asks = rng.random(drawn.height) < 0.10
    ratio = np.where(asks, rng.choice([500, 600, 750], drawn.height), -1)
    crowd = shifts["seats"].to_numpy() * rng.lognormal(-0.03, 0.25, count)
    seats = np.maximum(1, np.round(crowd)).astype(int)
    return shifts.select(
        "activity_id",
        "site_id",
        "starts_at",
        "ends_at",
        shift_id=pl.int_range(1, pl.len() + 1),
        seats=pl.Series(seats),
        capacity=pl.Series(np.ceil(seats * rng.uniform(1.0, 1.4, count)).astype(int)),
        min_attendance_permille=pl.Series(ratio)[shifts["activity_id"] - 1],
    ).with_columns(
        min_attendance_permille=pl.when(pl.col("min_attendance_permille") > 0).then("min_attendance_permille")
    )


def _activities(rng: np.random.Generator, plan: Plan, drawn: pl.DataFrame) -> pl.DataFrame:
    """The activities with the state that they are in when the data ends, and when they came into it."""
    count = len(drawn)
    starts, ends = drawn["starts_at"].to_numpy(), drawn["ends_at"].to_numpy()
    published = starts - rng.integers(4 * DAY, 40 * DAY, count)
    created = np.minimum(
        published - rng.integers(HOUR, 8 * DAY, count), plan.as_of - rng.integers(HOUR, 3 * DAY, count)
    )
    chance = rng.random(count)
    is_out = published <= plan.as_of - HOUR
    closed_at = ends + 3 * DAY
    states = [
        (~is_out & (chance < 0.4), "draft", created),
        (~is_out & (chance < 0.8), "submitted", created + 1_800),
        (~is_out & (chance < 0.88), "returned", created + 2_400),
        (~is_out, "approved", created + 3_000),
        (chance < 0.03, "cancelled", np.minimum(starts, plan.as_of) - 1_800),
        (closed_at <= plan.as_of, "closed", closed_at),
        (ends <= plan.as_of, "finished", ends),
        (starts <= plan.as_of, "running", starts),
        (chance < 0.15, "full", np.minimum(published + DAY, plan.as_of)),
    ]
    conditions = [condition for condition, _, _ in states]
    status = np.select(conditions, [name for _, name, _ in states], "recruiting")
    changed = np.select(conditions, [moment for _, _, moment in states], published)
    dangerous = drawn["category_code"].is_in(["safety", "large_event"]).to_numpy() & (rng.random(count) < 0.3)
    return drawn.select(
        "activity_id",
        "organisation_id",
        "title",
        "category_code",
        "district_code",
        "township_code",
        "starts_at",
        "ends_at",
        status=pl.Series(status),
        description=pl.col("title") + "。集合地点见场次,请提前十分钟到场。",
        risk_statement=pl.when(pl.Series(dangerous))
        .then(pl.lit("人流密集,请服从现场指挥。"))
        .otherwise(pl.lit("")),
        is_dangerous=pl.Series(dangerous),
        insurance_policy_no=pl.when(pl.Series(dangerous)).then(
            pl.format("PICC-HZ-{}", pl.col("activity_id") + 100_000)
        ),
        is_recruiting_only=pl.Series(rng.random(count) < 0.03),
        created_at=pl.Series(created),
        submitted_at=pl.when(pl.Series(~np.isin(status, ["draft"]))).then(pl.Series(created + 1_800)),
        published_at=pl.when(pl.Series(is_out)).then(pl.Series(published)),
        updated_at=pl.Series(changed),
    )


def _settle_shifts(rng: np.random.Generator, plan: Plan, shifts: pl.DataFrame) -> pl.DataFrame:
    """Add `cancelled_at` (with the activity, or alone) and `updated_at`."""
    alone = rng.random(len(shifts)) < 0.01
    lead = rng.integers(3 * HOUR, 3 * DAY, len(shifts))
    cancelled_at = (
        pl.when(pl.col("status") == "cancelled")
        .then("activity_changed_at")
        .when(pl.Series(alone) & (pl.col("starts_at") - pl.Series(lead) <= plan.as_of))
        .then(pl.col("starts_at") - pl.Series(lead))
    )
    known_at = pl.min_horizontal(pl.coalesce("published_at", "activity_changed_at"), pl.lit(plan.as_of))
    return shifts.with_columns(cancelled_at=cancelled_at).with_columns(
        updated_at=pl.coalesce("cancelled_at", known_at)
    )


def _shift_sites(rng: np.random.Generator, shifts: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """The sites of each shift: its own, and for one in eight a second one in the same district."""
    own = shifts.select("shift_id", "site_id", "updated_at")
    second = shifts.filter(pl.Series(rng.random(len(shifts)) < 0.12))
    chosen = np.empty(len(second), dtype=np.int64)
    districts = second["district_code"].to_numpy()
    for code in np.unique(districts):
        near = sites.filter(district_code=code)["site_id"].to_numpy()
        here = districts == code
        chosen[here] = rng.choice(near, int(here.sum()))
    more = second.select("shift_id", site_id=pl.Series(chosen), updated_at="updated_at")
    return pl.concat([own, more]).unique(["shift_id", "site_id"], maintain_order=True)
