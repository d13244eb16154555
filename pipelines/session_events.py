"""What time-keeping looks at, read from the raw tables: the events of some days, and what changed since a snapshot.

Here: queries from raw tables to the frames of warehouse.timekeeping.Events. Never here: a rule, or writing.

A cancelled shift is not held, so nothing belongs to it; only confirmed sign-ups make a tap belong to a shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import polars as pl

from pipelines.python_builds import BuildState
from warehouse.changes import changes_since
from warehouse.frames import handed_over
from warehouse.plan import condition
from warehouse.timekeeping import (
    COLUMNS,
    Events,
    RuleBook,
    days_touched_by,
    empty,
    honour_days_needed,
    shift_days_needed,
    tap_days_needed,
)
from warehouse.timekeeping.engine import usable_shifts

UPSTREAM = (
    "raw.taps",
    "raw.shifts",
    "raw.shift_sites",
    "raw.sign_ups",
    "raw.check_ins",
    "raw.honour_records",
    "raw.honour_approvals",
    "raw.sites",
)
LOCAL_HOURS = 8
# Honour records with the decision that stands, the newest; the same for the present and, with a version, for the past.
HONOUR = """
SELECT h.record_id, h.volunteer_id, h.shift_id, h.started_at, h.ended_at, h.minutes, h.service_day,
    coalesce(a.decision = 'approved', false) AS is_approved,
    CASE WHEN a.decision = 'approved' THEN a.decided_by END AS approved_by,
    h.entered_by, h.entered_at
