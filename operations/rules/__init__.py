"""The figures that commands decide by, as dated rows of the CSV files beside this one, each with its source.

A city that decides otherwise ends a row (`valid_to`, its last day) and adds one; what was done before is still judged
by the row of its day. Here: reading them. Never here: what a figure is used for.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from operations.local_time import LOCAL

__all__ = ["Rule", "all_rules", "read_rules", "rule", "time_span"]

FOLDER = Path(__file__).parent
COLUMNS = ["name", "value", "unit", "valid_from", "valid_to", "source"]
SPANS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
UNITS = (*SPANS, "year", "metre", "megabyte", "count", "row", "character", "point")


@dataclass(frozen=True)
class Rule:
    """One figure for the days from `valid_from` to `valid_to`, both included; without `valid_to` it still holds."""

    name: str
    value: int
    unit: str
    valid_from: date
    valid_to: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether this row is the one of that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def rule(name: str, on: date) -> int:
    """The figure called `name` on a day, in its unit; of a moment the day in Asia/Shanghai counts.

    Raises `LookupError` if there is no such rule on that day.
    """
    return _row(name, on).value


def time_span(name: str, on: date) -> timedelta:
    """Like `rule`, for one in minutes, hours or days.

    Raises `LookupError` if there is no such rule on that day, or it is not a span of time.
    """
    row = _row(name, on)
    if row.unit not in SPANS:
        raise LookupError(f"the rule {name} is in {row.unit}, which is not a span of time")
    return row.value * SPANS[row.unit]


def _row(name: str, on: date) -> Rule:
    day = on.astimezone(LOCAL).date() if isinstance(on, datetime) else on
    for row in _rules().get(name, ()):
        if row.holds_on(day):
            return row
    raise LookupError(f"there is no rule {name} on {day}: add a row to a file of {FOLDER}")


def all_rules() -> dict[str, tuple[Rule, ...]]:
    """All rules of the product by name, each name's rows in the order of their days."""
    return dict(_rules())


@cache
def _rules() -> dict[str, tuple[Rule, ...]]:
    return read_rules(FOLDER)


def read_rules(folder: Path) -> dict[str, tuple[Rule, ...]]:
    """All rules of the CSV files in a folder by name, each name's rows in the order of their days.

    Raises `ValueError`, naming file and line, for a row that cannot be right: a name in two files, an unknown unit, no
    source, or two rows for one day.
    """
    found: dict[str, list[Rule]] = {}
    file_of: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if reader.fieldnames != COLUMNS:
                raise ValueError(f"{path.name}: the columns must be {', '.join(COLUMNS)}")
            for number, fields in enumerate(reader, start=2):
                try:
                    row = _read(fields)
                    if file_of.setdefault(row.name, path.name) != path.name:
                        raise ValueError(f"{row.name} is also in {file_of[row.name]}")
                    _add(found.setdefault(row.name, []), row)
                except (ValueError, TypeError) as error:
                    raise ValueError(f"{path.name}, line {number}: {error}") from error
    return {name: tuple(rows) for name, rows in found.items()}


def _read(fields: dict[str, str]) -> Rule:
    if fields["unit"] not in UNITS:
        raise ValueError(f"the unit {fields['unit']!r} is not known; use one of {', '.join(UNITS)}")
    if not fields["source"].strip():
        raise ValueError("the source is missing")
    until = fields["valid_to"]
    return Rule(
        name=fields["name"],
        value=int(fields["value"]),
        unit=fields["unit"],
        valid_from=date.fromisoformat(fields["valid_from"]),
        valid_to=date.fromisoformat(until) if until else None,
        source=fields["source"],
    )


def _add(rows: list[Rule], row: Rule) -> None:
    if row.valid_to is not None and row.valid_to < row.valid_from:
        raise ValueError("it ends before it begins")
    if rows and (rows[-1].valid_to is None or row.valid_from <= rows[-1].valid_to):
        raise ValueError("it begins before the row above has ended")
    rows.append(row)
