"""The sample city as a whole: what is made in which order, and how it gets into place.

Here: the order. Never here: a shape, a rate or a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from operations import model
from operations.database import migrate, writing

from . import writing as city_writing
from .accounts import demo_organisation, make_accounts, make_role_grants
from .activities import Offer, make_offer
from .attendance import attend
from .cards import Cards, make_cards, mishandle
from .devices import Devices, make_devices, with_queues
from .dirt import Dirt
from .events import both_ends, check_in, tap_at_devices
from .expectation import expect_lines, expect_pairs
from .ground import Ground, lay_ground
from .honours import Honours, make_honours
from .lines import send
from .mishaps import clashing_sign_ups, go_wrong, without_forgotten
from .office import STORIES, Desk, host_of, staff_of, what_was_served
from .organisations import make_members, make_organisations
from .people import make_consents, make_identities, make_volunteers
from .plan import Plan
from .sites import make_sites
from .truth import expect_service, expected_taps, write_truth

Progress = Callable[[str, int, int], None]
Frames = list[tuple[type[model.Base], pl.DataFrame]]


@dataclass(frozen=True)
class _Town:
    """What is there before anybody serves."""

    ground: Ground
    organisations: pl.DataFrame
    sites: pl.DataFrame
    devices: Devices
    volunteers: pl.DataFrame
    members: pl.DataFrame
    offer: Offer


@dataclass(frozen=True)
class _Life:
    """What people did, what was recorded of it, and the truth."""

    cards: Cards
    sign_ups: pl.DataFrame
    check_ins: pl.DataFrame
    honours: Honours
    lines: pl.DataFrame
    service: pl.DataFrame


@dataclass(frozen=True)
class _City:
    frames: Frames
    town: _Town
    life: _Life
    accounts: pl.DataFrame
    grants: pl.DataFrame
    organisation_id: int


@dataclass(frozen=True)
class SampleCitySummary:
    """How much was made: rows of the operational database, segments and lines of the swipe log, and `commands`: those
    that people of all roles gave on top of the history."""

    rows: int
    segments: int
    lines: int
    volunteers: int
    attendances: int
    commands: int


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
    with_office: bool = True,
    progress: Progress | None = None,
) -> SampleCitySummary:
    """Make a city into an empty operational database and an empty swipe log; the truth goes to the folder `truth`.

    `with_office`: on top of the history people of all roles act by commands, so that every state is there.

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
        city = _imagine(plan, boundaries, tell)
        rows = city_writing.insert_frames(session, city.frames, tell)
        service, commands = city.life.service, Counter[str]()
        if with_office:
            service, commands = _work(session, plan, city)
            rows = city_writing.count_rows(session)
        segments = city_writing.stage_segments(swipe_logs, city.life.lines, tell)
        summary = SampleCitySummary(
            rows=rows,
            segments=segments,
            lines=len(city.life.lines),
            volunteers=volunteers,
            attendances=service.filter(pl.col("stretch_id").is_not_null(), "is_real")[
                "stretch_id"
            ].n_unique(),
            commands=commands.total(),
        )
        write_truth(
            plan,
            truth,
            service,
            expected_taps(city.life.lines),
            totals=asdict(summary),
            commands=commands,
        )
        city_writing.show_segments(swipe_logs)
    city_writing.finish(swipe_logs)
    return summary


def _work(session: Session, plan: Plan, city: _City) -> tuple[pl.DataFrame, Counter[str]]:
    """Let people of all roles act by commands; return the truth with what they served, and how often each was given."""
    host = host_of(city.town.organisations, city.town.sites, city.town.ground.areas, city.organisation_id)
    desk = Desk(session, plan, host, staff_of(city.accounts, city.grants, city.organisation_id))
    desk.run(STORIES)
    served = what_was_served(
        session,
        after_event=_last(city.life.check_ins, "event_id"),
        after_record=_last(city.life.honours.records, "record_id"),
        after_stretch=_last(city.life.service, "stretch_id"),
    )
    pairs = expect_pairs(city.life.lines.clear(), served.check_ins, served.shifts)
    added = expect_service(plan, served.stretches, pairs, served.records, served.shifts)
    return pl.concat([city.life.service, added.select(city.life.service.columns)]), desk.commands


