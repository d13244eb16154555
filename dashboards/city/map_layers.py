"""The points above the welfare map: what is asked, and what a point says.

Belongs here: sites, card readers, running activities and who is serving now, as points. Does not belong here:
how points are drawn (../map_figures.py).
"""

from datetime import datetime
from typing import Any

import polars as pl

from dashboards import formats, lake
from dashboards.figures import BLUE, GREEN, OCHRE, ORANGE, PLUM, SKY, VIOLET
from dashboards.language import language, say
from dashboards.map_figures import Points, merge_near
from dashboards.plain_text import html_safe
from dashboards.texts import SITE_KINDS, name_of, names_of

RUNNING, SERVING, SITES, DEVICES = "running", "serving", "sites", "devices"
LAYERS = (RUNNING, SERVING, SITES, DEVICES)
MOST_POINTS = 5_000

SITE_COLORS = dict(
    zip(SITE_KINDS, (BLUE, "#b22222", VIOLET, "#6b4f3a", OCHRE, GREEN, "#3c4a57", SKY, PLUM), strict=True)
)

SITES_SQL = """
    SELECT site_id, name, kind, district_code, community_name, lon, lat, device_count
    FROM marts.sites
    WHERE lon IS NOT NULL AND lat IS NOT NULL
    ORDER BY site_id
"""
DEVICES_SQL = """
    SELECT
        devices.site_id,
        ANY_VALUE(devices.site_name) AS name,
        ANY_VALUE(devices.site_kind) AS kind,
        MAX(devices.lon) AS lon,
        MAX(devices.lat) AS lat,
        COUNT(*) AS device_count,
        COUNT(*) FILTER (WHERE devices.state = 'ok') AS in_order
    FROM marts.device_health AS devices
    WHERE devices.state <> 'retired' AND devices.lon IS NOT NULL
    GROUP BY devices.site_id
    ORDER BY devices.site_id
"""
RUNNING_SQL = """
    SELECT site_id, title, starts_at, ends_at, signed_up, lon, lat
    FROM marts.running_activities
    WHERE lon IS NOT NULL AND lat IS NOT NULL
    ORDER BY site_id, starts_at, shift_id
"""
SERVING_SQL = """
    SELECT sites.site_id, sites.name, sites.lon, sites.lat, COUNT(*) AS people
    FROM marts.serving_now AS serving
    JOIN marts.sites AS sites ON sites.site_id = serving.site_id
    WHERE sites.lon IS NOT NULL
    GROUP BY sites.site_id, sites.name, sites.lon, sites.lat
    ORDER BY sites.site_id
"""


