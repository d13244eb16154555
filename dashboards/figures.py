"""Charts: a frame goes in, a figure comes out.

Belongs here: what the charts of all pages look like; pure, no streamlit. Does not belong here: queries, words
(labels come as arguments), maps (map_figures.py).
"""

from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.plain_text import html_safe

FONT = "'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
INK, QUIET, GRID = "#1c2733", "#5b6875", "#e6ebf0"
BLUE, ORANGE, GREEN, OCHRE, VIOLET, SKY, GREY, PLUM = (
    "#1f5f8b", "#d55e00", "#009e73", "#b8860b", "#8c5fa8", "#4aa3d9", "#9aa5b1", "#a23b72",
)  # fmt: skip
COLORS = (BLUE, ORANGE, GREEN, OCHRE, VIOLET, SKY, PLUM, GREY)
SEQUENTIAL = (
    "#eef5fa", "#d9e8f2", "#bfd8e8", "#9fc5dc", "#7bafce", "#5897bd", "#3b7fa9", "#266892", "#175178", "#0b3a5b",
)  # fmt: skip
STATE_COLORS = {"ok": GREEN, "silent": ORANGE, "skewed": OCHRE, "never_seen": VIOLET, "retired": GREY}

CHINESE_WORDS = {
    "Zoom in": "放大",
    "Zoom out": "缩小",
    "Reset view": "恢复全图",
    "Reset axes": "恢复全图",
    "Autoscale": "自动缩放",
    "Pan": "移动",
    "Zoom": "缩放",
}


def config(language: str, *, buttons: bool = False) -> dict[str, Any]:
    """Return how plotly behaves in the browser: zoom buttons only where they are of use, words in the language."""
    chosen: dict[str, Any] = {
        "displaylogo": False,
        "displayModeBar": buttons,
        "scrollZoom": buttons,
        "modeBarButtonsToRemove": [
            "toImage",
            "select2d",
            "lasso2d",
            "pan2d",
            "zoom2d",
            "autoScale2d",
            "pan",
            "select",
        ],
    }
    if language == "zh":
        chosen["locale"] = "zh-CN"
        chosen["locales"] = {"zh-CN": {"dictionary": CHINESE_WORDS, "format": {}}}
    return chosen


def trend(frame: pl.DataFrame, x: str, y: str, label: str, *, before: pl.Series | None = None,
          names: tuple[str, str] = ("", ""), height: int = 260) -> go.Figure:  # fmt: skip
    """Return `y` by day `x` as an area, with the period before (aligned day by day) as a grey line if given."""
    figure = go.Figure()
    if before is not None and before.len() == frame.height:
        figure.add_scatter(
            x=frame[x].to_list(), y=before.to_list(), name=names[1], mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dot"}, hovertemplate="%{y:,.1~f}",
        )  # fmt: skip
    few = frame.height <= 45
    figure.add_scatter(
        x=frame[x].to_list(), y=frame[y].to_list(), name=names[0] or label, mode="lines+markers" if few else "lines",
        line={"color": BLUE, "width": 2}, marker={"size": 5}, fill="tozeroy", fillcolor="rgba(31,95,139,0.10)",
        hovertemplate="%{y:,.1~f}",
    )  # fmt: skip
    calm(figure, height=height, legend=before is not None)
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(tickformat="%m-%d", hoverformat="%Y-%m-%d", nticks=8)
    if frame.height == 1:
        figure.update_xaxes(tickvals=frame[x].to_list())
    return figure


def ranked_bars(frame: pl.DataFrame, name: str, value: str, *, height: int | None = None) -> go.Figure:
    """Return horizontal bars, the largest on top, each with its value written beside it; names show as plain text."""
    ordered = frame.sort([value, name], descending=[False, True])
    figure = go.Figure(
        go.Bar(
            x=ordered[value].to_list(),
            y=ordered[name].map_elements(html_safe, return_dtype=pl.String).to_list(),
            orientation="h",
            marker={"color": BLUE},
            text=ordered[value].to_list(),
            texttemplate="%{x:,.1~f}",
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,.1~f}<extra></extra>",
        )
    )
    calm(figure, height=height or 60 + 30 * max(frame.height, 2))
    largest = max(ordered[value].to_list(), default=0) or 1
    # Each bar carries its value: an axis would say it twice.
    figure.update_xaxes(range=[0, largest * 1.2], visible=False)
    figure.update_yaxes(type="category", showgrid=False, automargin=True, ticksuffix="  ")
    figure.update_layout(bargap=0.35)
    return figure


def stacked_bars(
    frame: pl.DataFrame,
    x: str,
    y: str,
    part: str,
    label: str,
    *,
    names: dict[str, str],
    colors: dict[str, str] | None = None,
    height: int = 360,
) -> go.Figure:
    """Return bars of `y` by `x`, divided by `part`; `names` gives the parts' order and labels."""
    figure = go.Figure()
    for number, (code, name) in enumerate(names.items()):
        rows = frame.filter(pl.col(part) == code)
        if rows.is_empty():
            continue
        figure.add_bar(
            x=rows[x].to_list(),
            y=rows[y].to_list(),
            name=name,
            marker_color=(colors or {}).get(code, COLORS[number % len(COLORS)]),
            hovertemplate=f"{name}: %{{y:,.1~f}}<extra>%{{x}}</extra>",
        )
    calm(figure, height=height, legend=len(names) > 1)
    order = list(dict.fromkeys(frame[x].to_list()))
    figure.update_layout(barmode="stack", bargap=0.35, legend_traceorder="normal")
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title=_axis_title(label))
    return figure


def heat_table(frame: pl.DataFrame, rows: str, columns: str, value: str) -> go.Figure:
    """Return a table of coloured cells: rows × columns, each with its value written in it."""
    across, down = list(dict.fromkeys(frame[columns])), list(dict.fromkeys(frame[rows]))
    cells = {(row[rows], row[columns]): row[value] for row in frame.iter_rows(named=True)}
    z = [[cells.get((left, top)) for top in across] for left in down]
    figure = go.Figure(
        go.Heatmap(
            z=z, x=across, y=down, colorscale=list(SEQUENTIAL), zmin=0, xgap=2, ygap=2, texttemplate="%{z:,.1~f}",
            hovertemplate="%{y} · %{x}: %{z:,.1~f}<extra></extra>", showscale=False,
        )
    )  # fmt: skip
    calm(figure, height=90 + 32 * max(len(down), 2))
    figure.update_xaxes(type="category", side="top", showgrid=False, ticks="")
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, ticks="", ticksuffix="  ")
    return figure


def _axis_title(label: str) -> dict[str, Any]:
    return {"text": label, "font": {"size": 12, "color": QUIET}}


def calm(figure: go.Figure, *, height: int, legend: bool = False) -> None:
    """Give a figure the pages' quiet look: the viewer's font, thin grid, no frame, legend above."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 34 if legend else 12, "b": 8},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None},
        separators=".,",
        hoverlabel={"font": {"family": FONT, "size": 13}, "bgcolor": "#ffffff", "bordercolor": GRID},
        dragmode=False,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, linecolor=GRID, tickfont={"color": QUIET}, automargin=True,
                        title={"font": {"size": 12, "color": QUIET}})  # fmt: skip
    figure.update_yaxes(gridcolor=GRID, zeroline=False, rangemode="tozero", tickfont={"color": QUIET},
                        tickformat=",", automargin=True, title={"font": {"size": 12, "color": QUIET}})  # fmt: skip
