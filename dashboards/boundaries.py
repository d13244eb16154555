"""The districts' outlines, read from the GeoJSON file that the settings name.

Belongs here: reading, checking and simplifying the file. Does not belong here: drawing it (map_figures.py).
A city puts its own file in place, so what it holds is checked and never trusted.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

CODE_NAMES = ("adcode", "district_code", "area_code", "code", "code6")
# Above this the outlines are thinned: the file travels to the browser with every map.
COMFORTABLE_VERTICES = 6_000
TOLERANCES_DEGREES = (0.0002, 0.0005, 0.001, 0.002, 0.005)
WEB_MERCATOR_TILE = 512


class BoundariesUnusable(ValueError):
    """The boundary file cannot be used. The message says what is wrong and where."""


@dataclass(frozen=True)
class Boundaries:
    """Districts as GeoJSON features with `id` = district code (6 digits), WGS-84 degrees."""

    geojson: dict[str, Any]
    labels: dict[str, tuple[float, float]]  # district code → (lon, lat) where its name stands
    bounds: tuple[float, float, float, float]  # west, south, east, north
    sources: tuple[str, ...] = field(default=())

    def center(self) -> tuple[float, float]:
        """Return the middle of the city as (lon, lat)."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2

    def zoom(self, width: int = 600, height: int = 560) -> float:
        """Return the zoom at which the whole city fits into a map of that many pixels."""
        west, south, east, north = self.bounds
        lat_span = _mercator(north) - _mercator(south)
        across = math.log2(360 * width / (WEB_MERCATOR_TILE * (east - west)))
        upright = math.log2(2 * math.pi * height / (WEB_MERCATOR_TILE * lat_span))
        return min(across, upright) - 0.08


def read_boundaries(file: Path) -> Boundaries:
    """Return the districts of the file.

    Raises BoundariesUnusable if it is missing, not GeoJSON, has no district codes, or its positions are not degrees.
    """
    features = [_district(feature, number) for number, feature in enumerate(_features(file), start=1)]
    codes = [code for code, _, _ in features]
    if len(set(codes)) != len(codes):
        raise BoundariesUnusable(f"{file}: a district code occurs twice.")
    shapes = _thinned([outline for _, outline, _ in features])
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BoundariesUnusable(f"{file}: positions must be degrees (WGS-84), not metres.")
    geojson = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": mapping(outline)}
            for code, outline in zip(codes, shapes, strict=True)
        ],
    }
    labels = {
        code: _label(outline, about) for (code, _, about), outline in zip(features, shapes, strict=True)
    }
    sources = tuple(dict.fromkeys(str(about["source"]) for _, _, about in features if about.get("source")))
    return Boundaries(geojson, labels, (west, south, east, north), sources)


def _features(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BoundariesUnusable(f"{file}: the file is not there.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BoundariesUnusable(f"{file}: the file cannot be read ({error}).") from error
    except json.JSONDecodeError as error:
        raise BoundariesUnusable(f"{file}: this is not JSON (line {error.lineno}: {error.msg}).") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise BoundariesUnusable(f"{file}: this is not a GeoJSON FeatureCollection with features.")
    return features


def _district(feature: Any, number: int) -> tuple[str, BaseGeometry, dict[str, Any]]:
    about = feature.get("properties") or {} if isinstance(feature, dict) else {}
    code = next((str(about[name]) for name in CODE_NAMES if about.get(name)), "")
    if len(code) != 6 or not code.isdigit():
        names = ", ".join(CODE_NAMES)
        raise BoundariesUnusable(f"Feature {number} has no 6-digit district code (looked for {names}).")
    try:
        outline = shape(feature["geometry"])
    except Exception as error:  # shapely raises many kinds for a damaged geometry
        raise BoundariesUnusable(
            f"Feature {number} ({code}): its geometry cannot be read ({error})."
        ) from error
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty:
        raise BoundariesUnusable(f"Feature {number} ({code}): its geometry is not a polygon.")
    return code, outline, about


def _thinned(shapes: list[BaseGeometry]) -> list[BaseGeometry]:
    """Return the outlines with few enough vertices to travel; neighbours keep their common edge."""
    for tolerance in TOLERANCES_DEGREES:
        if shapely.get_num_coordinates(shapes).sum() <= COMFORTABLE_VERTICES:
            break
        shapes = list(shapely.coverage_simplify(shapes, tolerance))
    return shapes


def _label(outline: BaseGeometry, about: dict[str, Any]) -> tuple[float, float]:
    try:
        lon, lat = float(about["label_lon"]), float(about["label_lat"])
    except (KeyError, TypeError, ValueError):
        point = outline.representative_point()
        return point.x, point.y
    return lon, lat


def _mercator(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
