"""The pages of one organisation and one volunteer, with everything that belongs to them."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from operations.access import Action, Actor, Role
from operations.commands.bans import ban_volunteer
from operations.commands.guardians import name_guardian
from operations.commands.memberships import join_organisation
from operations.commands.organisations import register_organisation
from operations.commands.volunteers import register_volunteer
from operations.database import open_database, reading, writing
from operations.model import (
    Area,
    Consent,
    Guardian,
    Organisation,
    Volunteer,
    VolunteerIdentity,
    VolunteerInterest,
    VolunteerSkill,
    utc_now,
)
from operations.queries.areas import districts_within_reach
from tests.dashboards.conftest import OpenPage

CITY = Actor("city", Role.CITY_ADMINISTRATOR)


@pytest.fixture
def home(made_up_home: Path, _migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A home with an organisation (1), its member (1), and a second record of the same person (2)."""
    made = tmp_path / "home"
    shutil.copytree(made_up_home, made)
    shutil.copy(_migrated_sqlite, made / "operations.sqlite")
    engine = open_database(f"sqlite:///{made / 'operations.sqlite'}")
    at = utc_now()
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        register_organisation(session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=at)
        for number in (1, 2):
            register_volunteer(
                session,
                CITY,
                full_name="张小三",
                id_type="passport",
                id_number=f"E10000{number}",
                area_code="330106",
                phone="13800138000",
                born_on=date(1990, 1, 2),
                volunteer_no=f"V{number}",
                at=at,
            )
        member = Actor("v", Role.VOLUNTEER, volunteer_id=1)
        join_organisation(session, member, organisation_id=1, volunteer_id=1, at=at)
    engine.dispose()
    return made


def count(home: Path, model: type, *conditions: object) -> int:
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with reading(engine) as session:
        found = session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]
    engine.dispose()
    return found


