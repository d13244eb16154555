"""Where the stories of the office are told: who acts, what time it is, and whose turn is next.

A story is a generator: it yields the moment at which it goes on, and then gives its commands. All stories run side by
side in the order of these moments, so that the audit log reads as that of a real city does.
Here: the clock, the actors and drawn values. Never here: a story.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Update, event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import flag_modified

from operations.access import Actor, Role
from operations.commands.clock import advance_activities, expire_offers
from operations.commands.life_cycle import SYSTEM

from ..names import short
from ..plan import Plan, midnight

Story = Callable[["Desk"], Iterator[datetime]]


@dataclass(frozen=True)
class Host:
    """The organisation that most stories are of, the one above it, its district, a site there and where that is."""

    organisation_id: int
    parent_organisation_id: int
    district_code: str
    site: dict[str, Any]
    place: str


@dataclass
class Desk:
    """One city at work. `people` and `places` are what earlier steps made, for later ones, by name."""

    session: Session
    plan: Plan
    host: Host
    staff: dict[str, Actor]
    people: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    commands: Counter[str] = field(default_factory=Counter)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.rng: np.random.Generator = self.plan.stream("office")
        self.now = self.at(-60)

    def at(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """The moment at a local time of a day, counted from the last day of the city."""
        return _moment(midnight(self.day(days))) + timedelta(hours=hour, minutes=minute)

    def day(self, days: int) -> date:
        """A local day, counted from the last day of the city."""
        return self.plan.last_day + timedelta(days=days)

    def do(self, command: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
        """Give one command now, and return its answer."""
        self.commands[command.__name__] += 1
        return command(self.session, actor, at=self.now, **arguments)

    def person(self, name: str) -> Actor:
        """A volunteer of the stories, acting for themselves."""
        return volunteer(self.people[name])

    def tick(self, activity_id: int) -> None:
        """Let the clock do with one activity what is due now."""
        advance_activities(self.session, SYSTEM, activity_ids=[activity_id], at=self.now)
        expire_offers(self.session, SYSTEM, activity_id=activity_id, at=self.now)

    @property
    def area(self) -> Actor:
        """Who administers the district of the host."""
        district = self.staff["district"]
        return district if district.area_code == self.host.district_code else self.staff["city"]

    def run(self, stories: Sequence[Story]) -> None:
        """Tell the stories to their ends, side by side; every row they change is stamped with its moment."""
        with _stamped(self):
            waiting = []
            for number, story in enumerate(stories):
                told = story(self)
                waiting.append((next(told), number, told))
            heapq.heapify(waiting)
            while waiting:
                moment, number, told = heapq.heappop(waiting)
                if moment > _moment(self.plan.as_of):
                    raise ValueError(f"story {number} goes on at {moment}, after the end of the data")
                self.now = moment
                following = next(told, None)
                self.session.flush()
                if following is not None:
                    heapq.heappush(waiting, (following, number, told))


def volunteer(volunteer_id: int) -> Actor:
    """A volunteer acting for themselves."""
    return Actor(f"volunteer:{volunteer_id}", Role.VOLUNTEER, volunteer_id=volunteer_id)


def visitor() -> Actor:
    """Somebody without an account."""
    return Actor("visitor", Role.VISITOR)


def host_of(
    organisations: pl.DataFrame, sites: pl.DataFrame, areas: pl.DataFrame, organisation_id: int
) -> Host:
    """The organisation with what of the city the stories need; its site is an open one of the district, if it can."""
    row = organisations.row(by_predicate=pl.col("organisation_id") == organisation_id, named=True)
    open_sites = sites.filter(pl.col("closed_on").is_null())
    near = open_sites.filter(district_code=row["district_code"])
    site = (near if len(near) else open_sites).row(0, named=True)
    names = dict(areas.select("area_code", "name").iter_rows())
    return Host(
        organisation_id,
        row["parent_organisation_id"] or organisation_id,
        site["district_code"],
        site,
        short(str(names[site["township_code"] or site["district_code"]])),
    )


def staff_of(accounts: pl.DataFrame, grants: pl.DataFrame, organisation_id: int) -> dict[str, Actor]:
    """The owners of the accounts as they act, by sign-in name."""
    areas = dict(grants.select("account_id", "area_code").iter_rows())
    return {
        one["sign_in_name"]: Actor(
            one["sign_in_name"],
            Role(one["role"]),
            area_code=areas.get(one["account_id"]) or None,
            organisation_id=organisation_id if one["role"] == Role.ORGANISATION_ADMINISTRATOR else None,
            volunteer_id=one["volunteer_id"],
            account_id=one["account_id"],
        )
        for one in accounts.iter_rows(named=True)
    }


class _stamped:  # noqa: N801 - used as a statement
    """While it lasts, rows are stamped with the moment of the story and not of the day on which the city is made."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __enter__(self) -> None:
        event.listen(self.desk.session, "before_flush", self._rows)
        event.listen(self.desk.session, "do_orm_execute", self._statement)

    def __exit__(self, *_: object) -> None:
        event.remove(self.desk.session, "before_flush", self._rows)
        event.remove(self.desk.session, "do_orm_execute", self._statement)

    def _rows(self, session: Session, *_: object) -> None:
        changed = [row for row in session.dirty if session.is_modified(row)]
        for row in (*session.new, *changed):
            if hasattr(row, "updated_at"):
                row.updated_at = self.desk.now
        for row in changed:
            # Of a second change at one moment the stamp stays equal, and would be taken from the clock on the wall.
            if hasattr(row, "updated_at"):
                flag_modified(row, "updated_at")

    def _statement(self, state: ORMExecuteState) -> None:
        if isinstance(state.statement, Update):
            state.statement = state.statement.values(updated_at=self.desk.now)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
