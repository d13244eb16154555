"""The ledger against a model of a few lines: whatever is done in whatever order, both hold the same."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from operations.commands.ledger_chain import seal
from operations.commands.points import reverse_transfer, time_out_holds
from operations.commands.refusals import Refused
from operations.database import open_database, writing
from operations.model import Area, Volunteer

from .conftest import CITY, NOW, Town
from .ledgers import SYSTEM, available, award, balances, broken_rules, hold, post, void

PEOPLE = (1, 2)
MONTHS = (date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1))
AMOUNTS = st.integers(1, 120)


class LedgerAgainstModel(RuleBasedStateMachine):
    """The model: what each person has earned in each month, spent in all, and holds; nothing of lots or entries."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.minutes = 0
        self.earned = {(person, month): 0 for person in PEOPLE for month in MONTHS}
        self.spent = dict.fromkeys(PEOPLE, 0)
        self.open: dict[str, tuple[int, int, int]] = {}
        self.posted: dict[str, tuple[int, int]] = {}

    def now(self) -> Any:
        return NOW + timedelta(minutes=self.minutes)

    def free(self, person: int) -> int:
        return (
            sum(self.earned[person, month] for month in MONTHS)
            - self.spent[person]
            - sum(amount for owner, amount, _ in self.open.values() if owner == person)
        )

    @rule(person=st.sampled_from(PEOPLE), month=st.sampled_from(MONTHS), amount=st.integers(-120, 120))
    def award(self, person: int, month: date, amount: int) -> None:
        amount = max(amount, -self.earned[person, month])
        award(self.town, person, {month: amount}, at=self.now())
        self.earned[person, month] += amount

    @rule(person=st.sampled_from(PEOPLE), amount=AMOUNTS, minutes=st.integers(1, 60), twice=st.booleans())
    def hold(self, person: int, amount: int, minutes: int, twice: bool) -> None:
        self.end_what_is_over(person)
        options = {
            "hold_id": str(uuid4()),
            "at": self.now(),
            "expires_at": self.now() + timedelta(minutes=minutes),
        }
        if amount > self.free(person):
            with pytest.raises(Refused):
                hold(self.town, person, amount, **options)
            return
        for _ in range(1 + twice):
            hold(self.town, person, amount, **options)
        self.open[options["hold_id"]] = (person, amount, self.minutes + minutes)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), part=st.integers(1, 100), twice=st.booleans())
    def post(self, data: Any, part: int, twice: bool) -> None:
        held = data.draw(st.sampled_from(sorted(self.open)))
        person, amount, until = self.open[held]
        options = {
            "transfer_id": str(uuid4()),
            "at": self.now(),
            "amount_cents": max(1, amount * part // 100),
        }
        if until <= self.minutes:
            with pytest.raises(Refused):
                post(self.town, held, **options)
            return
        answers = {post(self.town, held, **options).transfer_no for _ in range(1 + twice)}
        assert len(answers) == 1
        del self.open[held]
        self.spent[person] += options["amount_cents"]
        self.posted[options["transfer_id"]] = (person, options["amount_cents"])

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def void(self, data: Any) -> None:
        held = data.draw(st.sampled_from(sorted(self.open)))
        void(self.town, held, at=self.now())
        del self.open[held]

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), part=st.integers(1, 100))
    def give_back(self, data: Any, part: int) -> None:
        spent = data.draw(st.sampled_from(sorted(self.posted)))
        person, left = self.posted[spent]
        amount = max(1, left * part // 100)
        arguments = {"of_transfer_id": spent, "at": self.now(), "reason": "cancelled"}
        with writing(self.town.engine) as session:
            given = str(uuid4())
            reverse_transfer(session, CITY, transfer_id=given, amount_cents=amount, **arguments)
        self.spent[person] -= amount
        self.posted[spent] = (person, left - amount)
        if left == amount:
            del self.posted[spent]

    @rule(minutes=st.integers(1, 45))
    def time_goes_by(self, minutes: int) -> None:
        self.minutes += minutes

    @rule()
    def clock(self) -> None:
        with writing(self.town.engine) as session:
            time_out_holds(session, SYSTEM, at=self.now())
        for person in PEOPLE:
            self.end_what_is_over(person)
        seal(self.town.engine)

    def end_what_is_over(self, person: int) -> None:
        """In the model; the ledger does so when it holds anew, and by its clock."""
        for held, (owner, _, until) in list(self.open.items()):
            if owner == person and until <= self.minutes:
                del self.open[held]

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "town"):
            return
        totals = balances(self.town)
        assert sum(totals.values()) == 0
        assert totals.get("issue", 0) == -sum(self.earned.values())
        assert totals.get("mall", 0) == sum(self.spent.values())
        for person in PEOPLE:
            assert available(self.town, person) == self.free(person)

    def teardown(self) -> None:
        assert broken_rules(self.town) == {}


def test_the_ledger_does_what_a_model_of_a_few_lines_does(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    migrated: Path = request.getfixturevalue("_migrated_sqlite")

    class OnSqlite(LedgerAgainstModel):
        @initialize()
        def begin(self) -> None:
            path = tmp_path / f"{uuid4().hex}.sqlite"
            shutil.copy(migrated, path)
            self.town = Town(with_people(open_database(f"sqlite:///{path}")), 0, 0)

        def teardown(self) -> None:
            super().teardown()
            self.town.engine.dispose()

    run_state_machine_as_test(
        OnSqlite,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def with_people(engine: Engine) -> Engine:
    """Two volunteers and no more."""
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        for person in PEOPLE:
            session.add(
                Volunteer(
                    volunteer_id=person, volunteer_no=f"V{person}", district_code="330106", registered_at=NOW
                )
            )
    return engine
