"""Whose card it was, and when: no two at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.cards import (
    bind_card,
    bind_card_by_number,
    extend_binding,
    reissue_card,
    report_card_found,
    report_card_lost,
    unbind_card,
)
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Card, CardBinding, Volunteer

from .conftest import CITY, NOW, Town, volunteer


def bind(town: Town, person: int, card_no: str = "A", **options: Any) -> None:
    with writing(town.engine) as session:
        bind_card(session, CITY, **{"card_no": card_no, "volunteer_id": person, "at": NOW, **options})


def lose(town: Town, card_no: str = "A", **options: Any) -> None:
    with writing(town.engine) as session:
        report_card_lost(session, CITY, **{"card_no": card_no, "at": NOW + timedelta(days=1), **options})


def bindings(town: Town) -> list[tuple[str, int, datetime, datetime | None]]:
    with reading(town.engine) as session:
        found = session.scalars(select(CardBinding).order_by(CardBinding.binding_id))
        return [(b.card_no, b.volunteer_id, b.bound_from, b.bound_to) for b in found]


def test_a_card_is_bound_to_one_person_at_a_time(town: Town) -> None:
    first, second = town.person(), town.person()
    bind(town, first)
    for begin in (NOW, NOW - timedelta(days=30)):
        with pytest.raises(Refused, match="bound to somebody for that time already"):
            bind(town, second, bound_from=begin)
    assert bindings(town) == [("A", first, NOW, None)]


def test_one_card_bound_to_two_people_at_once_ends_with_one(town: Town) -> None:
    people = [town.person() for _ in range(4)]

    def try_to_bind(person: int) -> str:
        try:
            bind(town, person)
        except Refused:
            return "refused"
        return "bound"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_to_bind, people)) == ["bound", "refused", "refused", "refused"]
    assert len(bindings(town)) == 1


def test_a_card_may_be_bound_from_a_moment_in_the_past_but_not_in_the_future(town: Town) -> None:
    person = town.person()
    with pytest.raises(Refused, match="lies in the future"):
        bind(town, person, bound_from=NOW + timedelta(seconds=1))
    bind(town, person, bound_from=NOW - timedelta(days=3))
    assert bindings(town) == [("A", person, NOW - timedelta(days=3), None)]


def test_a_lost_card_stays_bound_until_another_is_issued(town: Town) -> None:
    person = town.person()
    bind(town, person)
    lose(town)
    assert bindings(town) == [("A", person, NOW, None)]
    issued = NOW + timedelta(days=4)
    with writing(town.engine) as session:
        reissue_card(session, CITY, lost_card_no="A", card_no="B", at=issued)
    assert bindings(town) == [("A", person, NOW, issued), ("B", person, issued, None)]
    with reading(town.engine) as session:
        assert session.get_one(Card, "A").reported_lost_at == NOW + timedelta(days=1)


def test_a_card_that_was_not_reported_lost_is_not_issued_again(town: Town) -> None:
    bind(town, town.person())
    with pytest.raises(Refused, match="report it first"), writing(town.engine) as session:
        reissue_card(session, CITY, lost_card_no="A", card_no="B", at=NOW + timedelta(days=4))


def test_reissuing_onto_a_taken_card_changes_nothing(town: Town) -> None:
    first, second = town.person(), town.person()
    bind(town, first)
    bind(town, second, "B")
    lose(town)
    before = bindings(town)
    with pytest.raises(Refused, match="bound to somebody"), writing(town.engine) as session:
        reissue_card(session, CITY, lost_card_no="A", card_no="B", at=NOW + timedelta(days=4))
    assert bindings(town) == before


def test_a_lost_card_is_bound_to_nobody_new(town: Town) -> None:
    person = town.person()
    bind(town, person)
    lose(town)
    with pytest.raises(Refused, match="reported lost already"):
        lose(town)
    with pytest.raises(Refused, match="bind another one"):
        bind(town, town.person(), at=NOW + timedelta(days=9))
    with pytest.raises(Refused, match="there is no card Z"):
        lose(town, "Z")


def test_only_the_owner_reports_a_card_lost(town: Town) -> None:
    owner, other = town.person(), town.person()
    bind(town, owner)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        report_card_lost(session, volunteer(other), card_no="A", at=NOW)
    with writing(town.engine) as session:
        report_card_lost(session, volunteer(owner), card_no="A", at=NOW)
    entry = town.last_audit()
    assert (entry.subject_kind, entry.subject_id) == ("cards", "A")
    assert (entry.before["reported_lost_at"], entry.after["reported_lost_at"]) == (None, NOW.isoformat())


def find_again(town: Town, card_no: str = "A", actor: Actor = CITY, **options: Any) -> None:
    with writing(town.engine) as session:
        report_card_found(
            session,
            actor,
            **{"card_no": card_no, "at": NOW + timedelta(days=9), "reason": "在抽屉里", **options},
        )


def unbind(town: Town, card_no: str = "A", actor: Actor = CITY, **options: Any) -> None:
    with writing(town.engine) as session:
        unbind_card(session, actor, **{"card_no": card_no, "at": NOW + timedelta(days=9), **options})


def test_a_card_that_is_found_again_was_nobodys_while_it_was_lost(town: Town) -> None:
    person = town.person()
    bind(town, person)
    lose(town)
    found = NOW + timedelta(days=3)
    find_again(town, found_at=found)
    # A tap at the very second of the loss counts, as it does for a card that stays lost.
    assert bindings(town) == [
        ("A", person, NOW, NOW + timedelta(days=1, seconds=1)),
        ("A", person, found, None),
    ]
    with reading(town.engine) as session:
        assert session.get_one(Card, "A").reported_lost_at is None
    entry = town.last_audit()
    assert (entry.action, entry.reason, entry.after["reported_lost_at"]) == (
        "report_card_found", "在抽屉里", None,
    )  # fmt: skip
    lose(town, at=NOW + timedelta(days=10), lost_at=NOW + timedelta(days=9))


def test_a_card_that_is_found_after_another_was_issued_is_free(town: Town) -> None:
    person = town.person()
    bind(town, person)
    lose(town)
    issued = NOW + timedelta(days=4)
    with writing(town.engine) as session:
        reissue_card(session, CITY, lost_card_no="A", card_no="B", at=issued)
    find_again(town)
    assert bindings(town) == [
        ("A", person, NOW, NOW + timedelta(days=1, seconds=1)),
        ("B", person, issued, None),
    ]
    bind(town, town.person(), at=NOW + timedelta(days=9))


def test_a_card_that_is_not_lost_or_was_lost_later_is_not_found(town: Town) -> None:
    bind(town, town.person())
    with pytest.raises(Refused, match="not reported lost"):
        find_again(town)
    lose(town)
    for found, says in [(1, "was lost only at 2026-08-02"), (10, "lies in the future")]:
        with pytest.raises(Refused, match=says) as refused:
            find_again(town, found_at=NOW + timedelta(days=found))
        assert refused.value.field == "found_at"
    with pytest.raises(Refused, match="there is no card Z"):
        find_again(town, "Z")


def test_a_card_is_not_lost_before_it_was_bound(town: Town) -> None:
    bind(town, town.person())
    with pytest.raises(Refused, match="was bound only at 2026-08-01") as refused:
        lose(town, lost_at=NOW - timedelta(seconds=1))
    assert refused.value.field == "lost_at"


def test_a_card_that_is_returned_may_be_bound_to_somebody_else_from_then_on(town: Town) -> None:
    first, second = town.person(), town.person()
    bind(town, first)
    returned = NOW + timedelta(days=2)
    unbind(town, unbound_at=returned, reason="退卡")
    assert (town.last_audit().action, town.last_audit().reason) == ("unbind_card", "退卡")
    bind(town, second, at=NOW + timedelta(days=9), bound_from=returned)
    assert bindings(town) == [("A", first, NOW, returned), ("A", second, returned, None)]


def test_an_unbinding_that_cannot_be_is_refused(town: Town) -> None:
    bind(town, town.person())
    for moment, says in [(NOW, "was bound only at"), (NOW + timedelta(days=10), "lies in the future")]:
        with pytest.raises(Refused, match=says) as refused:
            unbind(town, unbound_at=moment)
        assert refused.value.field == "unbound_at"
    unbind(town)
    for card_no in ("A", "Z"):
        with pytest.raises(Refused, match=f"the card {card_no} is bound to nobody"):
            unbind(town, card_no)


def test_nobody_touches_a_card_outside_their_area_and_a_guessed_number_tells_nothing(town: Town) -> None:
    bind(town, town.person())
    lose(town)
    other = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
    for command in (find_again, unbind):
        answers = set()
        for card_no in ("A", "Z"):
            with pytest.raises(NotAllowed) as refused:
                command(town, card_no, other)
            answers.add(str(refused.value))
        assert len(answers) == 1


def number(town: Town, person: int) -> str:
    with reading(town.engine) as session:
        return session.get_one(Volunteer, person).volunteer_no


def bind_by_number(town: Town, actor: Actor = CITY, **options: Any) -> None:
    arguments = {"card_no": "A", "bound_on": date(2026, 7, 30), "at": NOW, "reason": "本人出示"} | options
    with writing(town.engine) as session:
        bind_card_by_number(session, actor, **arguments)


def extend(town: Town, actor: Actor = CITY, **options: Any) -> None:
    arguments = {"card_no": "A", "bound_on": date(2026, 7, 30), "at": NOW, "reason": "早已领卡"} | options
    with writing(town.engine) as session:
        extend_binding(session, actor, **arguments)


THE_30TH = datetime(2026, 7, 29, 16, tzinfo=UTC)  # when 30 July begins in Hangzhou


def test_a_card_is_bound_by_the_public_number_from_the_beginning_of_a_local_day(town: Town) -> None:
    person = town.person()
    bind_by_number(town, volunteer_no=f" {number(town, person)} ")
    assert bindings(town) == [("A", person, THE_30TH, None)]
    assert (town.last_audit().action, town.last_audit().reason) == ("bind_card", "本人出示")


def test_a_number_of_nobody_or_of_somebody_elsewhere_is_refused_alike(town: Town) -> None:
    person = number(town, town.person())
    other = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
    for actor, asked in ((CITY, "V9"), (other, person), (other, "V9")):
        with pytest.raises(Refused, match=f"there is no volunteer {asked} in your area") as refused:
            bind_by_number(town, actor, volunteer_no=asked)
        assert refused.value.field == "volunteer_no"
    with pytest.raises(Refused, match="lies in the future") as refused:
        bind_by_number(town, volunteer_no=person, bound_on=date(2026, 8, 2))
    assert refused.value.field == "bound_on"


def test_a_binding_may_begin_earlier_so_that_more_taps_count(town: Town) -> None:
    person = town.person()
    bind(town, person)
    extend(town)
    assert bindings(town) == [("A", person, THE_30TH, None)]
    entry = town.last_audit()
    assert (entry.action, entry.before["bound_from"], entry.after["bound_from"]) == (
        "extend_binding", NOW.isoformat(), THE_30TH.isoformat(),
    )  # fmt: skip


def test_what_was_tapped_while_a_card_was_lost_does_not_become_its_holders(town: Town) -> None:
    bind(town, town.person())
    lose(town)
    find_again(town)
    before = bindings(town)
    with pytest.raises(Refused, match="was bound before"):
        extend(town, bound_on=date(2026, 8, 2), at=NOW + timedelta(days=9))
    assert bindings(town) == before


def test_an_extension_that_cannot_be_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="is bound to nobody"):
        extend(town)
    bind(town, town.person())
    for options, field, says in [
        ({"bound_on": date(2026, 8, 2)}, "bound_on", "choose a day before"),
        ({"reason": " "}, "reason", "the reason is missing"),
    ]:
        with pytest.raises(Refused, match=says) as refused:
            extend(town, **options)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        extend(town, Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"))
