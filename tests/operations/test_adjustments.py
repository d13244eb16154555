"""Points by hand need two persons: asked for by one, granted by another, posted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.adjustments import ask_for_adjustment, decide_adjustment
from operations.commands.ledger import IdConflict
from operations.commands.refusals import Refused
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import PointAdjustment
from operations.queries.adjustments import ADJUSTMENTS_TO_DECIDE
from operations.queries.paging import Wanted, page_of

from .conftest import CITY, NOW, Town
from .ledgers import available, award, balances, broken_rules
from .test_ledger_at_once import at_once

JUNE = date(2026, 6, 1)


def official(person: int) -> Actor:
    """The volunteer acting for the city."""
    return replace(CITY, name=f"city:{person}", volunteer_id=person)


def ask(town: Town, by: int, for_whom: int, amount: int = 500, **options: object) -> PointAdjustment:
    """Ask for points by hand."""
    arguments = {"adjustment_id": str(uuid4()), "reason": "漏发", "at": NOW, **options}
    with writing(town.engine) as session:
        return ask_for_adjustment(
            session,
            official(by),
            volunteer_id=for_whom,
            amount_cents=amount,
            **arguments,  # type: ignore[arg-type]
        )


def decide(town: Town, by: int, asked: PointAdjustment, decision: str = "granted", reason: str = "") -> str:
    """Decide on it, and say how it stands."""
    with writing(town.engine) as session:
        number = asked.adjustment_no
        return decide_adjustment(
            session, official(by), adjustment_no=number, decision=decision, reason=reason, at=NOW
        ).state


def test_points_are_added_once_a_second_person_grants_it(town: Town) -> None:
    asker, second, person = (town.person() for _ in range(3))
    asked = ask(town, asker, person)
    assert available(town, person) == 0
    with reading(town.engine) as session:
        assert page_of(session, CITY, ADJUSTMENTS_TO_DECIDE, Wanted(), on=NOW).total == 1
    assert decide(town, second, asked) == "granted"
    assert balances(town) == {"volunteer": 500, "adjustment": -500}
    assert town.last_audit().action == "decide_adjustment"
    assert broken_rules(town) == {}


def test_nobody_grants_what_they_asked_for_also_not_by_a_second_record(town: Town) -> None:
    # CCTV 2025-07-17: hours were sold and typed in by an administrator alone.
    person, asker, second = town.person(), *two_records_of_one_person(town)
    asked = ask(town, asker, person)
    for same in (asker, second):
        with pytest.raises(Refused, match="ask a second person"):
            decide(town, same, asked)
    assert available(town, person) == 0


def two_records_of_one_person(town: Town) -> list[int]:
    """Somebody who is registered twice, with two documents."""
    with writing(town.engine) as session:
        return [
            register_volunteer(
                session, CITY, full_name="李四", id_type="passport", id_number=number,
                born_on=date(1990, 1, 1), area_code="330106", at=NOW,
            ).volunteer_id
            for number in ("G00000001", "G00000002")
        ]  # fmt: skip


def test_nobody_asks_or_decides_for_themselves(town: Town) -> None:
    asker, person = town.person(), town.person()
    with pytest.raises(Refused, match="for themselves"):
        ask(town, asker, asker)
    with pytest.raises(Refused, match="their own points"):
        decide(town, person, ask(town, asker, person))


def test_an_adjustment_is_posted_once_also_by_many_at_once(town: Town) -> None:
    asker, second, person = (town.person() for _ in range(3))
    asked = ask(town, asker, person)
    answers = at_once(lambda _: decide(town, second, asked), range(8))
    assert answers.count("granted") == 1
    assert available(town, person) == 500
    assert broken_rules(town) == {}


def test_points_taken_beyond_what_is_there_are_owed(town: Town) -> None:
    asker, second, person = (town.person() for _ in range(3))
    award(town, person, {JUNE: 300})
    decide(town, second, ask(town, asker, person, -500))
    assert available(town, person) == -200
    assert broken_rules(town) == {}


def test_a_refusal_needs_a_reason_and_moves_nothing(town: Town) -> None:
    asker, second, person = (town.person() for _ in range(3))
    asked = ask(town, asker, person)
    with pytest.raises(Refused, match="reason is missing"):
        decide(town, second, asked, "refused")
    assert decide(town, second, asked, "refused", "没有依据") == "refused"
    with pytest.raises(Refused, match="decided already"):
        decide(town, second, asked)
    assert available(town, person) == 0


def test_the_same_request_is_one_and_what_cannot_be_is_refused(town: Town) -> None:
    asker, person, one = town.person(), town.person(), str(uuid4())
    first = ask(town, asker, person, adjustment_id=one)
    assert ask(town, asker, person, adjustment_id=one).adjustment_no == first.adjustment_no
    with pytest.raises(IdConflict):
        ask(town, asker, person, 400, adjustment_id=one)
    for amount in (0, 50_001, -50_001):
        with pytest.raises(Refused, match="at most 500 points"):
            ask(town, asker, person, amount)
    with pytest.raises(Refused, match="reason is missing"):
        ask(town, asker, person, reason=" ", at=NOW + timedelta(days=1))


def test_a_township_asks_for_nothing_and_a_district_does_not_grant(town: Town) -> None:
    asker, person = town.person(), town.person()
    asked = ask(town, asker, person)
    district = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, "330106", volunteer_id=town.person())
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        decide_adjustment(session, district, adjustment_no=asked.adjustment_no, decision="granted", at=NOW)
