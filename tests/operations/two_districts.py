"""Two districts with their organisations, people and staff, as test_random_commands.py finds them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.commands import activities, organisations, sign_ups
from operations.commands.activity_plans import ActivityPlan, ShiftPlan
from operations.commands.administrators import appoint_administrator
from operations.commands.places import register_site
from operations.commands.volunteers import register_volunteer
from operations.database import writing
from operations.model import Area

from .conftest import CITY, NOW

HOUR = timedelta(hours=1)
DISTRICTS = ("330106", "330105")
TOWNSHIP_CODE = "330106001"
PEOPLE = 6
# One organisation in each district, and one below the first in its township.
ORGANISATIONS = (1, 2, 3)
AREA_OF = {1: DISTRICTS[0], 2: DISTRICTS[1], 3: TOWNSHIP_CODE}

VOLUNTEERS = [
    Actor(f"volunteer:{number}", Role.VOLUNTEER, volunteer_id=number) for number in range(1, PEOPLE + 1)
]
# Who administers is a person too, registered after the others: what is decided is somebody's.
CITIES = [Actor(f"city {person}", Role.CITY_ADMINISTRATOR, volunteer_id=person) for person in (7, 8)]
AREA = [
    Actor(code, Role.DISTRICT_ADMINISTRATOR, code, volunteer_id=9 + number)
    for number, code in enumerate(DISTRICTS)
]
TOWNSHIP = Actor(TOWNSHIP_CODE, Role.TOWNSHIP_ADMINISTRATOR, TOWNSHIP_CODE, volunteer_id=11)
HOSTS = [
    Actor(f"host {number}", Role.ORGANISATION_ADMINISTRATOR, None, number, volunteer_id=11 + number)
    for number in ORGANISATIONS
]
STAFF = [*CITIES, *AREA, TOWNSHIP, *HOSTS]
OFFICIAL = Actor("official", Role.OFFICIAL, DISTRICTS[1])
OTHERS = [
    Actor("auditor", Role.AUDITOR),
    Actor("analyst", Role.ANALYST),
    Actor("security", Role.SECURITY_ADMINISTRATOR),
    Actor("system administrator", Role.SYSTEM_ADMINISTRATOR),
    Actor("nobody", Role.VISITOR),
]
EVERYBODY = [*STAFF, *VOLUNTEERS, OFFICIAL, *OTHERS]
LOOKERS = [CITIES[0], *AREA, TOWNSHIP, *HOSTS, OFFICIAL, VOLUNTEERS[0], *OTHERS]
ADMISSIONS = ("at_once", "on_request", "at_once", "by_invitation")


def settle(engine: Engine) -> None:
    """Two districts, each with a site and an organisation, one organisation below the first, six people and the staff.

    Four activities recruit, of which the first has more people than places, and one is a draft.
    """
    with writing(engine) as session:
        session.add_all(Area(area_code=code, kind="district", name=code) for code in DISTRICTS)
        session.flush()
        session.add(Area(area_code=TOWNSHIP_CODE, kind="township", name="北山街道", parent_code=DISTRICTS[0]))
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
            area_code=TOWNSHIP_CODE,
            at=NOW,
            parent_organisation_id=1,
        )
        for number in range(PEOPLE + len(STAFF)):
            register_volunteer(
                session,
                CITY,
                full_name=f"张{number}",
                id_type="passport",
                id_number=f"E{number:08d}",
                area_code=DISTRICTS[0],
                at=NOW,
            )
        for actor in HOSTS:
            appoint_administrator(
                session, CITY, organisation_id=actor.organisation_id, volunteer_id=actor.volunteer_id, at=NOW
            )
        for number, organisation in enumerate((1, 2, 3, 1)):
            publish(session, organisation, AREA_OF[organisation], ADMISSIONS[number])
        activities.draft_activity(session, CITY, organisation_id=1, plan=a_plan(NOW, DISTRICTS[0]), at=NOW)
        for person in VOLUNTEERS:
            own = {"volunteer_id": person.volunteer_id, "shift_id": 1}
            sign_ups.sign_up(session, person, **own, at=NOW)


def a_plan(
    now: datetime, area_code: str, *, capacity: int = 2, admission: str = "at_once", shifts: int = 2
) -> ActivityPlan:
    """Something from in 30 hours on, which may be published in this area."""
    starts = [now + (30 + 9 * number) * HOUR for number in range(shifts)]
    held = tuple(
        ShiftPlan(start, start + 3 * HOUR, capacity, (DISTRICTS.index(area_code[:6]) + 1,))
        for start in starts
    )
    return ActivityPlan("清扫", "environment", area_code, held, risk_statement="路滑", admission=admission)


def publish(session: Session, organisation: int, area_code: str, admission: str) -> None:
    """Something that recruits from the beginning."""
    plan = a_plan(NOW, area_code, admission=admission)
    activities.publish_activity(session, CITY, organisation_id=organisation, at=NOW, **vars(plan))
