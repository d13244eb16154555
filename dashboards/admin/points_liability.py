"""The city's points as a liability: what volunteers still have, by age, when it runs out, and where it is spent.

Belongs here: the page from top to bottom. Does not belong here: how it is summed up (warehouse/marts).
"""

import polars as pl
import streamlit as st

from dashboards import figures, formats, lake
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.points_area import choose_district, district_names
from dashboards.table_view import dated, points, show_table
from dashboards.texts import name_of
from operations.database import reading
from operations.queries.shops import shop_names

BY_MONTH = """
    SELECT
        earned_month, expires_on,
        CAST(SUM(people) AS BIGINT) AS people,
        CAST(SUM(remaining_cents) AS BIGINT) AS remaining_cents,
        CAST(SUM(held_cents) AS BIGINT) AS held_cents,
        CAST(SUM(owed_cents) AS BIGINT) AS owed_cents
    FROM marts.points_liability
    WHERE ($district = '' OR district_code = $district)
    GROUP BY earned_month, expires_on
    ORDER BY earned_month, expires_on
"""
BY_DISTRICT = """
    SELECT
        district_code,
        CAST(SUM(remaining_cents) AS BIGINT) AS remaining_cents,
        CAST(SUM(held_cents) AS BIGINT) AS held_cents,
        CAST(SUM(owed_cents) AS BIGINT) AS owed_cents,
        CAST(SUM(remaining_cents - owed_cents) AS BIGINT) AS outstanding_cents
    FROM marts.points_liability
    WHERE ($district = '' OR district_code = $district)
    GROUP BY district_code
    ORDER BY outstanding_cents DESC, district_code
"""
OWNERS = """
    SELECT COUNT(DISTINCT volunteer_id) AS owners
    FROM marts.volunteer_statement
    WHERE balance_cents > 0 AND ($district = '' OR district_code = $district)
"""
REDEMPTIONS = """
    SELECT period, redeemed_at, people, redemption_count, spent_cents, refunded_cents
    FROM marts.redemptions
    WHERE district_code = $district AND redeemed_at <> ''
    ORDER BY period DESC, redeemed_at
"""


def month_names(column: str) -> pl.Expr:
    """The months of a column as they are written in the language."""
    return pl.col(column).map_elements(lambda day: formats.month(language(), day), return_dtype=pl.String)


def show_cards(months: pl.DataFrame, district: str) -> None:
    """What is owed in all."""
    remaining, held, owed = (int(months[f"{name}_cents"].sum()) for name in ("remaining", "held", "owed"))
    owners = int(lake.ask(OWNERS, district=district)["owners"][0])
    with st.grid(4, gap="small", min_column_width=180):
        outstanding = formats.points(remaining - owed)
        st.metric(
            say("liability.outstanding"), outstanding, border=True, help=say("liability.outstanding.help")
        )
        st.metric(say("points.held"), formats.points(held), border=True, help=say("points.held.help"))
        st.metric(say("points.owed"), formats.points(owed), border=True, help=say("points.owed.help"))
        st.metric(say("liability.owners"), f"{owners:,}", border=True)


def show_ages(months: pl.DataFrame) -> None:
    """What is left of the points of each month."""
    long = months.with_columns(
        month=month_names("earned_month"), free=(pl.col("remaining_cents") - pl.col("held_cents")) / 100,
        held=pl.col("held_cents") / 100,
    ).unpivot(["free", "held"], index="month", variable_name="part", value_name="points")  # fmt: skip
    st.plotly_chart(
        figures.stacked_bars(
            long,
            "month",
            "points",
            "part",
            say("points.unit"),
            names={"free": say("points.available"), "held": say("points.held")},
        ),
        theme=None,
        config=figures.config(language()),
        key="liability_ages",
        alt=say("liability.by_age"),
    )
    told = months.with_columns(
        month=pl.col("earned_month").dt.strftime("%Y-%m"),
        **{name: points(f"{name}_cents") for name in ("remaining", "held", "owed")},
    )
    columns = {
        "month": "points.earned_month",
        "people": "liability.people",
        "remaining": "points.remaining",
        "held": "points.held",
        "owed": "points.owed",
        "expires_on": "points.expires_on",
    }
    name = say("liability.by_age")
    show_table(told, columns, file_name=dated("points_by_age"), name=name, key="liability_by_age")


