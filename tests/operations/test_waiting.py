"""What waits for somebody: counted, the overdue ones too, and the longest waiting first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from operations.access import Actor, NotAllowed, Role
from operations.database import reading
from operations.queries.accounts import ACCOUNTS_WITHOUT_ROLE
from operations.queries.waiting import Waiting, waiting_in

from .conftest import CITY, NOW
from .test_accounts import made
from .test_roles import GRANTER, granted


def waiting(engine: Engine, actor: Actor = GRANTER, *, most: int = 10) -> Waiting:
    with reading(engine) as session:
        return waiting_in(session, actor, ACCOUNTS_WITHOUT_ROLE, since="created_at", at=NOW, most=most)


def test_what_waits_for_longer_than_seven_days_is_overdue_and_comes_first(engine: Engine) -> None:
    for name, days in (("new", 0), ("week", 7), ("old", 8), ("oldest", 9)):
        made(engine, name, at=NOW - timedelta(days=days))
    found = waiting(engine, most=3)
    assert [row["sign_in_name"] for row in found.rows] == ["oldest", "old", "week"]
    assert (found.total, found.overdue, found.is_capped) == (4, 2, False)


def test_what_was_decided_waits_no_more(engine: Engine) -> None:
    account_id = made(engine).account.account_id
    assert waiting(engine).total == 1
    granted(engine, account_id, "analyst")
    assert waiting(engine).total == 0


@pytest.mark.parametrize("actor", [CITY, Actor("s", Role.SYSTEM_ADMINISTRATOR), Actor("a", Role.AUDITOR)])
def test_it_waits_only_for_those_who_decide(engine: Engine, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        waiting(engine, actor)
