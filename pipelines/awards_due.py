"""What the ledger does not hold yet of the awards that are final, or holds too much: asked of both sides, and compared.

Here: the questions and the difference. Never here: posting it (points_settlement.py).
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
from sqlalchemy import CompoundSelect, Engine, func, select, true, union_all

from operations.commands.ledger_settlement import DUE
from operations.database import reading
from operations.model import PointAccount, PointSettlement, PointTransfer
from warehouse.changes import HistoryGone, changes_since
from warehouse.plan import condition, literal

AWARDS = "core.point_awards"
LOCAL = ZoneInfo("Asia/Shanghai")
# What of an award concerns the ledger.
COMPARED = ("award_id", "volunteer_id", "service_day", "amount_cents", "final_on")


def local_day(at: datetime) -> date:
    """The day of a moment in Asia/Shanghai."""
    return at.astimezone(LOCAL).date()


def days_to_look_at(
    con: duckdb.DuckDBPyConnection, engine: Engine, snapshot: int, today: date
) -> tuple[list[date] | None, str]:
    """The service days whose awards changed or became final since the last run, and why; None for all of them.

    `snapshot` is the state of the lake that is looked at, `today` the local day.
    """
    with reading(engine) as session:
        last = session.scalar(select(PointSettlement).order_by(PointSettlement.settlement_id.desc()).limit(1))
    if last is None:
        return None, "never settled"
    if last.ended_at is None:
        return None, "the last settlement did not come to its end"
    if last.final_by > today or last.lake_snapshot > snapshot:
        return None, "the last settlement followed a later state of the warehouse"
    try:
        changed = (
            changes_since(con, AWARDS, last.lake_snapshot, COMPARED)
            .select("service_day")
            .distinct()
            .fetchall()
        )
    except HistoryGone as error:
        return None, str(error)
    final = con.execute(
        f"SELECT DISTINCT service_day FROM {AWARDS} "
        f"WHERE final_on >= {literal(last.final_by)} AND final_on < {literal(today)}"
    ).fetchall()
    days = sorted({row[0] for row in changed} | {row[0] for row in final})
    return days, f"{len(changed)} days changed, {len(final)} became final" if days else "nothing changed"


def final_awards(con: duckdb.DuckDBPyConnection, today: date, days: list[date] | None) -> pl.DataFrame:
    """The awards of some service days (None: of all) of which the notice was over before `today`."""
    among = "" if days is None else f" AND {condition('service_day', days)}"
    return con.execute(
        "SELECT award_id, volunteer_id, service_day AS earned_on, amount_cents, rule_version "
        f"FROM {AWARDS} WHERE final_on < {literal(today)} AND amount_cents > 0{among}"
    ).pl()


def held_awards(engine: Engine, days: list[date] | None) -> pl.DataFrame:
    """What the ledger holds of each award of a volunteer and day, and by how many transfers."""
    entries = _award_entries(days).subquery()
    asked = (
        select(
            entries.c.award_id,
            PointAccount.volunteer_id,
            entries.c.earned_on,
            func.sum(entries.c.amount_cents),
            func.count(),
        )
        .join(PointAccount, PointAccount.account_id == entries.c.account_id)
        .where(PointAccount.kind == "volunteer")
        .group_by(entries.c.award_id, PointAccount.volunteer_id, entries.c.earned_on)
    )
    schema = {
        "award_id": pl.String, "volunteer_id": pl.Int64, "earned_on": pl.Date, "held_cents": pl.Int64,
        "postings": pl.Int64,
    }  # fmt: skip
    with reading(engine) as session:
        rows = [(*row[:3], int(row[3]), row[4]) for row in session.execute(asked)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _award_entries(days: list[date] | None) -> CompoundSelect[*tuple[Any, ...]]:
    """What the transfers of awards do to both of their accounts.

    A join with accounts on either side of a transfer would compare each transfer with each account.
    """
    sides = (
        (PointTransfer.credit_account_id, PointTransfer.amount_cents),
        (PointTransfer.debit_account_id, -PointTransfer.amount_cents),
    )
    asked = [
        select(
            PointTransfer.award_id,
            PointTransfer.earned_on,
            account.label("account_id"),
            amount.label("amount_cents"),
        ).where(PointTransfer.kind == "award", true() if days is None else PointTransfer.earned_on.in_(days))
        for account, amount in sides
    ]
    return union_all(*asked)


def differences(wanted: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """What is to be posted, with the columns DUE: `amount_cents` below zero takes back. Sorted by volunteer."""
    keys = ["award_id", "volunteer_id", "earned_on"]
    both = wanted.join(held, on=keys, how="full", coalesce=True).with_columns(
        amount_cents=pl.col("amount_cents").fill_null(0) - pl.col("held_cents").fill_null(0),
        postings=pl.col("postings").fill_null(0),
    )
    return both.filter(pl.col("amount_cents") != 0).select(*DUE).sort("volunteer_id", "earned_on", "award_id")


def parts(due: pl.DataFrame, at_once: int) -> Iterator[pl.DataFrame]:
    """The differences in parts of about so many rows; those of a volunteer stay together."""
    first = 0
    owners = due["volunteer_id"]
    while first < due.height:
        after = min(first + at_once, due.height)
        while after < due.height and owners[after] == owners[after - 1]:
            after += 1
        yield due.slice(first, after - first)
        first = after
