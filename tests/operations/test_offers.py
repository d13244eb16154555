"""The waiting list: whose turn it is, offers that expire, invitations, and many people at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from operations.access import NotAllowed
from operations.commands.clock import run_clock
from operations.commands.offers import accept_offer, decline_offer, invite
from operations.commands.refusals import Refused
from operations.commands.sign_ups import cancel_sign_up, confirm_sign_up, decline_sign_up, sign_up
from operations.database import writing
from operations.model import AuditEntry, SignUp, Volunteer

from .activity_stories import (
    DAY,
    HOUR,
    answer,
    do,
    notices_to,
    sign_up_of,
    states_of,
    stranger,
    the_activity,
)
from .conftest import NOW, Town, volunteer

LATER = 72


def give_back(town: Town, person: int, shift: int, hours: int = 0) -> None:
    found = sign_up_of(town, person, shift)
    do(town, cancel_sign_up, volunteer(person), sign_up_id=found.sign_up_id, at=NOW + hours * HOUR)


def respond(town: Town, person: int, shift: int, *, accept: bool = True, hours: int = 0) -> str:
    found = sign_up_of(town, person, shift)
    command = accept_offer if accept else decline_offer
    return answer(town, command, volunteer(person), sign_up_id=found.sign_up_id, at=NOW + hours * HOUR)


def join(town: Town, shift: int, people: int) -> list[int]:
    return [town.signed_up(shift) for _ in range(people)]


def test_a_place_that_comes_free_is_offered_to_the_first_in_line(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)
    has, first, second = join(town, shift, 3)
    give_back(town, has, shift, hours=1)
    assert states_of(town, shift) == {has: "cancelled", first: "offered", second: "waiting"}
    assert sign_up_of(town, first, shift).offer_expires_at == NOW + 25 * HOUR
    assert notices_to(town, first) == ["place_offered"]
    assert respond(town, first, shift, hours=24) == "confirmed"
    assert sign_up_of(town, first, shift).offer_expires_at is None


def test_an_offer_that_is_not_answered_in_time_passes_to_the_next(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)
    has, first, second = join(town, shift, 3)
    give_back(town, has, shift)
    assert respond(town, first, shift, hours=24) == "this offer has expired"
    assert run_clock(town.engine, NOW + 23 * HOUR).offers == 0
    assert run_clock(town.engine, NOW + 24 * HOUR).offers == 1
    assert run_clock(town.engine, NOW + 24 * HOUR).offers == 0
    assert states_of(town, shift) == {has: "cancelled", first: "expired", second: "offered"}
    assert notices_to(town, first) == ["place_offered", "offer_expired"]
    again = do(town, sign_up, volunteer(first), volunteer_id=first, shift_id=shift, at=NOW + 25 * HOUR)
    assert again.status == "waiting"


def test_an_offer_does_not_outlast_the_start_of_its_shift(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=2)
    has, first = join(town, shift, 2)
    give_back(town, has, shift)
    assert sign_up_of(town, first, shift).offer_expires_at == NOW + 4 * HOUR


def test_a_declined_offer_goes_on_and_nobody_who_is_banned_is_asked(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)
    has, first, banned, third = join(town, shift, 4)
    with writing(town.engine) as session:
        session.get_one(Volunteer, banned).status = "banned"
    give_back(town, has, shift)
    assert respond(town, first, shift, accept=False) == "declined"
    assert states_of(town, shift)[banned] == "waiting"
    assert states_of(town, shift)[third] == "offered"
    assert respond(town, first, shift) == "this sign-up is declined: there is no offer to answer"


def test_an_offered_place_is_nobody_elses(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)
    has, first, second = join(town, shift, 3)
    give_back(town, has, shift)
    waiting = sign_up_of(town, second, shift).sign_up_id
    assert (
        answer(town, confirm_sign_up, town.host, sign_up_id=waiting) == "all 1 places of this shift are taken"
    )
    newcomer = town.signed_up(shift)
    assert states_of(town, shift)[newcomer] == "waiting"
    assert states_of(town, shift)[first] == "offered"


def test_two_offers_at_the_same_time_are_answered_one_after_the_other(town: Town) -> None:
    one, two = (town.shift(capacity=1, hours_later=LATER + later) for later in (0, 1))
    person, holders = town.person(), [town.signed_up(one), town.signed_up(two)]
    for shift in (one, two):
        do(town, sign_up, volunteer(person), volunteer_id=person, shift_id=shift)
    for holder, shift in zip(holders, (one, two), strict=True):
        give_back(town, holder, shift)
    assert respond(town, person, one).startswith(
        "the volunteer is offered a place in '西湖捡垃圾' at the same time"
    )
    assert respond(town, person, two, accept=False) == "declined"
    assert respond(town, person, one) == "confirmed"
    again = answer(town, sign_up, volunteer(person), volunteer_id=person, shift_id=two)
    assert again == "the volunteer is confirmed for '西湖捡垃圾' at the same time"


def test_only_the_one_who_was_asked_answers(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)
    has, first = join(town, shift, 2)
    give_back(town, has, shift)
    offered = sign_up_of(town, first, shift).sign_up_id
    for command in (accept_offer, decline_offer):
        for actor in (volunteer(has), town.host, stranger(town)):
            with pytest.raises(NotAllowed):
                do(town, command, actor, sign_up_id=offered)
    assert states_of(town, shift)[first] == "offered"


def test_an_invitation_keeps_no_place_and_is_followed_or_not(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER, admission="by_invitation")
    first, second, third = (town.person() for _ in range(3))
    with pytest.raises(Refused, match="invites whom it wants"):
        do(town, sign_up, volunteer(first), volunteer_id=first, shift_id=shift)
    for person in (first, second, third):
        assert do(town, invite, town.host, volunteer_id=person, shift_id=shift).status == "invited"
    assert (notices_to(town, first), town.last_audit().action) == (["invited"], "invite")
    assert respond(town, third, shift, accept=False) == "declined"
    assert respond(town, second, shift) == "confirmed"
    assert respond(town, first, shift) == "waiting"
    give_back(town, second, shift)
    assert states_of(town, shift)[first] == "offered"
    for actor in (stranger(town), volunteer(first)):
        with pytest.raises(NotAllowed):
            do(town, invite, actor, volunteer_id=town.person(), shift_id=shift)
    with pytest.raises(Refused, match="signed up for this shift already"):
        do(town, invite, town.host, volunteer_id=first, shift_id=shift)


def test_who_asked_in_vain_is_told_why(town: Town) -> None:
    shift = town.shift(admission="on_request")
    person = town.signed_up(shift)
    request = sign_up_of(town, person, shift).sign_up_id
    with pytest.raises(Refused, match="the reason is missing"):
        do(town, decline_sign_up, town.host, sign_up_id=request, reason="")
    with pytest.raises(NotAllowed):
        do(town, decline_sign_up, stranger(town), sign_up_id=request, reason="x")
    do(town, decline_sign_up, town.host, sign_up_id=request, reason="人已够")
    assert notices_to(town, person) == ["sign_up_declined"]
    declined = sign_up_of(town, person, shift)
    assert (declined.status, declined.decided_by, declined.decision_reason) == ("declined", "host", "人已够")
    with pytest.raises(Refused, match="nothing to decline"):
        do(town, decline_sign_up, town.host, sign_up_id=request, reason="x")


def test_a_place_is_given_back_until_the_deadline_and_later_by_the_organisation_with_a_reason(
    town: Town,
) -> None:
    shift = town.shift(hours_later=LATER, cancel_until_hours=24)
    early, late = join(town, shift, 2)
    give_back(town, early, shift, hours=49)
    with pytest.raises(Refused, match="ask the organisation"):
        give_back(town, late, shift, hours=50)
    found = sign_up_of(town, late, shift).sign_up_id
    with pytest.raises(Refused, match="the reason is missing"):
        do(town, cancel_sign_up, town.host, sign_up_id=found, at=NOW + 50 * HOUR)
    do(town, cancel_sign_up, town.host, sign_up_id=found, at=NOW + 50 * HOUR, reason="生病")
    assert (states_of(town, shift)[late], notices_to(town, late)) == ("cancelled", ["sign_up_cancelled"])


def test_who_only_waits_may_leave_the_line_until_the_start(town: Town) -> None:
    shift = town.shift(capacity=1, cancel_until_hours=24)
    _, waits = join(town, shift, 2)
    give_back(town, waits, shift, hours=1)
    assert states_of(town, shift)[waits] == "cancelled"


def test_an_activity_is_full_exactly_while_nobody_new_would_get_a_place(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=LATER)

    def status() -> str:
        return the_activity(town, 1).status

    (has,) = join(town, shift, 1)
    assert status() == "full"
    (waits,) = join(town, shift, 1)
    give_back(town, has, shift)
    assert (status(), states_of(town, shift)[waits]) == ("full", "offered")
    respond(town, waits, shift, accept=False)
    assert status() == "recruiting"
    moves = town.count(AuditEntry, AuditEntry.action == "advance_activities")
    assert moves == 2


def test_fifty_people_at_once_for_ten_places_wait_in_the_order_they_came(town: Town) -> None:
    shift = town.shift(capacity=10, hours_later=LATER)
    people = [town.person() for _ in range(50)]
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(
                lambda one: answer(
                    town,
                    sign_up,
                    volunteer(one[1]),
                    volunteer_id=one[1],
                    shift_id=shift,
                    at=NOW + timedelta(seconds=one[0]),
                ),
                enumerate(people),
            )
        )
    states = states_of(town, shift)
    assert sorted(states.values()) == ["confirmed"] * 10 + ["waiting"] * 40
    line = [person for person, status in states.items() if status == "waiting"]
    assert line == sorted(line, key=people.index)
    for person in [person for person, status in states.items() if status == "confirmed"][:3]:
        give_back(town, person, shift, hours=1)
    now = states_of(town, shift)
    assert [person for person in line if now[person] == "offered"] == line[:3]


def test_giving_back_answering_and_expiring_at_once_never_give_a_place_twice(town: Town) -> None:
    capacity = 5
    shift = town.shift(capacity=capacity, hours_later=LATER)
    people = join(town, shift, 14)
    for person in people[:2]:
        give_back(town, person, shift)
    dice = random.Random(7)

    def act(person: int) -> None:
        found = sign_up_of(town, person, shift)
        command = {"confirmed": cancel_sign_up, "waiting": cancel_sign_up, "cancelled": sign_up}.get(
            found.status, accept_offer if person % 2 else decline_offer
        )
        target = (
            {"volunteer_id": person, "shift_id": shift}
            if command is sign_up
            else {"sign_up_id": found.sign_up_id}
        )
        answer(town, command, volunteer(person), **target, at=NOW + HOUR)

    def tick(_: int) -> None:
        run_clock(town.engine, NOW + DAY + HOUR)

    work = [(act, person) for person in people for _ in range(2)] + [(tick, 0)] * 4
    dice.shuffle(work)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: one[0](one[1]), work))
    states = list(states_of(town, shift).values())
    taken = states.count("confirmed") + states.count("offered")
    assert taken <= capacity
    assert "waiting" not in states or taken == capacity
    assert town.count(SignUp) == 14
