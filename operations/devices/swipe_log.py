"""Segments of the swipe log: append-only files of taps, one JSON object a line (contract: docs/swipe-log.md).

Here: writing a segment so that no reader ever sees half of it, and listing the finished ones.
Never here: judging a tap. A line that a reader left broken is written as it is, and named malformed downstream.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

VERSION = 1
FIELDS = ("v", "device_no", "device_seq", "card_no", "tapped_at", "received_at", "direction")
MAX_SEQ = 2**63 - 1
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

_names = threading.Lock()
_last_ns = 0


def write_segment(
    root: Path,
    lines: Iterable[Mapping[str, Any] | str],
    arrived_at: datetime,
    name: str | None = None,
    *,
    is_durable: bool = True,
) -> Path:
    """Write `lines` as one new segment that arrived at `arrived_at` and return its path.

    A mapping is a tap: it is checked and formatted. A string is a line as received: it is written unchanged,
    however broken. The segment is written under a temporary name beside its own and renamed, so it is seen whole
    or not at all. `is_durable=False` leaves out the waiting for the disk (for data that can be made again).

    Without a `name` one is made that sorts after all names made before it. With a `name`, only one
    process may write it; a temporary file that a killed one left behind is written anew.

    Raises `FileExistsError` if the segment is there already (a segment never changes), `ValueError` for a tap
    that breaks the contract, a line break inside a line, a naive `arrived_at` or a name that cannot be used.
    """
    if arrived_at.tzinfo is None:
        raise ValueError(f"the arrival of a segment needs its time zone, got {arrived_at!r}")
    name = _next_name() if name is None else _checked_name(name)
    folder = _folder(root, arrived_at.astimezone(UTC))
    path = folder / f"{name}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        raise FileExistsError(f"{path} is there already; a segment never changes, write another one")
    unfinished = folder / f".{name}.jsonl.tmp"
    try:
        with unfinished.open("wb") as file:
            file.writelines(_encoded(line) for line in lines)
            file.flush()
            if is_durable:
                os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    if is_durable:
        _sync_folder(folder)
    return path


def segments(root: Path) -> list[Path]:
    """The finished segments below `root`, in the order of arrival hour and writing; empty if there are none."""
    found = root.glob(f"v{VERSION}/arrived=*/hour=*/*.jsonl")
    return sorted(path for path in found if not path.name.startswith("."))


def tap(
    *,
    device_no: str,
    device_seq: int,
    card_no: str,
    tapped_at: datetime,
    received_at: datetime,
    direction: str | None = None,
) -> dict[str, Any]:
    """One tap as the contract wants it. `tapped_at` is by the device's clock, `received_at` by the server's."""
    return {
        "v": VERSION,
        "device_no": device_no,
        "device_seq": device_seq,
        "card_no": card_no,
        "tapped_at": moment(tapped_at),
        "received_at": moment(received_at),
        "direction": direction,
    }


def moment(value: datetime) -> str:
    """A moment as the contract writes it: UTC, whole seconds, `2026-08-01T01:02:03Z`."""
    if value.tzinfo is None:
        raise ValueError(f"a moment needs its time zone, got {value!r}")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _encoded(line: Mapping[str, Any] | str) -> bytes:
    if not isinstance(line, str):
        line = json.dumps(_checked_tap(line), ensure_ascii=False, separators=(",", ":"))
    if "\n" in line:
        raise ValueError(f"a line holds a line break: {line[:80]!r}; give it as two lines")
    return line.encode("utf-8", errors="backslashreplace") + b"\n"


def _checked_tap(given: Mapping[str, Any]) -> dict[str, Any]:
    if set(given) != set(FIELDS):
        missing, extra = sorted(set(FIELDS) - set(given)), sorted(set(given) - set(FIELDS))
        raise ValueError(f"a tap has the fields {', '.join(FIELDS)}; missing: {missing}, unknown: {extra}")
    checked = {field: given[field] for field in FIELDS}
    if checked["v"] != VERSION:
        raise ValueError(f"this writes version {VERSION} of the contract, got v={checked['v']!r}")
    for field in ("device_no", "card_no"):
        if not isinstance(checked[field], str) or not checked[field]:
            raise ValueError(f"{field} is a text that is not empty, got {checked[field]!r}")
    seq = checked["device_seq"]
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= MAX_SEQ:
        raise ValueError(f"device_seq is a whole number from 0 to 2^63 - 1, got {seq!r}")
    if checked["direction"] not in ("in", "out", None):
        raise ValueError(f"direction is 'in', 'out' or nothing, got {checked['direction']!r}")
    for field in ("tapped_at", "received_at"):
        checked[field] = _checked_moment(field, checked[field])
    return checked


def _checked_moment(field: str, value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise ValueError(f"{field} is a moment such as 2026-08-01T01:02:03Z, got {value!r}")


def _folder(root: Path, arrived_at: datetime) -> Path:
    return root / f"v{VERSION}" / f"arrived={arrived_at:%Y-%m-%d}" / f"hour={arrived_at:%H}"


def _checked_name(name: str) -> str:
    if not name or name.startswith(".") or "/" in name or "\\" in name or name.endswith(".jsonl"):
        raise ValueError(f"{name!r} cannot name a segment: no dot in front, no slash, no ending .jsonl")
    return name


def _next_name() -> str:
    """A name by the clock of writing, later than the one before it also when the clock is set back."""
    global _last_ns  # noqa: PLW0603 - one order for all threads of the process
    with _names:
        _last_ns = max(time.time_ns(), _last_ns + 1)
        seconds, rest = divmod(_last_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}.{rest:09d}Z-{secrets.token_hex(4)}"


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
