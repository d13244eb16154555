"""Sign-ups at the office: asked for, invited, waiting, offered, expired, given back, declined, and not turned up for.

Here: those stories. Never here: check-ins (attendance.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from operations.commands.no_shows import lift_no_show, record_no_show
from operations.commands.offers import accept_offer, decline_offer, invite
from operations.commands.sign_ups import cancel_sign_up, confirm_sign_up, decline_sign_up, sign_up
from operations.model import SignUp

from .activities import plan_for, recruiting
from .desk import Desk, Story


def signed_up(desk: Desk, name: str, shift_id: int) -> int:
    """The id of the sign-up of one of the stories' people for a shift, made now by themselves."""
    person = desk.person(name)
    return int(desk.do(sign_up, person, volunteer_id=person.volunteer_id, shift_id=shift_id).sign_up_id)


def a_line(desk: Desk) -> Iterator[datetime]:
    """A full activity with people waiting: one offer expired, two stand, one person still waits."""
    yield desk.at(-6, 9)
    title = "图书馆夜间导读"
    (shift_id,) = yield from recruiting(
        desk, plan_for(desk, title, desk.at(3, 19), capacity=2, category_code="culture_sports")
    )
    yield desk.at(-5, 8)
    made = [signed_up(desk, f"helper {number}", shift_id) for number in range(1, 7)]
    yield desk.at(-1, 9)
    desk.do(cancel_sign_up, desk.person("helper 1"), sign_up_id=made[0], reason="临时出差")
    yield desk.at(0, 8)
    desk.do(cancel_sign_up, desk.person("helper 2"), sign_up_id=made[1])
    yield desk.at(0, 9, 5)
    desk.tick(desk.places[title])


def on_request(desk: Desk) -> Iterator[datetime]:
    """The organisation chooses: one confirmed, one declined, one cancelled by it, two that wait for a word."""
    yield desk.at(-6, 14)
    (shift_id,) = yield from recruiting(
        desk,
        plan_for(
            desk,
            "孤独症儿童陪伴",
            desk.at(7, 9),
            hours=3,
            capacity=6,
            admission="on_request",
            category_code="youth",
        ),
    )
    host = desk.staff["organisation"]
    yield desk.at(-5, 20)
    made = [signed_up(desk, f"helper {number}", shift_id) for number in (1, 2, 3)]
    yield desk.at(-4, 10)
    desk.do(confirm_sign_up, host, sign_up_id=made[0])
    desk.do(confirm_sign_up, host, sign_up_id=made[1])
    desk.do(decline_sign_up, host, sign_up_id=made[2], reason="本次需要有陪护经验者")
    yield desk.at(-2, 16)
    desk.do(cancel_sign_up, host, sign_up_id=made[1], reason="本人来电说明不便")
    yield desk.at(-1, 20)
    for number in (10, 11):
        signed_up(desk, f"helper {number}", shift_id)


def by_invitation(desk: Desk) -> Iterator[datetime]:
    """Whom the organisation asks: one follows, one does not, two have not answered."""
    yield desk.at(-5, 9)
    (shift_id,) = yield from recruiting(
        desk,
        plan_for(desk, "表彰会礼仪服务", desk.at(10, 13), capacity=4, admission="by_invitation"),
    )
    yield desk.at(-4, 11)
    made = [
        desk.do(
            invite,
            desk.staff["organisation"],
            volunteer_id=desk.people[f"helper {number}"],
            shift_id=shift_id,
        ).sign_up_id
        for number in (1, 2, 3, 4)
    ]
    yield desk.at(-3, 19)
    desk.do(accept_offer, desk.person("helper 1"), sign_up_id=made[0])
    desk.do(decline_offer, desk.person("helper 2"), sign_up_id=made[1], reason="当天有课")


def not_there(desk: Desk) -> Iterator[datetime]:
    """Three times not there, which blocks a volunteer; somebody else's was a mistake and is lifted."""
    yield desk.at(-5, 9, 30)
    host = desk.staff["organisation"]
    for number in (1, 2, 3):
        desk.do(record_no_show, host, sign_up_id=_of(desk, "helper 16", number), reason="未到场也未请假")
    by_mistake = _of(desk, "helper 15", 3)
    desk.do(record_no_show, host, sign_up_id=by_mistake, reason="未到场")
    yield desk.at(-4, 15)
    desk.do(lift_no_show, host, sign_up_id=by_mistake, reason="当晚在另一路口值守,领队漏记")


def _of(desk: Desk, name: str, evening: int) -> int:
    return desk.session.scalars(
        select(SignUp.sign_up_id).where(
            SignUp.shift_id == desk.places[f"evening {evening}"], SignUp.volunteer_id == desk.people[name]
        )
    ).one()


SIGN_UP_STORIES: tuple[Story, ...] = (a_line, on_request, by_invitation, not_there)
