"""The lists of activities and sign-ups: what waits for whom, whose turn it is, and who was there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from operations.access import Actor, NotAllowed
from operations.commands.attendance import Reading, check_in
from operations.commands.clock import run_clock
from operations.commands.places import register_site
from operations.commands.sign_ups import cancel_sign_up
from operations.commands.sites import close_site
from operations.database import reading
from operations.queries.activities import (
    ACTIVITIES_TO_APPROVE,
    ACTIVITIES_TO_CLOSE,
    activity_page,
    coming_shifts,
    past_shifts,
    sites_to_choose,
)
from operations.queries.paging import Listing, Wanted, page_of
from operations.queries.sign_ups import attendance_of_shift, requests_to_decide, sign_ups_of_shift

from .activity_stories import GONGSHU, XIHU, do, recruiting, sign_up_of, stranger, submitted
from .conftest import NOW, Town, volunteer


def rows(town: Town, actor: Actor, listing: Listing, **wanted: Any) -> list[dict[str, Any]]:
    with reading(town.engine) as session:
        return page_of(session, actor, listing, Wanted(**wanted), on=NOW).rows


def test_a_submitted_activity_waits_for_its_area_and_a_finished_one_for_its_organisation(town: Town) -> None:
    waits, finished = submitted(town), recruiting(town)
    run_clock(town.engine, town.ends_at)
    assert [row["activity_id"] for row in rows(town, XIHU, ACTIVITIES_TO_APPROVE)] == [waits]
    assert rows(town, GONGSHU, ACTIVITIES_TO_APPROVE) == []
    with pytest.raises(NotAllowed):
        rows(town, town.host, ACTIVITIES_TO_APPROVE)
    assert [row["activity_id"] for row in rows(town, town.host, ACTIVITIES_TO_CLOSE)] == [finished]
    assert rows(town, XIHU, ACTIVITIES_TO_CLOSE) == rows(town, stranger(town), ACTIVITIES_TO_CLOSE) == []


def test_a_request_waits_for_its_organisation_until_the_shift_starts(town: Town) -> None:
    shift = town.shift(admission="on_request")
    person = town.signed_up(shift)
    assert [row["volunteer_id"] for row in rows(town, town.host, requests_to_decide(NOW))] == [person]
    assert rows(town, town.host, requests_to_decide(town.starts_at)) == []
    assert rows(town, stranger(town), requests_to_decide(NOW)) == []


def test_shifts_to_come_begin_with_the_next_and_those_over_with_the_last(town: Town) -> None:
    first, second, third = (town.shift(hours_later=hours) for hours in (0, 24, 48))
    noon = town.starts_at + timedelta(hours=25)  # the first is over, the second under way
    assert [row["shift_id"] for row in rows(town, town.host, coming_shifts(noon))] == [second, third]
    after = town.ends_at + timedelta(hours=24)
    assert [row["shift_id"] for row in rows(town, town.host, past_shifts(after))] == [second, first]
    assert rows(town, stranger(town), coming_shifts(noon)) == []


def test_who_waits_sees_the_turn_and_nobody_else_has_one(town: Town) -> None:
    shift = town.shift(capacity=1, hours_later=48)
    people = [town.signed_up(shift) for _ in range(4)]
    leaves = sign_up_of(town, people[1], shift).sign_up_id
    do(town, cancel_sign_up, volunteer(people[1]), sign_up_id=leaves)
    turns = {row["volunteer_id"]: row["turn"] for row in rows(town, town.host, sign_ups_of_shift(shift))}
    assert turns == {people[0]: None, people[1]: None, people[2]: 1, people[3]: 2}


def test_the_attendance_of_a_shift_tells_who_signed_in_and_who_did_not(town: Town) -> None:
    shift = town.shift()
    came, stayed_away = town.signed_up(shift), town.signed_up(shift)
    where = Reading(120.15, 30.26, "WGS-84", 5)
    own = {"volunteer_id": came, "shift_id": shift, "reading": where, "client": "app"}
    do(town, check_in, volunteer(came), **own, code=town.code(shift, town.starts_at), at=town.starts_at)
    seen = {row["volunteer_id"]: row["signed_in_at"] for row in rows(town, XIHU, attendance_of_shift(shift))}
    assert seen == {came: town.starts_at, stayed_away: None}
    assert rows(town, GONGSHU, attendance_of_shift(shift)) == []


def test_the_page_of_an_activity_shows_its_places_and_history_to_those_of_its_area_only(town: Town) -> None:
    activity_id = submitted(town)
    with reading(town.engine) as session:
        page = activity_page(session, XIHU, activity_id)
        assert page is not None
        assert [(place.name, place.radius_m) for place in page.places] == [("断桥微笑亭", 100)]
        assert [change.action for change in page.history] == ["submit_activity", "draft_activity"]
        assert page.may_become == ("approved", "returned", "cancelled")
        for actor in (GONGSHU, stranger(town)):
            assert activity_page(session, actor, activity_id) is None
        assert sites_to_choose(session, "330106", town.organisation_id) == {town.site_id: "断桥微笑亭"}
        assert sites_to_choose(session, "330105", town.organisation_id) == {}


def test_an_activity_may_be_held_at_any_open_site_of_its_district_and_ones_own_are_offered_first(
    town: Town,
) -> None:
    there = {"kind": "park", "area_code": "330106", "lon": 120.15, "lat": 30.26, "position_system": "WGS-84"}
    everybodys = do(town, register_site, XIHU, name="A公园", **there).site_id
    closed = do(town, register_site, XIHU, name="B公园", **there).site_id
    do(town, close_site, XIHU, site_id=closed, closed_on=NOW.date(), reason="改建")
    with reading(town.engine) as session:
        assert list(sites_to_choose(session, "330106", town.organisation_id)) == [town.site_id, everybodys]
        assert list(sites_to_choose(session, "330106", town.organisation_id + 1)) == [
            everybodys,
            town.site_id,
        ]
