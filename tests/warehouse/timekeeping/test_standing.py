"""The fast way for standing posts gives what the general way gives, on many more taps than a world holds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.timekeeping.worlds import BOOK, local
from warehouse.timekeeping import Events, empty, keep_time


def random_taps(seed: int, id_type: type[pl.DataType]) -> pl.DataFrame:
    """5,000 taps of 400 volunteers in three days at 12 readers of 9 sites, some directed, with ties and doubles."""
    random = np.random.default_rng(seed)
    count = 5_000
    reader = random.integers(0, 12, count)
    volunteer = random.integers(0, 400, count)
    # Most people stay at one site: tie the reader to the person for three in four taps.
    reader = np.where(random.random(count) < 0.75, volunteer % 12, reader)
    second = random.integers(0, 3 * 86_400, count) // 30 * 30
    start = local("2026-08-03 04:00")
    return pl.DataFrame(
        {
            "volunteer_id": volunteer + 7,
            "site_id": reader % 9,
            "device_no": [f"D{n}" for n in reader],
            "device_seq": np.arange(count) % 4_000 + 10**9,
            "card_no": [f"c{n}" for n in volunteer],
            "is_directed": reader == 11,
            "direction": [("in", "out", None)[n] for n in random.integers(0, 3, count)],
            "tapped_at": [start + timedelta(seconds=int(s)) for s in second],
            "service_day": [date(2026, 8, 3) + timedelta(days=int(s) // 86_400) for s in second],
        }
    ).with_columns(pl.col("volunteer_id", "site_id").cast(id_type))


@pytest.mark.parametrize("id_type", [pl.Int64, pl.String])
@pytest.mark.parametrize("seed", range(3))
def test_the_fast_and_the_general_way_agree(seed: int, id_type: type[pl.DataType]):
    taps = random_taps(seed, id_type)
    fast = keep_time(Events(taps=taps, shifts=empty("shifts", id_type)), None, BOOK)
    # A sign-up for a shift that nobody knows sends a volunteer the general way and changes nothing else.
    everybody = taps.select(shift_id=pl.lit(1).cast(id_type), volunteer_id="volunteer_id").unique()
    general = keep_time(Events(taps=taps, sign_ups=everybody), None, BOOK)
    assert_frame_equal(fast.sessions, general.sessions)
    assert_frame_equal(fast.bounces, general.bounces)
    assert_frame_equal(fast.flags, general.flags)
    assert fast.sessions.height > 1_000


def test_ids_too_large_to_pack_are_worked_out_all_the_same():
    taps = random_taps(1, pl.Int64)
    large = taps.with_columns(pl.col("volunteer_id") * 10**15, pl.col("device_seq") * 10**8)
    columns = ["service_day", "in_at", "out_at", "net_minutes", "verdict"]
    sessions = keep_time(Events(taps=taps), None, BOOK).sessions.select(columns).sort(columns)
    assert_frame_equal(
        keep_time(Events(taps=large), None, BOOK).sessions.select(columns).sort(columns), sessions
    )


def test_no_taps_give_no_sessions():
    kept = keep_time(Events(taps=random_taps(0, pl.Int64).clear()), None, BOOK)
    assert kept.sessions.is_empty()
