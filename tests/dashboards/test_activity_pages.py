"""The page of one activity: the window of recruiting, where its shifts are held, and repeating it but for some days."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashboards.repeat_form import days_of
from operations.access import Actor, Role
from operations.commands.activities import ActivityPlan, ShiftPlan, draft_activity
from operations.commands.organisations import register_organisation
from operations.commands.places import register_site
from operations.database import open_database, reading, writing
from operations.model import Activity, Area, Shift, utc_now
from tests.dashboards.conftest import OpenPage

CITY = Actor("city", Role.CITY_ADMINISTRATOR)
START = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=20)


@pytest.fixture
def home(made_up_home: Path, _migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A home with the draft of an activity (1) of one shift at the second of two sites."""
    made = tmp_path / "home"
    shutil.copytree(made_up_home, made)
    shutil.copy(_migrated_sqlite, made / "operations.sqlite")
    engine = database(made)
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        register_organisation(
            session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=utc_now()
        )
        for name in ("断桥", "曲院_风荷"):
            _site(session, name)
        shift = ShiftPlan(START, START + timedelta(hours=2), 20, (2,))
        plan = ActivityPlan("清扫", "environment", "330106", (shift,), risk_statement="路滑")
        draft_activity(session, CITY, organisation_id=1, plan=plan, at=utc_now())
    engine.dispose()
    return made


def _site(session: Session, name: str) -> None:
    register_site(
        session, CITY, name=name, kind="park", area_code="330106", lon=120.15, lat=30.26,
        position_system="WGS-84", at=utc_now(),
    )  # fmt: skip


def database(home: Path) -> Engine:
    return open_database(f"sqlite:///{home / 'operations.sqlite'}")


def test_the_window_of_recruiting_is_planned_in_the_form(open_page: OpenPage, home: Path):
    app = open_page("admin/activities", home=home, activity="1")
    assert not app.exception
    # 08:00 and 20:30 in Hangzhou.
    app.datetime_input(key="change_1_0_opens_at").set_value(datetime(2030, 1, 2, 8, 0))  # noqa: DTZ001
    app.datetime_input(key="change_1_0_closes_at").set_value(datetime(2030, 1, 1, 20, 30))  # noqa: DTZ001
    app.button(key="change_1_0_submit").click().run()
    assert any("招募" in one.value and ":red[" in one.value for one in app.markdown)
    app.datetime_input(key="change_1_0_opens_at").set_value(datetime(2029, 12, 2, 8, 0))  # noqa: DTZ001
    app.button(key="change_1_0_submit").click().run()
    assert not app.exception
    engine = database(home)
    with reading(engine) as session:
        activity = session.get_one(Activity, 1)
        assert activity.opens_at == datetime(2029, 12, 2, 0, 0, tzinfo=UTC)
        assert activity.closes_at == datetime(2030, 1, 1, 12, 30, tzinfo=UTC)
    engine.dispose()


def test_the_page_names_the_site_of_each_shift(open_page: OpenPage, home: Path):
    app = open_page("admin/activities", home=home, activity="1")
    assert any("曲院" in one.value and "断桥" not in one.value for one in app.markdown)


def test_an_activity_is_repeated_but_for_the_days_that_were_typed(open_page: OpenPage, home: Path):
    app = open_page("admin/activities", home=home, activity="1")
    days = [(START + timedelta(days=number)).date() for number in (1, 2, 3)]
    app.selectbox(key="repeat_1_0_rhythm").set_value("daily")
    app.date_input(key="repeat_1_0_last_day").set_value(days[-1])
    app.text_area(key="repeat_1_0_except_days").set_value("国庆")
    app.button(key="repeat_1_0_submit").click().run()
    assert any("“国庆”不是日期" in one.value for one in app.markdown)
    app.text_area(key="repeat_1_0_except_days").set_value(f"{days[1]}")
    app.button(key="repeat_1_0_submit").click().run()
    assert not app.exception
    engine = database(home)
    with reading(engine) as session:
        held = [starts_at.date() for starts_at in session.scalars(select(Shift.starts_at))]
    engine.dispose()
    assert held == [START.date(), days[0], days[2]]


def test_days_are_read_as_people_type_them():
    both = frozenset({date(2026, 10, 1), date(2026, 10, 2)})
    for typed in (
        "2026-10-01,2026-10-02",
        "2026/10/01、2026.10.02",
        " 2026-10-01\n2026-10-02 ",
        "20261001 20261002",
    ):
        assert days_of(typed) == both
    assert days_of("") == frozenset()
    with pytest.raises(ValueError, match="昨天"):
        days_of("2026-10-01 昨天")