def points(layers: list[str], kinds: list[str], as_of_at: datetime) -> tuple[list[Points], bool]:
    """Return the layers to draw, lowest first, and whether near points were merged because there are too many."""
    drawn: list[Points] = []
    merged = False
    if SITES in layers:
        for kind, frame in _sites_by_kind(kinds).items():
            few = merge_near(frame, MOST_POINTS // 3)
            merged |= few.height < frame.height
            drawn.append(
                Points(name_of(language(), "site_kind", kind), SITE_COLORS.get(kind, BLUE), _sized(few, 6))
            )
    if DEVICES in layers:
        for name, color, frame in _devices(kinds):
            few = merge_near(frame, MOST_POINTS // 2)
            merged |= few.height < frame.height
            drawn.append(Points(name, color, _sized(few, 7)))
    if RUNNING in layers:
        drawn.append(Points(say("map.layer.running"), VIOLET, _sized(_running(), 20, grows=False)))
    if SERVING in layers:
        drawn.append(Points(say("map.layer.serving"), ORANGE, _sized(_serving(), 6)))
    return [layer for layer in drawn if layer.frame.height], merged


def clicked_place(point: dict[str, Any]) -> str:
    """Return the place (`district:…`, `site:…`) that a clicked point names, empty if it names none."""
    data = point.get("customdata")
    first = data[0] if isinstance(data, list) and data else data.get("0") if isinstance(data, dict) else data
    if isinstance(first, str) and first.partition(":")[0] in ("district", "site"):
        return first
    return f"district:{point['location']}" if point.get("location") else ""


def district_of_site(site_id: int) -> str:
    """Return the code of the district in which a site lies, empty if the site is not known."""
    found = lake.ask("SELECT district_code FROM marts.sites WHERE site_id = $site_id", site_id=site_id)
    return "" if found.is_empty() else found["district_code"][0] or ""


def district_hover(row: dict[str, Any]) -> str:
    """Return what a district says when the pointer is on it: its name and all measures."""
    figures = [_said(measure, row[measure]) for measure in formats.MEASURES]
    return "<br>".join([f"<b>{html_safe(row['name'])}</b>", *figures])


def _said(measure: str, value: float) -> str:
    name, figure = say(f"measure.{measure}"), formats.with_unit(language(), measure, value)
    # Where the unit is the measure's own name, as in English, once is enough.
    return figure if figure.endswith(f" {name.lower()}") else f"{name} {figure}"


def _sites_by_kind(kinds: list[str]) -> dict[str, pl.DataFrame]:
    sites = lake.ask(SITES_SQL)
    wanted = kinds or [*SITE_KINDS]
    frame = sites.filter(pl.col("kind").is_in(wanted)).with_columns(
        weight=pl.lit(1), place=pl.format("site:{}", "site_id"), hover=_title("name", "kind")
    )
    return {kind: rows for kind in wanted if (rows := frame.filter(pl.col("kind") == kind)).height}


def _devices(kinds: list[str]) -> list[tuple[str, str, pl.DataFrame]]:
    frame = lake.ask(DEVICES_SQL)
    if kinds:
        frame = frame.filter(pl.col("kind").is_in(kinds))
    in_order = [
        say("map.devices_ok", ok=ok, all=count)
        for ok, count in frame.select("in_order", "device_count").iter_rows()
    ]
    frame = frame.with_columns(
        weight=pl.lit(1),
        place=pl.format("site:{}", "site_id"),
        hover=pl.concat_str(_title("name", "kind"), pl.lit("<br>"), pl.Series(in_order, dtype=pl.String)),
    )
    all_in_order = pl.col("in_order") == pl.col("device_count")
    parts = [
        ("device.state.ok", GREEN, frame.filter(all_in_order)),
        ("device.attention", OCHRE, frame.filter(~all_in_order)),
    ]
    return [
        (f"{say('map.layer.devices')} · {say(key)}", color, rows) for key, color, rows in parts if rows.height
    ]


def _running() -> pl.DataFrame:
    activities = lake.ask(RUNNING_SQL)
    lines = [
        say(
            "map.hover_activity",
            title=html_safe(row["title"]),
            start=formats.local_clock(row["starts_at"]),
            end=formats.local_clock(row["ends_at"]),
            n=row["signed_up"],
        )
        for row in activities.iter_rows(named=True)
    ]
    return (
        activities.with_columns(line=pl.Series(lines, dtype=pl.String))
        .group_by("site_id", maintain_order=True)
        .agg(
            pl.col("lon", "lat").first(),
            weight=pl.len(),
            place=pl.format("site:{}", pl.col("site_id").first()),
            hover=pl.col("line").head(5).str.join("<br>"),
        )
    )


def _serving() -> pl.DataFrame:
    frame = lake.ask(SERVING_SQL)
    people = [say("map.hover_serving", n=n) for n in frame["people"]]
    return frame.with_columns(
        weight=pl.col("people"),
        place=pl.format("site:{}", "site_id"),
        hover=pl.concat_str(_bold("name"), pl.Series(people, dtype=pl.String)),
    )


def _title(name: str, kind: str) -> pl.Expr:
    return pl.concat_str(_bold(name), pl.col(kind).replace(names_of(language(), "site_kind")))


def _bold(name: str) -> pl.Expr:
    return pl.format("<b>{}</b><br>", pl.col(name).map_elements(html_safe, return_dtype=pl.String))


def _sized(frame: pl.DataFrame, smallest: int, *, grows: bool = True) -> pl.DataFrame:
    """Return the points with their size in pixels: a little larger where a point stands for more."""
    stands_for = pl.col("members" if "members" in frame.columns else "weight").cast(pl.Float64)
    return frame.with_columns(
        size=(smallest * stands_for.clip(1, 30).pow(0.25)).round(1) if grows else pl.lit(smallest)
    )
