"""Whose card is whose, as administrators list it, and the person that a card is to be bound to.

Cards of people elsewhere, and those that are nobody's, are seen only by those who see the whole city.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope, scope_of
from operations.commands.identity import masked_name
from operations.model import Card, CardBinding, Volunteer, VolunteerIdentity

from .in_parts import in_parts
from .narrowing import Condition, Narrowing, looked_up
from .paging import Listing, equals
from .visible import within

_its_volunteer, _its_card = aliased(Volunteer), aliased(Card)


def _where_cards_lie(scope: Scope) -> Condition:
    """Of an area the bindings of the people there: of a few from these, of many each is looked at."""
    if scope.kind not in ("district_code", "township_code") or scope.value is None:
        return _visible(scope)
    return _of_area(scope.kind, str(scope.value))


def _of_area(kind: str, code: str) -> Narrowing:
    place, its = getattr(Volunteer, kind), getattr(_its_volunteer, kind)
    of_row = select(its).where(_its_volunteer.volunteer_id == CardBinding.volunteer_id).correlate(CardBinding)
    return Narrowing(
        CardBinding.binding_id,
        select(CardBinding.binding_id)
        .join(Volunteer, Volunteer.volunteer_id == CardBinding.volunteer_id)
        .where(place == code),
        looked_up(of_row) == code,
        source=select(Volunteer.volunteer_id).where(place == code),
        about=(kind, code),
    )


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=Volunteer.district_code,
        township_code=Volunteer.township_code,
        volunteer_id=Volunteer.volunteer_id,
    )


def _in_state(state: str) -> Condition:
    """Bound cards are nearly all; those reported lost and the bindings that ended are few."""
    if state == "ended":
        ended = CardBinding.bound_to.is_not(None)
        return Narrowing(CardBinding.binding_id, select(CardBinding.binding_id).where(ended), ended)
    its_loss = looked_up(
        select(_its_card.reported_lost_at)
        .where(_its_card.card_no == CardBinding.card_no)
        .correlate(CardBinding)
    )
    if state == "bound":
        return CardBinding.bound_to.is_(None) & its_loss.is_(None)
    if state != "lost":
        raise ValueError(state)
    return Narrowing(
        CardBinding.binding_id,
        select(CardBinding.binding_id)
        .join(Card, Card.card_no == CardBinding.card_no)
        .where(CardBinding.bound_to.is_(None), Card.reported_lost_at.is_not(None)),
        CardBinding.bound_to.is_(None) & its_loss.is_not(None),
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
    visible=_where_cards_lie,
    sorts={"binding_id": CardBinding.binding_id, "card_no": CardBinding.card_no},
    default_sort="-binding_id",
    filters={
        "district_code": lambda code: _of_area("district_code", str(code)),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "state": _in_state,
    },
    search=(CardBinding.card_no,),
)


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
    held = select(CardBinding.card_no, CardBinding.bound_from).where(CardBinding.bound_to.is_(None))
    return {
        card_no: since
        for part in in_parts(card_numbers)
        for card_no, since in session.execute(held.where(CardBinding.card_no.in_(part)))
    }
