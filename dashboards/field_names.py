"""What the fields of records are called on the pages: by the warehouse's book of columns, where no text says otherwise.

Belongs here: from a column's name to what people read. Does not belong here: the texts themselves (texts/).
"""

from functools import cache

from dashboards.texts import LANGUAGES, TEXTS
from warehouse.contracts import read_columns


def field_name(language: str, column: str) -> str:
    """Return what a column is called in the language; its own name where nobody has called it anything."""
    for key in (f"field.{column}", f"column.{column}"):
        if key in TEXTS:
            return TEXTS[key][LANGUAGES.index(language)]
    known = _book().get(column)
    return str(known[language]) if known and language in known else column


@cache
def _book() -> dict[str, dict[str, object]]:
    return read_columns()
