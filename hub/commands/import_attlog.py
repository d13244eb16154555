"""`hub import-attlog`: what a ZKTeco reader left on a USB stick, into the swipe log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import say
from ..failures import HubError
from ..home import has_data, make

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ..settings import Settings

_LINES_A_SEGMENT = 50_000


def import_attlog(
    *,
    file: Annotated[
        Path, typer.Argument(help="The reader's export, for example 1_attlog.dat.", show_default=False)
    ],
    device: Annotated[
        str, typer.Option("--device", help="Number of the reader, as it is registered.", metavar="NO")
    ],
    timezone: Annotated[
        str, typer.Option(help="Time zone that the reader's clock runs in.")
    ] = "Asia/Shanghai",
    received_at: Annotated[
        str | None,
        typer.Option(
            help="When the export was taken off the reader, for example 2026-08-01T18:00 (in --timezone unless it "
            "names its own). Taps more than 30 days older than this are rejected as stale. Default: now.",
            metavar="TIME",
        ),
    ] = None,
    card_prefix: Annotated[
        str,
        typer.Option(
            help="Put before each user number to make the card number, where every reader counts its own."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever there is to remark.")] = False,
) -> None:
    """Turn a ZKTeco reader's USB export into segments of the swipe log; the next build takes them in.

    Each line is user number, local time, verify mode, in/out state, work code, reserved, separated by tabs. The user
    number becomes the card number: bind it to a volunteer as any card. Importing the same taps again does no harm: they
    are counted as resends.

    Example: hub import-attlog /media/usb/1_attlog.dat --device D00017 --received-at 2026-08-01T18:00
    """
    from operations.devices import attlog
    from operations.devices.swipe_log import write_segment

    from ..settings import load

    settings = load()
    zone = _zone(timezone)
    arrival = _arrival(received_at, zone)
    export = attlog.Export(device, zone, arrival, card_prefix)
    taps = list(attlog.taps(_lines(file), export))
    readable = [line for line in taps if isinstance(line, dict)]
    if not readable:
        raise HubError(
            f"{file} has no line of a reader's export (user number, tab, time as 2026-08-01 08:30:00, ...); "
            "nothing was written. Take the file named *_attlog.dat from the stick."
        )
    remarks = [*_remarks(readable, len(taps), arrival), *_registration(settings, device)]
    for remark in remarks:
        say(f"{remark}", style="yellow")
    # Only a person can be asked; a script has said what it wants.
    if remarks and not yes and sys.stdin.isatty() and not typer.confirm("Write them all the same?"):
        raise HubError("Nothing was written.")
    make(settings)
    written = [write_segment(settings.swipe_logs, part, arrival) for part in _parts(taps)]
    say(
        f"{len(readable)} taps of {device} written to {written[0] if len(written) == 1 else written[0].parent}."
    )
    say("The next build takes them in: `hub build`, or by itself while `hub up` runs.")


def _parts(taps: list[Any]) -> Iterator[list[Any]]:
    for begin in range(0, len(taps), _LINES_A_SEGMENT):
        yield taps[begin : begin + _LINES_A_SEGMENT]


def _remarks(readable: list[dict[str, Any]], lines: int, arrival: datetime) -> Iterator[str]:
    """Yield what the intake will do with lines that it will not accept, so that nobody has to search for it."""
    if lines > len(readable):
        yield f"{lines - len(readable)} lines cannot be read: they will be kept and rejected as malformed."
    ages = [(arrival - datetime.fromisoformat(line["tapped_at"])).total_seconds() for line in readable]
    if stale := sum(age > _stale_after_seconds(arrival) for age in ages):
        yield (
            f"{stale} taps are older than their arrival ({arrival:%Y-%m-%d %H:%M} UTC) allows: new ones among them will "
            "be rejected as stale, and stay so. --received-at says when the export was really taken off the reader."
        )
    if future := sum(age < 0 for age in ages):
        yield f"{future} taps lie after their arrival: check --timezone, --received-at and the reader's clock."


def _stale_after_seconds(arrival: datetime) -> int:
    from warehouse.timekeeping.rules import read_rules

    return read_rules().on(arrival.date()).stale_after


def _registration(settings: Settings, device: str) -> Iterator[str]:
    """Yield a remark if the reader is not registered. A database that is away does not keep taps from being written."""
    from sqlalchemy.orm import Session

    from operations.database import OperationsUnavailable, open_database
    from operations.model import Device

    try:
        if not has_data(settings):
            return
        with Session(open_database(settings.operations_url)) as session:
            if session.get(Device, device) is None:
                yield f"{device} is not registered: its taps are rejected as unknown_device, and taken in once it is."
    except OperationsUnavailable as error:
        yield f"Whether {device} is registered could not be looked up: {error}"


def _lines(file: Path) -> list[str]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise HubError(f"{file} cannot be read: {error.strerror}.") from error
    if b"\0" in content:
        raise HubError(f"{file} is not a text file: take the file named *_attlog.dat from the stick.")
    return content.decode("utf-8-sig", errors="backslashreplace").splitlines()


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise HubError(f"--timezone {name} is not known; write it like Asia/Shanghai.") from error


def _arrival(text: str | None, zone: ZoneInfo) -> datetime:
    """Return the moment of arrival in UTC, in whole seconds."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise HubError(f"--received-at {text} is no time; write it like 2026-08-01T18:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
