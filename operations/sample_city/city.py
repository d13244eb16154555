"""The sample city as a whole: what is made in which order, and how it gets into place.

Here: the order. Never here: a shape, a rate or a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from operations import model
from operations.database import migrate, writing

from . import writing as city_writing
from .activities import make_offer
from .attendance import attend
from .cards import make_cards
from .devices import make_devices
from .dirt import Dirt
from .events import both_ends, check_in, tap_at_devices
from .ground import lay_ground
from .lines import send
from .organisations import make_members, make_organisations
from .people import make_consents, make_identities, make_volunteers
from .plan import Plan
from .sites import make_sites

Frames = list[tuple[type[model.Base], pl.DataFrame]]


@dataclass(frozen=True)
class SampleCitySummary:
    """How much was made: rows of the operational database, segments and lines of the swipe log."""

    rows: int
    segments: int
    lines: int
    volunteers: int
    attendances: int


def make_sample_city(
    engine: Engine,
    swipe_logs: Path,
    truth: Path,
    boundaries: Path,
    *,
    volunteers: int = 20_000,
    organisations: int = 400,
    devices: int = 4_000,
    days: int = 90,
    seed: int = 1,
    last_day: date,
    dirt: Dirt | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> SampleCitySummary:
    """Make a city into an empty operational database and an empty swipe log; the truth goes to the folder `truth`.

    The same arguments give the same city, byte for byte, whenever it is made. All or nothing: an interrupted run
    leaves no row, and the next one removes what it left of the swipe log. `progress(stage, done, total)` is told.

    Raises `CityExists` where there is data already, `BoundariesUnusable`, `OperationsUnavailable`, and `ValueError`
    for a size that makes no city.
    """
    plan = Plan(volunteers, organisations, devices, days, seed, last_day, dirt or Dirt())
    tell = progress or (lambda _stage, _done, _total: None)
    migrate(engine)
    with writing(engine) as session:
        city_writing.refuse_if_not_empty(session, swipe_logs)
        city_writing.clear_leftovers(swipe_logs)
        tell("city", 0, 1)
        frames, lines, attendances = _imagine(plan, boundaries)
        tell("city", 1, 1)
        rows = city_writing.insert_frames(session, frames, tell)
        segments = city_writing.stage_segments(swipe_logs, lines, tell)
        city_writing.show_segments(swipe_logs)
    city_writing.finish(swipe_logs)
    return SampleCitySummary(rows, segments, len(lines), volunteers, attendances)


def _imagine(plan: Plan, boundaries: Path) -> tuple[Frames, pl.DataFrame, int]:
    ground = lay_ground(plan, boundaries)
    organisations = make_organisations(plan, ground)
    sites = make_sites(plan, ground, organisations)
    devices = make_devices(plan, sites)
    volunteers = make_volunteers(plan, ground)
    identities = make_identities(plan, volunteers)
    consents, volunteers = make_consents(plan, volunteers)
    members = make_members(plan, organisations, volunteers)
    cards = make_cards(plan, volunteers)
    offer = make_offer(plan, organisations, sites)
    attendance = attend(plan, offer, sites, volunteers, cards.bindings, devices.devices["site_id"].unique())
    stretches = attendance.stretches.with_columns(group_id="stretch_id", kind=pl.lit("clean"))
    ends = both_ends(stretches)
    taps = tap_at_devices(plan, ends.filter(channel="CARD"), devices.devices, cards.bindings)
    check_ins = check_in(plan, ends.filter(channel="APP"), sites)
    lines = send(plan, taps, devices)
    frames: Frames = [
        (model.Area, ground.areas),
        (model.Organisation, organisations),
        (model.Volunteer, volunteers),
        (model.VolunteerIdentity, identities),
        (model.Consent, consents),
        (model.OrganisationMember, members),
        (model.Site, sites),
        (model.Device, devices.devices),
        (model.Heartbeat, devices.heartbeats),
        (model.Card, cards.cards),
        (model.CardBinding, cards.bindings),
        (model.Activity, offer.activities),
        (model.Shift, offer.shifts),
        (model.ShiftSite, offer.shift_sites),
        (model.SignUp, attendance.sign_ups),
        (model.CheckIn, check_ins),
    ]
    return frames, lines, len(stretches)
