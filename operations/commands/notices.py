"""Telling people what was decided: rows of the outbox, in the transaction of the decision.

Here: writing notices. Never here: delivering them, which doors do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.model import Notice


def notify(
    session: Session,
    kind: str,
    *,
    at: datetime,
    volunteer_id: int | None = None,
    organisation_id: int | None = None,
    **details: Any,
) -> Notice:
    """Leave one message of `kind` for a volunteer or for the administrators of an organisation, and return it.

    It is sent only if the transaction is committed. `details` are plain values (text, numbers, ISO moments).

    Raises `ValueError` unless exactly one recipient is named.
    """
    if (volunteer_id is None) == (organisation_id is None):
        raise ValueError("a notice goes to one volunteer or to one organisation")
    notice = Notice(
        volunteer_id=volunteer_id, organisation_id=organisation_id, kind=kind, details=details, created_at=at
    )
    session.add(notice)
    return notice
