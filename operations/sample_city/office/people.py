"""Volunteers at the office: registered, with skills and guardians, banned, registered twice, forgotten.

Here: those stories. Never here: what they sign up for (sign_ups.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select
from stdnum.cn import ric

from operations.access import Actor
from operations.commands.bans import ban_volunteer, lift_ban, lift_ended_bans
from operations.commands.duplicates import keep_apart
from operations.commands.erasures import erase_volunteer
from operations.commands.guardians import name_guardian, release_guardian
from operations.commands.life_cycle import SYSTEM
from operations.commands.memberships import join_organisation
from operations.commands.merges import merge_volunteers
from operations.commands.profiles import update_volunteer
from operations.commands.volunteers import give_consent, register_volunteer, withdraw_consent
from operations.model import DuplicateCandidate

from ..names import full_names
from ..people import CITY, CONSENT_VERSION, CREDIT
from .desk import Desk, Story, visitor

# Who takes part in activities; they live in the area of the host and serve nowhere else.
HELPERS = tuple(f"helper {number}" for number in range(1, 17))
TEXT_VERSION = "2026-01"


def register(
    desk: Desk,
    name: str,
    *,
    actor: Actor | None = None,
    age: int = 35,
    full_name: str | None = None,
    born_on: date | None = None,
    phone: str | None = None,
) -> int:
    """Register a made-up person with a valid number under `name` for later steps; no such telephone exists."""
    number = len(desk.people)
    born = born_on or desk.day(-365 * age - 40 - int(desk.rng.integers(0, 200)))
    made = desk.do(
        register_volunteer,
        actor or visitor(),
        full_name=full_name or full_names(desk.rng, 1)[0],
        id_number=_id_number(born, number),
        area_code=desk.host.site["community_code"] or desk.host.district_code,
        phone=phone or f"120{number:08d}",
        volunteer_no=f"3301{9_900_000_000 + number:010d}",
    )
    desk.people[name] = made.volunteer_id
    return made.volunteer_id


def _id_number(born_on: date, number: int) -> str:
    # The code of a county that has had it all along; nobody in the history of the city has a serial of this height.
    body = f"330122{born_on:%Y%m%d}{900 + number:03d}"
    return body + ric.calc_check_digit(body + "0")


def helpers(desk: Desk) -> Iterator[datetime]:
    """Those who take part: registered by themselves, most of them members of the host."""
    yield desk.at(-24, 9)
    for name in HELPERS:
        yield desk.now + timedelta(minutes=3)
        register(desk, name, age=20 + int(desk.rng.integers(0, 40)))
    yield desk.at(-23, 14)
    for name in HELPERS[:10]:
        desk.do(
            join_organisation,
            desk.person(name),
            organisation_id=desk.host.organisation_id,
            volunteer_id=desk.people[name],
        )
    yield desk.at(-20, 20)
    skills = ({"first_aid": ""}, {"first_aid": "红十字救护员", "driving": ""}, {"other": "修伞磨刀"})
    for name, known in zip(HELPERS, skills, strict=False):
        desk.do(
            update_volunteer,
            desk.person(name),
            volunteer_id=desk.people[name],
            changes={
                "skills": known,
                "interests": ["environment", "elderly_disabled"],
                "available_time": ["weekday_morning"],
            },
        )


def consents(desk: Desk) -> Iterator[datetime]:
    """One purpose is agreed to and withdrawn, another one agreed to again."""
    yield desk.at(-19, 10)
    name = HELPERS[3]
    given = {"volunteer_id": desk.people[name], "version": CONSENT_VERSION}
    desk.do(give_consent, desk.person(name), purpose="public_ranking", recipient=CITY, **given)
    desk.do(give_consent, desk.person(name), purpose="credit_platform", recipient=CREDIT, **given)
    yield desk.at(-6, 21)
    desk.do(
        withdraw_consent,
        desk.person(name),
        volunteer_id=desk.people[name],
        purpose="credit_platform",
        reason="不再需要",
    )


def under_age(desk: Desk) -> Iterator[datetime]:
    """Two pupils: the guardian of one agreed, that of the other withdrew and nobody else is named yet."""
    yield desk.at(-22, 16)
    for name in ("pupil", "pupil without guardian"):
        register(desk, name, age=15)
        guardian = desk.do(
            name_guardian,
            desk.person(name),
            volunteer_id=desk.people[name],
            full_name="王" + full_names(desk.rng, 1)[0][-1],
            kinship="mother",
            phone=f"12000009{len(desk.people):03d}",
            consent_version=TEXT_VERSION,
        )
    yield desk.at(-5, 20)
    desk.do(
        release_guardian,
        desk.person("pupil without guardian"),
        volunteer_id=desk.people["pupil without guardian"],
        guardian_id=guardian.guardian_id,
        reason="家长撤回同意",
    )


def bans(desk: Desk) -> Iterator[datetime]:
    """One ban stands, one was lifted, one ended by itself."""
    yield desk.at(-21, 9)
    for name in ("banned", "lifted", "served"):
        register(desk, name)
    yield desk.at(-12, 10)
    desk.do(
        ban_volunteer,
        desk.area,
        volunteer_id=desk.people["banned"],
        reason="多次转借市民卡代刷,经核实",
        ends_at=desk.at(60),
    )
    desk.do(ban_volunteer, desk.area, volunteer_id=desk.people["lifted"], reason="被举报在活动现场推销")
    desk.do(
        ban_volunteer,
        desk.area,
        volunteer_id=desk.people["served"],
        reason="屡次无故缺席",
        ends_at=desk.at(-3, 10),
    )
    yield desk.at(-8, 15)
    desk.do(lift_ban, desk.area, volunteer_id=desk.people["lifted"], reason="核查后举报不实")
    yield desk.at(-3, 10, 5)
    lift_ended_bans(desk.session, SYSTEM, at=desk.now)


def registered_twice(desk: Desk) -> Iterator[datetime]:
    """Pairs that look like one person: one merged, one kept apart, two that nobody has decided on yet."""
    yield desk.at(-18, 9)
    names = full_names(desk.rng, 3)
    for kind, name in zip(("one", "two", "open"), names, strict=True):
        born = desk.day(-365 * 40 - int(desk.rng.integers(0, 400)))
        register(desk, f"{kind} first", full_name=name, born_on=born)
        register(desk, f"{kind} second", full_name=name, born_on=born, actor=desk.area)
    yield desk.at(-17, 15)
    for name in ("mother", "son"):
        register(desk, name, phone="12000000088")
    yield desk.at(-9, 11)
    desk.do(
        merge_volunteers,
        desk.area,
        kept_volunteer_id=desk.people["one first"],
        lost_volunteer_id=desk.people["one second"],
        reason="电话核实为同一人,换领身份证后重复登记",
    )
    candidate = desk.session.scalars(
        select(DuplicateCandidate.candidate_id).where(
            DuplicateCandidate.volunteer_id == desk.people["two second"],
            DuplicateCandidate.decided_at.is_(None),
        )
    ).one()
    desk.do(keep_apart, desk.area, candidate_id=candidate, reason="电话核实为两人,同名同日生")


def forgotten(desk: Desk) -> Iterator[datetime]:
    """Somebody wants to be forgotten; the number stays."""
    yield desk.at(-17, 9)
    register(desk, "forgotten")
    yield desk.at(-4, 21, 30)
    desk.do(
        erase_volunteer,
        desk.person("forgotten"),
        volunteer_id=desk.people["forgotten"],
        reason="本人申请注销",
    )


PEOPLE_STORIES: tuple[Story, ...] = (helpers, consents, under_age, bans, registered_twice, forgotten)
