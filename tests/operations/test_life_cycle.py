"""The life of an activity: drafted, submitted, approved or returned, recruiting, changed, cancelled, closed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.access import NotAllowed
from operations.commands.activities import (
    ShiftPlan,
    approve_activity,
    draft_activity,
    return_activity,
    submit_activity,
    update_activity,
)
from operations.commands.activity_plans import plan_of
from operations.commands.clock import run_clock
from operations.commands.recruiting import cancel_activity, cancel_shift, close_activity, open_recruitment
from operations.commands.refusals import Refused
from operations.commands.sign_ups import sign_up
from operations.database import reading, writing
from operations.model import Activity, AuditEntry, Organisation, Shift

from .activity_stories import (
    DAY,
    GONGSHU,
    HOUR,
    XIHU,
    a_plan,
    answer,
    approved,
    do,
    drafted,
    notices_to,
    recruiting,
    states_of,
    stranger,
    submitted,
    the_activity,
    the_shifts,
)
from .conftest import NOW, Town, volunteer


def test_an_activity_goes_from_draft_to_closed_and_each_step_is_written_down(town: Town) -> None:
    activity_id = recruiting(town)
    assert the_activity(town, activity_id).published_at == NOW
    run_clock(town.engine, town.starts_at)
    assert the_activity(town, activity_id).status == "running"
    run_clock(town.engine, town.ends_at)
    assert the_activity(town, activity_id).status == "finished"
    do(town, close_activity, town.host, activity_id=activity_id, at=town.ends_at)
    with reading(town.engine) as session:
        entries = session.query(AuditEntry).filter_by(subject_kind="activities").order_by(AuditEntry.audit_id)
        steps = [(entry.actor, entry.action, entry.after["status"]) for entry in entries]
    assert steps == [
        ("host", "draft_activity", "draft"),
        ("host", "submit_activity", "submitted"),
        ("西湖", "approve_activity", "approved"),
        ("host", "open_recruitment", "recruiting"),
        ("system", "advance_activities", "running"),
        ("system", "advance_activities", "finished"),
        ("host", "close_activity", "closed"),
    ]
    assert notices_to(town) == ["activity_approved"]


def test_a_draft_may_be_incomplete_and_says_what_is_missing_when_it_is_submitted(town: Town) -> None:
    nowhere = replace(a_plan(town).shifts[0], site_ids=())
    activity_id = drafted(town, a_plan(town, nowhere, risk_statement=" "))
    with pytest.raises(Refused, match="the risk statement is missing") as refused:
        do(town, submit_activity, town.host, activity_id=activity_id)
    assert refused.value.field == "risk_statement"
    do(town, update_activity, town.host, activity_id=activity_id, plan=a_plan(town, nowhere))
    with pytest.raises(Refused, match="say exactly where"):
        do(town, submit_activity, town.host, activity_id=activity_id)
    do(town, update_activity, town.host, activity_id=activity_id, plan=a_plan(town))
    assert do(town, submit_activity, town.host, activity_id=activity_id).status == "submitted"
    assert the_activity(town, activity_id).submitted_at == NOW


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"category_code": "fun"}, "category_code"),
        ({"area_code": "999999"}, "area_code"),
        ({"shifts": ()}, "shifts"),
        ({"min_age": 121}, "min_age"),
        ({"min_age": 30, "max_age": 20}, "max_age"),
        ({"opens_at": NOW, "closes_at": NOW}, "closes_at"),
        ({"cancel_until_hours": -1}, "cancel_until_hours"),
        ({"description": "长" * 4001}, "description"),
        ({"insurance_policy_no": "1" * 61}, "insurance_policy_no"),
    ],
)
def test_a_plan_that_can_never_be_kept_is_no_draft(town: Town, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        drafted(town, a_plan(town, **changes))
    assert refused.value.field == field
    assert town.count(Activity) == 0


def test_a_returned_activity_says_why_and_comes_back(town: Town) -> None:
    activity_id = submitted(town)
    with pytest.raises(Refused, match="the reason is missing"):
        do(town, return_activity, XIHU, activity_id=activity_id, reason=" ")
    do(town, return_activity, XIHU, activity_id=activity_id, reason="请写明集合地点")
    returned = the_activity(town, activity_id)
    assert (returned.status, returned.status_reason) == ("returned", "请写明集合地点")
    assert notices_to(town) == ["activity_returned"]
    do(town, update_activity, town.host, activity_id=activity_id, plan=a_plan(town, description="断桥集合"))
    assert do(town, submit_activity, town.host, activity_id=activity_id).status_reason == ""


def test_what_was_right_when_submitted_must_still_be_right_when_approved(town: Town) -> None:
    activity_id = submitted(town)
    with pytest.raises(Refused, match="has started already"):
        do(town, approve_activity, XIHU, activity_id=activity_id, at=town.starts_at)
    with writing(town.engine) as session:
        session.get_one(Organisation, town.organisation_id).status = "suspended"
    with pytest.raises(Refused, match="is not active"):
        do(town, approve_activity, XIHU, activity_id=activity_id)


def test_approving_twice_at_once_does_it_once(town: Town) -> None:
    activity_id = submitted(town)
    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(
            pool.map(lambda _: answer(town, approve_activity, XIHU, activity_id=activity_id), range(6))
        )
    assert outcomes == ["approved"] + ["the activity is approved: there is nothing to approve"] * 5
    assert town.count(AuditEntry, AuditEntry.action == "approve_activity") == 1
    assert notices_to(town) == ["activity_approved"]


def test_every_step_is_for_those_of_the_area_or_the_organisation_only(town: Town) -> None:
    draft, waits, ready, lives = drafted(town), submitted(town), approved(town), recruiting(town)
    shift = the_shifts(town, lives)[0].shift_id
    before = town.count(AuditEntry)
    attempts: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (draft_activity, {"organisation_id": town.organisation_id, "plan": a_plan(town)}),
        (update_activity, {"activity_id": draft, "plan": a_plan(town)}),
        (submit_activity, {"activity_id": draft}),
        (approve_activity, {"activity_id": waits}),
        (return_activity, {"activity_id": waits, "reason": "x"}),
        (open_recruitment, {"activity_id": ready}),
        (cancel_activity, {"activity_id": lives, "reason": "x"}),
        (cancel_shift, {"shift_id": shift, "reason": "x"}),
        (close_activity, {"activity_id": lives}),
    ]
    for command, arguments in attempts:
        for actor in (GONGSHU, stranger(town), volunteer(1)):
            with pytest.raises(NotAllowed):
                do(town, command, actor, **arguments)
    for actor in (town.host, GONGSHU):
        with pytest.raises(NotAllowed):
            do(town, approve_activity, actor, activity_id=waits)
    assert town.count(AuditEntry) == before


def test_no_activity_is_moved_into_another_area_by_a_change(town: Town) -> None:
    activity_id = drafted(town)
    with pytest.raises(NotAllowed):
        do(town, update_activity, XIHU, activity_id=activity_id, plan=a_plan(town, area_code="330105"))


@pytest.mark.parametrize(
    ("start", "command", "arguments", "says"),
    [
        (drafted, approve_activity, {}, "the activity is draft: there is nothing to approve"),
        (drafted, open_recruitment, {}, "only an approved one"),
        (submitted, submit_activity, {}, "was submitted already"),
        (approved, return_activity, {"reason": "x"}, "nothing to return"),
        (recruiting, close_activity, {}, "only a finished one"),
        (recruiting, open_recruitment, {}, "only an approved one"),
        (drafted, cancel_activity, {"reason": ""}, "the reason is missing"),
    ],
)
def test_no_step_is_left_out(
    town: Town, start: Callable[[Town], int], command: Any, arguments: dict[str, Any], says: str
) -> None:
    activity_id = start(town)
    actor = XIHU if command in (approve_activity, return_activity) else town.host
    with pytest.raises(Refused, match=says):
        do(town, command, actor, activity_id=activity_id, **arguments)


def test_recruiting_has_a_window(town: Town) -> None:
    activity_id = recruiting(town, opens_at=NOW + HOUR, closes_at=NOW + 1.5 * HOUR)
    shift = the_shifts(town, activity_id)[0].shift_id

    def try_after(minutes: int) -> str:
        at, person = NOW + timedelta(minutes=minutes), town.person()
        run_clock(town.engine, at)
        return answer(town, sign_up, volunteer(person), volunteer_id=person, shift_id=shift, at=at)

    assert try_after(59) == "the activity is approved, and takes nobody"
    assert try_after(60) == "confirmed"
    assert try_after(90) == "the time for signing up is over"


def test_recruiting_that_ends_before_it_begins_is_none(town: Town) -> None:
    activity_id = approved(town)
    for window in ({"opens_at": NOW + 6 * HOUR}, {"closes_at": NOW}):
        with pytest.raises(Refused) as refused:
            do(town, open_recruitment, town.host, activity_id=activity_id, **window)
        assert refused.value.field == next(iter(window))


def test_a_cancelled_activity_tells_everybody_and_leaves_nobody_signed_up(town: Town) -> None:
    shift = town.shift(capacity=1)
    people = [town.signed_up(shift), town.signed_up(shift)]
    with reading(town.engine) as session:
        activity_id = session.get_one(Shift, shift).activity_id
    do(town, cancel_activity, town.host, activity_id=activity_id, reason="台风")
    assert (the_activity(town, activity_id).status, states_of(town, shift)) == (
        "cancelled",
        dict.fromkeys(people, "cancelled"),
    )
    assert the_shifts(town, activity_id)[0].cancelled_at == NOW
    assert [notices_to(town, person) for person in people] == [["shift_cancelled"], ["shift_cancelled"]]
    entry = town.last_audit()
    assert (entry.action, entry.reason, entry.after["cancelled_sign_ups"]) == ("cancel_activity", "台风", 2)
    assert town.count(AuditEntry, AuditEntry.subject_kind == "sign_ups", AuditEntry.reason == "台风") == 2


def test_an_activity_that_runs_is_cancelled_no_more_but_its_shifts_to_come_are(town: Town) -> None:
    today = ShiftPlan(town.starts_at, town.ends_at, 5, (town.site_id,))
    tomorrow = replace(today, starts_at=town.starts_at + DAY, ends_at=town.ends_at + DAY)
    activity_id = recruiting(town, a_plan(town, today, tomorrow))
    first, second = (shift.shift_id for shift in the_shifts(town, activity_id))
    for status in ("recruiting", "running"):
        with pytest.raises(Refused, match=f"the activity is {status}, and is cancelled only before"):
            do(town, cancel_activity, town.host, activity_id=activity_id, reason="x", at=town.starts_at)
        run_clock(town.engine, town.starts_at)
    with pytest.raises(Refused, match="has started already"):
        do(town, cancel_shift, town.host, shift_id=first, reason="x", at=town.starts_at)
    do(town, cancel_shift, town.host, shift_id=second, reason="下雨", at=town.starts_at)
    with pytest.raises(Refused, match="cancelled already"):
        do(town, cancel_shift, town.host, shift_id=second, reason="下雨", at=town.starts_at)
    assert the_activity(town, activity_id).ends_at == town.ends_at
    assert run_clock(town.engine, town.ends_at).activities == 1
    assert the_activity(town, activity_id).status == "finished"


def test_the_last_shift_is_cancelled_with_its_activity_only(town: Town) -> None:
    shift = town.shift()
    with pytest.raises(Refused, match="cancel the activity"):
        do(town, cancel_shift, town.host, shift_id=shift, reason="x")


def test_a_small_change_tells_those_who_signed_up_and_a_large_one_is_refused(town: Town) -> None:
    activity_id = recruiting(town)
    shift = the_shifts(town, activity_id)[0]
    person = town.signed_up(shift.shift_id)
    plan = a_plan(town, description="带手套")
    do(town, update_activity, town.host, activity_id=activity_id, plan=plan)
    assert notices_to(town, person) == ["activity_changed"]
    assert the_activity(town, activity_id).description == "带手套"
    later = replace(plan.shifts[0], ends_at=town.ends_at + HOUR)
    for field, changed in {
        "title": replace(plan, title="别的"),
        "shifts": replace(plan, shifts=(later,)),
        "admission": replace(plan, admission="on_request"),
        "risk_statement": replace(plan, risk_statement=""),
    }.items():
        with pytest.raises(Refused) as refused:
            do(town, update_activity, town.host, activity_id=activity_id, plan=changed)
        assert refused.value.field == field
    assert the_shifts(town, activity_id)[0].shift_id == shift.shift_id


def test_more_places_are_offered_to_those_who_wait_and_fewer_than_are_taken_is_refused(town: Town) -> None:
    one = replace(a_plan(town).shifts[0], capacity=1)
    activity_id = recruiting(town, a_plan(town, one))
    shift = the_shifts(town, activity_id)[0].shift_id
    first, second = town.signed_up(shift), town.signed_up(shift)
    assert the_activity(town, activity_id).status == "full"
    two = a_plan(town, replace(one, capacity=2))
    do(town, update_activity, town.host, activity_id=activity_id, plan=two)
    assert states_of(town, shift) == {first: "confirmed", second: "offered"}
    with pytest.raises(Refused, match="more people than that have a place"):
        do(town, update_activity, town.host, activity_id=activity_id, plan=a_plan(town, one))
    three = a_plan(town, replace(one, capacity=3))
    do(town, update_activity, town.host, activity_id=activity_id, plan=three)
    assert the_activity(town, activity_id).status == "recruiting"


def test_an_unchanged_form_changes_nothing(town: Town) -> None:
    draft, lives = drafted(town), recruiting(town)
    before = town.count(AuditEntry)
    for activity_id in (draft, lives):
        with reading(town.engine) as session:
            plan = plan_of(session, session.get_one(Activity, activity_id))
        do(town, update_activity, town.host, activity_id=activity_id, plan=plan)
    assert town.count(AuditEntry) == before
