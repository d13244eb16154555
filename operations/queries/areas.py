"""Areas to choose from: districts, townships and communities by name, and those within somebody's reach."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, scope_of
from operations.model import Area, Organisation

SEPARATOR = " · "


def areas_of_kinds(session: Session, kinds: Sequence[str]) -> dict[str, str]:
    """The areas of these kinds: code → name, with that of the district before a township's, in the order of codes."""
    above = aliased(Area)
    rows = session.execute(
        select(Area.area_code, Area.name, above.name.label("above"))
        .outerjoin(above, above.area_code == Area.parent_code)
        .where(Area.kind.in_(kinds))
        .order_by(Area.area_code)
    )
    return {code: f"{district} {name}" if district else name for code, name, district in rows}


def districts_within_reach(session: Session, actor: Actor, action: Action) -> dict[str, str]:
    """The districts of which `actor` may see something by `action`, code → name: what a list can be narrowed to.

    Of a district or township administered it is the district; an organisation's people may live in any.
    """
    districts = areas_of_kinds(session, ("district",))
    scope = scope_of(actor, action)
    if scope.kind == "nothing":
        return {}
    if scope.kind not in ("district_code", "township_code"):
        return districts
    return {code: name for code, name in districts.items() if code == str(scope.value)[:6]}


def areas_within_reach(session: Session, actor: Actor, action: Action) -> dict[str, str]:
    """The areas where `actor` may do `action`, code → name with those above it, in the order of their codes.

    For an organisation these are the areas of its district.
    """
    scope = scope_of(actor, action)
    if scope.kind == "nothing":
        return {}
    areas = {area.area_code: area for area in session.scalars(select(Area).order_by(Area.area_code))}
    root: str | None = None
    if scope.kind in ("district_code", "township_code"):
        root = str(scope.value)
    elif scope.kind == "organisation_id":
        root = session.scalar(
            select(Organisation.district_code).where(Organisation.organisation_id == scope.value)
        )
    found: dict[str, str] = {}
    for code in areas:
        line = _line(areas, code)
        if root is None or root in [area.area_code for area in line]:
            found[code] = SEPARATOR.join(area.name for area in reversed(line))
    return found


def _line(areas: dict[str, Area], code: str) -> list[Area]:
    """The area and those above it, as far as they are known."""
    line: list[Area] = []
    current: str | None = code
    while current in areas and areas[current] not in line:
        line.append(areas[current])
        current = areas[current].parent_code
    return line
