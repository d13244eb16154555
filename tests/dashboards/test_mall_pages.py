"""The pages of the mall: items, orders and suppliers open, goods are handed out and files taken, others see nothing."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from operations.access import Role
from operations.commands.mall_items import set_item_picture
from operations.commands.mall_settlements import close_supplier_month
from operations.database import open_database, reading, writing
from operations.model import AuditEntry, MallItem, MallOrder, MallSettlement, MallSupplier, utc_now
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import make_lake
from tests.operations.conftest import CITY, NOW, town
from tests.operations.mall_stories import Mall, mall

__all__ = ["mall", "town"]


def png() -> bytes:
    """A small picture."""
    held = io.BytesIO()
    Image.new("RGB", (4, 4), "green").save(held, "PNG")
    return held.getvalue()


@pytest.fixture
def home(tmp_path: Path, _migrated_sqlite: Path) -> Path:
    """A home with a lake and an empty operational database."""
    made = tmp_path / "mall"
    make_lake(made)
    shutil.copy(_migrated_sqlite, made / "operations.sqlite")
    return made


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """Its operational database, in which the town and the mall are made."""
    opened = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def sold(home: Path, mall: Mall) -> Path:
    """Rice with a picture; an order that was sent and given back in part, one to be sent, one to be picked up."""
    now = utc_now()
    rice, person = mall.item("东北大米", price=325), mall.buyer(5_000)
    with writing(mall.town.engine) as session:
        set_item_picture(session, CITY, item_id=rice, content=png(), media_type="image/png", at=NOW)
    sent = mall.order(person, {rice: 3}, at=now).order
    mall.fulfil(sent, at=now)
    mall.refund(sent, lines={rice: 1}, at=now, reason="破损")
    mall.order(person, {rice: 2}, at=now)
    mall.order(person, {rice: 1}, address=None, pick_up_code="ABCD12345678", at=now)
    with writing(mall.town.engine) as session:
        close_supplier_month(session, CITY, supplier_id=mall.farm, month=date(2026, 6, 1), at=NOW)
    return home


def said(shown: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*shown.markdown, *shown.caption, *shown.title])


@pytest.mark.parametrize(
    ("page", "opens", "says"),
    [
        ("mall_items", {"item": "1"}, "东北大米"),
        ("mall_orders", {"order": "1"}, r"9\.75"),
        ("mall_suppliers", {"supplier": "1"}, "断桥微笑亭"),
        ("mall_suppliers", {"month": "1"}, "爱心农场 2026"),
    ],
)
def test_the_list_and_one_of_its_rows_open(
    open_page: OpenPage, sold: Path, page: str, opens: dict[str, str], says: str
) -> None:
    shown = open_page(f"admin/{page}", home=sold)
    assert not shown.exception
    assert shown.dataframe and all(table.value.shape[0] >= 1 for table in shown.dataframe)
    one = open_page(f"admin/{page}", home=sold, **opens)
    assert not one.exception
    assert says in said(one)


def test_the_window_shows_what_volunteers_see_and_masks_stay_on_orders(
    open_page: OpenPage, sold: Path
) -> None:
    shown = open_page("admin/mall_items", home=sold)
    assert "3.25 益币" in said(shown) and "**东北大米**" in said(shown)
    order = said(open_page("admin/mall_orders", home=sold, order="2"))
    assert "13800138000" not in order and "曙光路 1 号" not in order


def field(shown: AppTest, label: str) -> str:
    """The key of the field with this label."""
    return next(
        one.key for one in [*shown.text_input, *shown.text_area, *shown.number_input] if one.label == label
    )


def press(shown: AppTest, label: str) -> AppTest:
    """Press the button with this label."""
    return next(one for one in shown.button if one.label == label).click().run()


def test_an_order_is_handed_out_at_the_counter_for_its_code_once(
    open_page: OpenPage, sold: Path, engine: Engine
) -> None:
    shown = open_page("admin/mall_orders", home=sold)
    shown.text_input(key=field(shown, "取货码")).input("abcd-1234-5678")
    shown = press(shown, "核对并交货")
    assert "订单 3 可以交货" in shown.success[0].value
    with reading(engine) as session:
        assert session.get_one(MallOrder, 3).status == "fulfilled"
    shown.text_input(key=field(shown, "取货码")).input("ABCD12345678")
    again = press(shown, "核对并交货")
    assert "每个码只能用一次" in said(again)


def test_the_packing_list_is_made_for_a_reason_and_the_log_knows(
    open_page: OpenPage, sold: Path, engine: Engine
) -> None:
    shown = open_page("admin/mall_orders", home=sold)
    refused = press(shown, "生成收货清单")
    assert "packing_list" not in refused.session_state
    refused.text_area(key=field(refused, "原因")).input("打印发货单")
    made = press(refused, "生成收货清单")
    rows = made.session_state["packing_list"].decode("utf-8-sig")
    assert "13800138000" in rows and "东北大米 × 2" in rows
    with reading(engine) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal_delivery_addresses"))
    assert (entry.subject_id, entry.reason) == ("2", "打印发货单")


def test_an_item_is_added_received_and_put_on_sale_on_the_page(
    open_page: OpenPage, sold: Path, engine: Engine
) -> None:
    shown = open_page("admin/mall_items", home=sold)
    shown.text_input(key=field(shown, "商品")).input("龙井茶")
    shown.text_input(key=field(shown, "单价（益币）")).input("abc")
    refused = press(shown, "保存")
    assert "益币要大于 0" in said(refused)
    refused.text_input(key=field(refused, "单价（益币）")).input("12.5")
    assert not press(refused, "保存").exception
    with reading(engine) as session:
        tea = session.scalars(select(MallItem).where(MallItem.name == "龙井茶")).one()
    assert (tea.price_cents, tea.status) == (1_250, "draft")
    one = open_page("admin/mall_items", home=sold, item=str(tea.item_id))
    one.number_input(key=field(one, "件数")).set_value(7)
    one = press(one, "入库")
    one = press(one, "上架")
    assert not one.exception
    with reading(engine) as session:
        tea = session.get_one(MallItem, tea.item_id)
    assert (tea.stock, tea.status) == (7, "on_sale")


def test_an_order_is_cancelled_and_given_back_on_the_page(
    open_page: OpenPage, sold: Path, engine: Engine
) -> None:
    one = open_page("admin/mall_orders", home=sold, order="2")
    refused = press(one, "取消订单")
    assert "请写明原因" in said(refused)
    reason = next(area for area in refused.text_area if area.key.startswith("cancel_"))
    reason.input("缺货")
    press(refused, "取消订单")
    sent = open_page("admin/mall_orders", home=sold, order="1")
    next(area for area in sent.text_area if area.key.startswith("refund_")).input("过期")
    press(sent, "退益币")
    with reading(engine) as session:
        states = {one.order_id: one.status for one in session.scalars(select(MallOrder))}
    assert (states[1], states[2]) == ("refunded", "cancelled")


def test_a_supplier_is_registered_with_its_place_and_last_month_is_closed(
    open_page: OpenPage, sold: Path, engine: Engine
) -> None:
    shown = open_page("admin/mall_suppliers", home=sold)
    shown.text_input(key=field(shown, "供应商")).input("西湖粮油")
    shown.text_input(key=field(shown, "自提点")).input("断桥")
    refused = press(shown, "保存")
    assert "没有名为断桥的开放站点" in said(refused)
    refused.text_input(key=field(refused, "自提点")).input("断桥微笑亭")
    shown = press(refused, "保存")
    with reading(engine) as session:
        made = session.scalars(select(MallSupplier).where(MallSupplier.name == "西湖粮油")).one()
    assert made.pick_up_site_id == 1
    shown = open_page("admin/mall_suppliers", home=sold)
    press(shown, "全部结算")
    last = (utc_now() + timedelta(hours=8)).date().replace(day=1) - timedelta(days=1)
    with reading(engine) as session:
        months = session.scalars(select(MallSettlement.month)).all()
    # Both suppliers that were there then, not the one of today.
    assert months.count(last.replace(day=1)) == 2


def test_another_district_sees_no_order_and_no_month_also_by_its_address(
    open_page: OpenPage, sold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.dashboards import sign_ins

    monkeypatch.setitem(sign_ins.AREAS, Role.DISTRICT_ADMINISTRATOR, "330105")
    hidden = open_page("admin/mall_orders", home=sold, role=Role.DISTRICT_ADMINISTRATOR, order="3")
    assert "没有这条记录" in hidden.warning[0].value
    catalogue = open_page("admin/mall_items", home=sold, role=Role.DISTRICT_ADMINISTRATOR, item="1")
    assert not [one for one in catalogue.button if one.label in ("上架", "下架", "入库")]
