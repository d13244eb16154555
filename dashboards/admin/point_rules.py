"""The dated rules: what earns how much, up to what, for how long; and all other figures that the system decides by.

Belongs here: the page from top to bottom. Does not belong here: what a rule is used for.
"""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboards import lake
from dashboards.language import language, say
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.table_view import dated, points, show_table
from dashboards.texts import name_of
from operations.model import utc_now
from operations.queries.rules import rules_as_rows

RATES = (
    "SELECT hour_kind, cents_per_hour, valid_from, valid_to, source FROM reference.point_rates ORDER BY ALL"
)
CATEGORIES = """
    SELECT category_code, coefficient_percent, valid_from, valid_to, source
    FROM reference.categories
    ORDER BY ALL
"""
CAPS = "SELECT cap_period, cap_cents, valid_from, valid_to, source FROM reference.point_caps ORDER BY ALL"
OTHERS = """
    SELECT rule, value, unit, valid_from, valid_to, source FROM reference.timekeeping_rules
    UNION ALL SELECT rule, value, unit, valid_from, valid_to, source FROM reference.administrator_rules
    UNION ALL SELECT rule, value, unit, valid_from, valid_to, source FROM reference.device_rules
    ORDER BY rule, valid_from
"""
DAYS = {
    "valid_from": "rules.valid_from",
    "last_day": "rules.last_day",
    "state": "rules.state_label",
    "source": "rules.source",
}
# How the names of rules about points begin; all others stand on the other tab.
OF_POINTS = (
    "point",
    "order_",
    "mall_",
    "shop_",
    "redemption_",
    "payment_",
    "pre_authorisation_",
    "public_notice",
)
today = (utc_now() + UTC_OFFSET).date()


def with_days(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of the warehouse's rules with their last day (they hold until the day before `valid_to`)."""
    last = frame.with_columns(last_day=pl.col("valid_to").cast(pl.Date) - timedelta(days=1))
    is_over = pl.col("last_day").is_not_null() & (pl.col("last_day") < today)
    states = pl.when(is_over).then(pl.lit("over")).when(pl.col("valid_from") > today).then(pl.lit("coming"))
    return in_words(last.with_columns(state=states.otherwise(pl.lit("current"))))


def in_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The codes of the columns that there are, by their names."""
    named: dict[str, Callable[[str], str]] = {
        "state": lambda code: say(f"rules.state.{code}"),
        "rule": lambda code: name_of(language(), "rule", code),
        "unit": lambda code: name_of(language(), "rule_unit", code),
        "hour_kind": lambda code: name_of(language(), "rules.hour_kind", code),
        "cap_period": lambda code: name_of(language(), "rules.cap_period", code),
        "category_code": lambda code: name_of(language(), "category", code),
    }
    return frame.with_columns(
        pl.col(column).map_elements(name, return_dtype=pl.String)
        for column, name in named.items()
        if column in frame.columns
    )


def show(key: str, frame: pl.DataFrame, columns: dict[str, str]) -> None:
    """One kind of rules under its heading."""
    st.subheader(say(f"rules.{key}"), anchor=False)
    st.caption(say(f"rules.{key}.about"))
    show_table(frame, {**columns, **DAYS}, file_name=dated(f"rules_{key}"), name=say(f"rules.{key}"), key=key)


def figures_of(frame: pl.DataFrame, *, of_points: bool) -> pl.DataFrame:
    """The rows about points, or all others."""
    is_about = pl.any_horizontal(pl.col("rule").str.starts_with(beginning) for beginning in OF_POINTS)
    return frame.filter(is_about if of_points else ~is_about)


page_head("point_rules")
in_operations = pl.DataFrame(
    [{**row, "last_day": row["valid_to"]} for row in rules_as_rows(today)],
    schema_overrides={"valid_to": pl.Date, "last_day": pl.Date},
)
in_warehouse = lake.ask(OTHERS)
of_points, all_others = st.tabs([say("rules.tab.points"), say("rules.tab.others")])
ONE_FIGURE = {"rule": "rules.rule", "value": "rules.value", "unit": "rules.unit"}
with of_points:
    rates = with_days(lake.ask(RATES)).with_columns(rate=points("cents_per_hour"))
    show("rates", rates, {"hour_kind": "rules.hour_kind_label", "rate": "rules.rate"})
    caps = with_days(lake.ask(CAPS)).with_columns(cap=points("cap_cents"))
    show("caps", caps, {"cap_period": "rules.cap_period_label", "cap": "rules.cap"})
    kept = [
        in_words(figures_of(in_operations, of_points=True)),
        with_days(figures_of(in_warehouse, of_points=True)),
    ]
    spans = pl.concat([part.select([*ONE_FIGURE, *DAYS]) for part in kept])
    show("spans", spans, ONE_FIGURE)
    coefficients = with_days(lake.ask(CATEGORIES))
    show(
        "coefficients",
        coefficients,
        {"category_code": "rules.category", "coefficient_percent": "rules.coefficient"},
    )
with all_others:
    show("operations", in_words(figures_of(in_operations, of_points=False)), ONE_FIGURE)
    show("warehouse", with_days(figures_of(in_warehouse, of_points=False)), ONE_FIGURE)
