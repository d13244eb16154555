"""Files of honour records: all rows or none, faults by row, and the same file once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.honour_import import import_honour_records
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, HonourImport, HonourRecord, Volunteer

from .conftest import NOW, Town
from .honour_stories import decide, honour, host

HEADINGS = "志愿者编号,服务日期,时长（分钟）,事由,开始时间,结束时间"


def number_of(town: Town, person: int) -> str:
    with reading(town.engine) as session:
        return session.get_one(Volunteer, person).volunteer_no


def take_in(
    town: Town,
    actor: Actor,
    *lines: str,
    headings: str = HEADINGS,
    dry: bool = False,
    encoding: str = "utf-8",
) -> Imported:
    content = "\r\n".join([headings, *lines]).encode(encoding)
    with writing(town.engine) as session:
        return import_honour_records(
            session,
            actor,
            content,
            organisation_id=town.organisation_id,
            file_name="七月.csv",
            at=NOW,
            is_dry_run=dry,
        )


def outcome(done: Imported) -> tuple[int, int, int]:
    return done.rows, done.added, done.unchanged


def test_a_file_is_checked_first_and_then_entered_with_its_name(town: Town) -> None:
    enterer, person = town.person(), town.person()
    no = number_of(town, person)
    lines = (f"{no},2026-07-30,90,签到表,,", f"{no},2026/7/31,60,签到表,2026-07-31 09:00,2026-07-31 10:00")
    checked = take_in(town, host(town, enterer), *lines, dry=True)
    assert (outcome(checked), checked.is_dry_run, checked.errors) == ((2, 2, 0), True, ())
    assert town.count(HonourRecord) == town.count(HonourImport) == 0

    assert outcome(take_in(town, host(town, enterer), *lines)) == (2, 2, 0)
    with reading(town.engine) as session:
        records = session.scalars(select(HonourRecord).order_by(HonourRecord.record_id)).all()
        (known,) = session.scalars(select(HonourImport))
        entered = session.scalars(
            select(AuditEntry.subject_kind).where(AuditEntry.actor == f"host {enterer}")
        )
        assert sorted(entered) == ["honour_imports", "honour_records", "honour_records"]
    assert [(r.service_day, r.minutes, r.entered_by, r.import_id) for r in records] == [
        (date(2026, 7, 30), 90, enterer, known.import_id),
        (date(2026, 7, 31), 60, enterer, known.import_id),
    ]
    assert records[1].started_at == datetime(2026, 7, 31, 1, 0, tzinfo=UTC)
    assert (known.file_name, known.row_count) == ("七月.csv", 2)


def test_one_wrong_row_keeps_all_out_and_every_fault_is_named(town: Town) -> None:
    person = town.person()
    no = number_of(town, person)
    done = take_in(
        town,
        host(town, town.person()),
        f"{no},2026-07-30,90,签到表,,",
        "V404,2026-07-30,90,签到表,,",
        f"{no},2026-08-30,90,签到表,,",
        f"{no},昨天,九十,签到表,,",
        f"{no},2026-07-30,90,再一次,,",
        f"{no},2026-07-29,90,,,",
    )
    assert outcome(done) == (6, 0, 0)
    assert [(error.row, error.field) for error in done.errors] == [
        (3, "volunteer_no"),
        (4, "service_day"),
        (5, "minutes"),
        (5, "service_day"),
        (6, "volunteer_no"),
        (7, "reason"),
    ]
    assert "this is in row 2 already" in done.errors[4].message
    assert town.count(HonourRecord) == 0


def test_the_same_file_twice_enters_nothing_twice_also_after_a_refusal(town: Town) -> None:
    enterer, person = town.person(), town.person()
    line = f"{number_of(town, person)},2026-07-30,90,签到表,,"
    take_in(town, host(town, enterer), line)
    assert outcome(take_in(town, host(town, enterer), line)) == (1, 0, 1)
    decide(town, town.person(), 1, "refused", reason="没有签到表")
    assert outcome(take_in(town, host(town, enterer), line)) == (1, 0, 1)
    assert town.count(HonourRecord) == 1


def test_of_another_file_the_rows_that_stand_already_are_left_out(town: Town) -> None:
    enterer, person = town.person(), town.person()
    no = number_of(town, person)
    honour(town, enterer, person, service_day=date(2026, 7, 30))
    lines = (f"{no},2026-07-30,90,签到表,,", f"{no},2026-07-29,90,签到表,,")
    assert outcome(take_in(town, host(town, enterer), *lines)) == (2, 1, 1)
    assert outcome(take_in(town, host(town, enterer), *reversed(lines))) == (2, 0, 2)


def test_a_spreadsheet_may_save_it_as_gb18030_or_with_headings_by_name(town: Town) -> None:
    enterer, no = town.person(), number_of(town, town.person())
    assert outcome(
        take_in(town, host(town, enterer), f"{no},2026-07-30,90,签到表,,", encoding="gb18030")
    ) == (
        1,
        1,
        0,
    )
    by_name = "volunteer_no,service_day,minutes,reason"
    assert outcome(take_in(town, host(town, enterer), f"{no},2026-07-29,5,x", headings=by_name)) == (1, 1, 0)


def test_another_organisation_and_the_area_take_nothing_in(town: Town) -> None:
    person = town.person()
    for actor in (
        Actor("other", Role.ORGANISATION_ADMINISTRATOR, organisation_id=999, volunteer_id=person),
        Actor("district", Role.DISTRICT_ADMINISTRATOR, "330106", volunteer_id=person),
    ):
        with pytest.raises(NotAllowed):
            take_in(town, actor, "V1,2026-07-30,90,签到表,,")
    with pytest.raises(Refused, match="the column '姓名' is not known"):
        take_in(town, host(town, person), "张三", headings="姓名")
