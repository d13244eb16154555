"""Sites, readers and cards from CSV files: all rows or none, nothing twice, every fault with its row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.cards import bind_card, report_card_lost
from operations.commands.import_cards import import_cards
from operations.commands.import_places import import_devices, import_sites
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, Card, CardBinding, Device, Site, Volunteer

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
SITES = """名称,类型,区域代码,经度,纬度,坐标系,半径（米）
北山路亭,志愿服务站,330106001051,120.14,30.26,WGS-84,150
平海路图书馆,library,330106,120.16,30.255,gcj-02,
"""


def take(town: Town, command: Any, text: str, actor: Actor = CITY, **options: Any) -> Imported:
    with writing(town.engine) as session:
        return command(
            session, actor, text.encode(), **{"at": NOW + timedelta(days=9), "reason": "批量导入", **options}
        )


def errors(done: Imported) -> list[tuple[int, str, str]]:
    return [(error.row, error.field, error.message) for error in done.errors]


def number(town: Town, person: int) -> str:
    with reading(town.engine) as session:
        return session.get_one(Volunteer, person).volunteer_no


def test_sites_are_taken_in_once_each_with_its_row_in_the_audit_log(town: Town) -> None:
    dry = take(town, import_sites, SITES, is_dry_run=True)
    assert (dry.added, dry.is_dry_run, town.count(Site)) == (2, True, 1)
    assert (take(town, import_sites, SITES).added, town.count(Site)) == (2, 3)
    again = take(town, import_sites, SITES)
    assert (again.rows, again.added, again.unchanged, town.count(Site)) == (2, 0, 2, 3)
    with reading(town.engine) as session:
        made = session.scalars(select(Site).where(Site.site_id > 1).order_by(Site.site_id)).all()
        assert [(s.name, s.kind, s.community_code, s.radius_m, s.position_system) for s in made] == [
            ("北山路亭", "service_station", "330106001051", 150, "WGS-84"),
            ("平海路图书馆", "library", None, 200, "GCJ-02"),
        ]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.reason == "批量导入"))
        assert [(e.action, e.subject_id, e.after["name"]) for e in entries] == [
            ("register_site", str(made[0].site_id), "北山路亭"),
            ("register_site", str(made[1].site_id), "平海路图书馆"),
        ]


def test_one_faulty_site_keeps_all_of_the_file_out(town: Town) -> None:
    text = SITES + "".join(
        f"{row}\n"
        for row in [
            "亭,pub,330106,120.1,30.2,WGS-84,",
            "亭,park,3301,120.1,30.2,WGS-84,",
            "亭,park,330106,x,30.2,WGS-84,",
            "北山路亭,park,330106001051,120.14,30.26,WGS-84,",
            "断桥微笑亭,park,330106001051,120.14,30.26,WGS-84,",
        ]
    )
    done = take(town, import_sites, text)
    assert (done.rows, done.added, town.count(Site)) == (7, 0, 1)
    assert [(row, field) for row, field, _ in errors(done)] == [
        (4, "kind"), (5, "area_code"), (6, "lon"), (7, "name"), (8, "name"),
    ]  # fmt: skip
    assert "in row 2 already" in done.errors[3].message
    assert "there is another site called 断桥微笑亭 here" in done.errors[4].message


def test_a_district_takes_in_sites_of_its_own_only(town: Town) -> None:
    done = take(town, import_sites, SITES.replace("330106,", "330105,"), XIHU)
    assert errors(done) == [(3, "", "this place is not in your area, or not there")]
    with pytest.raises(NotAllowed):
        take(town, import_sites, SITES, volunteer(1))
    with pytest.raises(Refused, match="the reason is missing"):
        take(town, import_sites, SITES, reason=" ")


def test_readers_are_taken_in_once(town: Town) -> None:
    text = f"设备编号,服务点编号,型号,区分进出\nD1,{town.site_id},K14,是\nD2,{town.site_id},K14,\n"
    assert take(town, import_devices, text).added == 2
    again = take(town, import_devices, text)
    assert (again.added, again.unchanged, town.count(Device)) == (0, 2, 2)
    with reading(town.engine) as session:
        assert [(d.device_no, d.is_directed) for d in session.scalars(select(Device))] == [
            ("D1", True),
            ("D2", False),
        ]
    other = take(town, import_devices, text.replace("K14,是", "K20,是") + "D3,99,K14,\n")
    assert errors(other) == [
        (2, "device_no", "the device number D1 is registered already, otherwise"),
        (4, "site_id", "there is no site 99"),
    ]
    assert errors(take(town, import_devices, "device_no,site_id,model\nD3,99,K\n", XIHU)) == [
        (2, "", "this place is not in your area, or not there")
    ]


def test_cards_are_bound_once_from_the_beginning_of_the_day_given(town: Town) -> None:
    first, second = town.person(), town.person()
    text = (
        f"卡号,志愿者编号,起始日\nA,{number(town, first)},2026/8/3\nB,{number(town, second)},\n"
        f"C,{number(town, first)},\n"
    )
    assert take(town, import_cards, text, is_dry_run=True).added == 3
    assert (town.count(Card), town.count(CardBinding)) == (0, 0)
    assert take(town, import_cards, text, XIHU).added == 3
    assert take(town, import_cards, text, at=NOW + timedelta(days=10)).unchanged == 3
    with reading(town.engine) as session:
        bound = session.scalars(select(CardBinding).order_by(CardBinding.card_no)).all()
        assert [(b.card_no, b.volunteer_id, b.bound_from) for b in bound] == [
            ("A", first, datetime(2026, 8, 2, 16, tzinfo=UTC)),
            ("B", second, NOW + timedelta(days=9)),
            ("C", first, NOW + timedelta(days=9)),
        ]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "bind_card"))
        assert [e.subject_kind for e in entries] == ["card_bindings"] * 3


def test_cards_that_cannot_be_bound_are_named_by_row(town: Town) -> None:
    first, second = number(town, town.person()), number(town, town.person())
    with writing(town.engine) as session:
        bind_card(session, CITY, card_no="A", volunteer_id=1, at=NOW)
        bind_card(session, CITY, card_no="L", volunteer_id=1, at=NOW)
        report_card_lost(session, CITY, card_no="L", at=NOW + timedelta(days=1))
    text = (
        f"卡号,志愿者编号,起始日\nA,{second},\nA,{first},2026-08-09\nL,{second},\nN,V9,\n"
        f"M,{first},2026-08-20\nM,{first},\nM,{first},\nK,{first},gestern\n"
    )
    done = take(town, import_cards, text)
    assert [(row, field, message[:24]) for row, field, message in errors(done)] == [
        (2, "card_no", "the card A is bound to s"),
        (3, "card_no", "this is in row 2 already"),
        (4, "card_no", "the card L was reported "),
        (5, "volunteer_no", "there is no volunteer V9"),
        (6, "bound_from", "the bound from lies in t"),
        (8, "card_no", "this is in row 7 already"),
        (9, "bound_from", "'gestern' is not a day s"),
    ]
    assert (done.added, town.count(CardBinding)) == (0, 2)


def test_somebody_of_another_district_looks_like_nobody(town: Town) -> None:
    person = number(town, town.person())
    other = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
    for asked in (person, "V9"):
        (error,) = take(town, import_cards, f"卡号,志愿者编号\nA,{asked}\n", other).errors
        assert error.message == f"there is no volunteer {asked} in your area"
