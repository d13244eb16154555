"""The pages, run on a made-up lake without a browser: what they say, and that links bring a view back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.pages import PageEntry, pages_for
from operations.access import Actor, Role
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import make_lake
from tests.dashboards.sign_ins import AREAS, PAGES, role_for
from warehouse.tables import catalogue


def words(app: AppTest) -> str:
    shown = [*app.title, *app.subheader, *app.caption, *app.markdown, *app.info, *app.warning]
    return "\n".join(str(element.value) for element in shown)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_in_both_languages(open_page: OpenPage, page: PageEntry, language: str):
    app = open_page(page.file, role=role_for(page), lang=language)
    assert not app.exception
    assert not app.warning
    assert ("Data as of 2026-08-31 16:30" if language == "en" else "数据截至 2026-08-31 16:30") in words(app)


def test_a_link_brings_its_filters_back(open_page: OpenPage):
    app = open_page("city/overview", period="7d", measure="minutes")
    assert "2026-08-25 至 2026-08-31" in words(app)
    assert app.session_state["measure"] == "minutes"


def test_a_link_names_its_own_days(open_page: OpenPage):
    app = open_page("city/overview", period="custom", days="2026-08-10_2026-08-12")
    assert "2026-08-10 至 2026-08-12，共 3 天" in words(app)


@pytest.mark.parametrize(
    "filters",
    [
        {"period": "'; DROP TABLE x"},
        {"measure": "bitcoin"},
        {"district": "999999"},
        {"days": "soon", "period": "custom"},
    ],
)
def test_a_link_with_nonsense_opens_the_default_view(open_page: OpenPage, filters: dict[str, str]):
    assert not open_page("", **filters).exception


def test_the_map_page_shows_the_chosen_site(open_page: OpenPage):
    app = open_page("", district="330106", site="330106003")
    assert "签到半径 200 米" in words(app)


def test_a_link_opens_what_goes_on_now_beside_the_map(open_page: OpenPage):
    linked = open_page("", panel="now")
    assert "正在服务" in [metric.label for metric in linked.metric]
    assert "正在服务" not in [metric.label for metric in open_page("").metric]


def test_the_district_table_has_every_district(open_page: OpenPage):
    assert open_page().dataframe[0].value.shape[0] == 13


def test_the_data_state_tells_the_rows_of_every_table_in_words(open_page: OpenPage):
    shown = open_page("admin/data_state", lang="en").dataframe[0].value
    assert sorted(shown["table_name"]) == sorted(table.name for table in catalogue())
    board = shown[shown["table_name"] == "marts.leaderboard"].iloc[0]
    assert (board["title"], board["row_count"]) == ("Leaderboard", 515)
    assert shown["title"].notna().all()


def test_a_corrupt_boundary_file_leaves_the_rest_of_the_page(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "broken.geojson"
    file.write_text("{ broken")
    monkeypatch.setenv("HUB_BOUNDARIES", str(file))
    app = open_page()
    assert not app.exception
    assert "HUB_BOUNDARIES" in app.warning[0].value
    assert app.dataframe[0].value.shape[0] == 13


def test_a_lake_that_is_not_built_says_what_to_do(open_page: OpenPage, tmp_path: Path):
    app = open_page("", home=tmp_path)
    assert not app.exception
    assert "hub build" in app.warning[0].value


def test_a_lake_without_service_says_what_to_do(open_page: OpenPage, tmp_path: Path):
    make_lake(tmp_path, filled=False)
    app = open_page("", home=tmp_path)
    assert not app.exception
    assert "hub sample-city" in app.info[0].value


def test_somebody_gets_the_pages_of_their_role_only():
    official = Actor("official", Role.OFFICIAL, AREAS[Role.OFFICIAL])
    assert list(pages_for(official, "zh")) == ["办理", "益币", "站点与设备", "城市", "分析", "系统"]
    assert pages_for(Actor("D00001", Role.DEVICE, device_no="D00001"), "zh") == {}


def test_without_a_sign_in_no_page_says_anything(open_page: OpenPage):
    app = open_page("", role=None)
    assert not app.exception
    assert [title.value for title in app.title] == ["请先登录"]
    assert not app.metric and not app.dataframe
