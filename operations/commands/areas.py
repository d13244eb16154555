"""Where an area lies. Areas themselves come by import (import_areas.py)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from operations.model import Area

from .refusals import Refused


@dataclass(frozen=True)
class Place:
    """The district that an area is or lies in, and the township and community as far as they are known."""

    district_code: str
    township_code: str | None = None
    community_code: str | None = None


def place_of(session: Session, area_code: str) -> Place:
    """The chain of areas that `area_code` ends, followed by their parents: digits alone do not tell it.

    Raises `Refused` for a code that is not known.
    """
    codes: dict[str, str] = {}
    area = session.get(Area, area_code)
    while area is not None:
        codes[area.kind] = area.area_code
        area = session.get(Area, area.parent_code) if area.parent_code else None
    if "district" not in codes:
        raise Refused(
            f"there is no area {area_code}; give the code of a district, township or community", "area_code"
        )
    return Place(codes["district"], codes.get("township"), codes.get("community"))
