"""The pages of points: accounts down to the tap, what the city owes, the reconciliation, and the dated rules."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from operations.access import Actor, Role
from operations.commands.ledger_settlement import DUE, settle_batch
from operations.commands.shops import register_shop
from operations.commands.volunteers import register_volunteer
from operations.database import open_database, reading, writing
from operations.model import (
    Activity,
    Area,
    AuditEntry,
    CheckIn,
    Organisation,
    PointPeriod,
    Shift,
    Site,
    utc_now,
)
from tests.dashboards import sign_ins
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import make_lake
from tests.operations.mall_stories import buy
from tests.warehouse.rows import compute_up_to, put
from warehouse.lake import open_lake

CITY, SYSTEM = Actor("city", Role.CITY_ADMINISTRATOR), Actor("system", Role.SYSTEM)
DAY = date(2026, 7, 1)
SESSION = "1/site/1/CARD/D1:7"


def words(page: AppTest) -> str:
    """Everything that a page says in text."""
    parts = (page.markdown, page.caption, page.subheader, page.info, page.warning, page.success, page.error)
    return "\n".join(str(one.value) for part in parts for one in part)


@pytest.fixture
def desk(tmp_path: Path, _migrated_sqlite: Path) -> Path:
    """A home with volunteer 1 of Xihu, who earned 2.50 points by a card session, spent 1.00 and holds 0.50, and what
    the warehouse says of it."""
    home = tmp_path / "desk"
    make_lake(home)
    shutil.copy(_migrated_sqlite, home / "operations.sqlite")
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    _fill(engine)
    engine.dispose()
    put_in_lake(home)
    return home


def _fill(engine: Engine) -> None:
    at = utc_now()
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.add(Area(area_code="330105", kind="district", name="拱墅区"))
        session.flush()
        told = {
            "full_name": "张一三",
            "id_type": "passport",
            "id_number": "E1",
            "area_code": "330106",
            "at": at,
        }
        register_volunteer(session, CITY, **told)
        due = pl.DataFrame([(SESSION, 1, DAY, 250, 0, "1")], schema=DUE, orient="row")
        settle_batch(session, SYSTEM, due, at=at, reference="settlement:4")
        for amount, is_posted in ((100, True), (50, False)):
            buy(session, 1, amount, at=at, is_sent=is_posted)


def put_in_lake(home: Path) -> None:
    """What a build would say of the desk's points, and a second district's."""
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    record = {"session_id": SESSION, "volunteer_id": 1, "service_day": DAY, "channel": "CARD", "minutes": 150}
    rate = {"cents_per_hour": 100, "coefficient_percent": 100, "rated_cents": 250, "amount_cents": 250}
    events = {"opening_event_id": "D1:7", "closing_event_id": "D1:8"}
    put(
        con,
        "marts.service_records",
        record | rate | events | {"day_cap_cents": 1200, "month_cap_cents": 20000},
    )
    for district, cents in (("330106", 150), ("330105", 777)):
        lot = {"earned_month": DAY, "district_code": district, "expires_on": date(2029, 12, 31), "people": 1}
        held = 50 if district == "330106" else 0
        put(con, "marts.points_liability", lot | {"remaining_cents": cents, "held_cents": held})
        month = {"service_month": DAY, "district_code": district, "minutes": 150, "rated_cents": 250}
        equal = {"awarded_cents": 250, "final_cents": 250, "ledger_cents": 250}
        put(con, "marts.points_reconciliation", month | equal)
        owner = {"volunteer_id": 1 if held else 2, "period": DAY, "district_code": district}
        moved = {
            "earned_cents": cents + 100,
            "spent_cents": -100,
            "closing_cents": cents,
            "balance_cents": cents,
        }
        put(con, "marts.volunteer_statement", owner | moved)
        spent = {
            "period": DAY,
            "district_code": district,
            "people": 1,
            "redemption_count": 1,
            "spent_cents": -100,
        }
        put(con, "marts.redemptions", spent | {"redeemed_at": "mall"}, spent | {"redeemed_at": ""})
    put(con, "marts.redemptions", spent | {"district_code": "", "redeemed_at": "mall", "spent_cents": -200})
    for name in ("point_rates", "point_caps", "categories", "timekeeping_rules"):
        compute_up_to(con, f"reference.{name}")
    con.close()


@pytest.fixture
def of_gongshu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The district administrator who signs in is that of Gongshu."""
    monkeypatch.setitem(sign_ins.AREAS, Role.DISTRICT_ADMINISTRATOR, "330105")


