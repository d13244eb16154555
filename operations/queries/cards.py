"""Whose card is whose, as administrators list it, and the person that a card is to be bound to.

Cards of people elsewhere, and those that are nobody's, are seen only by those who see the whole city.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Scope, scope_of
from operations.commands.identity import masked_name
from operations.model import Card, CardBinding, Volunteer, VolunteerIdentity

from .paging import Listing, equals
from .visible import within


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=Volunteer.district_code,
        township_code=Volunteer.township_code,
        volunteer_id=Volunteer.volunteer_id,
    )


CARDS = Listing(
    name="cards",
    action=Action.VIEW_CARDS,
    select=select(
        CardBinding.binding_id,
        CardBinding.card_no,
        Card.kind,
        CardBinding.volunteer_id,
        Volunteer.volunteer_no,
        Volunteer.district_code,
        CardBinding.bound_from,
        CardBinding.bound_to,
        Card.reported_lost_at,
    )
    # Both are always there. Of an outer join the databases leave out what a count does not ask for.
    .outerjoin(Card, Card.card_no == CardBinding.card_no)
    .outerjoin(Volunteer, Volunteer.volunteer_id == CardBinding.volunteer_id),
    key=CardBinding.binding_id,
    visible=_visible,
    sorts={"binding_id": CardBinding.binding_id, "card_no": CardBinding.card_no},
    default_sort="-binding_id",
    filters={
        "district_code": equals(Volunteer.district_code),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "state": lambda value: _STATES[value],
    },
    search=(CardBinding.card_no,),
)
_STATES: dict[str, ColumnElement[bool]] = {
    "bound": CardBinding.bound_to.is_(None) & Card.reported_lost_at.is_(None),
    "lost": CardBinding.bound_to.is_(None) & Card.reported_lost_at.is_not(None),
    "ended": CardBinding.bound_to.is_not(None),
}


def bindings_of(session: Session, actor: Actor, card_no: str) -> Sequence[CardBinding]:
    """All bindings of a card to people whom the actor may see with their cards, the newest first."""
    return session.scalars(
        select(CardBinding)
        .join(Volunteer, Volunteer.volunteer_id == CardBinding.volunteer_id)
        .where(CardBinding.card_no == card_no, _visible(scope_of(actor, Action.VIEW_CARDS)))
        .order_by(CardBinding.bound_from.desc())
    ).all()


def holder_to_be(session: Session, actor: Actor, volunteer_no: str) -> tuple[int, str] | None:
    """The id and masked name of the volunteer with that number, None if there is none to whom the actor may bind."""
    row = session.execute(
        select(Volunteer.volunteer_id, VolunteerIdentity.full_name)
        .outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id)
        .where(Volunteer.volunteer_no == volunteer_no.strip(), _visible(scope_of(actor, Action.BIND_CARD)))
    ).one_or_none()
    if row is None:
        return None
    return row.volunteer_id, masked_name(row.full_name) if row.full_name else "–"


def held_now(session: Session, card_numbers: Sequence[str]) -> dict[str, datetime]:
    """Those of the cards that are somebody's now, with the moment since when; not whose.

    For pages whose figures come from the last build: these cards' taps are decided again by the next one.
    """
    found = session.execute(
        select(CardBinding.card_no, CardBinding.bound_from).where(
            CardBinding.card_no.in_(card_numbers), CardBinding.bound_to.is_(None)
        )
    )
    return {row.card_no: row.bound_from for row in found}
