"""Charts and maps are pure: a frame goes in, a figure comes out that asks nobody for anything."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import figures, map_figures
from dashboards.boundaries import Boundaries, read_boundaries
from hub.settings import PROJECT


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_boundaries(PROJECT / "warehouse" / "reference" / "hangzhou_districts.geojson")


DISTRICTS = pl.DataFrame(
    {
        "district_code": ["330106", "330127"],
        "name": ["西湖区", "淳安县"],
        "value": [100.0, 10.0],
        "hover": ["西湖区 100", "淳安县 10"],
    }
)
SITES = map_figures.Points(
    "社区",
    "#1f5f8b",
    pl.DataFrame({"lon": [120.1], "lat": [30.2], "hover": ["某社区"], "place": ["site:12"], "size": [6]}),
)


def test_the_map_names_no_outside_address_no_glyphs_and_no_sprite(boundaries: Boundaries):
    figure = map_figures.district_map(boundaries, DISTRICTS, "服务人次（人次）", [SITES])
    style = figure.layout.map.style
    assert style["sources"]["extent"]["data"]["geometry"]["coordinates"][0]
    assert not {"glyphs", "sprite"} & style.keys()
    assert "http" not in json.dumps(json.loads(figure.to_json())["layout"]["map"])


def test_a_click_on_the_map_says_which_district_or_site(boundaries: Boundaries):
    figure = map_figures.district_map(boundaries, DISTRICTS, "x", [SITES])
    places = {data[0] for trace in figure.data if trace.customdata is not None for data in trace.customdata}
    assert places == {"district:330106", "district:330127", "site:12"}


def test_the_viewer_s_zoom_stays_when_the_figures_change(boundaries: Boundaries):
    first = map_figures.district_map(boundaries, DISTRICTS, "x", [])
    second = map_figures.district_map(boundaries, DISTRICTS, "y", [SITES], selected="330106")
    assert first.layout.uirevision == second.layout.uirevision
    assert first.layout.map.center == second.layout.map.center


def test_the_chosen_district_is_outlined(boundaries: Boundaries):
    plain = len(map_figures.district_map(boundaries, DISTRICTS, "x", []).data)
    assert len(map_figures.district_map(boundaries, DISTRICTS, "x", [], selected="330106").data) == plain + 1


def test_the_plain_map_needs_no_webgl(boundaries: Boundaries):
    figure = map_figures.plain_map(boundaries, DISTRICTS, "x", [SITES], selected="330106")
    assert {trace.type for trace in figure.data} == {"scatter"}


def test_a_district_without_figures_is_grey_and_not_an_error(boundaries: Boundaries):
    figure = map_figures.plain_map(boundaries, DISTRICTS, "x", [])
    greys = [trace for trace in figure.data if trace.fillcolor == map_figures.NO_DATA]
    assert len(greys) == 11


@given(st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_a_shade_is_always_on_the_scale(value: float, largest: float):
    assert map_figures.shade(value, largest) in figures.SEQUENTIAL


def test_the_largest_value_has_the_darkest_shade():
    assert map_figures.shade(10, 10) == figures.SEQUENTIAL[-1]
    assert map_figures.shade(0, 10) == figures.SEQUENTIAL[0]


@given(
    st.lists(st.tuples(st.floats(118, 121), st.floats(29, 31)), min_size=1, max_size=300), st.integers(1, 50)
)
def test_merged_points_stand_for_every_point(places: list[tuple[float, float]], limit: int):
    points = pl.DataFrame(
        {
            "lon": [lon for lon, _ in places],
            "lat": [lat for _, lat in places],
            "weight": [1] * len(places),
            "hover": ["x"] * len(places),
            "place": [f"site:{n}" for n in range(len(places))],
        }
    )
    merged = map_figures.merge_near(points, limit)
    assert merged["members"].sum() == merged["weight"].sum() == len(places)
    assert set(merged["place"]) <= set(points["place"])


def test_few_points_are_left_as_they_are():
    points = pl.DataFrame({"lon": [120.0], "lat": [30.0], "weight": [1], "hover": [""], "place": ["site:1"]})
    assert map_figures.merge_near(points, 10)["members"].to_list() == [1]


def test_bars_are_ordered_with_the_largest_on_top():
    frame = pl.DataFrame({"name": ["a", "b", "c"], "value": [2, 9, 5]})
    assert list(figures.ranked_bars(frame, "name", "value").data[0].y) == ["a", "c", "b"]


def test_a_trend_shows_the_period_before_day_by_day():
    days = pl.DataFrame({"day": [date(2026, 8, 1), date(2026, 8, 2)], "value": [3, 4]})
    figure = figures.trend(days, "day", "value", "x", before=pl.Series([1, 2]), names=("now", "before"))
    assert {trace.name: list(trace.y) for trace in figure.data} == {"before": [1, 2], "now": [3, 4]}


def test_parts_without_rows_have_no_bars():
    frame = pl.DataFrame({"x": ["a"], "y": [1], "part": ["ok"]})
    figure = figures.stacked_bars(frame, "x", "y", "part", "台", names={"ok": "正常", "silent": "失联"})
    assert [trace.name for trace in figure.data] == ["正常"]


def test_a_heat_table_leaves_missing_cells_empty():
    frame = pl.DataFrame({"r": ["a", "b"], "c": ["x", "y"], "v": [1, 2]})
    assert [list(row) for row in figures.heat_table(frame, "r", "c", "v").data[0].z] == [[1, None], [None, 2]]


def test_the_chart_s_own_words_are_chinese_on_a_chinese_page():
    assert figures.config("zh")["locales"]["zh-CN"]["dictionary"]["Zoom in"] == "放大"
    assert "locale" not in figures.config("en")
