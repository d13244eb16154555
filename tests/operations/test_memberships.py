"""Who belongs to an organisation and who administers it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.administrators import appoint_administrator, dismiss_administrator
from operations.commands.memberships import join_organisation, leave_organisation, remove_member
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Notice, OrganisationMember, Volunteer, VolunteerIdentity

from .conftest import NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
ELSEWHERE = (
    Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"),
    Actor("别家", Role.ORGANISATION_ADMINISTRATOR, organisation_id=99),
    Actor("看", Role.OFFICIAL, "330106"),
)
Command = Callable[..., OrganisationMember]


def run(town: Town, command: Command, actor: Actor, person: int, **options: Any) -> None:
    arguments: dict[str, Any] = {
        "organisation_id": town.organisation_id,
        "volunteer_id": person,
        "at": NOW,
        "reason": "本人要求",
        **options,
    }
    with writing(town.engine) as session:
        command(session, actor, **arguments)


def member(town: Town) -> int:
    person = town.person()
    run(town, join_organisation, volunteer(person), person)
    return person


def standing(town: Town) -> list[tuple[int, str]]:
    with reading(town.engine) as session:
        found = session.scalars(
            select(OrganisationMember)
            .where(OrganisationMember.left_at.is_(None))
            .order_by(OrganisationMember.volunteer_id)
        )
        return [(one.volunteer_id, one.role) for one in found]


def told(town: Town, person: int) -> list[str]:
    with reading(town.engine) as session:
        return list(session.scalars(select(Notice.kind).where(Notice.volunteer_id == person)))


def test_a_member_leaves_and_may_come_back(town: Town) -> None:
    person = member(town)
    run(town, leave_organisation, volunteer(person), person)
    assert standing(town) == []
    assert (town.last_audit().action, town.last_audit().before["left_at"]) == ("leave_organisation", None)
    with pytest.raises(Refused, match="does not belong"):
        run(town, leave_organisation, volunteer(person), person)
    run(town, join_organisation, volunteer(person), person)
    assert town.count(OrganisationMember) == 2


def test_nobody_makes_somebody_else_leave(town: Town) -> None:
    person, other = member(town), town.person()
    for actor in (volunteer(other), town.host, XIHU):
        with pytest.raises(NotAllowed):
            run(town, leave_organisation, actor, person)


def test_a_member_is_removed_with_a_reason_and_told(town: Town) -> None:
    person = member(town)
    with pytest.raises(Refused) as refusal:
        run(town, remove_member, town.host, person, reason="")
    assert refusal.value.field == "reason"
    run(town, remove_member, town.host, person, reason="长期不参加")
    assert standing(town) == [] and told(town, person) == ["member_removed"]
    assert town.last_audit().reason == "长期不参加"


@pytest.mark.parametrize("command", [remove_member, appoint_administrator, dismiss_administrator])
def test_only_the_organisation_and_its_area_decide_on_members(town: Town, command: Command) -> None:
    person = member(town)
    for actor in (*ELSEWHERE, volunteer(person)):
        with pytest.raises(NotAllowed):
            run(town, command, actor, person)
        with pytest.raises(NotAllowed):
            run(town, command, actor, person, organisation_id=12345)


def test_an_administrator_is_appointed_and_told_member_or_not(town: Town) -> None:
    person, outsider = member(town), town.person()
    run(town, appoint_administrator, XIHU, person)
    run(town, appoint_administrator, town.host, outsider)
    assert standing(town) == [(person, "administrator"), (outsider, "administrator")]
    assert told(town, person) == told(town, outsider) == ["administrator_appointed"]
    with pytest.raises(Refused, match="administers 西湖志愿队 already"):
        run(town, appoint_administrator, XIHU, person)


def test_neither_a_child_nor_who_is_banned_administers(town: Town) -> None:
    child, banned = town.person(), town.person()
    with writing(town.engine) as session:
        session.get_one(VolunteerIdentity, child).born_on = NOW.date().replace(year=2012)
        session.get_one(Volunteer, banned).status = "banned"
    with pytest.raises(Refused, match="under age"):
        run(town, appoint_administrator, XIHU, child)
    with pytest.raises(Refused, match="not active"):
        run(town, appoint_administrator, XIHU, banned)


def test_one_administrator_stays_however_they_go(town: Town) -> None:
    person = member(town)
    run(town, appoint_administrator, XIHU, person)
    for command, actor in (
        (dismiss_administrator, XIHU),
        (remove_member, XIHU),
        (leave_organisation, volunteer(person)),
    ):
        with pytest.raises(Refused, match="only administrator") as refusal:
            run(town, command, actor, person)
        assert refusal.value.field == "volunteer_id"
    second = member(town)
    run(town, appoint_administrator, XIHU, second)
    run(town, dismiss_administrator, XIHU, person)
    assert standing(town) == [(person, "member"), (second, "administrator")]
    assert told(town, person)[-1] == "administrator_dismissed"


def test_two_administrators_who_dismiss_each_other_at_once_do_not_both_go(town: Town) -> None:
    people = [member(town), member(town)]
    for person in people:
        run(town, appoint_administrator, XIHU, person)

    def dismiss(person: int) -> str:
        try:
            run(town, dismiss_administrator, town.host, person)
        except Refused as refusal:
            return str(refusal)
        return "dismissed"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(dismiss, people))
    assert outcomes.count("dismissed") == 1
    assert [role for _, role in standing(town)].count("administrator") == 1


def test_who_does_not_administer_is_not_dismissed(town: Town) -> None:
    person = member(town)
    with pytest.raises(Refused, match="does not administer"):
        run(town, dismiss_administrator, XIHU, person)
    with pytest.raises(Refused) as refusal:
        run(town, dismiss_administrator, XIHU, person, reason=" ")
    assert refusal.value.field == "reason"
