"""`hub import-attlog`: what a ZKTeco reader left on a USB stick, into the swipe log."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ..console import say
from ..failures import HubError
from ..home import has_data, make

if TYPE_CHECKING:
    from operations.devices.attlog import AttlogSummary
    from operations.model import Device

    from ..settings import Settings


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
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever there is to remark.")] = False,
) -> None:
    """Turn a ZKTeco reader's USB export into a segment of the swipe log; the next build takes it in.

    A line is user number, local time, verify mode, in/out state, work code, reserved, separated by tabs. The card
    number is the reader's and the user's number together, D00017-42: bind it to a volunteer as any card. In and out
    count if the reader is registered as directed. The same taps imported again do no harm: they count as resends.

    Example: hub import-attlog 1_attlog.dat --device D00017 --received-at 2026-08-01T18:00
    """
    from operations.devices import attlog

    from ..settings import load

    settings = load()
    arrival = _arrival(received_at, _zone(timezone))
    reader, remarks = _registered(settings, device)
    take_in = partial(
        attlog.import_attlog,
        file,
        device_no=device,
        timezone=timezone,
        received_at=arrival,
        landed_at=datetime.now(UTC),
        is_directed=reader is not None and reader.is_directed,
    )
    try:
        # Looked at first: what has arrived once cannot be taken back.
        with tempfile.TemporaryDirectory() as folder:
            remarks += _remarks(take_in(Path(folder)), arrival)
        for remark in remarks:
            say(remark, style="yellow")
        # Only a person can be asked; a script has said what it wants.
        if remarks and not yes and sys.stdin.isatty() and not typer.confirm("Write them all the same?"):
            raise HubError("Nothing was written.")
        make(settings)
        _say_written(file, take_in(settings.swipe_logs))
    except ValueError as error:
        raise HubError(str(error)) from error


def _say_written(file: Path, written: AttlogSummary) -> None:
    if written.segment is None or not written.first_tapped_at or not written.last_tapped_at:
        say(f"{file} is empty: nothing was written.")
        return
    say(
        f"{written.tap_count:,} taps of {written.user_count:,} users, from {written.first_tapped_at:%Y-%m-%d %H:%M} to"
    )
    say(f"{written.last_tapped_at:%Y-%m-%d %H:%M}, written to {written.segment}.")
    say("The next build takes them in: hub build, or by itself while hub up runs.")


def _remarks(found: AttlogSummary, arrival: datetime) -> Iterator[str]:
    """Yield what the intake will do with lines that it will not accept, so that nobody has to search for it."""
    from warehouse.timekeeping.rules import read_rules

    oldest = arrival - timedelta(seconds=read_rules().on(arrival.date()).stale_after)
    if found.first_tapped_at and found.first_tapped_at < oldest:
        yield (
            f"There are taps from before {oldest:%Y-%m-%d %H:%M} UTC, too old for an arrival at "
            f"{arrival:%Y-%m-%d %H:%M} UTC: those that are new are rejected as stale, and stay so. If the export was "
            "taken off the reader earlier, say when with --received-at."
        )
    if found.after_arrival:
        yield f"{found.after_arrival} taps lie after their arrival: check --timezone, --received-at and the clock."
    for line in found.malformed[:3]:
        yield f"Line {line.line_no} cannot be read ({line.reason}): it is kept, and rejected as malformed."
    if len(found.malformed) > 3:
        yield f"{len(found.malformed) - 3} more lines cannot be read."


def _registered(settings: Settings, device_no: str) -> tuple[Device | None, list[str]]:
    """Return the reader if it is registered, and a remark if not. Taps are written also while the database is away."""
    from operations.database import OperationsUnavailable, open_database, reading
    from operations.model import Device

    try:
        if not has_data(settings):
            return None, [f"There is no operational database yet that could know {device_no}."]
        with reading(open_database(settings.operations_url)) as session:
            device = session.get(Device, device_no)
    except OperationsUnavailable as error:
        return None, [f"Whether {device_no} is registered, and as directed, cannot be looked up: {error}."]
    if device is None:
        return None, [f"{device_no} is not registered: its taps are rejected as unknown_device until it is."]
    return device, []


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise HubError(f"--timezone {name} is not known; write it like Asia/Shanghai.") from error


def _arrival(text: str | None, zone: ZoneInfo) -> datetime:
    """Return the moment of arrival in UTC, in whole seconds."""
    now = datetime.now(UTC).replace(microsecond=0)
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise HubError(f"--received-at {text} is no time; write it like 2026-08-01T18:00.") from error
    arrival = (
        (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
    )
    if arrival > now:
        # What has arrived can't be taken back, and the latest arrival is what the pages call now.
        raise HubError(
            f"--received-at {text} lies in the future: say when the export was taken off the reader."
        )
    return arrival
