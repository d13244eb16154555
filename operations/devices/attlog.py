"""Taps carried by hand: a ZKTeco reader's USB export (`1_attlog.dat`) becomes a segment of the swipe log.

Here: the format of that file, and how its lines get an identity. Never here: judging a tap, or whose card it was.

A line holds, between tabs: user number (padded with blanks), the reader's local time, verify mode, in/out state, work
code and reserved columns. Readers in the field leave the last columns out or write up to ten, say state 255 where no
key was pressed, mix blanks and line ends, and put lines of a clock that was set back at the end.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from operations.devices import swipe_log

DIRECTIONS = {"0": "in", "1": "out"}
MAX_USER_CHARACTERS = 24
LOCAL_TIME = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2}) ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")
LINE_ENDS = re.compile(r"\r\n|\n|\r")
# Readers end a file with a lone blank or the end-of-file mark of CP/M; such a line holds nothing.
NOTHING = " \t\x00\x1a\ufeff"


class AttlogUnreadable(Exception):
    """The file is no attendance log; nothing was written. The message says what to do."""


@dataclass(frozen=True)
class MalformedLine:
    """A line that could not be read: its number from 1, what is wrong, and its text."""

    line_no: int
    reason: str
    text: str


@dataclass(frozen=True)
class AttlogSummary:
    """What one import took in. `segment` is None where the file held no line.

    `repeated` lines say the same as an earlier line; `set_back` ones lie before the line above them, as after the
    reader's clock was set back; `after_arrival` ones lie later than the import, so their clock ran ahead.
    `states` counts the in/out states as the file has them.
    """

    device_no: str
    segment: Path | None
    line_count: int
    tap_count: int
    user_count: int
    repeated: int
    set_back: int
    after_arrival: int
    first_tapped_at: datetime | None
    last_tapped_at: datetime | None
    states: dict[str, int] = field(default_factory=dict)
    malformed: tuple[MalformedLine, ...] = ()


@dataclass(frozen=True)
class _Line:
    user: str
    local: datetime
    state: str

    @property
    def seq(self) -> int:
        """63 bits of what the line says, so that the same line is the same tap in every export it is in."""
        said = f"{self.user}\t{self.local:%Y-%m-%d %H:%M:%S}\t{self.state}"
        return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), "big") >> 1


def import_attlog(
    file: Path,
    root: Path,
    *,
    device_no: str,
    timezone: str = "Asia/Shanghai",
    received_at: datetime,
    landed_at: datetime,
    is_directed: bool = False,
) -> AttlogSummary:
    """Write the taps of `file` as one segment below `root`, and say what it held.

    `received_at` is when the taps left the reader: the age of a tap is judged by it. `landed_at` is now: the
    segment lies under its hour, with all that is new, so that the next run finds it without looking through years.

    A user number is the number of a card only together with its reader: `card_no` is `<device_no>-<user number>`.
    The export carries no running number, so `device_seq` is made from the line (user, local time, state): the same
    export brought again, or a later one that holds the same lines, is recognised as resent. In and out states
    count only where `is_directed` says that the reader's keys are used for what they say: 0 is in, 1 is out.

    A line that cannot be read is named in the summary and goes into the segment as a malformed line of this device.

    Raises `AttlogUnreadable` if the file cannot be opened or holds not one readable line, and `ValueError` for an
    unknown time zone, a naive `received_at` or an unusable `device_no`.
    """
    for arrival in (received_at, landed_at):
        _check(device_no, arrival)
    zone = _zone(timezone)
    good: list[_Line] = []
    malformed: list[MalformedLine] = []
    written: list[dict[str, object] | str] = []
    for line_no, text in _lines(file):
        read = _read_line(text)
        if isinstance(read, str):
            malformed.append(MalformedLine(line_no, read, text))
            written.append(_malformed_json(device_no, received_at, text))
        else:
            good.append(read)
            written.append(_tap(read, device_no, zone, received_at, is_directed))
    if malformed and not good:
        raise AttlogUnreadable(
            f"{file} holds no line of an attendance log (line {malformed[0].line_no}: {malformed[0].reason}); "
            "give the file that the reader writes to the USB stick, such as 1_attlog.dat"
        )
    segment = swipe_log.write_segment(root, written, landed_at) if written else None
    moments = [line.local.replace(tzinfo=zone) for line in good]
    return AttlogSummary(
        device_no=device_no,
        segment=segment,
        line_count=len(written),
        tap_count=len(good),
        user_count=len({line.user for line in good}),
        repeated=len(good) - len(set(good)),
        set_back=sum(later.local < earlier.local for earlier, later in pairwise(good)),
        after_arrival=sum(moment > received_at for moment in moments),
        first_tapped_at=min(moments, default=None),
        last_tapped_at=max(moments, default=None),
        states=dict(sorted(Counter(line.state for line in good).items())),
        malformed=tuple(malformed),
    )


def _check(device_no: str, received_at: datetime) -> None:
    if not device_no or device_no != device_no.strip() or not device_no.isprintable():
        raise ValueError(
            f"{device_no!r} is not a device number; give the one it is registered by, such as D00001"
        )
    if received_at.tzinfo is None:
        raise ValueError(f"the moment of arrival needs its time zone, got {received_at!r}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; give one such as Asia/Shanghai") from error


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold anything, with their number from 1."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise AttlogUnreadable(f"{file} cannot be read: {error.strerror}") from error
    for line_no, text in enumerate(LINE_ENDS.split(_decoded(content)), start=1):
        if text.strip(NOTHING):
            yield line_no, text


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Latin-1 reads every byte, so that a broken line still arrives as it is.
    return content.decode("latin-1")


def _read_line(text: str) -> _Line | str:
    """The line, or what is wrong with it."""
    columns = [column.strip(NOTHING) for column in text.strip("\x00\x1a\ufeff").split("\t")]
    if len(columns) < 2:
        return "there is no tab after the user number"
    user, local, state = columns[0], columns[1], columns[3] if len(columns) > 3 else ""
    if not user:
        return "the user number is missing"
    if len(user) > MAX_USER_CHARACTERS or not user.isprintable():
        return f"the user number is longer than {MAX_USER_CHARACTERS} characters or has some that cannot be shown"
    if state and not state.isdecimal():
        return f"the in/out state {state[:20]!r} is not a number"
    moment = _local_time(local)
    if moment is None:
        return f"the time {local[:40]!r} is not like 2026-08-01 09:02:03"
    return _Line(user, moment, state)


def _local_time(text: str) -> datetime | None:
    found = LOCAL_TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone comes later
    except ValueError:
        return None


def _tap(
    line: _Line, device_no: str, zone: ZoneInfo, received_at: datetime, is_directed: bool
) -> dict[str, object]:
    return swipe_log.tap(
        device_no=device_no,
        device_seq=line.seq,
        card_no=f"{device_no}-{line.user}",
        tapped_at=line.local.replace(tzinfo=zone),
        received_at=received_at,
        direction=DIRECTIONS.get(line.state) if is_directed else None,
    )


def _malformed_json(device_no: str, received_at: datetime, text: str) -> str:
    """A line that lacks what a tap must have, but keeps what arrived, from where and when."""
    received = swipe_log.moment(received_at)
    kept = {"v": swipe_log.VERSION, "device_no": device_no, "received_at": received, "unreadable": text}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
