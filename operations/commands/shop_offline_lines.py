"""Lines of a terminal's upload as they come: read, ordered, and known again.

Here: from JSON to a sale. Never here: what becomes of it (shop_offline.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from .ledger import positive_cents, uuid_text
from .refusals import Refused, required_text

CONTENT = ("redemption_id", "pre_authorisation_id", "amount_cents", "goods", "occurred_at")


@dataclass(frozen=True)
class Sale:
    """One sale of an offline terminal as it says it; `occurred_at` is the time of its own clock."""

    redemption_id: str
    pre_authorisation_id: str
    amount_cents: int
    goods: str
    occurred_at: datetime


def read_sale(line: Any) -> Sale:
    """The sale that a line tells of. Raises `Refused` for a line that tells of none, with what is wrong with it."""
    if not isinstance(line, Mapping):
        raise Refused(f"a line is an object with {', '.join(CONTENT)}")
    missing = [name for name in CONTENT if line.get(name) in (None, "")]
    if missing:
        raise Refused(f"these are missing: {', '.join(missing)}")
    return Sale(
        uuid_text(str(line["redemption_id"]), "redemption_id"),
        uuid_text(str(line["pre_authorisation_id"]), "pre_authorisation_id"),
        positive_cents(line["amount_cents"]),
        required_text(str(line["goods"]), "goods", 200),
        _moment(line["occurred_at"]),
    )


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{value!r} is not a moment: write it like 2026-08-01T10:00:00+08:00") from error


def order_of(read: Sale | Refused) -> tuple[Any, ...]:
    """Where a line stands within its upload: by the time of the sale, then by its id."""
    return (0, read.occurred_at, read.redemption_id) if isinstance(read, Sale) else (1,)


def name_in(line: Any) -> str:
    """The id that a line bears, whatever it is."""
    return str(line.get("redemption_id", "")) if isinstance(line, Mapping) else ""


def canonical(line: Any) -> str:
    """A line as JSON in one way of writing."""
    return json.dumps(line, default=str, ensure_ascii=False, sort_keys=True)


def digest_of(line: Any) -> str:
    """The digest by which the same line is known again."""
    return sha256(canonical(line).encode()).hexdigest()
