"""Positions in the three systems that phones and maps in China speak, as WGS-84, and distances between them.

Here: arithmetic on arrays of degrees. Never here: a rule about who may be how far away (that is a command's).

GCJ-02 is WGS-84 moved by some hundred metres by a formula that was published by others only; BD-09 moves GCJ-02 once
more. Neither has an inverse in closed form, so it is found by repeating: the error shrinks to below a millimetre within
six steps anywhere in China. At Hangzhou the systems lie 0.5 to 1.2 km apart, more than any geofence.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

SYSTEMS = ("WGS-84", "GCJ-02", "BD-09")
INVERSE_STEPS = 6
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
# The ellipsoid of Krasovsky 1940, which the formula of GCJ-02 is written on.
KRASOVSKY_AXIS_M = 6_378_245.0
KRASOVSKY_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
# GCJ-02 moves nothing outside this rectangle; its formula is written around (105, 35).
CHINA = (72.004, 0.8293, 137.8347, 55.8271)

Degrees = NDArray[np.float64]
Move = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]


def to_wgs84(lon: ArrayLike, lat: ArrayLike, system: str) -> tuple[Degrees, Degrees]:
    """The positions `lon`, `lat` (degrees, arrays or single figures, of one `system`) as WGS-84 degrees.

    Raises `ValueError` for a system that is none of `SYSTEMS`.
    """
    given = (np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    if system == "WGS-84":
        return given
    if system == "GCJ-02":
        return _inverse(gcj02_of_wgs84, *given)
    if system == "BD-09":
        return _inverse(gcj02_of_wgs84, *_inverse(bd09_of_gcj02, *given))
    raise ValueError(f"{system!r} is no position system; use one of {', '.join(SYSTEMS)}")


def from_wgs84(lon: ArrayLike, lat: ArrayLike, system: str) -> tuple[Degrees, Degrees]:
    """WGS-84 positions (degrees) in `system`.

    Raises `ValueError` for a system that is none of `SYSTEMS`.
    """
    given = (np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    if system == "WGS-84":
        return given
    if system == "GCJ-02":
        return gcj02_of_wgs84(*given)
    if system == "BD-09":
        return bd09_of_gcj02(*gcj02_of_wgs84(*given))
    raise ValueError(f"{system!r} is no position system; use one of {', '.join(SYSTEMS)}")


def distance_m(lon: ArrayLike, lat: ArrayLike, other_lon: ArrayLike, other_lat: ArrayLike) -> Degrees:
    """Metres between WGS-84 positions on a sphere (haversine); at most 0.6 % off, 1 m within a geofence of 200 m."""
    lon, lat, other_lon, other_lat = (
        np.radians(np.asarray(v, dtype=np.float64)) for v in (lon, lat, other_lon, other_lat)
    )
    half = np.sin((other_lat - lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def gcj02_of_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS-84 degrees as GCJ-02 degrees; outside `CHINA` they are the same."""
    x, y = lon - 105.0, lat - 35.0
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (ripple + _waves(y, (20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (ripple + _waves(x, (20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))) * 2.0 / 3.0
    # From metres on the ellipsoid to degrees, at this latitude.
    phi = np.radians(lat)
    bent = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    along_meridian = KRASOVSKY_AXIS_M * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / (bent * np.sqrt(bent))
    along_parallel = KRASOVSKY_AXIS_M / np.sqrt(bent) * np.cos(phi)
    west_end, south_end, east_end, north_end = CHINA
    inside = (lon >= west_end) & (lon <= east_end) & (lat >= south_end) & (lat <= north_end)
    moved_lon = lon + np.degrees(east / along_parallel)
    moved_lat = lat + np.degrees(north / along_meridian)
    return np.where(inside, moved_lon, lon), np.where(inside, moved_lat, lat)


def _waves(value: Degrees, *waves: tuple[float, float]) -> Degrees:
    """The sum of sines `(amplitude, d)`: amplitude × sin(π × value / d)."""
    return sum((height * np.sin(value / length * np.pi) for height, length in waves), np.zeros_like(value))


def bd09_of_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees as BD-09 degrees."""
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(move: Move, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Where `move` comes from: guess, see where the guess goes, correct the guess by the miss; six times."""
    guess_lon, guess_lat = lon, lat
    for _ in range(INVERSE_STEPS):
        moved_lon, moved_lat = move(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon - (moved_lon - lon), guess_lat - (moved_lat - lat)
    return guess_lon, guess_lat
