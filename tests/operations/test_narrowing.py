"""A list shows and counts the same rows, whichever of its conditions finds them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from operations.access import Actor, Role, scope_of
from operations.commands.cards import bind_card
from operations.commands.memberships import join_organisation
from operations.commands.notices import notify
from operations.commands.organisations import register_organisation
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import Volunteer
from operations.queries.activities import ACTIVITIES, SHIFTS
from operations.queries.cards import CARDS
from operations.queries.narrowing import Condition, Looked, narrowed
from operations.queries.notices import NOTICES
from operations.queries.organisations import MEMBERS, ORGANISATIONS
from operations.queries.paging import Listing
from operations.queries.sign_ups import SIGN_UPS
from operations.queries.volunteers import VOLUNTEERS

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
BEISHAN = Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")


def every_way(town: Town, listing: Listing, *conditions: Condition) -> list[list[int]]:
    """The keys found by each condition in turn, and by looking at each row; then with a look that ends too early."""
    order = ((listing.key, False),)
    with reading(town.engine) as session:
        found = narrowed(session, listing.select, listing.key, conditions, 100)
        ways = [replace(found, driver=driver) for driver in (None, *found.two_forms)]
        looks = [way.look(session, order, 100) for way in ways]
        looks += [
            way.look(session, order, 1, at_least=100) for way in ways if way.two_forms and not way.driver
        ]
        for way, look in zip(ways, looks, strict=False):
            rows = way.with_keys(session, look.keys)
            assert [row[str(listing.key.key)] for row in rows] == look.keys
    assert not any(look.is_capped for look in looks)
    return [look.keys for look in looks]


def grown(town: Town) -> dict[str, int]:
    """One belongs to the town's organisation and to its child, one to the child, one signed up; two do nothing."""
    with writing(town.engine) as session:
        child = register_organisation(
            session,
            CITY,
            name="曙光分队",
            kind="group",
            area_code="330106",
            at=NOW,
            parent_organisation_id=town.organisation_id,
        ).organisation.organisation_id
        people = {
            name: register_volunteer(
                session,
                CITY,
                full_name=name,
                id_type="passport",
                id_number=f"E{n}",
                area_code="330106",
                at=NOW,
            ).volunteer_id
            for n, name in enumerate(("张一", "李二", "李三", "张四"))
        }
        joined = ((people["张一"], town.organisation_id), (people["张一"], child), (people["李三"], child))
        for person, organisation_id in joined:
            join_organisation(
                session, volunteer(person), organisation_id=organisation_id, volunteer_id=person, at=NOW
            )
    people["报名"] = town.signed_up(town.shift())
    return people


def test_volunteers_of_an_organisation_are_the_same_in_every_way(town: Town) -> None:
    people = grown(town)
    known = VOLUNTEERS.visible(scope_of(town.host, VOLUNTEERS.action))
    named = VOLUNTEERS.filters["name"]("李")
    active = VOLUNTEERS.filters["status"](["active"])
    everybody = sorted((people["张一"], people["李三"], people["报名"]))
    assert all(keys == everybody for keys in every_way(town, VOLUNTEERS, known))
    assert all(keys == everybody for keys in every_way(town, VOLUNTEERS, known, active))
    assert all(keys == [people["李三"]] for keys in every_way(town, VOLUNTEERS, known, named, active))


def test_sign_ups_and_activities_are_the_same_in_every_way(town: Town) -> None:
    people = grown(town)
    with reading(town.engine) as session:
        number = session.get_one(Volunteer, people["报名"]).volunteer_no
    stranger = Actor("o", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id + 1)
    search: Any = SIGN_UPS.search
    whose = ((town.host, 1), (stranger, 0), (CITY, 1), (XIHU, 1), (BEISHAN, 0), (GONGSHU, 0))
    for actor, expected in whose:
        seen = SIGN_UPS.visible(scope_of(actor, SIGN_UPS.action))
        for words, is_found in ((number, 1), (number[:-2], 1), ("9", 0)):
            for keys in every_way(town, SIGN_UPS, seen, search(words)):
                assert len(keys) == expected * is_found, (actor, words)
        for listing in (ACTIVITIES, SHIFTS):
            lies_there = listing.visible(scope_of(actor, listing.action))
            for keys in every_way(town, listing, lies_there):
                assert len(keys) == expected, (actor, listing.name)


def test_every_list_shows_each_scope_the_same_rows_in_every_way(town: Town) -> None:
    """Whatever a list declares: its scopes, its filters by a value and its search mean one thing in both forms."""
    people = grown(town)
    with writing(town.engine) as session:
        notify(session, "tested", at=NOW, organisation_id=town.organisation_id)
        bind_card(session, CITY, card_no="3301", volunteer_id=people["张一"], at=NOW)
    seen: dict[str, set[int]] = {}
    for listing in (ACTIVITIES, SHIFTS, SIGN_UPS, MEMBERS, NOTICES, CARDS, VOLUNTEERS, ORGANISATIONS):
        for actor in (town.host, XIHU, GONGSHU, BEISHAN, CITY):
            if (scope := scope_of(actor, listing.action)).kind == "nothing":
                continue
            ways = every_way(town, listing, listing.visible(scope))
            assert all(keys == ways[0] for keys in ways), (listing.name, actor)
            seen.setdefault(listing.name, set()).add(len(ways[0]))
    # None of it was shown to all alike, or to nobody.
    assert {name for name, counts in seen.items() if len(counts) > 1} == set(seen)


def test_what_lies_far_behind_is_found_and_what_is_not_looked_at_is_said_to_be_uncounted(town: Town) -> None:
    people = grown(town)
    named = VOLUNTEERS.filters["name"]("李")
    order = ((VOLUNTEERS.key, False),)
    with reading(town.engine) as session:
        found = replace(narrowed(session, VOLUNTEERS.select, VOLUNTEERS.key, [named], 100), driver=None)
        first, *_ = sorted((people["李二"], people["李三"]))
        assert found.look(session, order, 1, at_least=1) == Looked([first], is_capped=True)
        assert found.look(session, order, 1) == Looked([], is_capped=True)


def test_cards_of_another_district_than_ones_own_are_not_looked_for(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        bind_card(session, CITY, card_no="3301", volunteer_id=person, at=NOW)
    there = [CARDS.filters["district_code"](code) for code in ("330106", "330105")]
    own = CARDS.visible(scope_of(XIHU, CARDS.action))
    assert {len(keys) for keys in every_way(town, CARDS, own, there[0])} == {1}
    assert every_way(town, CARDS, own, there[1]) == [[]]
