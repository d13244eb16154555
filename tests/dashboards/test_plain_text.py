"""Names that people chose appear as they were typed: never as a picture, a link, a style or a formula."""

from __future__ import annotations

import html
from pathlib import Path

import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dashboards import figures
from dashboards.city import map_layers
from dashboards.plain_text import html_safe, markdown_safe
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import AS_OF, make_lake
from warehouse.lake import open_lake

WORD_JOINER = "\u2060"
PICTURE, LINK = "![](http://x.yz/a.png)", '<a href="http://x.yz">here</a>'
HARMFUL = [PICTURE, LINK, "[here](http://x.yz)", "<b>bold</b>", "**bold**", "_a_ `b` ~~c~~", "# 1. > - +",
           ":smile: :material/home: :red[stop]", "$\\frac{1}{2}$", "&lt;b&gt; &amp;", "| a | b |", "\\", "<br>",
           "a\n\n# b", "http://x.yz www.x.yz a@x.yz"]  # fmt: skip
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown_by_markdown(text: str) -> str:
    """The text that Markdown shows; fails if it makes anything but a paragraph of plain text of it."""
    blocks = MARKDOWN.parse(text)
    assert [block.type for block in blocks] in ([], ["paragraph_open", "inline", "paragraph_close"])
    parts = [part for block in blocks for part in block.children or []]
    assert {part.type for part in parts} <= {"text"}
    return "".join(part.content for part in parts)


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_name_is_plain_text_in_markdown(name: str) -> None:
    assert shown_by_markdown(markdown_safe(name)).replace(WORD_JOINER, "") == " ".join(name.split())


@given(st.text(st.sampled_from("ab1 \n\\`*_{}[]()<>#+-.!|~$:@&;/=\"'汉"), max_size=40))
def test_any_name_is_plain_text_in_markdown(name: str) -> None:
    assert shown_by_markdown(markdown_safe(name)).replace(WORD_JOINER, "") == " ".join(name.split())


@pytest.mark.parametrize(
    ("name", "recognised"),
    [
        ("http://x.yz", "://"),
        (":smile:", ":smile:"),
        ("www.x.yz", "www."),
        ("WWW.x.yz", "WWW."),
        ("a@x.yz", "@x"),
    ],
)
def test_what_streamlit_recognises_in_plain_text_is_broken_up(name: str, recognised: str) -> None:
    assert recognised not in shown_by_markdown(markdown_safe(name))


@given(st.text())
def test_any_name_comes_back_from_html_and_holds_no_tag_and_no_formula(name: str) -> None:
    safe = html_safe(name)
    assert not set("<>$") & set(safe)
    assert html.unescape(safe) == html.unescape(html.escape(name))


def test_quotes_in_a_name_stay_as_plotly_does_not_know_their_entities() -> None:
    assert html_safe('"O\'Brien"') == '"O\'Brien"'


@pytest.mark.parametrize("name", [PICTURE, LINK, "<b>bold</b>"])
def test_bars_are_labelled_with_plain_text(name: str) -> None:
    bars: go.Figure = figures.ranked_bars(pl.DataFrame({"name": [name], "value": [1]}), "name", "value")
    assert list(bars.data[0].y) == [html.escape(name, quote=False)]


@pytest.fixture
def harmful_home(tmp_path: Path) -> Path:
    """A made-up city where the first of the board, a site and an activity have harmful names."""
    catalogue, files = make_lake(tmp_path)
    con = open_lake(catalogue, files)
    con.execute("UPDATE marts.leaderboard SET subject_name = ? WHERE rank = 1", [PICTURE])
    con.execute("UPDATE marts.sites SET name = ?, community_name = ?", [PICTURE + LINK, PICTURE])
    con.execute("UPDATE marts.device_health SET site_name = ?", [LINK])
    con.execute("UPDATE marts.running_activities SET title = ?", [LINK])
    con.close()
    return tmp_path


def test_pages_show_harmful_names_as_plain_text(open_page: OpenPage, harmful_home: Path) -> None:
    board = open_page("city/leaderboard", home=harmful_home)
    assert not board.exception
    assert markdown_safe(PICTURE) in [title.value for title in board.subheader]

    panel = open_page("", home=harmful_home, district="330106", site="330106003")
    assert not panel.exception
    assert f"**{markdown_safe(PICTURE + LINK)}**" in [each.value for each in panel.markdown]
    shown = [
        each.value for page in (board, panel) for each in (*page.markdown, *page.subheader, *page.caption)
    ]
    assert not [value for value in shown if PICTURE in value or "<a" in value.replace("\\<", "")]


def test_the_map_s_points_and_districts_say_harmful_names_as_plain_text(
    open_page: OpenPage, harmful_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page("", home=harmful_home)  # its settings and language are those of the calls below
    layers, _ = map_layers.points([*map_layers.LAYERS], [], AS_OF)
    hovers = [hover for layer in layers for hover in layer.frame["hover"]]
    hovers.append(map_layers.district_hover(
        {"name": LINK, "people": 1, "minutes": 1, "sessions": 1, "activities": 1}
    ))  # fmt: skip
    assert len(layers) > 5
    assert not [hover for hover in hovers if "<a" in hover]
    assert all("&lt;a href" in hover for hover in hovers)
