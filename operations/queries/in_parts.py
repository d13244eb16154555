"""Many values for one question, some at a time: SQLite takes no more than 32,766 in a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

LOOKED_UP_AT_ONCE = 5_000


def in_parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The different values in their order, at most `LOOKED_UP_AT_ONCE` at a time; nothing if there are none."""
    wanted = sorted(set(values))
    for first in range(0, len(wanted), LOOKED_UP_AT_ONCE):
        yield wanted[first : first + LOOKED_UP_AT_ONCE]
