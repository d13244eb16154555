"""The figures of points in the warehouse: those of the ledger at the end of the run that settled it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from operations.database import reading, writing
from operations.model import PointAccount, PointTransfer, utc_now
from pipelines import operational_pull
from pipelines.build import BuildFailed, build_all
from pipelines.operational_pull import pull, pulled_tables
from pipelines.operational_tables import OF_THE_LEDGER
from tests.operations.mall_stories import buy
from tests.pipelines.conftest import World
from warehouse.lake import open_lake

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
        buy(session, volunteer_id, cents, at=utc_now())


@pytest.fixture(scope="module")
def _settled_city(_built_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World.copied(_built_city, tmp_path_factory.mktemp("settled") / "home")
    build_all(world.settings)
    return world.settings.home


@pytest.fixture
def settled_city(_settled_city: Path, tmp_path: Path) -> World:
    """The small city after a whole run: its awards are in the ledger, and the ledger in the lake."""
    return World.copied(_settled_city, tmp_path / "home")


def test_the_run_that_settles_also_shows_it_and_both_sides_agree(settled_city: World) -> None:
    with reading(settled_city.engine) as session:
        balances = session.scalar(
            select(func.sum(PointAccount.balance_cents)).where(PointAccount.kind == "volunteer")
        )
        transfers = session.scalar(select(func.count()).select_from(PointTransfer))
    assert balances
    assert settled_city.rows("SELECT SUM(remaining_cents - owed_cents) FROM marts.points_liability") == [
        (balances,)
    ]
    assert settled_city.rows("SELECT COUNT(*) FROM marts.volunteer_statement_lines") == [(transfers,)]
    months = settled_city.rows(
        "SELECT SUM(final_cents), SUM(ledger_cents), SUM(rated_cents - capped_cents - awarded_cents) "
        "FROM marts.points_reconciliation"
    )
    assert months == [(balances, balances, 0)]
    volunteer_id = somebody_with(settled_city, 100)
    spend(settled_city, volunteer_id, 100)
    build_all(settled_city.settings)
    assert settled_city.rows(
        "SELECT redeemed_at, people, redemption_count, spent_cents FROM marts.redemptions "
        "WHERE district_code = '' ORDER BY 1"
    ) == [("", 1, 1, -100), ("mall", 1, 1, -100)]
    assert settled_city.rows(
        f"SELECT closing_cents - balance_cents FROM marts.volunteer_statement WHERE volunteer_id = {volunteer_id} "
        "ORDER BY period DESC LIMIT 1"
    ) == [(0,)]


def test_a_balance_altered_in_the_database_stops_the_build_and_is_named(settled_city: World) -> None:
    volunteer_id = somebody_with(settled_city, 1)
    with settled_city.engine.begin() as con:
        con.execute(
            text(
                "UPDATE point_accounts SET updated_at = :at, balance_cents = balance_cents + "
                "CASE WHEN volunteer_id = :volunteer_id THEN 500 ELSE -500 END "
                "WHERE volunteer_id = :volunteer_id OR account_id = (SELECT MIN(account_id) FROM point_accounts "
                "WHERE kind = 'volunteer' AND volunteer_id <> :volunteer_id AND balance_cents >= 500)"
            ),
            {"at": f"{utc_now():%Y-%m-%d %H:%M:%S}", "volunteer_id": volunteer_id},
        )
    with pytest.raises(BuildFailed, match="closing_is_the_balance"):
        build_all(settled_city.settings)


def test_a_ledger_that_does_not_add_up_stops_the_build_before_its_figures_are_shown(
    settled_city: World,
) -> None:
    shown = settled_city.rows("SELECT * FROM marts.points_liability ORDER BY ALL")
    with settled_city.engine.begin() as con:
        con.execute(text("UPDATE point_accounts SET balance_cents = balance_cents - 1 WHERE kind = 'issue'"))
    with pytest.raises(BuildFailed, match="ledger_and_what_points_buy_agree"):
        build_all(settled_city.settings)
    assert settled_city.rows("SELECT * FROM marts.points_liability ORDER BY ALL") == shown


def test_transfers_are_pulled_by_their_number_and_one_that_was_committed_late_is_not_missed(
    settled_city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = settled_city
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    monkeypatch.setattr(operational_pull, "NUMBERS_BACK", 10)

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
