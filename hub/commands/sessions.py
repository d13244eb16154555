"""`hub sessions`: time-keeping on a folder of plain files, so that a city can try its own logs in a minute."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import complain, progress, say
from ..memory import keep_freed_memory

if TYPE_CHECKING:
    import polars as pl

    from warehouse.timekeeping.summary import Summary

ATTLOG = "_attlog.dat"


def sessions(
    *,
    in_dir: Annotated[
        Path, typer.Argument(help="Folder with taps, devices, cards, ... as .csv or .parquet.")
    ],
    out: Annotated[Path, typer.Argument(help="Where the sessions go; .rejected and .flags beside it.")],
    attlog: Annotated[
        Path | None,
        typer.Option(
            help="Folder of *_attlog.dat exports instead of taps.", metavar="DIR", show_default=False
        ),
    ] = None,
    attlog_devices: Annotated[
        Path | None,
        typer.Option(
            help="CSV with file,device_no where the file's name does not say the reader.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Time zone that the readers' clocks run in.")
    ] = "Asia/Shanghai",
) -> None:
    """Work out service sessions from plain files: no database, no Dagster, no limit by memory.

    Needed: taps, devices, cards. Taken if there: heartbeats, shifts, shift_sites, sign_ups, check_ins,
    honour_records. Times are written as 2026-08-01T09:00:00+08:00. With --attlog a city needs nothing but what its
    readers hold: the reader's number is the file's name before _attlog.dat, every user number a card and a volunteer
    unless IN_DIR holds cards and devices. An export does not say when it arrived; each of its taps counts as
    having arrived when it was made.

    Example: hub sessions my_city/ sessions.parquet --attlog usb_stick/
    """
    keep_freed_memory()
    from warehouse.timekeeping.folder import outputs, sessions_of_folder
    from warehouse.timekeeping.plain_files import FileProblem

    try:
        lines = _attlog_lines(attlog, attlog_devices, timezone) if attlog else None
        with progress("Working out service sessions") as report:
            summary = sessions_of_folder(in_dir, out, attlog_lines=lines, report=report)
    except (FileProblem, OSError) as error:
        complain(str(error))
        sys.exit(2)
    _say(summary)
    for path in outputs(out).values():
        say(f"Written: {path}")


def _say(summary: Summary) -> None:
    rejected = sum(summary.rejected.values())
    say(
        f"Taps: {summary.lines:,} = {summary.accepted:,} accepted + {summary.resends:,} resends + {rejected:,} rejected"
    )
    for reason, count in sorted(summary.rejected.items()):
        say(f"  rejected as {reason}: {count:,}")
    say(
        f"Accepted: {summary.accepted:,} = {summary.taps_in_sessions:,} in sessions + {summary.bounces:,} bounces"
    )
    say(f"Sessions: {sum(summary.sessions.values()):,}")
    for verdict, count in sorted(summary.sessions.items()):
        say(f"  {verdict}: {count:,}")
    say(
        f"Minutes: {summary.net_minutes:,} = {summary.settled_minutes:,} settled + {summary.review_minutes:,} to review"
        f" + {summary.void_minutes:,} void ({summary.credit_minutes:,} credit, {summary.honour_minutes:,} honour)"
    )
    for flag, count in sorted(summary.flags.items()):
        say(f"  flagged {flag}: {count:,}")
    for source, count in sorted(summary.unplaced.items()):
        say(
            f"  {source} left out, because their shift is not in shifts or longer than 24 h: {count:,}",
            style="yellow",
        )


def _attlog_lines(folder: Path, mapping: Path | None, timezone: str) -> pl.DataFrame:
    """The taps of every export in `folder`, as plain_files has them, and malformed_text."""
    from operations.devices.attlog import AttlogUnreadable, import_attlog
    from warehouse.timekeeping.plain_files import FileProblem

    device_of = _mapping(mapping)
    files = sorted(path for path in folder.glob("*") if path.name in device_of or path.name.endswith(ATTLOG))
    if not files:
        raise FileProblem(f"{folder} holds no *{ATTLOG}; give the folder with the readers' exports")
    rows: list[tuple] = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, file in enumerate(files):
            device_no = device_of.get(file.name) or file.name.removesuffix(ATTLOG)
            root = Path(scratch) / str(number)
            try:
                import_attlog(
                    file,
                    root,
                    device_no=device_no,
                    timezone=timezone,
                    received_at=datetime.now(UTC),
                    landed_at=datetime.now(UTC),
                    is_directed=True,
                )
            except (AttlogUnreadable, ValueError) as error:
                raise FileProblem(str(error)) from error
            for segment in sorted(root.rglob("*.jsonl")):
                with segment.open(encoding="utf-8") as lines:
                    rows += [_row(line, device_no) for line in lines]
    return _frame(rows)


def _row(line: str, device_no: str) -> tuple:
    tap = json.loads(line)
    if "tapped_at" not in tap:
        return device_no, None, None, None, None, None, tap.get("unreadable", line)
    at = datetime.fromisoformat(tap["tapped_at"]).replace(tzinfo=None)
    card = tap["card_no"].removeprefix(f"{device_no}-")
    return device_no, tap["device_seq"], card, at, at, tap["direction"], None


def _frame(rows: list[tuple]) -> pl.DataFrame:
    import polars as pl

    time = pl.Datetime("us")
    schema = {
        "device_no": pl.String,
        "device_seq": pl.Int64,
        "card_no": pl.String,
        "tapped_at": time,
        "received_at": time,
        "direction": pl.String,
        "malformed_text": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _mapping(file: Path | None) -> dict[str, str]:
    from warehouse.timekeeping.plain_files import FileProblem

    if file is None:
        return {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if rows and not {"file", "device_no"} <= rows[0].keys():
        raise FileProblem(f"{file}: the columns file and device_no are needed")
    return {row["file"]: row["device_no"] for row in rows}