def test_an_organisation_is_shown_with_its_members_and_suspended_by_a_form(open_page: OpenPage, home: Path):
    app = open_page("admin/organisations", home=home, organisation="1")
    assert not app.exception
    assert app.title[0].value == "西湖志愿队"
    app.text_area(key="suspend_1_0_reason").set_value("年检不合格")
    app.button(key="suspend_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Organisation, Organisation.status == "suspended") == 1


def test_a_refused_decision_says_why_beside_the_field(open_page: OpenPage, home: Path):
    app = open_page("admin/organisations", home=home, organisation="1")
    app.button(key="suspend_1_0_submit").click().run()
    assert count(home, Organisation, Organisation.status == "suspended") == 0
    assert any("请写明原因" in one.value or "必填" in one.value for one in app.markdown)


@pytest.mark.parametrize("role", [Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR])
def test_a_volunteer_is_shown_masked_with_all_that_belongs_to_them(
    open_page: OpenPage, home: Path, role: Role
):
    app = open_page("admin/volunteers", home=home, role=role, volunteer="1")
    assert not app.exception
    assert app.title[0].value == r"张\*三" or app.title[0].value == "张*三"
    said = " ".join(one.value for one in app.markdown)
    assert "13800138000" not in said and "E100001" not in said


@pytest.mark.parametrize("view", ["list", "register", "import", "duplicates"])
def test_every_view_of_the_volunteers_opens(open_page: OpenPage, home: Path, view: str):
    app = open_page("admin/volunteers", home=home, view=view)
    assert not app.exception


@pytest.mark.parametrize("view", ["list", "waiting"])
def test_every_view_of_the_organisations_opens(open_page: OpenPage, home: Path, view: str):
    app = open_page("admin/organisations", home=home, view=view)
    assert not app.exception


def test_two_records_are_looked_at_side_by_side_and_merged(open_page: OpenPage, home: Path):
    app = open_page("admin/volunteers", home=home, volunteer="1")
    app.text_input(key="merge_other_1").set_value("V2").run()
    assert not app.exception
    assert any("出生日期相同：是；手机号码相同：是" in one.value for one in app.markdown)
    app.text_area(key="merge_1_0_reason").set_value("同一人，两本护照")
    app.button(key="merge_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Volunteer, Volunteer.status == "merged") == 1
    merged = open_page("admin/volunteers", home=home, volunteer="2")
    assert not merged.exception and merged.info


def test_a_person_is_forgotten_from_the_page(open_page: OpenPage, home: Path):
    app = open_page("admin/volunteers", home=home, volunteer="2")
    app.text_area(key="erase_2_0_reason").set_value("本人书面申请")
    app.button(key="erase_2_0_submit").click().run()
    assert not app.exception
    assert count(home, VolunteerIdentity) == 1


def test_a_ban_is_shown_and_lifted(open_page: OpenPage, home: Path):
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with writing(engine) as session:
        ban_volunteer(session, CITY, volunteer_id=1, reason="伪造签到", at=utc_now())
    engine.dispose()
    app = open_page("admin/volunteers", home=home, volunteer="1")
    app.text_area(key="lift_1_0_reason").set_value("申诉成立")
    app.button(key="lift_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Volunteer, Volunteer.status == "banned") == 0


def test_skills_interests_and_times_are_changed_on_the_page(open_page: OpenPage, home: Path):
    app = open_page("admin/volunteers", home=home, volunteer="1")
    app.multiselect(key="profile_1_0_skills").set_value(["first_aid", "other"])
    app.multiselect(key="profile_1_0_interests").set_value(["environment"])
    app.multiselect(key="profile_1_0_available_time").set_value(["holiday"])
    app.button(key="profile_1_0_submit").click().run()
    assert count(home, VolunteerSkill) == 0  # "other" is said in own words
    app.text_input(key="profile_1_0_other_skill").set_value("修自行车")
    app.button(key="profile_1_0_submit").click().run()
    assert not app.exception
    assert count(home, VolunteerSkill, VolunteerSkill.detail == "修自行车") == 1
    assert count(home, VolunteerInterest, VolunteerInterest.category_code == "environment") == 1
    said = " ".join(one.value for one in app.markdown)
    assert "环境保护" in said and "节假日" in said


def test_a_consent_is_recorded_and_withdrawn_on_the_page(open_page: OpenPage, home: Path):
    app = open_page("admin/volunteers", home=home, volunteer="1")
    app.selectbox(key="consent_1_0_purpose").set_value("public_ranking")
    app.text_input(key="consent_1_0_recipient").set_value("爱心榜")
    app.button(key="consent_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Consent, Consent.withdrawn_at.is_(None)) == 1
    app.button(key="withdraw_consent_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Consent, Consent.withdrawn_at.is_(None)) == 0


def test_a_guardian_withdraws_on_the_page(open_page: OpenPage, home: Path):
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with writing(engine) as session:
        session.get_one(VolunteerIdentity, 1).born_on = utc_now().date() - timedelta(days=4_000)
        session.flush()
        name_guardian(
            session, CITY, volunteer_id=1, full_name="张大三", kinship="father", phone="13800138001",
            consent_version="2026-01", at=utc_now(),
        )  # fmt: skip
    engine.dispose()
    app = open_page("admin/volunteers", home=home, volunteer="1")
    app.button(key="release_1_0_submit").click().run()
    assert not app.exception
    assert count(home, Guardian, Guardian.ended_at.is_(None)) == 0


def test_a_district_chooses_from_its_own_district_only(open_page: OpenPage, home: Path):
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with writing(engine) as session:
        session.add(Area(area_code="330105", kind="district", name="拱墅区"))
        session.flush()
        own = Actor("d", Role.DISTRICT_ADMINISTRATOR, "330106")
        township = Actor("t", Role.TOWNSHIP_ADMINISTRATOR, "330106001")
        for one in (own, township):
            reach = districts_within_reach(session, one, Action.VIEW_VOLUNTEERS)
            assert reach == {"330106": "西湖区"}
        both = districts_within_reach(session, CITY, Action.VIEW_VOLUNTEERS)
        assert sorted(both) == ["330105", "330106"]
        assert districts_within_reach(session, Actor("x", Role.AUDITOR), Action.VIEW_VOLUNTEERS) == {}
    engine.dispose()
    for page in ("admin/volunteers", "admin/organisations"):
        app = open_page(page, home=home, role=Role.DISTRICT_ADMINISTRATOR)
        assert not app.exception
        offered = {option for box in app.multiselect for option in box.options}
        offered |= {option for box in app.selectbox for option in box.options}
        assert "西湖区" in offered and "拱墅区" not in offered
