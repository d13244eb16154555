"""Charity shops and their terminals: registered, corrected, closed; and what becomes of them when people go."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.erasures import erase_volunteer
from operations.commands.merges import merge_volunteers
from operations.commands.personal_data import export_volunteer
from operations.commands.refusals import Refused
from operations.commands.shop_codes import end_shop_code
from operations.commands.shops import (
    close_shop,
    register_shop,
    register_terminal,
    renew_terminal_key,
    reopen_shop,
    retire_terminal,
    terminal_by_key,
    update_shop,
)
from operations.database import reading, writing
from operations.model import AuditEntry, CharityShop, PaymentCode, ShopCode, ShopRedemption, ShopTerminal

from .conftest import CITY, NOW, Town
from .ledgers import award, broken_rules, lots
from .shop_stories import Shop, sale, shop, till
from .test_ledger_at_once import at_once
from .test_shop_redemptions import rich

__all__ = ["shop"]

JUNE = date(2026, 6, 1)
ELSEWHERE = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, "330105")


def register(town: Town, **options: object) -> CharityShop:
    """One more shop."""
    arguments = {
        "shop_no": "S002",
        "name": "二店",
        "area_code": "330106",
        "address": "新街",
        "at": NOW,
        **options,
    }
    actor = arguments.pop("actor", CITY)
    with writing(town.engine) as session:
        return register_shop(session, actor, **arguments)  # type: ignore[arg-type]


def test_a_shop_has_a_number_of_its_own_and_a_place_that_is_known(shop: Shop) -> None:
    assert register(shop.town).district_code == "330106"
    with pytest.raises(Refused, match="taken by another shop"):
        register(shop.town)
    with pytest.raises(Refused, match="no area 999999"):
        register(shop.town, shop_no="S003", area_code="999999")
    with pytest.raises(Refused, match="there is no organisation 99"):
        register(shop.town, shop_no="S003", organisation_id=99)
    with pytest.raises(NotAllowed):
        register(shop.town, shop_no="S003", actor=ELSEWHERE)
    assert shop.town.count(CharityShop) == 2


def test_a_shop_is_corrected_with_a_reason_and_only_by_its_area(shop: Shop) -> None:
    told = {
        "name": "仁爱二店",
        "address": "新街",
        "organisation_id": None,
        "at": NOW,
        "shop_id": shop.shop_id,
    }
    for actor in (ELSEWHERE, shop.town.host):
        with pytest.raises(NotAllowed), writing(shop.town.engine) as session:
            update_shop(session, actor, reason="改名", **told)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="reason is missing"), writing(shop.town.engine) as session:
        update_shop(session, CITY, reason=" ", **told)  # type: ignore[arg-type]
    with writing(shop.town.engine) as session:
        assert update_shop(session, CITY, reason="改名", **told).name == "仁爱二店"  # type: ignore[arg-type]
    with pytest.raises(Refused, match="nothing is changed"), writing(shop.town.engine) as session:
        update_shop(session, CITY, reason="改名", **told)  # type: ignore[arg-type]


def test_a_closed_shop_opens_again(shop: Shop) -> None:
    told = {"shop_id": shop.shop_id, "reason": "装修", "at": NOW}
    with writing(shop.town.engine) as session:
        close_shop(session, CITY, **told)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="closed already"), writing(shop.town.engine) as session:
        close_shop(session, CITY, **told)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="is closed"), writing(shop.town.engine) as session:
        register_terminal(session, CITY, shop_id=shop.shop_id, terminal_no="T3", name="三号", at=NOW)
    with writing(shop.town.engine) as session:
        reopen_shop(session, CITY, **told)  # type: ignore[arg-type]
    shop.redeem(shop.code(rich(shop.town)), 100)


def test_a_terminals_key_is_told_once_and_another_one_makes_it_void(shop: Shop) -> None:
    with writing(shop.town.engine) as session:
        key = renew_terminal_key(session, shop.town.host, terminal_no="T1", reason="遗失", at=NOW).key
    with reading(shop.town.engine) as session:
        assert terminal_by_key(session, terminal_no="T1", key=key) == till("T1")
        with pytest.raises(NotAllowed):
            terminal_by_key(session, terminal_no="T1", key="key-T1")
        kept = session.get_one(ShopTerminal, "T1")
        logs = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "shop_terminals")).all()
        assert key != kept.key_hash
        assert all("key_hash" not in (log.after or {}) for log in logs)
    with writing(shop.town.engine) as session:
        retire_terminal(session, CITY, terminal_no="T1", reason="坏了", at=NOW)
    with pytest.raises(Refused, match="was retired"), writing(shop.town.engine) as session:
        renew_terminal_key(session, CITY, terminal_no="T1", reason="遗失", at=NOW)


def test_a_poster_is_ended_by_the_shop_and_pays_no_more(shop: Shop) -> None:
    person, poster = rich(shop.town), shop.poster(50)
    with writing(shop.town.engine) as session:
        made = session.scalars(select(ShopCode)).one()
        end_shop_code(session, shop.town.host, shop_code_id=made.shop_code_id, at=NOW)
    with pytest.raises(Refused, match="has ended"):
        shop.pay(person, poster, 50)
    with pytest.raises(NotAllowed), writing(shop.town.engine) as session:
        end_shop_code(session, till("T1"), shop_code_id=made.shop_code_id, at=NOW)


def test_an_erased_volunteer_leaves_redemptions_and_no_code(shop: Shop) -> None:
    person = rich(shop.town)
    shop.redeem(shop.code(person), 100)
    held = shop.pre_authorise(person, 200)
    code = shop.code(person)
    with writing(shop.town.engine) as session:
        erase_volunteer(session, CITY, volunteer_id=person, at=NOW, reason="本人要求")
    with pytest.raises(Refused, match="not known"):
        shop.redeem(code, 100)
    assert shop.town.count(PaymentCode, PaymentCode.used_at.is_(None)) == 0
    assert [line.outcome for line in shop.upload(sale(held, 200))] == ["posted"]
    assert shop.town.count(ShopRedemption) == 2
    assert broken_rules(shop.town) == {}


def test_after_a_merge_points_go_back_to_the_account_that_they_came_from(shop: Shop) -> None:
    kept, lost = rich(shop.town), rich(shop.town)
    made = shop.redeem(shop.code(lost), 400)
    held = shop.pre_authorise(lost, 200)
    with writing(shop.town.engine) as session:
        merge_volunteers(
            session, CITY, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    shop.refund(made)
    assert [line.outcome for line in shop.upload(sale(held, 200))] == ["posted"]
    assert lots(shop.town, lost) == {JUNE: (800, 0, 0)}
    assert lots(shop.town, kept) == {JUNE: (1_000, 0, 0)}
    assert shop.town.count(ShopRedemption, ShopRedemption.volunteer_id == kept) == 2
    assert broken_rules(shop.town) == {}


def test_a_copy_of_ones_data_tells_what_was_redeemed_and_no_secret(shop: Shop) -> None:
    person = rich(shop.town)
    shop.redeem(shop.code(person), 100)
    with writing(shop.town.engine) as session:
        data = export_volunteer(session, CITY, volunteer_id=person, at=NOW, reason="本人要求")
    assert data.tables["shop_redemptions"][0]["goods"] == "大米"
    assert "code_hash" not in data.as_json()


def test_uploads_of_two_terminals_for_the_same_people_do_not_wait_for_each_other_for_ever(shop: Shop) -> None:
    people = [shop.town.person() for _ in range(4)]
    for person in people:
        award(shop.town, person, {JUNE: 1_000})
    held = {
        number: [shop.pre_authorise(person, 200, terminal_no=number) for person in people]
        for number in ("T1", "T2")
    }
    sent = [("T1", held["T1"]), ("T2", held["T2"][::-1])] * 4
    answers = at_once(
        lambda one: [
            line.outcome for line in shop.upload(*(sale(each, 50) for each in one[1]), number=one[0])
        ],
        sent,
    )
    assert answers == [["posted"] * 4] * 8
    assert broken_rules(shop.town) == {}
