"""Random commands by random people of several districts: whatever they do, these things hold.

No activity leaves its life cycle, no shift has more people than places, nobody waits beside a free place, nothing is
done without a row in the audit log or by somebody who may not, and nobody sees what is not theirs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, pairwise
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, func, select

from operations.access import Actor, NotAllowed
from operations.commands import (
    activities,
    check_in_codes,
    memberships,
    offers,
    recruiting,
    sign_ups,
)
from operations.commands.clock import ClockRun, run_clock
from operations.commands.life_cycle import FOLLOWS, TAKEN
from operations.commands.refusals import Refused
from operations.database import open_database, reading, writing
from operations.model import Activity, AuditEntry, Base, Shift, SignUp
from operations.queries.activities import ACTIVITIES, activity_page
from operations.queries.paging import Wanted, all_rows, one_row
from operations.queries.sign_ups import SIGN_UPS

from .conftest import CITY, NOW
from .two_districts import (
    ADMISSIONS,
    AFTERWARDS,
    ANSWERS,
    AREA,
    DECIDING,
    DISTRICTS,
    EVERYBODY,
    HOSTS,
    HOUR,
    LEADING,
    LOOKERS,
    NEXT,
    ORGANISATIONS,
    OTHERS,
    OWN,
    PEOPLE,
    VOLUNTEERS,
    a_plan,
    could_touch,
    settle,
)

Row = TypeVar("Row", bound=Base)
NOBODYS = 999


@pytest.fixture(scope="module")
def two_districts(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the two districts as they are settled."""
    path = tmp_path_factory.mktemp("two_districts") / "operations.sqlite"
    shutil.copy(_migrated_sqlite, path)
    engine = open_database(f"sqlite:///{path}")
    settle(engine)
    engine.dispose()
    return path


