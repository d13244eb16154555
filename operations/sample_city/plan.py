"""What a sample city is made from: its size, its seed and its calendar.

Here: parameters, random streams and the arithmetic of time (seconds since 1970 in UTC).
Never here: a row of any table.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .dirt import Dirt

DAY = 86_400
HOUR = 3_600
LOCAL = 8 * HOUR  # Asia/Shanghai has had no daylight saving since 1991
DAY_BREAK = 4 * HOUR
EPOCH = date(1970, 1, 1)
# A live city is looked at while people serve, so the data ends in the evening of its last day.
DATA_ENDS = 19 * HOUR + 40 * 60


@dataclass(frozen=True)
class Plan:
    """The size of the city, its seed and its last day. Times are seconds since 1970 (UTC), days local dates.

    Raises `ValueError` for a size that makes no city.
    """

    volunteers: int
    organisations: int
    devices: int
    days: int
    seed: int
    last_day: date
    dirt: Dirt

    def __post_init__(self) -> None:
        for name, least in (("volunteers", 50), ("organisations", 5), ("devices", 10), ("days", 3)):
            if getattr(self, name) < least:
                raise ValueError(f"a sample city needs {name} of at least {least}, got {getattr(self, name)}")

    @property
    def first_day(self) -> date:
        """The first day with service."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def begins_at(self) -> int:
        """Local midnight of the first day."""
        return midnight(self.first_day)

    @property
    def as_of(self) -> int:
        """The moment the data ends: nothing that arrives or is entered later is in it."""
        return midnight(self.last_day) + DATA_ENDS

    def stream(self, purpose: str) -> np.random.Generator:
        """The random numbers of one purpose. Each has its own, so that a rate changes what it is about only."""
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence([self.seed, zlib.crc32(purpose.encode())]))
        )


def midnight(day: date) -> int:
    """The moment a local day begins."""
    return (day - EPOCH).days * DAY - LOCAL


def day_number(moments: np.ndarray) -> np.ndarray:
    """The local calendar day of each moment, as days since 1970."""
    return (moments + LOCAL) // DAY


def service_day_number(moments: np.ndarray) -> np.ndarray:
    """The service day of each moment, which begins at 04:00 local, as days since 1970."""
    return (moments + LOCAL - DAY_BREAK) // DAY
