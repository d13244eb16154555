"""The time of the city: what its days are reckoned by, and how a moment is told to people.

Here: the zone and the words. Moments are kept in UTC everywhere else.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def as_read(moment: datetime) -> str:
    """A moment as people read it: date, hour and minute in Beijing time, seconds only where they are not 0."""
    local = moment.astimezone(LOCAL)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