FROM raw.honour_records AS h {version}
LEFT JOIN (
    SELECT record_id, arg_max(decision, approval_id) AS decision, arg_max(decided_by, approval_id) AS decided_by
    FROM raw.honour_approvals {version} GROUP BY record_id
) AS a ON a.record_id = h.record_id
"""


def all_days(con: duckdb.DuckDBPyConnection, book: RuleBook) -> list[date]:
    """Return every service day that any event can belong to, or that has sessions now, in order."""
    day = _shift_day("starts_at", book)
    rows = con.execute(
        f"""
        SELECT service_day FROM raw.taps
        UNION SELECT {day} FROM raw.shifts
        UNION SELECT service_day FROM raw.honour_records
        UNION SELECT service_day FROM core.sessions
        UNION SELECT service_day FROM core.session_flags
        UNION SELECT {_shift_day("occurred_at", book)} FROM raw.check_ins
        ORDER BY 1
        """
    ).fetchall()
    return [row[0] for row in rows]


def changed_days(con: duckdb.DuckDBPyConnection, state: BuildState, book: RuleBook) -> list[date]:
    """Return the service days that the changes since `state.since` can alter, in order."""
    changed = _changed_events(con, state)
    touched = days_touched_by(changed, _around(con, changed), book)
    days = set(touched["service_day"].to_list())
    days |= _days_of_moved_sites(con, state)
    return sorted(days)


def events_for(con: duckdb.DuckDBPyConnection, days: Sequence[date], book: RuleBook) -> Events:
    """Return all events that are needed to work out `days`."""
    honours = con.sql(HONOUR.format(version="")).pl()
    of_days = honours.filter(pl.col("service_day").is_in(list(days)))
    far = honour_days_needed(of_days, book)
    shift_days = shift_days_needed([*days, *far["service_day"].to_list()], book)
    with handed_over(con, wanted_days=pl.DataFrame({"day": shift_days}, schema={"day": pl.Date})):
        # All shifts, as a record may be for any of them; but what belongs to them only where it can matter.
        near = f"""(
            SELECT shift_id FROM raw.shifts
            WHERE cancelled_at IS NULL AND {_shift_day("starts_at", book)} IN (SELECT day FROM wanted_days))"""
        return Events(
            taps=_taps(con, days, far, book),
            shifts=con.sql(f"SELECT {_columns('shifts')} FROM raw.shifts WHERE cancelled_at IS NULL").pl(),
            shift_sites=con.sql(
                f"SELECT {_columns('shift_sites')} FROM raw.shift_sites WHERE shift_id IN {near}"
            ).pl(),
            sign_ups=con.sql(
                f"SELECT {_columns('sign_ups')} FROM raw.sign_ups WHERE status = 'confirmed' AND shift_id IN {near}"
            ).pl(),
            check_ins=con.sql(
                f"SELECT {_columns('check_ins')} FROM raw.check_ins WHERE shift_id IN {near}"
            ).pl(),
            honour_records=honours,
            sites=con.sql(f"SELECT {_columns('sites')} FROM raw.sites").pl(),
        )


def events_of_shifts(con: duckdb.DuckDBPyConnection, book: RuleBook) -> Events:
    """Return the shifts that are held, and the check-ins and honour records that name none of the usable ones."""
    shifts = con.sql(f"SELECT {_columns('shifts')} FROM raw.shifts WHERE cancelled_at IS NULL").pl()
    with handed_over(con, usable_shifts=usable_shifts(shifts, book).select("shift_id")):
        # Narrowed here, for these are the longest tables of all and few of their rows are without a shift.
        return Events(
            taps=empty("taps"),
            shifts=shifts,
            check_ins=con.sql(
                f"SELECT {_columns('check_ins')} FROM raw.check_ins ANTI JOIN usable_shifts USING (shift_id)"
            ).pl(),
            honour_records=con.sql(
                f"SELECT * FROM ({HONOUR.format(version='')}) ANTI JOIN usable_shifts USING (shift_id)"
            ).pl(),
        )


def _taps(
    con: duckdb.DuckDBPyConnection, days: Sequence[date], far: pl.DataFrame, book: RuleBook
) -> pl.DataFrame:
    """The taps that `days` need, and for volunteers with a far honour record those that its days need."""
    near = tap_days_needed(days, book)
    beyond = sorted(set(tap_days_needed(far["service_day"].to_list(), book)) - set(near))
    taps = con.sql(f"SELECT {_columns('taps')} FROM raw.taps WHERE {condition('service_day', near)}").pl()
    if not beyond:
        return taps
    volunteers = far["volunteer_id"].unique().sort().to_list()
    more = con.sql(
        f"SELECT {_columns('taps')} FROM raw.taps "
        f"WHERE {condition('service_day', beyond)} AND {condition('volunteer_id', volunteers)}"
    ).pl()
    return pl.concat([taps, more])


def _changed_events(con: duckdb.DuckDBPyConnection, state: BuildState) -> Events:
    shifts = _feed(con, state, "shifts", where="cancelled_at IS NULL", more=("cancelled_at",))
    sign_ups = _feed(con, state, "sign_ups", where="status = 'confirmed'", more=("status",))
    return Events(
        taps=_feed(con, state, "taps"),
        shifts=shifts,
        shift_sites=_feed(con, state, "shift_sites"),
        sign_ups=sign_ups,
        check_ins=_feed(con, state, "check_ins"),
        honour_records=_changed_honours(con, state),
    )


def _feed(
    con: duckdb.DuckDBPyConnection,
    state: BuildState,
    name: str,
    *,
    where: str = "true",
    more: tuple[str, ...] = (),
) -> pl.DataFrame:
    """The rows of raw.`name` that came or went, both as they were and as they are."""
    if f"raw.{name}" not in state.changed or state.since is None:
        return empty(name)
    changed = changes_since(con, f"raw.{name}", state.since, (*COLUMNS[name], *more))
    return changed.filter(where).select(*COLUMNS[name]).pl()


def _changed_honours(con: duckdb.DuckDBPyConnection, state: BuildState) -> pl.DataFrame:
    """Honour records of which the record or its decision changed, as they were and as they are."""
    ids: set[int] = set()
    for name, columns in (
        (
            "raw.honour_records",
            [c for c in COLUMNS["honour_records"] if c not in ("is_approved", "approved_by")],
        ),
        ("raw.honour_approvals", ["approval_id", "record_id", "decision", "decided_by"]),
    ):
        if name in state.changed and state.since is not None:
            changed = changes_since(con, name, state.since, columns)
            ids |= {row[0] for row in changed.select("record_id").distinct().fetchall()}
    if not ids:
        return empty("honour_records")
    among = condition("record_id", sorted(ids))
    versions = ("", f"AT (VERSION => {state.since})")
    return pl.concat(
        con.sql(f"SELECT * FROM ({HONOUR.format(version=version)}) WHERE {among}").pl()
        for version in versions
    )


def _around(con: duckdb.DuckDBPyConnection, changed: Events) -> Events:
    """The events through which the changed ones can lead to days: those of their volunteers and their shifts."""
    volunteers = pl.concat(
        frame["volunteer_id"]
        for frame in (changed.taps, changed.sign_ups, changed.check_ins, changed.honour_records)
    )
    moved = pl.concat([changed.shifts["shift_id"], changed.shift_sites["shift_id"]])
    frames = {
        "changed_volunteers": volunteers.unique().to_frame(),
        "changed_shifts": moved.unique().to_frame(),
    }
    with handed_over(con, **frames):
        # Whoever has to do with a changed shift, in any of the shifts that they have to do with.
        con.execute(
            """
            CREATE OR REPLACE TEMP TABLE reached AS
            SELECT volunteer_id FROM changed_volunteers
            UNION SELECT volunteer_id FROM raw.sign_ups SEMI JOIN changed_shifts USING (shift_id)
            UNION SELECT volunteer_id FROM raw.check_ins SEMI JOIN changed_shifts USING (shift_id)
            """
        )
    among = "SEMI JOIN temp.reached USING (volunteer_id)"
    around = Events(
        taps=empty("taps"),
        shifts=con.sql(f"SELECT {_columns('shifts')} FROM raw.shifts WHERE cancelled_at IS NULL").pl(),
        shift_sites=con.sql(f"SELECT {_columns('shift_sites')} FROM raw.shift_sites").pl(),
        sign_ups=con.sql(
            f"SELECT {_columns('sign_ups')} FROM raw.sign_ups {among} WHERE status = 'confirmed'"
        ).pl(),
        check_ins=con.sql(f"SELECT {_columns('check_ins')} FROM raw.check_ins {among}").pl(),
        honour_records=con.sql(HONOUR.format(version="")).pl(),
    )
    con.execute("DROP TABLE temp.reached")
    return around


def _days_of_moved_sites(con: duckdb.DuckDBPyConnection, state: BuildState) -> set[date]:
    """Days with sessions whose `impossible_travel` a moved site can raise or end."""
    if "raw.sites" not in state.changed or state.since is None:
        return set()
    moved = changes_since(con, "raw.sites", state.since, ["site_id", "lon", "lat"])
    ids = sorted(row[0] for row in moved.select("site_id").distinct().fetchall())
    if not ids:
        return set()
    at_sites = condition("site_id", ids)
    rows = con.execute(
        f"""
        SELECT s.service_day FROM core.sessions AS s
        JOIN (SELECT DISTINCT volunteer_id, service_day FROM raw.taps WHERE {at_sites}) AS t
            ON s.volunteer_id = t.volunteer_id AND s.service_day BETWEEN t.service_day - 2 AND t.service_day + 2
        UNION
        SELECT s.service_day FROM core.sessions AS s
        JOIN (SELECT DISTINCT volunteer_id, shift_id FROM raw.check_ins WHERE {at_sites}) AS c
            ON s.volunteer_id = c.volunteer_id AND s.shift_id = c.shift_id
        """
    ).fetchall()
    return {row[0] for row in rows}


def _shift_day(column: str, book: RuleBook) -> str:
    """SQL of the service day of a moment: its local date, a day beginning where the rules say."""
    return f"CAST({column} + INTERVAL {LOCAL_HOURS * 3600 - book.service_day_start} SECOND AS DATE)"


def _columns(name: str) -> str:
    return ", ".join(COLUMNS[name])
