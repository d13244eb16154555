"""A city of a million volunteers and a hundred thousand activities in an operational database, made at once.

Here: rows for lists to be asked of, plain and alike; each room is a module. Never here: measuring, or a city that makes
sense: that is the sample city's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl
from sqlalchemy import Engine

from operations import model
from operations.commands.bulk import append_frame

from . import activities, people, places, records
from .columns import NOW
from .filling import filling, tidy

__all__ = ["NOW", "VOLUNTEERS", "make_large_city"]

VOLUNTEERS = 1_000_000
Frames = Iterator[tuple[type[model.Base], Callable[[], pl.DataFrame]]]


@dataclass(frozen=True)
class Size:
    """How many there are of each, in proportion to the volunteers."""

    volunteers: int

    def of(self, count: int) -> int:
        """So many for a million volunteers."""
        return max(round(count * self.volunteers / VOLUNTEERS), 1)


def make_large_city(engine: Engine, volunteers: int = VOLUNTEERS) -> int:
    """Fill the empty tables of a migrated database that is thrown away later, and return how many rows that were.

    `volunteers` scales the tables of people and of what they did.
    """
    done = 0
    with filling(engine) as session:
        # One at a time: together they need more memory than the database.
        for table, made in _frames(Size(volunteers)):
            done += append_frame(session, table, made())
    tidy(engine)
    return done


def _frames(size: Size) -> Frames:
    organisations, sites = max(size.of(13_570), 30), size.of(10_000)
    held, signed_up, who = size.of(100_000), size.of(500_000), size.volunteers
    yield model.Area, places.districts
    yield model.Area, places.townships
    yield model.Organisation, partial(places.organisations, organisations)
    yield model.Volunteer, partial(people.volunteers, who)
    yield model.VolunteerIdentity, partial(people.identities, who)
    yield model.OrganisationMember, partial(people.members, who, organisations)
    yield model.Card, partial(people.cards, who)
    yield model.CardBinding, partial(people.bindings, who)
    yield model.DuplicateCandidate, partial(people.candidates, size.of(20_000), who)
    yield model.Account, partial(people.accounts, size.of(20_000), who)
    yield model.RoleGrant, partial(people.role_grants, size.of(20_000))
    yield model.Site, partial(places.sites, sites, organisations)
    yield model.Device, partial(places.devices, size.of(4_000), sites)
    yield model.Activity, partial(activities.activities, held, organisations)
    yield model.Shift, partial(activities.shifts, held)
    yield model.ShiftSite, partial(activities.shift_sites, held, sites)
    yield model.SignUp, partial(activities.sign_ups, signed_up, held, who)
    yield model.CheckIn, partial(activities.check_ins, signed_up, held, who, sites)
    yield model.HonourRecord, partial(records.honour_records, size.of(200_000), organisations, who)
    yield model.Dispute, partial(records.disputes, size.of(20_000), organisations, who)
    yield model.Proof, partial(records.proofs, size.of(200_000), organisations, who)
    yield model.Notice, partial(records.notices, size.of(1_000_000), organisations, who)
    yield model.AuditEntry, partial(records.audit_entries, size.of(300_000), who)
