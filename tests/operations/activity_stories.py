"""Steps that tests of activities and sign-ups share: a plan, an approved activity, the answer to a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from operations.access import Actor, Role
from operations.commands.activities import (
    ActivityPlan,
    ShiftPlan,
    approve_activity,
    draft_activity,
    submit_activity,
)
from operations.commands.recruiting import open_recruitment
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Activity, Notice, Shift, SignUp, VolunteerIdentity

from .conftest import NOW, Town

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, "330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, "330105")


def stranger(town: Town) -> Actor:
    """An administrator of another organisation."""
    return Actor("stranger", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id + 1)


def a_plan(town: Town, *shifts: ShiftPlan, **changes: Any) -> ActivityPlan:
    """A plan that may be submitted, of one shift from two to five hours after `NOW` for ten people."""
    one = ShiftPlan(town.starts_at, town.ends_at, 10, (town.site_id,))
    plan = ActivityPlan("西湖捡垃圾", "environment", "330106", shifts or (one,), risk_statement="水边路滑")
    return replace(plan, **changes)


def do(town: Town, command: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
    """Carry out one command in a transaction of its own, at `NOW` if nothing else is said, and return its answer."""
    with writing(town.engine) as session:
        return command(session, actor, **{"at": NOW, **arguments})


def answer(town: Town, command: Callable[..., Any], actor: Actor, **arguments: Any) -> str:
    """The status that a command leads to, or the refusal."""
    try:
        return do(town, command, actor, **arguments).status
    except Refused as refusal:
        return str(refusal)


def drafted(town: Town, plan: ActivityPlan | None = None) -> int:
    """The id of a new draft."""
    made = do(
        town, draft_activity, town.host, organisation_id=town.organisation_id, plan=plan or a_plan(town)
    )
    return made.activity_id


def submitted(town: Town, plan: ActivityPlan | None = None) -> int:
    """The id of a new activity that was submitted."""
    activity_id = drafted(town, plan)
    do(town, submit_activity, town.host, activity_id=activity_id)
    return activity_id


def approved(town: Town, plan: ActivityPlan | None = None) -> int:
    """The id of a new activity that was approved."""
    activity_id = submitted(town, plan)
    do(town, approve_activity, XIHU, activity_id=activity_id)
    return activity_id


def recruiting(town: Town, plan: ActivityPlan | None = None, **window: datetime) -> int:
    """The id of a new activity that recruits."""
    activity_id = approved(town, plan)
    do(town, open_recruitment, town.host, activity_id=activity_id, **window)
    return activity_id


def the_activity(town: Town, activity_id: int) -> Activity:
    """An activity as it is now."""
    with reading(town.engine) as session:
        return session.get_one(Activity, activity_id)


def the_shifts(town: Town, activity_id: int) -> list[Shift]:
    """The shifts of an activity, by their start."""
    with reading(town.engine) as session:
        return list(
            session.scalars(select(Shift).where(Shift.activity_id == activity_id).order_by(Shift.starts_at))
        )


def states_of(town: Town, shift_id: int) -> dict[int, str]:
    """The state of each sign-up of a shift by volunteer, in the order of signing up."""
    with reading(town.engine) as session:
        rows = session.execute(
            select(SignUp.volunteer_id, SignUp.status)
            .where(SignUp.shift_id == shift_id)
            .order_by(SignUp.signed_up_at, SignUp.sign_up_id)
        )
        return {row.volunteer_id: row.status for row in rows}


def sign_up_of(town: Town, person: int, shift_id: int) -> SignUp:
    """The sign-up of one volunteer for one shift."""
    with reading(town.engine) as session:
        return session.scalars(
            select(SignUp).where(SignUp.shift_id == shift_id, SignUp.volunteer_id == person)
        ).one()


def notices_to(town: Town, person: int | None = None) -> list[str]:
    """The kinds of notices to a volunteer, or to the organisation, in their order."""
    whose = (
        Notice.organisation_id == town.organisation_id if person is None else Notice.volunteer_id == person
    )
    with reading(town.engine) as session:
        return list(session.scalars(select(Notice.kind).where(whose).order_by(Notice.notice_id)))


def born(town: Town, person: int, on: date) -> None:
    """Let the volunteer be born on a day."""
    with writing(town.engine) as session:
        session.get_one(VolunteerIdentity, person).born_on = on
