"""A list shows and counts the same rows, whichever of its conditions finds them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy.orm import Session

from operations.access import Actor, Role, scope_of
from operations.commands.memberships import join_organisation
from operations.commands.organisations import register_organisation
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.queries.activities import ACTIVITIES, SHIFTS
from operations.queries.narrowing import Condition, Narrowing, OrganisationNarrowing, narrowed
from operations.queries.paging import Listing
from operations.queries.sign_ups import SIGN_UPS
from operations.queries.volunteers import VOLUNTEERS

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
# As few and as many values as lead to each way of finding and of counting.
WAYS = ((20_000, 200_000), (1, 200_000), (0, 200_000), (0, 0))


def in_two_forms(session: Session, condition: Condition, way: tuple[int, int]) -> Condition:
    known = condition.known(session) if isinstance(condition, OrganisationNarrowing) else condition
    return replace(known, few=way[0], many=way[1]) if isinstance(known, Narrowing) else known


def found(town: Town, listing: Listing, conditions: list[Condition], ways: Any, limit: int) -> Any:
    with reading(town.engine) as session:
        chosen = [in_two_forms(session, one, way) for one, way in zip(conditions, ways, strict=True)]
        these = narrowed(session, listing.select, chosen)
        keys = sorted(row[0] for row in session.execute(these.rows))
        return keys, these.count(session, listing.key, limit)


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


@pytest.mark.parametrize("limit", [1, 100])
def test_volunteers_of_an_organisation_are_the_same_in_every_way(town: Town, limit: int) -> None:
    people = grown(town)
    known = VOLUNTEERS.visible(scope_of(town.host, VOLUNTEERS.action))
    named = VOLUNTEERS.filters["name"]("李")
    everybody = sorted((people["张一"], people["李三"], people["报名"]))
    active = VOLUNTEERS.filters["status"](["active"])
    for way in WAYS:
        assert found(town, VOLUNTEERS, [known], [way], limit) == (everybody, min(3, limit + 1)), way
        assert found(town, VOLUNTEERS, [known, active], [way] * 2, limit) == (everybody, min(3, limit + 1)), (
            way
        )
    for ways in product(WAYS, WAYS):
        assert found(town, VOLUNTEERS, [known, named], ways, limit) == ([people["李三"]], 1), ways


def test_sign_ups_and_activities_are_the_same_in_every_way(town: Town) -> None:
    people = grown(town)
    with reading(town.engine) as session:
        number = session.scalars(
            VOLUNTEERS.select.where(VOLUNTEERS.key == people["报名"]).with_only_columns(
                VOLUNTEERS.select.selected_columns.volunteer_no
            )
        ).one()
    stranger = Actor("o", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id + 1)
    search: Any = SIGN_UPS.search
    for ways in product(WAYS, WAYS):
        for actor, expected in ((town.host, 1), (stranger, 0), (CITY, 1), (XIHU, 1), (GONGSHU, 0)):
            seen = SIGN_UPS.visible(scope_of(actor, SIGN_UPS.action))
            for words, is_found in ((number, 1), (number[:-2], 1), ("9", 0)):
                keys, count = found(town, SIGN_UPS, [seen, search(words)], ways, 100)
                assert (len(keys), count) == (expected * is_found,) * 2, (ways, actor, words)
    for way in WAYS:
        for actor, expected in ((town.host, 1), (stranger, 0), (XIHU, 1), (GONGSHU, 0)):
            for listing in (ACTIVITIES, SHIFTS):
                seen = listing.visible(scope_of(actor, listing.action))
                keys, count = found(town, listing, [seen], [way], 100)
                assert (len(keys), count) == (expected, expected), (way, actor, listing.name)
