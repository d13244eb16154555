"""The welfare map as a figure: districts coloured by a measure, and points above them.

Belongs here: the WebGL map and the plain (SVG) map of the same data; pure, no streamlit.
Does not belong here: where outlines come from (boundaries.py), queries, words.

Nothing is fetched from outside: the style is our own, its only source a GeoJSON, no glyphs and no sprite, so
labels use the viewer's fonts.
"""

import math
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.boundaries import Boundaries
from dashboards.figures import FONT, GRID, INK, ORANGE, QUIET, SEQUENTIAL

WATER = "#f3f6f9"
EDGE = "#ffffff"
NO_DATA = "#e6ebf0"
DARK_FROM = 0.6  # from this share of the scale on, labels are white


@dataclass(frozen=True)
class Points:
    """Points of one kind on the map. `frame` has lon, lat, hover, place (`site:12`) and size (pixels)."""

    name: str
    color: str
    frame: pl.DataFrame


def district_map(
    boundaries: Boundaries, districts: pl.DataFrame, label: str, points: list[Points], *, selected: str = "",
    height: int = 560,
) -> go.Figure:  # fmt: skip
    """Return the WebGL map. `districts` has district_code, name, value, hover; `selected` is outlined.

    A clicked thing says what it is in `customdata[0]`: `district:330106`, `site:12`.
    """
    figure = go.Figure(_filled_districts(boundaries, districts, label))
    if selected:
        figure.add_trace(_outline(boundaries, selected))
    figure.add_traces(_names(boundaries, districts))
    for layer in points:
        for trace in _dots(layer):
            figure.add_trace(trace)
    lon, lat = boundaries.center()
    figure.update_layout(
        map={
            "style": own_style(boundaries),
            "center": {"lon": lon, "lat": lat},
            "zoom": boundaries.zoom(height=height),
        },
        uirevision="the viewer's own zoom stays",
        hoverdistance=4,  # else the nearest point always wins over the district under the pointer
    )
    _frame(figure, height)
    return figure


def own_style(boundaries: Boundaries) -> dict[str, Any]:
    """Return a MapLibre style that asks nobody for anything: one non-empty GeoJSON source, no glyphs, no sprite."""
    west, south, east, north = boundaries.bounds
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    extent = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [corners]}}
    return {
        "version": 8,
        "sources": {"extent": {"type": "geojson", "data": extent}},
        "layers": [{"id": "background", "type": "background", "paint": {"background-color": WATER}}],
    }


def plain_map(
    boundaries: Boundaries, districts: pl.DataFrame, label: str, points: list[Points], *, selected: str = "",
    height: int = 560,
) -> go.Figure:  # fmt: skip
    """Return the same map as plain SVG shapes, for machines without WebGL. Clicks go to the districts' names."""
    largest = _largest(districts)
    figure = go.Figure()
    rows = {row["district_code"]: row for row in districts.iter_rows(named=True)}
    for feature in boundaries.geojson["features"]:
        code = feature["id"]
        row = rows.get(code)
        x, y = _ring_coordinates(feature["geometry"])
        figure.add_scatter(
            x=x, y=y, mode="lines", fill="toself", hoveron="fills", hoverinfo="text",
            text=row["hover"] if row else code, name=row["name"] if row else code, showlegend=False,
            fillcolor=shade(row["value"], largest) if row else NO_DATA,
            line={"color": ORANGE if code == selected else EDGE, "width": 3 if code == selected else 1},
        )  # fmt: skip
    figure.add_trace(_plain_names(boundaries, districts, largest))
    for layer in points:
        frame = layer.frame
        figure.add_scatter(
            x=frame["lon"].to_list(), y=frame["lat"].to_list(), mode="markers", name=layer.name,
            hoverinfo="text", text=frame["hover"].to_list(), customdata=[[place] for place in frame["place"]],
            marker={"size": frame["size"].to_list(), "color": layer.color, "line": {"color": "#ffffff", "width": 1}},
            **_steady(),
        )  # fmt: skip
    figure.add_trace(_plain_scale(largest, label))
    middle = boundaries.center()[1]
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, scaleanchor="x", scaleratio=1 / math.cos(math.radians(middle)))
    figure.update_layout(
        plot_bgcolor=WATER, uirevision="the viewer's own zoom stays", dragmode="pan", hoverdistance=12
    )
    _frame(figure, height)
    return figure


