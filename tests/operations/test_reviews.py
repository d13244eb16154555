"""Reviews: who decides on minutes above the daily ceilings, within which limits, and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.organisations import register_organisation
from operations.commands.refusals import Refused
from operations.commands.reviews import review_minutes
from operations.database import reading, writing
from operations.model import Notice, ReviewDecision
from operations.queries.reviews import decisions_of, newest_decisions

from .conftest import CITY, NOW, Town
from .honour_stories import district, host


def city(person: int) -> Actor:
    return Actor(f"city {person}", Role.CITY_ADMINISTRATOR, volunteer_id=person)


def review(town: Town, actor: Actor, volunteer: int, **options: Any) -> int:
    """Grant 40 of 60 minutes of a session at the organisation's level."""
    arguments = {
        "session_id": f"{volunteer}/site/1/CARD/D1:7",
        "volunteer_id": volunteer,
        "organisation_id": town.organisation_id,
        "service_day": date(2026, 7, 31),
        "level": "organisation",
        "minutes_in_review": 60,
        "minutes_granted": 40,
        "reason": "大型活动,全天值守,有排班表",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return review_minutes(session, actor, **arguments).decision_id


def child_of(town: Town) -> int:
    with writing(town.engine) as session:
        return register_organisation(
            session,
            CITY,
            name="曙光分队",
            kind="group",
            area_code="330106",
            at=NOW,
            parent_organisation_id=town.organisation_id,
        ).organisation.organisation_id


def test_the_parent_organisation_or_the_area_decides_up_to_twelve_hours_and_the_city_above(
    town: Town,
) -> None:
    volunteer, decider = town.person(), town.person()
    with pytest.raises(Refused, match="does not decide on its own"):
        review(town, host(town, decider), volunteer)
    assert review(town, host(town, decider), volunteer, organisation_id=child_of(town)) == 1
    other = town.person()
    assert review(town, district(decider), other) == 2
    for actor in (host(town, decider), district(decider)):
        with pytest.raises(Refused, match="decided by the city") as refusal:
            review(town, actor, other, level="city")
        assert refusal.value.field == "level"
    assert review(town, city(decider), other, level="city") == 3


def test_nobody_decides_on_their_own_minutes_and_no_account_of_nobody_decides(town: Town) -> None:
    volunteer = town.person()
    with pytest.raises(Refused, match="their own minutes"):
        review(town, district(volunteer), volunteer)
    with pytest.raises(Refused, match="this account is of nobody"):
        review(town, CITY, volunteer)
    assert town.count(ReviewDecision) == 0


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"minutes_granted": 61}, "minutes_granted"),
        ({"minutes_granted": -1}, "minutes_granted"),
        ({"minutes_in_review": 0, "minutes_granted": 0}, "minutes_in_review"),
        ({"reason": "  "}, "reason"),
        ({"level": "nation"}, "level"),
        ({"session_id": "999/site/1/CARD/D1:7"}, "session_id"),
        ({"replaces": 5}, "session_id"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(town: Town, options: dict[str, Any], field: str) -> None:
    volunteer, decider = town.person(), town.person()
    with pytest.raises(Refused) as refusal:
        review(town, district(decider), volunteer, **options)
    assert refusal.value.field == field
    assert town.count(ReviewDecision) == 0


def test_a_correction_is_a_new_decision_that_names_the_one_it_replaces(town: Town) -> None:
    volunteer, decider = town.person(), town.person()
    first = review(town, district(decider), volunteer)
    with pytest.raises(Refused, match="somebody decided on this meanwhile"):
        review(town, district(decider), volunteer, minutes_granted=0)
    review(town, district(decider), volunteer, minutes_granted=0, replaces=first)
    with reading(town.engine) as session:
        assert session.scalars(select(ReviewDecision.minutes_granted)).all() == [40, 0]


def test_a_decision_for_another_organisation_stands_in_nobodys_way(town: Town) -> None:
    person, decider = town.person(), town.person()
    stray = review(town, city(decider), person, organisation_id=child_of(town))
    own = review(town, city(decider), person)
    with pytest.raises(Refused, match="decided on this meanwhile"):
        review(town, city(decider), person)
    session_id = f"{person}/site/1/CARD/D1:7"
    with reading(town.engine) as session:
        newest = newest_decisions(session, [session_id])
        kept = [one.decision_id for one in decisions_of(session, session_id, town.organisation_id)]
    assert kept == [own] != [stray]
    assert newest[session_id, "organisation", town.organisation_id] == own


def test_two_who_decide_at_once_decide_once(town: Town) -> None:
    volunteer, deciders = town.person(), [town.person() for _ in range(4)]

    def attempt(decider: int) -> str:
        try:
            review(town, district(decider), volunteer)
        except Refused as refusal:
            return str(refusal)
        return "decided"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, deciders))
    assert outcomes == ["decided"] + ["somebody decided on this meanwhile: open the list anew"] * 3
    assert town.count(ReviewDecision) == 1


def test_the_volunteer_is_told_and_the_decision_is_in_the_audit_log(town: Town) -> None:
    volunteer, decider = town.person(), town.person()
    review(town, district(decider), volunteer)
    entry = town.last_audit()
    assert (entry.action, entry.after["minutes_granted"]) == ("review_minutes", 40)
    assert entry.reason == "大型活动,全天值守,有排班表"
    with reading(town.engine) as session:
        (notice,) = session.scalars(select(Notice))
    assert (notice.kind, notice.volunteer_id, notice.details["granted"]) == (
        "minutes_reviewed",
        volunteer,
        40,
    )


def test_another_district_and_another_organisation_decide_nothing(town: Town) -> None:
    volunteer, decider = town.person(), town.person()
    for actor in (
        district(decider, "330105"),
        Actor("other", Role.ORGANISATION_ADMINISTRATOR, organisation_id=999, volunteer_id=decider),
        Actor("self", Role.VOLUNTEER, volunteer_id=volunteer),
    ):
        with pytest.raises(NotAllowed):
            review(town, actor, volunteer)
    with pytest.raises(NotAllowed):
        review(town, district(decider), volunteer, organisation_id=None)
    assert review(town, city(decider), volunteer, organisation_id=None) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(granted=st.integers(-5, 70), in_review=st.integers(-5, 60))
def test_never_more_is_granted_than_was_in_review(town: Town, granted: int, in_review: int) -> None:
    volunteer, decider = town.person(), town.person()
    try:
        review(town, district(decider), volunteer, minutes_in_review=in_review, minutes_granted=granted)
    except Refused:
        assert not 0 <= granted <= in_review or in_review < 1
    with reading(town.engine) as session:
        for kept in session.scalars(select(ReviewDecision)):
            assert 0 <= kept.minutes_granted <= kept.minutes_in_review
