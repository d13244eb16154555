"""Signing in and out by position."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest

from operations.commands.attendance import Reading, check_in, check_out
from operations.commands.refusals import Refused
from operations.database import writing
from operations.model import CheckIn
from operations.positions import from_wgs84

from .conftest import NOW, Town, volunteer

MINUTE = timedelta(minutes=1)


def reading_at(metres_north: float, *, accuracy_m: int = 10, system: str = "WGS-84") -> Reading:
    """A position so many metres north of the site, whose radius is 100 m."""
    lon, lat = from_wgs84(120.15, 30.26 + np.degrees(metres_north / 6_371_008.8), system)
    return Reading(float(lon), float(lat), system, accuracy_m)


def arrive(town: Town, person: int, shift: int, *, minutes: int = 120, where: Reading | None = None) -> str:
    at = NOW + minutes * MINUTE
    code = town.code(shift, at)
    with writing(town.engine) as session:
        return check_in(
            session,
            volunteer(person),
            volunteer_id=person,
            shift_id=shift,
            reading=where or reading_at(0),
            client="app",
            code=code,
            at=at,
        ).direction


def leave(town: Town, person: int, shift: int, *, minutes: int = 300, where: Reading | None = None) -> str:
    at = NOW + minutes * MINUTE
    code = town.code(shift, min(at, town.ends_at + 60 * MINUTE))
    with writing(town.engine) as session:
        return check_out(
            session,
            volunteer(person),
            volunteer_id=person,
            shift_id=shift,
            reading=where or reading_at(0),
            client="app",
            code=code,
            at=at,
        ).direction


@pytest.mark.parametrize(
    ("metres", "accuracy", "outcome"),
    [
        (99, 0, "in"),
        (109, 10, "in"),
        (112, 10, "112 m from 断桥微笑亭"),
        (149, 200, "in"),
        (152, 200, "152 m from 断桥微笑亭"),
        (0, 201, "accurate to 201 m only"),
        (0, -1, "not below 0"),
    ],
)
def test_the_position_counts_within_the_radius_and_at_most_50_m_of_doubt(
    town: Town, metres: float, accuracy: int, outcome: str
) -> None:
    shift = town.shift()
    person = town.signed_up(shift)
    where = reading_at(metres, accuracy_m=accuracy)
    if outcome == "in":
        assert arrive(town, person, shift, where=where) == "in"
    else:
        with pytest.raises(Refused, match=outcome):
            arrive(town, person, shift, where=where)
        assert town.count(CheckIn) == 0


def test_a_position_is_read_in_the_system_it_comes_in(town: Town) -> None:
    shift = town.shift()
    person = town.signed_up(shift)
    chinese = reading_at(90, system="BD-09")
    assert arrive(town, person, shift, where=chinese) == "in"
    mistaken = Reading(chinese.lon, chinese.lat, "WGS-84", 10)
    with pytest.raises(Refused, match="not at the place"):
        leave(town, person, shift, where=mistaken)
    assert leave(town, person, shift, where=chinese) == "out"


def test_one_person_has_one_open_sign_in_however_often_the_button_is_pressed(town: Town) -> None:
    shift = town.shift()
    person = town.signed_up(shift)

    def press(_: int) -> str:
        try:
            return arrive(town, person, shift)
        except Refused as refusal:
            return str(refusal)

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(press, range(6)))
    assert outcomes == ["another sign-in is open: sign out first"] * 5 + ["in"]


def test_the_audit_log_keeps_no_position(town: Town) -> None:
    shift = town.shift()
    arrive(town, town.signed_up(shift), shift)
    entry = town.last_audit()
    assert entry.action == "check_in"
    assert entry.after is not None
    assert entry.after["site_id"] is not None
    assert not {"received_lon", "received_lat"} & set(entry.after)


def test_a_forgotten_sign_out_does_not_lock_the_next_day(town: Town) -> None:
    today, tomorrow = town.shift(), town.shift(hours_later=24)
    person = town.signed_up(today)
    with writing(town.engine) as session:
        from operations.commands.sign_ups import sign_up

        sign_up(session, volunteer(person), volunteer_id=person, shift_id=tomorrow, at=NOW)
    arrive(town, person, today)
    with pytest.raises(Refused, match="more than 60 minutes ago"):
        leave(town, person, today, minutes=361)
    assert arrive(town, person, tomorrow, minutes=24 * 60 + 120) == "in"


def test_a_sign_in_is_taken_from_one_hour_before_to_one_hour_after(town: Town) -> None:
    shift = town.shift()
    person = town.signed_up(shift)
    with pytest.raises(Refused, match="from 60 minutes before"):
        arrive(town, person, shift, minutes=59)
    assert arrive(town, person, shift, minutes=60) == "in"
    assert leave(town, person, shift, minutes=360) == "out"


def test_nobody_signs_in_without_a_place_or_out_without_having_signed_in(town: Town) -> None:
    shift = town.shift(capacity=1)
    town.signed_up(shift)
    waiting = town.signed_up(shift)
    with pytest.raises(Refused, match="no confirmed sign-up"):
        arrive(town, waiting, shift)
    with pytest.raises(Refused, match="no open sign-in"):
        leave(town, waiting, shift)
