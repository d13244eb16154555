"""The pages of charity shops and of adjustments: rows and records open, a file is handed out, others see nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from operations.access import Role
from operations.commands.adjustments import ask_for_adjustment
from operations.commands.shop_settlements import settle_shop
from operations.database import open_database, writing
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
