"""Who did not come, and who may take part: no-shows, age, skills, guardians."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from operations.access import NotAllowed
from operations.commands.attendance import Reading, check_in
from operations.commands.no_shows import lift_no_show, record_no_show
from operations.commands.refusals import Refused
from operations.commands.sign_ups import sign_up
from operations.database import writing
from operations.model import Guardian, VolunteerSkill

from .activity_stories import DAY, GONGSHU, XIHU, answer, born, do, notices_to, sign_up_of, stranger
from .conftest import NOW, Town, volunteer


def stayed_away(town: Town, person: int, shift: int, *, at_end: timedelta = timedelta(hours=5)) -> int:
    """The sign-up of somebody who is now recorded as not having come."""
    found = sign_up_of(town, person, shift).sign_up_id
    do(town, record_no_show, town.host, sign_up_id=found, reason="点名未到", at=NOW + at_end)
    return found


def test_a_no_show_has_an_author_and_a_reason_and_can_be_lifted(town: Town) -> None:
    shift = town.shift()
    person = town.signed_up(shift)
    found = stayed_away(town, person, shift)
    kept = sign_up_of(town, person, shift)
    assert (kept.status, kept.decided_by, kept.decision_reason) == ("no_show", "host", "点名未到")
    assert town.last_audit().action == "record_no_show"
    do(town, lift_no_show, XIHU, sign_up_id=found, reason="签到表找到了", at=town.ends_at)
    lifted = sign_up_of(town, person, shift)
    assert (lifted.status, lifted.decided_by) == ("confirmed", "西湖")
    assert town.last_audit().before["decision_reason"] == "点名未到"
    assert notices_to(town, person) == ["no_show_recorded", "no_show_lifted"]
    with pytest.raises(Refused, match="nothing to lift"):
        do(town, lift_no_show, XIHU, sign_up_id=found, reason="x", at=town.ends_at)


def test_nobody_is_a_no_show_too_early_without_reason_without_a_place_or_after_signing_in(town: Town) -> None:
    shift = town.shift(capacity=2)
    came, person, waits = (town.signed_up(shift) for _ in range(3))
    ids = {who: sign_up_of(town, who, shift).sign_up_id for who in (came, person, waits)}
    do(
        town,
        check_in,
        volunteer(came),
        volunteer_id=came,
        shift_id=shift,
        reading=Reading(120.15, 30.26, "WGS-84", 5),
        client="app",
        code=town.code(shift, town.starts_at),
        at=town.starts_at,
    )

    def say(who: int, says: str, *, reason: str = "未到", at: timedelta = timedelta(hours=5)) -> None:
        with pytest.raises(Refused, match=says):
            do(town, record_no_show, town.host, sign_up_id=ids[who], reason=reason, at=NOW + at)

    say(person, "not over yet", at=timedelta(hours=4))
    say(person, "the reason is missing", reason=" ")
    say(waits, "only who had a place")
    say(came, "signed in to the shift")
    for actor in (stranger(town), volunteer(person), XIHU):
        with pytest.raises(NotAllowed):
            do(town, record_no_show, actor, sign_up_id=ids[person], reason="x", at=town.ends_at)
    for actor in (stranger(town), volunteer(person), GONGSHU):
        with pytest.raises(NotAllowed):
            do(town, lift_no_show, actor, sign_up_id=ids[person], reason="x", at=town.ends_at)


def test_who_stayed_away_three_times_is_blocked_until_the_first_is_long_ago(town: Town) -> None:
    person = town.person()
    shifts = [town.shift(hours_later=24 * day) for day in range(3)]
    later = town.shift(hours_later=24 * 200)
    own = {"volunteer_id": person, "shift_id": later}
    kept = []
    for shift in shifts:
        do(town, sign_up, volunteer(person), volunteer_id=person, shift_id=shift)
    for shift in shifts:
        assert answer(town, sign_up, town.host, volunteer_id=town.person(), shift_id=later) == "confirmed"
        kept.append(stayed_away(town, person, shift, at_end=3 * DAY))
    blocked = answer(town, sign_up, volunteer(person), **own, at=NOW + 4 * DAY)
    assert blocked.startswith("this volunteer did not come 3 times, and is blocked until 2027-01-28")
    assert answer(town, sign_up, volunteer(person), **own, at=NOW + 181 * DAY) == "confirmed"


def test_a_lifted_no_show_counts_no_more(town: Town) -> None:
    person = town.person()
    shifts = [town.shift(hours_later=24 * day) for day in range(3)]
    for shift in shifts:
        do(town, sign_up, volunteer(person), volunteer_id=person, shift_id=shift)
    *_, last = [stayed_away(town, person, shift, at_end=3 * DAY) for shift in shifts]
    do(town, lift_no_show, town.host, sign_up_id=last, reason="记错人了", at=NOW + 3 * DAY)
    later = town.shift(hours_later=24 * 20)
    outcome = answer(town, sign_up, volunteer(person), volunteer_id=person, shift_id=later, at=NOW + 4 * DAY)
    assert outcome == "confirmed"


def test_who_lacks_a_skill_that_is_asked_for_is_told_which(town: Town) -> None:
    shift, person = town.shift(required_skills=("first_aid",)), town.person()
    own = {"volunteer_id": person, "shift_id": shift}
    assert answer(town, sign_up, volunteer(person), **own) == "this activity asks for the skill first_aid"
    with writing(town.engine) as session:
        session.add(VolunteerSkill(volunteer_id=person, skill_code="first_aid"))
    assert answer(town, sign_up, volunteer(person), **own) == "confirmed"


def test_a_minor_takes_part_with_a_guardian_only(town: Town) -> None:
    shift, person = town.shift(), town.person()
    born(town, person, date(2010, 1, 1))
    own = {"volunteer_id": person, "shift_id": shift}
    assert answer(town, sign_up, volunteer(person), **own).startswith("a minor takes part with a guardian")
    with writing(town.engine) as session:
        session.add(
            Guardian(
                volunteer_id=person,
                full_name="李四",
                kinship="mother",
                phone="13800000000",
                consent_version="1",
                consented_at=NOW,
            )
        )
    assert answer(town, sign_up, volunteer(person), **own) == "confirmed"


@pytest.mark.parametrize(
    ("birthday", "outcome"),
    [
        (date(2006, 8, 1), "confirmed"),
        (date(2006, 8, 2), "this activity is for people of 20 years and more"),
        (date(1965, 8, 2), "confirmed"),
        (date(1965, 8, 1), "this activity is for people of at most 60 years"),
        (None, "the age of this volunteer is not known: have the day of birth added"),
    ],
)
def test_the_age_counts_in_whole_years_on_the_day_of_the_shift(
    town: Town, birthday: date | None, outcome: str
) -> None:
    shift, person = town.shift(min_age=20, max_age=60), town.person()
    if birthday is not None:
        born(town, person, birthday)
    assert answer(town, sign_up, volunteer(person), volunteer_id=person, shift_id=shift) == outcome
