"""Telling people what was decided: rows of the outbox, in the transaction of the decision.

Here: writing notices, and that they were delivered. Never here: delivering them, which doors do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Notice

from .records import audit, lock, snapshot
from .refusals import one_of

CHANNELS = ("sms", "push", "mail", "in_app")


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


def mark_notice_delivered(
    session: Session, actor: Actor, *, notice_id: int, channel: str, at: datetime
) -> Notice:
    """Write down by which channel and when a notice was delivered, and return it; a second time changes nothing.

    For the doors that deliver: they may be asked twice for the same, or say twice that they did it.

    Raises `Refused` for an unknown notice or channel; `NotAllowed`.
    """
    demand(actor, Action.MARK_NOTICE_DELIVERED, Where())
    one_of(channel, CHANNELS, "channel")
    notice = lock(session, Notice, notice_id, "notice")
    if notice.delivered_at is not None:
        return notice
    before = snapshot(notice)
    notice.delivered_at, notice.channel = at, channel
    audit(session, actor, Action.MARK_NOTICE_DELIVERED, notice, at=at, before=before)
    return notice