def test_an_account_is_found_by_its_number_and_shown_with_a_masked_name(
    open_page: OpenPage, desk: Path
) -> None:
    listed = open_page("admin/point_accounts", home=desk)
    assert not listed.exception
    row = listed.dataframe[0].value.iloc[0]
    assert row["full_name"] == "张*三"
    assert [f"{row[name]:.2f}" for name in ("balance", "available", "held", "owed")] == [
        "1.50",
        "1.00",
        "0.50",
        "0.00",
    ]
    found = open_page("admin/point_accounts", home=desk, point_accounts_search=row["volunteer_no"])
    assert len(found.dataframe[0].value) == 1
    nobody = open_page("admin/point_accounts", home=desk, point_accounts_search="V-nobody")
    assert not nobody.dataframe


def test_an_account_shows_its_lines_its_months_its_lots_and_what_is_held(
    open_page: OpenPage, desk: Path
) -> None:
    page = open_page("admin/point_accounts", home=desk, account="1")
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["1.00", "1.50", "0.50", "0.00"]
    lines, months, lots, holds = (frame.value for frame in page.dataframe)
    assert list(lines["movement"]) == ["兑换", "获得"]
    assert list(lines["other_kind"]) == ["益币商城", "益币发放"]
    assert list(lines["reference"]) == ["订单 1", "第 4 次结算"]
    assert [f"{points:.2f}" for points in lines["points"]] == ["-1.00", "2.50"]
    assert list(months["closing_cents"]) == ["1.50"]
    assert (lots["earned_month"][0], lots["remaining"][0], lots["held"][0]) == ("2026-07", "1.50", "0.50")
    assert (holds["points"][0], holds["reference"][0]) == ("0.50", "订单 2")


def test_a_line_leads_from_the_award_to_its_session_and_the_taps(open_page: OpenPage, desk: Path) -> None:
    page = open_page("admin/point_accounts", home=desk, account="1", transfer="1")
    assert not page.exception
    said = words(page)
    assert "**150 分钟** ÷ 60 × **1.00 益币/小时** × 系数 **100%** = **2.50**" in said
    assert "第 4 次结算" in said
    assert "市民卡刷卡" in said
    taps = page.dataframe[-1].value
    assert list(taps["device_no"]) == ["D1", "D1"]
    assert list(taps["seq"]) == ["7", "8"]


def check_in_at_the_library(home: Path) -> None:
    """Let volunteer 1 check in once, and the session of the award be of it."""
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    at, area = utc_now(), {"area_code": "330106", "district_code": "330106"}
    times = {"starts_at": at, "ends_at": at + timedelta(hours=2)}
    with writing(engine) as session:
        for row in (
            Organisation(organisation_id=1, name="图书馆", kind="community", status="active", registered_at=at, **area),
            Site(site_id=1, name="图书馆", kind="library", organisation_id=1, district_code="330106", lon=120.1,
                 lat=30.2, received_lon=120.1, received_lat=30.2, opened_on=date(2020, 1, 1)),
            Activity(activity_id=1, organisation_id=1, title="朗读", category_code="youth", status="running",
                     district_code="330106", created_at=at, **times),
            Shift(shift_id=1, activity_id=1, capacity=5, **times),
            CheckIn(volunteer_id=1, shift_id=1, site_id=1, direction="in", occurred_at=at, received_at=at),
        ):  # fmt: skip
            session.add(row)
            session.flush()
    engine.dispose()
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    con.execute(
        "UPDATE marts.service_records SET channel = 'APP', opening_event_id = '1', closing_event_id = NULL"
    )
    con.close()


def test_behind_an_award_of_the_app_stand_the_check_ins(open_page: OpenPage, desk: Path) -> None:
    check_in_at_the_library(desk)
    page = open_page("admin/point_accounts", home=desk, account="1", transfer="1")
    assert not page.exception
    assert "手机打卡" in words(page)
    events = page.dataframe[-1].value
    assert [tuple(row) for row in events[["direction", "site_name", "client"]].to_numpy()] == [
        ("签到", "图书馆", "手机应用")
    ]


def test_an_award_whose_session_is_gone_says_so(open_page: OpenPage, desk: Path) -> None:
    con = open_lake(str(desk / "lake" / "catalogue.sqlite"), str(desk / "lake" / "files"))
    con.execute("DELETE FROM marts.service_records")
    con.close()
    page = open_page("admin/point_accounts", home=desk, account="1", transfer="1")
    assert "现在不在服务记录里" in words(page)


