"""Taking in from CSV files: volunteers who signed a list, and members of an organisation.

Here: what the files hold and how a row becomes a command. Never here: the rules of a single person (volunteers.py,
memberships.py), which each row goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, is_allowed
from operations.model import Volunteer, VolunteerIdentity

from .csv_rows import Column, Row, RowError
from .identity import ID_TYPES, read_identity
from .import_cards import local_day
from .imports import CsvImport, Imported
from .memberships import join_organisation, standing_member
from .refusals import Refused, one_of
from .touched import volunteer_touched
from .volunteers import register_volunteer

DOCUMENTS = dict(
    zip(("居民身份证", "护照", "港澳通行证", "台湾通行证", "外国人居留证"), ID_TYPES, strict=True)
)
SEXES = {"男": "1", "女": "2"}


def _document(text: str) -> str:
    kind = DOCUMENTS.get(text, text)
    if kind not in ID_TYPES:
        raise ValueError(f"{text!r} is no kind of document; use one of {', '.join(DOCUMENTS)}")
    return kind


def _sex(text: str) -> str:
    code = SEXES.get(text, text)
    if code not in ("0", "1", "2", "9"):
        raise ValueError(f"{text!r} is neither 男 nor 女")
    return code


VOLUNTEER_COLUMNS = (
    Column("full_name", "姓名"),
    Column("id_number", "证件号码", is_code=True),
    Column("area_code", "所在区域代码", is_code=True),
    Column("id_type", "证件类型", _document, is_required=False, default="resident_identity_card"),
    Column("phone", "手机号", is_required=False, is_code=True),
    Column("born_on", "出生日期", local_day, is_required=False),
    Column("sex", "性别", _sex, is_required=False),
)
MEMBER_COLUMNS = (Column("volunteer_no", "志愿者编号", is_code=True),)


def import_volunteers(
    session: Session, actor: Actor, content: bytes, *, at: datetime, reason: str, is_dry_run: bool = False
) -> Imported:
    """Register all volunteers of a file as `register_volunteer` does, or none if one of them cannot be.

    Who is registered already with this document and name, in the actor's area, is left as they are.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.REGISTER_VOLUNTEER, at, reason, is_dry_run)
    file.read(content, VOLUNTEER_COLUMNS)

    def register(row: Row) -> bool:
        values = {column.name: row.values.get(column.name, column.default) for column in VOLUNTEER_COLUMNS}
        identity = read_identity(
            values["id_type"], values["id_number"], born_on=values["born_on"], sex=values["sex"]
        )
        file.once((values["id_type"], identity.number), row, "id_number")
        known = _registered(session, values["id_type"], identity.number)
        if known is not None and is_allowed(actor, Action.REGISTER_VOLUNTEER, volunteer_touched(known)):
            name = None if known.identity is None else known.identity.full_name
            if name == values["full_name"].strip():
                return False
            raise Refused("this document is registered under another name: compare them", "full_name")
        register_volunteer(session, actor, **values, at=at, reason=file.reason)
        return True

    return _each(file, register)


def import_members(
    session: Session,
    actor: Actor,
    content: bytes,
    *,
    organisation_id: int,
    at: datetime,
    reason: str,
    is_dry_run: bool = False,
) -> Imported:
    """Let all volunteers of a file join an organisation, or none; who belongs to it already is left as they are.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.JOIN_ORGANISATION, at, reason, is_dry_run)
    file.read(content, MEMBER_COLUMNS)
    numbers = dict(
        session.execute(
            select(Volunteer.volunteer_no, Volunteer.volunteer_id).where(
                Volunteer.volunteer_no.in_(file.named("volunteer_no"))
            )
        ).all()
    )

    def join(row: Row) -> bool:
        number = row.values["volunteer_no"]
        file.once(number, row, "volunteer_no")
        volunteer_id = numbers.get(number)
        if volunteer_id is None:
            raise Refused(f"there is no volunteer {number}", "volunteer_no")
        if standing_member(session, organisation_id, volunteer_id) is not None:
            return False
        join_organisation(
            session,
            actor,
            organisation_id=organisation_id,
            volunteer_id=volunteer_id,
            at=at,
            reason=file.reason,
        )
        return True

    return _each(file, join)


def _registered(session: Session, id_type: str, number: str) -> Volunteer | None:
    one_of(id_type, ID_TYPES, "id_type")
    return session.scalar(
        select(Volunteer)
        .join(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id)
        .where(VolunteerIdentity.id_type == id_type, VolunteerIdentity.id_number == number)
    )


def _each(file: CsvImport, take_in: Callable[[Row], bool]) -> Imported:
    """Do `take_in` for each row (whether it added something); undo all of it in a dry run or if one is refused."""
    added = unchanged = 0
    errors: list[RowError] = list(file.errors)
    with file.session.begin_nested() as whole:
        for row in file.rows:
            try:
                with file.session.begin_nested():
                    if take_in(row):
                        added += 1
                    else:
                        unchanged += 1
            except Refused as refusal:
                errors.append(RowError(row.number, refusal.field or "", str(refusal)))
            except NotAllowed:
                errors.append(
                    RowError(row.number, "", "this place or person is not in your area, or not there")
                )
        if errors or file.is_dry_run:
            whole.rollback()
    return Imported(
        _rows(file, errors), 0 if errors else added, unchanged, tuple(sorted(errors)), file.is_dry_run
    )


def _rows(file: CsvImport, errors: Sequence[RowError]) -> int:
    return len({row.number for row in file.rows} | {error.row for error in errors})
