"""Check-ins at the office: by the changing code on the screen and by position, in a shift that is over or runs.

Here: those stories; what comes of them is added to the truth (service.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from operations.commands.attendance import Reading, check_in, check_out
from operations.commands.check_in_codes import SECRET_BYTES, show_check_in_code
from operations.model import CheckInSecret

from .activities import plan_for, recruiting
from .desk import Desk, Story
from .sign_ups import signed_up

THREE = ("helper 12", "helper 13", "helper 14")


def over(desk: Desk) -> Iterator[datetime]:
    """A finished shift of three people, each signed in and out."""
    yield desk.at(-6, 10)
    title = "社区食堂送餐"
    (shift_id,) = yield from recruiting(
        desk, plan_for(desk, title, desk.at(-2, 10), hours=3, category_code="elderly_disabled")
    )
    desk.places["finished shift"] = shift_id
    yield desk.at(-5, 19)
    for name in THREE:
        signed_up(desk, name, shift_id)
    yield desk.at(-2, 9, 50)
    for name in THREE:
        yield desk.now + timedelta(minutes=1)
        _signs(desk, name, shift_id, check_in)
    yield desk.at(-2, 10)
    desk.tick(desk.places[title])
    yield desk.at(-2, 13, 2)
    for name in THREE:
        yield desk.now + timedelta(minutes=1)
        _signs(desk, name, shift_id, check_out)
    desk.tick(desk.places[title])


def running(desk: Desk) -> Iterator[datetime]:
    """A shift that runs as the data end: two are there, one has left, one has not come yet.

    Later evenings follow, so that the activity still runs when somebody looks at the city days later.
    """
    yield desk.at(-3, 9)
    title = "夜市文明劝导"
    evenings = (desk.at(day, 18) for day in (0, 14, 28))
    shift_id, *_ = yield from recruiting(desk, plan_for(desk, title, *evenings, hours=3))
    yield desk.at(-2, 20)
    for name in (*THREE, "helper 9"):
        signed_up(desk, name, shift_id)
    yield desk.at(0, 17, 55)
    for name in THREE:
        yield desk.now + timedelta(minutes=2)
        _signs(desk, name, shift_id, check_in)
    yield desk.at(0, 18, 2)
    desk.tick(desk.places[title])
    yield desk.at(0, 19, 10)
    _signs(desk, THREE[0], shift_id, check_out)


def _signs(desk: Desk, name: str, shift_id: int, command: object) -> None:
    """Read the code from the screen and sign in or out with it, at the meeting place."""
    if desk.session.get(CheckInSecret, shift_id) is None:
        # Drawn by chance in a real city; here another city of this seed must have the same.
        desk.session.add(
            CheckInSecret(shift_id=shift_id, secret=desk.rng.bytes(SECRET_BYTES).hex(), made_at=desk.now)
        )
        desk.session.flush()
    digits = desk.do(show_check_in_code, desk.staff["organisation"], shift_id=shift_id).digits
    person, site = desk.person(name), desk.host.site
    desk.do(
        command,  # type: ignore[arg-type]
        person,
        volunteer_id=person.volunteer_id,
        shift_id=shift_id,
        reading=Reading(round(site["lon"], 6), round(site["lat"], 6), "WGS-84", 20),
        client="app",
        code=digits,
    )


ATTENDANCE_STORIES: tuple[Story, ...] = (over, running)
