"""Taking in volunteers and members from CSV files: all rows or none, with every fault named by its row."""

from __future__ import annotations

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.import_people import import_members, import_volunteers
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, OrganisationMember, Volunteer, VolunteerIdentity

from .conftest import NOW, Town
from .test_volunteers import WOMAN_OF_1992

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
HEAD = "姓名,证件类型,证件号码,手机号,所在区域代码,出生日期,性别\n"
GOOD = (
    HEAD
    + f"王芳,居民身份证,{WOMAN_OF_1992},13800138000,330106001,,\n李雷,护照,E100001,,330106,1990-01-02,男\n"
)


def volunteers(town: Town, text: str, *, actor: Actor = XIHU, is_dry_run: bool = False) -> Imported:
    with writing(town.engine) as session:
        return import_volunteers(
            session, actor, text.encode(), at=NOW, reason="纸质登记表", is_dry_run=is_dry_run
        )


def members(town: Town, text: str, actor: Actor | None = None, *, is_dry_run: bool = False) -> Imported:
    with writing(town.engine) as session:
        return import_members(
            session,
            actor or town.host,
            text.encode(),
            organisation_id=town.organisation_id,
            at=NOW,
            reason="老队员",
            is_dry_run=is_dry_run,
        )


def faults(done: Imported) -> list[tuple[int, str]]:
    return [(error.row, error.field) for error in done.errors]


def test_all_volunteers_of_a_file_are_registered_each_with_a_row_in_the_log(town: Town) -> None:
    before = town.count(AuditEntry)
    done = volunteers(town, GOOD)
    assert (done.rows, done.added, done.unchanged, done.errors) == (2, 2, 0, ())
    assert town.count(AuditEntry) == before + 2
    assert town.count(VolunteerIdentity, VolunteerIdentity.phone == "13800138000") == 1
    assert town.last_audit().reason == "纸质登记表"


def test_a_dry_run_says_what_would_be_and_adds_nothing(town: Town) -> None:
    done = volunteers(town, GOOD, is_dry_run=True)
    assert (done.added, done.is_dry_run) == (2, True)
    assert (town.count(Volunteer), town.count(VolunteerIdentity)) == (0, 0)


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    volunteers(town, GOOD)
    before = town.count(AuditEntry)
    done = volunteers(town, GOOD)
    assert (done.added, done.unchanged, town.count(AuditEntry)) == (0, 2, before)


def test_one_row_that_cannot_be_keeps_all_out_and_each_fault_is_named(town: Town) -> None:
    wrong = (
        f"王芳,居民身份证,{WOMAN_OF_1992[:-1]}1,,330106,,\n"
        "李雷,护照,E100001,电话,330106,,\n"
        "韩梅,护照,E100002,,330105,,\n"
        "林涛,驾照,E100003,,330106,,\n"
        "吉姆,护照,E100004,,330106,去年,\n"
        "露西,护照,E100005,,330106,,\n"
        "莉莉,护照,E100005,,330106,,\n"
    )
    done = volunteers(town, HEAD + wrong)
    assert faults(done) == [
        (2, "id_number"),
        (3, "phone"),
        (4, ""),
        (5, "id_type"),
        (6, "born_on"),
        (8, "id_number"),
    ]
    assert (done.added, town.count(Volunteer)) == (0, 0)


def test_a_document_under_another_name_is_named(town: Town) -> None:
    volunteers(town, GOOD)
    done = volunteers(town, HEAD + "李蕾,护照,E100001,,330106,,\n")
    assert faults(done) == [(2, "full_name")]


def test_who_registers_nobody_takes_in_no_file(town: Town) -> None:
    for actor in (Actor("a", Role.AUDITOR), Actor("z", Role.OFFICIAL, "330106")):
        with pytest.raises(NotAllowed):
            volunteers(town, GOOD, actor=actor)
    with pytest.raises(Refused), writing(town.engine) as session:
        import_volunteers(session, XIHU, GOOD.encode(), at=NOW, reason=" ")


def test_members_join_by_their_numbers(town: Town) -> None:
    people = [town.person(), town.person()]
    with reading(town.engine) as session:
        numbers = [session.get_one(Volunteer, person).volunteer_no for person in people]
    text = "志愿者编号\n" + "\n".join(numbers)
    assert members(town, text, is_dry_run=True).added == 2
    assert town.count(OrganisationMember) == 0
    assert members(town, text).added == 2
    again = members(town, text)
    assert (again.added, again.unchanged) == (0, 2)
    unknown = members(town, f"志愿者编号\n{numbers[0]}\n3301069999999999\n{numbers[0]}\n")
    assert faults(unknown) == [(3, "volunteer_no"), (4, "volunteer_no")]


def test_nobody_fills_somebody_elses_organisation(town: Town) -> None:
    with reading(town.engine) as session:
        number = session.get_one(Volunteer, town.person()).volunteer_no
    other = Actor("别家", Role.ORGANISATION_ADMINISTRATOR, organisation_id=99)
    done = members(town, f"志愿者编号\n{number}\n", other)
    assert faults(done) == [(2, "")] and town.count(OrganisationMember) == 0
