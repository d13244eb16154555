"""Generated taps of a large city: what the figures of this folder are measured on.

Here: making the Parquet files, the same for a seed. Never here: measuring.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

CARDS = 2_000_000
DEVICES = 4_000
SITES = 3_000
TAPS_A_DAY = 1_000_000
FORGOTTEN = 0.05
DOUBLE = 0.05
FIRST_DAY = date(2026, 3, 2)


def write_days(folder: Path, days: int, seed: int = 1) -> Path:
    """The folder with one file of about 1 M accepted taps for each of `days` service days, in order of arrival.

    Columns as `take_in` returns them and the lake keeps them in raw.taps. Made once for a number of days.
    """
    taps = folder / f"taps_{days}_days"
    if (taps / "complete").exists():
        return taps
    taps.mkdir(parents=True, exist_ok=True)
    last_seq = np.zeros(DEVICES, dtype=np.int64)
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        frame, last_seq = _day(np.random.default_rng([seed, number]), day, last_seq)
        frame.write_parquet(taps / f"{day}.parquet")
    (taps / "complete").touch()
    return taps


def _card_no(card: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("3301"), card.cast(pl.String).str.zfill(12))


def _day(random: np.random.Generator, day: date, last_seq: np.ndarray) -> tuple[pl.DataFrame, np.ndarray]:
    visits = int(TAPS_A_DAY / ((2 - FORGOTTEN) * (1 + DOUBLE)))
    card = random.choice(CARDS, visits, replace=False)
    site = random.integers(0, SITES, visits)
    # From 04:00 local: most begin between 06:30 and 19:00 and stay about three hours.
    begin = random.integers(9_000, 54_000, visits)
    stay = np.clip(random.gamma(4.0, 2_800, visits), 300, 30_000).astype(np.int64)
    out = random.random(visits) >= FORGOTTEN
    at = np.concatenate([begin, (begin + stay)[out]])
    who = np.concatenate([card, card[out]])
    where = np.concatenate([site, site[out]])
    again = random.random(len(at)) < DOUBLE
    at = np.concatenate([at, at[again] + random.integers(1, 20, again.sum())])
    who, where = np.concatenate([who, who[again]]), np.concatenate([where, where[again]])
    second_reader = (where + SITES < DEVICES) & (random.random(len(at)) < 0.5)
    device = np.where(second_reader, where + SITES, where)
    midnight = np.int64((day - date(1970, 1, 1)).days) * 86_400 - 4 * 3_600
    order = np.lexsort((who, at))
    at, who, device = at[order] + midnight, who[order], device[order]
    by_device = np.argsort(device, kind="stable")
    counts = np.bincount(device, minlength=DEVICES)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    seq = np.empty(len(at), dtype=np.int64)
    seq[by_device] = np.arange(len(at)) - first + 1 + np.repeat(last_seq, counts)
    reader = pl.concat_str(pl.lit("D"), pl.col("device").cast(pl.String).str.zfill(5))
    # Clocks are up to half a minute off, and the taps come in some seconds later.
    offset = pl.col("device") % 60 - 30
    taps = pl.DataFrame({"device": device, "device_seq": seq, "card": who, "at": at}).select(
        segment=pl.format("arrived={}/{}.jsonl", pl.lit(day), pl.int_range(pl.len()) // 5_000),
        line_no=pl.int_range(pl.len()) % 5_000 + 1,
        device_no=reader,
        device_seq="device_seq",
        card_no=_card_no(pl.col("card")),
        volunteer_id=pl.col("card") + 1,
        site_id=pl.col("device") % SITES + 1,
        is_directed=pl.lit(value=False),
        direction=pl.lit(None, dtype=pl.String),
        device_tapped_at=((pl.col("at") + offset) * 1_000_000).cast(pl.Datetime("us")),
        tapped_at=(pl.col("at") * 1_000_000).cast(pl.Datetime("us")),
        received_at=((pl.col("at") + 3) * 1_000_000).cast(pl.Datetime("us")),
        service_day=pl.lit(day),
    )
    return taps, last_seq + counts
