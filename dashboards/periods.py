"""Periods of service days that a viewer can choose, and the period before for comparison.

Belongs here: pure arithmetic on local service days. Does not belong here: widgets, or what today is
(the data's own clock says it: marts.data_clock).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

YESTERDAY, LAST_7_DAYS, LAST_30_DAYS, THIS_MONTH, ALL, CUSTOM = (
    "yesterday",
    "7d",
    "30d",
    "month",
    "all",
    "custom",
)
PRESETS = (YESTERDAY, LAST_7_DAYS, LAST_30_DAYS, THIS_MONTH, ALL, CUSTOM)

UTC_OFFSET = timedelta(hours=8)  # Asia/Shanghai has had no summer time since 1991
SERVICE_DAY_BEGINS = timedelta(hours=4)


@dataclass(frozen=True)
class Period:
    """Service days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of service days in the period."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """Return the period of the same length that ends the day before this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def service_day_of(as_of_at: datetime) -> date:
    """Return the local service day (from 04:00 to 04:00, Asia/Shanghai) that a UTC time belongs to."""
    return (as_of_at + UTC_OFFSET - SERVICE_DAY_BEGINS).date()


def period_of(preset: str, today: date, first_day: date, custom: tuple[date, date] | None = None) -> Period:
    """Return the period that a preset means on the service day `today`.

    7 and 30 days and the month end with `today` (the newest day in the data, which may be incomplete);
    `first_day` is the first day of all data. `custom` is used with the preset CUSTOM, in either order.
    """
    if preset == CUSTOM and custom is not None:
        return Period(min(custom), max(custom))
    starts = {
        YESTERDAY: today - timedelta(days=1),
        LAST_7_DAYS: today - timedelta(days=6),
        LAST_30_DAYS: today - timedelta(days=29),
        THIS_MONTH: today.replace(day=1),
        ALL: min(first_day, today),
    }
    last = today - timedelta(days=1) if preset == YESTERDAY else today
    return Period(starts.get(preset, starts[LAST_30_DAYS]), last)


def change_percent(now: float, before: float | None) -> float | None:
    """Return the change against `before` in percent, or None where there is nothing to compare with."""
    if before is None or before == 0:
        return None
    return (now - before) / before * 100
