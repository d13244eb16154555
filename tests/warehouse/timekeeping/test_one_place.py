"""The fast way for people with one place a day gives what the general way gives, on more taps than a world holds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.timekeeping.worlds import BOOK, local
from warehouse.timekeeping import Events, TimeKept, empty, engine, keep_time
from warehouse.timekeeping.one_place import OnePlace, one_place_days, taps_by_day
from warehouse.timekeeping.one_place_sessions import VERDICTS


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


def random_shifts(seed: int, id_type: type[pl.DataType]) -> Events:
    """The random taps, and 27 shifts in three days, some by night, many with a share to attend; 600 more people who
    tap one to nine times around the one shift that they signed up for, and a few of the others signed up as well."""
    random = np.random.default_rng(seed)
    taps = random_taps(seed, pl.Int64)
    shifts, sites, sign_ups, more = [], [], [], []
    for number in range(27):
        start = local("2026-08-03 04:00") + timedelta(hours=int(random.integers(0, 72)), minutes=30)
        length = timedelta(hours=int(random.integers(1, 9)))
        shifts.append((number, start, start + length, (None, 100, 500, 900)[random.integers(0, 4)]))
        sites += [(number, site) for site in {number % 9, *random.integers(0, 9, number % 3).tolist()}]
        sign_ups += [(number, person) for person in random.integers(7, 407, 20).tolist()]
        for person in range(1_000 + number * 25, 1_025 + number * 25):
            sign_ups.append((number, person))
            readers = (number % 9, 11 if number % 9 == 2 else number % 9, random.integers(0, 12))
            reader = int(readers[random.choice(3, p=[0.5, 0.45, 0.05])])
            for _ in range(random.integers(1, 10)):
                at = start + length * float(random.uniform(-0.2, 1.2))
                more.append(
                    (
                        person,
                        reader,
                        at.replace(microsecond=0),
                        ("in", "out", None)[random.choice(3, p=[0.5, 0.45, 0.05])],
                    )
                )
    extra = pl.DataFrame(
        more, schema=["volunteer_id", "reader", "tapped_at", "direction"], orient="row"
    ).select(
        "volunteer_id",
        site_id=pl.col("reader") % 9,
        device_no=pl.format("D{}", "reader"),
        device_seq=pl.int_range(pl.len()) + 2 * 10**9,
        card_no=pl.format("c{}", "volunteer_id"),
        is_directed=pl.col("reader") == 11,
        direction="direction",
        tapped_at="tapped_at",
        service_day=(pl.col("tapped_at") + timedelta(hours=4)).dt.date(),
    )
    time = pl.Datetime("us")
    shift_columns = {
        "shift_id": pl.Int64,
        "starts_at": time,
        "ends_at": time,
        "min_attendance_permille": pl.Int64,
    }
    ids = pl.col("^(volunteer|site|shift)_id$").cast(id_type)
    return Events(
        taps=pl.concat([taps, extra]).with_columns(ids),
        shifts=pl.DataFrame(shifts, schema=shift_columns, orient="row").with_columns(ids),
        shift_sites=pl.DataFrame(sites, schema=["shift_id", "site_id"], orient="row").with_columns(ids),
        sign_ups=pl.DataFrame(sign_ups, schema=["shift_id", "volunteer_id"], orient="row").with_columns(ids),
    )


def by_sections(events: Events, monkeypatch: pytest.MonkeyPatch) -> TimeKept:
    """The outcome where nobody goes the fast way."""
    with monkeypatch.context() as patch:
        patch.setattr(engine, "one_place_days", lambda by_day, *_: OnePlace({}, [], list(by_day.values())))
        return keep_time(events, None, BOOK)


@pytest.mark.parametrize("id_type", [pl.Int64, pl.String])
@pytest.mark.parametrize("with_shifts", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_fast_and_the_general_way_agree(
    seed: int, with_shifts: bool, id_type: type[pl.DataType], monkeypatch: pytest.MonkeyPatch
):
    taps = random_taps(seed, id_type)
    events = (
        random_shifts(seed, id_type) if with_shifts else Events(taps=taps, shifts=empty("shifts", id_type))
    )
    fast = keep_time(events, None, BOOK)
    general = by_sections(events, monkeypatch)
    for frame in ("sessions", "bounces", "flags"):
        assert_frame_equal(getattr(fast, frame), getattr(general, frame))
    assert fast.sessions.height > 1_000


def test_most_people_in_shifts_go_the_fast_way():
    events = random_shifts(1, pl.Int64)
    taps = events.taps.with_columns(at=pl.col("tapped_at").dt.epoch("s"))
    shifts = engine.usable_shifts(events.shifts, BOOK)
    days = taps_by_day(taps)
    way = one_place_days(days, shifts, events, days, (BOOK, 2))
    sessions = pl.concat(way.sessions.values())
    verdicts = set(sessions.drop_nulls("shift_id")["verdict"])
    assert verdicts == set(VERDICTS)
    assert {"counted", "missing_out"} <= set(sessions.filter(pl.col("shift_id").is_null())["verdict"])


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
