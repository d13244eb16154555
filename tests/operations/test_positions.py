"""Positions in WGS-84, GCJ-02 and BD-09."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.positions import bd09_of_gcj02, distance_m, from_wgs84, to_wgs84

# The examples in the README of wandergis/coordtransform, which other implementations test against too.
TIANANMEN = (116.404, 39.915)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("WGS-84", (116.404, 39.915)),
        ("GCJ-02", (116.41024449916938, 39.91640428150164)),
        ("BD-09", (116.41662724378733, 39.922699552216216)),
    ],
)
def test_a_published_point_lies_where_others_put_it(system: str, expected: tuple[float, float]) -> None:
    lon, lat = from_wgs84(*TIANANMEN, system)
    assert (float(lon), float(lat)) == pytest.approx(expected, abs=1e-9)


def test_bd09_of_a_published_gcj02_point() -> None:
    lon, lat = bd09_of_gcj02(*(np.asarray(v) for v in TIANANMEN))
    assert (float(lon), float(lat)) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@given(
    st.floats(73.5, 135.0),
    st.floats(18.0, 53.5),
    st.sampled_from(["GCJ-02", "BD-09"]),
)
def test_there_and_back_is_the_same_place_to_a_millimetre(lon: float, lat: float, system: str) -> None:
    back = to_wgs84(*from_wgs84(lon, lat, system), system)
    assert float(distance_m(lon, lat, *back)) < 0.001


@pytest.mark.parametrize(("system", "least", "most"), [("GCJ-02", 400, 700), ("BD-09", 900, 1300)])
def test_at_hangzhou_the_systems_differ_by_more_than_any_geofence(system: str, least: int, most: int) -> None:
    west_lake = (120.1485, 30.2425)
    assert least < float(distance_m(*west_lake, *from_wgs84(*west_lake, system))) < most


def test_outside_china_gcj02_is_wgs84() -> None:
    london = (-0.1276, 51.5072)
    lon, lat = from_wgs84(*london, "GCJ-02")
    assert (float(lon), float(lat)) == london


def test_many_positions_are_moved_at_once() -> None:
    lon, lat = np.linspace(118.3, 120.7, 1000), np.linspace(29.2, 30.6, 1000)
    moved = to_wgs84(lon, lat, "BD-09")
    one = to_wgs84(lon[500], lat[500], "BD-09")
    assert moved[0].shape == (1000,)
    assert (moved[0][500], moved[1][500]) == (one[0], one[1])


def test_a_degree_of_latitude_is_111_km() -> None:
    assert float(distance_m(120.0, 30.0, 120.0, 31.0)) == pytest.approx(111_195, abs=1)


def test_an_unknown_system_is_refused() -> None:
    for convert in (to_wgs84, from_wgs84):
        with pytest.raises(ValueError, match="use one of WGS-84, GCJ-02, BD-09"):
            convert(120.0, 30.0, "CGCS2000")
