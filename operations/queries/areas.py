"""The areas that a form offers: districts and townships with their names."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from operations.model import Area

Parent = aliased(Area)


def area_names(session: Session) -> dict[str, str]:
    """Districts and townships by code, in the order of the codes; a township is named with its district."""
    rows = session.execute(
        select(Area.area_code, Area.name, Area.kind, Parent.name.label("parent"))
        .outerjoin(Parent, Parent.area_code == Area.parent_code)
        .where(Area.kind.in_(("district", "township")))
        .order_by(Area.area_code)
    )
    return {
        code: name if kind == "district" else f"{parent} · {name}" for code, name, kind, parent in rows.all()
    }
