"""What a command touches, as `operations.access` wants to know it: the area, the organisation and those above it.

Here: from a row to its `Where`. Never here: a decision.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from operations.access import Actor, Where
from operations.model import Activity, CharityShop, Organisation, Shift, Site, Volunteer

from .records import find


def own(actor: Actor) -> Where:
    """What belongs to the actor alone, such as their account: it lies wherever they act."""
    return Where(actor.area_code, actor.area_code, actor.organisation_id, actor.volunteer_id, actor.device_no)


def parents_of(session: Session, organisation_id: int) -> tuple[int, ...]:
    """All organisations above this one, the nearest first."""
    above: list[int] = []
    current: int | None = organisation_id
    while current is not None:
        organisation = session.get(Organisation, current)
        current = organisation.parent_organisation_id if organisation else None
        if current is None or current in above:
            break
        above.append(current)
    return tuple(above)


def organisation_touched(
    session: Session, organisation: Organisation, volunteer_id: int | None = None
) -> Where:
    """Where an organisation stands, and whose matter it is as well."""
    return Where(
        organisation.district_code,
        organisation.township_code,
        organisation.organisation_id,
        volunteer_id,
        parent_organisation_ids=parents_of(session, organisation.organisation_id),
    )


def activity_touched(session: Session, activity: Activity, volunteer_id: int | None = None) -> Where:
    """Where an activity takes place, and whose it is."""
    return Where(
        activity.district_code,
        activity.township_code,
        activity.organisation_id,
        volunteer_id,
        parent_organisation_ids=parents_of(session, activity.organisation_id),
    )


def shift_touched(session: Session, shift: Shift, volunteer_id: int | None = None) -> Where:
    """Where a shift takes place: where its activity does."""
    return activity_touched(session, find(session, Activity, shift.activity_id, "activity"), volunteer_id)


def site_touched(session: Session, site: Site) -> Where:
    """Where a site lies, and whose it is."""
    above = () if site.organisation_id is None else parents_of(session, site.organisation_id)
    return Where(site.district_code, site.township_code, site.organisation_id, parent_organisation_ids=above)


def volunteer_touched(volunteer: Volunteer) -> Where:
    """Where a volunteer lives."""
    return Where(volunteer.district_code, volunteer.township_code, volunteer_id=volunteer.volunteer_id)


def shop_touched(
    session: Session, shop: CharityShop, *, terminal_no: str | None = None, volunteer_id: int | None = None
) -> Where:
    """Where a charity shop lies, whose it is, and which of its terminals and whose points it is about."""
    above = () if shop.organisation_id is None else parents_of(session, shop.organisation_id)
    return Where(
        shop.district_code,
        shop.township_code,
        shop.organisation_id,
        volunteer_id,
        terminal_no,
        parent_organisation_ids=above,
    )
