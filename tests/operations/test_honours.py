"""Honour records: who may enter and decide on them, within which limits, and that nothing of it is ever changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.honours import approve_honour_record, approve_honour_records
from operations.commands.refusals import Refused
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import HonourApproval, HonourRecord, Notice, Organisation, Shift, Volunteer

from .conftest import CITY, NOW, Town
from .honour_stories import decide, district, honour, host, status_of, withdraw

MINUTE = timedelta(minutes=1)


def test_an_honour_record_is_decided_on_by_a_second_person_once(town: Town) -> None:
    enterer, person, second = town.person(), town.person(), town.person()
    record = honour(town, enterer, person)
    with pytest.raises(Refused, match="ask a second person"):
        decide(town, enterer, record)
    with pytest.raises(Refused, match="their own minutes"):
        decide(town, person, record)
    assert decide(town, second, record) == "approved"
    with pytest.raises(Refused, match="decided already"):
        decide(town, second, record, "refused", reason="too many")
    assert town.count(HonourApproval) == 1
    assert status_of(town, record) == "approved"


def test_another_account_of_the_same_person_is_the_same_person(town: Town) -> None:
    enterer, person = town.person(), town.person()
    record = honour(town, enterer, person)
    second_account = Actor("city account", Role.CITY_ADMINISTRATOR, volunteer_id=enterer)
    with pytest.raises(Refused, match="ask a second person"):
        decide(town, second_account, record)
    with pytest.raises(Refused, match="this account is of nobody"):
        decide(town, CITY, record)
    assert town.count(HonourApproval) == 0


def registered(town: Town, name: str, number: str, born_on: date) -> int:
    with writing(town.engine) as session:
        return register_volunteer(
            session,
            CITY,
            full_name=name,
            id_type="passport",
            id_number=number,
            born_on=born_on,
            area_code="330106",
            at=NOW,
        ).volunteer_id


def test_two_registrations_of_one_person_are_the_same_person(town: Town) -> None:
    enterer = registered(town, "王芳", "E1", date(1980, 5, 1))
    again = registered(town, "王芳", "H2", date(1980, 5, 1))
    namesake = registered(town, "王芳", "E3", date(1981, 5, 1))
    record = honour(town, enterer, town.person())
    with pytest.raises(Refused, match="ask a second person"):
        decide(town, again, record)
    assert decide(town, namesake, record) == "approved"


def test_a_record_that_was_merged_is_the_person_it_was_merged_into(town: Town) -> None:
    enterer, former = town.person(), town.person()
    record = honour(town, former, town.person())
    with writing(town.engine) as session:
        merged = session.get_one(Volunteer, former)
        merged.status, merged.merged_into_volunteer_id = "merged", enterer
    with pytest.raises(Refused, match="ask a second person"):
        decide(town, enterer, record)


def test_two_who_decide_at_once_decide_once(town: Town) -> None:
    record = honour(town, town.person(), town.person())
    deciders = [town.person() for _ in range(4)]

    def try_to_decide(person: int) -> str:
        try:
            return decide(town, person, record)
        except Refused as refusal:
            return str(refusal)

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(try_to_decide, deciders))
    assert outcomes == ["approved"] + ["this record is decided already"] * 3
    assert town.count(HonourApproval) == 1


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({"reason": ""}, "reason", "the reason is missing"),
        ({"minutes": 0}, "minutes", "minutes are 1 to 1440"),
        ({"service_day": date(2026, 8, 2)}, "service_day", "lies in the future"),
        ({"started_at": NOW - 90 * MINUTE}, "ended_at", "both the start and the end"),
        (
            {"started_at": NOW - 89 * MINUTE, "ended_at": NOW, "service_day": date(2026, 8, 1)},
            "minutes",
            "more minutes",
        ),
        ({"started_at": NOW - 90 * MINUTE, "ended_at": NOW}, "service_day", "not on that service day"),
        ({"started_at": NOW - 90 * MINUTE, "ended_at": NOW + MINUTE}, "ended_at", "lies in the future"),
        ({"shift_id": 999}, "shift_id", "has no shift 999"),
    ],
)
def test_an_honour_record_that_cannot_be_is_refused(
    town: Town, options: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        honour(town, town.person(), town.person(), **options)
    assert refusal.value.field == field
    assert town.count(HonourRecord) == 0


def test_a_record_has_at_most_the_planned_minutes_of_its_shift(town: Town) -> None:
    shift, enterer, person = town.shift(), town.person(), town.person()
    of_the_shift = {"shift_id": shift, "service_day": date(2026, 8, 1), "at": town.ends_at}
    with pytest.raises(Refused, match="planned for 180 minutes"):
        honour(town, enterer, person, minutes=181, **of_the_shift)
    with pytest.raises(Refused, match="not on that service day"):
        honour(town, enterer, person, minutes=180, **{**of_the_shift, "service_day": date(2026, 7, 31)})
    record = honour(town, enterer, person, minutes=180, **of_the_shift)
    with writing(town.engine) as session:
        session.get_one(Shift, shift).ends_at = town.ends_at - 60 * MINUTE
    with pytest.raises(Refused, match="has 180 minutes, its shift is planned for 120"):
        decide(town, town.person(), record)
    assert decide(town, town.person(), record, "refused", reason="场次缩短了") == "refused"


def test_what_was_entered_twice_is_refused_until_the_first_one_is(town: Town) -> None:
    enterer, person = town.person(), town.person()
    first = honour(town, enterer, person)
    with pytest.raises(Refused, match=f"as record {first}"):
        honour(town, enterer, person)
    decide(town, town.person(), first, "refused", reason="日期不对")
    assert honour(town, enterer, person) != first


def test_a_refusal_says_why(town: Town) -> None:
    record = honour(town, town.person(), town.person())
    with pytest.raises(Refused, match="the reason is missing"):
        decide(town, town.person(), record, "refused")
    assert decide(town, town.person(), record, "refused", reason="签到表上没有此人") == "refused"


def test_many_minutes_are_approved_twice_the_second_time_by_a_third_person_of_the_area(town: Town) -> None:
    enterer, person, first, third = (town.person() for _ in range(4))
    at_the_threshold = honour(town, enterer, person, minutes=240)
    assert decide(town, first, at_the_threshold) == "approved"
    record = honour(town, enterer, person, minutes=241)
    assert decide(town, first, record) == "endorsed"
    assert status_of(town, record) == "endorsed"
    with pytest.raises(Refused, match="the administration of the area decides now"):
        decide(town, third, record)
    with pytest.raises(Refused, match="ask a third person"):
        decide(town, district(first), record)
    with pytest.raises(Refused, match="ask a second person"):
        decide(town, district(enterer), record)
    assert decide(town, district(third), record) == "approved"
    with reading(town.engine) as session:
        rows = select(HonourApproval.decision, HonourApproval.decided_by).where(
            HonourApproval.record_id == record
        )
        kept = session.execute(rows.order_by(HonourApproval.approval_id))
        assert [tuple(row) for row in kept] == [("endorsed", first), ("approved", third)]


def test_a_withdrawn_approval_stays_in_the_history_and_is_not_given_again(town: Town) -> None:
    enterer, person, second, third = (town.person() for _ in range(4))
    record = honour(town, enterer, person)
    with pytest.raises(Refused, match="not approved"):
        withdraw(town, host(town, second), record)
    decide(town, second, record)
    with pytest.raises(Refused, match="reason is missing"):
        withdraw(town, host(town, second), record, reason=" ")
    with pytest.raises(Refused, match="their own minutes"):
        withdraw(town, host(town, person), record)
    assert withdraw(town, host(town, second), record) == "withdrawn"
    assert town.count(HonourApproval, HonourApproval.record_id == record) == 2
    with pytest.raises(Refused, match="decided already"):
        decide(town, third, record)
    entry = town.last_audit()
    assert (entry.action, entry.reason) == ("withdraw_honour_approval", "签到表是伪造的")
    assert (entry.before["status"], entry.after["status"]) == ("approved", "withdrawn")


def test_those_concerned_are_told(town: Town) -> None:
    enterer, person, second = town.person(), town.person(), town.person()
    record = honour(town, enterer, person)
    decide(town, second, record)
    withdraw(town, host(town, second), record)
    with reading(town.engine) as session:
        told = session.execute(select(Notice.kind, Notice.volunteer_id, Notice.organisation_id)).all()
    assert [tuple(row) for row in told] == [
        ("honour_record_approved", person, None),
        ("honour_record_withdrawn", person, None),
        ("honour_record_withdrawn", None, town.organisation_id),
    ]


def test_several_are_decided_on_at_once_each_by_its_own_rules(town: Town) -> None:
    enterer, second, person = town.person(), town.person(), town.person()
    good, own = honour(town, enterer, person), honour(town, enterer, second)
    many = honour(town, enterer, person, minutes=300)
    with writing(town.engine) as session:
        outcomes = approve_honour_records(
            session, host(town, second), record_ids=[many, own, good, good], decision="approved", at=NOW
        )
    assert [(one.record_id, one.decision) for one in outcomes] == [
        (good, "approved"),
        (own, None),
        (many, "endorsed"),
    ]
    assert "their own minutes" in outcomes[1].refusal
    assert [status_of(town, one) for one in (good, own, many)] == ["approved", "entered", "endorsed"]


def test_another_district_and_another_organisation_touch_no_record_also_by_guessed_id(town: Town) -> None:
    record = honour(town, town.person(), town.person())
    person = town.person()
    elsewhere = (
        district(person, "330105"),
        Actor("other", Role.ORGANISATION_ADMINISTRATOR, organisation_id=999, volunteer_id=person),
        Actor("self", Role.VOLUNTEER, volunteer_id=person),
    )
    for actor in elsewhere:
        with pytest.raises(NotAllowed):
            decide(town, actor, record)
        with pytest.raises(NotAllowed):
            withdraw(town, actor, record)
        with writing(town.engine) as session:
            (outcome,) = approve_honour_records(
                session, actor, record_ids=[record], decision="approved", at=NOW
            )
        assert outcome.refusal == "this record is not in your area, or not there"
    assert status_of(town, record) == "entered"


def test_the_area_decides_but_does_not_enter(town: Town) -> None:
    record = honour(town, town.person(), town.person())
    assert decide(town, district(town.person()), record) == "approved"


def test_an_organisation_that_is_suspended_enters_nothing(town: Town) -> None:
    with writing(town.engine) as session:
        session.get_one(Organisation, town.organisation_id).status = "suspended"
    with pytest.raises(Refused, match="not active"):
        honour(town, town.person(), town.person())


def test_every_decision_is_in_the_audit_log(town: Town) -> None:
    enterer, second = town.person(), town.person()
    record = honour(town, enterer, town.person())
    entry = town.last_audit()
    assert (entry.action, entry.actor, entry.before) == ("enter_honour_record", f"host {enterer}", None)
    with writing(town.engine) as session:
        approve_honour_record(session, host(town, second), record_id=record, decision="approved", at=NOW)
    entry = town.last_audit()
    assert (entry.action, entry.subject_id) == ("approve_honour_record", str(record))
    assert (entry.before["status"], entry.after["status"]) == ("entered", "approved")
