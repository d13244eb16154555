"""Roles of accounts: granting and withdrawing, the three administrations, and who administers an organisation."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select

from operations.access import CITY as WHOLE_CITY
from operations.access import Actor, NotAllowed, Role
from operations.commands import accounts, roles, sign_ins
from operations.commands.refusals import Refused
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import Account, OrganisationMember, RoleGrant, Volunteer
from operations.queries.accounts import grants_of
from operations.queries.roles import roles_of

from .conftest import CITY, NOW, Town
from .test_accounts import ID_NUMBER, enter, entries, made, refusal, who

GRANTER = Actor("granter", Role.SECURITY_ADMINISTRATOR)
OTHER_NUMBER = "110101198001010010"


def granted(engine: Engine, account_id: int, role: str, area_code: str = "", by: Actor = GRANTER) -> int:
    with writing(engine) as session:
        return roles.grant_role(
            session, by, account_id=account_id, role=role, area_code=area_code, reason="任命", at=NOW
        ).grant_id


def refused(engine: Engine, account_id: int, role: str, area_code: str = "", by: Actor = GRANTER) -> Refused:
    given = {"account_id": account_id, "role": role, "area_code": area_code, "reason": "任命"}
    return refusal(engine, roles.grant_role, by, **given)


def held(engine: Engine, account_id: int) -> list[tuple[str, str | None, str]]:
    with reading(engine) as session:
        found = roles_of(session, session.get_one(Account, account_id))
    return [(str(role.role), role.area_code, role.place) for role in found]


def test_a_role_is_granted_with_its_area_and_withdrawn_with_a_reason(town: Town) -> None:
    account_id = made(town.engine).account.account_id
    grant_id = granted(town.engine, account_id, "district_administrator", "330106")
    granted(town.engine, account_id, "official", WHOLE_CITY)
    assert held(town.engine, account_id) == [
        ("district_administrator", "330106", "西湖区"),
        ("official", "city", ""),
    ]
    with writing(town.engine) as session:
        roles.withdraw_role(session, GRANTER, grant_id=grant_id, reason="换届", at=NOW)
    assert held(town.engine, account_id) == [("official", "city", "")]
    assert (
        refusal(town.engine, roles.withdraw_role, GRANTER, grant_id=grant_id, reason="x").field == "grant_id"
    )
    entry = entries(town.engine, "withdraw_role")[0]
    assert (entry.actor, entry.reason) == ("granter", "换届")
    with reading(town.engine) as session:
        history = grants_of(session, account_id)
    assert [(row["role"], row["withdrawn_at"]) for row in history] == [
        ("official", None),
        ("district_administrator", NOW),
    ]


@pytest.mark.parametrize(
    ("role", "area_code", "field"),
    [
        ("district_administrator", "", "area_code"),
        ("district_administrator", "330106001", "area_code"),
        ("district_administrator", "999999", "area_code"),
        ("district_administrator", WHOLE_CITY, "area_code"),
        ("township_administrator", "330106", "area_code"),
        ("official", "330106001051", "area_code"),
        ("city_administrator", "330106", "area_code"),
        ("organisation_administrator", "", "role"),
        ("volunteer", "", "role"),
        ("system", "", "role"),
    ],
)
def test_a_role_or_area_that_does_not_fit_is_refused(
    town: Town, role: str, area_code: str, field: str
) -> None:
    account_id = made(town.engine).account.account_id
    assert refused(town.engine, account_id, role, area_code).field == field


def test_a_role_is_held_once(town: Town) -> None:
    account_id = made(town.engine).account.account_id
    granted(town.engine, account_id, "analyst")
    assert refused(town.engine, account_id, "analyst").field == "role"


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.CITY_ADMINISTRATOR, Role.AUDITOR])
def test_only_the_security_administrator_grants_and_withdraws(engine: Engine, role: Role) -> None:
    account_id = made(engine).account.account_id
    grant_id = granted(engine, account_id, "analyst")
    other = Actor("other", role)
    with pytest.raises(NotAllowed), writing(engine) as session:
        roles.grant_role(session, other, account_id=account_id, role="auditor", reason="x", at=NOW)
    with pytest.raises(NotAllowed), writing(engine) as session:
        roles.withdraw_role(session, other, grant_id=grant_id, reason="x", at=NOW)


def test_nobody_changes_their_own_roles_nor_by_a_second_account(engine: Engine) -> None:
    first = made(engine, id_number=ID_NUMBER).account.account_id
    second = made(engine, "wang.min2", id_number=ID_NUMBER).account.account_id
    grant_id = granted(engine, second, "analyst")
    own = Actor("wang.min", Role.SECURITY_ADMINISTRATOR, account_id=first)
    for account_id in (first, second):
        assert refused(engine, account_id, "city_administrator", by=own).field == "account_id"
    assert refusal(engine, roles.withdraw_role, own, grant_id=grant_id, reason="x").field == "account_id"


THREE = ("system_administrator", "security_administrator", "auditor")
TWO_OF_THREE = [(one, other) for one in THREE for other in THREE if one != other]


@pytest.mark.parametrize(("one", "other"), TWO_OF_THREE)
def test_nobody_holds_two_of_the_three_administrations(engine: Engine, one: str, other: str) -> None:
    account_id = made(engine, id_number=ID_NUMBER).account.account_id
    granted(engine, account_id, one)
    assert refused(engine, account_id, other).field == "role"


def register(town: Town, number: str) -> Volunteer:
    with writing(town.engine) as session:
        return register_volunteer(
            session, CITY, full_name="王敏", id_number=number, area_code="330106", at=NOW
        )


def by_number_twice(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"id_number": ID_NUMBER}, {"id_number": ID_NUMBER.lower()}


def by_volunteer_twice(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    given = {"volunteer_no": register(town, ID_NUMBER).volunteer_no}
    return given, given


def by_number_and_volunteer(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"id_number": ID_NUMBER}, {"volunteer_no": register(town, ID_NUMBER).volunteer_no}


def by_volunteer_and_number(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"volunteer_no": register(town, ID_NUMBER).volunteer_no}, {"id_number": ID_NUMBER}


Known = Callable[[Town], tuple[dict[str, Any], dict[str, Any]]]


@pytest.mark.parametrize(
    "known", [by_number_twice, by_volunteer_twice, by_number_and_volunteer, by_volunteer_and_number]
)
def test_nor_does_a_person_by_a_second_account(town: Town, known: Known) -> None:
    one, other = known(town)
    first = made(town.engine, **one).account.account_id
    second = made(town.engine, "wang.min2", **other).account.account_id
    granted(town.engine, first, "auditor")
    assert refused(town.engine, second, "system_administrator").field == "role"
    assert granted(town.engine, second, "auditor")


def test_an_account_that_does_not_say_whose_it_is_gets_none_of_the_three(engine: Engine) -> None:
    account_id = made(engine).account.account_id
    for role in THREE:
        assert refused(engine, account_id, role).field == "account_id"


def test_two_of_the_three_granted_at_once_end_as_one(engine: Engine) -> None:
    people = [
        made(engine, name, id_number=ID_NUMBER).account.account_id for name in ("aaa", "bbb", "ccc", "ddd")
    ]

    def grant(case: tuple[int, str]) -> bool:
        try:
            granted(engine, *case)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(grant, zip(people, (*THREE, "auditor"), strict=True)))
    with reading(engine) as session:
        standing = set(session.scalars(select(RoleGrant.role)))
    assert len(standing) == 1


@pytest.mark.parametrize("role", ["system_administrator", "security_administrator"])
def test_the_last_of_an_administration_stays(engine: Engine, role: str) -> None:
    first = made(engine, id_number=ID_NUMBER).account.account_id
    grant_id = granted(engine, first, role)
    withdrawal = {"grant_id": grant_id, "reason": "x"}
    assert "only" in str(refusal(engine, roles.withdraw_role, GRANTER, **withdrawal))
    assert "only" in str(refusal(engine, accounts.disable_account, account_id=first, reason="x"))
    second = made(engine, "li.si", id_number=OTHER_NUMBER).account.account_id
    granted(engine, second, role)
    with writing(engine) as session:
        roles.withdraw_role(session, GRANTER, at=NOW, **withdrawal)  # type: ignore[arg-type]


def test_who_administers_an_organisation_does_so_by_their_account_until_dismissed(town: Town) -> None:
    volunteer = register(town, ID_NUMBER)
    new = made(town.engine, id_number=ID_NUMBER)
    with writing(town.engine) as session:
        session.add(
            OrganisationMember(
                organisation_id=town.organisation_id,
                volunteer_id=volunteer.volunteer_id,
                role="administrator",
                joined_at=NOW,
            )
        )
    token = enter(town.engine, new.password)
    stay = who(town.engine, token)
    assert stay is not None
    assert stay.actor == Actor(
        "wang.min",
        Role.ORGANISATION_ADMINISTRATOR,
        organisation_id=town.organisation_id,
        volunteer_id=volunteer.volunteer_id,
        account_id=new.account.account_id,
    )
    with writing(town.engine) as session:
        session.scalars(select(OrganisationMember)).one().role = "member"
    dismissed = who(town.engine, token)
    assert dismissed is not None and dismissed.actor.role is Role.VOLUNTEER


def test_an_account_acts_as_the_role_it_chose_and_falls_back_when_that_is_withdrawn(town: Town) -> None:
    new = made(town.engine)
    granted(town.engine, new.account.account_id, "city_administrator")
    second = granted(town.engine, new.account.account_id, "official", "330106")
    token = enter(town.engine, new.password)
    stay = who(town.engine, token)
    assert stay is not None and stay.actor.role is Role.CITY_ADMINISTRATOR
    choice = {"sign_in_id": stay.sign_in_id, "at": NOW}
    with writing(town.engine) as session:
        sign_ins.choose_role(session, stay.actor, key=f"grant:{second}", **choice)  # type: ignore[arg-type]
    chosen = who(town.engine, token)
    assert chosen is not None and (chosen.actor.role, chosen.actor.area_code) == (Role.OFFICIAL, "330106")
    with pytest.raises(Refused), writing(town.engine) as session:
        sign_ins.choose_role(session, chosen.actor, key="organisation:1", **choice)  # type: ignore[arg-type]
    with writing(town.engine) as session:
        roles.withdraw_role(session, GRANTER, grant_id=second, reason="换届", at=NOW)
    fallen_back = who(town.engine, token)
    assert fallen_back is not None and fallen_back.actor.role is Role.CITY_ADMINISTRATOR
    assert entries(town.engine, "choose_role")[0].after == {
        "acting_as": f"grant:{second}",
        "role": "official",
        "place": "西湖区",
    }
