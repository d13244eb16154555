"""The panel beside the welfare map: the figures of the city, a district or a site.

Belongs here: choosing a place and showing its service, what goes on there now, and its card readers.
Does not belong here: the map itself (welfare_map.py).
"""

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake
from dashboards.language import language, say
from dashboards.page_parts import Clock, comparable, measure_card
from dashboards.periods import Period
from dashboards.plain_text import markdown_safe
from dashboards.table_view import hours, show_table
from dashboards.texts import name_of, names_of

CITY = ""
FIGURES, NOW, DEVICES = "figures", "now", "devices"

DAYS_OF_PLACE = """
    SELECT service_day, people, minutes, sessions, activities
    FROM marts.city_map
    WHERE place_level = $level
        AND ($code = '' OR place_code = $code)
        AND service_day BETWEEN $first AND $last
    ORDER BY service_day
"""
SITES_OF_DISTRICT = """
    SELECT site_id, name, kind
    FROM marts.sites
    WHERE district_code = $district
    ORDER BY name, site_id
"""
ONE_SITE = """
    SELECT name, kind, district_name, community_name, radius_m, device_count
    FROM marts.sites
    WHERE site_id = $site_id
"""
TOP_COMMUNITIES = """
    SELECT areas.name, CAST(SUM(days.people) AS BIGINT) AS people, CAST(SUM(days.minutes) AS BIGINT) AS minutes,
        CAST(SUM(days.sessions) AS BIGINT) AS sessions, CAST(SUM(days.activities) AS BIGINT) AS activities
    FROM marts.city_map AS days
    JOIN marts.areas AS areas ON areas.area_code = days.place_code AND areas.kind = 'community'
    WHERE days.place_level = 'community'
        AND ($district = '' OR SUBSTR(days.place_code, 1, 6) = $district)
        AND days.service_day BETWEEN $first AND $last
    GROUP BY days.place_code, areas.name
"""
TOP_SITES = """
    SELECT sites.name, CAST(SUM(days.people) AS BIGINT) AS people, CAST(SUM(days.minutes) AS BIGINT) AS minutes,
        CAST(SUM(days.sessions) AS BIGINT) AS sessions, CAST(SUM(days.activities) AS BIGINT) AS activities
    FROM marts.city_map AS days
    JOIN marts.sites AS sites ON CAST(sites.site_id AS VARCHAR) = days.place_code
    WHERE days.place_level = 'site'
        AND ($district = '' OR sites.district_code = $district)
        AND days.service_day BETWEEN $first AND $last
    GROUP BY days.place_code, sites.name
"""
SERVING_HERE = """
    SELECT serving.display_name, sites.name AS site_name, serving.in_at
    FROM marts.serving_now AS serving
    LEFT JOIN marts.sites AS sites ON sites.site_id = serving.site_id
    WHERE ($district = '' OR serving.district_code = $district)
        AND ($site = '' OR CAST(serving.site_id AS VARCHAR) = $site)
    ORDER BY serving.in_at DESC, serving.session_id
"""
RUNNING_HERE = """
    SELECT title, organisation_name, category_code, starts_at, ends_at, signed_up, capacity
    FROM marts.running_activities
    WHERE ($district = '' OR district_code = $district) AND ($site = '' OR CAST(site_id AS VARCHAR) = $site)
    ORDER BY starts_at, shift_id, site_id
"""
DEVICES_HERE = """
    SELECT device_no, site_name, state, last_heartbeat_at, last_tap_at, taps_7d
    FROM marts.device_health
    WHERE state <> 'retired'
        AND ($district = '' OR district_code = $district) AND ($site = '' OR CAST(site_id AS VARCHAR) = $site)
    ORDER BY CASE state WHEN 'silent' THEN 0 WHEN 'skewed' THEN 1 WHEN 'never_seen' THEN 2 ELSE 3 END, device_no
"""


def choose_place(districts: pl.DataFrame) -> tuple[str, str]:
    """Show the two lists by which a place can be chosen without the map; return (district code, site id as text)."""
    names = dict(zip(districts["district_code"], districts["name"], strict=True))
    district_side, site_side = st.columns(2)
    with district_side:
        district = address.choice(
            st.selectbox,
            say("filter.district"),
            (CITY, *names),
            "district",
            format_func=lambda code: names.get(code, say("filter.all_city")),
            help=say("map.pick_hint"),
        )
    sites: dict[str, str] = {}
    if district:
        rows = lake.ask(SITES_OF_DISTRICT, district=district)
        sites = {str(row["site_id"]): row["name"] for row in rows.iter_rows(named=True)}
    with site_side:
        site = address.choice(
            st.selectbox,
            say("filter.site"),
            ("", *sites),
            "site",
            format_func=lambda code: sites.get(code, say("filter.all_sites")),
            disabled=not district,
        )
    return district, site


def show(clock: Clock, period: Period, measure: str, district: str, site: str) -> None:
    """Show the figures of the site, of the district, or of the whole city."""
    if site:
        _site_head(int(site))
    level, code = ("site", site) if site else ("district", district) if district else ("city", CITY)
    shown = address.choice(
        st.segmented_control,
        say("map.panel"),
        (FIGURES, NOW, DEVICES),
        "panel",
        format_func=lambda code: say(f"map.panel.{code}"),
        required=True,
    )
    if shown == NOW:
        _now(clock, district, site)
    elif shown == DEVICES:
        _devices(district, site)
    else:
        _service(clock, period, measure, level, code)
        if not site:
            _top_places(period, measure, district)


