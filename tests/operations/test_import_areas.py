"""Districts, townships and communities from a CSV file: what a city of one's own begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from operations.access import Actor, NotAllowed, Role
from operations.commands.import_areas import import_areas
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Area, AuditEntry

from .conftest import NOW

CITY = Actor("市", Role.CITY_ADMINISTRATOR)
HANGZHOU = Path(__file__).parents[2] / "docs" / "areas-of-hangzhou.csv"
HEADINGS = "区域代码,级别,名称,上级代码\n"
# Children before the areas that they lie in, as a spreadsheet may be sorted.
LAKE = (
    HEADINGS
    + "330106001051,村社区,北山社区,330106001\n330106001,township,北山街道,330106\n330106,区县,西湖区,\n"
)


def take(engine: Engine, text: str, actor: Actor = CITY, *, is_dry_run: bool = False) -> Imported:
    with writing(engine) as session:
        return import_areas(session, actor, text.encode(), at=NOW, reason="建市", is_dry_run=is_dry_run)


def areas(engine: Engine) -> list[tuple[str, str, str, str | None]]:
    with reading(engine) as session:
        found = session.scalars(select(Area).order_by(Area.area_code))
        return [(area.area_code, area.kind, area.name, area.parent_code) for area in found]


def test_areas_come_in_any_order_once_and_each_is_written_down(engine: Engine) -> None:
    assert take(engine, LAKE, is_dry_run=True).added == 3
    assert areas(engine) == []
    assert take(engine, LAKE).added == 3
    assert areas(engine) == [
        ("330106", "district", "西湖区", None),
        ("330106001", "township", "北山街道", "330106"),
        ("330106001051", "community", "北山社区", "330106001"),
    ]
    again = take(engine, LAKE)
    assert (again.added, again.unchanged) == (0, 3)
    more = take(engine, HEADINGS + "330106002,township,西溪街道,330106\n")
    assert more.added == 1
    with reading(engine) as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.reason, func.count()).group_by("action", AuditEntry.reason)
        )
        assert [tuple(row) for row in entries] == [("register_area", "建市", 4)]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("330106,district,西湖区,\n33010,district,短,", (3, "area_code", "has 6 digits")),
        ("3.30106E+11,community,社区,330106001", (2, "area_code", "has 12 digits")),
        ("330106,street,西湖区,", (2, "kind", "street is no kind of area")),
        ("330106,district,西湖区,330100", (2, "parent_code", "lies in no other area")),
        ("330106001,township,北山街道,", (2, "parent_code", "lies in a district")),
        ("330106001,township,北山街道,330107", (2, "parent_code", "lies in a district")),
        ("330106001051,community,北山社区,330106", (2, "parent_code", "lies in a township")),
        ("330106,district,西湖区,\n330106,district,西湖区,", (3, "area_code", "in row 2 already")),
        ("330102,district,下城区,", (2, "area_code", "there already, called 上城区")),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_is_taken_in(
    engine: Engine, rows: str, wrong: tuple[int, str, str]
) -> None:
    take(engine, HEADINGS + "330102,district,上城区,\n")
    done = take(engine, HEADINGS + rows + "\n")
    assert done.added == 0
    assert [(e.row, e.field) for e in done.errors] == [wrong[:2]]
    assert wrong[2] in done.errors[0].message
    assert areas(engine) == [("330102", "district", "上城区", None)]


def test_only_the_city_takes_in_areas_and_says_why(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        take(engine, LAKE, Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106"))
    with pytest.raises(Refused, match="reason"), writing(engine) as session:
        import_areas(session, CITY, LAKE.encode(), at=NOW, reason=" ")
    assert areas(engine) == []


def test_all_areas_of_hangzhou_are_at_hand(engine: Engine) -> None:
    done = take(engine, HANGZHOU.read_text(encoding="utf-8"))
    assert (done.errors, done.added) == ((), 3515)
    kinds = [kind for _, kind, _, _ in areas(engine)]
    assert {kind: kinds.count(kind) for kind in kinds} == {"district": 13, "township": 191, "community": 3311}
