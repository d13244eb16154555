"""Taking in the districts, townships and communities of a city from a CSV file.

Here: what the file holds and how a row becomes an area. Never here: where something lies (areas.py).
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Area

from .csv_rows import Column, Row
from .imports import CsvImport, Imported, unless_there, with_defaults
from .refusals import Refused, required_text

KIND_NAMES = {"区县": "district", "乡镇街道": "township", "村社区": "community"}
# Digits of a code, and what the area lies in: GB/T 2260, and the codes of statistics below it.
DIGITS = {"district": 6, "township": 9, "community": 12}
LIES_IN = {"township": "district", "community": "township"}
COLUMNS = (
    Column("area_code", "区域代码"),
    Column("kind", "级别", lambda text: KIND_NAMES.get(text, text)),
    Column("name", "名称"),
    Column("parent_code", "上级代码", is_required=False),
)


def import_areas(
    session: Session, actor: Actor, content: bytes, *, at: datetime, reason: str, is_dry_run: bool = False
) -> Imported:
    """Register all areas of a file, in any order; those that are there just so are left as they are.

    Raises `Refused` if the file cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
    """
    file = CsvImport(session, actor, Action.REGISTER_AREA, at, reason, is_dry_run)
    file.read(content, COLUMNS)
    there = {area.area_code: area for area in session.scalars(select(Area))}
    kinds = {code: area.kind for code, area in there.items()}
    kinds |= {row.values["area_code"]: row.values["kind"] for row in file.rows}

    def check(row: Row) -> Area | None:
        area = Area(**with_defaults(row, COLUMNS))
        file.once(area.area_code, row, "area_code")
        _hold(area, kinds)
        known = there.get(area.area_code)
        if known is None:
            return area
        otherwise = Refused(f"the area {area.area_code} is there already, called {known.name}", "area_code")
        return unless_there(known, area, ("kind", "name", "parent_code"), otherwise)

    new = file.checked(check)
    # An area is written after the one that it lies in.
    return file.taken_in(sorted(new, key=lambda area: (DIGITS[area.kind], area.area_code)))


def _hold(area: Area, kinds: dict[str, str]) -> None:
    """Raise `Refused` for a kind that is none, a code of another length, or a parent of the wrong kind."""
    if area.kind not in DIGITS:
        raise Refused(
            f"{area.kind} is no kind of area: write {', '.join(KIND_NAMES)} or {', '.join(DIGITS)}", "kind"
        )
    if not re.fullmatch(rf"[0-9]{{{DIGITS[area.kind]}}}", area.area_code):
        raise Refused(f"the code of a {area.kind} has {DIGITS[area.kind]} digits", "area_code")
    area.name = required_text(area.name, "name", 80)
    wanted = LIES_IN.get(area.kind)
    if wanted is None and area.parent_code:
        raise Refused("a district lies in no other area: leave this empty", "parent_code")
    if wanted and kinds.get(area.parent_code or "") != wanted:
        raise Refused(f"a {area.kind} lies in a {wanted}: give the code of one", "parent_code")
