"""Activities at the office: one in each state of their life.

Here: those stories, and the steps that stories of sign-ups and attendance begin with. Never here: who signs up.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from operations.commands.activities import (
    approve_activity,
    draft_activity,
    return_activity,
    submit_activity,
    update_activity,
)
from operations.commands.activity_plans import ActivityPlan, ShiftPlan, plan_of
from operations.commands.recruiting import cancel_activity, cancel_shift, close_activity, open_recruitment
from operations.commands.repeating import Repetition, repeat_activity
from operations.commands.sign_ups import sign_up
from operations.model import Activity, Shift

from .desk import Desk, Story

HOUR = timedelta(hours=1)


def plan_for(
    desk: Desk, title: str, *starts: datetime, hours: int = 2, capacity: int = 12, **more: Any
) -> ActivityPlan:
    """A plan at the meeting place with a shift at each start; it may be submitted as it is."""
    shifts = tuple(
        ShiftPlan(start, start + hours * HOUR, capacity, (desk.places["meeting"],)) for start in starts
    )
    site = desk.host.site
    plan: dict[str, Any] = {
        "category_code": "social_governance",
        "description": "由本组织组织,集合点为邻里会客厅",
        "risk_statement": "夏季高温,请备水防暑",
        **more,
    }
    return ActivityPlan(
        title=title, area_code=site["township_code"] or site["district_code"], shifts=shifts, **plan
    )


def drafted(desk: Desk, plan: ActivityPlan) -> int:
    """The id of a new draft of the host."""
    made = desk.do(
        draft_activity,
        desk.staff["organisation"],
        organisation_id=desk.host.organisation_id,
        plan=plan,
    )
    return int(made.activity_id)


def submitted(desk: Desk, plan: ActivityPlan) -> int:
    """The id of a new activity that waits for the area."""
    activity_id = drafted(desk, plan)
    desk.do(submit_activity, desk.staff["organisation"], activity_id=activity_id)
    return activity_id


def recruiting(desk: Desk, plan: ActivityPlan) -> Generator[datetime, None, list[int]]:
    """The shifts of a new activity that takes sign-ups, in their order."""
    activity_id = submitted(desk, plan)
    yield desk.now + HOUR
    desk.do(approve_activity, desk.area, activity_id=activity_id)
    yield desk.now + HOUR / 2
    desk.do(open_recruitment, desk.staff["organisation"], activity_id=activity_id)
    desk.places[plan.title] = activity_id
    return list(
        desk.session.scalars(
            select(Shift.shift_id).where(Shift.activity_id == activity_id).order_by(Shift.starts_at)
        )
    )


def on_paper(desk: Desk) -> Iterator[datetime]:
    """A draft, two that wait for the area (one of them too long), one returned, and one approved for later."""
    yield desk.at(-9, 10)
    submitted(desk, plan_for(desk, "暑期反诈宣讲", desk.at(9, 14)))
    yield desk.at(-4, 9)
    returned = submitted(
        desk,
        plan_for(desk, "高空外墙清洗", desk.at(8, 8), is_dangerous=True, insurance_policy_no="演示-2026-001"),
    )
    approved = submitted(desk, plan_for(desk, "中秋慰问", desk.at(25, 9), opens_at=desk.at(5, 9)))
    yield desk.at(-3, 10)
    desk.do(return_activity, desk.area, activity_id=returned, reason="危险作业应由专业单位承担,请调整内容")
    desk.do(approve_activity, desk.area, activity_id=approved)
    yield desk.at(-1, 15)
    drafted(desk, plan_for(desk, "开学季护学岗", desk.at(20, 7)))
    yield desk.at(0, 11)
    submitted(desk, plan_for(desk, "老年人手机课堂", desk.at(6, 14), required_skills=("it",)))


def with_conditions(desk: Desk) -> Iterator[datetime]:
    """Only for adults who know first aid; its organisation made the places more later on."""
    yield desk.at(-8, 10)
    title = "赛事急救保障"
    shifts = yield from recruiting(
        desk,
        plan_for(
            desk,
            title,
            desk.at(12, 8),
            hours=4,
            capacity=4,
            category_code="large_event",
            min_age=18,
            max_age=65,
            required_skills=("first_aid",),
            is_dangerous=True,
            insurance_policy_no="演示-2026-002",
        ),
    )
    yield desk.at(-7, 20)
    for number in (1, 2):
        person = desk.person(f"helper {number}")
        desk.do(sign_up, person, volunteer_id=person.volunteer_id, shift_id=shifts[0])
    yield desk.at(-5, 9)
    activity = desk.session.get_one(Activity, desk.places[title])
    plan = plan_of(desk.session, activity)
    bigger = replace(plan, shifts=(replace(plan.shifts[0], capacity=6),))
    desk.do(
        update_activity,
        desk.staff["organisation"],
        activity_id=activity.activity_id,
        plan=bigger,
        reason="主办方增加一个点位",
    )


def again_and_again(desk: Desk) -> Iterator[datetime]:
    """Each week until the autumn, with one shift that is not held; and the draft of the next round."""
    yield desk.at(-8, 15)
    title = "周三理发日"
    activity_id = drafted(desk, plan_for(desk, title, desk.at(4, 9), category_code="convenience"))
    host = desk.staff["organisation"]
    weekly = Repetition("weekly", desk.day(4 + 4 * 7))
    desk.do(repeat_activity, host, activity_id=activity_id, repetition=weekly)
    desk.do(submit_activity, host, activity_id=activity_id)
    yield desk.at(-7, 10)
    desk.do(approve_activity, desk.area, activity_id=activity_id)
    desk.do(open_recruitment, host, activity_id=activity_id)
    shifts = desk.session.scalars(
        select(Shift.shift_id).where(Shift.activity_id == activity_id).order_by(Shift.starts_at)
    ).all()
    yield desk.at(-6, 20)
    for number in (6, 7):
        person = desk.person(f"helper {number}")
        for shift_id in shifts[:2]:
            desk.do(sign_up, person, volunteer_id=person.volunteer_id, shift_id=shift_id)
    yield desk.at(-2, 9)
    desk.do(cancel_shift, host, shift_id=shifts[1], reason="当天社区停水")
    later = Repetition("weekly", desk.day(4 + 9 * 7), except_days=frozenset({desk.day(4 + 7 * 7)}))
    desk.do(repeat_activity, host, activity_id=activity_id, repetition=later)


def called_off(desk: Desk) -> Iterator[datetime]:
    """Cancelled with notice to those who signed up."""
    yield desk.at(-7, 9)
    title = "露天电影秩序维护"
    shifts = yield from recruiting(desk, plan_for(desk, title, desk.at(2, 18)))
    yield desk.at(-6, 12)
    for number in (8, 9):
        person = desk.person(f"helper {number}")
        desk.do(sign_up, person, volunteer_id=person.volunteer_id, shift_id=shifts[0])
    yield desk.at(-1, 17)
    desk.do(
        cancel_activity,
        desk.staff["organisation"],
        activity_id=desk.places[title],
        reason="台风预警,活动取消",
    )


def closed(desk: Desk) -> Iterator[datetime]:
    """Three evenings that are over and closed; one volunteer who had a place came on none of them."""
    yield desk.at(-11, 9)
    title = "夏夜平安巡防"
    shifts = yield from recruiting(
        desk, plan_for(desk, title, *(desk.at(day, 18) for day in (-8, -7, -6)), category_code="safety")
    )
    yield desk.at(-10, 20)
    for shift_id in shifts:
        for name in ("helper 15", "helper 16"):
            person = desk.person(name)
            desk.do(sign_up, person, volunteer_id=person.volunteer_id, shift_id=shift_id)
    desk.places.update({f"evening {number}": shift for number, shift in enumerate(shifts, start=1)})
    yield desk.at(-8, 18)
    desk.tick(desk.places[title])
    yield desk.at(-6, 21)
    desk.tick(desk.places[title])
    yield desk.at(-2, 17)
    desk.do(close_activity, desk.staff["organisation"], activity_id=desk.places[title])


ACTIVITY_STORIES: tuple[Story, ...] = (on_paper, with_conditions, again_and_again, called_off, closed)
