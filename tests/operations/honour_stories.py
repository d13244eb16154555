"""What tests about honour records do again and again: entering one and deciding on it, as persons of the town."""

from __future__ import annotations

from datetime import date
from typing import Any

from operations.access import Actor, Role
from operations.commands.honours import (
    approve_honour_record,
    enter_honour_record,
    withdraw_honour_approval,
)
from operations.database import reading, writing
from operations.model import HonourRecord

from .conftest import NOW, Town


def host(town: Town, person: int) -> Actor:
    """An administrator of the organisation who is this volunteer."""
    return Actor(f"host {person}", Role.ORGANISATION_ADMINISTRATOR, None, town.organisation_id, person)


def district(person: int, area_code: str = "330106") -> Actor:
    """An administrator of a district who is this volunteer."""
    return Actor(f"district {person}", Role.DISTRICT_ADMINISTRATOR, area_code, volunteer_id=person)


def honour(town: Town, enterer: int, person: int, **options: Any) -> int:
    """A record of 90 minutes on the last day of July."""
    arguments = {
        "volunteer_id": person,
        "organisation_id": town.organisation_id,
        "minutes": 90,
        "service_day": date(2026, 7, 31),
        "reason": "读卡器坏了,现场签到表为证",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return enter_honour_record(session, host(town, enterer), **arguments).record_id


def decide(town: Town, decider: Actor | int, record: int, decision: str = "approved", **options: Any) -> str:
    """Decide as an actor, or as this person for the organisation; the decision that was kept."""
    actor = host(town, decider) if isinstance(decider, int) else decider
    with writing(town.engine) as session:
        return approve_honour_record(
            session, actor, record_id=record, decision=decision, at=NOW, **options
        ).decision


def withdraw(town: Town, actor: Actor, record: int, reason: str = "签到表是伪造的") -> str:
    """Withdraw the approval; the decision that was kept."""
    with writing(town.engine) as session:
        return withdraw_honour_approval(session, actor, record_id=record, at=NOW, reason=reason).decision


def status_of(town: Town, record: int) -> str:
    """The state of a record."""
    with reading(town.engine) as session:
        return session.get_one(HonourRecord, record).status
