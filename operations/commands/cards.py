"""What can be done to citizen cards: whose they are, and what happens when one is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand, is_allowed
from operations.local_time import LOCAL, as_read
from operations.model import Card, CardBinding, Volunteer

from .permitted import permitted_volunteer
from .records import add_unique, audit, find, lock, must_write, snapshot
from .refusals import Refused, not_later, required_text
from .touched import volunteer_touched


def bind_card(
    session: Session,
    actor: Actor,
    *,
    card_no: str,
    volunteer_id: int,
    at: datetime,
    bound_from: datetime | None = None,
    kind: str = "citizen_card",
    reason: str = "",
) -> CardBinding:
    """Bind a card to a volunteer from `bound_from` on (default: `at`) and return the binding; an unknown card is added.

    A beginning in the past lets taps heal that were rejected as of an unknown card.

    Raises `Refused` if the card is or was somebody's at or after that moment, is reported lost, or the moment lies in
    the future; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.BIND_CARD, volunteer_id)
    begin = not_later(bound_from or at, at, "bound_from")
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    card = _locked_card(session, required_text(card_no, "card_no", 40), kind, begin)
    so_far = session.scalars(select(CardBinding).where(CardBinding.card_no == card.card_no))
    must_be_free(card, so_far, begin)
    binding = CardBinding(card_no=card.card_no, volunteer_id=volunteer_id, bound_from=begin)
    session.add(binding)
    audit(session, actor, Action.BIND_CARD, binding, at=at, reason=reason)
    return binding


def bind_card_by_number(
    session: Session,
    actor: Actor,
    *,
    card_no: str,
    volunteer_no: str,
    bound_on: date,
    at: datetime,
    reason: str = "",
) -> CardBinding:
    """Bind a card as `bind_card` does, to the volunteer of a public number, from the beginning of a local day on.

    Raises what `bind_card` raises, and `Refused` for a number that is nobody's within the actor's reach.
    """
    must_write(session)
    number = volunteer_no.strip()
    found = session.scalar(select(Volunteer).where(Volunteer.volunteer_no == number))
    person = person_to_hold(actor, found, number)
    try:
        return bind_card(
            session,
            actor,
            card_no=card_no,
            volunteer_id=person.volunteer_id,
            at=at,
            bound_from=begin_of_day(bound_on),
            reason=reason,
        )
    except Refused as refusal:
        field = {"bound_from": "bound_on"}.get(refusal.field or "", refusal.field)
        raise Refused(str(refusal), field) from refusal


def extend_binding(
    session: Session, actor: Actor, *, card_no: str, bound_on: date, at: datetime, reason: str
) -> CardBinding:
    """Let a card's binding begin earlier, with a local day, so that its taps since then count; return the binding.

    Raises `Refused` for a card that is nobody's or was somebody's before, for a day after it was bound, and without a
    reason; `NotAllowed`.
    """
    owner = _locked_owner(session, actor, Action.EXTEND_BINDING, card_no)
    binding = _standing_binding(session, card_no)
    if owner is None or binding is None or binding.volunteer_id != owner.volunteer_id:
        raise Refused(f"the card {card_no} is bound to nobody", "card_no")
    why = required_text(reason, "reason", 4000)
    begin = begin_of_day(bound_on)
    if begin >= binding.bound_from:
        raise Refused(
            f"the card {card_no} is bound since {as_read(binding.bound_from)}: choose a day before",
            "bound_on",
        )
    # What was tapped while it was lost, or another's, must not become theirs.
    earlier = select(CardBinding.binding_id).where(
        CardBinding.card_no == card_no, CardBinding.binding_id != binding.binding_id
    )
    if session.scalar(earlier.limit(1)) is not None:
        raise Refused(f"the card {card_no} was bound before: its binding cannot begin earlier", "card_no")
    before = snapshot(binding)
    binding.bound_from = begin
    audit(session, actor, Action.EXTEND_BINDING, binding, at=at, reason=why, before=before)
    return binding


def person_to_hold(actor: Actor, person: Volunteer | None, volunteer_no: str) -> Volunteer:
    """The volunteer found by a number, if `actor` may bind a card to them; raises `Refused` otherwise.

    Somebody elsewhere looks like nobody, so that guessed numbers tell nothing.
    """
    if person is None or not is_allowed(actor, Action.BIND_CARD, volunteer_touched(person)):
        raise Refused(f"there is no volunteer {volunteer_no} in your area", "volunteer_no")
    if person.status != "active":
        raise Refused("this volunteer is not active", "volunteer_no")
    return person


