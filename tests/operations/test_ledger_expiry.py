"""Points that run out: told in time, taken the oldest first, never below zero."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from operations.access import NotAllowed
from operations.commands.ledger_accounts import expires_on
from operations.commands.ledger_expiry import Ended, expire_points, notify_of_expiry
from operations.database import reading, writing
from operations.model import Notice

from .conftest import CITY, NOW, Town
from .ledgers import SYSTEM, available, award, balances, broken_rules, hold, lots, void

OLD, NEW = date(2023, 6, 1), date(2026, 7, 1)
IN_DECEMBER = datetime(2026, 12, 10, 2, tzinfo=UTC)
IN_JANUARY = datetime(2027, 1, 10, 2, tzinfo=UTC)


def tell(town: Town, at: datetime) -> Ended:
    with writing(town.engine) as session:
        return notify_of_expiry(session, SYSTEM, at=at)


def expire(town: Town, at: datetime) -> Ended:
    with writing(town.engine) as session:
        return expire_points(session, SYSTEM, at=at)


def test_points_run_out_at_the_end_of_the_third_year_after_theirs() -> None:
    assert expires_on(OLD) == date(2026, 12, 31)
    assert expires_on(date(2023, 12, 1)) == date(2026, 12, 31)


def test_who_was_told_in_time_loses_the_old_points_and_keeps_the_new(town: Town) -> None:
    person = town.person()
    award(town, person, {OLD: 500, NEW: 300})
    assert tell(town, NOW) == Ended(0, 0)
    assert tell(town, IN_DECEMBER) == Ended(1, 500)
    assert tell(town, IN_DECEMBER) == Ended(0, 0)
    with reading(town.engine) as session:
        notice = session.scalars(select(Notice)).one()
    assert (notice.volunteer_id, notice.kind) == (person, "points_expire")
    assert notice.details == {"amount_cents": 500, "expires_on": "2027-01-09"}
    assert expire(town, IN_DECEMBER) == Ended(0, 0)
    assert expire(town, IN_JANUARY) == Ended(1, 500)
    assert expire(town, IN_JANUARY) == Ended(0, 0)
    assert lots(town, person)[OLD] == (0, 0, 0)
    assert balances(town) == {"volunteer": 300, "issue": -800, "expired": 500}
    assert broken_rules(town) == {}


def test_nobody_who_was_not_told_in_time_loses_anything(town: Town) -> None:
    person = town.person()
    award(town, person, {OLD: 500})
    assert expire(town, IN_JANUARY) == Ended(0, 0)
    tell(town, IN_JANUARY)
    assert expire(town, IN_JANUARY + timedelta(days=29)) == Ended(0, 0)
    assert expire(town, IN_JANUARY + timedelta(days=30)) == Ended(1, 500)


def test_what_is_held_stays_until_the_hold_ends(town: Town) -> None:
    person = town.person()
    award(town, person, {OLD: 500})
    tell(town, IN_DECEMBER)
    held = hold(town, person, 200, at=IN_JANUARY)
    assert expire(town, IN_JANUARY) == Ended(1, 300)
    assert available(town, person) == 0
    void(town, held, at=IN_JANUARY)
    assert expire(town, IN_JANUARY) == Ended(1, 200)
    assert broken_rules(town) == {}


def test_nothing_expires_that_is_owed(town: Town) -> None:
    person = town.person()
    award(town, person, {OLD: 500, NEW: 100})
    held = hold(town, person, 550, at=IN_DECEMBER)
    tell(town, IN_DECEMBER)
    award(town, person, {NEW: -100})
    void(town, held, at=IN_DECEMBER)
    # 50 of July's correction are owed out of the old lot, where 500 are free.
    tell(town, IN_DECEMBER)
    expire(town, IN_JANUARY)
    assert available(town, person) == 0
    assert broken_rules(town) == {}


def test_only_the_clock_lets_points_expire(town: Town) -> None:
    for command in (notify_of_expiry, expire_points):
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            command(session, CITY, at=NOW)
