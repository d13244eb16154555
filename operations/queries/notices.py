"""The outbox: what people are still to be told, and what was delivered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope
from operations.model import Notice, Organisation, Volunteer

from .narrowing import Condition, Narrowing, looked_up
from .paging import Listing, counted, equals
from .visible import held_by

_organisation, _its_organisation = aliased(Organisation), aliased(Organisation)
_volunteer, _its_volunteer = aliased(Volunteer), aliased(Volunteer)


def _visible(scope: Scope) -> Condition:
    """To an organisation those to itself and those below; to an area also those to the volunteers who live there."""
    if scope.kind not in ("district_code", "township_code") or scope.value is None:
        return held_by(scope, Notice.notice_id.expression, Notice.organisation_id.expression)
    return Narrowing(
        Notice.notice_id,
        union_all(
            select(Notice.notice_id)
            .join(Organisation, Organisation.organisation_id == Notice.organisation_id)
            .where(getattr(Organisation, scope.kind) == scope.value),
            select(Notice.notice_id)
            .join(Volunteer, Volunteer.volunteer_id == Notice.volunteer_id)
            .where(getattr(Volunteer, scope.kind) == scope.value),
        ),
        or_(
            looked_up(
                select(getattr(_its_organisation, scope.kind))
                .where(_its_organisation.organisation_id == Notice.organisation_id)
                .correlate(Notice)
            )
            == scope.value,
            looked_up(
                select(getattr(_its_volunteer, scope.kind))
                .where(_its_volunteer.volunteer_id == Notice.volunteer_id)
                .correlate(Notice)
            )
            == scope.value,
        ),
        source=select(Volunteer.volunteer_id).where(getattr(Volunteer, scope.kind) == scope.value),
    )


NOTICES = Listing(
    name="notices",
    action=Action.VIEW_NOTICES,
    select=select(
        Notice.notice_id,
        case((Notice.delivered_at.is_(None), "waiting"), else_="delivered").label("state"),
        Notice.kind,
        Notice.volunteer_id,
        _volunteer.volunteer_no,
        Notice.organisation_id,
        _organisation.name.label("organisation_name"),
        Notice.details,
        Notice.created_at,
        Notice.delivered_at,
        Notice.channel,
    )
    .outerjoin(_organisation, _organisation.organisation_id == Notice.organisation_id)
    .outerjoin(_volunteer, _volunteer.volunteer_id == Notice.volunteer_id),
    key=Notice.notice_id,
    visible=_visible,
    sorts={"notice_id": Notice.notice_id},
    default_sort="-notice_id",
    filters={
        "state": lambda value: (
            Notice.delivered_at.is_(None) if value == "waiting" else Notice.delivered_at.is_not(None)
        ),
        "kind": equals(Notice.kind),
        "volunteer_no": equals(_volunteer.volunteer_no),
    },
)


def waiting_count(session: Session, actor: Actor, on: date) -> int:
    """How many notices wait that `actor` may see, counted as far as lists are."""
    return len(counted(session, actor, NOTICES, Notice.delivered_at.is_(None), on=on).keys)