def _site_head(site_id: int) -> None:
    found = lake.ask(ONE_SITE, site_id=site_id)
    if found.is_empty():
        return
    row = found.row(0, named=True)
    about = [name_of(language(), "site_kind", row["kind"]), row["district_name"], row["community_name"]]
    st.markdown(f"**{markdown_safe(row['name'])}**")
    radius = say("map.radius", n=row["radius_m"]) if row["radius_m"] else ""
    st.caption(" · ".join(markdown_safe(part) for part in (*about, radius) if part))


def _service(clock: Clock, period: Period, measure: str, level: str, code: str) -> None:
    days = _days(period, level, code)
    before = _days(period.before(), level, code) if comparable(clock, period) else None
    with st.grid(2, gap="small", min_column_width=130):
        for each in formats.MEASURES:
            measure_card(each, int(days[each].sum()), None if before is None else int(before[each].sum()))
    if days.is_empty():
        st.caption(say("empty.here"))
        return
    st.markdown(f"**{say('map.trend', measure=formats.measure_label(language(), measure))}**")
    every_day = pl.DataFrame({"service_day": pl.date_range(period.first, period.last, eager=True)})
    whole = every_day.join(days, on="service_day", how="left").with_columns(pl.col(measure).fill_null(0))
    st.plotly_chart(
        figures.trend(
            _in_unit(whole, measure),
            "service_day",
            "value",
            formats.measure_label(language(), measure),
            height=190,
        ),
        theme=None,
        config=figures.config(language()),
        key="panel_trend",
        alt=say("map.trend", measure=say(f"measure.{measure}")),
    )


def _top_places(period: Period, measure: str, district: str) -> None:
    for sql, title in ((TOP_COMMUNITIES, "map.top_communities"), (TOP_SITES, "map.top_sites")):
        rows = lake.ask(sql, district=district, first=period.first, last=period.last)
        top = (
            _in_unit(rows, measure)
            .filter(pl.col("value") > 0)
            .sort(["value", "name"], descending=[True, False])
            .head(5)
        )
        if top.is_empty():
            continue
        st.markdown(f"**{say(title)} · {formats.measure_label(language(), measure)}**")
        st.plotly_chart(
            figures.ranked_bars(_unlike(top), "name", "value", height=200),
            theme=None,
            config=figures.config(language()),
            key=title,
            alt=say(title),
        )


def _now(clock: Clock, district: str, site: str) -> None:
    serving = lake.ask(SERVING_HERE, district=district, site=site)
    running = lake.ask(RUNNING_HERE, district=district, site=site)
    with st.grid(2, gap="small", min_column_width=130):
        st.metric(say("map.serving_now"), say("map.people_unit", n=f"{serving.height:,}"), border=True)
        st.metric(say("map.running_now"), say("map.activities_unit", n=f"{running.height:,}"), border=True)
    st.caption(say("map.as_of", time=formats.local_time(clock.as_of_at)))
    st.markdown(f"**{say('map.running_now')}**")
    if running.is_empty():
        st.caption(say("empty.running"))
    else:
        columns = {
            "title": "column.activity",
            "category": "column.category",
            "starts_at": "column.starts_at",
            "ends_at": "column.ends_at",
            "signed_up": "column.signed_up",
            "capacity": "column.capacity",
            "organisation_name": "column.organisation",
        }
        named = running.with_columns(
            category=pl.col("category_code").replace(names_of(language(), "category"))
        )
        show_table(named, columns, file_name="running_activities", name=say("map.running_now"), key="running")
    st.markdown(f"**{say('map.serving_now')}**")
    if serving.is_empty():
        st.caption(say("empty.serving"))
    else:
        people = serving.with_columns(pl.col("display_name").fill_null(say("leaderboard.anonymous")))
        columns = {
            "display_name": "column.volunteer",
            "site_name": "column.site",
            "in_at": "column.checked_in_at",
        }
        show_table(people, columns, file_name="serving_now", name=say("map.serving_now"), key="serving")


def _devices(district: str, site: str) -> None:
    devices = lake.ask(DEVICES_HERE, district=district, site=site)
    if devices.is_empty():
        st.caption(say("empty.devices"))
        return
    in_order = devices.filter(pl.col("state") == "ok").height
    st.metric(
        say("map.devices"), say("map.devices_ok", ok=f"{in_order:,}", all=f"{devices.height:,}"), border=True
    )
    columns = {
        "device_no": "column.device_no",
        "state": "column.state",
        "site_name": "column.site",
        "last_heartbeat_at": "column.last_heartbeat_at",
        "last_tap_at": "column.last_tap_at",
        "taps_7d": "column.taps_7d",
    }
    named = devices.with_columns(state=pl.col("state").replace(names_of(language(), "device.state")))
    show_table(named, columns, file_name="card_readers", name=say("map.devices"), key="panel_devices")


def _days(period: Period, level: str, code: str) -> pl.DataFrame:
    return lake.ask(DAYS_OF_PLACE, level=level, code=code, first=period.first, last=period.last)


def _in_unit(frame: pl.DataFrame, measure: str) -> pl.DataFrame:
    return frame.with_columns(value=hours(measure) if measure == "minutes" else pl.col(measure))


def _unlike(frame: pl.DataFrame) -> pl.DataFrame:
    """Give places of the same name different labels, or their bars would lie on each other."""
    twin = pl.int_range(pl.len()).over("name")
    return frame.with_columns(
        name=pl.when(twin > 0).then(pl.format("{} ({})", "name", twin + 1)).otherwise(pl.col("name"))
    )
