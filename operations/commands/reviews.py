"""Reviews: what of the minutes above a day's ceilings counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role, Where, demand
from operations.model import Organisation, ReviewDecision, Volunteer
from operations.model.reviews import REVIEW_LEVELS

from .notices import notify
from .persons import is_same_person, person_of
from .records import audit, find, lock, must_write
from .refusals import Refused, one_of, required_text
from .touched import organisation_touched


def review_minutes(
    session: Session,
    actor: Actor,
    *,
    session_id: str,
    volunteer_id: int,
    organisation_id: int | None,
    service_day: date,
    level: str,
    minutes_in_review: int,
    minutes_granted: int,
    reason: str,
    at: datetime,
    replaces: int | None = None,
) -> ReviewDecision:
    """Grant so many of the minutes of a session that wait at a level, refuse the rest, and return the decision.

    What the decider saw of the session (its day, organisation and minutes in review) is kept with the decision; the
    warehouse, which knows the session, grants no more than it has in review, and nothing for a decision that names
    another organisation than the one served for. `replaces` is the decision that stood when the session was looked at
    (None: there was none), so that two who decide at once decide once.

    At the level `organisation` an organisation above the session's own decides, or the area's administration; at the
    level `city` the city (time-keeping, section 7). Nobody decides on their own minutes.

    Raises `Refused` for the wrong level, more minutes than there are, a decision made meanwhile, or for want of a
    reason; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.REVIEW_MINUTES, _touched(session, organisation_id))
    if organisation_id is not None:
        find(session, Organisation, organisation_id, "organisation")
    person = person_of(actor)
    _check_level(actor, one_of(level, REVIEW_LEVELS, "level"), organisation_id)
    lock(session, Volunteer, volunteer_id, "volunteer")
    if session_id.partition("/")[0] != str(volunteer_id):
        raise Refused("this session is of another volunteer: open the list anew", "session_id")
    if is_same_person(session, person, volunteer_id):
        raise Refused("nobody decides on their own minutes: ask another person", "volunteer_id")
    if minutes_in_review < 1:
        raise Refused("this session has no minutes in review at this level", "minutes_in_review")
    if not 0 <= minutes_granted <= minutes_in_review:
        raise Refused(f"grant 0 to {minutes_in_review} minutes, not {minutes_granted}", "minutes_granted")
    why = required_text(reason, "reason", 4000)
    standing = standing_decision(session, session_id, level, organisation_id)
    if (standing.decision_id if standing else None) != replaces:
        raise Refused("somebody decided on this meanwhile: open the list anew", "session_id")
    decision = ReviewDecision(
        session_id=session_id,
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        service_day=service_day,
        level=level,
        minutes_in_review=minutes_in_review,
        minutes_granted=minutes_granted,
        reason=why,
        decided_by=person,
        decided_at=at,
    )
    session.add(decision)
    audit(session, actor, Action.REVIEW_MINUTES, decision, at=at, reason=why)
    told = {"day": service_day.isoformat(), "granted": minutes_granted, "in_review": minutes_in_review}
    notify(session, "minutes_reviewed", at=at, volunteer_id=volunteer_id, **told)
    return decision


def standing_decision(
    session: Session, session_id: str, level: str, organisation_id: int | None
) -> ReviewDecision | None:
    """The newest decision on a session at a level, made for this organisation: one for another does not count."""
    return session.scalars(
        select(ReviewDecision)
        .where(
            ReviewDecision.session_id == session_id,
            ReviewDecision.level == level,
            ReviewDecision.organisation_id.is_not_distinct_from(organisation_id),
        )
        .order_by(ReviewDecision.decision_id.desc())
        .limit(1)
    ).one_or_none()


def _touched(session: Session, organisation_id: int | None) -> Where:
    """Where the session was served; one without a known organisation is a matter of the city alone."""
    found = None if organisation_id is None else session.get(Organisation, organisation_id)
    return Where() if found is None else organisation_touched(session, found)


def _check_level(actor: Actor, level: str, organisation_id: int | None) -> None:
    if level == "city" and actor.role not in (Role.CITY_ADMINISTRATOR, Role.SYSTEM):
        raise Refused("minutes above twelve hours of a day are decided by the city", "level")
    if actor.role is Role.ORGANISATION_ADMINISTRATOR and actor.organisation_id == organisation_id:
        raise Refused(
            "an organisation does not decide on its own: its parent or the area does", "organisation_id"
        )
