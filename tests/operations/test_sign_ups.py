"""Signing up for shifts: places, waiting, clashes, and many people at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from operations.access import Actor, NotAllowed, Role
from operations.commands.offers import accept_offer
from operations.commands.refusals import Refused
from operations.commands.sign_ups import cancel_sign_up, confirm_sign_up, sign_up
from operations.database import reading, writing
from operations.model import Activity, SignUp, Volunteer

from .conftest import NOW, Town, volunteer


def sign(
    town: Town, person: int, shift_id: int, *, minutes: int = 0, actor: Actor | None = None
) -> tuple[int, str]:
    with writing(town.engine) as session:
        made = sign_up(
            session,
            actor or volunteer(person),
            volunteer_id=person,
            shift_id=shift_id,
            at=NOW + timedelta(minutes=minutes),
        )
        return made.sign_up_id, made.status


def test_who_comes_after_the_last_place_waits(town: Town) -> None:
    shift = town.shift(capacity=2)
    states = [sign(town, town.person(), shift)[1] for _ in range(3)]
    assert states == ["confirmed", "confirmed", "waiting"]


def test_fifty_people_at_once_for_ten_places_end_with_ten_confirmed_and_nobody_twice(town: Town) -> None:
    shift = town.shift(capacity=10)
    people = [town.person() for _ in range(50)]
    with ThreadPoolExecutor(16) as pool:
        # Everybody presses the button twice.
        outcomes = list(pool.map(lambda person: _status_or_refusal(town, person, shift), people + people))
    assert sorted(outcomes).count("confirmed") == 10
    assert outcomes.count("waiting") == 40
    assert outcomes.count("refused") == 50
    assert town.count(SignUp, SignUp.status == "confirmed") == 10
    assert town.count(SignUp) == 50


def _status_or_refusal(town: Town, person: int, shift: int) -> str:
    try:
        return sign(town, person, shift)[1]
    except Refused:
        return "refused"


def test_one_person_cannot_be_confirmed_for_two_shifts_at_the_same_time_by_pressing_both_at_once(
    town: Town,
) -> None:
    person, shifts = town.person(), [town.shift(), town.shift(hours_later=1)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda shift: _status_or_refusal(town, person, shift), shifts))
    assert sorted(outcomes) == ["confirmed", "refused"]


def test_a_shift_right_after_another_is_no_clash(town: Town) -> None:
    person = town.person()
    first, second, overlapping = town.shift(), town.shift(hours_later=3), town.shift(hours_later=2)
    assert sign(town, person, first)[1] == "confirmed"
    assert sign(town, person, second)[1] == "confirmed"
    with pytest.raises(Refused, match="at the same time"):
        sign(town, person, overlapping)


def test_a_place_that_comes_free_is_not_taken_past_those_who_wait(town: Town) -> None:
    shift = town.shift(capacity=1)
    first, _ = sign(town, person := town.person(), shift)
    waiting, state = sign(town, town.person(), shift, minutes=1)
    assert state == "waiting"
    with writing(town.engine) as session:
        cancel_sign_up(session, volunteer(person), sign_up_id=first, at=NOW + timedelta(minutes=2))
    assert sign(town, town.person(), shift, minutes=3)[1] == "waiting"
    with writing(town.engine) as session:
        accepting = session.get_one(SignUp, waiting)
        assert accepting.status == "offered"
        accept_offer(session, volunteer(accepting.volunteer_id), sign_up_id=waiting, at=NOW)
        assert accepting.status == "confirmed"


def test_confirming_two_requests_at_once_for_the_last_place_confirms_one(town: Town) -> None:
    shift = town.shift(capacity=1, admission="on_request")
    requests = [sign(town, town.person(), shift) for _ in range(2)]
    assert [state for _, state in requests] == ["requested", "requested"]

    def confirm(sign_up_id: int) -> str:
        try:
            with writing(town.engine) as session:
                return confirm_sign_up(session, town.host, sign_up_id=sign_up_id, at=NOW).status
        except Refused as refusal:
            return str(refusal)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(confirm, [sign_up_id for sign_up_id, _ in requests]))
    assert outcomes == ["all 1 places of this shift are taken", "confirmed"]


def test_who_cancelled_may_come_back_and_stands_at_the_end(town: Town) -> None:
    shift, person = town.shift(), town.person()
    first, _ = sign(town, person, shift)
    with writing(town.engine) as session:
        cancel_sign_up(session, volunteer(person), sign_up_id=first, at=NOW)
    again, state = sign(town, person, shift, minutes=5)
    assert (again, state) == (first, "confirmed")
    with reading(town.engine) as session:
        assert session.get_one(SignUp, first).signed_up_at == NOW + timedelta(minutes=5)
    entry = town.last_audit()
    assert (entry.action, entry.before["status"], entry.after["status"]) == (
        "sign_up",
        "cancelled",
        "confirmed",
    )


def test_what_cannot_be_had_is_refused_with_the_reason(town: Town) -> None:
    shift, person = town.shift(), town.person()
    with pytest.raises(Refused, match="has started already"):
        sign(town, person, shift, minutes=120)
    with pytest.raises(Refused, match="there is no shift 999"):
        sign(town, person, 999)
    invited = town.shift(admission="by_invitation")
    with pytest.raises(Refused, match="by invitation"):
        sign(town, person, invited)
    assert sign(town, person, invited, actor=town.host)[1] == "confirmed"
    with writing(town.engine) as session:
        session.get_one(Volunteer, person).status = "banned"
        for activity in session.scalars(select(Activity)):
            activity.status = "cancelled"
    with pytest.raises(Refused, match="not active"):
        sign(town, person, shift)
    with pytest.raises(Refused, match="the activity is cancelled"):
        sign(town, town.person(), shift)


def test_a_started_shift_is_not_cancelled_by_a_volunteer(town: Town) -> None:
    shift, person = town.shift(), town.person()
    made, _ = sign(town, person, shift)
    with pytest.raises(Refused, match="has started"), writing(town.engine) as session:
        cancel_sign_up(session, volunteer(person), sign_up_id=made, at=town.starts_at)


def test_nobody_signs_up_or_cancels_for_somebody_else(town: Town) -> None:
    shift, person, other = town.shift(), town.person(), town.person()
    with pytest.raises(NotAllowed):
        sign(town, person, shift, actor=volunteer(other))
    made, _ = sign(town, person, shift)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        cancel_sign_up(session, volunteer(other), sign_up_id=made, at=NOW)
    stranger = Actor(
        "host of another", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id + 1
    )
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        confirm_sign_up(session, stranger, sign_up_id=made, at=NOW)


def test_a_command_outside_of_a_writing_transaction_is_a_programming_error(town: Town) -> None:
    if town.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows, whatever the transaction was begun for")
    shift, person = town.shift(), town.person()
    with pytest.raises(RuntimeError, match="writing"), reading(town.engine) as session:
        sign_up(session, volunteer(person), volunteer_id=person, shift_id=shift, at=NOW)


def test_a_sign_up_where_nobody_waits_asks_the_database_few_things(town: Town) -> None:
    """Each statement is paid for while everybody else who wants a place waits."""
    shift, person, asked = town.shift(capacity=5), town.person(), []
    town.signed_up(shift)

    def note(*said: Any) -> None:
        asked.append(said[2])

    event.listen(town.engine, "before_cursor_execute", note)
    with writing(town.engine) as session:
        assert (
            sign_up(session, volunteer(person), volunteer_id=person, shift_id=shift, at=NOW).status
            == "confirmed"
        )
    event.remove(town.engine, "before_cursor_execute", note)
    assert len([one for one in asked if not one.startswith(("BEGIN", "SAVEPOINT"))]) <= 13, asked