def shade(value: float | None, largest: float) -> str:
    """Return the colour of a value on the scale from 0 to `largest`."""
    if value is None:
        return NO_DATA
    step = int(min(max(value / largest, 0.0), 0.9999) * len(SEQUENTIAL)) if largest else 0
    return SEQUENTIAL[step]


def merge_near(points: pl.DataFrame, limit: int, *, cells_across: int = 60) -> pl.DataFrame:
    """Return at most about `limit` rows: with more points than that, those in one cell of a grid become one.

    Takes lon, lat, weight (any number), hover, place; a merged point sums weights, sits at their middle and keeps
    the place and hover of its heaviest member. `members` says how many points it stands for.
    """
    if points.height <= limit:
        return points.with_columns(members=pl.lit(1, dtype=pl.UInt32))
    east_west = points["lon"].to_list()
    width = max(max(east_west) - min(east_west), 1e-6) / cells_across
    return (
        points.sort(["weight", "place"], descending=[True, False])
        .with_columns(across=(pl.col("lon") / width).floor(), up=(pl.col("lat") / width).floor())
        .group_by(["across", "up"], maintain_order=True)
        .agg(
            pl.col("lon", "lat").mean(),
            pl.col("weight").sum(),
            pl.col("hover", "place").first(),
            members=pl.len().cast(pl.UInt32),
        )
        .drop("across", "up")
    )


def _filled_districts(boundaries: Boundaries, districts: pl.DataFrame, label: str) -> go.Choroplethmap:
    return go.Choroplethmap(
        geojson=boundaries.geojson,
        featureidkey="id",
        locations=districts["district_code"].to_list(),
        z=districts["value"].to_list(),
        zmin=0,
        zmax=_largest(districts),
        colorscale=list(SEQUENTIAL),
        marker={"line": {"color": EDGE, "width": 1.2}, "opacity": 1},
        customdata=[[f"district:{code}"] for code in districts["district_code"]],
        text=districts["hover"].to_list(),
        hovertemplate="%{text}<extra></extra>",
        colorbar=_color_bar(label),
        showlegend=False,
        **_steady(),
    )


def _outline(boundaries: Boundaries, code: str) -> go.Scattermap:
    geometry = next((f["geometry"] for f in boundaries.geojson["features"] if f["id"] == code), None)
    lon, lat = _ring_coordinates(geometry) if geometry else ([], [])
    return go.Scattermap(
        lon=lon, lat=lat, mode="lines", line={"color": ORANGE, "width": 3}, hoverinfo="skip", showlegend=False
    )


