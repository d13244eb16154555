"""What operations knows of minutes in review: whose they are in words, and all decisions on a session."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, scope_of
from operations.model import Activity, Organisation, ReviewDecision, Site, Volunteer

from .in_parts import in_parts
from .visible import within


def organisations_within(session: Session, actor: Actor, action: Action) -> dict[int, str] | None:
    """Id and name of the organisations in which `actor` holds an action; None stands for all there are."""
    if scope_of(actor, action).kind == "everything":
        return None
    return organisations_to_choose(session, actor, action)


def organisations_to_choose(session: Session, actor: Actor, action: Action) -> dict[int, str]:
    """Id and name of every organisation in which `actor` holds an action, in the order of their names."""
    condition = within(
        scope_of(actor, action),
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Organisation.organisation_id,
    )
    rows = session.execute(
        select(Organisation.organisation_id, Organisation.name)
        .where(condition)
        .order_by(Organisation.name, Organisation.organisation_id)
    )
    return {row[0]: row[1] for row in rows}


def names_for(
    session: Session,
    *,
    organisations: Iterable[int] = (),
    activities: Iterable[int] = (),
    sites: Iterable[int] = (),
    volunteers: Iterable[int] = (),
) -> dict[str, dict[int, str]]:
    """Names of organisations, titles of activities, names of sites and numbers of volunteers, by id.

    For rows of the warehouse that the actor may see: ask for those before.
    """
    asked = {
        "organisations": (Organisation.organisation_id, Organisation.name, organisations),
        "activities": (Activity.activity_id, Activity.title, activities),
        "sites": (Site.site_id, Site.name, sites),
        "volunteers": (Volunteer.volunteer_id, Volunteer.volunteer_no, volunteers),
    }
    return {
        kind: {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(set(wanted))))}
        for kind, (key, name, wanted) in asked.items()
    }


def newest_decisions(session: Session, session_ids: Iterable[str]) -> dict[tuple[str, str, int], int]:
    """The id of the decision that stands on each session and level for each organisation (0: none is known).

    Ask for the sessions themselves before.
    """
    served = func.coalesce(ReviewDecision.organisation_id, 0)
    newest = select(
        ReviewDecision.session_id, ReviewDecision.level, served, func.max(ReviewDecision.decision_id)
    ).group_by(ReviewDecision.session_id, ReviewDecision.level, served)
    return {
        (session_id, level, of): decision_id
        for part in in_parts(session_ids)
        for session_id, level, of, decision_id in session.execute(
            newest.where(ReviewDecision.session_id.in_(part))
        )
    }


def decisions_of(session: Session, session_id: str, organisation_id: int) -> list[ReviewDecision]:
    """All decisions on a session of an organisation (0: none is known), the newest first.

    Ask for the session itself before.
    """
    found = session.scalars(
        select(ReviewDecision)
        .where(
            ReviewDecision.session_id == session_id,
            func.coalesce(ReviewDecision.organisation_id, 0) == organisation_id,
        )
        .order_by(ReviewDecision.decision_id.desc())
    )
    return list(found)
