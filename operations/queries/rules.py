"""The dated rules of operations as a page shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

from operations.rules import all_rules


def rules_as_rows(on: date) -> list[dict[str, Any]]:
    """Every dated rule by name and day: its value, unit, first and last day, source, and whether it holds on a day
    (`current`, `coming` or `over`)."""
    return [
        {
            "rule": row.name,
            "value": row.value,
            "unit": row.unit,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "source": row.source,
            "state": "current" if row.holds_on(on) else "coming" if row.valid_from > on else "over",
        }
        for name, rows in sorted(all_rules().items())
        for row in rows
    ]
