"""A made-up Hangzhou on real ground, to try the product with: rows, swipe segments, and the truth beside them.

Here: the city as a whole (`make_sample_city`), its dirt (`Dirt`), one further hour of life (`one_more_hour`), and
what its volunteers spend (`spend_points`).
Never here: anything the product needs when a real city runs it.
"""

from __future__ import annotations

from .city import SampleCitySummary, make_sample_city
from .dirt import Dirt
from .ground import BoundariesUnusable
from .office.points_spent import spend_points, was_spent
from .one_more_hour import HourSummary, one_more_hour
from .writing import CityExists

__all__ = [
    "BoundariesUnusable",
    "CityExists",
    "Dirt",
    "HourSummary",
    "SampleCitySummary",
    "make_sample_city",
    "one_more_hour",
    "spend_points",
    "was_spent",
]
