"""Proving the ledger: what was written stays, and whoever goes behind the program is found out and named."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from operations.commands.ledger_chain import end_of_chain, seal
from operations.commands.points import close_period
from operations.database import reading, writing
from operations.model import PointTransfer

from .conftest import CITY, NOW, Town
from .ledgers import award, broken_rules, hold, post

JUNE = date(2026, 6, 1)
UPDATE_OR_DELETE = [
    "DELETE FROM point_transfers WHERE transfer_no = 1",
    "UPDATE point_transfers SET amount_cents = 1 WHERE transfer_no = 1",
    "DELETE FROM point_lot_moves",
    "UPDATE point_links SET digest = 'x'",
    "DELETE FROM point_periods",
    "DELETE FROM point_holds",
    "UPDATE point_holds SET posted_cents = 1",
]


@pytest.fixture
def used(town: Town) -> Town:
    """A ledger with an award, a hold that was posted, a chain and a closed month."""
    person = town.person()
    award(town, person, {JUNE: 500})
    post(town, hold(town, person, 200))
    with writing(town.engine) as session:
        close_period(session, CITY, period=date(2026, 7, 1), at=NOW)
    return town


@pytest.mark.parametrize("statement", UPDATE_OR_DELETE)
def test_the_database_itself_refuses_to_change_or_delete_what_was_written(used: Town, statement: str) -> None:
    with pytest.raises(Exception, match=r"never chang|never delet"), writing(used.engine) as session:
        session.execute(text(statement))
    assert broken_rules(used) == {}


def test_the_database_itself_refuses_an_entry_in_a_closed_month(used: Town) -> None:
    with pytest.raises(Exception, match="closed month takes no more"), writing(used.engine) as session:
        first = session.scalars(select(PointTransfer).limit(1)).one()
        session.add(
            PointTransfer(
                transfer_id=str(uuid4()), kind="adjustment", debit_account_id=first.debit_account_id,
                credit_account_id=first.credit_account_id, amount_cents=1, period=date(2026, 7, 1), posted_at=NOW,
                actor="x", role="system",
            )
        )  # fmt: skip


def test_the_database_itself_refuses_a_balance_below_what_is_held(used: Town) -> None:
    with pytest.raises(Exception, match="never_spent_below_zero"), writing(used.engine) as session:
        session.execute(text("UPDATE point_accounts SET balance_cents = -1 WHERE kind = 'volunteer'"))


def without_guards(town: Town, *statements: str) -> None:
    """Do what only somebody with all rights on the database can do: behind the program and its triggers."""
    with town.engine.execution_options(is_writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements:
                connection.exec_driver_sql(statement)
            return
        guards = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).all()
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = on")
        for name, _ in guards:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        for _, sql in guards:
            connection.exec_driver_sql(sql)


def test_balances_are_found_wrong_after_an_administrator_deleted_a_transfer(used: Town) -> None:
    # timeoverflow #845
    without_guards(used, "DELETE FROM point_transfers WHERE kind = 'spend'")
    found = broken_rules(used)
    assert {"balances_are_entries", "moves_are_entries", "holds_end_once", "chain_is_intact"} <= set(found)
    assert found["chain_is_intact"] == ("transfer 2 was deleted",)


BREAKS = {
    "accounts_sum_to_zero": "UPDATE point_accounts SET balance_cents = balance_cents + 1 WHERE kind = 'issue' "
    "AND balance_cents < 0",
    "lots_are_balances": "UPDATE point_lots SET remaining_cents = remaining_cents + 1",
    "lots_are_moves": "DELETE FROM point_lot_moves WHERE amount_cents < 0",
    "moves_are_entries": "UPDATE point_lot_moves SET amount_cents = amount_cents + 1 WHERE amount_cents > 0",
    "holds_are_held": "UPDATE point_hold_lots SET amount_cents = 1",
    "holds_end_once": "UPDATE point_holds SET posted_cents = 1",
    "reversals_stay_within": "UPDATE point_transfers SET kind = 'reversal', reverses_no = 2, award_id = NULL, "
    "earned_on = NULL WHERE transfer_no = 1",
    "awards_stay_above_zero": "UPDATE point_transfers SET debit_account_id = credit_account_id, "
    "credit_account_id = debit_account_id WHERE kind = 'award'",
    "nobody_spends_below_zero": "UPDATE point_transfers SET hold_id = NULL, amount_cents = 501 WHERE kind = 'spend'",
    "closed_months_take_no_entries": "UPDATE point_periods SET period = '2026-08-01', last_transfer_no = 1",
}  # fmt: skip


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_finds_what_breaks_it(used: Town, rule: str) -> None:
    without_guards(used, BREAKS[rule])
    assert rule in broken_rules(used)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE point_transfers SET reason = 'other' WHERE transfer_no = 1", "transfer 1 was changed"),
        ("UPDATE point_links SET transfer_no = 3 WHERE transfer_no = 2", "transfer 2 was put in afterwards"),
        ("DELETE FROM point_links", "the chain up to the closed month 2026-07-01 was written anew"),
    ],
)
def test_the_chain_names_what_was_done_to_it(used: Town, statement: str, says: str) -> None:
    without_guards(used, statement)
    assert any(says in found for found in broken_rules(used)["chain_is_intact"])


def test_a_guard_that_was_taken_away_is_missed(used: Town) -> None:
    is_sqlite = used.engine.dialect.name == "sqlite"
    name = "point_transfers_stay_delete" if is_sqlite else "point_transfers_stay"
    table = "" if is_sqlite else " ON point_transfers"
    with used.engine.execution_options(is_writing=True).connect() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}{table}")
        with reading(connection.engine) as session:
            session.bind = connection
            from operations.queries.ledger_proof import prove_ledger

            found = {proof.rule: proof.examples for proof in prove_ledger(session) if not proof.holds}
        connection.rollback()
    assert found == {"guards_are_in_place": (f"the trigger {name} is missing",)}


def test_sealing_adds_a_link_for_each_transfer_once(used: Town) -> None:
    assert seal(used.engine) == 0
    award(used, used.person(), {JUNE: 100})
    with reading(used.engine) as session:
        before = end_of_chain(session)
    assert (seal(used.engine), seal(used.engine)) == (1, 0)
    with reading(used.engine) as session:
        after = end_of_chain(session)
    assert after[0] == before[0] + 1 and after[1] != before[1]
    assert broken_rules(used) == {}
