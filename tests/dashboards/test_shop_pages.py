"""The pages of charity shops and of adjustments: rows and records open, a file is handed out, others see nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, text
from streamlit.testing.v1 import AppTest

from operations.access import NotAllowed, Role
from operations.commands.adjustments import ask_for_adjustment
from operations.commands.shop_settlements import settle_shop
from operations.commands.shops import terminal_by_key
from operations.database import open_database, reading, writing
from operations.model import CharityShop, PointHold, PreAuthorisation, ShopSettlement, ShopTerminal, utc_now
from operations.queries.months_to_settle import shop_months_to_settle
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import make_lake
from tests.operations.conftest import CITY, NOW, town
from tests.operations.ledgers import award
from tests.operations.shop_stories import Shop, sale, shop

__all__ = ["shop", "town"]


@pytest.fixture
def home(tmp_path: Path, _migrated_sqlite: Path) -> Path:
    """A home with a lake and an empty operational database."""
    made = tmp_path / "shops"
    make_lake(made)
    shutil.copy(_migrated_sqlite, made / "operations.sqlite")
    return made


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """Its operational database, in which the town and the shop are made."""
    opened = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def desk(home: Path, shop: Shop) -> Path:
    """A redemption, an upload of which a line was refused, a settled month, and an adjustment that waits."""
    person, asker = shop.town.person(), shop.town.person()
    award(shop.town, person, {date(2026, 6, 1): 1_000})
    shop.redeem(shop.code(person), 325, goods="大米")
    held = shop.pre_authorise(person, 200)
    shop.upload(sale(held, 150), sale(held, 300))
    with writing(shop.town.engine) as session:
        settle_shop(session, CITY, shop_id=shop.shop_id, period=NOW.date(), at=NOW + timedelta(days=40))
        ask_for_adjustment(
            session, replace(CITY, volunteer_id=asker), adjustment_id=str(uuid4()), volunteer_id=person,
            amount_cents=500, reason="漏发", at=NOW,
        )  # fmt: skip
    return home


def element(kind: str, shown: AppTest, key: str) -> Any:
    """The one widget of a kind of which the key begins so."""
    return next(one for one in getattr(shown, kind) if (one.key or "").startswith(key))


def press(shown: AppTest, form: str) -> AppTest:
    """Press the button of a form."""
    return element("button", shown, f"{form}_0_submit").click().run()


def said(shown: AppTest) -> str:
    """All that stands on a page as text."""
    return "\n".join(str(one.value) for one in (*shown.markdown, *shown.caption, *shown.code, *shown.success))


@pytest.mark.parametrize(
    ("page", "opens", "says"),
    [
        ("shops", {"shop": "1"}, "曙光路 1 号"),
        ("redemptions", {"redemption": "1"}, r"3\.25"),
        ("shop_settlements", {"settlement": "1"}, r"4\.75"),
        ("adjustments", {"adjustment": "1"}, "漏发"),
    ],
)
def test_the_list_and_one_of_its_rows_open(
    open_page: OpenPage, desk: Path, page: str, opens: dict[str, str], says: str
) -> None:
    shown = open_page(f"admin/{page}", home=desk)
    assert not shown.exception
    assert all(table.value.shape[0] >= 1 for table in shown.dataframe)
    one = open_page(f"admin/{page}", home=desk, **opens)
    assert not one.exception
    assert says in "\n".join(str(element.value) for element in one.markdown)


def test_the_page_says_that_files_redemptions_and_ledger_agree(open_page: OpenPage, desk: Path) -> None:
    shown = open_page("admin/shop_settlements", home=desk)
    assert "一致" in shown.success[0].value


def test_another_district_sees_nothing_of_the_shop_also_by_its_address(
    open_page: OpenPage, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.dashboards import sign_ins

    monkeypatch.setitem(sign_ins.AREAS, Role.DISTRICT_ADMINISTRATOR, "330105")
    for page, opens in (
        ("shops", {"shop": "1"}),
        ("redemptions", {"redemption": "1"}),
        ("shop_settlements", {"settlement": "1"}),
        ("adjustments", {"adjustment": "1"}),
    ):
        hidden = open_page(f"admin/{page}", home=desk, role=Role.DISTRICT_ADMINISTRATOR, **opens)
        assert "没有这条记录" in hidden.warning[0].value


def test_a_shop_is_registered_for_an_organisation_chosen_by_its_name(
    open_page: OpenPage, desk: Path, shop: Shop
) -> None:
    shown = open_page("admin/shops", home=desk)
    for field, typed in (("shop_no", "S002"), ("name", "德善坊"), ("address", "保俶路 2 号")):
        element("text_input", shown, f"register_shop_0_{field}").input(typed)
    element("selectbox", shown, "register_shop_0_area_code").set_value("330106001")
    organisation = element("selectbox", shown, "register_shop_0_organisation_id")
    assert organisation.options[0] == "无"
    organisation.set_value(str(shop.town.organisation_id))
    assert not press(shown, "register_shop").exception
    with reading(shop.town.engine) as session:
        made = session.scalars(select(CharityShop).where(CharityShop.shop_no == "S002")).one()
    assert (made.organisation_id, made.township_code) == (shop.town.organisation_id, "330106001")


def test_a_shop_is_corrected_with_a_reason_on_its_page(open_page: OpenPage, desk: Path, shop: Shop) -> None:
    shown = open_page("admin/shops", home=desk, shop="1")
    element("text_input", shown, "update_shop_1_0_name").input("仁爱慈善超市")
    element("selectbox", shown, "update_shop_1_0_organisation_id").set_value("")
    refused = press(shown, "update_shop_1")
    assert "请写明原因" in said(refused)
    element("text_area", refused, "update_shop_1_0_reason").input("改名")
    assert not press(refused, "update_shop_1").exception
    with reading(shop.town.engine) as session:
        kept = session.get_one(CharityShop, 1)
    assert (kept.name, kept.organisation_id) == ("仁爱慈善超市", None)


def test_a_terminals_new_key_is_shown_once_and_the_old_one_is_void(
    open_page: OpenPage, desk: Path, shop: Shop
) -> None:
    shown = open_page("admin/shops", home=desk, shop="1")
    element("selectbox", shown, "renew_key_0_terminal_no").set_value("T2")
    element("text_area", shown, "renew_key_0_reason").input("终端失窃")
    renewed = press(shown, "renew_key")
    key = renewed.code[0].value
    assert "T2" in renewed.success[0].value
    with reading(shop.town.engine) as session:
        assert terminal_by_key(session, terminal_no="T2", key=key).device_no == "T2"
        with pytest.raises(NotAllowed):
            terminal_by_key(session, terminal_no="T2", key="key-T2")
    again = open_page("admin/shops", home=desk, shop="1")
    assert not again.code


def test_a_terminal_is_retired_by_choosing_it(open_page: OpenPage, desk: Path, shop: Shop) -> None:
    shown = open_page("admin/shops", home=desk, shop="1")
    element("selectbox", shown, "retire_terminal_0_terminal_no").set_value("T1")
    element("text_area", shown, "retire_terminal_0_reason").input("报废")
    press(shown, "retire_terminal")
    with reading(shop.town.engine) as session:
        assert session.get_one(ShopTerminal, "T1").retired_at is not None


def test_a_pre_authorisation_is_ended_with_a_reason_on_its_page(
    open_page: OpenPage, desk: Path, shop: Shop
) -> None:
    with reading(shop.town.engine) as session:
        held = session.scalars(select(PreAuthorisation)).one()
    shown = open_page("admin/shops", home=desk, pre_authorisation=held.pre_authorisation_id)
    refused = press(shown, "end_pre_authorisation")
    assert "请写明原因" in said(refused)
    element("text_area", refused, "end_pre_authorisation_0_reason").input("终端已全部上传")
    ended = press(refused, "end_pre_authorisation")
    assert not ended.exception
    assert "终端已全部上传" in said(ended)
    with reading(shop.town.engine) as session:
        assert session.get_one(PointHold, held.hold_id).state == "voided"


def test_months_that_wait_stand_on_the_to_do_page_and_each_gets_a_file_of_its_own(
    open_page: OpenPage, desk: Path, shop: Shop
) -> None:
    with reading(shop.town.engine) as session:
        waiting = shop_months_to_settle(session, CITY, utc_now())
    to_do = open_page("admin/to_do", home=desk)
    assert "待结算的商店月份" in [one.value for one in to_do.subheader]
    assert f"月份：{waiting[0].month:%Y-%m}" in said(to_do)
    shown = open_page("admin/shop_settlements", home=desk)
    assert not press(shown, "settle_shops").exception
    with reading(shop.town.engine) as session:
        settled = session.scalars(select(ShopSettlement.period).order_by(ShopSettlement.period)).all()
        assert shop_months_to_settle(session, CITY, utc_now()) == []
    assert settled[1:] == [one.month for one in waiting]
    done = open_page("admin/to_do", home=desk)
    assert "待结算的商店月份" not in [one.value for one in done.subheader]


def test_a_shop_whose_accounts_differ_is_not_settled_on_the_page(
    open_page: OpenPage, desk: Path, shop: Shop
) -> None:
    with shop.town.engine.begin() as connection:
        connection.execute(
            text("UPDATE shop_redemptions SET amount_cents = amount_cents + 1 WHERE redemption_no = 1")
        )
    shown = open_page("admin/shop_settlements", home=desk)
    assert any("暂不结算：仁爱超市" in one.value for one in shown.error)
    assert not [one for one in shown.button if (one.key or "").startswith("settle_shops")]
