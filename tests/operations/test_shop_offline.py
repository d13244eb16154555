"""Terminals without a network: never more than was held, each sale once, however late, shuffled or often it comes."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from operations.access import NotAllowed
from operations.commands.bans import ban_volunteer
from operations.commands.ledger import IdConflict
from operations.commands.points import time_out_holds
from operations.commands.refusals import Refused
from operations.commands.shop_offline import end_pre_authorisation
from operations.commands.shops import close_shop
from operations.database import reading, writing
from operations.local_time import LOCAL
from operations.model import AuditEntry, PreAuthorisation, RefusedRedemption, ShopRedemption

from .conftest import CITY, NOW
from .ledgers import SYSTEM, available, award, balances, broken_rules, lots
from .shop_stories import Shop, sale, shop, till
from .test_shop_redemptions import rich

__all__ = ["shop"]

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def outcomes(shop: Shop, *lines: object, **options: object) -> list[str]:
    """What became of each line."""
    return [line.outcome for line in shop.upload(*lines, **options)]  # type: ignore[arg-type]


def test_what_a_terminal_sold_offline_comes_out_of_what_was_held(shop: Shop) -> None:
    person = shop.town.person()
    award(shop.town, person, {JUNE: 200, JULY: 800})
    held = shop.pre_authorise(person, 500)
    assert lots(shop.town, person) == {JUNE: (200, 200, 0), JULY: (800, 300, 0)}
    assert outcomes(shop, sale(held, 150), sale(held, 150), at=NOW + 3 * HOUR) == ["posted", "posted"]
    assert lots(shop.town, person) == {JUNE: (0, 0, 0), JULY: (700, 200, 0)}
    assert balances(shop.town)["shop"] == 300
    assert broken_rules(shop.town) == {}
    assert outcomes(shop, sale(held, 200)) == ["posted"]
    assert (available(shop.town, person), broken_rules(shop.town)) == (500, {})


def test_more_than_was_held_is_refused_line_by_line_and_kept(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 500)
    first = sale(held, 300)
    second, third = (sale(held, 300, occurred_at=(NOW + hours * HOUR).isoformat()) for hours in (1, 2))
    fourth = sale(held, 200, occurred_at=(NOW + 3 * HOUR).isoformat())
    # The answers come in the order of the lines, which are taken by their time.
    sent = (fourth, third, second, first)
    assert outcomes(shop, *sent, at=NOW + 4 * HOUR) == ["posted", "refused", "refused", "posted"]
    assert outcomes(shop, *sent, at=NOW + DAY) == ["posted", "refused", "refused", "posted"]
    assert shop.town.count(RefusedRedemption) == 2
    with reading(shop.town.engine) as session:
        for kept in session.scalars(select(RefusedRedemption)):
            assert "hundredths are left of what was held" in kept.reason
            assert kept.content["pre_authorisation_id"] == held.pre_authorisation_id
    assert balances(shop.town)["shop"] == 500
    assert broken_rules(shop.town) == {}


def test_points_held_for_a_terminal_cannot_be_spent_elsewhere(shop: Shop) -> None:
    # blnk #181: the balance offered for spending counted what was held already.
    person = rich(shop.town, 500)
    shop.pre_authorise(person, 400)
    with pytest.raises(Refused, match="100 hundredths can be spent"):
        shop.redeem(shop.code(person), 200)


def test_late_uploads_of_one_terminal_are_not_skipped_because_another_was_on_time(shop: Shop) -> None:
    # hrms PR #714: one watermark for all devices skipped late ones for good.
    first = shop.pre_authorise(rich(shop.town), 300)
    second = shop.pre_authorise(rich(shop.town), 300, terminal_no="T2")
    assert outcomes(shop, sale(second, 100), number="T2", at=NOW + DAY) == ["posted"]
    assert outcomes(shop, sale(first, 100), at=NOW + 7 * DAY) == ["posted"]


def test_a_terminal_whose_clock_was_lost_still_gets_its_points_and_the_sale_is_marked(shop: Shop) -> None:
    # biometric-attendance-sync-tool #80: a device's clock is lost after a power cut.
    held = shop.pre_authorise(rich(shop.town), 300)
    for wrong in ("2000-01-01T00:00:00+08:00", "2099-01-01T00:00:00+08:00"):
        assert outcomes(shop, sale(held, 100, occurred_at=wrong)) == ["posted"]
    assert shop.town.count(ShopRedemption, ShopRedemption.is_clock_wrong) == 2


def test_a_sale_that_comes_after_the_hold_is_refused_and_the_points_stay_free(shop: Shop) -> None:
    person = rich(shop.town)
    held = shop.pre_authorise(person, 300)
    line = sale(held, 100)
    late = held.upload_until
    with writing(shop.town.engine) as session:
        time_out_holds(session, SYSTEM, at=late)
    [answer] = shop.upload(line, at=late)
    assert "came too late" in answer.reason
    assert available(shop.town, person) == 1_000
    assert shop.upload(line, at=late + DAY) == [answer]
    assert shop.town.count(RefusedRedemption) == 1


def test_a_sale_after_the_time_to_sell_is_refused(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 300)
    [answer] = shop.upload(sale(held, 100, occurred_at=(NOW + 25 * HOUR).isoformat()), at=NOW + 30 * HOUR)
    assert "sold too late" in answer.reason


def test_lines_that_cannot_be_read_are_kept_and_say_what_is_wrong(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 300)
    answers = shop.upload(
        "nonsense",
        {},
        sale(held, 0),
        sale(held, 10, occurred_at="2026-08-01T10:00:00"),
        sale(held, 10, redemption_id="x"),
        sale(held, 10),
    )
    assert [line.outcome for line in answers] == [*["refused"] * 5, "posted"]
    for line, word in zip(answers, ("object", "missing", "above zero", "moment", "UUID"), strict=False):
        assert word in line.reason
    assert shop.town.count(RefusedRedemption) == 5


def test_the_same_id_with_other_content_is_refused_and_both_are_kept(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 300)
    line = sale(held, 100)
    assert outcomes(shop, line) == ["posted"]
    assert outcomes(shop, {**line, "amount_cents": 90}, line) == ["refused", "posted"]
    assert (shop.town.count(ShopRedemption), shop.town.count(RefusedRedemption)) == (1, 1)


def test_a_terminal_uploads_for_its_own_pre_authorisations_only(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 300)
    [answer] = shop.upload(sale(held, 100), number="T2")
    assert "no points were held for this terminal" in answer.reason
    with pytest.raises(NotAllowed), writing(shop.town.engine) as session:
        end_pre_authorisation(session, till("T2"), pre_authorisation_id=held.pre_authorisation_id, at=NOW)


def test_ending_a_pre_authorisation_frees_the_rest_and_what_comes_later_is_refused(shop: Shop) -> None:
    person = rich(shop.town)
    held = shop.pre_authorise(person, 300)
    shop.upload(sale(held, 100))
    for _ in range(2):
        with writing(shop.town.engine) as session:
            end_pre_authorisation(session, till("T1"), pre_authorisation_id=held.pre_authorisation_id, at=NOW)
    assert available(shop.town, person) == 900
    [answer] = shop.upload(sale(held, 100))
    assert "was ended before" in answer.reason
    assert broken_rules(shop.town) == {}


def test_the_log_tells_the_time_of_a_sale_in_utc_whatever_zone_the_terminal_wrote(shop: Shop) -> None:
    held = shop.pre_authorise(rich(shop.town), 300)
    local = NOW.astimezone(LOCAL).isoformat(timespec="milliseconds")
    assert outcomes(shop, sale(held, 100, occurred_at=local), at=NOW + HOUR) == ["posted"]
    with reading(shop.town.engine) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "shop_redemptions")).one()
    assert entry.after["occurred_at"] == NOW.isoformat()


def test_a_person_who_ends_a_pre_authorisation_says_why(shop: Shop) -> None:
    person = rich(shop.town)
    held = shop.pre_authorise(person, 300)
    with pytest.raises(Refused, match="reason"), writing(shop.town.engine) as session:
        end_pre_authorisation(session, CITY, pre_authorisation_id=held.pre_authorisation_id, at=NOW)
    assert available(shop.town, person) == 700
    with writing(shop.town.engine) as session:
        end_pre_authorisation(
            session, CITY, pre_authorisation_id=held.pre_authorisation_id, at=NOW, reason="till is broken"
        )
    assert available(shop.town, person) == 1_000


def test_a_pre_authorisation_asked_again_is_the_same_one_and_uses_the_code_up(shop: Shop) -> None:
    person, one = rich(shop.town), str(uuid4())
    code = shop.code(person)
    first = shop.pre_authorise(person, 300, code=code, pre_authorisation_id=one)
    again = shop.pre_authorise(person, 300, code=code, pre_authorisation_id=one)
    assert again.hold_id == first.hold_id
    with pytest.raises(IdConflict):
        shop.pre_authorise(person, 200, code=code, pre_authorisation_id=one)
    with pytest.raises(Refused, match="used already"):
        shop.redeem(code, 100)
    with pytest.raises(Refused, match="at most 50 points"):
        shop.pre_authorise(person, 5_001)
    assert available(shop.town, person) == 700


def test_what_was_sold_before_a_ban_a_correction_or_the_shops_end_is_still_posted(shop: Shop) -> None:
    person = rich(shop.town)
    held = shop.pre_authorise(person, 400)
    shop.upload(sale(held, 100))
    award(shop.town, person, {JUNE: -1_000})
    with writing(shop.town.engine) as session:
        ban_volunteer(session, CITY, volunteer_id=person, reason="代打卡", at=NOW)
        close_shop(session, CITY, shop_id=shop.shop_id, reason="搬走", at=NOW)
    assert outcomes(shop, sale(held, 100), sale(held, 100)) == ["posted", "posted"]
    assert broken_rules(shop.town) == {}
    assert available(shop.town, person) == -400


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.integers(1, 200), min_size=1, max_size=6),
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 6), max_size=3),
)
def test_late_shuffled_and_repeated_uploads_post_each_sale_once_and_never_more_than_is_held(
    shop: Shop, engine: Engine, amounts: list[int], seed: int, cuts: list[int]
) -> None:
    chance = Random(seed)
    person = rich(shop.town, 600)
    held = shop.pre_authorise(person, 500)
    lines = [sale(held, amount) for amount in amounts]
    sent = [*lines, *chance.sample(lines, k=len(lines) // 2)]
    chance.shuffle(sent)
    later = NOW
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(sent)], strict=True):
        later += HOUR
        shop.upload(*sent[start:end], at=later)
    answers = {line["redemption_id"]: shop.upload(line, at=later)[0].outcome for line in lines}
    posted = [line for line in lines if answers[line["redemption_id"]] == "posted"]
    spent = sum(line["amount_cents"] for line in posted)
    with reading(engine) as session:
        mine = ShopRedemption.pre_authorisation_id == held.pre_authorisation_id
        kept = session.scalars(select(ShopRedemption.redemption_id).where(mine)).all()
        total = session.scalar(select(func.sum(ShopRedemption.amount_cents)).where(mine)) or 0
        known = session.get_one(PreAuthorisation, held.pre_authorisation_id)
    assert sorted(kept) == sorted(line["redemption_id"] for line in posted)
    assert total == spent == known.posted_cents <= 500
    if sum(amounts) <= 500:
        # Whoever keeps to what is held gets everything, in any order.
        assert len(posted) == len(lines)
    assert available(shop.town, person) == 100
    assert lots(shop.town, person) == {JUNE: (600 - spent, 500 - spent, 0)}
    assert broken_rules(shop.town) == {}
