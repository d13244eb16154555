"""The ground of the sample city: districts, townships, communities, and where each of them lies.

Here: real names and codes (see places/ATTRIBUTIONS.md), and made-up positions around real anchors, inside the
real district. Never here: sites, people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from .plan import DAY, Plan

PLACES = Path(__file__).resolve().parent / "places"
# Residents in units of 10,000, rounded from the census of 2020 and the division of 2021.
RESIDENTS = {
    "330102": 132, "330105": 112, "330106": 111, "330108": 50, "330109": 201, "330110": 123, "330111": 83,
    "330112": 63, "330113": 110, "330114": 77, "330122": 45, "330127": 33, "330182": 44,
}  # fmt: skip
CENTRE = {"330102": 2.2, "330105": 2.0, "330106": 1.7, "330108": 1.5}
ANCHOR_NAME = r"(街道|镇|乡)$"


class BoundariesUnusable(Exception):
    """The boundary file cannot be read or lacks a district; the message says what to do."""


@dataclass(frozen=True)
class Ground:
    """`areas` as the table holds them; `communities` with codes, names, `lon`, `lat`, `people` (a weight).

    `polygons` holds the boundary of each district by its code.
    """

    areas: pl.DataFrame
    communities: pl.DataFrame
    polygons: dict[str, Any]


def lay_ground(plan: Plan, boundaries: Path) -> Ground:
    """Read the places and give every township and community a position inside its district.

    Raises `BoundariesUnusable` if `boundaries` is no GeoJSON with all districts of the city.
    """
    townships = pl.read_csv(PLACES / "hangzhou_townships.csv", infer_schema=False)
    communities = pl.read_csv(PLACES / "hangzhou_communities_villages.csv", infer_schema=False).join(
        townships.select("district", township="name", township_code="code9", township_kind="kind"),
        on=["district", "township"],
        how="inner",
        maintain_order="left",
    )
    communities = communities.select(
        "name", "kind", "township", "township_code", "township_kind", "district",
        district_code="adcode", community_code="nbs_code12",
    ).unique("community_code", maintain_order=True)  # fmt: skip
    polygons = read_polygons(boundaries)
    rng = plan.stream("ground")
    placed = _place_townships(rng, townships, polygons)
    communities = _place_communities(
        rng, communities.join(placed, on="township_code", maintain_order="left"), polygons
    )
    return Ground(_areas(plan, townships, communities), communities, polygons)


def read_polygons(boundaries: Path) -> dict[str, Any]:
    """The boundary of each district of the city by its code.

    Raises `BoundariesUnusable` for a file that cannot be read, or lacks a district (files from before 2021 do).
    """
    try:
        features = json.loads(boundaries.read_text(encoding="utf-8"))["features"]
        polygons = {
            str(feature["properties"]["adcode"]): shapely.geometry.shape(feature["geometry"])
            for feature in features
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BoundariesUnusable(
            f"{boundaries} is not a readable GeoJSON of districts with the property adcode ({error!r}); "
            "put a whole one in its place or name another file"
        ) from error
    if missing := sorted(set(RESIDENTS) - set(polygons)):
        raise BoundariesUnusable(
            f"{boundaries} lacks the districts {', '.join(missing)}; use a boundary file from after April 2021"
        )
    for polygon in polygons.values():
        shapely.prepare(polygon)
    return polygons


def scatter(
    rng: np.random.Generator,
    polygons: dict[str, Any],
    *,
    districts: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
    spread: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Points around the given ones, each inside its district: drawn again while outside, at last the given point.

    `spread` is the standard deviation in degrees of latitude. The given points must lie inside.
    """
    out_lon, out_lat = lon.copy(), lat.copy()
    waiting = np.arange(len(lon))
    for _ in range(25):
        new_lon = lon[waiting] + rng.normal(size=len(waiting)) * spread[waiting] * 1.155  # 1 / cos(30°)
        new_lat = lat[waiting] + rng.normal(size=len(waiting)) * spread[waiting]
        inside = np.zeros(len(waiting), dtype=bool)
        for code in np.unique(districts[waiting]):
            here = districts[waiting] == code
            inside[here] = shapely.contains_xy(polygons[code], new_lon[here], new_lat[here])
        out_lon[waiting[inside]], out_lat[waiting[inside]] = new_lon[inside], new_lat[inside]
        waiting = waiting[~inside]
        if not len(waiting):
            break
    return out_lon.round(6), out_lat.round(6)