def show_forecast(months: pl.DataFrame) -> None:
    """When what is left runs out, if nothing of it is spent."""
    st.caption(say("liability.forecast_about"))
    ends = (
        months.filter(pl.col("remaining_cents") > 0)
        .group_by(month=pl.col("expires_on").dt.truncate("1mo"))
        .agg(pl.col("remaining_cents").sum(), pl.col("expires_on").max())
        .sort("month")
        .with_columns(points=pl.col("remaining_cents") / 100, label=month_names("month"), part=pl.lit("all"))
    )
    if ends.is_empty():
        st.info(say("liability.nothing"), icon=":material/info:")
        return
    st.plotly_chart(
        figures.stacked_bars(
            ends, "label", "points", "part", say("points.unit"), names={"all": say("liability.runs_out")}
        ),
        theme=None,
        config=figures.config(language()),
        key="liability_forecast",
        alt=say("liability.forecast"),
    )
    told = ends.with_columns(remaining=points("remaining_cents"))
    columns = {
        "label": "liability.month",
        "expires_on": "points.expires_on",
        "remaining": "liability.runs_out",
    }
    name = say("liability.forecast")
    show_table(told, columns, file_name=dated("points_expiry"), name=name, key="liability_expiry")


def show_districts(district: str) -> None:
    """What the volunteers of each district have."""
    names = district_names()
    told = lake.ask(BY_DISTRICT, district=district).with_columns(
        name=pl.col("district_code").map_elements(
            lambda code: names.get(code, code) or say("points.no_district"), return_dtype=pl.String
        ),
        **{name: points(f"{name}_cents") for name in ("outstanding", "remaining", "held", "owed")},
    )
    columns = {
        "name": "column.district",
        "outstanding": "liability.outstanding",
        "remaining": "points.remaining",
        "held": "points.held",
        "owed": "points.owed",
    }
    name = say("liability.by_district")
    show_table(told, columns, file_name=dated("points_by_district"), name=name, key="liability_by_district")


def show_redemptions(district: str) -> None:
    """What was spent where, by month."""
    found = lake.ask(REDEMPTIONS, district=district)
    if found.is_empty():
        st.info(say("liability.no_redemptions"), icon=":material/info:")
        return
    told = found.with_columns(
        month=pl.col("period").dt.strftime("%Y-%m"),
        place=pl.col("redeemed_at").replace_strict(place_names(found["redeemed_at"])),
        spent=-points("spent_cents"),
        refunded=points("refunded_cents"),
    )
    columns = {
        "month": "points.period",
        "place": "liability.place",
        "people": "liability.spenders",
        "redemption_count": "liability.redemptions",
        "spent": "points.spent",
        "refunded": "points.refunded",
    }
    name = say("liability.tab.redemptions")
    show_table(told, columns, file_name=dated("redemptions"), name=name, key="liability_redemptions")


def place_names(places: pl.Series) -> dict[str, str]:
    """The mall and shops in words, by what the mart calls them; a shop that is not known by its number."""
    numbers = {place: place.partition(":")[2] for place in places.unique()}
    with reading(operational_database()) as session:
        shops = shop_names(session, [int(number) for number in numbers.values() if number.isdecimal()])
    return {
        place: shops[int(number)]
        if number.isdecimal() and int(number) in shops
        else f"{name_of(language(), 'points.other_kind', place.partition(':')[0])} {number}".strip()
        for place, number in numbers.items()
    }


def show_all(months: pl.DataFrame, district: str) -> None:
    """The figures in all, and each way to look at them."""
    show_cards(months, district)
    ages, forecast, districts, redemptions = st.tabs(
        [say(f"liability.tab.{name}") for name in ("ages", "forecast", "districts", "redemptions")]
    )
    with ages:
        show_ages(months)
    with forecast:
        show_forecast(months)
    with districts:
        show_districts(district)
    with redemptions:
        show_redemptions(district)


page_head("points_liability")
clock_or_stop()
chosen = choose_district()
by_month = lake.ask(BY_MONTH, district=chosen)
if by_month.is_empty():
    st.info(say("liability.nothing"), icon=":material/savings:")
else:
    show_all(by_month, chosen)
