"""Publishing activities: only what is to come, safe, and somewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.activities import ShiftPlan, draft_activity, publish_activity
from operations.commands.refusals import Refused
from operations.commands.repeating import Repetition, repeat_activity
from operations.database import reading, writing
from operations.model import Activity, Organisation, Shift, ShiftSite, Site

from .activity_stories import GONGSHU, a_plan
from .conftest import CITY, NOW, Town

HOUR = timedelta(hours=1)


def plan(town: Town, **changes: Any) -> ShiftPlan:
    return replace(ShiftPlan(town.starts_at, town.ends_at, 20, (town.site_id,)), **changes)


def publish(town: Town, *shifts: ShiftPlan, actor: Actor | None = None, **options: Any) -> int:
    arguments = {
        "organisation_id": town.organisation_id,
        "title": "西湖捡垃圾",
        "category_code": "environment",
        "area_code": "330106",
        "shifts": list(shifts or [plan(town)]),
        "risk_statement": "水边路滑",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return publish_activity(session, actor or town.host, **arguments).activity_id


def test_an_activity_lasts_from_its_first_shift_to_its_last(town: Town) -> None:
    tomorrow = plan(town, starts_at=town.starts_at + 24 * HOUR, ends_at=town.ends_at + 24 * HOUR)
    made = publish(town, tomorrow, plan(town))
    with reading(town.engine) as session:
        activity = session.get_one(Activity, made)
        shifts = session.scalars(select(Shift.shift_id).where(Shift.activity_id == made)).all()
        sites = session.scalars(select(ShiftSite.site_id)).all()
    assert (activity.starts_at, activity.ends_at) == (town.starts_at, town.ends_at + 24 * HOUR)
    assert (activity.status, activity.published_at) == ("recruiting", NOW)
    assert (len(shifts), sites) == (2, [town.site_id, town.site_id])
    assert len(town.last_audit().after["shifts"]) == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"starts_at": NOW}, "shift 1 has started already"),
        ({"ends_at": NOW + HOUR}, "ends before it starts"),
        ({"ends_at": NOW + 27 * HOUR}, "longer than 24 h"),
        ({"capacity": 0}, "room for nobody"),
        ({"site_ids": ()}, "say exactly where"),
        ({"site_ids": (99,)}, "there is no site 99"),
        ({"min_attendance_permille": 1001}, "0 to 1000 thousandths"),
    ],
)
def test_a_shift_that_cannot_be_held_is_refused(town: Town, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        publish(town, plan(town, **changes))
    assert (town.count(Activity), town.count(Shift)) == (0, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"risk_statement": "  "}, "the risk statement is missing"),
        ({"is_dangerous": True, "insurance_policy_no": " "}, "needs its accident insurance"),
        ({"category_code": "fun"}, "use one of elderly_disabled"),
        ({"title": "长" * 161}, "longer than 160 characters"),
        ({"shifts": []}, "at least one shift"),
        ({"admission": "lottery"}, "use one of at_once"),
    ],
)
def test_what_the_law_or_the_form_asks_for_is_asked_for(
    town: Town, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        publish(town, **options)


def test_an_activity_is_at_most_a_year_long(town: Town) -> None:
    late = plan(town, starts_at=town.starts_at + 9000 * HOUR, ends_at=town.ends_at + 9000 * HOUR)
    with pytest.raises(Refused, match="at most one year"):
        publish(town, plan(town), late)


def test_a_closed_site_or_a_suspended_organisation_holds_nothing(town: Town) -> None:
    with writing(town.engine) as session:
        session.get_one(Site, town.site_id).closed_on = date(2026, 7, 1)
    with pytest.raises(Refused, match="closed since 2026-07-01"):
        publish(town)
    with writing(town.engine) as session:
        session.get_one(Organisation, town.organisation_id).status = "suspended"
    with pytest.raises(Refused, match="西湖志愿队 is not active"):
        publish(town)


def test_an_organisation_publishes_for_itself_only(town: Town) -> None:
    other = Actor("other", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id + 1)
    for stranger in (
        other,
        Actor("auditor", Role.AUDITOR),
        GONGSHU,
    ):
        with pytest.raises(NotAllowed):
            publish(town, actor=stranger)


def test_an_area_plans_for_its_own_organisations_only(town: Town) -> None:
    with writing(town.engine) as session:
        elsewhere = replace(a_plan(town), area_code="330105")
        own = {"organisation_id": town.organisation_id, "at": NOW}
        for plan_it in (
            lambda: draft_activity(session, GONGSHU, plan=elsewhere, **own),
            lambda: publish_activity(session, GONGSHU, **own, **vars(elsewhere)),
        ):
            with pytest.raises(NotAllowed):
                plan_it()
        # The organisation itself may act in another district, and the city lets anybody.
        made = draft_activity(session, town.host, plan=elsewhere, **own)
        draft_activity(session, CITY, plan=elsewhere, **own)
        daily = Repetition("daily", date(2026, 8, 3))
        with pytest.raises(NotAllowed):
            repeat_activity(session, GONGSHU, activity_id=made.activity_id, repetition=daily, at=NOW)
