"""One more hour of taps for a sample city: what card readers would have sent had the city gone on.

The hour is one that the city had on its last day, a day later: the same cards at the same readers, with fresh numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations.devices.swipe_log import segments, write_segment

_FRESH = 1_000_000_000
"""Added to a reader's numbers for each day that is written anew: far above all that the sample city gives out."""


def write_hour(swipe_logs: Path, *, days_later: int = 1, rank: int = 0) -> int:
    """Write the taps of one hour as new segments and return how many there are.

    Of the hours of the last day on which taps arrived, the one with the `rank`-th most taps (0: the busiest).
    """
    taps = list(_readable(_last_day(segments(swipe_logs))))
    hours = [hour for hour, _ in Counter(_hour(tap) for tap in taps).most_common()]
    chosen = [tap for tap in taps if _hour(tap) == hours[rank]]
    shifted = [_later(tap, days_later) for tap in chosen]
    arrived_at = max(datetime.fromisoformat(tap["received_at"]) for tap in shifted).astimezone(UTC)
    write_segment(swipe_logs, shifted, arrived_at)
    return len(shifted)


def _last_day(paths: list[Path]) -> list[Path]:
    # Segments that this module wrote lie on later days; those of the city are the ones with original numbers.
    by_day = sorted({path.parts[-3] for path in paths if not _is_ours(path)})
    return [path for path in paths if path.parts[-3] == by_day[-1] and not _is_ours(path)]


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as lines:
        first = next(_readable_lines(lines), None)
    return first is not None and first["device_seq"] >= _FRESH


def _readable(paths: list[Path]) -> Iterable[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from _readable_lines(lines)


def _readable_lines(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            tap = json.loads(line)
            datetime.fromisoformat(tap["received_at"]), datetime.fromisoformat(tap["tapped_at"])
            tap["device_seq"] + 0, tap["card_no"] + "", tap["device_no"] + ""
        except (ValueError, KeyError, TypeError):
            continue  # the sample city's malformed lines
        yield {name: tap.get(name) for name in _FIELDS}


_FIELDS = ("v", "device_no", "device_seq", "card_no", "tapped_at", "received_at", "direction")


def _hour(tap: dict[str, Any]) -> str:
    return tap["tapped_at"][:13]


def _later(tap: dict[str, Any], days: int) -> dict[str, Any]:
    moved = {
        name: datetime.fromisoformat(tap[name]) + timedelta(days=days)
        for name in ("tapped_at", "received_at")
    }
    return tap | moved | {"device_seq": tap["device_seq"] + days * _FRESH}