def _place_townships(
    rng: np.random.Generator, townships: pl.DataFrame, polygons: dict[str, Any]
) -> pl.DataFrame:
    """A township takes the anchor of its name; without one it lies near an anchor of its district."""
    anchors = pl.read_csv(
        PLACES / "hangzhou_geonames_places.csv", schema_overrides={"adcode": pl.String}
    ).filter(pl.col("adcode").is_in(list(RESIDENTS)))
    inside = [
        bool(shapely.contains_xy(polygons[row["adcode"]], row["lon"], row["lat"]))
        for row in anchors.iter_rows(named=True)
    ]
    anchors = anchors.filter(pl.Series(inside))
    named = {
        (row["adcode"], row["name_zh"]): (row["lon"], row["lat"]) for row in anchors.iter_rows(named=True)
    }
    by_district = {
        code: [(row["lon"], row["lat"]) for row in anchors.filter(adcode=code).iter_rows(named=True)]
        or [polygons[code].representative_point().coords[0]]
        for code in RESIDENTS
    }
    short = townships["name"].str.replace(ANCHOR_NAME, "")
    centres, spread = [], []
    for code, name in zip(townships["adcode"], short, strict=True):
        found = named.get((code, name))
        near = by_district[code]
        centres.append(found or near[rng.integers(len(near))])
        spread.append(0.002 if found else 0.018 if code in CENTRE else 0.045)
    lon, lat = (np.array(axis) for axis in zip(*centres, strict=True))
    lon, lat = scatter(
        rng, polygons, districts=townships["adcode"].to_numpy(), lon=lon, lat=lat, spread=np.array(spread)
    )
    return pl.DataFrame({"township_code": townships["code9"], "lon": lon, "lat": lat})


def _place_communities(
    rng: np.random.Generator, communities: pl.DataFrame, polygons: dict[str, Any]
) -> pl.DataFrame:
    spread = np.where(communities["township_kind"] == "街道", 0.008, 0.016)
    lon, lat = scatter(
        rng,
        polygons,
        districts=communities["district_code"].to_numpy(),
        lon=communities["lon"].to_numpy(),
        lat=communities["lat"].to_numpy(),
        spread=spread,
    )
    density = np.where(communities["kind"] == "社区", 1.0, 0.3) * rng.lognormal(0, 0.35, len(lon))
    return communities.with_columns(lon=lon, lat=lat, people=density).with_columns(
        people=pl.col("people")
        / pl.col("people").sum().over("district_code")
        * pl.col("district_code").replace_strict(RESIDENTS, return_dtype=pl.Float64)
    )


def _areas(plan: Plan, townships: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    """One row per district, township and community, parents first."""
    districts = townships.select(area_code="adcode", name="district").unique(maintain_order=True)
    taken_over_at = plan.begins_at - 400 * DAY
    parts = [
        districts.with_columns(kind=pl.lit("district"), parent_code=pl.lit(None, pl.String)),
        townships.select(area_code="code9", name="name", kind=pl.lit("township"), parent_code="adcode"),
        communities.select(
            area_code="community_code", name="name", kind=pl.lit("community"), parent_code="township_code"
        ),
    ]
    columns = ["area_code", "kind", "name", "parent_code"]
    return pl.concat([part.select(columns) for part in parts]).with_columns(updated_at=pl.lit(taken_over_at))
