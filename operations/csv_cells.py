"""What is written into the cells of files that people open in a spreadsheet program.

Here: text that must not run as a formula, amounts of points. Never here: the rows of a file, or reading one
(commands/csv_rows.py).
"""

from __future__ import annotations

# A cell that begins with one of these is run as a formula by Excel, LibreOffice or WPS (OWASP, CSV injection); the last
# four are the full-width forms, which some of them take for the same.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BLANKS = " \u00a0\u3000"


def harmless(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula."""
    # Spreadsheets look past leading blanks, so the first visible character decides as well.
    if text.startswith(FORMULA_STARTS) or text.lstrip(BLANKS).startswith(FORMULA_STARTS):
        return "'" + text
    return text


def points_text(cents: int) -> str:
    """Hundredths of a point as points with two decimals: 350 is 3.50."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
