"""Holding and spending points: the oldest first, never below zero, once for each id, by those who may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.ledger import IdConflict, Posted
from operations.commands.points import close_period, hold_points, reverse_transfer, time_out_holds
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, PointHold, PointTransfer
from operations.queries.point_periods import closed_periods, periods_to_close

from .conftest import CITY, NOW, Town, volunteer
from .ledgers import SYSTEM, available, award, balances, broken_rules, hold, lots, post, state_of, void

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def test_points_are_held_then_posted_the_oldest_first_and_the_ledger_is_proven(town: Town) -> None:
    person = town.person()
    award(town, person, {date(2026, 6, 3): 500, date(2026, 7, 9): 300})
    held = hold(town, person, 600)
    assert available(town, person) == 200
    posted = post(town, held)
    assert (posted.amount_cents, posted.kind, posted.period) == (600, "spend", date(2026, 8, 1))
    assert lots(town, person) == {JUNE: (0, 0, 0), JULY: (200, 0, 0)}
    assert balances(town) == {"volunteer": 200, "issue": -800, "mall": 600}
    assert broken_rules(town) == {}


def test_a_part_of_a_hold_can_be_posted_and_the_rest_is_free_again(town: Town) -> None:
    person = town.person()
    award(town, person, {date(2026, 6, 3): 500, date(2026, 7, 9): 300})
    posted = post(town, hold(town, person, 600), amount_cents=450)
    assert posted.amount_cents == 450
    assert lots(town, person) == {JUNE: (50, 0, 0), JULY: (300, 0, 0)}
    assert broken_rules(town) == {}


def test_a_voided_hold_leaves_the_points_where_they_were(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    held = hold(town, person, 500)
    void(town, held)
    void(town, held)
    assert (available(town, person), state_of(town, held)) == (500, "voided")
    with pytest.raises(Refused, match="ended already: it was voided"):
        post(town, held)
    assert broken_rules(town) == {}


def test_more_than_there_is_cannot_be_held(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    with pytest.raises(Refused, match="500 hundredths can be spent") as refusal:
        hold(town, person, 501)
    assert refusal.value.field == "amount_cents"
    with pytest.raises(Refused, match="0 hundredths can be spent"):
        hold(town, town.person(), 1)


def test_holds_are_not_left_out_of_the_balance_that_can_be_spent(town: Town) -> None:
    # blnk #181: the balance offered for spending counted what was held already.
    person = town.person()
    award(town, person, {JUNE: 500})
    hold(town, person, 400)
    with pytest.raises(Refused, match="100 hundredths can be spent"):
        hold(town, person, 200)
    assert available(town, person) == 100


def test_a_hold_times_out_and_cannot_be_posted_any_more(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    held = hold(town, person, 500, expires_at=NOW + timedelta(minutes=30))
    later = NOW + timedelta(minutes=30)
    with pytest.raises(Refused, match="has timed out"):
        post(town, held, at=later)
    with writing(town.engine) as session:
        assert time_out_holds(session, SYSTEM, at=later - timedelta(seconds=1)) == 0
        assert time_out_holds(session, SYSTEM, at=later) == 1
        assert time_out_holds(session, SYSTEM, at=later) == 0
    assert (available(town, person), state_of(town, held)) == (500, "timed_out")
    assert town.last_audit().action == "time_out_holds"
    assert broken_rules(town) == {}


def test_a_hold_whose_time_is_over_does_not_stand_in_the_way_of_the_next(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    first = hold(town, person, 500, expires_at=NOW + timedelta(minutes=30))
    hold(town, person, 500, at=NOW + timedelta(hours=1))
    assert state_of(town, first) == "timed_out"
    assert broken_rules(town) == {}


def test_the_same_id_with_the_same_content_is_answered_like_the_first_time(town: Town) -> None:
    person, hold_id, transfer_id = town.person(), str(uuid4()), str(uuid4())
    award(town, person, {JUNE: 500})
    assert hold(town, person, 500, hold_id=hold_id) == hold(town, person, 500, hold_id=hold_id)
    first = post(town, hold_id, transfer_id=transfer_id)
    again = post(town, hold_id, transfer_id=transfer_id.upper(), at=NOW + timedelta(days=400))
    assert again == first
    assert (first.is_new, again.is_new) == (True, False)
    assert town.count(PointTransfer, PointTransfer.kind == "spend") == 1
    assert town.count(AuditEntry, AuditEntry.action.in_(["hold_points", "post_hold"])) == 2
    assert broken_rules(town) == {}


def test_an_idempotency_conflict_is_a_clear_answer_and_no_failure(town: Town) -> None:
    # formance/ledger PR #1601: the same id with other content was answered with 500.
    person, other, hold_id = town.person(), town.person(), str(uuid4())
    award(town, person, {JUNE: 500})
    award(town, other, {JUNE: 500})
    hold(town, person, 100, hold_id=hold_id)
    for someone, amount in ((person, 200), (other, 100)):
        with pytest.raises(IdConflict, match="make a new id") as refusal:
            hold(town, someone, amount, hold_id=hold_id)
        assert refusal.value.field == "hold_id"
    posted = post(town, hold_id)
    more = hold(town, other, 100)
    with pytest.raises(IdConflict, match="make a new id") as refusal:
        post(town, more, transfer_id=posted.transfer_id)
    assert refusal.value.field == "transfer_id"
    assert broken_rules(town) == {}


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, 2**60])
def test_an_amount_that_is_no_whole_number_above_zero_is_refused(town: Town, amount: int) -> None:
    with pytest.raises(Refused, match="whole number of hundredths") as refusal:
        hold(town, town.person(), amount)
    assert refusal.value.field == "amount_cents"


def test_an_id_that_is_no_uuid_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="must be a UUID") as refusal:
        hold(town, town.person(), 100, hold_id="17")
    assert refusal.value.field == "hold_id"


def test_a_refund_goes_back_into_the_lots_that_were_spent_the_youngest_first(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500, JULY: 300})
    spent = post(town, hold(town, person, 700))
    assert give_back(town, spent, 250).amount_cents == 250
    assert lots(town, person) == {JUNE: (50, 0, 0), JULY: (300, 0, 0)}
    with pytest.raises(Refused, match="only 450 hundredths") as refusal:
        give_back(town, spent, 451)
    assert refusal.value.field == "amount_cents"
    give_back(town, spent, 450)
    assert lots(town, person) == {JUNE: (500, 0, 0), JULY: (300, 0, 0)}
    assert balances(town) == {"volunteer": 800, "issue": -800}
    assert town.last_audit().reason == "out of stock"
    assert broken_rules(town) == {}


def give_back(town: Town, spent: Posted, amount: int) -> Posted:
    with writing(town.engine) as session:
        return reverse_transfer(
            session,
            CITY,
            transfer_id=str(uuid4()),
            of_transfer_id=spent.transfer_id,
            amount_cents=amount,
            at=NOW,
            reason="out of stock",
        )


def test_an_award_is_not_reversed_by_hand(town: Town) -> None:
    award(town, town.person(), {JUNE: 500})
    with reading(town.engine) as session:
        awarded = session.scalars(select(PointTransfer.transfer_id)).one()
    with pytest.raises(Refused, match="correct the session") as refusal, writing(town.engine) as session:
        reverse_transfer(
            session, CITY, transfer_id=str(uuid4()), of_transfer_id=awarded, at=NOW, reason="wrong"
        )
    assert refusal.value.field == "of_transfer_id"


def test_a_correction_of_points_that_were_spent_blocks_spending_until_they_are_earned_again(
    town: Town,
) -> None:
    person = town.person()
    award(town, person, {JUNE: 500, JULY: 300})
    post(town, hold(town, person, 700))
    award(town, person, {date(2026, 6, 20): -500})
    assert (available(town, person), lots(town, person)) == (-400, {JUNE: (0, 0, 400), JULY: (0, 0, 0)})
    with pytest.raises(Refused, match="400 hundredths are owed after a correction"):
        hold(town, person, 1)
    award(town, person, {date(2026, 7, 20): 400})
    assert (available(town, person), lots(town, person)) == (0, {JUNE: (0, 0, 0), JULY: (0, 0, 0)})
    award(town, person, {date(2026, 7, 21): 10})
    hold(town, person, 10)
    assert broken_rules(town) == {}


def test_what_was_held_before_a_correction_can_still_be_posted(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    held = hold(town, person, 300)
    award(town, person, {JUNE: -400})
    assert (available(town, person), lots(town, person)) == (-200, {JUNE: (300, 300, 200)})
    post(town, held)
    assert (available(town, person), lots(town, person)) == (-200, {JUNE: (0, 0, 200)})
    assert broken_rules(town) == {}


def test_a_voided_hold_makes_good_what_is_owed(town: Town) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    held = hold(town, person, 300)
    award(town, person, {JUNE: -400})
    void(town, held)
    assert available(town, person) == 100
    with pytest.raises(Refused, match="100 hundredths can be spent"):
        hold(town, person, 101)
    post(town, hold(town, person, 100))
    assert available(town, person) == 0
    assert broken_rules(town) == {}


def test_a_closed_month_takes_no_more_entries_and_a_later_correction_goes_into_the_open_one(
    town: Town,
) -> None:
    person, july = town.person(), NOW - timedelta(days=5)
    award(town, person, {JUNE: 500}, at=july)
    with pytest.raises(Refused, match="not over yet"):
        close(town, date(2026, 8, 15))
    assert close(town, date(2026, 7, 15)) == (date(2026, 7, 1), 500)
    with pytest.raises(Refused, match="to 2026-07 are closed") as refusal:
        close(town, date(2026, 7, 1))
    assert refusal.value.field == "period"
    award(town, person, {JUNE: -100}, at=july)
    with reading(town.engine) as session:
        periods = session.scalars(select(PointTransfer.period).order_by(PointTransfer.transfer_no)).all()
    assert periods == [date(2026, 7, 1), date(2026, 8, 1)]
    assert broken_rules(town) == {}


def test_each_month_that_is_over_waits_to_be_closed_by_who_closes_it(town: Town) -> None:
    award(town, town.person(), {JUNE: 500}, at=datetime(2026, 6, 20, tzinfo=UTC))
    assert waiting_to_close(town, CITY) == [JUNE, JULY]
    assert waiting_to_close(town, DISTRICT) == []
    close(town, JUNE)
    assert waiting_to_close(town, CITY) == [JULY]
    close(town, JULY)
    assert waiting_to_close(town, CITY) == []
    with reading(town.engine) as session:
        told = closed_periods(session)
    assert [(row["period"], row["outstanding_points"], row["last_transfer_no"]) for row in told] == [
        (JULY, 5, 1),
        (JUNE, 5, 1),
    ]


def test_a_ledger_without_entries_has_no_month_to_close(town: Town) -> None:
    assert waiting_to_close(town, CITY) == []


def waiting_to_close(town: Town, actor: Actor) -> list[date]:
    with reading(town.engine) as session:
        return periods_to_close(session, actor, NOW)


def test_the_accounting_month_is_of_the_local_day_and_not_of_the_day_in_utc(town: Town) -> None:
    # odoo PR #212594: at UTC+8 what happens before 08:00 fell on the day before.
    person, midnight = town.person(), datetime(2026, 7, 31, 16, 0, tzinfo=UTC)
    award(town, person, {JUNE: 500}, at=midnight - timedelta(seconds=1))
    award(town, person, {JUNE: 500}, at=midnight)
    with reading(town.engine) as session:
        periods = session.scalars(select(PointTransfer.period).order_by(PointTransfer.transfer_no)).all()
    assert periods == [date(2026, 7, 1), date(2026, 8, 1)]


def close(town: Town, period: date) -> tuple[date, int]:
    with writing(town.engine) as session:
        closed = close_period(session, CITY, period=period, at=NOW)
        return closed.period, closed.outstanding_cents


STRANGER = Actor("stranger", Role.VOLUNTEER, volunteer_id=999)
DISTRICT = Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


@pytest.mark.parametrize("actor", [STRANGER, DISTRICT, Actor("visitor", Role.VISITOR)])
def test_nobody_holds_points_of_others_whether_they_are_there_or_not(town: Town, actor: Actor) -> None:
    person = town.person()
    award(town, person, {JUNE: 500})
    said = set()
    for someone in (person, 4711):
        with pytest.raises(NotAllowed) as refusal, writing(town.engine) as session:
            hold_points(session, actor, hold_id=str(uuid4()), volunteer_id=someone, amount_cents=1, at=NOW)
        said.add(str(refusal.value))
    assert len(said) == 1
    assert town.count(PointHold) == 0


def test_a_volunteer_neither_posts_nor_voids_a_hold_of_their_own_nor_reverses_a_transfer(town: Town) -> None:
    from operations.commands.points import post_hold, void_hold

    person = town.person()
    award(town, person, {JUNE: 500})
    held, ids = hold(town, person, 100), {"transfer_id": str(uuid4())}
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        post_hold(session, volunteer(person), hold_id=held, at=NOW, **ids)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        void_hold(session, volunteer(person), hold_id=held, at=NOW)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        reverse_transfer(session, DISTRICT, of_transfer_id="guessed", at=NOW, reason="x", **ids)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        close_period(session, DISTRICT, period=JUNE, at=NOW)
    assert state_of(town, held) == "open"


def test_a_banned_volunteer_holds_nothing(town: Town) -> None:
    from operations.model import Volunteer

    person = town.person()
    award(town, person, {JUNE: 500})
    with writing(town.engine) as session:
        session.get_one(Volunteer, person).status = "banned"
    with pytest.raises(Refused, match="not active") as refusal:
        hold(town, person, 100)
    assert refusal.value.field == "volunteer_id"
