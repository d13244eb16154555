"""Volunteers who may not serve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.bans import ban_volunteer, lift_ban, lift_ended_bans
from operations.commands.clock import ClockRun, run_clock
from operations.commands.memberships import join_organisation
from operations.commands.refusals import Refused
from operations.commands.sign_ups import cancel_sign_up
from operations.database import reading, writing
from operations.model import Ban, Notice, SignUp, Volunteer

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
DAY = timedelta(days=1)


def ban(town: Town, person: int, actor: Actor = XIHU, **options: Any) -> None:
    with writing(town.engine) as session:
        ban_volunteer(session, actor, volunteer_id=person, **{"reason": "伪造签到", "at": NOW, **options})


def lift(town: Town, person: int, actor: Actor = XIHU, reason: str = "申诉成立") -> None:
    with writing(town.engine) as session:
        lift_ban(session, actor, volunteer_id=person, reason=reason, at=NOW + DAY)


def clock(town: Town, at: datetime) -> int:
    return run_clock(town.engine, at).bans


def status(town: Town, person: int) -> str:
    with reading(town.engine) as session:
        return session.get_one(Volunteer, person).status


def test_who_is_banned_joins_nothing_until_the_ban_is_lifted(town: Town) -> None:
    person = town.person()
    joining = {"organisation_id": town.organisation_id, "volunteer_id": person, "at": NOW}
    ban(town, person)
    assert status(town, person) == "banned"
    with pytest.raises(Refused, match="not active"), writing(town.engine) as session:
        join_organisation(session, volunteer(person), **joining)
    lift(town, person)
    with writing(town.engine) as session:
        join_organisation(session, volunteer(person), **joining)
    with reading(town.engine) as session:
        told = session.scalars(select(Notice).order_by(Notice.notice_id)).all()
    assert [(one.kind, one.details["reason"]) for one in told] == [
        ("volunteer_banned", "伪造签到"),
        ("ban_lifted", "申诉成立"),
    ]


def test_a_ban_ends_when_its_time_is_over_and_not_before(town: Town) -> None:
    person, for_good = town.person(), town.person()
    ban(town, person, ends_at=NOW + 30 * DAY)
    ban(town, for_good)
    assert clock(town, NOW + 29 * DAY) == 0
    assert clock(town, NOW + 30 * DAY) == 1
    assert clock(town, NOW + 31 * DAY) == 0
    assert (status(town, person), status(town, for_good)) == ("active", "banned")
    assert (town.last_audit().action, town.last_audit().role) == ("lift_ban", "system")


@pytest.mark.parametrize(("wrong", "field"), [({"reason": " "}, "reason"), ({"ends_at": NOW}, "ends_at")])
def test_a_ban_says_why_and_ends_later(town: Town, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        ban(town, town.person(), **wrong)
    assert refusal.value.field == field
    assert town.count(Ban) == 0


def test_nobody_is_banned_twice_or_lifted_twice(town: Town) -> None:
    person = town.person()
    with pytest.raises(Refused, match="not banned"):
        lift(town, person)
    ban(town, person)
    with pytest.raises(Refused, match="is banned"):
        ban(town, person)
    with pytest.raises(Refused) as refusal:
        lift(town, person, reason="")
    assert refusal.value.field == "reason"
    lift(town, person)
    ban(town, person)
    assert town.count(Ban) == 2


def test_nobody_decides_on_their_own_ban(town: Town) -> None:
    person = town.person()
    themselves = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106", volunteer_id=person)
    with pytest.raises(Refused, match="nobody bans themselves"):
        ban(town, person, themselves)
    ban(town, person)
    with pytest.raises(Refused, match="their own ban"):
        lift(town, person, themselves)


def test_only_the_area_bans_and_only_who_lifts_everywhere_runs_the_clock(town: Town) -> None:
    person = town.person()
    elsewhere = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
    for actor in (elsewhere, town.host, volunteer(person), Actor("a", Role.AUDITOR)):
        for number in (person, 999):
            with pytest.raises(NotAllowed):
                ban(town, number, actor)
            with pytest.raises(NotAllowed):
                lift(town, number, actor)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        lift_ended_bans(session, XIHU, at=NOW)
    with writing(town.engine) as session:
        assert lift_ended_bans(session, CITY, at=NOW) == 0


def test_who_waited_through_a_ban_is_offered_the_place_that_stayed_free(town: Town) -> None:
    shift = town.shift(capacity=1)
    holder, waiting = town.signed_up(shift), town.signed_up(shift)
    with writing(town.engine) as session:
        ban_volunteer(
            session, CITY, volunteer_id=waiting, reason="投诉", at=NOW, ends_at=NOW + timedelta(hours=1)
        )
        left = session.scalars(select(SignUp).where(SignUp.volunteer_id == holder)).one().sign_up_id
        cancel_sign_up(session, volunteer(holder), sign_up_id=left, at=NOW)
    run_clock(town.engine, NOW + timedelta(minutes=30))
    assert town.count(SignUp, SignUp.volunteer_id == waiting, SignUp.status == "waiting") == 1
    run_clock(town.engine, NOW + timedelta(minutes=61))
    assert town.count(SignUp, SignUp.volunteer_id == waiting, SignUp.status == "offered") == 1
    assert run_clock(town.engine, NOW + timedelta(minutes=61)) == ClockRun(0, 0)
