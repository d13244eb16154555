"""List pages at a million volunteers and a hundred thousand activities, on SQLite and on PostgreSQL.

Every list that the pages have is asked what administrators ask: its first page in every order, pages further on, the
beginning of a word, and every filter by a value that is there, each by those who see the whole city, one district and
one organisation. A page is two queries, the rows and their number; the slowest twentieth is what is claimed.
"""

from __future__ import annotations

import pkgutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

import operations.queries
from benchmarks.large_city import NOW, make_large_city
from benchmarks.report import Report
from operations.access import Actor, Role, scope_of
from operations.database import migrate, open_database, reading
from operations.queries.paging import Listing, Wanted, page_of
from tests.postgresql import PostgresqlMissing, throwaway_cluster

TIMES = 5
LIMIT_MS = 100.0
# Many, few and one: a surname that one in eight has, one in a hundred, and the beginning of a whole name.
NAMES = ("张", "欧", "张1234")
WHO = (
    Actor("city", Role.CITY_ADMINISTRATOR, volunteer_id=1),
    Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106", volunteer_id=1),
    Actor("organisation", Role.ORGANISATION_ADMINISTRATOR, organisation_id=1_007, volunteer_id=1),
    Actor("head of a district", Role.ORGANISATION_ADMINISTRATOR, organisation_id=7, volunteer_id=1),
    Actor("head of the city", Role.ORGANISATION_ADMINISTRATOR, organisation_id=1, volunteer_id=1),
    Actor("auditor", Role.AUDITOR, volunteer_id=1),
)


@dataclass(frozen=True)
class Asked:
    """One request of a list, with the milliseconds that it took, one for each time."""

    who: str
    what: str
    took_ms: tuple[float, ...]


def measure(report: Report) -> None:
    """Measure both databases; nothing else runs on this machine meanwhile, or the figures say nothing."""
    report.section("List pages: 1 M volunteers, 100,000 activities; p50 and p95 of a page by list")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _measure(report, "SQLite", f"sqlite:///{Path(folder) / 'operations.sqlite'}")
    try:
        with throwaway_cluster() as cluster:
            _measure(report, "PostgreSQL", cluster.new_database())
    except PostgresqlMissing as missing:
        report.line(f"  PostgreSQL: not measured, {missing}")


def all_listings() -> list[Listing]:
    """Every list that a module of operations.queries has, by name."""
    found: dict[str, Listing] = {}
    for module in pkgutil.iter_modules(operations.queries.__path__):
        for value in vars(import_module(f"operations.queries.{module.name}")).values():
            if isinstance(value, Listing):
                found[value.name] = value
    return [found[name] for name in sorted(found)]


def _measure(report: Report, name: str, url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    begin = time.perf_counter()
    rows = make_large_city(engine)
    report.figure(f"{name}: rows, in millions", rows / 1e6, "M")
    report.figure(f"{name}: making them", time.perf_counter() - begin, "s")
    every: list[float] = []
    slowest: list[tuple[float, str]] = []
    for listing in all_listings():
        asked = list(_ask(engine, listing))
        times = [took for one in asked for took in one.took_ms]
        if not times:
            continue
        every += times
        slowest += [(min(one.took_ms), f"{listing.name}, {one.who}: {one.what}") for one in asked]
        report.line(
            f"  {name}: {listing.name:<28} p50 {_share(times, 50):>8.2f} ms   p95 {_share(times, 95):>8.2f} ms"
        )
    engine.dispose()
    report.figure(f"{name}: a page of any list, p50", _share(every, 50), "ms")
    report.figure(f"{name}: a page of any list, p95", _share(every, 95), "ms", at_most=LIMIT_MS)
    for took, what in sorted(slowest, reverse=True)[:5]:
        report.line(f"    slowest: {took:8.2f} ms  {what}")


def _ask(engine: Engine, listing: Listing) -> Iterator[Asked]:
    for who in WHO:
        if scope_of(who, listing.action).kind == "nothing":
            continue
        with reading(engine) as session:
            first = page_of(session, who, listing, Wanted(), on=NOW)
        for what, wanted in _requests(listing, first.rows):
            yield Asked(who.name, what, tuple(_took_ms(engine, who, listing, wanted) for _ in range(TIMES)))


def _requests(listing: Listing, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Wanted]]:
    """What administrators ask: every order, further pages, the beginning of a word, every filter."""
    for sort in listing.sorts:
        yield f"by {sort}", Wanted(sort=sort)
        yield f"by {sort}, from the end", Wanted(sort=f"-{sort}")
    yield "the tenth page", Wanted(page=10)
    if not rows:
        return
    example = rows[len(rows) // 2]
    for name in _searched(listing):
        value = example.get(name)
        if isinstance(value, str):
            yield f"{name} beginning as one does", Wanted(search=value[: max(len(value) - 2, 1)])
    if "name" in listing.filters:
        for name in NAMES:
            yield f"name {name}", Wanted(filters={"name": name})
    for name in listing.filters:
        value = example.get(name)
        if value is None:
            continue
        try:
            listing.filters[name](str(value))
        except (KeyError, TypeError, ValueError):
            continue  # a filter that is asked by something else than a value of its column
        yield f"{name} of one", Wanted(filters={name: str(value)})


def _searched(listing: Listing) -> list[str]:
    """The columns by whose beginning a list is searched; one that searches by itself finds people by their number."""
    if callable(listing.search):
        return ["volunteer_no"]
    return [getattr(column, "key", "") for column in listing.search]


def _took_ms(engine: Engine, who: Actor, listing: Listing, wanted: Wanted) -> float:
    with reading(engine) as session:
        session.connection()
        begin = time.perf_counter()
        page_of(session, who, listing, wanted, on=NOW)
        return (time.perf_counter() - begin) * 1000


def _share(times: list[float], percent: int) -> float:
    """The value below which that share of the times lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]
