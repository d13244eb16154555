"""A small town for the tests of commands: two districts, an organisation, a site, a shift and some people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from operations.access import Actor, Role
from operations.commands.activities import ShiftPlan, publish_activity
from operations.commands.check_in_codes import show_check_in_code
from operations.commands.organisations import register_organisation
from operations.commands.places import register_site
from operations.commands.sign_ups import sign_up
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import Area, AuditEntry, Base

NOW = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)
CITY = Actor("city", Role.CITY_ADMINISTRATOR)


def volunteer(volunteer_id: int) -> Actor:
    """The volunteer acting for themselves."""
    return Actor(f"volunteer:{volunteer_id}", Role.VOLUNTEER, volunteer_id=volunteer_id)


@dataclass
class Town:
    """The ids of what is there, and how to add more. The shift lasts from two to five hours after `NOW`."""

    engine: Engine
    organisation_id: int
    site_id: int
    starts_at: datetime = NOW + timedelta(hours=2)
    ends_at: datetime = NOW + timedelta(hours=5)
    _people: int = field(default=0)

    @property
    def host(self) -> Actor:
        """An administrator of the organisation, who is nobody's volunteer account here."""
        return Actor("host", Role.ORGANISATION_ADMINISTRATOR, organisation_id=self.organisation_id)

    def person(self) -> int:
        """One more volunteer."""
        self._people += 1
        with writing(self.engine) as session:
            made = register_volunteer(
                session,
                CITY,
                full_name=f"张{self._people}",
                id_type="passport",
                id_number=f"E{self._people:08d}",
                area_code="330106",
                at=NOW,
            )
            return made.volunteer_id

    def shift(self, *, capacity: int = 10, hours_later: int = 0, **options: Any) -> int:
        """One more activity of one shift."""
        later = timedelta(hours=hours_later)
        plan = ShiftPlan(self.starts_at + later, self.ends_at + later, capacity, (self.site_id,))
        arguments = {
            "organisation_id": self.organisation_id,
            "title": "西湖捡垃圾",
            "category_code": "environment",
            "area_code": "330106",
            "shifts": [plan],
            "risk_statement": "水边路滑",
            "at": NOW,
            **options,
        }
        with writing(self.engine) as session:
            activity = publish_activity(session, self.host, **arguments)
            return self._shift_of(session, activity.activity_id)

    @staticmethod
    def _shift_of(session: Any, activity_id: int) -> int:
        from operations.model import Shift

        return session.scalar(select(Shift.shift_id).where(Shift.activity_id == activity_id))

    def signed_up(self, shift_id: int) -> int:
        """One more volunteer, signed up for the shift."""
        person = self.person()
        with writing(self.engine) as session:
            sign_up(session, volunteer(person), volunteer_id=person, shift_id=shift_id, at=NOW)
        return person

    def code(self, shift_id: int, at: datetime) -> str:
        """The digits that the screen of a shift shows at a moment."""
        with writing(self.engine) as session:
            return show_check_in_code(session, self.host, shift_id=shift_id, at=at).digits

    def count(self, model: type[Base], *conditions: Any) -> int:
        """How many rows of `model` there are."""
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    def last_audit(self) -> AuditEntry:
        """The newest row of the audit log."""
        with reading(self.engine) as session:
            return session.scalars(select(AuditEntry).order_by(AuditEntry.audit_id.desc()).limit(1)).one()


@pytest.fixture
def town(engine: Engine) -> Town:
    """西湖区 and 拱墅区, one township and community, one organisation with one site at the lake."""
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.add(Area(area_code="330105", kind="district", name="拱墅区"))
        session.flush()
        session.add(Area(area_code="330106001", kind="township", name="北山街道", parent_code="330106"))
        session.flush()
        session.add(
            Area(area_code="330106001051", kind="community", name="曙光社区", parent_code="330106001")
        )
        session.flush()
        organisation = register_organisation(
            session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=NOW
        ).organisation
        site = register_site(
            session,
            CITY,
            name="断桥微笑亭",
            kind="service_station",
            area_code="330106001051",
            lon=120.15,
            lat=30.26,
            position_system="WGS-84",
            radius_m=100,
            organisation_id=organisation.organisation_id,
            at=NOW,
        )
        made = (organisation.organisation_id, site.site_id)
    return Town(engine, *made)
