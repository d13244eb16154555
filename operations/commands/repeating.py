"""Repeating an activity: the same again every day, week or month.

Here: the days, and what becomes of them. Never here: other changes of a plan (activities.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.local_time import LOCAL
from operations.model import Activity, Organisation
from operations.rules import time_span

from .activities import write_activity
from .activity_plans import ActivityPlan, ShiftPlan, check_plan, fill_in, plan_of, replace_shifts, tidy
from .areas import place_of
from .life_cycle import EDITABLE, shifts_of
from .permitted import demand_organisation, permitted_activity
from .records import audit, hold, snapshot
from .refusals import Refused, one_of

RHYTHMS = ("daily", "weekly", "monthly")


@dataclass(frozen=True)
class Repetition:
    """How often, until which local day, and on which days not (public holidays, say). `every` 2 is each second."""

    rhythm: str
    last_day: date
    every: int = 1
    except_days: frozenset[date] = frozenset()


def repeat_activity(
    session: Session,
    actor: Actor,
    *,
    activity_id: int,
    repetition: Repetition,
    at: datetime,
    reason: str = "",
) -> Activity:
    """Hold the shifts of an activity again and again until a day, and return the activity that holds the new ones.

    A draft, or one that was returned, gets them beside its own. Of any other a draft is made that holds the new ones
    that are to come: people signed up for, and somebody approved, only what was there. A shift keeps its local time of
    day, also a monthly one, which leaves out the months that lack its day.

    Raises `Refused` if no shift would be added, or an activity would become longer than it may; `NotAllowed`.
    """
    activity = permitted_activity(session, actor, Action.REPEAT_ACTIVITY, activity_id)
    demand_organisation(session, actor, Action.REPEAT_ACTIVITY, activity.organisation_id)
    organisation = hold(session, Organisation, activity.organisation_id, "organisation")
    if organisation.status != "active":
        raise Refused(f"{organisation.name} is not active, and plans nothing", "organisation_id")
    one_of(repetition.rhythm, RHYTHMS, "rhythm")
    if repetition.every < 1:
        raise Refused("repeat every 1 or more days, weeks or months", "every")
    now = _whole_plan(session, activity)
    if repetition.last_day > now.shifts[0].starts_at.astimezone(LOCAL).date() + 2 * time_span(
        "activity_length_limit", at
    ):
        raise Refused("an activity lasts at most one year: repeat it no further", "last_day")
    is_draft = activity.status in EDITABLE
    more = [shift for plan in now.shifts for shift in _again(plan, repetition) if shift.starts_at > at]
    if not more:
        raise Refused("no shift would be added until that day", "last_day")
    shifts = (*now.shifts, *more) if is_draft else tuple(more)
    plan = tidy(replace(now, shifts=tuple(dict.fromkeys(shifts)), opens_at=None, closes_at=None))
    if is_draft:
        plan = replace(plan, opens_at=now.opens_at, closes_at=now.closes_at)
        return _extend(session, actor, activity, plan, at=at, reason=reason)
    place = place_of(session, now.area_code)
    made, written = write_activity(session, activity.organisation_id, plan, place, status="draft", at=at)
    after = {**snapshot(made), "shifts": written, "repeats_activity_id": activity_id}
    audit(session, actor, Action.REPEAT_ACTIVITY, made, at=at, reason=reason, after=after)
    return made


def _whole_plan(session: Session, activity: Activity) -> ActivityPlan:
    plan = plan_of(session, activity)
    if not plan.shifts:
        raise Refused("all shifts of this activity are cancelled: there is nothing to repeat", "activity_id")
    return plan


def _extend(
    session: Session, actor: Actor, activity: Activity, plan: ActivityPlan, *, at: datetime, reason: str
) -> Activity:
    check_plan(plan, at)
    before = {
        **snapshot(activity),
        "shifts": [snapshot(shift) for shift in shifts_of(session, activity.activity_id)],
    }
    fill_in(activity, plan, place_of(session, plan.area_code))
    written = replace_shifts(session, activity, plan.shifts)
    after = {**snapshot(activity), "shifts": written}
    audit(session, actor, Action.REPEAT_ACTIVITY, activity, at=at, reason=reason, before=before, after=after)
    return activity


def _again(plan: ShiftPlan, repetition: Repetition) -> Iterator[ShiftPlan]:
    """The later occurrences of one shift."""
    start = plan.starts_at.astimezone(LOCAL)
    for number in range(1, 1_000):
        day = _nth_day(start.date(), repetition.rhythm, number * repetition.every)
        if day is None:
            continue
        if day > repetition.last_day:
            return
        if day in repetition.except_days:
            continue
        begins = datetime.combine(day, start.timetz())
        yield replace(plan, starts_at=begins, ends_at=begins + (plan.ends_at - plan.starts_at))


def _nth_day(first: date, rhythm: str, count: int) -> date | None:
    if rhythm != "monthly":
        return first + timedelta(days=count * (7 if rhythm == "weekly" else 1))
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    try:
        return date(year, month + 1, first.day)
    except ValueError:
        return None
