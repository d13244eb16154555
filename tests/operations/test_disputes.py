"""Disputes: from the objection over the answer and the appeal to the end, with their deadlines and persons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.disputes import (
    answer_dispute,
    appeal_dispute,
    decide_appeal,
    open_dispute,
    withdraw_dispute,
)
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Dispute, DisputeStep, Notice

from .conftest import NOW, Town, volunteer
from .honour_stories import decide, district, honour, host

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def dispute(town: Town, person: int, actor: Actor | None = None, **options: Any) -> int:
    """Object to a session of the last day of July."""
    arguments = {
        "volunteer_id": person,
        "organisation_id": town.organisation_id,
        "kind": "session",
        "session_id": f"{person}/site/1/CARD/D1:7",
        "service_day": date(2026, 7, 31),
        "statement": "我十一点才走,不是十点",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return open_dispute(session, actor or volunteer(person), **arguments).dispute_id


def answer(town: Town, actor: Actor, number: int, outcome: str = "rejected", at: datetime = NOW + DAY) -> str:
    with writing(town.engine) as session:
        return answer_dispute(
            session, actor, dispute_id=number, outcome=outcome, answer="签到表为十点", at=at
        ).status


def appeal(town: Town, person: int, number: int, at: datetime = NOW + 2 * DAY) -> str:
    with writing(town.engine) as session:
        return appeal_dispute(
            session, volunteer(person), dispute_id=number, statement="请看监控", at=at
        ).status


def settle(town: Town, actor: Actor, number: int, outcome: str = "upheld") -> str:
    with writing(town.engine) as session:
        return decide_appeal(
            session, actor, dispute_id=number, outcome=outcome, reason="监控为十一点", at=NOW + 3 * DAY
        ).status


def take_back(town: Town, person: int, number: int) -> str:
    with writing(town.engine) as session:
        return withdraw_dispute(session, volunteer(person), dispute_id=number, at=NOW + DAY).status


def kept(town: Town, number: int) -> Dispute:
    with reading(town.engine) as session:
        return session.get_one(Dispute, number)


def test_a_dispute_goes_from_the_objection_to_the_decision_and_every_step_is_kept(town: Town) -> None:
    person, answerer, decider = town.person(), town.person(), town.person()
    number = dispute(town, person)
    assert kept(town, number).answer_due_at == NOW + 7 * DAY
    assert answer(town, host(town, answerer), number) == "answered"
    assert kept(town, number).appeal_until == NOW + 8 * DAY
    assert appeal(town, person, number) == "appealed"
    assert kept(town, number).outcome is None
    assert settle(town, district(decider), number) == "decided"
    assert kept(town, number).outcome == "upheld"
    with reading(town.engine) as session:
        steps = session.scalars(select(DisputeStep).order_by(DisputeStep.step_id)).all()
    assert [(one.step, one.taken_by, one.outcome) for one in steps] == [
        ("opened", person, None),
        ("answered", answerer, "rejected"),
        ("appealed", person, None),
        ("decided", decider, "upheld"),
    ]
    entry = town.last_audit()
    assert (entry.action, entry.before["status"], entry.after["status"]) == (
        "decide_appeal",
        "appealed",
        "decided",
    )


def test_those_concerned_are_told_of_every_step(town: Town) -> None:
    person, answerer, decider = town.person(), town.person(), town.person()
    number = dispute(town, person)
    answer(town, host(town, answerer), number)
    appeal(town, person, number)
    settle(town, district(decider), number)
    with reading(town.engine) as session:
        told = session.scalars(select(Notice).order_by(Notice.notice_id)).all()
    assert [(one.kind, one.volunteer_id is not None) for one in told] == [
        ("dispute_opened", False),
        ("dispute_answered", True),
        ("dispute_appealed", False),
        ("dispute_decided", True),
        ("dispute_decided", False),
    ]


def test_an_answer_that_agrees_ends_it_and_is_made_good_by_one_new_record(town: Town) -> None:
    person, answerer, enterer = town.person(), town.person(), town.person()
    number = dispute(town, person)
    with pytest.raises(Refused, match="not upheld"):
        honour(town, enterer, person, dispute_id=number)
    answer(town, host(town, answerer), number, "upheld")
    with pytest.raises(Refused, match="no rejection to appeal against"):
        appeal(town, person, number)
    with pytest.raises(Refused, match="another volunteer or organisation"):
        honour(town, enterer, answerer, dispute_id=number)
    record = honour(town, enterer, person, dispute_id=number)
    assert kept(town, number).is_corrected
    with pytest.raises(Refused, match="made good already"):
        honour(town, enterer, person, dispute_id=number, minutes=30)
    with reading(town.engine) as session:
        step = session.scalars(select(DisputeStep).where(DisputeStep.step == "corrected")).one()
    assert step.record_id == record


def test_an_appeal_has_its_time_and_an_overdue_answer_can_be_appealed_against(town: Town) -> None:
    person, answerer, other = town.person(), town.person(), town.person()
    answered, silent = dispute(town, person), dispute(town, other)
    answer(town, host(town, answerer), answered)
    with pytest.raises(Refused, match="an appeal was possible until 2026-08-09 10:00"):
        appeal(town, person, answered, NOW + 8 * DAY + SECOND)
    assert appeal(town, person, answered, NOW + 8 * DAY) == "appealed"
    with pytest.raises(Refused, match="has until 2026-08-08 10:00"):
        appeal(town, other, silent, NOW + 7 * DAY)
    assert appeal(town, other, silent, NOW + 7 * DAY + SECOND) == "appealed"


def test_an_overdue_dispute_is_answered_all_the_same(town: Town) -> None:
    person, answerer = town.person(), town.person()
    number = dispute(town, person)
    assert answer(town, district(answerer), number, at=NOW + 30 * DAY) == "answered"


def test_who_has_to_do_with_it_does_not_decide(town: Town) -> None:
    person, answerer = town.person(), town.person()
    number = dispute(town, person)
    with pytest.raises(Refused, match="nobody answers their own"):
        answer(town, host(town, person), number)
    answer(town, host(town, answerer), number)
    with pytest.raises(Refused, match="answered already"):
        answer(town, host(town, answerer), number)
    appeal(town, person, number)
    for involved in (person, answerer):
        with pytest.raises(Refused, match="ask another person"):
            settle(town, district(involved), number)
    with pytest.raises(NotAllowed):
        settle(town, host(town, town.person()), number)
    assert kept(town, number).status == "appealed"


def test_a_withdrawn_dispute_can_be_opened_again_and_a_standing_one_only_once(town: Town) -> None:
    person = town.person()
    number = dispute(town, person)
    with pytest.raises(Refused, match=f"see dispute {number}"):
        dispute(town, person)
    assert take_back(town, person, number) == "withdrawn"
    with pytest.raises(Refused, match="decided or withdrawn already"):
        take_back(town, person, number)
    assert dispute(town, person) != number


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"statement": ""}, "statement"),
        ({"kind": "weather"}, "kind"),
        ({"session_id": None}, "session_id"),
        ({"session_id": "999/site/1/CARD/D1:7"}, "session_id"),
        ({"kind": "honour_record", "session_id": None}, "record_id"),
        ({"kind": "honour_record", "session_id": None, "record_id": 999}, "record_id"),
        ({"kind": "missing_attendance", "session_id": None, "shift_id": 999}, "shift_id"),
        ({"service_day": date(2026, 8, 2)}, "service_day"),
        ({"service_day": date(2025, 7, 31)}, "service_day"),
    ],
)
def test_a_dispute_names_what_it_is_about(town: Town, options: dict[str, Any], field: str) -> None:
    person = town.person()
    with pytest.raises(Refused) as refusal:
        dispute(town, person, **options)
    assert refusal.value.field == field
    assert town.count(Dispute) == 0


def test_one_objects_to_ones_own_record_and_to_missing_attendance(town: Town) -> None:
    person, enterer, shift = town.person(), town.person(), town.shift()
    record = honour(town, enterer, person)
    decide(town, town.person(), record)
    assert dispute(town, person, kind="honour_record", session_id=None, record_id=record) == 1
    assert dispute(town, person, kind="missing_attendance", session_id=None, shift_id=shift) == 2
    other = town.person()
    with pytest.raises(Refused, match="no such record"):
        dispute(town, other, kind="honour_record", session_id=None, record_id=record)


def test_nobody_else_touches_it_also_by_guessed_id(town: Town) -> None:
    person, stranger = town.person(), town.person()
    number = dispute(town, person)
    with pytest.raises(NotAllowed):
        dispute(town, person, volunteer(stranger), session_id=f"{person}/site/2/CARD/D1:8")
    for actor in (district(stranger, "330105"), volunteer(stranger)):
        with pytest.raises(NotAllowed):
            answer(town, actor, number)
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            withdraw_dispute(session, actor, dispute_id=number, at=NOW)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        appeal_dispute(session, volunteer(stranger), dispute_id=number, statement="x", at=NOW + 9 * DAY)
    assert kept(town, number).status == "open"


def test_the_organisation_may_open_it_for_the_volunteer_who_is_told(town: Town) -> None:
    person = town.person()
    number = dispute(town, person, host(town, town.person()))
    with reading(town.engine) as session:
        kinds = session.scalars(select(Notice.kind).order_by(Notice.notice_id)).all()
        step = session.scalars(select(DisputeStep).where(DisputeStep.dispute_id == number)).one()
    assert kinds == ["dispute_opened", "dispute_opened_for_you"]
    assert step.taken_as == Role.ORGANISATION_ADMINISTRATOR