def begin_of_day(day: date) -> datetime:
    """The moment (UTC) at which a local day begins."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def must_be_free(card: Card, bindings: Iterable[CardBinding], begin: datetime) -> None:
    """Raise `Refused` if a card is lost, or somebody's (by its `bindings`) at `begin` or after."""
    if card.reported_lost_at is not None:
        raise Refused(f"the card {card.card_no} was reported lost: bind another one", "card_no")
    if any(binding.bound_to is None or binding.bound_to > begin for binding in bindings):
        raise Refused(f"the card {card.card_no} is bound to somebody for that time already", "card_no")


def report_card_lost(
    session: Session,
    actor: Actor,
    *,
    card_no: str,
    at: datetime,
    lost_at: datetime | None = None,
    reason: str = "",
) -> Card:
    """Put a card on the list of lost ones from `lost_at` on (default: `at`) and return it; later taps are rejected.

    It stays bound until another one is issued, so that its taps are named `hotlisted_card` and not `unknown_card`.

    Raises `Refused` for an unknown card or one that was reported before; `NotAllowed`.
    """
    must_write(session)
    card = session.get(Card, card_no, with_for_update=True, populate_existing=True)
    binding = _standing_binding(session, card_no)
    owner = find(session, Volunteer, binding.volunteer_id, "volunteer") if binding else None
    where = volunteer_touched(owner) if owner else Where()
    demand(actor, Action.REPORT_CARD_LOST, where)
    if card is None:
        raise Refused(f"there is no card {card_no}", "card_no")
    if card.reported_lost_at is not None:
        raise Refused(f"the card {card_no} was reported lost already", "card_no")
    lost = not_later(lost_at or at, at, "lost_at")
    if binding is not None and lost < binding.bound_from:
        raise Refused(f"the card {card_no} was bound only at {as_read(binding.bound_from)}", "lost_at")
    before = snapshot(card)
    card.reported_lost_at = lost
    audit(session, actor, Action.REPORT_CARD_LOST, card, at=at, reason=reason, before=before)
    return card


def reissue_card(
    session: Session, actor: Actor, *, lost_card_no: str, card_no: str, at: datetime, reason: str = ""
) -> CardBinding:
    """Give the owner of a lost card a new one from `at` on, end the lost one's binding, and return the new binding.

    Taps of both cards pair up, since pairing is by volunteer.

    Raises `Refused` if the old card was not reported lost or is nobody's, or the new one is not free; `NotAllowed`.
    """
    standing = _standing_binding(session, lost_card_no)
    held_by = session.get(Volunteer, standing.volunteer_id) if standing else None
    demand(actor, Action.REISSUE_CARD, volunteer_touched(held_by) if held_by else Where())
    if standing is None:
        raise Refused(f"the card {lost_card_no} is bound to nobody: bind the new one instead", "lost_card_no")
    owner = lock(session, Volunteer, standing.volunteer_id, "volunteer")
    lost = lock(session, Card, lost_card_no, "card")
    binding = _standing_binding(session, lost_card_no)
    if binding is None or binding.volunteer_id != owner.volunteer_id:
        raise Refused(f"the card {lost_card_no} was re-issued just now", "lost_card_no")
    if lost.reported_lost_at is None:
        raise Refused(f"the card {lost_card_no} was not reported lost: report it first", "lost_card_no")
    if binding.bound_from >= at:
        raise Refused(f"the card {lost_card_no} was bound only at {as_read(binding.bound_from)}", "at")
    before = snapshot(binding)
    binding.bound_to = at
    audit(session, actor, Action.REISSUE_CARD, binding, at=at, reason=reason, before=before)
    return bind_card(
        session, actor, card_no=card_no, volunteer_id=owner.volunteer_id, at=at, kind=lost.kind, reason=reason
    )


