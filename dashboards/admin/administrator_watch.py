"""Watching the administrators: what in the typing and approving of honour hours is worth a look, with its records.

Belongs here: the page from top to bottom. Does not belong here: what is noticed and from what on
(marts.administrator_watch decides by dated rules), or who may see a name (operations.queries.named_people).
"""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboards import address, lake
from dashboards.language import language, say
from dashboards.mart_scope import in_reach
from dashboards.operational_database import operational_database
from dashboards.page_parts import choose_period, clock_or_stop, page_head, period_note
from dashboards.signed_in import actor
from dashboards.table_view import dated, hours, show_table
from dashboards.texts import names_of
from operations.access import Action
from operations.database import reading
from operations.queries.named_people import named_people

PATTERNS = (
    "typed_minutes",
    "soon_after_creation",
    "batch_in_minute",
    "self_granted",
    "quick_approval",
    "mutual_approval",
    "honour_ratio",
)
# `{reach}` is the condition of who looks. What is measured by month is found on its first day, which may lie before a
# period that it reaches into.
FOUND = """
    SELECT
        pattern, found_on, organisation_id, organisation_name, person_id, other_person_id, measured, threshold, unit,
        record_count, minutes, credit_minutes
    FROM marts.administrator_watch
    WHERE {reach} AND found_on <= $last AND (
        found_on >= $first
        OR (pattern IN ('mutual_approval', 'honour_ratio') AND found_on >= DATE_TRUNC('month', CAST($first AS DATE)))
    )
    ORDER BY found_on DESC, minutes DESC, organisation_id, person_id, other_person_id
"""
RECORDS = """
    WITH watch AS (
        SELECT pattern, found_on, organisation_id, person_id, other_person_id
        FROM marts.administrator_watch
        WHERE {reach} AND pattern = $pattern AND found_on = $found_on AND organisation_id = $organisation_id
            AND person_id = $person_id AND other_person_id = $other_person_id
    )
    SELECT records.*
    FROM marts.administrator_watch_records AS records
    JOIN watch USING (pattern, found_on, organisation_id, person_id, other_person_id)
    ORDER BY records.entered_at, records.record_id
"""
DAYS = """
    SELECT person_id, organisation_name, acted_on, record_count, minutes, records_in_minute, soon_count,
        self_granted_count, approval_count, quick_approval_count
    FROM marts.administrator_days
    WHERE {reach} AND acted_on BETWEEN $first AND $last
    ORDER BY minutes DESC, acted_on DESC, person_id, organisation_name
"""
RATIOS = """
    SELECT organisation_name, service_month, honour_minutes, credit_minutes
    FROM marts.honour_ratios
    WHERE {reach} AND service_month BETWEEN DATE_TRUNC('month', CAST($first AS DATE)) AND $last AND honour_minutes > 0
    ORDER BY honour_minutes DESC, organisation_name, service_month
"""
FOUND_COLUMNS = {
    "found_on": "watch.column.found_on",
    "organisation_name": "column.organisation",
    "person": "watch.column.person",
    "other": "watch.column.other_person",
    "shown_measured": "watch.column.measured",
    "shown_threshold": "watch.column.threshold",
    "record_count": "watch.column.records",
    "typed_hours": "watch.column.hours",
}
RECORD_COLUMNS = {
    "record_id": "watch.column.record",
    "session_id": "watch.column.session",
    "volunteer_no": "places.column.volunteer_no",
    "title": "column.activity",
    "service_day": "watch.column.service_day",
    "typed_hours": "watch.column.hours",
    "net_minutes": "watch.column.net_minutes",
    "shown_verdict": "watch.column.verdict",
    "entered_at": "watch.column.entered_at",
    "entered": "watch.column.entered_by",
    "minutes_after_creation": "watch.column.after_creation",
    "records_in_minute": "watch.column.records_in_minute",
    "decided_at": "watch.column.decided_at",
    "decided": "watch.column.decided_by",
    "decision_seconds": "watch.column.decision_seconds",
}
DAY_COLUMNS = {
    "acted_on": "watch.column.found_on",
    "person": "watch.column.person",
    "organisation_name": "column.organisation",
    "record_count": "watch.column.records",
    "typed_hours": "watch.column.hours",
    "records_in_minute": "watch.column.records_in_minute",
    "soon_count": "watch.column.soon",
    "self_granted_count": "watch.column.self_granted",
    "approval_count": "watch.column.approvals",
    "quick_approval_count": "watch.column.quick_approvals",
}
RATIO_COLUMNS = {
    "service_month": "watch.column.month",
    "organisation_name": "column.organisation",
    "honour_hours": "watch.column.honour_hours",
    "credit_hours": "watch.column.credit_hours",
    "percent": "watch.column.percent",
}


def asked(sql: str, **values: Any) -> pl.DataFrame:
    """Return what the marts answer, within reach of who is signed in."""
    reach, bound = in_reach(Action.WATCH_ADMINISTRATORS)
    return lake.ask(sql.format(reach=reach), **bound, **values)


