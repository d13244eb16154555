"""Rows of a CSV file as people save them: read, and every fault named with its row and column.

Here: encodings, separators, headings, cells, and what spreadsheet programs do to numbers. Never here: whether a row
may be taken in; each import decides that for its subject.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from operations.rules import rule

from .refusals import Refused

SEPARATORS = ",;\t"
SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
WITH_DECIMALS = re.compile(r"\d+[.,]0+")
# A spreadsheet keeps so many digits of a number and writes zeros for the rest.
KEPT_DIGITS = 15
# A length counts as the usual one of a column of numbers if so many of 100 of them have it.
USUAL_PERCENT = 60
FEWEST_FOR_USUAL = 3
FEWEST_FOR_ROUNDED = 5
AS_TEXT = "format the column as text and enter it again"


@dataclass(frozen=True)
class Column:
    """One column: its name, its heading in Chinese, and how its text is read (`ValueError` says what is wrong).

    `is_code`: its digits are a name and not a number, so that none may be lost. `default` is for an empty cell.
    """

    name: str
    heading: str
    read: Callable[[str], Any] = str
    is_required: bool = True
    is_code: bool = False
    default: Any = None


@dataclass(frozen=True)
class Row:
    """One row that could be read; `number` is its row in the file, the headings being row 1."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, order=True)
class RowError:
    """What is wrong with one row; `field` is the column it is about, "" if it is about the whole row."""

    row: int
    field: str
    message: str


def read_rows(content: bytes, columns: Sequence[Column], *, on: date) -> tuple[list[Row], list[RowError]]:
    """Return the rows of a CSV file that can be read, and all that is wrong with the others.

    UTF-8 (with or without a mark at its beginning) or GB18030; separated by comma, semicolon or tab; headings by name
    or in Chinese, in any order. Empty rows are passed over.

    Raises `Refused` if the file as a whole cannot be read: another format, no rows, too many, or wrong headings.
    """
    lines = list(csv.reader(io.StringIO(_text(content), newline=""), delimiter=_separator(_text(content))))
    if not lines or not any(cell.strip() for cell in lines[0]):
        raise Refused("the file is empty: its first row must hold the headings", "content")
    order = _order(lines[0], columns)
    full = [
        (number, cells)
        for number, cells in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]
    if not full:
        raise Refused("the file has headings and no rows", "content")
    most = rule("imported_rows_limit", on)
    if len(full) > most:
        raise Refused(f"the file has {len(full)} rows: split it, at most {most} a file", "content")
    rows: list[Row] = []
    errors: list[RowError] = []
    for number, cells in full:
        row, wrong = _read(number, cells, order)
        errors += wrong
        if not wrong:
            rows.append(row)
    for column in columns:
        errors += _spoilt_digits(rows, column) if column.is_code else []
    faulty = {error.row for error in errors}
    return [row for row in rows if row.number not in faulty], errors


def _text(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refused("this is an Excel workbook: save it as CSV UTF-8 and choose that file", "content")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused(
        "the file is neither UTF-8 nor GB18030 text: save it as CSV UTF-8 and choose that", "content"
    )


def _separator(text: str) -> str:
    headings = text.partition("\n")[0]
    return max(SEPARATORS, key=headings.count)


def _order(headings: list[str], columns: Sequence[Column]) -> list[Column]:
    """The column of each heading."""
    by_heading = {name: column for column in columns for name in (column.name, column.heading)}
    given = [heading.strip() for heading in headings]
    while given and not given[-1]:
        given.pop()
    if unknown := [heading for heading in given if heading not in by_heading]:
        known = ", ".join(f"{column.heading} ({column.name})" for column in columns)
        raise Refused(f"the column {unknown[0]!r} is not known; the columns are {known}", "content")
    order = [by_heading[heading] for heading in given]
    if twice := [column.name for column, times in Counter(order).items() if times > 1]:
        raise Refused(f"the column {twice[0]} is there twice", "content")
    if missing := [column for column in columns if column.is_required and column not in order]:
        raise Refused(f"the column {missing[0].heading} ({missing[0].name}) is missing", "content")
    return order


def _read(number: int, cells: list[str], order: list[Column]) -> tuple[Row, list[RowError]]:
    if any(cell.strip() for cell in cells[len(order) :]):
        message = f"the row has {len(cells)} cells where the headings are {len(order)}"
        return Row(number, {}), [RowError(number, "", message)]
    values: dict[str, Any] = {}
    errors: list[RowError] = []
    cells = cells + [""] * (len(order) - len(cells))
    for column, cell in zip(order, cells, strict=False):
        text = cell.strip()
        try:
            values[column.name] = _value(column, text)
        except ValueError as error:
            errors.append(RowError(number, column.name, str(error)))
    return Row(number, values), errors


def _value(column: Column, text: str) -> Any:
    if not text:
        if column.is_required:
            raise ValueError(f"{column.heading} ({column.name}) is missing")
        return column.default
    # A leading ' or ="…" keeps digits as text in a spreadsheet and is none of the value.
    text = text.removeprefix("'")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    if column.is_code:
        _refuse_mangled(text)
    return column.read(text)


def _refuse_mangled(text: str) -> None:
    if SCIENTIFIC.fullmatch(text):
        raise ValueError(f"{text} is how a spreadsheet shortens a long number: {AS_TEXT}")
    if WITH_DECIMALS.fullmatch(text):
        raise ValueError(f"{text} was taken for a number with decimals: {AS_TEXT}")


def _spoilt_digits(rows: list[Row], column: Column) -> list[RowError]:
    """What can be seen of a column's numbers only together: zeros lost at the front, or put in at the end."""
    cells = {row.number: row.values.get(column.name) for row in rows}
    numbers = {row: text for row, text in cells.items() if isinstance(text, str) and text.isdigit()}
    return _lost_zeros(numbers, column) + _rounded(numbers, column)


def _lost_zeros(numbers: dict[int, str], column: Column) -> list[RowError]:
    if len(numbers) < FEWEST_FOR_USUAL:
        return []
    ((length, times),) = Counter(len(text) for text in numbers.values()).most_common(1)
    if times * 100 < USUAL_PERCENT * len(numbers):
        return []
    return [
        RowError(
            row,
            column.name,
            f"{text} has {len(text)} digits where the others have {length}: were zeros lost at its "
            f"beginning? {AS_TEXT}; if it is really so short, enter it by itself",
        )
        for row, text in numbers.items()
        if len(text) < length
    ]


def _rounded(numbers: dict[int, str], column: Column) -> list[RowError]:
    """Long numbers that all end in zeros; one of ten does by itself, so a few persons in many rows prove nothing."""
    long = {row: text for row, text in numbers.items() if len(text) > KEPT_DIGITS}
    if len(set(long.values())) < FEWEST_FOR_ROUNDED or any(
        text[KEPT_DIGITS:].strip("0") for text in long.values()
    ):
        return []
    says = f"a spreadsheet keeps {KEPT_DIGITS} digits of a number, the rest became 0: {AS_TEXT}"
    return [RowError(row, column.name, f"{text}: {says}") for row, text in long.items()]


def whole_number(text: str) -> int:
    """The number; `ValueError` says what is wrong."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def decimal_number(text: str) -> float:
    """The number; `ValueError` says what is wrong."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def yes_or_no(text: str) -> bool:
    """Whether the cell says yes; `ValueError` says what is wrong."""
    said = text.lower()
    if said in ("是", "yes", "true", "1"):
        return True
    if said in ("否", "no", "false", "0"):
        return False
    raise ValueError(f"{text!r} is neither 是 (yes) nor 否 (no)")
