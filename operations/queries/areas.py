"""Areas to choose from: districts, townships and communities by name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from operations.model import Area


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
