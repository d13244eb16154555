"""The welfare map: districts by measure and period, points above them, and the figures of what was clicked.

Belongs here: the page from top to bottom. Does not belong here: the panel beside the map (map_panel.py), the
layers' queries (map_layers.py), how maps look (../map_figures.py).
"""

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake, map_figures
from dashboards.boundaries import Boundaries, BoundariesUnusable, read_boundaries
from dashboards.city import map_layers, map_panel
from dashboards.keep_zoom import keep_zoom
from dashboards.language import language, say
from dashboards.page_parts import choose_period, clock_or_stop, page_head, period_note
from dashboards.table_view import dated, hours, show_table
from dashboards.texts import SITE_KINDS, name_of
from hub.settings import load

DISTRICTS = """
    WITH totals AS (
        SELECT
            place_code,
            CAST(SUM(people) AS BIGINT) AS people,
            CAST(SUM(minutes) AS BIGINT) AS minutes,
            CAST(SUM(sessions) AS BIGINT) AS sessions,
            CAST(SUM(activities) AS BIGINT) AS activities
        FROM marts.city_map
        WHERE place_level = 'district' AND service_day BETWEEN $first AND $last
        GROUP BY place_code
    )
    SELECT
        areas.area_code AS district_code,
        areas.name,
        areas.name_en,
        COALESCE(totals.people, 0) AS people,
        COALESCE(totals.minutes, 0) AS minutes,
        COALESCE(totals.sessions, 0) AS sessions,
        COALESCE(totals.activities, 0) AS activities
    FROM marts.areas AS areas
    LEFT JOIN totals ON totals.place_code = areas.area_code
    WHERE areas.kind = 'district'
    ORDER BY areas.area_code
"""
MAP, PLAIN = "map", "plain"
CHART_KEYS = {MAP: "welfare_map", PLAIN: "welfare_map_plain"}
MAP_HEIGHT = 600


@st.cache_data(max_entries=4, show_spinner=False)
def boundaries_of(file: str, changed_at: float) -> Boundaries:
    """Return the districts' outlines; read again when the file changes."""
    return read_boundaries(load().boundaries)


def city_boundaries() -> Boundaries:
    """Return the outlines from the file that the settings name. Raises BoundariesUnusable."""
    file = load().boundaries
    return boundaries_of(str(file), file.stat().st_mtime if file.exists() else 0.0)


def take_click(chart: str) -> None:
    """Make what was clicked on the map the place whose figures are shown."""
    points = st.session_state[chart].selection.points
    places = [place for point in points if (place := map_layers.clicked_place(point))]
    if not places:
        return
    # A point lies above its district: what names a site wins over what names a district.
    kind, _, code = max(places, key=lambda place: place.startswith("site:")).partition(":")
    if kind == "site":
        address.put("district", map_layers.district_of_site(int(code)))
        address.put("site", code)
    else:
        address.put("district", code)
        address.put("site", "")


def attribution(boundaries: Boundaries) -> str:
    """Return the text that the law asks for beside the map: source and approval number of the boundaries."""
    if any("GS(2024)0650" in source for source in boundaries.sources):
        return say("map.attribution.tianditu")
    own = say("map.own_source", file=load().boundaries.name)
    return say("map.attribution", source="; ".join(boundaries.sources) or own)


page_head("welfare_map")
clock = clock_or_stop()

with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    measure = address.choice(
        st.segmented_control,
        say("filter.measure"),
        formats.MEASURES,
        "measure",
        format_func=lambda code: say(f"measure.{code}"),
        required=True,
    )
    period = choose_period(clock)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    layers = address.choices(
        say("filter.layers"),
        map_layers.LAYERS,
        "layers",
        default=(map_layers.RUNNING, map_layers.SERVING),
        format_func=lambda code: say(f"map.layer.{code}"),
    )
    kinds: list[str] = []
    if {map_layers.SITES, map_layers.DEVICES} & set(layers):
        kinds = address.choices(
            say("filter.site_kinds"),
            SITE_KINDS,
            "kinds",
            default=(),
            format_func=lambda code: name_of(language(), "site_kind", code),
            widget=st.multiselect,
            placeholder=say("filter.all_kinds"),
            width=320,
        )
    view = address.choice(
        st.segmented_control,
        say("filter.view"),
        (MAP, PLAIN),
        "view",
        format_func=lambda code: say(f"map.view.{code}"),
        help=say("map.view.help"),
        required=True,
    )
st.caption(period_note(clock, period))

districts = lake.ask(DISTRICTS, first=period.first, last=period.last)
named = districts.with_columns(
    name=pl.col("name_en").fill_null(pl.col("name")) if language() == "en" else pl.col("name")
)
if districts["sessions"].sum() == 0:
    st.info(say("empty.period", first=clock.first_day, last=clock.last_day), icon=":material/event_busy:")

map_side, panel_side = st.columns([3, 2], gap="medium")
with panel_side:
    district, site = map_panel.choose_place(named)

with map_side:
    try:
        boundaries = city_boundaries()
    except BoundariesUnusable as problem:
        st.warning(
            say("problem.boundaries"), title=say("problem.boundaries.title"), icon=":material/wrong_location:"
        )
        with st.expander(say("problem.detail")):
            st.code(str(problem), language=None, wrap_lines=True)
    else:
        shown = named.with_columns(
            value=pl.col(measure) / 60 if measure == "minutes" else pl.col(measure),
            hover=pl.Series(
                [map_layers.district_hover(row) for row in named.iter_rows(named=True)], dtype=pl.String
            ),
        )
        draw = map_figures.plain_map if view == PLAIN else map_figures.district_map
        points, merged = map_layers.points(layers, kinds, clock.as_of_at)
        st.plotly_chart(
            draw(
                boundaries,
                shown,
                formats.measure_label(language(), measure),
                points,
                selected=district,
                height=MAP_HEIGHT,
            ),
            theme=None,
            key=CHART_KEYS[view],
            on_select=lambda chart=CHART_KEYS[view]: take_click(chart),
            selection_mode="points",
            config=figures.config(language(), buttons=True),
            alt=say("map.map_alt", measure=say(f"measure.{measure}")),
        )
        with st.container(gap="xxsmall"):
            if merged:
                st.caption(say("map.aggregated"))
            st.caption(attribution(boundaries))

with map_side:
    st.subheader(say("map.districts_table"), anchor=False)
    table = named.with_columns(hours=hours("minutes")).sort(
        [measure, "district_code"], descending=[True, False]
    )
    show_table(
        table,
        {
            "name": "column.district",
            "people": "column.people",
            "hours": "column.hours",
            "sessions": "column.sessions",
            "activities": "column.activities",
        },
        file_name=dated("districts", period.first, period.last),
        name=say("map.districts_table"),
        key="districts",
    )

with panel_side:
    map_panel.show(clock, period, measure, district, site)

keep_zoom(CHART_KEYS[MAP])
