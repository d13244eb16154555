"""Taking in from a CSV file whose cards are whose.

Here: what the file holds and how a row becomes a binding. Never here: the rules of a single card (cards.py).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Card, CardBinding, Volunteer

from .cards import begin_of_day, must_be_free, person_to_hold
from .csv_rows import Column, Row
from .imports import CsvImport, Imported, found_among
from .refusals import not_later, required_text


def local_day(text: str) -> date:
    """The day that a cell says; `ValueError` says what is wrong."""
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a day such as 2026-08-01")


CARD_COLUMNS = (
    Column("card_no", "卡号", is_code=True),
    Column("volunteer_no", "志愿者编号", is_code=True),
    Column("bound_from", "起始日", local_day, is_required=False),
)


def import_cards(
    session: Session, actor: Actor, content: bytes, *, at: datetime, reason: str, is_dry_run: bool = False
) -> Imported:
    """Bind all cards of a file as `bind_card` does, each from the beginning of the local day given, or from `at`.

    A card that is bound to that person is known already, also from another moment if the file gives no day.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.BIND_CARD, at, reason, is_dry_run)
    file.read(content, CARD_COLUMNS)
    register = _Register(file)
    new = file.checked(register.binding_of)
    return file.taken_in(new, before=register.new_cards)


class _Register:
    """The persons and cards that a file names, as they are; persons are locked before cards, as by every command."""

    def __init__(self, file: CsvImport) -> None:
        session, numbers = file.session, file.named("card_no")
        people = found_among(
            session,
            Volunteer,
            Volunteer.volunteer_no,
            file.named("volunteer_no"),
            locked_by=Volunteer.volunteer_id,
        )
        cards = found_among(session, Card, Card.card_no, numbers, locked_by=Card.card_no)
        self.file = file
        self.people = {person.volunteer_no: person for person in people}
        self.cards = {card.card_no: card for card in cards}
        self.bindings: dict[str, list[CardBinding]] = {}
        self.new_cards: list[Card] = []
        for binding in found_among(session, CardBinding, CardBinding.card_no, numbers):
            self.bindings.setdefault(binding.card_no, []).append(binding)

    def binding_of(self, row: Row) -> CardBinding | None:
        """The binding that a row asks for, None if it is there already. Raises `Refused` if it cannot be."""
        number = required_text(row.values["card_no"], "card_no", 40)
        volunteer_no = row.values["volunteer_no"]
        person = person_to_hold(self.file.actor, self.people.get(volunteer_no), volunteer_no)
        day = row.values.get("bound_from")
        begin = not_later(begin_of_day(day) if day else self.file.at, self.file.at, "bound_from")
        self.file.once(number, row, "card_no")
        so_far = self.bindings.get(number, [])
        if any(
            binding.bound_to is None
            and binding.volunteer_id == person.volunteer_id
            and (day is None or binding.bound_from == begin)
            for binding in so_far
        ):
            return None
        card = self.cards.get(number) or Card(card_no=number, issued_at=begin)
        must_be_free(card, so_far, begin)
        if number not in self.cards:
            self.new_cards.append(card)
        return CardBinding(card_no=number, volunteer_id=person.volunteer_id, bound_from=begin)
