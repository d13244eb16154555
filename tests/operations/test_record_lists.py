"""Lists of honour records, disputes and proofs: each shows to each what lies in their part, also by a guessed key."""

from __future__ import annotations

from typing import Any

import pytest

from operations.access import Action, Actor, Role
from operations.database import reading
from operations.queries.disputes import (
    DISPUTES,
    DISPUTES_TO_ANSWER,
    DISPUTES_TO_DECIDE,
    DISPUTES_TO_MAKE_GOOD,
    steps_of,
)
from operations.queries.honours import (
    HONOUR_RECORDS,
    HONOUR_RECORDS_OF_THE_AREA,
    HONOUR_RECORDS_TO_APPROVE,
    decisions_on,
)
from operations.queries.paging import Listing, Wanted, one_row, page_of
from operations.queries.proofs import PROOFS, look_ups_of
from operations.queries.reviews import names_for, organisations_within

from .conftest import CITY, NOW, Town, volunteer
from .honour_stories import decide, district, honour, host
from .test_disputes import DAY, answer, appeal, dispute
from .test_proofs import issue, look_up, row


def shown(town: Town, actor: Actor, listing: Listing, **filters: Any) -> list[Any]:
    with reading(town.engine) as session:
        page = page_of(session, actor, listing, Wanted(filters=filters), on=NOW)
        return [one[listing.key.key] for one in page.rows]


def prepared(town: Town) -> tuple[int, int]:
    """A record that is approved, a dispute that is rejected, and a proof, all of one volunteer; and two persons."""
    person, second = town.person(), town.person()
    record = honour(town, second, person)
    decide(town, district(town.person()), record)
    answer(town, host(town, second), dispute(town, person))
    issued = issue(town, host(town, second), person, row(town))
    look_up(town, issued.proof.proof_no, 120)
    return person, second


@pytest.mark.parametrize("listing", [HONOUR_RECORDS, DISPUTES, PROOFS], ids=lambda one: one.name)
def test_each_sees_the_rows_of_their_part_also_by_key(town: Town, listing: Listing) -> None:
    person, second = prepared(town)
    for actor in (CITY, district(second), host(town, second)):
        assert shown(town, actor, listing) == [1]
    elsewhere = [district(second, "330105"), Actor("o", Role.ORGANISATION_ADMINISTRATOR, organisation_id=999)]
    if listing is not HONOUR_RECORDS:
        assert shown(town, volunteer(person), listing) == [1]
        elsewhere.append(volunteer(second))
    for actor in elsewhere:
        assert shown(town, actor, listing) == []
        with reading(town.engine) as session:
            assert one_row(session, actor, listing, 1) is None


def test_lists_are_filtered_by_state(town: Town) -> None:
    prepared(town)
    assert shown(town, CITY, HONOUR_RECORDS, status="approved") == [1]
    assert shown(town, CITY, HONOUR_RECORDS, statuses=["entered", "endorsed"]) == []
    assert shown(town, CITY, DISPUTES, overdue_at=NOW) == []
    assert shown(town, CITY, DISPUTES, status="answered") == [1]
    assert shown(town, CITY, DISPUTES, is_to_make_good=True) == []
    assert shown(town, CITY, PROOFS, state="issued") == [1]
    assert shown(town, CITY, PROOFS, state="revoked") == []


def test_one_of_them_shows_what_was_done_with_it(town: Town) -> None:
    _, second = prepared(town)
    with reading(town.engine) as session:
        assert [one.decision for one, _ in decisions_on(session, 1)] == ["approved"]
        assert [one.step for one in steps_of(session, 1)] == ["opened", "answered"]
        assert look_ups_of(session, 1) == {"valid": 1}
        assert organisations_within(session, CITY, Action.VIEW_REVIEWS) is None
        mine = organisations_within(session, host(town, second), Action.VIEW_REVIEWS)
        assert mine == {town.organisation_id: "西湖志愿队"}
        names = names_for(session, organisations=[town.organisation_id], sites=[town.site_id])
        assert names["organisations"] == mine and names["sites"] == {town.site_id: "断桥微笑亭"}
        assert names["volunteers"] == {}


def test_what_waits_waits_for_those_who_can_decide_it(town: Town) -> None:
    person, second, third = town.person(), town.person(), town.person()
    few, many = honour(town, second, person), honour(town, second, person, minutes=300)
    mine, area = host(town, third), district(third)
    for actor in (mine, area):
        assert shown(town, actor, HONOUR_RECORDS_TO_APPROVE) == [few, many]
    decide(town, mine, many)
    assert shown(town, mine, HONOUR_RECORDS_TO_APPROVE) == [few]
    assert shown(town, mine, HONOUR_RECORDS_OF_THE_AREA) == []
    assert shown(town, area, HONOUR_RECORDS_OF_THE_AREA) == [many]

    rejected, upheld = dispute(town, person), dispute(town, second)
    assert shown(town, mine, DISPUTES_TO_ANSWER) == [rejected, upheld]
    answer(town, mine, rejected)
    answer(town, mine, upheld, "upheld")
    appeal(town, person, rejected, NOW + 2 * DAY)
    assert shown(town, mine, DISPUTES_TO_ANSWER) == []
    assert shown(town, area, DISPUTES_TO_DECIDE) == [rejected]
    assert shown(town, mine, DISPUTES_TO_MAKE_GOOD) == [upheld]
    honour(town, third, second, dispute_id=upheld)
    assert shown(town, mine, DISPUTES_TO_MAKE_GOOD) == []
