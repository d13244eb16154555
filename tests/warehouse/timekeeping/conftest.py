"""What tests of single rules share."""

from __future__ import annotations

import pytest

from warehouse.timekeeping import engine
from warehouse.timekeeping.one_place import OnePlace


@pytest.fixture(params=["by packed keys", "section by section"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs twice: as people with one place a day go, and with everybody going the general way."""
    if request.param == "section by section":
        monkeypatch.setattr(
            engine, "one_place_days", lambda by_day, *_: OnePlace({}, [], list(by_day.values()))
        )
