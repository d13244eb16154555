"""The changing code of a shift: who sees it, how long it is right, and how often one may guess."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import NotAllowed
from operations.commands.attendance import Reading, check_in, check_out
from operations.commands.check_in_codes import CheckInCode, show_check_in_code
from operations.commands.refusals import Refused
from operations.database import reading
from operations.model import AuditEntry, CheckIn, CheckInSecret, WrongCode

from .activity_stories import XIHU, do, stranger
from .conftest import NOW, Town, volunteer

MINUTE = timedelta(minutes=1)


def show(town: Town, shift: int, at: datetime) -> CheckInCode:
    return do(town, show_check_in_code, town.host, shift_id=shift, at=at)


def sign_in(
    town: Town, person: int, shift: int, code: str, at: datetime, *, command: Callable[..., Any] = check_in
) -> str:
    try:
        return do(
            town,
            command,
            volunteer(person),
            volunteer_id=person,
            shift_id=shift,
            reading=Reading(120.15, 30.26, "WGS-84", 5),
            client="app",
            code=code,
            at=at,
        ).direction
    except Refused as refusal:
        return str(refusal)


def test_the_code_changes_every_minute_and_the_one_before_is_still_taken(town: Town) -> None:
    shift = town.shift()
    now = town.starts_at
    early, late, later = (town.signed_up(shift) for _ in range(3))
    shown = show(town, shift, now)
    assert (len(shown.digits), shown.digits.isdigit(), shown.until) == (6, True, now + MINUTE)
    assert show(town, shift, now + 59 * timedelta(seconds=1)) == shown
    assert show(town, shift, now + MINUTE).digits != shown.digits
    assert sign_in(town, early, shift, shown.digits, now) == "in"
    assert (
        sign_in(town, late, shift, f" {shown.digits[:3]} {shown.digits[3:]}", now + 119 * MINUTE / 60) == "in"
    )
    assert "not the code" in sign_in(town, later, shift, shown.digits, now + 2 * MINUTE)


def test_the_qr_code_signs_in_and_out_and_is_of_one_shift(town: Town) -> None:
    shift, other = town.shift(), town.shift(hours_later=4)
    person = town.signed_up(shift)
    elsewhere = show(town, other, town.starts_at).qr_content
    assert "not the code" in sign_in(town, person, shift, elsewhere, town.starts_at)
    assert sign_in(town, person, shift, show(town, shift, town.starts_at).qr_content, town.starts_at) == "in"
    out = show(town, shift, town.ends_at).qr_content
    assert sign_in(town, person, shift, "", town.ends_at, command=check_out).startswith("the code is missing")
    assert sign_in(town, person, shift, out, town.ends_at, command=check_out) == "out"


def test_after_five_wrong_codes_no_code_is_taken_for_a_quarter_of_an_hour(town: Town) -> None:
    shift = town.shift()
    person, other = town.signed_up(shift), town.signed_up(shift)
    right = show(town, shift, town.starts_at).digits
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert "not the code" in sign_in(town, person, shift, wrong, town.starts_at)
    assert town.count(WrongCode) == 5
    assert sign_in(town, person, shift, right, town.starts_at).startswith(
        "too many wrong codes: wait 15 minutes"
    )
    assert sign_in(town, other, shift, right, town.starts_at) == "in"
    later = town.starts_at + 15 * MINUTE
    assert sign_in(town, person, shift, town.code(shift, later), later) == "in"


def test_guessing_with_many_hands_at_once_is_counted_too(town: Town) -> None:
    shift = town.shift()
    person = town.signed_up(shift)
    right = int(show(town, shift, town.starts_at).digits)
    guesses = [f"{(right + step) % 1_000_000:06d}" for step in range(1, 13)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda code: sign_in(town, person, shift, code, town.starts_at), guesses))
    assert 5 <= town.count(WrongCode) < 9
    assert outcomes.count("in") == 0
    assert town.count(CheckIn) == 0


def test_the_secret_stays_out_of_the_log(town: Town) -> None:
    shift = town.shift()
    shown = show(town, shift, town.starts_at)
    with reading(town.engine) as session:
        secret = session.scalars(select(CheckInSecret.secret)).one()
        log = " ".join(str(entry.after) for entry in session.scalars(select(AuditEntry)))
    assert town.last_audit().action == "show_check_in_code"
    for told in (secret, shown.digits, shown.qr_content):
        assert told not in log


def test_only_the_organisation_shows_codes_and_only_of_shifts_that_are_held(town: Town) -> None:
    shift = town.shift()
    for actor in (stranger(town), XIHU, volunteer(town.signed_up(shift))):
        with pytest.raises(NotAllowed):
            do(town, show_check_in_code, actor, shift_id=shift)
    with pytest.raises(Refused, match="is over"):
        show(town, shift, town.ends_at + 61 * MINUTE)
    without = town.shift(is_recruiting_only=True)
    with pytest.raises(Refused, match="keeps no attendance"):
        show(town, without, NOW)
