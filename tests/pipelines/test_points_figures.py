"""The figures of points in the warehouse: those of the ledger at the end of the run that settled it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import duckdb
import pytest
from sqlalchemy import func, select, text

from operations.access import Actor, Role
from operations.commands.points import hold_points, post_hold
from operations.database import reading, writing
from operations.model import PointAccount, PointTransfer, utc_now
from pipelines import operational_tables
from pipelines.build import BuildFailed, build_all
from pipelines.operational_tables import OF_THE_LEDGER, pull, pulled_tables
from tests.pipelines.conftest import World
from warehouse.lake import open_lake

SYSTEM = Actor("system", Role.SYSTEM)
LEDGER = [one for one in pulled_tables() if one.name in OF_THE_LEDGER]


def somebody_with(world: World, cents: int) -> int:
    """A volunteer who has at least so much."""
    with reading(world.engine) as session:
        return session.scalars(
            select(PointAccount.volunteer_id)
            .where(PointAccount.kind == "volunteer", PointAccount.balance_cents >= cents)
            .order_by(PointAccount.account_id)
        ).first() or pytest.fail("nobody has so much")


def spend(world: World, volunteer_id: int, cents: int) -> None:
    """Let a volunteer spend at the mall."""
    with writing(world.engine) as session:
        hold_id, at = str(uuid4()), utc_now()
        hold_points(session, SYSTEM, hold_id=hold_id, volunteer_id=volunteer_id, amount_cents=cents, at=at)
        post_hold(session, SYSTEM, hold_id=hold_id, transfer_id=str(uuid4()), at=at)


def test_the_run_that_settles_also_shows_it_and_both_sides_agree(built_city: World) -> None:
    build_all(built_city.settings)
    with reading(built_city.engine) as session:
        balances = session.scalar(
            select(func.sum(PointAccount.balance_cents)).where(PointAccount.kind == "volunteer")
        )
        transfers = session.scalar(select(func.count()).select_from(PointTransfer))
    assert balances
    assert built_city.rows("SELECT SUM(remaining_cents - owed_cents) FROM marts.points_liability") == [
        (balances,)
    ]
    assert built_city.rows("SELECT COUNT(*) FROM marts.volunteer_statement_lines") == [(transfers,)]
    months = built_city.rows(
        "SELECT SUM(final_cents), SUM(ledger_cents), SUM(rated_cents - capped_cents - awarded_cents) "
        "FROM marts.points_reconciliation"
    )
    assert months == [(balances, balances, 0)]
    volunteer_id = somebody_with(built_city, 100)
    spend(built_city, volunteer_id, 100)
    build_all(built_city.settings)
    assert built_city.rows(
        "SELECT redeemed_at, people, redemption_count, spent_cents FROM marts.redemptions "
        "WHERE district_code = '' ORDER BY 1"
    ) == [("", 1, 1, -100), ("mall", 1, 1, -100)]
    assert built_city.rows(
        f"SELECT closing_cents - balance_cents FROM marts.volunteer_statement WHERE volunteer_id = {volunteer_id} "
        "ORDER BY period DESC LIMIT 1"
    ) == [(0,)]


def test_a_balance_altered_in_the_database_stops_the_build_and_is_named(built_city: World) -> None:
    build_all(built_city.settings)
    volunteer_id = somebody_with(built_city, 1)
    with built_city.engine.begin() as con:
        con.execute(
            text(
                "UPDATE point_accounts SET updated_at = :at, balance_cents = balance_cents + "
                "CASE WHEN kind = 'volunteer' THEN 500 ELSE -500 END "
                "WHERE volunteer_id = :volunteer_id OR account_id = "
                "(SELECT MIN(account_id) FROM point_accounts WHERE kind = 'issue')"
            ),
            {"at": f"{utc_now():%Y-%m-%d %H:%M:%S}", "volunteer_id": volunteer_id},
        )
    with pytest.raises(BuildFailed, match="closing_is_the_balance"):
        build_all(built_city.settings)


@pytest.fixture
def copied_ledger(built_city: World) -> tuple[World, duckdb.DuckDBPyConnection]:
    """A city whose transfers are in the lake."""
    build_all(built_city.settings)
    con = open_lake(built_city.settings.lake_catalogue, built_city.settings.lake_files)
    return built_city, con


def test_transfers_are_pulled_by_their_number_and_one_that_was_committed_late_is_not_missed(
    copied_ledger: tuple[World, duckdb.DuckDBPyConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, con = copied_ledger
    monkeypatch.setattr(operational_tables, "NUMBERS_BACK", 10)

    def pulled() -> tuple[int, int]:
        done = pull(con, world.settings.operations_url, LEDGER, overlap=timedelta(minutes=10))
        transfers = next(one for one in done if one.table == "raw.point_transfers")
        assert transfers.source == transfers.lake
        return transfers.looked_at, transfers.inserted

    assert pulled() == (11, 0)
    volunteer_id = somebody_with(world, 200)
    spend(world, volunteer_id, 100)
    assert pulled() == (12, 1)
    # What is missing before the numbers that are looked at again is found by counting.
    con.execute("DELETE FROM raw.point_transfers WHERE transfer_no = 1")
    looked_at, inserted = pulled()
    assert looked_at > 12
    assert inserted == 1
    con.close()
