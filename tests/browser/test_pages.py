"""Every page of the running app in a real browser that can reach nothing outside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from dashboards.formats import number
from dashboards.pages import FIRST_PAGE, SECTIONS, PageEntry, may_see
from dashboards.texts import text
from hub.settings import Settings
from operations.access import CITY, Actor
from operations.sample_city.accounts import DEMO_ACCOUNTS
from tests.browser.running_pages import Watched
from warehouse.lake import open_lake

PAGES = [page for section in SECTIONS.values() for page in section]
# What anybody in the city looks at is looked at in both languages; the others in the first one.
SEEN = [(page, "zh") for page in PAGES] + [(page, "en") for page in SECTIONS["city"] + SECTIONS["analysis"]]
# Where a district's middle, or a point's position, is on the screen now.
ON_SCREEN = """([lon, lat]) => {
    const plot = document.querySelector('.st-key-welfare_map .js-plotly-plot');
    const at = plot._fullLayout.map._subplot.map.project([lon, lat]);
    const box = plot.querySelector('.maplibregl-canvas').getBoundingClientRect();
    return [box.left + at.x, box.top + at.y];
}"""
ZOOM = "() => document.querySelector('.st-key-welfare_map .js-plotly-plot')._fullLayout.map._subplot.map.getZoom()"
LIN_AN = ("330112", "临安区", (119.35, 30.2))


def asked(city: Settings, sql: str) -> pl.DataFrame:
    con = open_lake(city.lake_catalogue, city.lake_files, read_only=True)
    try:
        return con.execute(sql).pl()
    finally:
        con.close()


def click_on_map(watched: Watched, position: tuple[float, float], in_address: str) -> None:
    """Click at a position until the click has arrived: on a busy machine a map may not yet listen when it is drawn."""
    watched.wait_for_map()
    for _ in range(6):
        x, y = watched.page.evaluate(ON_SCREEN, list(position))
        watched.page.mouse.move(x - 3, y)
        watched.page.mouse.click(x, y)
        try:
            watched.page.wait_for_url(f"**{in_address}**", timeout=8_000, wait_until="commit")
        except Exception:
            continue
        watched.settle()
        return
    pytest.fail(f"A click at {position} never brought {in_address} into the address: {watched.page.url}")


def account_for(page: PageEntry) -> str:
    """The sign-in name of the first account of the sample city that gets a page."""
    return next(
        account.sign_in_name
        for account in DEMO_ACCOUNTS
        if may_see(Actor(account.sign_in_name, account.role, area_code=CITY, organisation_id=1), page)
    )


@pytest.mark.parametrize(("page", "language"), SEEN, ids=lambda value: getattr(value, "name", value))
def test_a_page_opens_without_asking_the_outside(
    watched_as: Callable[[str], Watched], page: PageEntry, language: str
):
    watched = watched_as(account_for(page))
    path = "" if page.file == FIRST_PAGE else page.name
    watched.open(f"/{path}?lang={language}")
    expect(watched.page.get_by_role("heading", level=1)).to_have_text(text(language, f"page.{page.name}"))
    expect(watched.page.get_by_text(text(language, "app.service_day"))).to_be_visible()
    if not page.file.startswith("admin/"):
        expect(watched.page.locator("[data-testid=stAlert]")).to_have_count(0)


def test_the_map_shows_its_approval_number(watched: Watched):
    watched.open("/")
    expect(watched.page.get_by_text("审图号 GS(2024)0650号")).to_be_visible()


def test_a_click_on_a_district_opens_its_figures_beside_the_map(watched: Watched, built_city: Settings):
    code, name, position = LIN_AN
    watched.open("/?period=all&layers=none")
    click_on_map(watched, position, f"district={code}")
    people = asked(
        built_city,
        f"SELECT CAST(SUM(people) AS BIGINT) AS n FROM marts.city_map "
        f"WHERE place_level = 'district' AND place_code = '{code}'",
    )["n"][0]
    expect(watched.page.locator(".st-key-district input")).to_have_value(name)
    expect(watched.page.locator("[data-testid=stMetricValue]").first).to_have_text(number("people", people))


def test_the_zoom_stays_when_a_filter_or_the_place_changes(watched: Watched):
    code, _, position = LIN_AN
    watched.open("/?layers=none")
    watched.wait_for_map()
    x, y = watched.page.evaluate(ON_SCREEN, list(position))
    before = watched.page.evaluate(ZOOM)
    watched.page.mouse.move(x, y)
    watched.page.mouse.wheel(0, -300)
    watched.page.wait_for_timeout(1_500)
    watched.wait_for_map()
    zoomed = watched.page.evaluate(ZOOM)
    assert zoomed > before + 0.3

    click_on_map(watched, position, f"district={code}")
    watched.page.get_by_role("radio", name="服务时长").click()
    watched.page.wait_for_url("**measure=minutes**", timeout=20_000, wait_until="commit")
    watched.settle()
    expect(watched.page.locator(".st-key-welfare_map")).to_contain_text("服务时长（小时）", timeout=20_000)
    watched.wait_for_map()
    assert watched.page.evaluate(ZOOM) == pytest.approx(zoomed, abs=0.05)

    click_on_map(watched, (119.55, 29.85), "district=330122")
    watched.wait_for_map()
    assert watched.page.evaluate(ZOOM) == pytest.approx(zoomed, abs=0.05)


def test_a_click_on_a_site_opens_its_figures(watched: Watched, built_city: Settings):
    site = asked(
        built_city,
        "SELECT site_id, name, kind, district_code, lon, lat FROM marts.sites WHERE district_code = '330112' "
        "ORDER BY site_id LIMIT 1",
    ).row(0, named=True)
    watched.open(f"/?layers=sites&kinds={site['kind']}")
    click_on_map(watched, (site["lon"], site["lat"]), f"site={site['site_id']}")
    expect(watched.page.locator(".st-key-site input")).to_have_value(site["name"])
    expect(watched.page.locator(".st-key-district input")).to_have_value("临安区")


def test_the_plain_map_opens_a_district_too(watched: Watched):
    watched.open("/?view=plain&layers=none")
    expect(watched.page.locator(".maplibregl-canvas")).to_have_count(0)
    watched.page.locator(".st-key-welfare_map_plain .scatterlayer text", has_text="淳安县").click(force=True)
    watched.page.wait_for_url("**district=330127**", timeout=20_000, wait_until="commit")
    watched.settle()
    expect(watched.page.locator(".st-key-district input")).to_have_value("淳安县")


def test_a_shared_link_opens_the_same_view(watched: Watched):
    watched.open("/?lang=en&measure=minutes&period=7d&district=330106")
    expect(watched.page.locator(".st-key-district input")).to_have_value("Xihu")
    expect(watched.page.get_by_role("radio", name="Service hours")).to_be_checked()
    expect(watched.page.get_by_role("radio", name="7 days", exact=True)).to_be_checked()


def test_a_choice_comes_into_the_address_and_the_back_button_takes_it_back(watched: Watched):
    watched.open("/overview")
    watched.page.get_by_role("radio", name="服务时长").click()
    watched.page.wait_for_url("**measure=minutes**", timeout=20_000, wait_until="commit")
    watched.settle()
    watched.page.go_back()
    watched.settle()
    expect(watched.page.get_by_role("radio", name="服务人次")).to_be_checked()


def test_the_language_and_the_period_stay_on_the_next_page(watched: Watched):
    watched.open("/overview")
    watched.page.get_by_role("radio", name="近7日").click()
    watched.page.wait_for_url("**period=7d**", timeout=20_000, wait_until="commit")
    watched.page.get_by_role("radio", name="English").click()
    watched.page.wait_for_url("**lang=en**", timeout=20_000, wait_until="commit")
    watched.settle()
    watched.page.get_by_role("link", name="Welfare map").click()
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("Welfare map", timeout=20_000)
    watched.settle()
    expect(watched.page.get_by_role("radio", name="7 days", exact=True)).to_be_checked()


def test_a_downloaded_table_holds_every_row(watched: Watched, built_city: Settings, tmp_path: Path):
    watched.open("/device_health?list=all")
    with watched.page.expect_download(timeout=30_000) as download:
        watched.page.get_by_role("button", name="下载 CSV").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    devices = asked(built_city, "SELECT COUNT(*) AS n FROM marts.device_health")["n"][0]
    assert rows[0][0] == "设备编号"
    assert len(rows) == devices + 1
