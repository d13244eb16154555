"""Repeating an activity every day, week or month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from operations.access import NotAllowed
from operations.commands.refusals import Refused
from operations.commands.repeating import Repetition, repeat_activity

from .activity_stories import a_plan, do, drafted, recruiting, stranger, the_activity, the_shifts
from .conftest import NOW, Town, volunteer


def days_of(town: Town, activity_id: int) -> list[str]:
    """The local days of the shifts, which start at noon in Hangzhou."""
    starts = [shift.starts_at for shift in the_shifts(town, activity_id)]
    assert all(start.hour == 4 for start in starts)
    return [start.date().isoformat() for start in starts]


def test_a_draft_is_repeated_every_second_day_but_for_holidays(town: Town) -> None:
    activity_id = drafted(town)
    every_second = Repetition("daily", date(2026, 8, 7), every=2, except_days=frozenset({date(2026, 8, 5)}))
    do(town, repeat_activity, town.host, activity_id=activity_id, repetition=every_second)
    assert days_of(town, activity_id) == ["2026-08-01", "2026-08-03", "2026-08-07"]
    assert the_activity(town, activity_id).ends_at == datetime(2026, 8, 7, 7, tzinfo=UTC)
    assert town.last_audit().action == "repeat_activity"


def test_a_month_that_lacks_the_day_is_left_out(town: Town) -> None:
    shift = a_plan(town).shifts[0]
    later = timedelta(days=30)  # 31 August
    one = type(shift)(shift.starts_at + later, shift.ends_at + later, 3, shift.site_ids)
    activity_id = drafted(town, a_plan(town, one))
    do(
        town,
        repeat_activity,
        town.host,
        activity_id=activity_id,
        repetition=Repetition("monthly", date(2026, 12, 31)),
    )
    assert days_of(town, activity_id) == ["2026-08-31", "2026-10-31", "2026-12-31"]


def test_what_people_signed_up_for_stays_and_the_repetition_is_a_draft_of_its_own(town: Town) -> None:
    activity_id = recruiting(town)
    made = do(
        town,
        repeat_activity,
        town.host,
        activity_id=activity_id,
        repetition=Repetition("weekly", date(2026, 8, 15)),
    ).activity_id
    assert made != activity_id
    assert (the_activity(town, made).status, the_activity(town, activity_id).status) == (
        "draft",
        "recruiting",
    )
    assert days_of(town, made) == ["2026-08-08", "2026-08-15"]
    assert days_of(town, activity_id) == ["2026-08-01"]
    assert town.last_audit().after["repeats_activity_id"] == activity_id


@pytest.mark.parametrize(
    ("repetition", "field"),
    [
        (Repetition("hourly", date(2026, 8, 7)), "rhythm"),
        (Repetition("daily", date(2026, 8, 1)), "last_day"),
        (Repetition("daily", date(2027, 8, 10)), "shifts"),
        (Repetition("daily", date(2036, 8, 10)), "last_day"),
        (Repetition("daily", date(2026, 8, 7), every=0), "every"),
    ],
)
def test_a_repetition_that_cannot_be_is_refused(town: Town, repetition: Repetition, field: str) -> None:
    activity_id = drafted(town)
    with pytest.raises(Refused) as refused:
        do(town, repeat_activity, town.host, activity_id=activity_id, repetition=repetition)
    assert refused.value.field == field
    assert len(the_shifts(town, activity_id)) == 1


def test_only_its_organisation_or_area_repeats_an_activity(town: Town) -> None:
    activity_id = drafted(town)
    for actor in (stranger(town), volunteer(1)):
        with pytest.raises(NotAllowed):
            do(
                town,
                repeat_activity,
                actor,
                activity_id=activity_id,
                repetition=Repetition("daily", date(2026, 8, 7)),
                at=NOW,
            )
