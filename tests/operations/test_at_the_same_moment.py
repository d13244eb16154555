"""What is decided about an organisation or a person while somebody acts for it: the act waits, and then sees it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from operations.commands.activities import draft_activity, publish_activity, submit_activity
from operations.commands.erasures import erase_volunteer
from operations.commands.honours import enter_honour_record
from operations.commands.memberships import join_organisation
from operations.commands.organisation_states import strike_off_organisation, suspend_organisation
from operations.commands.refusals import Refused
from operations.database import writing

from .activity_stories import a_plan, drafted
from .conftest import CITY, NOW, Town, volunteer
from .honour_stories import host

# Time enough for a command that waits for nobody; one that does is let go on after it.
MEANWHILE_S = 0.4
Act = Callable[[Session, Town, int, int], Any]


def publish(session: Session, town: Town, _person: int, _draft: int) -> Any:
    plan = vars(a_plan(town))
    return publish_activity(session, town.host, organisation_id=town.organisation_id, at=NOW, **plan)


def draft(session: Session, town: Town, _person: int, _draft: int) -> Any:
    return draft_activity(session, town.host, organisation_id=town.organisation_id, plan=a_plan(town), at=NOW)


def submit(session: Session, town: Town, _person: int, draft: int) -> Any:
    return submit_activity(session, town.host, activity_id=draft, at=NOW)


def join(session: Session, town: Town, person: int, _draft: int) -> Any:
    own = {"organisation_id": town.organisation_id, "volunteer_id": person}
    return join_organisation(session, volunteer(person), **own, at=NOW)


def enter(session: Session, town: Town, person: int, _draft: int) -> Any:
    return enter_honour_record(
        session,
        host(town, person + 1),
        volunteer_id=person,
        organisation_id=town.organisation_id,
        minutes=60,
        service_day=date(2026, 7, 31),
        reason="读卡器坏了",
        at=NOW,
    )


def suspend(session: Session, town: Town, _person: int) -> None:
    suspend_organisation(session, CITY, organisation_id=town.organisation_id, reason="投诉属实", at=NOW)


def strike_off(session: Session, town: Town, _person: int) -> None:
    strike_off_organisation(session, CITY, organisation_id=town.organisation_id, reason="解散", at=NOW)


def erase(session: Session, _town: Town, person: int) -> None:
    erase_volunteer(session, volunteer(person), volunteer_id=person, at=NOW)


@pytest.mark.parametrize(
    ("decide", "act", "says"),
    [
        *((suspend, act, "is not active") for act in (publish, draft, submit, join, enter)),
        *((strike_off, act, "is not active") for act in (publish, submit)),
        (erase, enter, "this volunteer's record is closed"),
    ],
)
def test_who_acts_while_it_is_decided_is_refused(
    town: Town, decide: Callable[[Session, Town, int], None], act: Act, says: str
) -> None:
    person, draft_id = town.person(), drafted(town)
    town.person()

    def act_meanwhile() -> str:
        try:
            with writing(town.engine) as session:
                act(session, town, person, draft_id)
        except Refused as refusal:
            return str(refusal)
        return "done"

    with ThreadPoolExecutor(1) as pool:
        with writing(town.engine) as session:
            decide(session, town, person)
            session.flush()
            answer = pool.submit(act_meanwhile)
            wait([answer], MEANWHILE_S)
        assert says in answer.result()


def test_activities_of_one_organisation_do_not_wait_for_each_other(town: Town) -> None:
    if town.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with ThreadPoolExecutor(1) as pool, writing(town.engine) as session:
        publish(session, town, 0, 0)

        def publish_too() -> int:
            with writing(town.engine) as other:
                return publish(other, town, 0, 0).activity_id

        assert pool.submit(publish_too).result(timeout=20)
