"""The thresholds of time-keeping: dated rows of `warehouse/reference/timekeeping_rules.csv`, typed.

Here: reading and checking the rows, and asking which of them are in force on a day.
Never here: what a threshold does; each section of the rules has its own file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import polars as pl

RULES_FILE = Path(__file__).resolve().parent.parent / "reference" / "timekeeping_rules.csv"

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class BadRules(ValueError):
    """The table of rules cannot be used; the message names the rule, the day and what to mend."""


@dataclass(frozen=True)
class Rules:
    """The rules in force on one day. Durations are seconds; `*_minutes`, counts and km/h say so.

    `version` is the ISO date on which this set of rules came into force.
    """

    version: str
    service_day_start: int
    clock_offset_limit: int
    future_tolerance: int
    stale_after: int
    shift_longest: int
    shift_margin: int
    bounce_within: int
    pair_within: int
    session_shortest_minutes: int
    sessions_per_shift: int
    settled_up_to_minutes: int
    organisation_review_up_to_minutes: int
    city_review_up_to_minutes: int
    public_notice_working_days: int
    proxy_cards: int
    proxy_within: int
    proxy_times: int
    travel_speed_km_per_hour: int
    burst_records: int
    burst_within: int
    late_entry_after: int


@dataclass(frozen=True)
class _Row:
    rule: str
    value: int
    unit: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class RuleBook:
    """All sets of rules there ever were, each from its first day on, oldest first.

    `valid_to` is the first day on which a row no longer holds, so a new figure is one more row and a date
    in the old one.
    """

    first_days: tuple[date, ...]
    sets: tuple[Rules, ...]

    def on(self, day: date) -> Rules:
        """The rules in force on `day` (a local date). Raises BadRules before the first set."""
        for first_day, rules in zip(reversed(self.first_days), reversed(self.sets), strict=True):
            if first_day <= day:
                return rules
        raise BadRules(
            f"no time-keeping rules are in force on {day}: the first begin on {self.first_days[0]}; "
            f"add rows with an earlier valid_from to {RULES_FILE.name}"
        )

    def value(self, name: str, day: pl.Expr) -> pl.Expr:
        """The rule `name` as a column: its value on each row's `day`. Days before the first set get the first."""
        values = [getattr(rules, name) for rules in self.sets]
        if len(set(values)) == 1:
            return pl.lit(values[0])
        column = pl.lit(values[0])
        for first_day, value in zip(self.first_days[1:], values[1:], strict=True):
            column = pl.when(day >= first_day).then(pl.lit(value)).otherwise(column)
        return column

    def largest(self, name: str) -> int:
        """The largest value that the rule `name` ever had: how far an event can reach under any rules."""
        return max(getattr(rules, name) for rules in self.sets)

    @property
    def versions(self) -> pl.Enum:
        """The versions of all sets, as a type of column."""
        return pl.Enum([rules.version for rules in self.sets])

    @property
    def service_day_start(self) -> int:
        """Seconds after local midnight at which a service day begins; the same on all days, by check."""
        return self.sets[0].service_day_start


def read_rules(path: Path = RULES_FILE) -> RuleBook:
    """The rule book in `path`, a CSV with rule, value, unit, valid_from, valid_to (first day after), source.

    Raises BadRules when a row cannot be read, a rule is missing, unknown or doubly in force on some day.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [_row(path, number, row) for number, row in enumerate(csv.DictReader(file), start=2)]
    known = {_rule_name(field.name) for field in fields(Rules)} - {"version"}
    unknown = {row.rule for row in rows} - known
    if unknown:
        raise BadRules(f"{path}: unknown rules {sorted(unknown)}; known are {sorted(known)}")
    changes = {row.valid_from for row in rows} | {row.valid_to for row in rows if row.valid_to}
    first_days = [day for day in sorted(changes) if _is_complete(rows, day, known)]
    if not first_days:
        missing = sorted(known - {row.rule for row in rows})
        raise BadRules(f"{path}: on no day are all rules in force; rules without any row: {missing}")
    for day in sorted(changes):
        if day > first_days[0] and day not in first_days:
            raise BadRules(f"{path}: not every rule is in force on {day}; close no row without its successor")
    book = RuleBook(tuple(first_days), tuple(_rules_on(path, rows, day) for day in first_days))
    if len({rules.service_day_start for rules in book.sets}) > 1:
        raise BadRules(
            f"{path}: service_day_start has two values; a service day must begin alike on all days"
        )
    return book


def _row(path: Path, number: int, row: dict[str, str]) -> _Row:
    try:
        return _Row(
            rule=row["rule"],
            value=int(row["value"]),
            unit=row["unit"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRules(f"{path}, row {number}: cannot be read: {error}") from error


def _rule_name(field: str) -> str:
    for unit in ("_minutes", "_working_days", "_km_per_hour"):
        field = field.removesuffix(unit)
    return field


def _is_complete(rows: list[_Row], day: date, known: set[str]) -> bool:
    return {row.rule for row in rows if row.holds_on(day)} == known


def _rules_on(path: Path, rows: list[_Row], day: date) -> Rules:
    values: dict[str, int] = {}
    by_rule = {_rule_name(field.name): field.name for field in fields(Rules) if field.name != "version"}
    for row in rows:
        if not row.holds_on(day):
            continue
        field = by_rule[row.rule]
        if field in values:
            raise BadRules(
                f"{path}: two rows of {row.rule} are in force on {day}; give the older one a valid_to"
            )
        values[field] = _in_unit_of(field, row, path)
    return Rules(version=day.isoformat(), **values)


def _in_unit_of(field: str, row: _Row, path: Path) -> int:
    if field.endswith("_minutes") and row.unit in ("minute", "hour"):
        return row.value * _SECONDS[row.unit] // 60
    if field.endswith("_working_days") and row.unit == "working_day":
        return row.value
    if field.endswith("_km_per_hour") and row.unit == "kilometre_per_hour":
        return row.value
    if row.unit == "count" and field in ("sessions_per_shift", "proxy_cards", "proxy_times", "burst_records"):
        return row.value
    if row.unit in _SECONDS and not field.endswith(("_minutes", "_working_days", "_km_per_hour")):
        return row.value * _SECONDS[row.unit]
    raise BadRules(f"{path}: {row.rule} cannot be given in {row.unit!r}")