def _last(frame: pl.DataFrame, key: str) -> int:
    return int(frame[key].drop_nulls().max() or 0)  # type: ignore[arg-type]


def _imagine(plan: Plan, boundaries: Path, tell: Progress) -> _City:
    tell("city", 0, 2)
    ground = lay_ground(plan, boundaries)
    organisations = make_organisations(plan, ground)
    sites = make_sites(plan, ground, organisations)
    devices = make_devices(plan, sites)
    volunteers = make_volunteers(plan, ground)
    identities = make_identities(plan, volunteers)
    consents, volunteers = make_consents(plan, volunteers)
    members = make_members(plan, organisations, volunteers)
    offer = make_offer(plan, organisations, sites)
    town = _Town(ground, organisations, sites, devices, volunteers, members, offer)
    tell("city", 1, 2)
    life = _live(plan, town)
    organisation_id = demo_organisation(organisations, ground)
    accounts = make_accounts(plan, volunteers, organisation_id, members)
    grants = make_role_grants(accounts, ground)
    tell("city", 2, 2)
    frames: Frames = [
        (model.Area, ground.areas),
        (model.Organisation, organisations),
        (model.Volunteer, volunteers),
        (model.VolunteerIdentity, identities),
        (model.Consent, consents),
        (model.OrganisationMember, members),
        (model.Site, sites),
        (model.Device, devices.devices),
        (model.Heartbeat, with_queues(devices, life.lines)),
        (model.Card, life.cards.cards),
        (model.CardBinding, life.cards.bindings),
        (model.Activity, offer.activities),
        (model.Shift, offer.shifts),
        (model.ShiftSite, offer.shift_sites),
        (model.SignUp, life.sign_ups),
        (model.CheckIn, life.check_ins),
        (model.HonourRecord, life.honours.records),
        (model.HonourApproval, life.honours.approvals),
        (model.Account, accounts),
        (model.RoleGrant, grants),
    ]
    return _City(frames, town, life, accounts, grants, organisation_id)


def _live(plan: Plan, town: _Town) -> _Life:
    """Let people sign up, come, serve and forget; and work out what should come of it."""
    shifts = town.offer.shifts
    cards = make_cards(plan, town.volunteers)
    with_devices = town.devices.devices["site_id"].unique()
    attendance = attend(
        plan,
        offer=town.offer,
        sites=town.sites,
        volunteers=town.volunteers,
        bindings=cards.bindings,
        with_devices=with_devices,
    )
    standing = town.sites.filter(pl.col("site_id").is_in(with_devices.implode()))
    stretches = go_wrong(plan, attendance.stretches, shifts, cards.bindings, standing)
    sign_ups, clashing = clashing_sign_ups(
        plan, stretches, shifts, town.offer.shift_sites, attendance.sign_ups
    )
    stretches = stretches.with_columns(
        kind=pl.when((pl.col("kind") == "clean") & pl.col("stretch_id").is_in(clashing.implode()))
        .then(pl.lit("overlapping_sign_ups"))
        .otherwise("kind")
    )
    cards, found = mishandle(plan, cards, stretches)
    ends = without_forgotten(both_ends(stretches))
    taps = tap_at_devices(plan, ends.filter(channel="CARD"), town.devices.devices, cards.bindings)
    check_ins = check_in(plan, ends.filter(channel="APP"), town.sites)
    lines = expect_lines(send(plan, taps, found, town.devices), town.devices, cards, shifts)
    pairs = expect_pairs(lines, check_ins, shifts)
    honours = make_honours(
        plan,
        papers=attendance.papers,
        stretches=stretches,
        pairs=pairs,
        shifts=shifts,
        organisations=town.organisations,
        members=town.members,
        volunteers=town.volunteers,
        activities=town.offer.activities,
    )
    service = expect_service(plan, stretches, pairs, honours.records, shifts)
    return _Life(cards, sign_ups, check_ins, honours, lines, service)
