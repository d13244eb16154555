# %% [markdown]
# # Where is service given, when, and by how many?
#
# A worked analysis for analysts: it reads the warehouse as it is now, answers three questions in a few lines each, and
# shows how to go on from there. Every column it uses is explained in `docs/data-dictionary.md`.
#
# It is a plain Python file with `# %%` cells (VS Code, PyCharm, Jupyter with jupytext), or run it as a whole:
# `python notebooks/hours_by_district.py`. Reading never disturbs the pipelines.

# %%
import plotly.express as px
import polars as pl

from hub.settings import load
from warehouse.lake import open_lake

settings = load()
lake = open_lake(settings.lake_catalogue, settings.lake_files, read_only=True)
pl.Config.set_tbl_rows(20)
pl.Config.set_tbl_hide_dataframe_shape(True)
pl.Config.set_tbl_hide_column_data_types(True)

as_of_at, first_day, last_day = lake.sql("SELECT * FROM marts.data_clock").fetchall()[0]
print(f"Service days {first_day} to {last_day}; the data ends at {as_of_at} UTC.")

# %% [markdown]
# ## 1. Which districts carry the service?
#
# `marts.city_map` has a row for every day and place. A site belongs to the district it stands in, whoever serves there.

# %%
by_district = lake.sql("""
    SELECT
        a.name AS district,
        a.name_en AS name_en,
        CAST(SUM(m.minutes) AS BIGINT) AS minutes,
        CAST(SUM(m.sessions) AS BIGINT) AS sessions,
        COUNT(DISTINCT m.service_day) AS days_with_service
    FROM marts.city_map AS m
    JOIN marts.areas AS a ON a.area_code = m.place_code
    WHERE m.place_level = 'district'
    GROUP BY a.name, a.name_en
    ORDER BY minutes DESC, district
""").pl()
by_district = by_district.with_columns(
    hours=(pl.col("minutes") / 60).round(0),
    share=(pl.col("minutes") / pl.col("minutes").sum()).round(3),
    minutes_a_session=(pl.col("minutes") / pl.col("sessions")).round(0),
)
print(by_district.select("district", "name_en", "hours", "share", "sessions", "minutes_a_session"))
bars = px.bar(
    by_district,
    x="hours",
    y="district",
    orientation="h",
    title="服务时长（小时） Hours of service by district",
)

# %% [markdown]
# ## 2. When do people serve?
#
# Service days begin at 04:00, so a night shift counts for the evening on which it began. 2024-01-01 was a Monday.

# %%
by_weekday = lake.sql("""
    SELECT
        DATE_DIFF('day', DATE '2024-01-01', service_day) % 7 AS weekday,
        COUNT(*) AS days,
        CAST(SUM(minutes) AS BIGINT) AS minutes
    FROM marts.city_map
    WHERE place_level = 'city'
    GROUP BY weekday
    ORDER BY weekday
""").pl()
names = pl.DataFrame({"weekday": range(7), "day": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]})
by_weekday = by_weekday.join(
    names.cast({"weekday": pl.Int64}), on="weekday", maintain_order="left"
).with_columns(hours_a_day=(pl.col("minutes") / 60 / pl.col("days")).round(0))
print(by_weekday.select("day", "days", "hours_a_day"))
# The mean day of a weekend against the mean working day: above 1, people serve in their free time.
is_weekend = pl.col("weekday") >= 5
of_weekend, of_week = (
    by_weekday.filter(which).select((pl.col("minutes").sum() / pl.col("days").sum()).fill_nan(None)).item()
    for which in (is_weekend, ~is_weekend)
)
if of_weekend and of_week:
    print(f"A day of a weekend carries {of_weekend / of_week:.2f} times the hours of a working day.")

# %% [markdown]
# ## 3. On how many shoulders does it rest?
#
# Pages show people only with their consent; a distribution names nobody, so it may count everyone. `core.daily_service`
# has one row for each volunteer, day and kind of service.

# %%
by_volunteer = lake.sql("""
    SELECT volunteer_id, CAST(SUM(minutes) AS BIGINT) AS minutes
    FROM core.daily_service
    GROUP BY volunteer_id
    HAVING SUM(minutes) > 0
    ORDER BY minutes DESC, volunteer_id
""").pl()
total, people = by_volunteer["minutes"].sum(), len(by_volunteer)
shares = pl.DataFrame(
    [
        {
            "the most active": f"{percent} %",
            "share of hours": by_volunteer.head(-(-people * percent // 100))["minutes"].sum(),
        }
        for percent in (1, 5, 10, 25, 50)
    ]
).with_columns((pl.col("share of hours") / max(total, 1)).round(3))
print(f"{people:,} volunteers served {total / 60:,.0f} hours.")
print(shares)

# %% [markdown]
# ## Does it agree?
#
# The answers come from different tables. Their totals must be the same minutes, to the last one: the checks of the
# pipelines hold that, and so does this line.

# %%
assert by_weekday["minutes"].sum() == total, "the map and daily service disagree: see the checks in Dagster"
lake.close()
