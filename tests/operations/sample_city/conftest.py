"""Sample cities for the tests: a small one at will, and a town of default proportions made once."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import CheckConstraint

from operations.database import open_database
from operations.model import Base
from operations.sample_city import Dirt, SampleCitySummary, make_sample_city

BOUNDARIES = Path(__file__).parents[3] / "warehouse" / "reference" / "hangzhou_districts.geojson"
LAST_DAY = date(2026, 8, 2)  # a Sunday
AS_OF = datetime(2026, 8, 2, 11, 40, tzinfo=UTC)
SMALL: dict[str, Any] = {"volunteers": 300, "organisations": 20, "devices": 60, "days": 14}


@dataclass(frozen=True)
class City:
    """A city that was made, and how to look at it."""

    home: Path
    summary: SampleCitySummary

    def table(self, name: str) -> pl.DataFrame:
        """All rows of a table of the operational database, moments and days as text."""
        with sqlite3.connect(self.home / "operations.sqlite") as connection:
            return pl.read_database(
                f"SELECT * FROM {name} ORDER BY 1, 2", connection, infer_schema_length=None
            )

    @property
    def service(self) -> pl.DataFrame:
        """The truth about stretches of service."""
        return pl.read_parquet(self.home / "truth" / "service.parquet")

    @property
    def taps(self) -> pl.DataFrame:
        """The truth about lines of the swipe log."""
        return pl.read_parquet(self.home / "truth" / "taps.parquet")


def make(home: Path, *, dirt: Dirt | None = None, seed: int = 1, **size: Any) -> City:
    """Make a small city below `home`."""
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    summary = make_sample_city(
        engine,
        home / "swipe_logs",
        home / "truth",
        BOUNDARIES,
        seed=seed,
        last_day=LAST_DAY,
        dirt=dirt,
        **{**SMALL, **size},
    )
    engine.dispose()
    return City(home, summary)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> City:
    """A town with the default proportions: a seventh of the default city, with the default dirt."""
    home = tmp_path_factory.mktemp("town")
    return make(home, volunteers=3_000, organisations=60, devices=600, days=60)


@pytest.fixture(scope="session")
def dirty_town(tmp_path_factory: pytest.TempPathFactory) -> City:
    """A town in which everything goes wrong far more often than it should."""
    rates = {name: min(0.3, 4 * rate) for name, rate in vars(Dirt()).items()}
    # Only what was served in its first days can be entered late; of few readers some must have a wrong clock.
    more = {"lent_card": 0.05, "late_entry": 1.0, "big_clock_offset": 0.15}
    return make(
        tmp_path_factory.mktemp("dirty"),
        dirt=Dirt(**rates).but(**more),
        seed=5,
        volunteers=2_000,
        organisations=40,
        devices=300,
        days=45,
    )


def listed_states(is_wanted: Callable[[str], bool]) -> dict[tuple[str, str], set[str]]:
    """The values that the tables of some names allow for a column, wherever they list them."""
    return {
        (table.name, column): set(re.findall(r"'([^']+)'", values))
        for table in Base.metadata.sorted_tables
        if is_wanted(table.name)
        for check in table.constraints
        if isinstance(check, CheckConstraint)
        for column, values in re.findall(r"(\w+) IN \(([^)]*)\)", str(check.sqltext))
    }
