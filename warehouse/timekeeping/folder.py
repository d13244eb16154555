"""Time-keeping for a folder of plain files: no operational database, no Dagster, no limit by memory.

Here: taking a city's files through all sections, and writing three Parquet files. Never here: how a value is
written (plain_files.py), a rule.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from pyarrow import parquet

from warehouse.timekeeping import plain_files
from warehouse.timekeeping.by_day import keep_time_by_day
from warehouse.timekeeping.engine import keep_time, unplaced_events, usable_shifts
from warehouse.timekeeping.events import FLAG_COLUMNS, Events, empty
from warehouse.timekeeping.intake import Intake, take_in
from warehouse.timekeeping.parquet_file import ParquetFile
from warehouse.timekeeping.plain_files import FileProblem
from warehouse.timekeeping.rules import RuleBook, read_rules
from warehouse.timekeeping.summary import Summary

# Lines taken in at once: a device's lines stay together, so a part is some of the devices.
LINES_AT_ONCE = 4_000_000
BYTES_A_LINE = 60

Report = Callable[[str, int, int], None]

REJECTED_COLUMNS = ["device_no", "device_seq", "card_no", "tapped_at", "received_at", "reason"]


@dataclass(frozen=True)
class Registers:
    """What intake looks up, and the events that are no taps."""

    devices: pl.DataFrame
    heartbeats: pl.DataFrame
    cards: pl.DataFrame
    card_bindings: pl.DataFrame
    events: Events


def sessions_of_folder(
    folder: Path,
    out: Path,
    *,
    attlog_lines: pl.DataFrame | None = None,
    report: Report = lambda step, done, total: None,
    book: RuleBook | None = None,
) -> Summary:
    """Write `out` (sessions), and beside it `.rejected.parquet` and `.flags.parquet`; return the summary.

    `folder`: the files of plain_files.FILES. `attlog_lines`: the readers' own exports instead of `taps`: columns of
    that file, and malformed_text; then devices and cards may be absent: every reader a site, every user a card and
    a volunteer. Nothing is written unless all goes well. Raises FileProblem, and what writing raises.
    """
    book = book or read_rules()
    registers = _registers(folder, attlog_lines)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        summary = _write_all(folder, Path(scratch), attlog_lines, registers, (report, book))
        for part, target in outputs(out).items():
            shutil.move(Path(scratch) / f"{part}.parquet", target)
    return summary


def outputs(out: Path) -> dict[str, Path]:
    """The three files that are written for `out`."""
    stem = out.with_suffix("") if out.suffix == ".parquet" else out
    return {
        "sessions": out,
        "rejected": stem.with_name(f"{stem.name}.rejected.parquet"),
        "flags": stem.with_name(f"{stem.name}.flags.parquet"),
    }


def _write_all(
    folder: Path,
    scratch: Path,
    attlog_lines: pl.DataFrame | None,
    registers: Registers,
    tools: tuple[Report, RuleBook],
) -> Summary:
    report, book = tools
    summary = Summary()
    parts = _by_device(folder, scratch, attlog_lines, summary, report)
    _take_in_all(parts, scratch, registers, summary, tools)
    summary.unplaced.update(dict(unplaced_events(registers.events, book)["source"].value_counts().rows()))
    days = _days(scratch, registers.events, book)
    nothing = keep_time(registers.events, [], book)
    flags = [pl.DataFrame(schema=FLAG_COLUMNS)]
    readers = pl.Enum(registers.devices["device_no"].unique().sort())
    with ParquetFile(scratch / "sessions.parquet", nothing.sessions) as sessions:
        every = keep_time_by_day(
            days, lambda day: _taps_of(scratch, day, registers.events.taps, readers), registers.events, book
        )
        for number, (_, kept) in enumerate(every, start=1):
            sessions.write(kept.sessions)
            flags.append(kept.flags)
            summary.add(kept)
            report("service days", number, len(days))
    pl.concat(flags).write_parquet(scratch / "flags.parquet")
    summary.check()
    return summary


def _registers(folder: Path, attlog_lines: pl.DataFrame | None) -> Registers:
    if not folder.is_dir():
        raise FileProblem(f"{folder} is no folder; give the folder that holds taps, devices and cards")
    if attlog_lines is None:
        plain_files.find(folder, "taps", required=True)
    must = attlog_lines is None
    names = [name for name in plain_files.FILES if name != "taps"]
    frames = {
        name: plain_files.read(folder, name, required=must and name in ("devices", "cards")) for name in names
    }
    if attlog_lines is not None and plain_files.find(folder, "devices", required=False) is None:
        frames["devices"] = attlog_lines.select(
            "device_no",
            site_id="device_no",
            lon=pl.lit(None, dtype=pl.Float64),
            lat=pl.lit(None, dtype=pl.Float64),
            is_directed=pl.lit(value=False),
        ).unique("device_no")
    if attlog_lines is not None and plain_files.find(folder, "cards", required=False) is None:
        frames["cards"] = (
            attlog_lines.select(
                "card_no",
                volunteer_id="card_no",
                bound_from=pl.lit("1970-01-01").str.to_datetime(time_unit="us"),
                bound_to=pl.lit(None, dtype=pl.Datetime("us")),
                reported_lost_at=pl.lit(None, dtype=pl.Datetime("us")),
            )
            .drop_nulls("card_no")
            .unique("card_no")
        )
    frames = plain_files.settle_ids(frames)
    return Registers(
        devices=frames["devices"],
        heartbeats=frames["heartbeats"],
        cards=frames["cards"],
        card_bindings=frames["cards"],
        events=_events(frames),
    )


def _events(frames: dict[str, pl.DataFrame]) -> Events:
    volunteer, site = frames["cards"].schema["volunteer_id"], frames["devices"].schema["site_id"]
    taps = empty("taps").with_columns(pl.col("volunteer_id").cast(volunteer), pl.col("site_id").cast(site))
    share = (pl.col("min_attendance_ratio") * 1000).round(3)
    return Events(
        taps=taps,
        shifts=frames["shifts"].with_columns(min_attendance_permille=share),
        shift_sites=frames["shift_sites"],
        sign_ups=frames["sign_ups"],
        check_ins=frames["check_ins"].with_columns(
            pl.col("occurred_at").dt.truncate("1s"), site_id=pl.lit(None, dtype=site)
        ),
        honour_records=frames["honour_records"].with_columns(approved_by=pl.lit(None, dtype=volunteer)),
        sites=frames["devices"]
        .select("site_id", "lon", "lat")
        .drop_nulls()
        .unique("site_id", keep="first", maintain_order=True),
    ).checked()


def _by_device(
    folder: Path, scratch: Path, attlog_lines: pl.DataFrame | None, summary: Summary, report: Report
) -> Iterator[pl.DataFrame]:
    """The lines in parts of which each holds all lines of its devices."""
    if attlog_lines is not None:
        summary.lines = attlog_lines.height
        yield attlog_lines
        return
    path = plain_files.find(folder, "taps", required=True)
    assert path is not None
    expected = (
        parquet.ParquetFile(path).metadata.num_rows
        if path.suffix == ".parquet"
        else (path.stat().st_size // BYTES_A_LINE)
    )
    part_count = expected // LINES_AT_ONCE + 1
    kept_apart = scratch / "lines"
    for number, batch in enumerate(plain_files.batches(path, "taps")):
        summary.lines += batch.height
        report("taps read", summary.lines, 0)
        if part_count == 1:
            parts = {0: batch}
        else:
            part = (pl.col("device_no").hash(seed=0) % part_count).alias("part")
            parts = {
                key[0]: rows.drop("part")
                for key, rows in batch.with_columns(part).partition_by("part", as_dict=True).items()
            }
        for key, rows in parts.items():
            target = kept_apart / str(key) / f"{number:06}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            rows.write_parquet(target, compression="lz4")
    for lines in sorted(kept_apart.glob("*")):
        yield pl.read_parquet(lines / "*.parquet").with_columns(malformed_text=pl.lit(None, dtype=pl.String))
        shutil.rmtree(lines)


def _take_in_all(
    parts: Iterator[pl.DataFrame],
    scratch: Path,
    registers: Registers,
    summary: Summary,
    tools: tuple[Report, RuleBook],
) -> None:
    """Section 1: accepted taps by day below `scratch`/taps, and the file of the rejected."""
    report, book = tools
    nothing = registers.events.taps.select(
        "device_no", "device_seq", "card_no", "tapped_at", received_at="tapped_at", reason=pl.lit("")
    ).clear()
    with ParquetFile(scratch / "rejected.parquet", nothing) as rejected:
        for number, lines in enumerate(parts):
            intake = _take_in(lines, registers, book)
            summary.accepted += intake.accepted.height
            summary.resends += intake.resends.height
            summary.rejected.update(dict(intake.rejected["reason"].value_counts().rows()))
            rejected.write(intake.rejected.select(REJECTED_COLUMNS).sort(REJECTED_COLUMNS))
            columns = registers.events.taps.columns
            for (day,), taps in (
                intake.accepted.select(columns).partition_by("service_day", as_dict=True).items()
            ):
                target = scratch / "taps" / str(day) / f"{number:06}.parquet"
                target.parent.mkdir(parents=True, exist_ok=True)
                taps.write_parquet(target, compression="lz4", statistics=False)
            done = summary.accepted + summary.resends + sum(summary.rejected.values())
            report("taps taken in", done, summary.lines)


def _take_in(lines: pl.DataFrame, registers: Registers, book: RuleBook) -> Intake:
    # A plain file has no order of arrival beyond received_at; what is left of a tie goes by content.
    lines = lines.with_columns(segment=pl.lit(""), line_no=pl.lit(0, dtype=pl.Int64))
    return take_in(
        lines,
        devices=registers.devices,
        heartbeats=registers.heartbeats,
        cards=registers.cards,
        card_bindings=registers.card_bindings,
        book=book,
    )


def _taps_of(scratch: Path, day: date, nothing: pl.DataFrame, readers: pl.Enum) -> pl.DataFrame:
    files = sorted((scratch / "taps" / str(day)).glob("*.parquet"))
    taps = pl.concat([nothing, *(pl.read_parquet(file) for file in files)])
    return taps.with_columns(pl.col("device_no").cast(readers))


def _days(scratch: Path, events: Events, book: RuleBook) -> list[date]:
    """Every service day on which there can be a session or a flag."""
    days = {date.fromisoformat(folder.name) for folder in (scratch / "taps").glob("*")}
    days |= set(usable_shifts(events.shifts, book)["shift_day"])
    days |= set(events.honour_records["service_day"])
    occurred = (pl.col("occurred_at") + pl.duration(seconds=8 * 3600 - book.service_day_start)).dt.date()
    days |= set(events.check_ins.select(occurred)["occurred_at"])
    return sorted(days)
