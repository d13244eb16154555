"""raw → core.sessions, core.session_flags: the service days that a change touches, through time-keeping.

Here: which days, what they need, and replacing them. Never here: a rule of time-keeping (warehouse/timekeeping/), or
how rows of events are read from the lake (session_events.py).

A day is worked out for all volunteers at once, since some flags look at devices and at people who enter records.
Days that come out as they were are not written again, so that nothing downstream is touched.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import duckdb
import polars as pl

from pipelines.contract_checks import Held, RuleBroken, asset_key, check_specs
from pipelines.python_builds import BuildState, code_hash, state_of
from pipelines.resources import POOL, Looked, Places
from pipelines.session_events import UPSTREAM, all_days, changed_days, events_for, events_of_shifts
from pipelines.warehouse_tables import listed
from warehouse.changes import build_transaction, record_build
from warehouse.frames import handed_over
from warehouse.plan import condition
from warehouse.tables import table
from warehouse.timekeeping import RuleBook, keep_time, read_rules
from warehouse.timekeeping.engine import unplaced_events

TABLES = ("core.sessions", "core.session_flags")
# So many days are worked out at a time: a rebuild of a long history stays within bounded memory.
DAYS_AT_ONCE = 46


@dataclass
class Kept:
    """What a run worked out. `touched`: the days that were worked out; `replaced`: those that came out differently.

    `unplaced`: check-ins and honour records, of all days, whose shift is cancelled, not there or not usable (None: not
    counted, as nothing changed); `bounces`: taps of the days worked out that were ignored as double readings.
    """

    why: str = ""
    touched: list[date] = field(default_factory=list)
    replaced: dict[str, list[date]] = field(default_factory=lambda: {name: [] for name in TABLES})
    unplaced: int | None = None
    bounces: int = 0


def keep_sessions(
    con: duckdb.DuckDBPyConnection, *, everything: bool = False, guard: Callable[[Kept], None] | None = None
) -> Kept:
    """Bring sessions and flags up to date with what changed in the raw tables, in one transaction.

    `guard` is called before the commit; what it raises leaves the tables as they were.
    """
    book = read_rules()

    def keep() -> Kept:
        kept = _keep(con, book, everything)
        if guard and kept.touched:
            guard(kept)
        return kept

    return build_transaction(con, keep)


def _keep(con: duckdb.DuckDBPyConnection, book: RuleBook, everything: bool) -> Kept:
    state = state_of(
        con, "core.sessions", UPSTREAM, code_hash("pipelines.service_sessions"), everything=everything
    )
    kept = Kept(why=state.why)
    if state.is_current:
        return kept
    kept.touched = all_days(con, book) if state.since is None else changed_days(con, state, book)
    for days in _parts(kept.touched):
        _keep_days(con, book, days, kept)
    kept.unplaced = unplaced_events(events_of_shifts(con, book), book).height
    _record(con, state)
    return kept


def _record(con: duckdb.DuckDBPyConnection, state: BuildState) -> None:
    how = "whole" if state.since is None else "partitions"
    record_build(con, "core.sessions", definition_hash=state.definition_hash, how=how, why=state.why)


def _keep_days(con: duckdb.DuckDBPyConnection, book: RuleBook, days: Sequence[date], kept: Kept) -> None:
    outcome = keep_time(events_for(con, days, book), days, book)
    for name, frame in zip(TABLES, (outcome.sessions, outcome.flags), strict=True):
        kept.replaced[name] += replace_days(con, name, frame, days)
    kept.bounces += outcome.bounces.height


def replace_days(
    con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, days: Sequence[date]
) -> list[date]:
    """Make the rows of `days` in a table those of `frame`; return the days whose rows differed and were written."""
    contract = table(name).contract
    columns = ", ".join(contract.column_names())
    typed = ", ".join(f"CAST({column.name} AS {column.type}) AS {column.name}" for column in contract.columns)
    with handed_over(con, worked_out=frame):
        con.execute(f"CREATE OR REPLACE TEMP TABLE day_rows AS SELECT {typed} FROM worked_out")
    within = condition("service_day", days)
    differing = [
        row[0]
        for row in con.execute(
            f"""
            WITH old AS (
                SELECT service_day, COUNT(*) AS n, SUM(hash(t)) AS h FROM {name} AS t WHERE {within}
                GROUP BY service_day
            ), new AS (
                SELECT service_day, COUNT(*) AS n, SUM(hash(t)) AS h FROM temp.day_rows AS t GROUP BY service_day
            )
            SELECT coalesce(old.service_day, new.service_day) AS day
            FROM old FULL JOIN new ON old.service_day = new.service_day
            WHERE old.n IS DISTINCT FROM new.n OR old.h IS DISTINCT FROM new.h
            ORDER BY day
            """
        ).fetchall()
    ]
    if differing:
        there = condition("service_day", differing)
        con.execute(f"DELETE FROM {name} WHERE {there}")
        con.execute(
            f"INSERT INTO {name} SELECT {columns} FROM temp.day_rows WHERE {there} "
            f"ORDER BY service_day, {', '.join(contract.keys)}"
        )
    con.execute("DROP TABLE temp.day_rows")
    return differing


def _parts(days: Sequence[date]) -> Iterator[list[date]]:
    for first in range(0, len(days), DAYS_AT_ONCE):
        yield list(days[first : first + DAYS_AT_ONCE])


def service_sessions() -> dg.AssetsDefinition:
    """Return the assets core/sessions and core/session_flags: one step, because it is one computation."""
    tables = [table(name) for name in TABLES]

    @dg.multi_asset(
        name="keep_sessions",
        specs=[
            dg.AssetSpec(
                asset_key(one.name),
                deps=[asset_key(name) for name in UPSTREAM],
                group_name="core",
                description=one.contract.description,
                kinds={"polars", "duckdb"},
            )
            for one in tables
        ],
        check_specs=[spec for one in tables for spec in check_specs(one)],
        can_subset=True,
        pool=POOL,
    )
    def keep(
        config: Looked, places: dg.ResourceParam[Places], lake: dg.ResourceParam[duckdb.DuckDBPyConnection]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        places.begun(TABLES[0])
        held = Held(lake, *tables)
        try:
            kept = keep_sessions(
                lake, everything=config.everything, guard=lambda so_far: held.hold(so_far.touched)
            )
        except RuleBroken:
            yield from held.all_evaluations()
            raise
        for one in TABLES:
            yield dg.MaterializeResult(
                asset_key=asset_key(one),
                metadata={
                    "why": kept.why,
                    "touched": listed(kept.touched),
                    "replaced": listed(kept.replaced[one]),
                    **({} if kept.unplaced is None else {"events_without_a_shift": kept.unplaced}),
                    "bounces": kept.bounces,
                },
                check_results=held.evaluations(one),
            )

    return keep
