"""Points in a real browser: a district's administrator follows a volunteer's points down to the check-ins."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from hub.settings import Settings
from operations.database import open_database, reading
from operations.model import PointTransfer
from tests.browser.running_pages import Watched
from warehouse.lake import open_lake


def an_award_of_the_app(city: Settings) -> tuple[int, int, str]:
    """A volunteer of Xihu, a transfer of an award of theirs that an app recorded, and its minutes in words."""
    con = open_lake(city.lake_catalogue, city.lake_files, read_only=True)
    try:
        found = con.execute(
            "SELECT r.volunteer_id, r.session_id, r.minutes FROM marts.service_records AS r "
            "JOIN marts.volunteer_statement_lines AS l ON l.award_id = r.session_id "
            "JOIN marts.volunteer_statement AS s ON s.volunteer_id = r.volunteer_id AND s.district_code = '330106' "
            "WHERE r.channel = 'APP' AND r.closing_event_id IS NOT NULL ORDER BY ALL LIMIT 1"
        ).fetchone()
    finally:
        con.close()
    assert found is not None, "the sample city has no such award"
    engine = open_database(city.operations_url)
    with reading(engine) as session:
        number = session.scalars(
            select(PointTransfer.transfer_no).where(PointTransfer.award_id == found[1])
        ).first()
    engine.dispose()
    assert number is not None
    return int(found[0]), number, f"{found[2]:,} 分钟"


def test_points_are_followed_from_the_account_to_the_check_ins(
    chromium: Browser, address: str, built_city: Settings
) -> None:
    volunteer_id, transfer_no, minutes = an_award_of_the_app(built_city)
    context = chromium.new_context(viewport={"width": 1440, "height": 1400}, locale="zh-CN")
    watched = Watched(context.new_page(), address)
    watched.sign_in("district", path=f"/point_accounts?account={volunteer_id}")
    expect(watched.page.get_by_role("heading", level=1)).to_contain_text("*")
    expect(watched.page.get_by_text("可用", exact=True).first).to_be_visible()
    watched.open(f"/point_accounts?account={volunteer_id}&transfer={transfer_no}")
    expect(watched.page.get_by_role("heading", level=1)).to_have_text(f"流水 {transfer_no}")
    expect(watched.page.get_by_text(minutes, exact=True)).to_be_visible()
    expect(watched.page.get_by_text("手机打卡")).to_be_visible()
    watched.open("/points_reconciliation")
    expect(watched.page.get_by_text("3 道等式全部相等。")).to_be_visible()
    watched.open("/points_liability")
    expect(watched.page.get_by_text("只显示西湖区的志愿者。")).to_be_visible()
    expect(watched.page.locator(".js-plotly-plot").first).to_be_visible()
    watched.open("/point_rules")
    expect(watched.page.get_by_text(re.compile("益币标准")).first).to_be_visible()
    assert watched.all_problems() == []
    context.close()
