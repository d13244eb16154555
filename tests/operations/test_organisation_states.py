"""What an area decides about an organisation that is in, and what is known of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.memberships import join_organisation
from operations.commands.organisation_states import (
    reinstate_organisation,
    strike_off_organisation,
    suspend_organisation,
)
from operations.commands.organisations import register_organisation, update_organisation
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Activity, Notice, Organisation, OrganisationMember

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
Command = Callable[..., Organisation]
COMMANDS: dict[str, Command] = {
    "suspend": suspend_organisation,
    "reinstate": reinstate_organisation,
    "strike_off": strike_off_organisation,
}
# The whole life of an organisation that is in.
LEADS = {
    ("active", "suspend"): "suspended",
    ("suspended", "reinstate"): "active",
    ("active", "strike_off"): "struck_off",
    ("suspended", "strike_off"): "struck_off",
}


def run(
    town: Town, command: Command, actor: Actor = XIHU, reason: str = "年检不合格", **options: Any
) -> None:
    arguments = {"organisation_id": town.organisation_id, "reason": reason, "at": NOW, **options}
    with writing(town.engine) as session:
        command(session, actor, **arguments)


def state(town: Town) -> str:
    with reading(town.engine) as session:
        return session.get_one(Organisation, town.organisation_id).status


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(steps=st.lists(st.sampled_from(sorted(COMMANDS)), max_size=5))
def test_no_sequence_of_decisions_leaves_the_life_of_an_organisation(town: Town, steps: list[str]) -> None:
    with writing(town.engine) as session:
        session.get_one(Organisation, town.organisation_id).status = "active"
    expected = "active"
    for step in steps:
        to = LEADS.get((expected, step))
        try:
            run(town, COMMANDS[step])
        except Refused as refusal:
            assert to is None and refusal.field == "organisation_id"
        else:
            assert to is not None
            expected = to
        assert state(town) == expected


@pytest.mark.parametrize("command", COMMANDS.values())
def test_only_the_area_decides_and_only_with_a_reason(town: Town, command: Command) -> None:
    for actor in (GONGSHU, town.host, Actor("z", Role.OFFICIAL, "330106")):
        for number in (town.organisation_id, 999):
            with pytest.raises(NotAllowed):
                run(town, command, actor, organisation_id=number)
    if command is reinstate_organisation:
        run(town, suspend_organisation)
    with pytest.raises(Refused) as refusal:
        run(town, command, reason=" ")
    assert refusal.value.field == "reason"


def test_a_decision_is_logged_and_told(town: Town) -> None:
    run(town, suspend_organisation)
    entry = town.last_audit()
    assert (entry.action, entry.before["status"], entry.after["status"], entry.reason) == (
        "suspend_organisation",
        "active",
        "suspended",
        "年检不合格",
    )
    with reading(town.engine) as session:
        notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.organisation_id) == ("organisation_suspended", town.organisation_id)
    assert notice.details == {"reason": "年检不合格"}


def test_a_suspended_organisation_takes_no_members(town: Town) -> None:
    run(town, suspend_organisation)
    person = town.person()
    with pytest.raises(Refused, match="takes no members"), writing(town.engine) as session:
        join_organisation(
            session, volunteer(person), organisation_id=town.organisation_id, volunteer_id=person, at=NOW
        )


def test_a_suspended_organisation_keeps_what_it_announced(town: Town) -> None:
    shift = town.shift()
    run(town, suspend_organisation)
    town.signed_up(shift)


def test_nothing_is_struck_off_while_people_count_on_its_activities(town: Town) -> None:
    town.shift(title="西湖捡垃圾")
    with pytest.raises(Refused, match="西湖捡垃圾 of 西湖志愿队 are not over: cancel them"):
        run(town, strike_off_organisation)
    assert state(town) == "active"
    with writing(town.engine) as session:
        session.scalars(select(Activity)).one().status = "cancelled"
    run(town, strike_off_organisation)


def test_nothing_is_struck_off_while_others_stand_below_it(town: Town) -> None:
    with writing(town.engine) as session:
        child = register_organisation(
            session,
            CITY,
            name="曙光分队",
            kind="group",
            area_code="330106001",
            at=NOW,
            parent_organisation_id=town.organisation_id,
        ).organisation
    with pytest.raises(Refused, match="曙光分队 stand below"):
        run(town, strike_off_organisation)
    run(town, strike_off_organisation, organisation_id=child.organisation_id)
    run(town, strike_off_organisation)


def test_striking_off_ends_the_memberships_and_tells_the_members(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        join_organisation(
            session, volunteer(person), organisation_id=town.organisation_id, volunteer_id=person, at=NOW
        )
    run(town, strike_off_organisation)
    with reading(town.engine) as session:
        assert session.scalars(select(OrganisationMember.left_at)).all() == [NOW]
        told = session.scalars(select(Notice.kind).where(Notice.volunteer_id == person)).all()
    assert told == ["organisation_struck_off"]


def update(town: Town, actor: Actor, reason: str = "名称变更", **changes: Any) -> None:
    with writing(town.engine) as session:
        update_organisation(
            session, actor, organisation_id=town.organisation_id, changes=changes, at=NOW, reason=reason
        )


def test_an_organisation_changes_whom_to_ask_and_the_area_the_rest(town: Town) -> None:
    update(town, town.host, contact_name="王芳", contact_phone="87000000", reason="")
    assert "王芳" not in str(town.last_audit().after)
    with pytest.raises(Refused, match="administrators of the area") as refusal:
        update(town, town.host, name="西湖大队")
    assert refusal.value.field == "name"
    with pytest.raises(Refused) as refusal:
        update(town, XIHU, name="西湖大队", reason="")
    assert refusal.value.field == "reason"
    update(town, XIHU, name="西湖大队", kind="society", uscc="91330106MA2XXXXXXX")
    with reading(town.engine) as session:
        found = session.get_one(Organisation, town.organisation_id)
    assert (found.name, found.kind, found.uscc, found.contact_name) == (
        "西湖大队",
        "society",
        "91330106MA2XXXXXXX",
        "王芳",
    )


def test_an_organisation_is_moved_only_by_who_administers_both_places(town: Town) -> None:
    with pytest.raises(NotAllowed):
        update(town, XIHU, area_code="330105")
    with pytest.raises(NotAllowed):
        update(town, GONGSHU, area_code="330105")
    update(town, CITY, area_code="330105")
    with reading(town.engine) as session:
        assert session.get_one(Organisation, town.organisation_id).district_code == "330105"


def test_no_organisation_stands_below_itself(town: Town) -> None:
    with writing(town.engine) as session:
        child = register_organisation(
            session,
            CITY,
            name="曙光分队",
            kind="group",
            area_code="330106001",
            at=NOW,
            parent_organisation_id=town.organisation_id,
        ).organisation.organisation_id
    for parent in (town.organisation_id, child):
        with pytest.raises(Refused, match="below itself"):
            update(town, XIHU, parent_organisation_id=parent)


@pytest.mark.parametrize(("name", "value"), [("status", "active"), ("application_code_sha256", "0")])
def test_nothing_else_is_changed_by_updating(town: Town, name: str, value: str) -> None:
    with pytest.raises(Refused, match="nothing called"):
        update(town, CITY, **{name: value})


def test_a_code_of_another_organisation_is_refused(town: Town) -> None:
    with writing(town.engine) as session:
        register_organisation(
            session, CITY, name="红十字会", kind="society", area_code="330106", uscc="91330106MA2X", at=NOW
        )
    with pytest.raises(Refused) as refusal:
        update(town, XIHU, uscc="91330106MA2X")
    assert refusal.value.field == "uscc"


def test_nothing_of_a_struck_off_organisation_changes(town: Town) -> None:
    run(town, strike_off_organisation)
    with pytest.raises(Refused, match="was struck off"):
        update(town, XIHU, name="新名")
