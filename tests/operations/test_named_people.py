"""Who some people are whom a page knows by their ids: names are masked, and told only to those who may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from operations.access import Action, Actor, Role
from operations.commands.cards import bind_card
from operations.database import reading, writing
from operations.model import Area, OrganisationMember, VolunteerIdentity
from operations.queries.areas import areas_within_reach
from operations.queries.cards import held_now, holder_to_be
from operations.queries.named_people import named_people

from .conftest import CITY, NOW, Town

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
AUDITOR = Actor("auditor", Role.AUDITOR)


@pytest.fixture
def person(town: Town) -> int:
    """A volunteer of 西湖区 called 张小三."""
    made = town.person()
    with writing(town.engine) as session:
        session.get_one(VolunteerIdentity, made).full_name = "张小三"
    return made


@pytest.mark.parametrize(
    ("actor", "name"), [(CITY, "张*三"), (XIHU, "张*三"), (GONGSHU, None), (AUDITOR, None)]
)
def test_a_masked_name_is_told_to_those_who_may_list_the_person(
    town: Town, person: int, actor: Actor, name: str | None
) -> None:
    with reading(town.engine) as session:
        found = named_people(session, actor, [person, 99])
    assert list(found) == [person]
    assert found[person].name == name
    assert found[person].volunteer_no


def test_who_administers_an_organisation_of_the_area_is_named_there(town: Town, person: int) -> None:
    with writing(town.engine) as session:
        session.add(Area(area_code="330102", kind="district", name="上城区"))
        session.flush()
        from operations.model import Organisation

        session.get_one(Organisation, town.organisation_id).district_code = "330105"
        session.add(
            OrganisationMember(
                organisation_id=town.organisation_id, volunteer_id=person, role="administrator", joined_at=NOW
            )
        )
    with reading(town.engine) as session:
        assert named_people(session, GONGSHU, [person])[person].name == "张*三"


def test_the_holder_to_be_is_shown_to_those_who_may_bind(town: Town, person: int) -> None:
    with reading(town.engine) as session:
        number = named_people(session, CITY, [person])[person].volunteer_no
        assert holder_to_be(session, XIHU, f" {number} ") == (person, "张*三")
        assert holder_to_be(session, GONGSHU, number) is None
        assert holder_to_be(session, AUDITOR, number) is None


def test_cards_that_are_somebodys_now(town: Town, person: int) -> None:
    with writing(town.engine) as session:
        bind_card(session, CITY, card_no="A", volunteer_id=person, at=NOW, bound_from=NOW - timedelta(days=2))
    with reading(town.engine) as session:
        assert held_now(session, ["A", "B"]) == {"A": NOW - timedelta(days=2)}


def test_areas_to_choose_from_end_where_the_reach_does(town: Town) -> None:
    beishan = Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001")
    with reading(town.engine) as session:
        reach = [
            areas_within_reach(session, actor, Action.REGISTER_SITE)
            for actor in (CITY, XIHU, beishan, town.host)
        ]
        assert areas_within_reach(session, AUDITOR, Action.REGISTER_SITE) == {}
    assert [list(found) for found in reach] == [
        ["330105", "330106", "330106001", "330106001051"],
        ["330106", "330106001", "330106001051"],
        ["330106001", "330106001051"],
        ["330106", "330106001", "330106001051"],
    ]
    assert reach[2]["330106001051"] == "西湖区 · 北山街道 · 曙光社区"
