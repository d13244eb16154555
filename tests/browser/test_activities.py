"""The life of an activity in a real browser: planned by its organisation, approved by the area, held and closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.commands.clock import run_clock
from operations.commands.organisations import register_organisation
from operations.commands.places import register_site
from operations.commands.sign_ups import sign_up
from operations.commands.volunteers import register_volunteer
from operations.database import migrate, open_database, reading, writing
from operations.model import Account, Activity, Area, OrganisationMember, RoleGrant, Shift, utc_now
from operations.sample_city.accounts import demo_password_hash
from tests.browser.running_pages import SETTLE_MILLISECONDS, Watched, serving

CITY = Actor("city", Role.CITY_ADMINISTRATOR)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, str]]:
    """A town without a warehouse: one organisation with its administrator, the district's, a site; served."""
    home: Path = tmp_path_factory.mktemp("town")
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    migrate(engine)
    at = utc_now()
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        host = register_organisation(
            session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=at
        ).organisation
        register_site(
            session, CITY, name="断桥微笑亭", kind="park", area_code="330106", lon=120.15, lat=30.26,
            position_system="WGS-84", at=at,
        )  # fmt: skip
        for number, (name, role, area) in enumerate(
            (
                ("host", Role.ORGANISATION_ADMINISTRATOR, ""),
                ("district", Role.DISTRICT_ADMINISTRATOR, "330106"),
            )
        ):
            person = _person(session, number)
            session.add(
                Account(
                    sign_in_name=name, full_name=name, volunteer_id=person, created_at=at,
                    password_hash=demo_password_hash(), account_id=number + 1,
                )
            )  # fmt: skip
            session.flush()
            if role is Role.ORGANISATION_ADMINISTRATOR:
                session.add(
                    OrganisationMember(
                        organisation_id=host.organisation_id,
                        volunteer_id=person,
                        role="administrator",
                        joined_at=at,
                    )
                )
            else:
                session.add(RoleGrant(account_id=number + 1, role=str(role), area_code=area, granted_at=at))
    with serving(home, home / "server.log") as address:
        yield engine, address
    engine.dispose()


def _person(session: Session, number: int) -> int:
    made = register_volunteer(
        session, CITY, full_name=f"张{number}", id_type="passport", id_number=f"E{number:08d}",
        area_code="330106", at=utc_now(),
    )  # fmt: skip
    return getattr(made, "volunteer", made).volunteer_id


@pytest.fixture
def people(chromium: Browser, town: tuple[Engine, str]) -> Iterator[dict[str, Watched]]:
    """Two browsers: the organisation's administrator and the district's, signed in."""
    found = {}
    for name in ("host", "district"):
        context = chromium.new_context(viewport={"width": 1440, "height": 1400}, locale="zh-CN")
        context.set_default_timeout(SETTLE_MILLISECONDS)
        found[name] = Watched(context.new_page(), town[1])
        found[name].sign_in(name, path="/activities")
    yield found
    problems = [problem for one in found.values() for problem in one.all_problems()]
    for one in found.values():
        one.page.context.close()
    assert problems == []


def take_step(watched: Watched, name: str) -> None:
    """Open the step of this name, and take it."""
    watched.page.get_by_role("button", name=name, exact=True).click()
    watched.page.get_by_test_id("stPopoverBody").get_by_role("button", name=name, exact=True).click()
    watched.settle()


def choose(watched: Watched, label: str, option: str) -> None:
    """Choose one of a list of several: again, if a busy page was drawn anew meanwhile, until it stands there."""
    for _ in range(5):
        box = watched.page.get_by_label(label)
        box.fill("")
        box.press_sequentially(option)
        try:
            expect(watched.page.get_by_role("option", name=option)).to_be_visible(timeout=5_000)
        except AssertionError:  # the page was drawn anew while it was typed, which closed the list
            watched.page.keyboard.press("Escape")
            continue
        watched.page.keyboard.press("Enter")
        watched.page.keyboard.press("Escape")
        watched.page.wait_for_timeout(500)
        if watched.page.get_by_text(option).count():
            return
    pytest.fail(f"{option} could not be chosen")


def sees(watched: Watched, words: str | re.Pattern[str]) -> None:
    """Wait until these words are on the page and it has stopped working."""
    expect(watched.page.get_by_text(words).first).to_be_visible(timeout=SETTLE_MILLISECONDS)
    watched.settle()


def test_an_activity_is_planned_approved_held_and_closed(
    town: tuple[Engine, str], people: dict[str, Watched]
) -> None:
    engine, _ = town
    host, district = people["host"], people["district"]
    host.page.get_by_role("button", name="新建活动").click()
    sees(host, "保存草稿")
    host.page.get_by_label("活动名称").fill("清扫断桥")
    host.page.get_by_role("button", name="保存草稿").click()
    sees(host, "提交审核")
    take_step(host, "提交审核")
    sees(host, "请写明风险提示")
    host.page.keyboard.press("Escape")
    host.page.get_by_text("修改", exact=True).click()
    host.settle()
    host.page.get_by_label("风险提示").fill("水边路滑")
    choose(host, "地点", "断桥微笑亭")
    host.page.get_by_role("button", name="保存草稿").click()
    sees(host, "已保存。")
    take_step(host, "提交审核")
    sees(host, "待审核")

    district.open("/activities?activity=1")
    take_step(district, "通过")
    sees(district, "已通过")

    host.open("/activities?activity=1")
    take_step(host, "开始招募")
    sees(host, "招募中")
    with writing(engine) as session:
        shift = session.scalars(select(Shift)).one()
        person = _person(session, 9)
        sign_up(
            session, Actor("v", Role.VOLUNTEER, volunteer_id=person), volunteer_id=person,
            shift_id=shift.shift_id, at=utc_now(),
        )  # fmt: skip
    host.open(f"/sign_ups?shift={shift.shift_id}")
    sees(host, re.compile("共 1 条"))

    run_clock(engine, shift.starts_at + timedelta(minutes=1))
    host.open("/activities?activity=1")
    sees(host, "进行中")
    run_clock(engine, shift.ends_at)
    host.open("/activities?activity=1")
    take_step(host, "结项")
    sees(host, "已结项")
    with reading(engine) as session:
        assert session.scalars(select(Activity.status)).all() == ["closed"]
