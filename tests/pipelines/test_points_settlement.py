"""Settlement: the ledger follows the awards, once, whatever happens in between."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from operations.access import Actor, Role
from operations.commands.ledger_settlement import PostedMeanwhile
from operations.commands.points import hold_points, post_hold
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Area, PointAccount, PointSettlement, PointTransfer, Volunteer
from operations.queries.ledger_proof import prove_ledger
from pipelines.build import build_all
from pipelines.points_clock import run_clock
from pipelines.points_settlement import Settled, settle, totals
from tests.pipelines.conftest import World
from warehouse.lake import open_lake
from warehouse.transactions import transaction

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 8, 20, 2, tzinfo=UTC)
MONDAY = date(2026, 8, 3)
SYSTEM = Actor("system", Role.SYSTEM)


@dataclass
class Points:
    """A lake with awards, and the ledger of the volunteers 1 to 3."""

    con: duckdb.DuckDBPyConnection
    engine: Engine
    lake: Path

    def say(
        self, *awards: tuple[str, int, int], day: date = MONDAY, final_on: date = date(2026, 8, 6)
    ) -> None:
        """Let the warehouse say these awards of a day and no others: id, volunteer, hundredths."""
        rows = [
            (award_id, volunteer_id, day, day.replace(day=1), amount, final_on)
            for award_id, volunteer_id, amount in awards
        ]
        with transaction(self.con):
            self.con.execute("DELETE FROM core.point_awards WHERE service_day = ?", [day])
            if rows:
                marks = ", ".join("(?, ?, ?, ?, ?, ?)" for _ in rows)
                self.con.execute(
                    "INSERT INTO core.point_awards BY NAME SELECT *, award_id AS session_id, "
                    "amount_cents AS rated_cents, "
                    "'credit' AS hour_kind, 'convenience' AS category_code, 60 AS minutes, 100 AS cents_per_hour, "
                    "100 AS coefficient_percent, '1' AS rule_version, service_day AS rate_valid_from, "
                    "service_day AS coefficient_valid_from "
                    f"FROM (VALUES {marks}) AS said(award_id, volunteer_id, service_day, service_month, amount_cents, "
                    "final_on)",
                    [value for row in rows for value in row],
                )

    def settle(self, at: datetime = NOW, **options: Any) -> tuple[int, int, int]:
        """Settle and prove the ledger; how many transfers, and the hundredths credited and debited."""
        done = settle(self.con, self.engine, at=at, **options)
        run_clock(self.engine, at=at)
        with reading(self.engine) as session:
            assert [proof for proof in prove_ledger(session) if not proof.holds] == []
        agreed = totals(self.con, self.engine, at=at)
        assert agreed.final_cents == agreed.held_cents
        return done.transfers, done.credited_cents, done.debited_cents

    def balances(self) -> dict[int, int]:
        """What each volunteer has."""
        with reading(self.engine) as session:
            rows = session.execute(
                select(PointAccount.volunteer_id, PointAccount.balance_cents).where(
                    PointAccount.kind == "volunteer"
                )
            )
            return {volunteer: balance for volunteer, balance in rows if balance}

    def spend(self, volunteer_id: int, amount: int) -> None:
        """Let a volunteer spend."""
        hold_id = str(uuid4())
        with writing(self.engine) as session:
            options = {"volunteer_id": volunteer_id, "amount_cents": amount, "at": NOW}
            hold_points(session, SYSTEM, hold_id=hold_id, **options)
            post_hold(session, SYSTEM, hold_id=hold_id, transfer_id=str(uuid4()), at=NOW)

    def transfers(self) -> int:
        """How many transfers there are."""
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(PointTransfer)) or 0


@pytest.fixture
def points(engine: Engine, _empty_lake: Path, tmp_path: Path) -> Iterator[Points]:
    """No award said and none posted."""
    lake = tmp_path / "lake"
    shutil.copytree(_empty_lake, lake)
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        for number in (1, 2, 3):
            session.add(
                Volunteer(
                    volunteer_id=number, volunteer_no=f"V{number}", district_code="330106", registered_at=NOW
                )
            )
    # Nothing else holds the connection, so that it can be given away.
    made = Points(opened(lake), engine, lake)
    yield made
    made.con.close()


def opened(lake: Path) -> duckdb.DuckDBPyConnection:
    return open_lake(str(lake / "catalogue.sqlite"), str(lake / "files"))


def test_awards_are_posted_once_however_often_settlement_runs(points: Points) -> None:
    points.say(("a", 1, 100), ("b", 1, 50), ("c", 2, 70))
    assert points.settle() == (3, 220, 0)
    assert points.settle() == (0, 0, 0)
    assert points.settle(everything=True) == (0, 0, 0)
    assert points.balances() == {1: 150, 2: 70}


def test_an_award_is_posted_when_the_last_day_of_its_notice_is_over(points: Points) -> None:
    points.say(("a", 1, 100), final_on=date(2026, 8, 6))
    points.say(("never", 1, 100), day=date(2026, 8, 4), final_on=None)  # type: ignore[arg-type]
    assert points.settle(datetime(2026, 8, 6, 15, 59, tzinfo=UTC)) == (0, 0, 0)  # 23:59 in the city
    assert points.settle(datetime(2026, 8, 6, 16, 0, tzinfo=UTC)) == (1, 100, 0)
    assert points.settle(datetime(2026, 8, 9, 16, 0, tzinfo=UTC)) == (0, 0, 0)


def test_after_days_without_a_run_all_that_became_final_meanwhile_is_posted(points: Points) -> None:
    # odoo PR #227981: the job saw only what began that day; after a day of standstill the rest stayed open.
    for day in range(3, 8):
        points.say((f"a{day}", 1, 100), day=date(2026, 8, day), final_on=date(2026, 8, day + 3))
    assert points.settle(datetime(2026, 8, 7, 2, tzinfo=UTC)) == (1, 100, 0)
    assert points.settle(datetime(2026, 8, 11, 2, tzinfo=UTC)) == (4, 400, 0)
    assert points.balances() == {1: 500}


def test_runs_on_both_sides_of_midnight_double_nothing(points: Points) -> None:
    # odoo PR #277717: a second run near midnight doubled what the first had written.
    points.say(("a", 1, 100), final_on=date(2026, 8, 6))
    before, after = datetime(2026, 8, 6, 15, 59, 59, tzinfo=UTC), datetime(2026, 8, 6, 16, 0, 1, tzinfo=UTC)
    assert [points.settle(at)[0] for at in (before, before, after, after)] == [0, 0, 1, 0]
    assert points.settle(after, everything=True) == (0, 0, 0)
    assert points.balances() == {1: 100}


@pytest.mark.parametrize(
    ("now_says", "posted", "balances"),
    [
        ([("a", 1, 130), ("b", 1, 50)], (1, 30, 0), {1: 180}),
        ([("a", 1, 90), ("b", 1, 50)], (1, 0, 10), {1: 140}),
        ([("b", 1, 50)], (1, 0, 100), {1: 50}),
        ([("a", 2, 100), ("b", 1, 50)], (2, 100, 100), {1: 50, 2: 100}),
        ([("a", 1, 0), ("b", 1, 50)], (1, 0, 100), {1: 50}),
        ([], (2, 0, 150), {}),
    ],
    ids=["more", "less", "gone", "somebody else's", "nothing by the cap", "all gone"],
)
def test_a_changed_past_posts_exactly_its_correction(
    points: Points, now_says: list[Any], posted: tuple[int, int, int], balances: dict[int, int]
) -> None:
    points.say(("a", 1, 100), ("b", 1, 50))
    points.settle()
    points.say(*now_says)
    assert points.settle() == posted
    assert points.settle() == (0, 0, 0)
    assert points.balances() == balances
    points.say(("a", 1, 100), ("b", 1, 50))
    points.settle()
    assert points.balances() == {1: 150}


def test_an_award_that_moves_to_another_day_moves_to_the_lot_of_its_month(points: Points) -> None:
    points.say(("a", 1, 100))
    points.settle()
    points.say()
    points.say(("a", 1, 100), day=date(2026, 7, 31))
    assert points.settle() == (2, 100, 100)
    assert points.balances() == {1: 100}


def test_a_correction_of_what_was_spent_already_blocks_spending_and_is_made_good_by_what_is_earned_next(
    points: Points,
) -> None:
    points.say(("a", 1, 100), ("b", 1, 50))
    points.settle()
    points.spend(1, 120)
    points.say(("b", 1, 50))
    assert points.settle() == (1, 0, 100)
    assert points.balances() == {1: -70}
    with pytest.raises(Refused, match="70 hundredths are owed"):
        points.spend(1, 1)
    points.say(("c", 1, 80), day=date(2026, 8, 5))
    points.settle()
    assert points.balances() == {1: 10}
    points.spend(1, 10)


def test_a_run_looks_at_the_days_that_changed_only(points: Points) -> None:
    for day in range(3, 8):
        points.say((f"a{day}", 1, 100), day=date(2026, 8, day), final_on=date(2026, 8, 12))
    points.settle()
    points.say(("a4", 1, 120), day=date(2026, 8, 4), final_on=date(2026, 8, 12))
    assert settle(points.con, points.engine, at=NOW) == Settled("1 days changed, 0 became final", 1, 1, 20, 0)
    assert settle(points.con, points.engine, at=NOW) == Settled("nothing changed", 0)


# Says that a batch is written, and waits before it is committed.
SETTLING = """
import sys
import time
from datetime import datetime
from pathlib import Path
from operations.database import open_database
from pipelines import points_settlement
from warehouse.lake import open_lake
def told(*arguments, **options):
    batch = settle_batch(*arguments, **options)
    print("written", flush=True)
    time.sleep(1)
    return batch
