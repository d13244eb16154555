"""Sites of the sample city: where service happens, with a name, a kind and a position.

Here: sites. Never here: the readers that stand there (devices.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from operations.positions import from_wgs84

from .ground import CENTRE, Ground, scatter
from .names import SITE_NAMES, short
from .plan import DAY, Plan, day_number

KINDS = {
    "community": 0.38, "service_station": 0.14, "hospital": 0.09, "school": 0.10, "library": 0.06,
    "museum": 0.04, "park": 0.08, "metro": 0.06, "charity_shop": 0.05,
}  # fmt: skip
RADIUS_M = {"park": 500, "school": 300, "hospital": 300, "museum": 250, "metro": 150}
SITES_PER_DEVICE = 0.42
BY_TOWNSHIP = {"library", "museum", "hospital", "charity_shop"}


def make_sites(plan: Plan, ground: Ground, organisations: pl.DataFrame) -> pl.DataFrame:
    """One row per site as the table holds it, and `appeal`, a weight for how much happens there."""
    rng = plan.stream("sites")
    count = max(40, round(plan.devices * SITES_PER_DEVICE))
    where = ground.communities[_communities_of_sites(rng, ground.communities, count)]
    kinds = rng.choice(list(KINDS), count, p=list(KINDS.values()))
    lon, lat = scatter(
        rng,
        ground.polygons,
        districts=where["district_code"].to_numpy(),
        lon=where["lon"].to_numpy(),
        lat=where["lat"].to_numpy(),
        spread=np.full(count, 0.0022),
    )
    is_gcj = rng.random(count) < 0.25
    gcj_lon, gcj_lat = (axis.round(6) for axis in from_wgs84(lon, lat, "GCJ-02"))
    opened_at = plan.begins_at - rng.integers(60, 3_000, count) * DAY
    closed_at = np.where(rng.random(count) < 0.01, plan.begins_at - rng.integers(1, 50, count) * DAY, -1)
    sites = pl.DataFrame(
        {
            "site_id": np.arange(1, count + 1),
            "name": _names(rng, kinds, where),
            "kind": kinds,
            "organisation_id": _organisation_of(where, organisations),
            "district_code": where["district_code"],
            "township_code": where["township_code"],
            "community_code": where["community_code"],
            "lon": lon,
            "lat": lat,
            "received_lon": np.where(is_gcj, gcj_lon, lon),
            "received_lat": np.where(is_gcj, gcj_lat, lat),
            "position_system": np.where(is_gcj, "GCJ-02", "WGS-84"),
            "radius_m": [RADIUS_M.get(kind, 200) for kind in kinds],
            "opened_on": day_number(opened_at),
            "closed_on": np.where(closed_at < 0, 0, day_number(closed_at)),
            "updated_at": np.where(closed_at < 0, opened_at + 9 * 3_600, closed_at + 9 * 3_600),
            "appeal": rng.lognormal(0, 0.6, count),
        }
    )
    return sites.with_columns(
        opened_on=pl.col("opened_on").cast(pl.Int32).cast(pl.Date),
        closed_on=pl.when(pl.col("closed_on") > 0).then(pl.col("closed_on")).cast(pl.Int32).cast(pl.Date),
    )


def _communities_of_sites(rng: np.random.Generator, communities: pl.DataFrame, count: int) -> np.ndarray:
    """Each district gets one site first; the rest follow the people, more so in the centre."""
    weight = (
        communities["people"].to_numpy()
        * communities["district_code"].replace_strict(CENTRE, default=1.0, return_dtype=pl.Float64).to_numpy()
        ** 1.0
    )
    districts = communities["district_code"].to_numpy()
    firsts = [
        rng.choice(np.flatnonzero(districts == code), p=_share(weight[districts == code]))
        for code in np.unique(districts)
    ]
    rest = rng.choice(len(weight), count - len(firsts), p=_share(weight))
    return np.concatenate([firsts, rest])


def _share(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _names(rng: np.random.Generator, kinds: np.ndarray, where: pl.DataFrame) -> list[str]:
    """A name that no other site has: the plain one first, then the community's, then a number."""
    taken: set[str] = set()
    named = []
    for kind, community, township in zip(kinds, where["name"], where["township"], strict=True):
        forms = SITE_NAMES[kind]
        form = forms[rng.integers(len(forms))]
        heres = [short(community), short(township) + short(community)]
        if kind in BY_TOWNSHIP:
            heres.insert(0, short(township))
        choices = [form.format(here=here, township=township, community=community) for here in heres]
        choices += [f"{choices[-1]}{number}号点" for number in range(2, 60)]
        name = next(choice for choice in choices if choice not in taken)
        taken.add(name)
        named.append(name)
    return named


def _organisation_of(where: pl.DataFrame, organisations: pl.DataFrame) -> pl.Series:
    """The township's group if there is one, else the district's, else the city's."""
    by_township = organisations.filter(kind="township").unique("area_code", keep="first", maintain_order=True)
    by_district = organisations.filter(kind="district")
    found = where.join(
        by_township.select(township_code="area_code", near="organisation_id"),
        on="township_code", how="left", maintain_order="left",
    ).join(
        by_district.select(district_code="area_code", far="organisation_id"),
        on="district_code", how="left", maintain_order="left",
    )  # fmt: skip
    return found.select(pl.coalesce("near", "far", pl.lit(1)))["near"]
