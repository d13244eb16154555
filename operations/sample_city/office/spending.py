"""What spending points in the sample city takes, in shops and in the mall: who can, and commands at moments in a row.

Here: what both share. Never here: what is bought (redemptions.py, mall_orders.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Actor
from operations.commands.shop_codes import LENGTH, LETTERS
from operations.model import PointAccount, Volunteer


def who_can_spend(session: Session, least_cents: int) -> list[int]:
    """The active volunteers who have so many free hundredths, in the order of their ids."""
    found = session.scalars(
        select(PointAccount.volunteer_id)
        .join(Volunteer, Volunteer.volunteer_id == PointAccount.volunteer_id)
        .where(
            PointAccount.balance_cents - PointAccount.held_cents >= least_cents, Volunteer.status == "active"
        )
        .order_by(PointAccount.volunteer_id)
    )
    return [int(person) for person in found if person is not None]


@dataclass
class Spending:
    """A day on which points are spent; `now` is the moment of the next command. The same chance draws the same."""

    session: Session
    chance: Random
    now: datetime

    def do(self, command: Any, actor: Actor, **arguments: Any) -> Any:
        """Run a command of operations now."""
        return command(self.session, actor, at=self.now, **arguments)

    def new_id(self) -> str:
        """An id as a client makes it."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def drawn(self) -> str:
        """A code as it is scanned."""
        return "".join(self.chance.choice(LETTERS) for _ in range(LENGTH))