def test_a_statement_taken_as_a_file_is_written_down_with_whose_it_was(
    open_page: OpenPage, desk: Path
) -> None:
    page = open_page("admin/point_accounts", home=desk, account="1")
    next(one for one in page.text_input if one.label == "用途").input("纪检核查")
    next(one for one in page.button if one.label == "生成文件").click().run()
    engine = open_database(f"sqlite:///{desk / 'operations.sqlite'}")
    with reading(engine) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "export_list")).one()
    engine.dispose()
    assert entry.subject_id == "point_statement"
    assert entry.after is not None
    assert entry.after["filters"] == {"account_id": 1}


def test_another_district_sees_neither_the_account_nor_the_line_by_its_address(
    open_page: OpenPage, desk: Path, of_gongshu: None
) -> None:
    for opens in ({"account": "1"}, {"account": "1", "transfer": "1"}):
        hidden = open_page("admin/point_accounts", home=desk, role=Role.DISTRICT_ADMINISTRATOR, **opens)
        assert "没有这条记录" in hidden.warning[0].value
    listed = open_page("admin/point_accounts", home=desk, role=Role.DISTRICT_ADMINISTRATOR)
    assert not listed.dataframe


def test_the_liability_stands_by_age_end_district_and_redemption(open_page: OpenPage, desk: Path) -> None:
    page = open_page("admin/points_liability", home=desk)
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["9.27", "0.50", "0.00", "2"]
    ages, ends, districts, redemptions = (frame.value for frame in page.dataframe)
    assert [f"{one:.2f}" for one in ages["remaining"]] == ["9.27"]
    assert [str(one)[:10] for one in ends["expires_on"]] == ["2029-12-31"]
    assert list(districts["name"]) == ["拱墅区", "西湖区"]
    assert [(row["place"], f"{row['spent']:.2f}") for _, row in redemptions.iterrows()] == [
        ("益币商城", "2.00")
    ]


def test_redemptions_name_the_shop_and_one_that_is_gone_by_its_number(
    open_page: OpenPage, desk: Path
) -> None:
    engine = open_database(f"sqlite:///{desk / 'operations.sqlite'}")
    with writing(engine) as session:
        made = register_shop(
            session, CITY, shop_no="S001", name="仁爱超市", area_code="330106", address="曙光路", at=utc_now()
        )
    engine.dispose()
    con = open_lake(str(desk / "lake" / "catalogue.sqlite"), str(desk / "lake" / "files"))
    spent = {"period": DAY, "district_code": "", "people": 1, "redemption_count": 1, "spent_cents": -100}
    put(con, "marts.redemptions", *(spent | {"redeemed_at": f"shop:{one}"} for one in (made.shop_id, 99)))
    con.close()
    page = open_page("admin/points_liability", home=desk)
    assert not page.exception
    assert set(page.dataframe[3].value["place"]) == {"益币商城", "仁爱超市 S001", "公益慈善商店 99"}


def test_a_district_sees_the_sums_of_its_own_volunteers_only(
    open_page: OpenPage, desk: Path, of_gongshu: None
) -> None:
    page = open_page("admin/points_liability", home=desk, role=Role.DISTRICT_ADMINISTRATOR, district="330106")
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["7.77", "0.00", "0.00", "1"]
    assert "只显示拱墅区的志愿者" in words(page)
    equations = open_page("admin/points_reconciliation", home=desk, role=Role.DISTRICT_ADMINISTRATOR)
    assert "3 道等式全部相等" in words(equations)


def test_who_looks_at_a_township_is_told_that_sums_are_kept_by_district(
    open_page: OpenPage, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sign_ins.AREAS, Role.OFFICIAL, "330106001")
    page = open_page("admin/points_liability", home=desk, role=Role.OFFICIAL)
    assert not page.exception
    assert "益币汇总只到区县一级" in page.info[0].value
    assert not page.metric