def with_people(frame: pl.DataFrame, **columns: str) -> pl.DataFrame:
    """Return the frame with a column of who each is, for each `name=id column`: number, and masked name if allowed."""
    ids = {one for column in columns.values() for one in frame[column].drop_nulls().to_list() if one}
    with reading(operational_database()) as session:
        people = named_people(session, actor(), ids)
    shown = {
        one: f"{person.name}（{person.volunteer_no}）" if person.name else person.volunteer_no
        for one, person in people.items()
    }
    return frame.with_columns(
        pl.Series(name, [shown.get(one) if one else None for one in frame[column].to_list()], dtype=pl.String)
        for name, column in columns.items()
    )


def in_words(value: int | None, unit: str) -> str:
    """Return a measured value with its unit, minutes as hours."""
    if value is None:
        return say("watch.no_credit")
    if unit == "minute":
        return say("watch.unit.hours", n=f"{value / 60:,.1f}")
    return say(f"watch.unit.{unit}", n=f"{value:,}")


def show_findings(found: pl.DataFrame) -> None:
    """What was noticed of one kind, and the records behind one of them."""
    counts = dict(found.group_by("pattern").len().iter_rows())
    names = names_of(language(), "watch.pattern")
    pattern = address.choice(
        st.segmented_control,
        say("watch.pattern_label"),
        PATTERNS,
        "pattern",
        format_func=lambda code: f"{names[code]} {counts.get(code, 0):,}",
        required=True,
    )
    st.info(say(f"watch.about.{pattern}"), icon=":material/info:")
    of = found.filter(pl.col("pattern") == pattern)
    if of.is_empty():
        st.success(say("watch.nothing"), icon=":material/check_circle:")
        return
    of = with_people(of, person="person_id", other="other_person_id").with_columns(
        shown_measured=pl.Series([in_words(*pair) for pair in of.select("measured", "unit").iter_rows()]),
        shown_threshold=pl.Series([in_words(*pair) for pair in of.select("threshold", "unit").iter_rows()]),
        typed_hours=hours("minutes"),
    )
    columns = {
        name: heading
        for name, heading in FOUND_COLUMNS.items()
        if not (name == "other" and pattern != "mutual_approval")
        and not (name == "person" and pattern == "honour_ratio")
    }
    show_table(
        of,
        columns,
        file_name=dated("watch", pattern),
        name=names[pattern],
        key="watch",
        view=Action.WATCH_ADMINISTRATORS,
    )
    show_records(of)


def show_records(of: pl.DataFrame) -> None:
    """The records behind the finding that is chosen."""
    st.subheader(say("watch.records"), anchor=False)
    rows = of.rows(named=True)
    chosen = st.selectbox(
        say("watch.choose"),
        range(len(rows)),
        format_func=lambda number: " · ".join(
            str(part)
            for part in (
                rows[number]["found_on"],
                rows[number]["organisation_name"],
                rows[number]["person"],
                rows[number]["other"],
                rows[number]["shown_measured"],
            )
            if part
        ),
        key="watch_chosen",
    )
    if chosen is None:
        return
    key = ("pattern", "found_on", "organisation_id", "person_id", "other_person_id")
    records = asked(RECORDS, **{name: rows[chosen][name] for name in key})
    records = with_people(records, entered="entered_by", decided="decided_by").with_columns(
        typed_hours=hours("minutes"),
        minutes_after_creation=(pl.col("seconds_after_creation") / 60).round(1),
        shown_verdict=pl.col("verdict").replace(names_of(language(), "watch.verdict")),
    )
    show_table(
        records,
        RECORD_COLUMNS,
        file_name=dated("watch_records"),
        name=say("watch.records"),
        key="watch_records",
        view=Action.WATCH_ADMINISTRATORS,
    )


def show_days(days: dict[str, date]) -> None:
    """What each person typed and approved on each day, noticed or not."""
    frame = asked(DAYS, **days)
    if frame.is_empty():
        st.info(say("watch.nothing_typed"))
        return
    frame = with_people(frame, person="person_id").with_columns(typed_hours=hours("minutes"))
    show_table(
        frame,
        DAY_COLUMNS,
        file_name=dated("watch_days"),
        name=say("watch.tab.days"),
        key="watch_days",
        view=Action.WATCH_ADMINISTRATORS,
    )


def show_ratios(days: dict[str, date]) -> None:
    """The honour hours of each organisation beside its credit hours, noticed or not."""
    frame = asked(RATIOS, **days)
    if frame.is_empty():
        st.info(say("watch.nothing_typed"))
        return
    frame = frame.with_columns(
        honour_hours=hours("honour_minutes"),
        credit_hours=hours("credit_minutes"),
        percent=pl.when(pl.col("credit_minutes") > 0).then(
            (pl.col("honour_minutes") * 100 / pl.col("credit_minutes")).round(1)
        ),
    )
    show_table(
        frame,
        RATIO_COLUMNS,
        file_name=dated("watch_ratios"),
        name=say("watch.tab.ratios"),
        key="watch_ratios",
        view=Action.WATCH_ADMINISTRATORS,
    )


page_head("administrator_watch")
clock = clock_or_stop()
period = choose_period(clock)
st.caption(period_note(clock, period))
st.caption(say("watch.no_verdict"))
chosen_days: dict[str, date] = {"first": period.first, "last": period.last}
findings, by_day, by_organisation = st.tabs(
    [say("watch.tab.found"), say("watch.tab.days"), say("watch.tab.ratios")]
)
with findings:
    show_findings(asked(FOUND, **chosen_days))
with by_day:
    show_days(chosen_days)
with by_organisation:
    show_ratios(chosen_days)
