"""The export that a ZKTeco reader leaves on a USB stick (`1_attlog.dat`), as taps of the swipe-log contract.

Here: the file's format and what its fields mean. Never here: judging a tap, or writing a segment.

A line is `user number, local time, verify mode, in/out state, work code, reserved`, separated by tabs; the user number
may be padded with spaces, and older firmware leaves the last fields out. The file has no sequence numbers and always
holds the reader's whole memory, so the same taps come again with each export.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .swipe_log import VERSION, moment, tap

# The reader's in/out states. A pause begins by leaving and ends by coming; overtime likewise. Any other number
# (255 on readers without the keys) says nothing.
DIRECTIONS = {"0": "in", "1": "out", "2": "out", "3": "in", "4": "in", "5": "out"}
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the reader's own clock has no zone
_FEWEST_FIELDS = 2
_SEQ_BITS_OF_CONTENT = 20


@dataclass(frozen=True)
class Export:
    """From which reader an export comes, in which zone its clock runs, and when it was taken off.

    `card_prefix` goes before each user number: numbers count anew on every reader unless one list is used for all.
    """

    device_no: str
    timezone: ZoneInfo
    received_at: datetime
    card_prefix: str = ""


def taps(lines: Iterable[str], export: Export) -> Iterator[dict[str, Any] | str]:
    """Yield each line of an export as a tap, or, if it cannot be read, as a text for `write_segment`.

    The text is a line that misses fields: the intake rejects it as malformed and keeps it, with the reader's number
    and the line as it was. Empty lines are left out.
    """
    for line in lines:
        if line.strip():
            yield _tap(line, export) or _unreadable(line, export)


def _tap(line: str, export: Export) -> dict[str, Any] | None:
    fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
    if len(fields) < _FEWEST_FIELDS or not fields[0]:
        return None
    user, local_time = fields[0], fields[1]
    state = fields[3] if len(fields) > 3 else ""
    try:
        clock = datetime.strptime(local_time, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone is named by the caller
    except ValueError:
        return None
    if clock < _EPOCH:
        return None
    return tap(
        device_no=export.device_no,
        device_seq=_sequence(clock, user, state),
        card_no=export.card_prefix + user,
        tapped_at=clock.replace(tzinfo=export.timezone),
        received_at=export.received_at,
        direction=DIRECTIONS.get(state),
    )


def _sequence(clock: datetime, user: str, state: str) -> int:
    """Return a number for a tap that is the same in every later export, also after the reader was emptied.

    Made from the content, since a line's place is not kept: seconds since 2000 by the reader's clock, then 20 bits
    of the user and state, for taps within one second. At most 2^51, which every JSON reader holds exactly.
    """
    seconds = int((clock - _EPOCH).total_seconds())
    content = zlib.crc32(f"{user}\t{state}".encode()) & ((1 << _SEQ_BITS_OF_CONTENT) - 1)
    return seconds << _SEQ_BITS_OF_CONTENT | content


def _unreadable(line: str, export: Export) -> str:
    kept = {
        "v": VERSION,
        "device_no": export.device_no,
        "received_at": moment(export.received_at.astimezone(UTC)),
        "attlog_line": line.rstrip("\r\n"),
    }
    return json.dumps(kept, ensure_ascii=False)