def report_card_found(
    session: Session,
    actor: Actor,
    *,
    card_no: str,
    at: datetime,
    found_at: datetime | None = None,
    reason: str = "",
) -> Card:
    """Take back that a card is lost, from `found_at` on (default: `at`), and return it.

    Whoever was its owner when it was lost is so again, unless another card was issued: then it is free. Nobody held it
    in between, so that what was tapped with it meanwhile is nobody's service.

    Raises `Refused` for a card that was not reported lost, or a moment in the future or before the loss; `NotAllowed`.
    """
    owner_id = session.scalar(
        select(CardBinding.volunteer_id)
        .where(CardBinding.card_no == card_no)
        .order_by(CardBinding.bound_from.desc())
        .limit(1)
    )
    owner = lock(session, Volunteer, owner_id, "volunteer") if owner_id else None
    card = session.get(Card, card_no, with_for_update=True, populate_existing=True)
    demand(actor, Action.REPORT_CARD_FOUND, volunteer_touched(owner) if owner else Where())
    if card is None:
        raise Refused(f"there is no card {card_no}", "card_no")
    if card.reported_lost_at is None:
        raise Refused(f"the card {card_no} is not reported lost", "card_no")
    found = not_later(found_at or at, at, "found_at")
    if found <= card.reported_lost_at:
        raise Refused(f"the card {card_no} was lost only at {as_read(card.reported_lost_at)}", "found_at")
    _end_at_the_loss(session, card, found)
    before = snapshot(card)
    card.reported_lost_at = None
    audit(session, actor, Action.REPORT_CARD_FOUND, card, at=at, reason=reason, before=before)
    return card


def unbind_card(
    session: Session,
    actor: Actor,
    *,
    card_no: str,
    at: datetime,
    unbound_at: datetime | None = None,
    reason: str = "",
) -> CardBinding:
    """End a card's binding at `unbound_at` (default: `at`), as its owner returns it, and return the binding.

    Raises `Refused` for a card that is nobody's, or a moment in the future or not after it was bound; `NotAllowed`.
    """
    owner = _locked_owner(session, actor, Action.UNBIND_CARD, card_no)
    binding = _standing_binding(session, card_no)
    if owner is None or binding is None or binding.volunteer_id != owner.volunteer_id:
        raise Refused(f"the card {card_no} is bound to nobody", "card_no")
    end = not_later(unbound_at or at, at, "unbound_at")
    if end <= binding.bound_from:
        raise Refused(f"the card {card_no} was bound only at {as_read(binding.bound_from)}", "unbound_at")
    before = snapshot(binding)
    binding.bound_to = end
    audit(session, actor, Action.UNBIND_CARD, binding, at=at, reason=reason, before=before)
    return binding


def _end_at_the_loss(session: Session, card: Card, found: datetime) -> None:
    """End the binding that held at the loss just after it (a tap at that second counts); go on with it from `found`."""
    lost_at = card.reported_lost_at
    held = session.scalar(
        select(CardBinding).where(
            CardBinding.card_no == card.card_no,
            CardBinding.bound_from <= lost_at,
            or_(CardBinding.bound_to.is_(None), CardBinding.bound_to > lost_at),
        )
    )
    if held is None or lost_at is None:
        return
    goes_on = held.bound_to is None
    end = lost_at + timedelta(seconds=1)
    held.bound_to = end
    # The one before must have ended before another of the same card begins.
    session.flush()
    if goes_on:
        session.add(
            CardBinding(
                card_no=card.card_no,
                volunteer_id=held.volunteer_id,
                bound_from=max(found, end),
            )
        )


def _locked_owner(session: Session, actor: Actor, action: Action, card_no: str) -> Volunteer | None:
    """Whose card it is, locked with the card, if the actor may do `action` to them; None if it is nobody's."""
    must_write(session)
    standing = _standing_binding(session, card_no)
    owner = lock(session, Volunteer, standing.volunteer_id, "volunteer") if standing else None
    demand(actor, action, volunteer_touched(owner) if owner else Where())
    if owner is not None:
        lock(session, Card, card_no, "card")
    return owner


def _standing_binding(session: Session, card_no: str) -> CardBinding | None:
    return session.scalar(
        select(CardBinding)
        .where(CardBinding.card_no == card_no, CardBinding.bound_to.is_(None))
        .execution_options(populate_existing=True)
    )


def _locked_card(session: Session, card_no: str, kind: str, issued_at: datetime) -> Card:
    card = session.get(Card, card_no, with_for_update=True, populate_existing=True)
    if card is None:
        card = Card(card_no=card_no, kind=required_text(kind, "kind", 24), issued_at=issued_at)
        add_unique(
            session, card, Refused(f"the card {card_no} was bound by somebody else just now", "card_no")
        )
    return card