def _names(boundaries: Boundaries, districts: pl.DataFrame) -> list[go.Scattermap]:
    """Return the districts' names in two traces, as one trace has one ink: dark on light, white on dark."""
    largest = _largest(districts)
    known = [row for row in districts.iter_rows(named=True) if row["district_code"] in boundaries.labels]
    traces = []
    for ink in (INK, "#ffffff"):
        rows = [row for row in known if _ink_on(row["value"], largest) == ink]
        places = [boundaries.labels[row["district_code"]] for row in rows]
        traces.append(
            go.Scattermap(
                lon=[lon for lon, _ in places],
                lat=[lat for _, lat in places],
                mode="text",
                text=[row["name"] for row in rows],
                textfont={"size": 13, "color": ink},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces


def _plain_names(boundaries: Boundaries, districts: pl.DataFrame, largest: float) -> go.Scatter:
    known = [row for row in districts.iter_rows(named=True) if row["district_code"] in boundaries.labels]
    places = [boundaries.labels[row["district_code"]] for row in known]
    return go.Scatter(
        x=[lon for lon, _ in places],
        y=[lat for _, lat in places],
        mode="markers+text",
        marker={"size": 26, "color": "rgba(255,255,255,0.01)"},  # what a click can hit
        text=[row["name"] for row in known],
        textfont={"size": 12, "color": [_ink_on(row["value"], largest) for row in known]},
        customdata=[[f"district:{row['district_code']}"] for row in known],
        hovertext=[row["hover"] for row in known],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
        **_steady(),
    )


def _dots(layer: Points) -> list[go.Scattermap]:
    """Return the points with a white rim: a wider white circle below each, as this kind of map has no rims."""
    lon, lat, size = (layer.frame[name].to_list() for name in ("lon", "lat", "size"))
    rim = go.Scattermap(
        lon=lon, lat=lat, mode="markers", marker={"size": [s + 3 for s in size], "color": "#ffffff", "opacity": 1},
        hoverinfo="skip", showlegend=False, legendgroup=layer.name, **_steady(),
    )  # fmt: skip
    dots = go.Scattermap(
        lon=lon, lat=lat, mode="markers", marker={"size": size, "color": layer.color, "opacity": 1}, name=layer.name,
        legendgroup=layer.name, customdata=[[place] for place in layer.frame["place"]],
        text=layer.frame["hover"].to_list(), hovertemplate="%{text}<extra></extra>", **_steady(),
    )  # fmt: skip
    return [rim, dots]


def _steady() -> dict[str, Any]:
    """Keep what is not selected as it is: a click opens figures, it must not fade the rest of the map."""
    return {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}


def _plain_scale(largest: float, label: str) -> go.Scatter:
    return go.Scatter(
        x=[None], y=[None], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"color": [0], "cmin": 0, "cmax": largest, "colorscale": list(SEQUENTIAL), "showscale": True,
                "colorbar": _color_bar(label)},
    )  # fmt: skip


def _color_bar(label: str) -> dict[str, Any]:
    return {
        "title": {"text": label, "side": "top", "font": {"size": 12, "color": INK, "family": FONT}},
        "orientation": "h", "thickness": 10, "len": 0.36,
        "x": 0.015, "xanchor": "left", "y": 0.015, "yanchor": "bottom",
        "bgcolor": "rgba(255,255,255,0.88)", "outlinewidth": 0, "nticks": 4, "tickformat": ",",
        "tickfont": {"size": 11, "color": QUIET, "family": FONT}, "xpad": 10, "ypad": 6,
    }  # fmt: skip


def _frame(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        separators=".,",
        showlegend=True,
        legend={"x": 0.985, "xanchor": "right", "y": 0.02, "yanchor": "bottom", "bgcolor": "rgba(255,255,255,0.88)",
                "itemsizing": "constant", "bordercolor": GRID, "borderwidth": 1},
        hoverlabel={"font": {"family": FONT, "size": 13, "color": INK}, "bgcolor": "#ffffff", "bordercolor": GRID},
        modebar={"bgcolor": "rgba(255,255,255,0.88)", "color": QUIET, "activecolor": INK, "orientation": "v"},
    )  # fmt: skip


def _largest(districts: pl.DataFrame) -> float:
    values = [value for value in districts["value"].to_list() if value is not None]
    return max(values, default=0) or 1


def _ink_on(value: float | None, largest: float) -> str:
    return "#ffffff" if value is not None and value / largest >= DARK_FROM else INK


def _ring_coordinates(geometry: dict[str, Any]) -> tuple[list[float | None], list[float | None]]:
    """Return all rings of a (multi)polygon as one line, with gaps (None) between rings."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    lon: list[float | None] = []
    lat: list[float | None] = []
    for polygon in polygons:
        for ring in polygon:
            lon.extend([*(point[0] for point in ring), None])
            lat.extend([*(point[1] for point in ring), None])
    return lon[:-1], lat[:-1]
