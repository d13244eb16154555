"""Volunteers of the sample city, with made-up identities and their consents.

Here: who they are and how eager. Never here: their cards (cards.py), what they do.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from .ground import Ground
from .names import full_names
from .plan import DAY, HOUR, Plan

# Area codes with the years of birth they belong to: codes of old, 330103 and 330104 among them, stay valid.
BIRTH_AREAS = (
    ("330102", 1983, 2020), ("330103", 1983, 2020), ("330104", 1983, 2020), ("330105", 1983, 2020),
    ("330106", 1983, 2020), ("330108", 1996, 2020), ("330109", 2001, 2020), ("330110", 2001, 2020),
    ("330121", 1930, 1986), ("330122", 1930, 2020), ("330123", 1930, 1993), ("330124", 1930, 1995),
    ("330125", 1930, 1993), ("330126", 1930, 1991), ("330127", 1930, 2020), ("330181", 1989, 2000),
    ("330182", 1992, 2020), ("330184", 1994, 2000),
)  # fmt: skip
AGES = ((16, 22, 0.30), (23, 35, 0.22), (36, 54, 0.22), (55, 78, 0.26))
CHECK_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"))
CONSENT_VERSION = "2026-01"
CITY = "杭州市志愿者联合会"
CREDIT = "杭州市公共信用信息平台"


def make_volunteers(plan: Plan, ground: Ground) -> pl.DataFrame:
    """One row per volunteer as the table holds it, with `born_on`, `full_name` and `eagerness`.

    `eagerness` is a weight with a long tail: a few do most of what is done. The first quarter may administer, the last
    ones have accounts: these are adults.
    """
    rng = plan.stream("volunteers")
    count = plan.volunteers
    weight = ground.communities["people"].to_numpy() * rng.lognormal(0, 0.3, len(ground.communities))
    home = ground.communities[rng.choice(len(weight), count, p=weight / weight.sum())]
    born_on = _birthdays(rng, plan.last_day, count, answers=_answers_for_something(count))
    long_known = rng.random(count) < 0.93
    before = rng.integers(20 * HOUR, 1_500 * DAY, count)
    during = rng.integers(0, max(DAY, plan.as_of - plan.begins_at - 2 * DAY), count)
    registered_at = np.where(long_known, plan.begins_at - before, plan.begins_at + during)
    registered_at[: count // 4] = np.minimum(registered_at[: count // 4], plan.begins_at - DAY)
    years = born_on.astype("datetime64[Y]").astype(int) + 1970
    names = full_names(rng, count)
    shows_name = rng.random(count) < 0.60
    return pl.DataFrame(
        {
            "volunteer_id": np.arange(1, count + 1),
            "volunteer_no": [
                f"3301{number:010d}" for number in 1_000_000 + rng.permutation(count * 7)[:count]
            ],
            "display_name": [name if shows else None for name, shows in zip(names, shows_name, strict=True)],
            "sex": rng.choice(["1", "2"], count, p=[0.44, 0.56]),
            "birth_year_band": [f"{year // 5 * 5}-{year // 5 * 5 + 4}" for year in years],
            "district_code": home["district_code"],
            "township_code": home["township_code"],
            "community_code": home["community_code"],
            "status": "active",
            "registered_at": registered_at,
            "full_name": names,
            "born_on": born_on,
            "eagerness": np.minimum(rng.pareto(1.25, count) + 0.12, 28.0),
        }
    )


def _answers_for_something(count: int) -> np.ndarray:
    """Whether each volunteer may administer an organisation or own an account."""
    place = np.arange(count)
    return (place < count // 4) | (place >= count - 20)


def _birthdays(rng: np.random.Generator, last_day: date, count: int, *, answers: np.ndarray) -> np.ndarray:
    """Days of birth, with many students and many retired people; who `answers` for something is no minor."""
    group = rng.choice(len(AGES), count, p=[share for _, _, share in AGES])
    youngest = np.array([low for low, _, _ in AGES])[group]
    oldest = np.array([high for _, high, _ in AGES])[group]
    age_in_days = (youngest + rng.random(count) * (oldest - youngest + 1)) * 365.25 + 1
    age_in_days += np.where(answers & (age_in_days < 19 * 366), 4 * 366, 0)
    today = np.datetime64(last_day, "D")
    return today - age_in_days.astype(int).astype("timedelta64[D]")


def make_identities(plan: Plan, volunteers: pl.DataFrame) -> pl.DataFrame:
    """One row per volunteer: a valid made-up identity number (GB 11643) and a phone number that nobody has."""
    rng = plan.stream("identities")
    years = volunteers["born_on"].dt.year().to_numpy()
    area = np.empty(len(years), dtype="U6")
    for year in np.unique(years):
        codes = [code for code, first, last in BIRTH_AREAS if first <= year <= last]
        here = years == year
        area[here] = rng.choice(codes, int(here.sum()))
    stem = pl.Series(area) + volunteers["born_on"].dt.strftime("%Y%m%d")
    numbered = pl.DataFrame({"stem": stem, "sex": volunteers["sex"]}).with_columns(
        order=pl.int_range(pl.len()).over("stem", "sex") * 2 + 100 + (pl.col("sex") == "1").cast(pl.Int64)
    )
    body = numbered["stem"] + numbered["order"].cast(pl.String)
    digits = np.array([list(number) for number in body], dtype=int)
    check = CHECK_DIGITS[(digits @ CHECK_WEIGHTS) % 11]
    # No mobile number of mainland China begins with 12.
    phones = 12_100_000_000 + rng.permutation(len(years) * 50)[: len(years)]
    return volunteers.select(
        "volunteer_id",
        "full_name",
        id_type=pl.lit("resident_identity_card"),
        id_number=body + pl.Series(check),
        phone=pl.Series(phones).cast(pl.String),
        born_on="born_on",
        updated_at="registered_at",
    )


def make_consents(plan: Plan, volunteers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The consents, one row each, and the volunteers with `display_name` and `updated_at` as these allow.

    About 60 % agree to public ranking, and most of these to their name; some withdraw again.
    """
    rng = plan.stream("consents")
    count = len(volunteers)
    has_name = volunteers["display_name"].is_not_null().to_numpy()
    ranks = np.where(has_name, rng.random(count) < 0.9, rng.random(count) < 0.15)
    agreed = {
        "display_name": (has_name, CITY),
        "public_ranking": (ranks, CITY),
        "credit_platform": (rng.random(count) < 0.7, CREDIT),
        "position": (rng.random(count) < 0.5, CITY),
    }
    parts = []
    for purpose, (given, recipient) in agreed.items():
        part = volunteers.filter(pl.Series(given)).select(
            "volunteer_id", purpose=pl.lit(purpose), recipient=pl.lit(recipient), given_at="registered_at"
        )
        withdraws = rng.random(len(part)) < 0.03
        withdrawn_at = part["given_at"].to_numpy() + rng.integers(HOUR, 400 * DAY, len(part))
        withdraws &= withdrawn_at <= plan.as_of
        parts.append(
            part.with_columns(withdrawn_at=pl.when(pl.Series(withdraws)).then(pl.Series(withdrawn_at)))
        )
    consents = pl.concat(parts).select(
        pl.int_range(1, pl.len() + 1).alias("consent_id"),
        "volunteer_id",
        "purpose",
        "recipient",
        pl.lit(CONSENT_VERSION).alias("version"),
        "given_at",
        "withdrawn_at",
        pl.coalesce("withdrawn_at", "given_at").alias("updated_at"),
    )
    gone = consents.filter(pl.col("withdrawn_at").is_not_null(), purpose="display_name").select(
        "volunteer_id", gone_at="withdrawn_at"
    )
    volunteers = volunteers.join(gone, on="volunteer_id", how="left", maintain_order="left").with_columns(
        display_name=pl.when(pl.col("gone_at").is_null()).then("display_name"),
        updated_at=pl.coalesce("gone_at", "registered_at"),
    )
    return consents, volunteers.drop("gone_at")
