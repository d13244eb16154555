"""What is known of a volunteer: changed, corrected, revealed; and who may be registered twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.duplicates import keep_apart
from operations.commands.identity import checked_phone, masked_name, masked_phone
from operations.commands.profiles import update_volunteer
from operations.commands.refusals import Refused
from operations.commands.reveals import reveal_identity
from operations.commands.sign_ups import sign_up
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import (
    DuplicateCandidate,
    Volunteer,
    VolunteerIdentity,
    VolunteerInterest,
    VolunteerSkill,
)

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")


def update(town: Town, actor: Actor, person: int, reason: str = "", **changes: Any) -> None:
    with writing(town.engine) as session:
        update_volunteer(session, actor, volunteer_id=person, changes=changes, at=NOW, reason=reason)


def register(town: Town, number: str, **options: Any) -> int:
    arguments = {
        "full_name": "王芳",
        "id_type": "passport",
        "id_number": number,
        "area_code": "330106",
        "born_on": date(1992, 10, 15),
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return register_volunteer(session, CITY, **arguments).volunteer_id


def test_a_volunteer_changes_phone_home_language_and_time(town: Town) -> None:
    person = town.person()
    update(
        town,
        volunteer(person),
        person,
        phone="+86 138-0013 8000",
        area_code="330106001051",
        language="en",
        available_time=["weekend_morning", "weekday_evening"],
    )
    with reading(town.engine) as session:
        found = session.get_one(Volunteer, person)
        assert (found.township_code, found.community_code, found.language) == (
            "330106001",
            "330106001051",
            "en",
        )
        assert found.available_time == ["weekday_evening", "weekend_morning"]
        assert session.get_one(VolunteerIdentity, person).phone == "13800138000"
    entry = town.last_audit()
    assert (entry.before["language"], entry.after["language"]) == ("zh", "en")
    assert entry.after["phone"] == "138****8000" and "13800138000" not in str(entry.after)


def test_skills_and_interests_are_replaced_as_a_whole(town: Town) -> None:
    person = town.person()
    update(
        town, volunteer(person), person, skills={"it": "", "other": "修钟表"}, interests=["youth", "safety"]
    )
    update(town, volunteer(person), person, skills={"it": "教老人用手机"})
    with reading(town.engine) as session:
        skills = session.execute(select(VolunteerSkill.skill_code, VolunteerSkill.detail)).all()
        interests = session.scalars(select(VolunteerInterest.category_code)).all()
    assert [tuple(row) for row in skills] == [("it", "教老人用手机")]
    assert sorted(interests) == ["safety", "youth"]
    assert (town.last_audit().before["skills"], town.last_audit().after["skills"]) == (
        ["it", "other"],
        ["it"],
    )


def test_an_activity_that_asks_for_a_skill_takes_who_states_it(town: Town) -> None:
    person, shift = town.person(), town.shift(required_skills=("first_aid",))
    arguments = {"volunteer_id": person, "shift_id": shift, "at": NOW}
    with pytest.raises(Refused, match="asks for the skill first_aid"), writing(town.engine) as session:
        sign_up(session, volunteer(person), **arguments)
    update(town, volunteer(person), person, skills={"first_aid": "红十字会证书"})
    with writing(town.engine) as session:
        assert sign_up(session, volunteer(person), **arguments).status == "confirmed"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "打给我"}, "phone"),
        ({"area_code": "110101"}, "area_code"),
        ({"language": "fr"}, "language"),
        ({"available_time": ["always"]}, "available_time"),
        ({"skills": {"flying": ""}}, "skills"),
        ({"skills": {"other": " "}}, "skills"),
        ({"skills": {"it": "很" * 81}}, "skills"),
        ({"interests": ["money"]}, "interests"),
        ({"status": "active"}, "status"),
        ({"volunteer_no": "1"}, "volunteer_no"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(town: Town, changes: dict[str, Any], field: str) -> None:
    person = town.person()
    with pytest.raises(Refused) as refusal:
        update(town, CITY, person, "更正", **changes)
    assert refusal.value.field == field


def test_the_document_is_corrected_by_the_area_with_a_reason(town: Town) -> None:
    person = register(town, "E1")
    with pytest.raises(Refused, match="show it to them") as refusal:
        update(town, volunteer(person), person, full_name="王芬")
    assert refusal.value.field == "full_name"
    with pytest.raises(Refused) as refusal:
        update(town, XIHU, person, full_name="王芬")
    assert refusal.value.field == "reason"
    update(
        town, XIHU, person, "护照换发", full_name="王芬", id_number="e2", born_on=date(1985, 1, 2), sex="2"
    )
    with reading(town.engine) as session:
        found = session.get_one(VolunteerIdentity, person)
        assert (found.full_name, found.id_number, found.born_on) == ("王芬", "E2", date(1985, 1, 2))
        assert session.get_one(Volunteer, person).birth_year_band == "1985-1989"
    entry = town.last_audit()
    assert (entry.before["full_name"], entry.reason) == ("王*", "护照换发")
    assert "王芬" not in f"{entry.before}{entry.after}"


def test_a_document_is_corrected_only_to_one_that_can_be_right_and_is_free(town: Town) -> None:
    person, _ = register(town, "E1"), register(town, "E2", full_name="李雷")
    with pytest.raises(Refused, match="another volunteer") as refusal:
        update(town, XIHU, person, "更正", id_number="E2")
    assert refusal.value.field == "id_number"
    with pytest.raises(Refused, match="18 characters"):
        update(town, XIHU, person, "更正", id_type="resident_identity_card")
    with pytest.raises(Refused, match="future"):
        update(town, XIHU, person, "更正", born_on=date(2030, 1, 1))


@pytest.mark.parametrize("number", [None, 999])
def test_only_the_person_and_the_area_change_and_see_an_identity(town: Town, number: int | None) -> None:
    person = town.person()
    for actor in (GONGSHU, town.host, volunteer(town.person()), Actor("看", Role.OFFICIAL, "330106")):
        with pytest.raises(NotAllowed):
            update(town, actor, number or person, language="en")
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            reveal_identity(session, actor, volunteer_id=number or person, reason="看看", at=NOW)


def test_an_identity_is_shown_in_full_with_a_reason_and_that_is_written_down(town: Town) -> None:
    person = register(town, "E123456789012")
    with pytest.raises(Refused) as refusal, writing(town.engine) as session:
        reveal_identity(session, XIHU, volunteer_id=person, reason=" ", at=NOW)
    assert refusal.value.field == "reason"
    with writing(town.engine) as session:
        shown = reveal_identity(session, XIHU, volunteer_id=person, reason="核对证件", at=NOW)
        assert (shown.full_name, shown.id_number) == ("王芳", "E123456789012")
    entry = town.last_audit()
    assert (entry.action, entry.actor, entry.subject_id, entry.reason) == (
        "reveal_identity",
        "西湖",
        str(person),
        "核对证件",
    )


def test_names_and_telephones_are_masked() -> None:
    assert [masked_name(name) for name in ("王", "王芳", "张小三", "欧阳小三")] == [
        "王",
        "王*",
        "张*三",
        "欧**三",
    ]
    assert (masked_phone("13800138000"), masked_phone("87000")) == ("138****8000", "*****")


@pytest.mark.parametrize("phone", ["123", "1380013800x", "1" * 21])
def test_what_cannot_be_dialled_is_no_telephone(phone: str) -> None:
    with pytest.raises(Refused):
        checked_phone(phone)


def test_one_telephone_is_found_however_it_is_written() -> None:
    for written in ("13800138000", "+86 138 0013 8000", "１３８００１３８０００", "138-0013-8000"):
        assert checked_phone(written) == "13800138000"


def candidates(town: Town) -> list[tuple[int, int, str]]:
    with reading(town.engine) as session:
        found = session.scalars(select(DuplicateCandidate).order_by(DuplicateCandidate.candidate_id))
        return [(one.volunteer_id, one.other_volunteer_id, one.ground) for one in found]


def test_the_same_name_and_birth_date_or_phone_is_noted_and_not_refused(town: Town) -> None:
    first = register(town, "E1", phone="13800138000")
    register(town, "E2", born_on=date(1992, 10, 16))
    by_name = register(town, "E3")
    by_phone = register(town, "E4", full_name="李雷", phone="138 0013 8000")
    assert candidates(town) == [(by_name, first, "name_and_birth"), (by_phone, first, "phone")]


def test_a_telephone_that_many_share_is_noted_no_more(town: Town) -> None:
    for number in range(8):
        register(town, f"E{number}", full_name=f"学生{number}", phone="0571-87000000")
    assert len(candidates(town)) == 1 + 2 + 3 + 4 + 5


def test_a_pair_is_noted_once_and_parted_with_a_reason(town: Town) -> None:
    first, second = register(town, "E1"), register(town, "E2")
    update(town, volunteer(first), first, phone="13800138000")
    assert candidates(town) == [(second, first, "name_and_birth")]
    with reading(town.engine) as session:
        number = session.scalars(select(DuplicateCandidate.candidate_id)).one()
    arguments = {"candidate_id": number, "at": NOW}
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        keep_apart(session, GONGSHU, reason="不是一人", **arguments)
    with pytest.raises(Refused), writing(town.engine) as session:
        keep_apart(session, XIHU, reason="", **arguments)
    with writing(town.engine) as session:
        keep_apart(session, XIHU, reason="同名同日生的两个人", **arguments)
    with pytest.raises(Refused, match="decided already"), writing(town.engine) as session:
        keep_apart(session, XIHU, reason="再来", **arguments)
