"""Tables as CSV files that open safely and correctly in Excel.

Belongs here: turning a whole frame into the bytes of a CSV file. Does not belong here: buttons (table_view.py).
"""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from operations.csv_cells import harmless

BYTE_ORDER_MARK = "\ufeff"


def to_csv(frame: pl.DataFrame, headings: dict[str, str] | None = None) -> bytes:
    """Return every row of the frame as CSV: UTF-8 with a byte-order mark, CRLF lines, a heading line first.

    `headings` renames columns in the file. Numbers stay numbers; text that a spreadsheet would run as a formula
    gets a leading apostrophe, headings included; times are written `YYYY-MM-DD HH:MM:SS`, empty cells stay empty.
    """
    headings = headings or {}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(headings.get(name, name)) for name in frame.columns])
    for row in frame.iter_rows():
        writer.writerow([cell(value) for value in row])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")


def cell(value: object) -> object:
    """Return the value as it is written: numbers as they are, everything else as harmless text."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return value
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case _:
            return harmless(str(value))
