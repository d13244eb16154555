"""A district administrator binds an unknown card on the page of rejected taps; its taps count with the next build."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from dashboards.texts import text
from hub.settings import Settings
from operations.database import open_database, reading
from operations.devices.swipe_log import tap, write_segment
from operations.model import Account, Device, RoleGrant, Site, Volunteer
from tests.browser.running_pages import Watched, serving
from tests.pipelines.conftest import run_steps
from warehouse.lake import open_lake

CARD = "9990000000017"
NOON = datetime(2026, 8, 31, 4, tzinfo=UTC)


@dataclass
class District:
    """A built city of its own, whose district administrator knows of one person and one unknown card."""

    settings: Settings
    area_code: str
    volunteer_id: int
    volunteer_no: str


@pytest.fixture(scope="module")
def district(built_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> District:
    """The built city, and two taps of a card that nobody holds, two hours apart at a reader of the district."""
    home = tmp_path_factory.mktemp("unknown_card") / "home"
    shutil.copytree(built_city.home, home)
    settings = Settings(home=home)  # type: ignore[call-arg]
    engine = open_database(settings.operations_url)
    with reading(engine) as session:
        area = session.scalars(
            select(RoleGrant.area_code)
            .join(Account, Account.account_id == RoleGrant.account_id)
            .where(Account.sign_in_name == "district")
        ).one()
        person = session.scalars(
            select(Volunteer).where(Volunteer.district_code == area, Volunteer.status == "active").limit(1)
        ).one()
        device_no = session.scalars(
            select(Device.device_no)
            .join(Site, Site.site_id == Device.site_id)
            .where(Site.district_code == area, Device.retired_at.is_(None), Device.is_directed.is_(False))
            .limit(1)
        ).one()
    engine.dispose()
    lines = [
        tap(
            device_no=device_no,
            device_seq=90_000_000 + hours,
            card_no=CARD,
            tapped_at=NOON + timedelta(hours=hours),
            received_at=NOON + timedelta(hours=3),
        )
        for hours in (0, 2)
    ]
    write_segment(settings.swipe_logs, lines, NOON + timedelta(hours=3), is_durable=False)
    run_steps(settings)
    return District(settings, area, person.volunteer_id, person.volunteer_no)


@pytest.fixture(scope="module")
def address(district: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of this city are served."""
    with serving(district.settings.home, tmp_path_factory.mktemp("pages") / "server.log") as at:
        yield at


@pytest.fixture
def administrator(chromium: Browser, address: str) -> Iterator[Watched]:
    """The district administrator on the page, who fails the test by any error or outside request."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1100}, locale="zh-CN")
    page = Watched(context.new_page(), address)
    page.sign_in("district", path="/rejected_taps")
    yield page
    problems = page.all_problems()
    context.close()
    assert problems == []


def of_lake(district: District, query: str, **values: Any) -> list[tuple[Any, ...]]:
    con = open_lake(district.settings.lake_catalogue, district.settings.lake_files, read_only=True)
    try:
        return con.execute(query, values or None).fetchall()
    finally:
        con.close()


def taps_of_card(district: District) -> list[tuple[Any, ...]]:
    return of_lake(district, "SELECT volunteer_id FROM raw.taps WHERE card_no = $card", card=CARD)


def test_an_unknown_card_is_bound_and_its_taps_count_with_the_next_build(
    district: District, administrator: Watched
) -> None:
    page = administrator.page
    chooser = page.get_by_role("combobox", name=text("zh", "rejected.choose_card"))
    chooser.fill(CARD)
    chooser.press("Enter")
    administrator.settle()
    page.get_by_role("button", name=text("zh", "rejected.open")).click()
    administrator.settle()
    expect(page.get_by_role("heading", name=text("zh", "rejected.card", card=CARD))).to_be_visible()
    number = page.get_by_label(text("zh", "places.column.volunteer_no"))
    number.fill(district.volunteer_no)
    number.press("Enter")
    administrator.settle()
    expect(page.get_by_text("绑定后将补计 2 次刷卡")).to_be_visible()
    page.get_by_label(text("zh", "form.reason")).fill("本人到窗口出示")
    page.get_by_role("button", name=text("zh", "rejected.bind")).click()
    administrator.settle()
    expect(page.get_by_text("之后的刷卡会在下次数据更新时补计")).to_be_visible()
    assert taps_of_card(district) == []

    run_steps(district.settings)

    assert taps_of_card(district) == [(district.volunteer_id,)] * 2
    administrator.open(f"/rejected_taps?card={CARD}")
    expect(page.get_by_text(text("zh", "rejected.card_none"))).to_be_visible()
    unknown = of_lake(district, "SELECT taps FROM marts.rejected_taps WHERE card_no = $card", card=CARD)
    assert unknown == []


def test_a_card_of_another_district_looks_like_one_that_is_not_there(
    district: District, administrator: Watched
) -> None:
    elsewhere = of_lake(
        district,
        "SELECT MIN(card_no) FROM marts.rejected_taps "
        "WHERE reason = 'unknown_card' AND card_no <> '' AND district_code <> $area",
        area=district.area_code,
    )
    for card_no in (elsewhere[0][0], "no-such-card"):
        administrator.open(f"/rejected_taps?card={card_no}")
        expect(administrator.page.get_by_text(text("zh", "rejected.card_none"))).to_be_visible()