class TwoDistricts(RuleBasedStateMachine):
    """What may be done, each time by anybody, and what holds after each."""

    file: Path

    def __init__(self) -> None:
        super().__init__()
        own = self.file.with_name("now.sqlite")
        for left in own.parent.glob("now.sqlite*"):
            left.unlink()
        shutil.copy(self.file, own)
        self.engine: Engine = open_database(f"sqlite:///{own}")
        self.now = NOW
        self.lookers = cycle(LOOKERS)
        with reading(self.engine) as session:
            self.seen = session.scalar(select(func.max(AuditEntry.audit_id))) or 0

    def teardown(self) -> None:
        self.engine.dispose()

    def _try(self, command: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
        """Carry the command out, or not; either way the log tells the truth."""
        with reading(self.engine) as session:
            before = session.scalar(select(func.max(AuditEntry.audit_id))) or 0
        try:
            with writing(self.engine) as session:
                done = command(session, actor, **arguments, at=self.now)
        except (Refused, NotAllowed):
            done = None
        with reading(self.engine) as session:
            rows = session.scalars(select(AuditEntry).where(AuditEntry.audit_id > before)).all()
            if done is None:
                assert rows == []
                return None
            assert (actor.name, command.__name__) in {(row.actor, row.action) for row in rows}
            assert {row.actor for row in rows} <= {actor.name, "system"}
            self._check_permitted(session, actor, done)
        return done

    @staticmethod
    def _check_permitted(session: Any, actor: Actor, done: Any) -> None:
        activity = None
        if isinstance(done, Activity):
            activity = done
        elif isinstance(done, SignUp | Shift):
            shift = session.get_one(Shift, done.shift_id)
            activity = session.get_one(Activity, shift.activity_id)
        if activity is not None:
            is_own = isinstance(done, SignUp) and done.volunteer_id == actor.volunteer_id
            assert is_own or could_touch(actor, activity)

    @initialize(seed=st.integers(0, 2**32))
    def take_dice(self, seed: int) -> None:
        """Even throws: by itself hypothesis prefers small numbers, and everybody would sign up for the first shift."""
        self.dice = Random(seed)

    @rule()
    def somebody_tries_something(self) -> None:
        """Mostly somebody who may; else few commands would be carried out."""
        dice = self.dice
        tries = {
            self._let_time_pass: 2,
            self._plan: 2,
            self._lead: 5,
            self._change_capacity: 2,
            self._touch_a_shift: 1,
            self._sign_up: 6,
            self._invite: 2,
            self._decide: 9,
            self._join: 1,
        }
        dice.choices(list(tries), weights=list(tries.values()))[0](dice)

    def _let_time_pass(self, dice: Random) -> None:
        self.now += dice.choice([0.2, 7, 13, 26]) * HOUR
        run_clock(self.engine, self.now)
        assert run_clock(self.engine, self.now) == ClockRun(0, 0)

    def _plan(self, dice: Random) -> None:
        organisation, district = dice.choice(ORGANISATIONS), dice.choice(DISTRICTS)
        actor = dice.choice([CITY, HOSTS[organisation - 1], *EVERYBODY])
        plan = a_plan(
            self.now,
            district,
            capacity=dice.randint(1, 2),
            admission=dice.choice(ADMISSIONS),
            shifts=dice.randint(1, 2),
        )
        if dice.random() < 0.3:
            self._try(activities.publish_activity, actor, organisation_id=organisation, **vars(plan))
        else:
            self._try(activities.draft_activity, actor, organisation_id=organisation, plan=plan)

    def _lead(self, dice: Random) -> None:
        with reading(self.engine) as session:
            ready = session.scalars(select(Activity).where(Activity.status.in_(NEXT))).all()
        if ready and dice.random() < 0.8:
            activity = dice.choice(ready)
            command = NEXT[activity.status]
        else:
            activity, command = self._one_of(Activity, dice), dice.choice(LEADING)
        is_for_area = command in (activities.approve_activity, activities.return_activity)
        actor = self._actor(dice, activity, is_for_area=is_for_area)
        activity_id = activity.activity_id if activity else NOBODYS
        self._try(command, actor, activity_id=activity_id, reason="因故")

    @staticmethod
    def _actor(dice: Random, activity: Activity | None, *, is_for_area: bool = False) -> Actor:
        if activity is None or dice.random() < 0.3:
            return dice.choice(EVERYBODY)
        if is_for_area:
            return AREA[DISTRICTS.index(activity.district_code)]
        return HOSTS[activity.organisation_id - 1]

    def _one_of(self, model: type[Row], dice: Random) -> Row | None:
        """One of the rows that there are; sometimes none, for an id that nobody has."""
        with reading(self.engine) as session:
            rows = session.scalars(select(model)).all()
        return None if dice.random() < 0.05 or not rows else dice.choice(rows)

    def _of_shift(self, shift: Shift | None) -> Activity | None:
        with reading(self.engine) as session:
            return session.get(Activity, shift.activity_id) if shift else None

    def _change_capacity(self, dice: Random) -> None:
        activity = self._one_of(Activity, dice)
        if activity is None:
            return
        with reading(self.engine) as session:
            plan = activities.plan_of(session, activity)
        shifts = tuple(replace(shift, capacity=dice.randint(1, 3)) for shift in plan.shifts)
        if shifts != plan.shifts:
            changed, actor = replace(plan, shifts=shifts), self._actor(dice, activity)
            self._try(activities.update_activity, actor, activity_id=activity.activity_id, plan=changed)

    def _touch_a_shift(self, dice: Random) -> None:
        shift = self._one_of(Shift, dice)
        actor, shift_id = self._actor(dice, self._of_shift(shift)), shift.shift_id if shift else NOBODYS
        if dice.random() < 0.5:
            self._try(check_in_codes.show_check_in_code, actor, shift_id=shift_id)
        else:
            self._try(recruiting.cancel_shift, actor, shift_id=shift_id, reason="下雨")

    def _sign_up(self, dice: Random) -> None:
        shift, volunteer = self._one_of(Shift, dice), dice.choice(VOLUNTEERS)
        actor = volunteer if dice.random() < 0.8 else self._actor(dice, self._of_shift(shift))
        own = {"volunteer_id": volunteer.volunteer_id, "shift_id": shift.shift_id if shift else NOBODYS}
        self._try(sign_ups.sign_up, actor, **own)

    def _invite(self, dice: Random) -> None:
        shift, actor = self._one_of(Shift, dice), dice.choice(VOLUNTEERS)
        own = {"volunteer_id": actor.volunteer_id, "shift_id": shift.shift_id if shift else NOBODYS}
        self._try(offers.invite, self._actor(dice, self._of_shift(shift)), **own)

    def _decide(self, dice: Random) -> None:
        found, command = self._one_of(SignUp, dice), dice.choice(DECIDING)
        shift = None
        if found is not None:
            with reading(self.engine) as session:
                shift = session.get_one(Shift, found.shift_id)
            if dice.random() < 0.8:
                is_over = shift.ends_at <= self.now
                command = dice.choice((AFTERWARDS if is_over else ANSWERS).get(found.status, (command,)))
        actor = self._actor(dice, self._of_shift(shift))
        if found and command in OWN and dice.random() < 0.8:
            actor = VOLUNTEERS[found.volunteer_id - 1]
        self._try(command, actor, sign_up_id=found.sign_up_id if found else NOBODYS, reason="因故")

    def _join(self, dice: Random) -> None:
        own = {"organisation_id": dice.choice(ORGANISATIONS), "volunteer_id": dice.randint(1, PEOPLE)}
        self._try(memberships.join_organisation, dice.choice(EVERYBODY), **own)

    @invariant()
    def no_state_outside_the_life_cycle(self) -> None:
        """Every change in the log leads from a state to one that may follow it."""
        with reading(self.engine) as session:
            rows = session.scalars(
                select(AuditEntry)
                .where(AuditEntry.audit_id > self.seen, AuditEntry.subject_kind == "activities")
                .order_by(AuditEntry.audit_id)
            ).all()
            for row in rows:
                self.seen = row.audit_id
                was = row.before["status"] if row.before else None
                assert row.after is not None
                became = row.after["status"]
                assert was is None or became == was or became in FOLLOWS[was]
            last = (
                select(func.max(AuditEntry.audit_id))
                .where(AuditEntry.subject_kind == "activities")
                .group_by(AuditEntry.subject_id)
            )
            logged = {
                int(row.subject_id): row.after["status"]
                for row in session.scalars(select(AuditEntry).where(AuditEntry.audit_id.in_(last)))
                if row.after
            }
            assert dict(session.execute(select(Activity.activity_id, Activity.status)).all()) == logged

    @invariant()
    def no_more_people_than_places(self) -> None:
        """Nobody has a place too many, waits beside a free one, or stands on a list of a shift that is not held."""
        with reading(self.engine) as session:
            for shift, status, states in self._shifts(session):
                taken = sum(state in TAKEN for state in states)
                assert taken <= shift.capacity
                if shift.cancelled_at is not None:
                    assert set(states) <= {"cancelled", "declined", "expired"}
                elif shift.starts_at > self.now and status in ("recruiting", "full", "running"):
                    assert "waiting" not in states or taken == shift.capacity

    @invariant()
    def full_means_full(self) -> None:
        """An activity is full exactly while no shift to come has room for one more."""
        room: dict[int, bool] = {}
        with reading(self.engine) as session:
            for shift, status, states in self._shifts(session):
                if status in ("recruiting", "full"):
                    standing = sum(state in (*TAKEN, "waiting") for state in states)
                    is_open = shift.cancelled_at is None and standing < shift.capacity
                    room[shift.activity_id] = room.get(shift.activity_id, False) or is_open
            status_of = dict(session.execute(select(Activity.activity_id, Activity.status)).all())
        for activity_id, has_room in room.items():
            assert status_of[activity_id] == ("recruiting" if has_room else "full")

    @staticmethod
    def _shifts(session: Any) -> Iterator[tuple[Shift, str, list[str]]]:
        states: dict[int, list[str]] = {}
        for shift_id, state in session.execute(select(SignUp.shift_id, SignUp.status)):
            states.setdefault(shift_id, []).append(state)
        held = select(Shift, Activity.status).join(Activity, Activity.activity_id == Shift.activity_id)
        for shift, status in session.execute(held):
            yield shift, status, states.get(shift.shift_id, [])

    @invariant()
    def nobody_is_in_two_places_at_once(self) -> None:
        """No volunteer is confirmed for two shifts at the same time."""
        with reading(self.engine) as session:
            rows = session.execute(
                select(SignUp.volunteer_id, Shift.starts_at, Shift.ends_at)
                .join(Shift, Shift.shift_id == SignUp.shift_id)
                .where(SignUp.status == "confirmed")
                .order_by(SignUp.volunteer_id, Shift.starts_at)
            ).all()
        for before, after in pairwise(rows):
            assert before.volunteer_id != after.volunteer_id or before.ends_at <= after.starts_at

    @invariant()
    def nothing_is_visible_outside_the_area(self) -> None:
        """Two by two, lists and details by guessed id hold all that is somebody's own and nothing else."""
        with reading(self.engine) as session:
            everything = session.scalars(select(Activity)).all()
            lies_in = dict(
                session.execute(
                    select(SignUp.sign_up_id, Shift.activity_id).join(
                        Shift, Shift.shift_id == SignUp.shift_id
                    )
                ).all()
            )
            for actor in (next(self.lookers), next(self.lookers)):
                own = {activity.activity_id for activity in everything if could_touch(actor, activity)}
                listed = all_rows(session, actor, ACTIVITIES, Wanted(), most=1_000)
                assert {row["activity_id"] for row in listed} == own
                signed = {
                    row["sign_up_id"] for row in all_rows(session, actor, SIGN_UPS, Wanted(), most=1_000)
                }
                assert signed == {key for key, activity_id in lies_in.items() if activity_id in own}
                for activity in everything:
                    is_shown = one_row(session, actor, ACTIVITIES, activity.activity_id) is not None
                    assert is_shown == (activity.activity_id in own)
            for actor in (*OTHERS, VOLUNTEERS[0]):
                with pytest.raises(NotAllowed):
                    activity_page(session, actor, 1)


def test_whatever_anybody_does_the_rules_hold(two_districts: Path) -> None:
    TwoDistricts.file = two_districts
    run_state_machine_as_test(
        TwoDistricts,
        settings=settings(
            max_examples=12,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
