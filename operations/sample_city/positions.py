"""The public formula that turns WGS-84 into GCJ-02, vectorised, for sites whose position came from a Chinese map."""

from __future__ import annotations

import numpy as np

SEMI_MAJOR_AXIS = 6_378_245.0
ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943


def wgs84_to_gcj02(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same points in GCJ-02 (degrees, six decimals); in Hangzhou about half a kilometre away."""
    x, y = lon - 105.0, lat - 35.0
    wave = 20.0 * np.sin(6 * x * np.pi) + 20.0 * np.sin(2 * x * np.pi)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave * 2 / 3
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave * 2 / 3
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_AXIS / np.sqrt(magic) * np.cos(phi)
    return (lon + np.degrees(east / parallel)).round(6), (lat + np.degrees(north / meridian)).round(6)
