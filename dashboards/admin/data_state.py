"""Data state: how fresh the data are, when each table was last built, how many rows the pages read.

Belongs here: the page from top to bottom. Does not belong here: building anything.
"""

import polars as pl
import streamlit as st

from dashboards import formats, lake
from dashboards.language import language, say
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.table_view import show_table
from dashboards.texts import names_of

ROWS = """
    SELECT 'marts.areas' AS table_name, COUNT(*) AS row_count FROM marts.areas
    UNION ALL SELECT 'marts.sites', COUNT(*) FROM marts.sites
    UNION ALL SELECT 'marts.city_map', COUNT(*) FROM marts.city_map
    UNION ALL SELECT 'marts.daily_categories', COUNT(*) FROM marts.daily_categories
    UNION ALL SELECT 'marts.leaderboard', COUNT(*) FROM marts.leaderboard
    UNION ALL SELECT 'marts.serving_now', COUNT(*) FROM marts.serving_now
    UNION ALL SELECT 'marts.running_activities', COUNT(*) FROM marts.running_activities
    UNION ALL SELECT 'marts.monthly_activity', COUNT(*) FROM marts.monthly_activity
    UNION ALL SELECT 'marts.device_health', COUNT(*) FROM marts.device_health
    UNION ALL SELECT 'marts.review_queue', COUNT(*) FROM marts.review_queue
    UNION ALL SELECT 'marts.service_records', COUNT(*) FROM marts.service_records
    UNION ALL SELECT 'marts.volunteer_statement', COUNT(*) FROM marts.volunteer_statement
    UNION ALL SELECT 'marts.volunteer_statement_lines', COUNT(*) FROM marts.volunteer_statement_lines
    UNION ALL SELECT 'marts.points_liability', COUNT(*) FROM marts.points_liability
    UNION ALL SELECT 'marts.redemptions', COUNT(*) FROM marts.redemptions
    UNION ALL SELECT 'marts.points_reconciliation', COUNT(*) FROM marts.points_reconciliation
    UNION ALL SELECT 'marts.data_clock', COUNT(*) FROM marts.data_clock
"""

page_head("data_state")
clock = clock_or_stop()
rows = lake.ask(ROWS)
with st.grid(4, gap="small", min_column_width=180):
    st.metric(say("state.newest"), formats.local_time(clock.as_of_at), border=True)
    st.metric(say("state.first_day"), clock.first_day.isoformat(), border=True)
    st.metric(say("state.last_day"), clock.last_day.isoformat(), border=True)
    st.metric(say("state.tables"), say("state.tables_unit", n=rows.height), border=True)

st.subheader(say("state.marts"), anchor=False)
show_table(
    rows.sort("table_name"),
    {"table_name": "column.table", "row_count": "column.rows"},
    file_name="marts_rows",
    name=say("state.marts"),
    key="marts",
)

st.subheader(say("state.book"), anchor=False)
builds = lake.table_builds()
if builds.is_empty():
    st.info(say("state.no_book"), icon=":material/history:")
else:
    columns = {"table_name": "column.table", "built_at": "column.built_at", "part": "column.how_built"}
    spelled = builds.with_columns(part=pl.col("how").replace(names_of(language(), "state.how")))
    show_table(spelled, columns, file_name="table_builds", name=say("state.book"), key="builds")
