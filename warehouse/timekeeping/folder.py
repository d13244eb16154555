"""Time-keeping for a folder of plain files: no operational database, no Dagster, no limit by memory.

Here: taking a city's files through all sections, and writing three Parquet files. Never here: how a value is
written (plain_files.py), how the lines of taps are read (taps_file.py), a rule.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import polars as pl

from warehouse.timekeeping import plain_files
from warehouse.timekeeping.arrival import Arrival
from warehouse.timekeeping.by_day import DayByDay, keep_time_by_day
from warehouse.timekeeping.engine import keep_time, unplaced_events, usable_shifts
from warehouse.timekeeping.events import FLAG_COLUMNS, Events
from warehouse.timekeeping.events import empty as no_events
from warehouse.timekeeping.intake import Intake, take_in
from warehouse.timekeeping.laid_down import LinesLeft, TapsByDay
from warehouse.timekeeping.parquet_file import ParquetFile
from warehouse.timekeeping.plain_files import FileProblem
from warehouse.timekeeping.rules import RuleBook, read_rules
from warehouse.timekeeping.side_by_side import side_by_side
from warehouse.timekeeping.summary import Summary
from warehouse.timekeeping.taps_file import TapsFile

Report = Callable[[str, int, int], None]

REJECTED_COLUMNS = ["device_no", "device_seq", "card_no", "tapped_at", "received_at", "reason"]


@dataclass(frozen=True)
class Registers:
    """What intake looks up, also laid out for many lines; and the events that are no taps, by day."""

    devices: pl.DataFrame
    heartbeats: pl.DataFrame
    cards: pl.DataFrame
    arrival: Arrival
    each: DayByDay


def sessions_of_folder(
    folder: Path,
    out: Path,
    *,
    attlog_lines: pl.DataFrame | None = None,
    report: Report = lambda step, done, total: None,
    book: RuleBook | None = None,
    registers: Registers | None = None,
) -> Summary:
    """Write `out` (sessions), and beside it `.rejected.parquet` and `.flags.parquet`; return the summary.

    `folder`: the files of plain_files.FILES. `attlog_lines`: the readers' own exports instead of `taps`: columns of
    that file, and malformed_text; then devices and cards may be absent: every reader a site, every user a card and
    a volunteer. `registers`: of `read_registers`, where they are at hand already. Nothing is written unless all goes
    well. Raises FileProblem, and what writing raises.
    """
    book = book or read_rules()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        summary = Summary()
        laid = _take_in_all(folder, Path(scratch), (attlog_lines, registers), summary, (report, book))
        _keep_time(laid, Path(scratch), summary, (report, book))
        summary.check()
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


def _take_in_all(
    folder: Path,
    scratch: Path,
    given: tuple[pl.DataFrame | None, Registers | None],
    summary: Summary,
    tools: tuple[Report, RuleBook],
) -> TapsByDay:
    """Section 1; what the other sections need is in what is returned, so that the registers can go."""
    report, book = tools
    attlog_lines, at_hand = given
    registers = at_hand or read_registers(folder, attlog_lines, book)
    laid = TapsByDay(scratch, registers.arrival, registers.each)
    left = LinesLeft(scratch)
    if attlog_lines is None:
        _at_a_glance(folder, scratch, (registers.arrival, laid, left), summary, report)
    else:
        summary.lines = attlog_lines.height
        left.add(0, attlog_lines)
    _take_in_left(left, scratch, registers, (laid, summary), tools)
    unplaced = unplaced_events(registers.each.events, book)["source"]
    summary.unplaced.update(dict(unplaced.value_counts().rows()))
    if at_hand is None:
        registers.arrival.forget_what_only_arrivals_need()
    return laid


def _keep_time(laid: TapsByDay, scratch: Path, summary: Summary, tools: tuple[Report, RuleBook]) -> None:
    """Sections 2 to 7, day by day, and the files of sessions and flags."""
    report, book = tools
    each = laid.each
    days = _days(laid, each.events, book)
    flags = [pl.DataFrame(schema=FLAG_COLUMNS)]
    with ExitStack() as open_files:
        sessions = None
        every = keep_time_by_day(
            days, laid.taps_of, each, book, near_taps_of=laid.near_taps_of, as_codes=True
        )
        nobody = () if days else [(None, keep_time(each.events, [], book, as_codes=True))]
        for number, (_, kept) in enumerate(chain(nobody, every), start=1):
            sessions = sessions or open_files.enter_context(
                ParquetFile(scratch / "sessions.parquet", kept.sessions.clear())
            )
            sessions.write(kept.sessions)
            flags.append(kept.flags)
            summary.add(kept)
            report("service days", number, len(days))
    pl.concat(flags).write_parquet(scratch / "flags.parquet")


def read_registers(folder: Path, attlog_lines: pl.DataFrame | None, book: RuleBook) -> Registers:
    """Everything in `folder` but taps. Raises FileProblem."""
    if not folder.is_dir():
        raise FileProblem(f"{folder} is no folder; give the folder that holds taps, devices and cards")
    if attlog_lines is None:
        plain_files.find(folder, "taps", required=True)
    must = attlog_lines is None
    names = [name for name in plain_files.FILES if name != "taps"]

    def read(name: str) -> pl.DataFrame:
        return plain_files.read(folder, name, required=must and name in ("devices", "cards"))

    frames = dict(zip(names, side_by_side(read, names), strict=True))
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
    looked_up = {
        "devices": frames["devices"],
        "heartbeats": frames["heartbeats"],
        "cards": frames["cards"].select(
            "card_no", "volunteer_id", "bound_from", "bound_to", "reported_lost_at"
        ),
    }
    return Registers(
        **looked_up,
        arrival=Arrival(**looked_up, card_bindings=looked_up["cards"], book=book),
        each=DayByDay(_events(frames), book),
    )


def _events(frames: dict[str, pl.DataFrame]) -> Events:
    volunteer, site = frames["cards"].schema["volunteer_id"], frames["devices"].schema["site_id"]
    taps = no_events("taps").with_columns(
        pl.col("volunteer_id").cast(volunteer), pl.col("site_id").cast(site)
    )
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


def _at_a_glance(
    folder: Path,
    scratch: Path,
    by: tuple[Arrival, TapsByDay, LinesLeft],
    summary: Summary,
    report: Report,
) -> None:
    """Section 1 for all lines of which nothing special can be said; the others are left."""
    arrival, laid, left = by
    path = plain_files.find(folder, "taps", required=True)
    assert path is not None
    taps = TapsFile(path, scratch)
    summary.lines = taps.line_count
    again = taps.repeated(arrival.readers, scratch / "identities")

    def look_at(start: int) -> int:
        seen = taps.at_a_glance(start, arrival, again)
        laid.add(f"part-{start}", seen.taps)
        left.add(start, seen.left)
        return seen.taps.height

    for start, accepted in zip(taps.parts, side_by_side(look_at, taps.parts), strict=True):
        summary.accepted += accepted
        report("taps read", min(start + taps.parts.step, taps.line_count), taps.line_count)


def _take_in_left(
    left: LinesLeft,
    scratch: Path,
    registers: Registers,
    into: tuple[TapsByDay, Summary],
    tools: tuple[Report, RuleBook],
) -> None:
    """Section 1 in full for the lines left: accepted taps to their days, and the file of the rejected."""
    laid, summary = into
    report, book = tools
    nothing = registers.each.events.taps.select(
        "device_no", "device_seq", "card_no", "tapped_at", received_at="tapped_at", reason=pl.lit("")
    ).clear()
    with ParquetFile(scratch / "rejected.parquet", nothing) as rejected:
        for number, lines in enumerate(left.parts()):
            intake = _take_in(lines, registers, book)
            summary.accepted += intake.accepted.height
            summary.resends += intake.resends.height
            summary.rejected.update(dict(intake.rejected["reason"].value_counts().rows()))
            rejected.write(intake.rejected.select(REJECTED_COLUMNS).sort(REJECTED_COLUMNS))
            laid.add_accepted(f"left-{number}", intake.accepted)
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
        card_bindings=registers.arrival.bindings_of(lines["card_no"]),
        book=book,
    )


def _days(laid: TapsByDay, events: Events, book: RuleBook) -> list[date]:
    """Every service day on which there can be a session or a flag."""
    days = laid.days()
    days |= set(usable_shifts(events.shifts, book)["shift_day"].unique())
    days |= set(events.honour_records["service_day"].unique())
    occurred = (pl.col("occurred_at") + pl.duration(seconds=8 * 3600 - book.service_day_start)).dt.date()
    days |= set(events.check_ins.select(occurred.unique())["occurred_at"])
    return sorted(days)
