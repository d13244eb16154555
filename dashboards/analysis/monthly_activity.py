"""Monthly activity: people, hours and activities by month, district and category, and an explorer over them.

Belongs here: the page from top to bottom. Does not belong here: how the totals are counted (marts.monthly_activity
has a row for each part and, with an empty code, for each total: distinct people cannot be added up).
"""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake
from dashboards.language import language, say
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.table_view import hours, offer_csv, show_table
from dashboards.texts import names_of

MEASURES = {
    "minutes": "hours",
    "credit_minutes": "credit_hours",
    "honour_minutes": "honour_hours",
    "distinct_people": "people",
    "sessions": "sessions",
    "activities": "activities",
}
COLUMNS = {
    "people": "column.distinct_people",
    "hours": "column.hours",
    "credit_hours": "column.credit_hours",
    "honour_hours": "column.honour_hours",
    "sessions": "column.sessions",
    "activities": "column.activities",
}
AXES = ("service_month", "district_code", "category_code")

MONTHS = """
    SELECT
        service_month, district_code, category_code, people, minutes, credit_minutes, honour_minutes, sessions,
        activities
    FROM marts.monthly_activity
    ORDER BY service_month, district_code, category_code
"""
DISTRICTS = "SELECT area_code, name, name_en FROM marts.areas WHERE kind = 'district' ORDER BY area_code"

page_head("monthly_activity")
clock_or_stop()
months = lake.ask(MONTHS).with_columns(
    hours=hours("minutes"), credit_hours=hours("credit_minutes"), honour_hours=hours("honour_minutes")
)
if months.is_empty():
    st.info(say("empty.lake"), title=say("empty.lake.title"), icon=":material/hourglass_empty:")
    st.stop()
districts = {
    row["area_code"]: (row["name_en"] or row["name"]) if language() == "en" else row["name"]
    for row in lake.ask(DISTRICTS).iter_rows(named=True)
}
categories = names_of(language(), "category")

with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    measure = address.choice(
        st.segmented_control,
        say("filter.measure"),
        tuple(MEASURES),
        "monthly_measure",
        format_func=lambda code: say(f"measure.{code}"),
        required=True,
    )
    district = address.choice(
        st.selectbox,
        say("filter.district"),
        ("", *districts),
        "district",
        format_func=lambda code: districts.get(code, say("filter.all_city")),
        width=180,
    )
    category = address.choice(
        st.selectbox,
        say("filter.category"),
        ("", *categories),
        "category",
        format_func=lambda code: categories.get(code, say("filter.all_categories")),
        width=180,
    )
column = MEASURES[measure]
label = formats.measure_label(language(), measure)


def spelled(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the names of month, district and category beside their codes."""
    named_months = {month: formats.month(language(), month) for month in frame["service_month"].unique()}
    return frame.with_columns(
        month=pl.col("service_month").replace_strict(named_months, return_dtype=pl.String),
        district=pl.col("district_code").replace(districts),
        category=pl.col("category_code").replace(categories),
    )


chosen = months.filter((pl.col("district_code") == district) & (pl.col("category_code") == category))
if chosen.is_empty():
    st.info(say("empty.filters"), icon=":material/filter_alt_off:")
    st.stop()
with st.container(border=True):
    st.subheader(say("monthly.trend"), anchor=False)
    one = spelled(chosen).with_columns(part=pl.lit("all"))
    st.plotly_chart(
        figures.stacked_bars(one, "month", column, "part", label, names={"all": label}, height=280),
        theme=None,
        config=figures.config(language()),
        key="monthly_trend",
        alt=say("monthly.trend"),
    )
show_table(
    spelled(chosen).sort("service_month", descending=True),
    {"month": "column.month"} | COLUMNS,
    file_name="monthly_activity",
    name=say("monthly.trend"),
    key="monthly",
)

st.subheader(say("monthly.explorer"), anchor=False)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    down = address.choice(
        st.segmented_control,
        say("monthly.rows"),
        AXES,
        "rows",
        default="district_code",
        format_func=lambda code: say(f"monthly.by.{code}"),
        required=True,
    )
    across = address.choice(
        st.segmented_control,
        say("monthly.columns"),
        AXES,
        "columns",
        default="category_code",
        format_func=lambda code: say(f"monthly.by.{code}"),
        required=True,
    )
    known = [month.isoformat() for month in months["service_month"].unique().sort(descending=True)]
    month = ""
    if "service_month" not in (down, across):
        month = address.choice(
            st.selectbox,
            say("filter.month"),
            known,
            "month",
            format_func=lambda day: formats.month(language(), date.fromisoformat(day)),
            width=160,
        )
if down == across:
    st.info(say("monthly.same_axis"), icon=":material/swap_horiz:")
    st.stop()

fixed = {
    "service_month": month and date.fromisoformat(month),
    "district_code": district,
    "category_code": category,
}
cells = months
for axis, value in fixed.items():
    if axis not in (down, across):
        cells = cells.filter(pl.col(axis) == value)
    elif axis != "service_month":
        cells = cells.filter(pl.col(axis) != "")
if cells.is_empty():
    st.info(say("empty.filters"), icon=":material/filter_alt_off:")
    st.stop()
spoken = {"service_month": "month", "district_code": "district", "category_code": "category"}
named = spelled(cells.sort([down, across]))
st.plotly_chart(
    figures.heat_table(named, spoken[down], spoken[across], column),
    theme=None,
    config=figures.config(language()),
    key="explorer",
    alt=say("monthly.explorer"),
)
st.caption(say("monthly.people_note"))
pivot = named.select(spoken[down], spoken[across], *COLUMNS)
headings = {name: say(f"column.{name}") for name in spoken.values()} | {
    name: say(key) for name, key in COLUMNS.items()
}
offer_csv(pivot, headings, file_name="monthly_explorer", key="explorer")
