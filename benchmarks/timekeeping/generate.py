"""A large city's files for `hub sessions`, generated: what the figures of this folder are measured on.

Here: the registers and the files. Never here: what happens on a day (city_day.py); measuring.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
from pyarrow import parquet

from benchmarks.timekeeping.city_day import (
    CARDS,
    DAY,
    DEVICES,
    DIRECTED_SITES,
    HOUR,
    REISSUED,
    SITES,
    VOLUNTEERS,
    Stays,
    card_no,
    clock_offset,
    day_begins,
    device_no,
    honours_of_day,
    lines_of_taps,
    pairing_of_taps,
    plain_lines_of_taps,
    plain_stays_of_day,
    shifts_of_day,
    standing_of_day,
    taps_of_stays,
    time,
)

ROW_GROUP = 250_000


def write_city(folder: Path, days: int, kind: str = "rich", seed: int = 1) -> Path:
    """The folder with the files of `hub sessions` for `days` service days of about 1 M lines of taps each.

    kind: "plain", taps and what intake looks up, each stay at a standing post, each line once; or "rich", a whole
    city: shifts, sign-ups, check-ins, honour records, second visits, resends, late and unknown lines, lost cards.
    Made once for a kind and number of days. Besides them `pairing.parquet`: the same taps as the contenders that pair
    alone take them if they need not find who, where and on which day.
    """
    city = folder / f"{kind}_{days}_days"
    if (city / "complete").exists():
        return city
    shutil.rmtree(city, ignore_errors=True)
    city.mkdir(parents=True)
    reissued_at = day_begins(days // 2) + 8 * HOUR if kind == "rich" else None
    _write_registers(city, days, reissued_at)
    parts: dict[str, list[pl.DataFrame]] = {}
    late: list[pl.DataFrame] = []
    last_seq = np.zeros(DEVICES, dtype=np.int64)
    writers: dict[str, parquet.ParquetWriter] = {}
    for number in range(days):
        random = np.random.default_rng([seed, number])
        stays, frames = _day(random, number) if kind == "rich" else (plain_stays_of_day(random, number), {})
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)
        taps = taps_of_stays(random, stays, last_seq, reissued_at)
        last_seq += np.bincount(taps["device"].to_numpy(), minlength=DEVICES)
        lines = lines_of_taps(random, taps) if kind == "rich" else plain_lines_of_taps(taps)
        arrived = pl.concat([lines, *late]).sort("received_at", maintain_order=True)
        is_late = (pl.col("received_at").dt.epoch("s") >= day_begins(number + 1)) & (number + 1 < days)
        late = [arrived.filter(is_late)]
        _append(writers, city / "taps.parquet", arrived.filter(~is_late))
        _append(writers, city / "pairing.parquet", pairing_of_taps(taps, number))
    for writer in writers.values():
        writer.close()
    for name, frames in parts.items():
        pl.concat(frames).write_parquet(city / f"{name}.parquet")
    (city / "complete").touch()
    return city


def _day(random: np.random.Generator, number: int) -> tuple[Stays, dict[str, pl.DataFrame]]:
    """The stays of a day in the rich city, and the day's rows of all files but taps."""
    in_shifts, frames = shifts_of_day(random, number)
    honours = honours_of_day(random, number)
    return standing_of_day(random, number, in_shifts), {**frames, "honour_records": honours}


def _append(writers: dict[str, parquet.ParquetWriter], path: Path, frame: pl.DataFrame) -> None:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    if path.name not in writers:
        writers[path.name] = parquet.ParquetWriter(path, table.schema, compression="zstd")
    writers[path.name].write_table(table, row_group_size=ROW_GROUP)


def _write_registers(city: Path, days: int, reissued_at: int | None) -> None:
    """Devices, cards and hourly heartbeats. reissued_at: when some cards were lost, while their holders were on
    duty; None: each volunteer has one card, and so it stays."""
    devices = pl.DataFrame({"device": np.arange(DEVICES)})
    site = pl.col("device") % SITES
    devices.select(
        device_no=device_no(pl.col("device")),
        site_id=site + 1,
        lon=119.5 + site % 60 * 0.01,
        lat=29.9 + site // 60 * 0.01,
        is_directed=site < DIRECTED_SITES,
    ).write_parquet(city / "devices.parquet")
    card = pl.col("card")
    is_first = card < (CARDS if reissued_at is None else VOLUNTEERS)
    changed = time(pl.lit(reissued_at, dtype=pl.Int64))
    pl.DataFrame({"card": np.arange(CARDS)}).select(
        card_no=card_no(card),
        volunteer_id=pl.when(is_first).then(card).otherwise(card - VOLUNTEERS) + 1,
        bound_from=pl.when(is_first).then(time(pl.lit(1_600_000_000))).otherwise(changed),
        bound_to=pl.when(card < REISSUED).then(changed),
        reported_lost_at=pl.when(card < REISSUED).then(changed),
    ).write_parquet(city / "cards.parquet")
    hours = pl.DataFrame({"hour": np.arange(day_begins(0) - DAY, day_begins(days + 1), HOUR)})
    hours.join(devices, how="cross").select(
        device_no=device_no(pl.col("device")),
        received_at=time(pl.col("hour") + pl.col("device") % HOUR),
        clock_offset_seconds=clock_offset(pl.col("device")).cast(pl.Int64),
    ).write_parquet(city / "heartbeats.parquet")