settle_batch, points_settlement.settle_batch = points_settlement.settle_batch, told
lake = Path(sys.argv[1])
con = open_lake(str(lake / "catalogue.sqlite"), str(lake / "files"))
points_settlement.settle(con, open_database(sys.argv[2]), at=datetime.fromisoformat(sys.argv[3]), awards_at_once=5)
"""


def test_a_settlement_that_is_killed_in_the_middle_is_finished_by_the_next(points: Points) -> None:
    points.say(*((f"a{number}", 1 + number % 3, 100 + number) for number in range(60)))
    points.con.close()
    points.con = duckdb.connect()
    url = points.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", SETTLING, str(points.lake), url, NOW.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
        assert process.stdout is not None
        for _ in range(2):
            process.stdout.readline()
        process.kill()
    points.con = opened(points.lake)
    before = points.transfers()
    assert before == 20  # those of the first volunteer: the second batch was not committed
    posted, credited, debited = points.settle()
    assert (posted, debited) == (60 - before, 0)
    assert sum(points.balances().values()) == sum(100 + number for number in range(60))
    with reading(points.engine) as session:
        runs = session.scalars(select(PointSettlement).order_by(PointSettlement.settlement_id)).all()
    assert [run.ended_at is None for run in runs] == [True, False]
    assert runs[1].credited_cents == credited
    assert points.settle(everything=True) == (0, 0, 0)


def test_two_settlements_at_once_do_not_post_anything_twice(points: Points) -> None:
    points.say(*((f"a{number}", 1 + number % 3, 100) for number in range(30)))

    def run(_: int) -> str:
        con = points.con.cursor()
        con.execute("USE lake")
        try:
            settle(con, points.engine, at=NOW, awards_at_once=5)
        except PostedMeanwhile:
            return "refused"
        return "done"

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    points.settle()
    assert sum(points.balances().values()) == 3_000
    assert points.transfers() == 30


AWARDS = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 200)), max_size=4
)


@given(st.lists(st.tuples(st.sampled_from([3, 4]), AWARDS, st.booleans()), max_size=8))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_changes_the_ledger_holds_what_the_warehouse_says(
    points: Points, changes: list[tuple[int, dict[str, tuple[int, int]], bool]]
) -> None:
    said: dict[int, dict[str, tuple[int, int]]] = {3: {}, 4: {}}
    for day in said:
        points.say(day=date(2026, 8, day))
    points.settle()
    for day, awards, is_settled in changes:
        points.say(*((f"{day}{one}", *what) for one, what in awards.items()), day=date(2026, 8, day))
        said[day] = awards
        if is_settled:
            points.settle()
    points.settle()
    assert points.settle(everything=True) == (0, 0, 0)
    wanted = {
        person: sum(cents for awards in said.values() for owner, cents in awards.values() if owner == person)
        for person in (1, 2, 3)
    }
    assert points.balances() == {person: cents for person, cents in wanted.items() if cents}


def test_a_built_city_has_its_points_in_the_ledger_and_a_second_build_posts_nothing(
    small_city: World,
) -> None:
    first = build_all(small_city.settings)
    assert "operations.points_settlement" in first.written
    with reading(small_city.engine) as session:
        held = session.scalar(
            select(func.sum(PointAccount.balance_cents)).where(PointAccount.kind == "volunteer")
        )
        assert [proof for proof in prove_ledger(session) if not proof.holds] == []
    assert small_city.rows("SELECT SUM(amount_cents)::BIGINT FROM core.point_awards") == [(held,)]
    assert held
    again = build_all(small_city.settings)
    assert "operations.points_settlement" not in again.written
