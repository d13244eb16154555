"""The outbox: what people are still to be told, and what was delivered."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope, scope_of
from operations.model import Notice, Organisation, Volunteer

from .paging import Listing, equals
from .visible import within

_organisation = aliased(Organisation)
_volunteer = aliased(Volunteer)


def _visible(scope: Scope) -> ColumnElement[bool]:
    """To an organisation those to itself and those below; to an area also those to the volunteers who live there."""
    if scope.kind in ("district_code", "township_code"):
        return (getattr(_organisation, scope.kind) == scope.value) | (
            getattr(_volunteer, scope.kind) == scope.value
        )
    return within(scope, organisation_id=Notice.organisation_id)


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


def waiting_count(session: Session, actor: Actor) -> int:
    """How many notices wait that `actor` may see."""
    waiting = (
        select(func.count())
        .select_from(Notice)
        .outerjoin(_organisation, _organisation.organisation_id == Notice.organisation_id)
        .outerjoin(_volunteer, _volunteer.volunteer_id == Notice.volunteer_id)
        .where(Notice.delivered_at.is_(None), _visible(scope_of(actor, Action.VIEW_NOTICES)))
    )
    return session.scalar(waiting) or 0
