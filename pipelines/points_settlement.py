"""core.point_awards → the points ledger of operations: the only way back, and it converges.

Here: a run of settlement, from what is due to what was posted, and its asset. Never here: what is due (awards_due.py),
what an award should be (warehouse/core/point_awards.sql), or how points are posted
(operations/commands/ledger_settlement.py).

* An award is final once the last day of its public notice is over; by `at`, never by the clock of a model.
* What is posted is the difference to what the ledger holds, so that a second run posts nothing, a run that was killed
  is finished by the next, and a past that was computed anew is corrected by exactly what changed.
* Batches are transactions of their own, sorted by volunteer: an account is locked once.
* A run looks at the service days whose awards changed in the warehouse since the last finished one, and at those that
  became final since; at all of them if that is not known, and every night.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import duckdb
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from operations.commands.ledger_settlement import settle_batch
from operations.database import open_database, reading, writing
from operations.model import PointAccount, PointSettlement, utc_now
from operations.queries.point_equations import EQUATIONS
from pipelines.awards_due import (
    AWARDS,
    days_to_look_at,
    differences,
    final_awards,
    held_awards,
    local_day,
    parts,
)
from pipelines.contract_checks import asset_key
from pipelines.points_clock import ACTOR, run_clock
from pipelines.resources import POOL, Looked, Places
from warehouse.lake import current_snapshot
from warehouse.plan import literal
from warehouse.transactions import transaction

KEY = dg.AssetKey(["operations", "points_settlement"])
AWARDS_AT_ONCE = 50_000
AGREES = "ledger_holds_what_is_final"
EQUAL = "ledger_and_what_points_buy_agree"


@dataclass(frozen=True)
class Settled:
    """What a run posted. `days`: the service days that were looked at, None for all."""

    why: str
    days: int | None = None
    transfers: int = 0
    credited_cents: int = 0
    debited_cents: int = 0


@dataclass(frozen=True)
class Totals:
    """What the warehouse says of final awards in all, and what the ledger holds of awards."""

    final_cents: int
    held_cents: int


def settle(
    con: duckdb.DuckDBPyConnection,
    engine: Engine,
    *,
    at: datetime,
    everything: bool = False,
    awards_at_once: int = AWARDS_AT_ONCE,
) -> Settled:
    """Bring the ledger in line with the awards that are final at the moment `at`, and return what was posted.

    Raises `OperationsUnavailable`; what was posted before stays, and the next run goes on from there.
    """
    today = local_day(at)
    with transaction(con):
        snapshot = current_snapshot(con)
        days, why = (None, "asked for") if everything else days_to_look_at(con, engine, snapshot, today)
        if days is not None and not days:
            return Settled(why, 0)
        wanted = final_awards(con, today, days)
    due = differences(wanted, held_awards(engine, days))
    with writing(engine) as session:
        run = PointSettlement(began_at=at, lake_snapshot=snapshot, final_by=today, is_whole=days is None)
        session.add(run)
        session.flush()
        settlement_id = run.settlement_id
    posted = Settled(why, None if days is None else len(days))
    for part in parts(due, awards_at_once):
        with writing(engine) as session:
            batch = settle_batch(session, ACTOR, part, at=at, reference=f"settlement:{settlement_id}")
            posted = Settled(
                why,
                posted.days,
                posted.transfers + batch.transfers,
                posted.credited_cents + batch.credited_cents,
                posted.debited_cents + batch.debited_cents,
            )
            _note(session, settlement_id, posted)
    with writing(engine) as session:
        _note(session, settlement_id, posted, ended_at=utc_now())
    return posted


def totals(con: duckdb.DuckDBPyConnection, engine: Engine, *, at: datetime) -> Totals:
    """What should be equal after a settlement: the final awards of the warehouse, and what the ledger issued for them.

    Only awards come out of the accounts of issue, and their balances are proven against every transfer
    (ledger_proof.py); so this does not take longer with each that is added.
    """
    row = con.execute(
        f"SELECT coalesce(SUM(amount_cents), 0) FROM {AWARDS} WHERE final_on < {literal(local_day(at))}"
    )
    final = row.fetchone()
    with reading(engine) as session:
        issued = session.scalar(
            select(func.sum(-PointAccount.balance_cents)).where(PointAccount.kind == "issue")
        )
    return Totals(int(final[0]) if final else 0, int(issued or 0))


def _note(session: Session, settlement_id: int, posted: Settled, ended_at: datetime | None = None) -> None:
    session.execute(
        update(PointSettlement)
        .where(PointSettlement.settlement_id == settlement_id)
        .values(
            transfers=posted.transfers,
            credited_cents=posted.credited_cents,
            debited_cents=posted.debited_cents,
            ended_at=ended_at,
        )
    )


def points_settlement() -> dg.AssetsDefinition:
    """Return the asset operations/points_settlement: the ledger in line with the awards, and its clock."""

    @dg.multi_asset(
        name="settle_points",
        specs=[
            dg.AssetSpec(
                KEY,
                deps=[asset_key(AWARDS)],
                group_name="operations",
                description="The points ledger holds of every award what the warehouse says, once it is final.",
                kinds={"sql"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                AGREES,
                asset=KEY,
                blocking=True,
                description="The awards in the ledger add up to the final awards of the warehouse",
            ),
            dg.AssetCheckSpec(
                EQUAL,
                asset=KEY,
                blocking=True,
                description="All accounts add up to nothing, and what points buy is what the ledger was paid for it",
            ),
        ],
        pool=POOL,
    )
    def settle_points(
        config: Looked, places: dg.ResourceParam[Places], lake: dg.ResourceParam[duckdb.DuckDBPyConnection]
    ) -> Iterator[dg.MaterializeResult]:
        places.begun("operations.points_settlement")
        at = datetime.now(UTC)
        engine = open_database(places.settings.operations_url)
        try:
            settled = settle(lake, engine, at=at, everything=config.everything)
            done = run_clock(engine, at=at)
            agreed = totals(lake, engine, at=at)
            with reading(engine) as session:
                found = [equation(session) for equation in EQUATIONS]
        finally:
            engine.dispose()
        check = dg.AssetCheckResult(
            asset_key=KEY,
            check_name=AGREES,
            passed=agreed.final_cents == agreed.held_cents,
            metadata={"final_cents": agreed.final_cents, "held_cents": agreed.held_cents},
        )
        equal = dg.AssetCheckResult(
            asset_key=KEY,
            check_name=EQUAL,
            passed=not any(one.difference_cents for one in found),
            metadata={one.name: one.difference_cents for one in found},
        )
        metadata = {
            "why": settled.why,
            "inserted": settled.transfers,
            "credited_cents": settled.credited_cents,
            "debited_cents": settled.debited_cents,
            **done,
        }
        yield dg.MaterializeResult(asset_key=KEY, metadata=metadata, check_results=[check, equal])

    return settle_points
