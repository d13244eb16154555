"""Honour records and proofs in a real browser: entered, approved by a second person, counted after the next build."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from hub.settings import Settings
from operations.database import open_database, reading
from operations.model import HonourRecord, Volunteer
from pipelines.build import build_all
from tests.browser.running_pages import Watched, serving
from warehouse.lake import open_lake


@pytest.fixture
def own_city(built_city: Settings, tmp_path: Path) -> Settings:
    """A copy of the built city that a test may change."""
    shutil.copytree(built_city.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@contextmanager
def somebody(chromium: Browser, address: str) -> Iterator[Watched]:
    """A browser of its own, in which nothing may go wrong."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1600}, locale="zh-CN")
    page = Watched(context.new_page(), address)
    yield page
    assert page.all_problems() == []
    context.close()


def one_volunteer(city: Settings) -> str:
    engine = open_database(city.operations_url)
    with reading(engine) as session:
        number = session.scalar(
            select(Volunteer.volunteer_no).order_by(Volunteer.volunteer_id.desc()).offset(40)
        )
    engine.dispose()
    return str(number)


def newest_record(city: Settings) -> tuple[int, str]:
    engine = open_database(city.operations_url)
    with reading(engine) as session:
        record = session.scalars(select(HonourRecord).order_by(HonourRecord.record_id.desc()).limit(1)).one()
        found = (record.record_id, record.status)
    engine.dispose()
    return found


def test_an_honour_record_counts_after_a_second_person_and_the_next_build(
    chromium: Browser, own_city: Settings, tmp_path: Path
) -> None:
    with serving(own_city.home, tmp_path / "server.log") as address:
        with somebody(chromium, address) as first:
            first.sign_in("organisation", path="/honour_records")
            first.page.get_by_role("tab", name="录入").click()
            first.page.locator(".st-key-enter_honour_0_volunteer_no input").fill(one_volunteer(own_city))
            first.page.locator(".st-key-enter_honour_0_reason textarea").fill("读卡器坏了,签到表为证")
            first.page.get_by_role("button", name="录入这条记录").click()
            expect(first.page.get_by_text("已录入，等待另一人审批。")).to_be_visible(timeout=30_000)
            record, status = newest_record(own_city)
            assert status == "entered"
            first.open(f"/honour_records?record={record}")
            first.page.get_by_role("button", name="决定").click()
            expect(first.page.get_by_text("录入人不能审批，请由另一人审批")).to_be_visible(timeout=30_000)
        with somebody(chromium, address) as second:
            second.sign_in("colleague", path=f"/honour_records?record={record}")
            second.page.get_by_role("button", name="决定").click()
            expect(second.page.get_by_text("已通过").first).to_be_visible(timeout=30_000)
        with somebody(chromium, address) as anybody:
            anybody.page.goto(f"{address}/look-up?no=2026")
            expect(anybody.page.get_by_role("status")).to_contain_text("没有这个编号的证明")
    assert newest_record(own_city) == (record, "approved")
    build_all(own_city)
    con = open_lake(own_city.lake_catalogue, own_city.lake_files, read_only=True)
    counted = con.execute(
        "SELECT verdict, settled_minutes FROM core.sessions WHERE channel = 'HONOUR' AND opening_event_id = ?",
        [str(record)],
    ).fetchall()
    con.close()
    assert counted == [("counted", 60)]
