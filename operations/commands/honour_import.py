"""Taking in honour records from a CSV file: all rows of it or none, and the same file once.

Here: what the file holds. Never here: reading CSV (csv_rows.py), or the rules of a record (honours.py), which each row
meets as if it were entered by itself.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.local_time import LOCAL
from operations.model import HonourImport, HonourRecord, Volunteer
from operations.queries.volunteers import volunteer_with_number

from .by_number import volunteer_numbered
from .csv_rows import Column, Row, RowError, read_rows, whole_number
from .honours import enter_honour_record, same_record
from .imports import Imported
from .permitted import demand_organisation
from .persons import person_of
from .records import add_unique, audit, lock
from .refusals import Refused

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
MOMENTS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M")


def _day(text: str) -> date:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a day such as 2026-08-01")


def _moment(text: str) -> datetime:
    for form in MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=LOCAL).astimezone(UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a local time such as 2026-08-01 09:00")


COLUMNS = (
    Column("volunteer_no", "志愿者编号", is_code=True),
    Column("service_day", "服务日期", _day),
    Column("minutes", "时长（分钟）", whole_number),
    Column("reason", "事由"),
    Column("evidence", "证明材料", is_required=False, default=""),
    Column("shift_id", "场次编号", whole_number, is_required=False),
    Column("started_at", "开始时间", _moment, is_required=False),
    Column("ended_at", "结束时间", _moment, is_required=False),
)


def import_honour_records(
    session: Session,
    actor: Actor,
    content: bytes,
    *,
    organisation_id: int,
    file_name: str,
    at: datetime,
    is_dry_run: bool = False,
) -> Imported:
    """Enter all records of a file for an organisation as `enter_honour_record` does, or none if one row is wrong.

    A file that was taken in before enters nothing, also if its records were decided on meanwhile; of another file a
    row is left out that says the same as a record that stands. A dry run checks and enters nothing.

    Raises `Refused` if the file cannot be read; `NotAllowed`.
    """
    demand_organisation(session, actor, Action.ENTER_HONOUR_RECORD, organisation_id)
    person = person_of(actor)
    rows, errors = read_rows(content, COLUMNS, on=at)
    digest = hashlib.sha256(content).hexdigest()
    total = len({row.number for row in rows} | {error.row for error in errors})
    if _is_known(session, organisation_id, digest):
        return Imported(total, 0, total, (), is_dry_run)
    known = HonourImport(
        organisation_id=organisation_id,
        file_name=file_name.strip()[:200] or "records.csv",
        sha256=digest,
        row_count=total,
        imported_by=person,
        imported_at=at,
    )
    entered = 0
    with session.begin_nested() as all_rows:
        add_unique(session, known, Refused("this file is being taken in right now: look again", "content"))
        audit(session, actor, Action.ENTER_HONOUR_RECORD, known, at=at, reason=known.file_name)
        entered = _enter_all(session, actor, rows, known, errors)
        if errors or is_dry_run or not entered:
            all_rows.rollback()
    return Imported(
        total, 0 if errors else entered, 0 if errors else total - entered, tuple(sorted(errors)), is_dry_run
    )


def _is_known(session: Session, organisation_id: int, digest: str) -> bool:
    known = select(HonourImport.import_id).where(
        HonourImport.organisation_id == organisation_id, HonourImport.sha256 == digest
    )
    return session.scalar(known) is not None


def _enter_all(
    session: Session, actor: Actor, rows: list[Row], known: HonourImport, errors: list[RowError]
) -> int:
    """Enter the rows as far as they are right; what is wrong with the others is added to `errors`."""
    _lock_people(session, rows)
    entered = 0
    first_rows: dict[Any, int] = {}
    for row in rows:
        try:
            values = _values_of(session, row)
            key = tuple(values.get(name) for name in ("volunteer_id", "service_day", "minutes", "shift_id"))
            key = (*key, values.get("started_at"), values.get("ended_at"))
            if (first := first_rows.setdefault(key, row.number)) != row.number:
                raise Refused(f"this is in row {first} already", "volunteer_no")
            if _stands(session, known.organisation_id, values):
                continue
            enter_honour_record(
                session,
                actor,
                organisation_id=known.organisation_id,
                import_id=known.import_id,
                at=known.imported_at,
                **values,
            )
            entered += 1
        except Refused as refusal:
            field = "volunteer_no" if refusal.field == "volunteer_id" else refusal.field or ""
            errors.append(RowError(row.number, field, str(refusal)))
    return entered


def _lock_people(session: Session, rows: list[Row]) -> None:
    """Lock whom the rows are about in one order: else two files with the same people could wait for each other."""
    numbers = {row.values["volunteer_no"] for row in rows if "volunteer_no" in row.values}
    for volunteer_id in sorted({volunteer_with_number(session, number) or 0 for number in numbers} - {0}):
        lock(session, Volunteer, volunteer_id, "volunteer")


def _values_of(session: Session, row: Row) -> dict[str, Any]:
    values = {column.name: row.values.get(column.name, column.default) for column in COLUMNS}
    number = values.pop("volunteer_no")
    return {**values, "volunteer_id": volunteer_numbered(session, number)}


def _stands(session: Session, organisation_id: int, values: dict[str, Any]) -> bool:
    said = {name: value for name, value in values.items() if name not in ("reason", "evidence")}
    return same_record(session, HonourRecord(organisation_id=organisation_id, **said)) is not None