def test_all_equations_hold_and_each_shows_both_sides(open_page: OpenPage, desk: Path) -> None:
    page = open_page("admin/points_reconciliation", home=desk)
    assert not page.exception
    assert "7 道等式全部相等" in page.success[0].value
    assert not page.error
    shown = [metric.value for metric in page.metric]
    assert shown == [
        "5.00",
        "5.00",
        "0.00",
        "5.00",
        "5.00",
        "0.00",
        "9.27",
        "9.27",
        "0.00",
        "1.50",
        "1.50",
        "0.00",
        # The mall: what was sent is spent.
        "1.00",
        "1.00",
        "0.00",
        # Shops: nothing was redeemed here.
        *["0.00"] * 6,
    ]


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        ("points_reconciliation SET awarded_cents = 251 WHERE district_code = '330106'", "服务时长折算 = 应得益币"),
        ("points_reconciliation SET ledger_cents = 0 WHERE district_code = '330105'", "公示期满的应得 = 账本发放"),
        ("volunteer_statement SET spent_cents = -101 WHERE volunteer_id = 1", "所有变动之和 = 余额之和"),
    ],
)  # fmt: skip
def test_an_equation_that_does_not_hold_says_what_to_do(
    open_page: OpenPage, desk: Path, change: str, heading: str
) -> None:
    con = open_lake(str(desk / "lake" / "catalogue.sqlite"), str(desk / "lake" / "files"))
    con.execute(f"UPDATE marts.{change}")
    con.close()
    page = open_page("admin/points_reconciliation", home=desk)
    assert not page.exception
    assert "有 1 道等式不相等" in page.error[0].value
    assert len(page.error) == 2
    assert heading in words(page)


@pytest.fixture
def desk_of_old(tmp_path: Path, _migrated_sqlite: Path) -> Path:
    """A home with volunteer 1, who earned 1.00 points two months ago."""
    home = tmp_path / "old"
    make_lake(home)
    shutil.copy(_migrated_sqlite, home / "operations.sqlite")
    engine, at = open_database(f"sqlite:///{home / 'operations.sqlite'}"), utc_now() - timedelta(days=62)
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        told = {"full_name": "张一三", "id_type": "passport", "id_number": "E1", "area_code": "330106"}
        register_volunteer(session, CITY, at=at, **told)
        due = pl.DataFrame([(SESSION, 1, DAY, 100, 0, "1")], schema=DUE, orient="row")
        settle_batch(session, SYSTEM, due, at=at, reference="settlement:1")
    engine.dispose()
    put_in_lake(home)
    return home


def test_a_month_that_is_over_waits_and_is_closed_on_the_page_by_the_city_only(
    open_page: OpenPage, desk_of_old: Path
) -> None:
    to_do = open_page("admin/to_do", home=desk_of_old)
    assert "待结账的会计月份" in [one.value for one in to_do.subheader]
    auditor = open_page("admin/points_reconciliation", home=desk_of_old, role=Role.AUDITOR)
    assert not [one for one in auditor.button if (one.key or "").startswith("close_period")]
    page = open_page("admin/points_reconciliation", home=desk_of_old)
    page = next(one for one in page.button if one.key == "close_period_0_submit").click().run()
    assert not page.exception
    engine = open_database(f"sqlite:///{desk_of_old / 'operations.sqlite'}")
    with reading(engine) as session:
        (closed,) = session.scalars(select(PointPeriod))
    engine.dispose()
    shown = open_page("admin/points_reconciliation", home=desk_of_old)
    told = next(table.value for table in shown.dataframe if "digest" in table.value.columns)
    assert list(told["period"]) == [f"{closed.period:%Y-%m}"]
    assert list(told["digest"]) == [closed.digest]


def test_the_rules_stand_with_their_dates_and_sources(open_page: OpenPage, desk: Path) -> None:
    page = open_page("admin/point_rules", home=desk, role=Role.SYSTEM_ADMINISTRATOR)
    assert not page.exception
    rates, caps, spans, coefficients, operations, warehouse = (frame.value for frame in page.dataframe)
    credit = rates[rates["hour_kind"] == "信用时数"].iloc[0]
    assert (f"{credit['rate']:.2f}", str(credit["valid_from"])[:10], credit["state"]) == (
        "1.00",
        "2000-01-01",
        "现行",
    )
    assert credit["source"]
    assert set(caps["cap_period"]) == {"每个服务日", "每个服务月"}
    assert "益币有效期（到第几年年底）" in set(spans["rule"])
    assert "时数公示期" in set(spans["rule"])
    assert len(coefficients) == 8
    assert len(operations) > 20
    assert len(warehouse) > 10


@pytest.mark.parametrize(
    "page", ["point_accounts", "points_liability", "points_reconciliation", "point_rules"]
)
def test_each_page_speaks_english_too(open_page: OpenPage, desk: Path, page: str) -> None:
    shown = open_page(f"admin/{page}", home=desk, lang="en")
    assert not shown.exception
    assert not re.search("[\u4e00-\u9fff]", "".join(one.value for one in (*shown.title, *shown.subheader)))
