"""The boundary file is the city's own, so it is checked, and a bad one is named with its fault."""

import json
from pathlib import Path

import pytest

from dashboards.boundaries import COMFORTABLE_VERTICES, BoundariesUnusable, read_boundaries
from hub.settings import PROJECT

SHIPPED = PROJECT / "warehouse" / "reference" / "hangzhou_districts.geojson"


def square(code: object, west: float = 120.0, **properties: object) -> dict[str, object]:
    ring = [[west, 30.0], [west + 0.1, 30.0], [west + 0.1, 30.1], [west, 30.1], [west, 30.0]]
    about = {"adcode": code} | properties
    return {"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def written(tmp_path: Path, *features: dict[str, object]) -> Path:
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def test_the_shipped_file_has_the_thirteen_districts_of_2021():
    boundaries = read_boundaries(SHIPPED)
    codes = {feature["id"] for feature in boundaries.geojson["features"]}
    assert len(codes) == 13
    assert {"330113", "330114"} <= codes
    assert codes == boundaries.labels.keys()
    assert "GS(2024)0650" in boundaries.sources[0]


def test_a_district_without_a_label_position_is_labelled_inside_itself(tmp_path: Path):
    lon, lat = read_boundaries(written(tmp_path, square("330106"))).labels["330106"]
    assert 120.0 < lon < 120.1
    assert 30.0 < lat < 30.1


def test_a_heavy_file_is_thinned_and_neighbours_keep_their_edge(tmp_path: Path):
    steps = 8_000
    edge = [[120.1 + 0.00001 * (n % 2), 30.0 + 0.1 * n / steps] for n in range(steps + 1)]
    left = [[120.0, 30.0], *edge, [120.0, 30.1], [120.0, 30.0]]
    right = [[120.2, 30.0], *edge, [120.2, 30.1], [120.2, 30.0]]
    features = [square("330105"), square("330106")]
    features[0]["geometry"] = {"type": "Polygon", "coordinates": [left]}
    features[1]["geometry"] = {"type": "Polygon", "coordinates": [right]}
    boundaries = read_boundaries(written(tmp_path, *features))
    rings = [feature["geometry"]["coordinates"][0] for feature in boundaries.geojson["features"]]
    assert sum(len(ring) for ring in rings) <= COMFORTABLE_VERTICES
    shared = [{point for point in ring if 120.05 < point[0] < 120.15} for ring in rings]
    assert shared[0] == shared[1]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{ not json", "not JSON"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": []}', "not a GeoJSON FeatureCollection"),
        (json.dumps({"features": [square("33010")]}), "no 6-digit district code"),
        (json.dumps({"features": [square(None)]}), "no 6-digit district code"),
        (
            json.dumps(
                {"features": [square("330106") | {"geometry": {"type": "Point", "coordinates": [1, 2]}}]}
            ),
            "polygon",
        ),
        (json.dumps({"features": [square("330106") | {"geometry": None}]}), "geometry"),
        (json.dumps({"features": [square("330106"), square("330106")]}), "twice"),
        (json.dumps({"features": [square("330106", 500_000.0)]}), "degrees"),
        ("\ufeff\x00", "not JSON"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, content: str, fault: str):
    file = tmp_path / "bad.geojson"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BoundariesUnusable, match=fault):
        read_boundaries(file)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(BoundariesUnusable, match="not there"):
        read_boundaries(tmp_path / "none.geojson")


def test_the_whole_city_fits_into_the_map():
    boundaries = read_boundaries(SHIPPED)
    west, _, east, _ = boundaries.bounds
    pixels = 512 * 2 ** boundaries.zoom(width=600, height=600) * (east - west) / 360
    assert 500 < pixels <= 600
