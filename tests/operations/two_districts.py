"""Two districts with their organisations and people, and what anybody may try there: for test_random_commands.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.commands import activities, no_shows, offers, organisations, recruiting, sign_ups
from operations.commands.activity_plans import ActivityPlan, ShiftPlan
from operations.commands.places import register_site
from operations.commands.volunteers import register_volunteer
from operations.database import writing
from operations.model import Activity, Area

from .conftest import CITY, NOW

HOUR = timedelta(hours=1)
DISTRICTS = ("330106", "330105")
PEOPLE = 6
# One organisation in each district, and one below the first.
ORGANISATIONS = (1, 2, 3)

AREA = [Actor(code, Role.DISTRICT_ADMINISTRATOR, code) for code in DISTRICTS]
HOSTS = [
    Actor(f"host {number}", Role.ORGANISATION_ADMINISTRATOR, organisation_id=number)
    for number in ORGANISATIONS
]
VOLUNTEERS = [
    Actor(f"volunteer:{number}", Role.VOLUNTEER, volunteer_id=number) for number in range(1, PEOPLE + 1)
]
LOOKERS = [CITY, *AREA, *HOSTS]
OTHERS = [Actor("auditor", Role.AUDITOR), Actor("nobody", Role.VISITOR)]
EVERYBODY = [*LOOKERS, *VOLUNTEERS, *OTHERS]

ADMISSIONS = ("at_once", "on_request", "at_once", "by_invitation")
# What may be tried with an activity, what is next for it in each state, and the same for sign-ups before and after.
LEADING = [
    activities.submit_activity,
    activities.approve_activity,
    activities.return_activity,
    recruiting.open_recruitment,
    recruiting.cancel_activity,
    recruiting.close_activity,
]
NEXT: dict[str, Callable[..., Any]] = {
    "draft": activities.submit_activity,
    "returned": activities.submit_activity,
    "submitted": activities.approve_activity,
    "approved": recruiting.open_recruitment,
    "finished": recruiting.close_activity,
}
OWN = (sign_ups.cancel_sign_up, offers.accept_offer, offers.decline_offer)
ANSWERS: dict[str, tuple[Callable[..., Any], ...]] = {
    "requested": (sign_ups.confirm_sign_up, sign_ups.confirm_sign_up, sign_ups.decline_sign_up),
    "waiting": (sign_ups.decline_sign_up, sign_ups.cancel_sign_up),
    "invited": (offers.accept_offer, offers.accept_offer, offers.decline_offer),
    "offered": (offers.accept_offer, offers.decline_offer),
    "confirmed": (sign_ups.cancel_sign_up,),
}
AFTERWARDS: dict[str, tuple[Callable[..., Any], ...]] = {
    "confirmed": (no_shows.record_no_show,),
    "no_show": (no_shows.lift_no_show,),
}
DECIDING = [
    *OWN,
    sign_ups.confirm_sign_up,
    sign_ups.decline_sign_up,
    no_shows.record_no_show,
    no_shows.lift_no_show,
]


def settle(engine: Engine) -> None:
    """Two districts, each with a site and an organisation, one organisation below the first, and six people.

    Four activities recruit, of which the first has more people than places, and one is a draft.
    """
    with writing(engine) as session:
        session.add_all(Area(area_code=code, kind="district", name=code) for code in DISTRICTS)
        session.flush()
        for code in DISTRICTS:
            organisations.register_organisation(
                session, CITY, name=code, kind="group", area_code=code, at=NOW
            )
            register_site(
                session,
                CITY,
                name=code,
                kind="park",
                area_code=code,
                lon=120.15,
                lat=30.26,
                position_system="WGS-84",
                at=NOW,
            )
        organisations.register_organisation(
            session,
            CITY,
            name="below",
            kind="group",
            area_code=DISTRICTS[0],
            at=NOW,
            parent_organisation_id=1,
        )
        for number in range(PEOPLE):
            register_volunteer(
                session,
                CITY,
                full_name=f"张{number}",
                id_type="passport",
                id_number=f"E{number:08d}",
                area_code=DISTRICTS[0],
                at=NOW,
            )
        for number, organisation in enumerate((1, 2, 3, 1)):
            publish(session, organisation, DISTRICTS[organisation == 2], ADMISSIONS[number])
        activities.draft_activity(session, CITY, organisation_id=1, plan=a_plan(NOW, DISTRICTS[0]), at=NOW)
        for person in VOLUNTEERS:
            own = {"volunteer_id": person.volunteer_id, "shift_id": 1}
            sign_ups.sign_up(session, person, **own, at=NOW)


def a_plan(
    now: datetime, district: str, *, capacity: int = 2, admission: str = "at_once", shifts: int = 2
) -> ActivityPlan:
    """Something from in 60 hours on, which may be published in this district."""
    starts = [now + (60 + 9 * number) * HOUR for number in range(shifts)]
    held = tuple(
        ShiftPlan(start, start + 3 * HOUR, capacity, (DISTRICTS.index(district) + 1,)) for start in starts
    )
    return ActivityPlan("清扫", "environment", district, held, risk_statement="路滑", admission=admission)


def publish(session: Session, organisation: int, district: str, admission: str) -> None:
    """Something that recruits from the beginning."""
    plan = a_plan(NOW, district, admission=admission)
    activities.publish_activity(session, CITY, organisation_id=organisation, at=NOW, **vars(plan))


def could_touch(actor: Actor, activity: Activity) -> bool:
    """Whether an activity is somebody's own to see or to lead; worked out here without `operations.access`."""
    if actor.role is Role.CITY_ADMINISTRATOR:
        return True
    if actor.role is Role.DISTRICT_ADMINISTRATOR:
        return activity.district_code == actor.area_code
    if actor.role is Role.ORGANISATION_ADMINISTRATOR:
        own = {1: {1, 3}}.get(actor.organisation_id or 0, {actor.organisation_id})
        return activity.organisation_id in own
    return False
