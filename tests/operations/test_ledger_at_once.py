"""Many at once on the same points, and processes that are killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from operations.commands.ledger_chain import seal
from operations.commands.points import close_period
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import PointHold, PointTransfer

from .conftest import CITY, NOW, Town
from .ledgers import available, award, balances, broken_rules, hold, lots, post, void

PROJECT = Path(__file__).resolve().parents[2]
JUNE = date(2026, 6, 1)


def at_once(what: Callable[[Any], Any], each: Iterable[Any]) -> list[Any]:
    """What each call answered, or the class of its refusal; 16 threads call."""

    def tried(one: Any) -> Any:
        try:
            return what(one)
        except Refused as refusal:
            return type(refusal)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(tried, each))


def test_sixteen_clients_at_once_spend_the_last_points_once(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 1_000})
    answers = at_once(lambda _: post(town, hold(town, person, 100)).amount_cents, range(48))
    assert Counter(answers) == {100: 10, Refused: 38}
    assert available(town, person) == 0
    assert balances(town) == {"issue": -1_000, "mall": 1_000}
    assert broken_rules(town) == {}


def test_one_hold_resolved_by_five_orders_at_once_is_posted_once(town: Town) -> None:
    # macrozheng/mall #1003: one coupon was used by five concurrent orders.
    person = town.person()
    award(town, person, {JUNE: 1_000})
    held = hold(town, person, 300)
    answers = at_once(lambda _: post(town, held).amount_cents, range(5))
    assert Counter(answers) == {300: 1, Refused: 4}
    assert balances(town)["mall"] == 300
    assert broken_rules(town) == {}


def test_a_hold_that_is_posted_and_voided_at_once_ends_one_way(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 1_000})
    for held in [hold(town, person, 50) for _ in range(10)]:
        at_once(lambda way, held=held: way(town, held), [post, void, post, void])
    assert broken_rules(town) == {}


def test_the_same_request_sent_eight_times_at_once_is_carried_out_once(town: Town) -> None:
    person, hold_id, transfer_id = town.person(), str(uuid4()), str(uuid4())
    award(town, person, {JUNE: 1_000})
    assert set(at_once(lambda _: hold(town, person, 600, hold_id=hold_id), range(8))) == {hold_id}
    answers = at_once(lambda _: post(town, hold_id, transfer_id=transfer_id).transfer_no, range(8))
    assert len(set(answers)) == 1
    assert lots(town, person) == {JUNE: (400, 0, 0)}
    assert broken_rules(town) == {}


def test_settling_spending_sealing_and_closing_at_once_do_not_wait_for_each_other_for_ever(
    town: Town,
) -> None:
    people = [town.person() for _ in range(8)]
    for person in people:
        award(town, person, {JUNE: 10_000})

    def something(number: int) -> None:
        person = people[number % len(people)]
        if number % 10 == 0:
            award(town, person, {JUNE: -100, date(2026, 7, 1): 150})
        elif number % 10 == 1:
            seal(town.engine)
        elif number == 42:
            with writing(town.engine) as session:
                close_period(session, CITY, period=date(2026, 7, 1), at=NOW)
        else:
            post(town, hold(town, person, 10))

    at_once(something, range(160))
    seal(town.engine)
    assert sum(balances(town).values()) == 0
    assert broken_rules(town) == {}


# Says what was acknowledged, a line each, as a door would answer its client.
SPENDING = """
import sys
from datetime import UTC, datetime
from operations.access import Actor, Role
from operations.commands.points import hold_points, post_hold
from operations.database import open_database, writing
url, person, moment = sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
engine = open_database(url)
for line in sys.stdin:
    hold_id, transfer_id = line.split()
    system = Actor("system", Role.SYSTEM)
    with writing(engine) as session:
        hold_points(session, system, hold_id=hold_id, volunteer_id=person, amount_cents=1, at=moment)
    print("held", hold_id, flush=True)
    with writing(engine) as session:
        post_hold(session, system, hold_id=hold_id, transfer_id=transfer_id, at=moment)
    print("posted", transfer_id, flush=True)
"""


def spend(town: Town, person: int, asked: list[tuple[str, str]], *, killed_after: int | None) -> list[str]:
    """Let a process of its own spend; kill it with -9 a moment after so many answers; what it acknowledged."""
    url = town.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", SPENDING, url, str(person), NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("".join(f"{held} {posted}\n" for held, posted in asked))
        process.stdin.close()
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if len(said) == killed_after:
                time.sleep(0.02)
                process.kill()
        return said


def test_every_acknowledged_transfer_is_there_once_after_a_kill_in_the_middle_of_a_load(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 1_000})
    asked = [(str(uuid4()), str(uuid4())) for _ in range(40)]
    said = spend(town, person, asked, killed_after=31)
    assert broken_rules(town) == {}
    assert {line.split()[1] for line in said} <= there(town)
    # The client sends all of it again, as it does when it had no answer.
    spend(town, person, asked, killed_after=None)
    assert there(town) == {one for pair in asked for one in pair}
    assert available(town, person) == 960
    assert broken_rules(town) == {}


def there(town: Town) -> set[str]:
    """The ids of the holds and the transfers of spending in the ledger."""
    with reading(town.engine) as session:
        spent = session.scalars(select(PointTransfer.transfer_id).where(PointTransfer.kind == "spend"))
        return {*spent, *session.scalars(select(PointHold.hold_id))}
