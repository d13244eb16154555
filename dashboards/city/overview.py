"""City overview: the main figures with their change against the period before, the trend, and how they divide.

Belongs here: the page from top to bottom. Does not belong here: arithmetic on periods (../periods.py).
"""

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake
from dashboards.language import language, say
from dashboards.page_parts import (
    choose_period,
    clock_or_stop,
    comparable,
    measure_card,
    page_head,
    period_note,
)
from dashboards.periods import change_percent
from dashboards.table_view import dated, hours, show_table
from dashboards.texts import names_of

CITY_DAYS = """
    SELECT service_day, people, minutes, sessions, activities
    FROM marts.city_map
    WHERE place_level = 'city' AND service_day BETWEEN $first AND $last
    ORDER BY service_day
"""
BY_DISTRICT = """
    WITH totals AS (
        SELECT
            place_code,
            CAST(SUM(people) FILTER (WHERE service_day >= $first) AS BIGINT) AS people,
            CAST(SUM(minutes) FILTER (WHERE service_day >= $first) AS BIGINT) AS minutes,
            CAST(SUM(sessions) FILTER (WHERE service_day >= $first) AS BIGINT) AS sessions,
            CAST(SUM(activities) FILTER (WHERE service_day >= $first) AS BIGINT) AS activities,
            CAST(SUM(people) FILTER (WHERE service_day < $first) AS BIGINT) AS people_before,
            CAST(SUM(minutes) FILTER (WHERE service_day < $first) AS BIGINT) AS minutes_before,
            CAST(SUM(sessions) FILTER (WHERE service_day < $first) AS BIGINT) AS sessions_before,
            CAST(SUM(activities) FILTER (WHERE service_day < $first) AS BIGINT) AS activities_before
        FROM marts.city_map
        WHERE place_level = 'district' AND service_day BETWEEN $before AND $last
        GROUP BY place_code
    )
    SELECT areas.area_code AS district_code, areas.name, areas.name_en, totals.* EXCLUDE (place_code)
    FROM marts.areas AS areas
    LEFT JOIN totals ON totals.place_code = areas.area_code
    WHERE areas.kind = 'district'
    ORDER BY areas.area_code
"""
BY_CATEGORY = """
    SELECT
        category_code,
        CAST(SUM(people) AS BIGINT) AS people,
        CAST(SUM(minutes) AS BIGINT) AS minutes,
        CAST(SUM(sessions) AS BIGINT) AS sessions,
        CAST(SUM(activities) AS BIGINT) AS activities
    FROM marts.daily_categories
    WHERE district_code = '' AND service_day BETWEEN $first AND $last
    GROUP BY category_code
"""

page_head("overview")
clock = clock_or_stop()
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    period = choose_period(clock)
    measure = address.choice(
        st.segmented_control,
        say("filter.measure"),
        formats.MEASURES,
        "measure",
        format_func=lambda code: say(f"measure.{code}"),
        required=True,
    )
st.caption(period_note(clock, period))
label = formats.measure_label(language(), measure)
before = period.before()

every_day = pl.DataFrame({"service_day": pl.date_range(period.first, period.last, eager=True)})
days = every_day.join(
    lake.ask(CITY_DAYS, first=period.first, last=period.last), on="service_day", how="left"
).fill_null(0)
days_before = lake.ask(CITY_DAYS, first=before.first, last=before.last) if comparable(clock, period) else None

if days["sessions"].sum() == 0:
    st.info(say("empty.period", first=clock.first_day, last=clock.last_day), icon=":material/event_busy:")
    st.stop()

with st.grid(4, gap="small", min_column_width=180):
    for each in formats.MEASURES:
        spark = [formats.shown(each, value) for value in days[each]] if days.height > 2 else None
        measure_card(
            each,
            int(days[each].sum()),
            None if days_before is None else int(days_before[each].sum()),
            sparkline=spark,
        )

with st.container(border=True):
    st.subheader(f"{say('overview.trend')} · {label}", anchor=False)
    shift = period.days
    aligned = None
    if days_before is not None:
        moved = days_before.with_columns(pl.col("service_day").dt.offset_by(f"{shift}d"))
        aligned = every_day.join(moved, on="service_day", how="left").fill_null(0)
        aligned = pl.Series([formats.shown(measure, value) for value in aligned[measure]])
    shown = days.with_columns(value=hours(measure) if measure == "minutes" else pl.col(measure))
    st.plotly_chart(
        figures.trend(
            shown,
            "service_day",
            "value",
            label,
            before=aligned,
            names=(say("overview.this_period"), say("overview.period_before")),
            height=300,
        ),
        theme=None,
        config=figures.config(language()),
        key="city_trend",
        alt=say("overview.trend"),
    )

districts = lake.ask(BY_DISTRICT, first=period.first, last=period.last, before=before.first).fill_null(0)
english = language() == "en"
districts = districts.with_columns(name=pl.coalesce("name_en", "name") if english else pl.col("name"))
left, right = st.columns(2, gap="medium")
with left.container(border=True, height="stretch"):
    st.subheader(f"{say('overview.by_category')} · {label}", anchor=False)
    categories = lake.ask(BY_CATEGORY, first=period.first, last=period.last)
    if categories.is_empty():
        st.caption(say("empty.here"))
    else:
        named = categories.with_columns(
            name=pl.col("category_code").replace(names_of(language(), "category")),
            value=hours(measure) if measure == "minutes" else pl.col(measure),
        )
        st.plotly_chart(
            figures.ranked_bars(named, "name", "value", height=430),
            theme=None,
            config=figures.config(language()),
            key="by_category",
            alt=say("overview.by_category"),
        )
with right.container(border=True, height="stretch"):
    st.subheader(f"{say('overview.by_district')} · {label}", anchor=False)
    st.plotly_chart(
        figures.ranked_bars(
            districts.with_columns(value=hours(measure) if measure == "minutes" else pl.col(measure)),
            "name",
            "value",
            height=430,
        ),
        theme=None,
        config=figures.config(language()),
        key="by_district",
        alt=say("overview.by_district"),
    )

changes = [
    change_percent(row[measure], row[f"{measure}_before"] if days_before is not None else None)
    for row in districts.iter_rows(named=True)
]
table = districts.with_columns(
    hours=hours("minutes"),
    change=pl.Series([None if c is None else round(c, 1) for c in changes], dtype=pl.Float64),
).sort([measure, "district_code"], descending=[True, False])
show_table(
    table,
    {
        "name": "column.district",
        "people": "column.people",
        "hours": "column.hours",
        "sessions": "column.sessions",
        "activities": "column.activities",
        "change": "column.change",
    },
    file_name=dated("city_overview", period.first, period.last),
    name=say("overview.by_district"),
    key="overview",
)
