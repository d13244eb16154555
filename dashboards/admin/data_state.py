"""Data state: how fresh the data are, how many rows each table has, and when it was last built.

Belongs here: the page from top to bottom. Does not belong here: building anything.
"""

import polars as pl
import streamlit as st

from dashboards import formats, lake
from dashboards.language import language, say
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.table_view import show_table
from dashboards.texts import names_of
from warehouse.tables import catalogue

# What pages read comes first, then what it was worked out from.
SCHEMAS = ["marts", "core", "raw", "reference"]

page_head("data_state")
clock = clock_or_stop()
tables = lake.table_states()
with st.grid(4, gap="small", min_column_width=180):
    st.metric(say("state.newest"), formats.local_time(clock.as_of_at), border=True)
    st.metric(say("state.first_day"), clock.first_day.isoformat(), border=True)
    st.metric(say("state.last_day"), clock.last_day.isoformat(), border=True)
    st.metric(say("state.tables"), say("state.tables_unit", n=tables.height), border=True)

st.subheader(say("state.book"), anchor=False)
titles = {table.name: getattr(table.contract.title, language()) for table in catalogue()}
named = tables.with_columns(
    title=pl.col("table_name").replace_strict(titles, default=None, return_dtype=pl.String),
    part=pl.col("how").replace(names_of(language(), "state.how")),
    schema=pl.col("table_name").str.split(".").list.first().cast(pl.Enum(SCHEMAS), strict=False),
)
show_table(
    named.sort("schema", "table_name", nulls_last=True),
    {
        "table_name": "column.table",
        "title": "column.table_title",
        "row_count": "column.rows",
        "built_at": "column.built_at",
        "part": "column.how_built",
    },
    file_name="tables",
    name=say("state.book"),
    key="tables",
)
st.caption(say("state.book_note"))
