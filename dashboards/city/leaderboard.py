"""Leaderboard (爱心榜): volunteers, organisations and districts by week, month, year and all time.

Belongs here: the page from top to bottom. Does not belong here: who may be shown (the mart holds only those
who agreed to a public ranking).
"""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake
from dashboards.language import language, say
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.plain_text import markdown_safe
from dashboards.table_view import dated, hours, show_table

SUBJECTS = ("volunteer", "organisation", "district")
KINDS = ("week", "month", "year", "all")
TOP = 10
MEDALS = ("yellow", "gray", "orange")

STARTS = """
    SELECT DISTINCT period_start
    FROM marts.leaderboard
    WHERE period_kind = $kind AND subject_kind = $subject
    ORDER BY period_start DESC
"""
BOARD = """
    SELECT
        board.rank, board.subject_id, board.subject_name, areas.name_en, board.people, board.minutes,
        board.credit_minutes, board.honour_minutes, board.sessions
    FROM marts.leaderboard AS board
    LEFT JOIN marts.areas AS areas ON board.subject_kind = 'district' AND areas.area_code = board.subject_id
    WHERE board.period_kind = $kind AND board.subject_kind = $subject AND board.period_start = $start
    ORDER BY board.rank, board.subject_id
"""


def spelled(kind: str, start: date) -> str:
    """Return in words which week, month or year a board is for."""
    if kind == "week":
        return say("leaderboard.week_of", first=start.isoformat())
    if kind == "month":
        return formats.month(language(), start)
    return say("leaderboard.year_of", year=start.year) if kind == "year" else say("leaderboard.all_time")


page_head("leaderboard")
clock_or_stop()
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    subject = address.choice(
        st.segmented_control,
        say("leaderboard.subject"),
        SUBJECTS,
        "board",
        format_func=lambda code: say(f"leaderboard.subject.{code}"),
        required=True,
    )
    kind = address.choice(
        st.segmented_control,
        say("leaderboard.kind"),
        KINDS,
        "by",
        default="month",
        format_func=lambda code: say(f"leaderboard.kind.{code}"),
        required=True,
    )
    starts = [day.isoformat() for day in lake.ask(STARTS, kind=kind, subject=subject)["period_start"]]
    start = ""
    if starts:
        start = address.choice(
            st.selectbox,
            say("leaderboard.which"),
            starts,
            f"{kind}_start",
            format_func=lambda day: spelled(kind, date.fromisoformat(day)),
            disabled=len(starts) == 1,
            width=240,
        )
if subject == "volunteer":
    st.caption(say("leaderboard.consent"))
if not start:
    st.info(say("empty.board"), icon=":material/workspace_premium:")
    st.stop()

board = lake.ask(BOARD, kind=kind, subject=subject, start=date.fromisoformat(start))
name = pl.coalesce("name_en", "subject_name") if language() == "en" else pl.col("subject_name")
board = board.with_columns(
    name=name.fill_null(say("leaderboard.anonymous")),
    hours=hours("minutes"),
    credit_hours=hours("credit_minutes"),
    honour_hours=hours("honour_minutes"),
)

with st.grid(3, gap="small"):
    for at, row in enumerate(board.head(3).iter_rows(named=True)):
        with st.container(border=True):
            st.markdown(
                f":{MEDALS[at]}[:material/workspace_premium:] {say('leaderboard.rank_no', n=row['rank'])}"
            )
            st.subheader(markdown_safe(row["name"]), anchor=False)
            st.markdown(
                f"{formats.with_unit(language(), 'minutes', row['minutes'])} · "
                f"{formats.with_unit(language(), 'sessions', row['sessions'])}"
            )

chart_side, table_side = st.columns([2, 3], gap="medium")
with chart_side.container(border=True):
    top = board.head(TOP)
    hours_label = formats.measure_label(language(), "minutes")
    st.subheader(f"{say('leaderboard.top', n=top.height)} · {hours_label}", anchor=False)
    numbered = top.with_columns(label=pl.format("{}. {}", "rank", "name"))
    st.plotly_chart(
        figures.ranked_bars(numbered, "label", "hours", height=470),
        theme=None,
        config=figures.config(language()),
        key="board_top",
        alt=say("leaderboard.top", n=top.height),
    )
with table_side:
    st.subheader(say("leaderboard.full", n=f"{board.height:,}"), anchor=False)
    columns = {"rank": "column.rank", "name": f"column.{subject}"}
    if subject != "volunteer":
        columns["people"] = "column.distinct_people"
    columns |= {
        "hours": "column.hours",
        "credit_hours": "column.credit_hours",
        "honour_hours": "column.honour_hours",
        "sessions": "column.sessions",
    }
    show_table(
        board,
        columns,
        file_name=dated("leaderboard", subject, kind, "" if kind == "all" else start),
        name=say("page.leaderboard"),
        key="board_full",
    )
