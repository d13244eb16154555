"""Who is under age, and the guardians who answer for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.access import Actor, NotAllowed, Role
from operations.commands.guardians import guardian_missing, is_under_age, name_guardian, release_guardian
from operations.commands.refusals import Refused
from operations.commands.sign_ups import sign_up
from operations.database import reading, writing
from operations.model import Guardian, VolunteerIdentity

from .conftest import CITY, NOW, Town, volunteer

DAY = NOW.date()


def born(town: Town, born_on: date | None) -> int:
    person = town.person()
    with writing(town.engine) as session:
        session.get_one(VolunteerIdentity, person).born_on = born_on
    return person


def name(town: Town, actor: Actor, person: int, **options: Any) -> int:
    arguments = {
        "full_name": "王建国",
        "kinship": "father",
        "phone": "13800138000",
        "consent_version": "2026-01",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return name_guardian(session, actor, volunteer_id=person, **arguments).guardian_id


def missing(town: Town, person: int, on: date = DAY) -> bool:
    with reading(town.engine) as session:
        return guardian_missing(session, person, on)


def test_a_child_serves_only_with_a_guardian_who_agreed(town: Town) -> None:
    child = born(town, date(2012, 5, 1))
    assert missing(town, child)
    guardian = name(town, volunteer(child), child)
    assert not missing(town, child)
    with writing(town.engine) as session:
        release_guardian(session, volunteer(child), volunteer_id=child, guardian_id=guardian, at=NOW)
    assert missing(town, child)


def test_an_adult_and_whose_birth_date_is_unknown_need_none(town: Town) -> None:
    assert not missing(town, born(town, date(1990, 1, 1)))
    assert not missing(town, born(town, None))


def test_one_grows_up_on_the_birthday_by_the_local_calendar(town: Town) -> None:
    person = born(town, date(2008, 8, 2))
    with reading(town.engine) as session:
        assert is_under_age(session, person, date(2026, 8, 1))
        assert not is_under_age(session, person, date(2026, 8, 2))
        # 16:30 UTC on 1 August is half past midnight of the birthday in Hangzhou.
        assert not is_under_age(session, person, NOW.replace(hour=16, minute=30))
        assert is_under_age(session, person, NOW.replace(hour=15, minute=30))


def test_who_was_born_on_a_leap_day_grows_up_on_the_first_of_march(town: Town) -> None:
    person = born(town, date(2008, 2, 29))
    assert missing(town, person, date(2026, 2, 28)) and not missing(town, person, date(2026, 3, 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2020, 12, 31)), st.integers(0, 30_000))
def test_nobody_becomes_a_child_again(town: Town, born_on: date, days: int) -> None:
    person = born(town, born_on)
    later = born_on + timedelta(days=days)
    with reading(town.engine) as session:
        if not is_under_age(session, person, later):
            assert not is_under_age(session, person, later + timedelta(days=1))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"kinship": "friend"}, "kinship"),
        ({"phone": "x"}, "phone"),
        ({"consent_version": ""}, "consent_version"),
    ],
)
def test_what_is_missing_of_a_guardian_is_named(town: Town, wrong: dict[str, Any], field: str) -> None:
    child = born(town, date(2012, 5, 1))
    with pytest.raises(Refused) as refusal:
        name(town, CITY, child, **wrong)
    assert refusal.value.field == field


def test_no_guardian_is_named_for_an_adult_or_twice(town: Town) -> None:
    with pytest.raises(Refused, match="not under age"):
        name(town, CITY, born(town, date(1990, 1, 1)))
    child = born(town, date(2012, 5, 1))
    name(town, CITY, child)
    with pytest.raises(Refused, match="named already"):
        name(town, CITY, child)


def test_nobody_else_names_or_releases_a_guardian(town: Town) -> None:
    child, other = born(town, date(2012, 5, 1)), born(town, date(2012, 5, 1))
    guardian = name(town, CITY, child)
    for actor in (
        volunteer(other),
        Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"),
        town.host,
    ):
        for number in (child, 999):
            with pytest.raises(NotAllowed):
                name(town, actor, number, full_name="李雷")
    with pytest.raises(Refused, match="does not answer"), writing(town.engine) as session:
        release_guardian(session, volunteer(other), volunteer_id=other, guardian_id=guardian, at=NOW)


def test_the_log_holds_no_name_and_no_telephone_of_a_guardian(town: Town) -> None:
    name(town, CITY, born(town, date(2012, 5, 1)))
    entry = town.last_audit()
    assert (entry.action, entry.after["kinship"]) == ("name_guardian", "father")
    assert "王建国" not in str(entry.after) and "138" not in str(entry.after)
    assert town.count(Guardian) == 1


def test_a_child_signs_up_only_with_a_guardian(town: Town) -> None:
    child, shift = born(town, date(2012, 5, 1)), town.shift()
    arguments = {"volunteer_id": child, "shift_id": shift, "at": NOW}
    with pytest.raises(Refused, match="guardian"), writing(town.engine) as session:
        sign_up(session, volunteer(child), **arguments)
    name(town, volunteer(child), child)
    with writing(town.engine) as session:
        assert sign_up(session, volunteer(child), **arguments).status == "confirmed"
