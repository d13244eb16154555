"""How figures are written on the pages: thousands separators, hours from minutes, local times, units.

Belongs here: value → text, pure. Does not belong here: the words themselves (texts/), figures (figures.py).
"""

from datetime import date, datetime
from decimal import Decimal

from dashboards.periods import UTC_OFFSET, Period
from dashboards.texts import text

MEASURES = ("people", "minutes", "sessions", "activities")


def shown(measure: str, value: float) -> float:
    """Return the value in the unit it is shown in: minutes as hours, all else as it is."""
    return value / 60 if measure == "minutes" else value


def number(measure: str, value: float | None) -> str:
    """Return the value without unit: hours with one decimal, counts whole, `–` for none."""
    if value is None:
        return "–"
    return f"{shown(measure, value):,.1f}" if measure == "minutes" else f"{value:,.0f}"


def with_unit(language: str, measure: str, value: float | None) -> str:
    """Return the value with its unit, such as `1,234.5 小时`."""
    if value is None:
        return "–"
    return f"{number(measure, value)} {text(language, f'unit.{measure}')}"


def measure_label(language: str, measure: str) -> str:
    """Return the name of a measure with its unit in brackets, for axes and headings (once, where they are one word)."""
    name, unit = text(language, f"measure.{measure}"), text(language, f"unit.{measure}")
    if name.lower() == unit.lower():
        return name
    return f"{name}（{unit}）" if language == "zh" else f"{name} ({unit})"


def points(cents: int | None) -> str:
    """Return hundredths of a point as points with two decimals, `–` for none."""
    return "–" if cents is None else f"{Decimal(cents).scaleb(-2):,.2f}"


def change(percent: float | None) -> str | None:
    """Return a change in percent with its sign, `0%` where it rounds to nothing, None where unknown."""
    if percent is None:
        return None
    return "0%" if abs(percent) < 0.05 else f"{percent:+,.1f}%"


def local_time(moment: datetime | None) -> str:
    """Return a UTC time as local date and minute (Asia/Shanghai), `–` for none."""
    return "–" if moment is None else (moment + UTC_OFFSET).strftime("%Y-%m-%d %H:%M")


def local_clock(moment: datetime | None) -> str:
    """Return a UTC time as local hour and minute (Asia/Shanghai), `–` for none."""
    return "–" if moment is None else (moment + UTC_OFFSET).strftime("%H:%M")


def period(language: str, of: Period) -> str:
    """Return the days of a period in words."""
    if of.first == of.last:
        return of.first.isoformat()
    return text(language, "period.from_to", first=of.first.isoformat(), last=of.last.isoformat())


def month(language: str, of: date) -> str:
    """Return a month as it is written in the language: `2026年10月`, `Oct 2026`."""
    return f"{of.year}年{of.month}月" if language == "zh" else of.strftime("%b %Y")
