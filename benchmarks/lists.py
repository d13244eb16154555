"""List pages at a million volunteers and a hundred thousand activities, on SQLite and on PostgreSQL.

Every list is asked what administrators ask (list_requests.py): its first page in every order, pages further on, the
beginning of a word, and every filter, each by those who see the whole city, one district, one township and one
organisation. A page is the rows and their number; of every request the slowest twentieth is claimed to be fast.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.large_city import NOW, make_large_city
from benchmarks.list_requests import Request, all_listings, requests_of
from benchmarks.report import Report
from operations.database import migrate, open_database, reading
from operations.queries.paging import page_of
from tests.postgresql import SETTINGS, PostgresqlMissing, throwaway_cluster

TIMES = 5
LIMIT_MS = 100.0
# As a city's server has it, of which the indexes of a million rows fit into memory.
SERVER = {**SETTINGS, "shared_buffers": "512MB"}


@dataclass(frozen=True)
class Answered:
    """A request, with the milliseconds that it took, one for each time."""

    request: Request
    took_ms: tuple[float, ...]


def measure(report: Report) -> None:
    """Measure both databases; nothing else runs on this machine meanwhile, or the figures say nothing."""
    report.section("List pages: 1 M volunteers, 100,000 activities; p50 and p95 of a page by list")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        _measure(report, "SQLite", f"sqlite:///{Path(folder) / 'operations.sqlite'}")
    try:
        with throwaway_cluster(SERVER) as cluster:
            _measure(report, "PostgreSQL", cluster.new_database())
    except PostgresqlMissing as missing:
        report.line(f"  PostgreSQL: not measured, {missing}")


def _measure(report: Report, name: str, url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    begin = time.perf_counter()
    rows = make_large_city(engine)
    report.figure(f"{name}: rows, in millions", rows / 1e6, "M")
    report.figure(f"{name}: making them", time.perf_counter() - begin, "s")
    say(report, name, answered(engine))
    engine.dispose()


def answered(engine: Engine, times: int = TIMES) -> list[Answered]:
    """Every request that there is of every list, each asked so many times."""
    found: list[Answered] = []
    for listing in all_listings():
        with reading(engine) as session:
            requests = list(requests_of(session, listing))
        found += [Answered(one, tuple(_took_ms(engine, one) for _ in range(times))) for one in requests]
    return found


def say(report: Report, name: str, every: Sequence[Answered]) -> None:
    """The share of all lists and of each, and the slowest requests by their median."""
    for listing in sorted({one.request.listing.name for one in every}):
        times = [took for one in every if one.request.listing.name == listing for took in one.took_ms]
        report.line(
            f"  {name}: {listing:<28} p50 {_share(times, 50):>8.2f} ms   p95 {_share(times, 95):>8.2f} ms"
        )
    times = [took for one in every for took in one.took_ms]
    typical = sorted(((_share(one.took_ms, 50), str(one.request)) for one in every), reverse=True)
    report.figure(f"{name}: requests", len(every), "")
    report.figure(f"{name}: a page of any list, p50", _share(times, 50), "ms")
    report.figure(f"{name}: a page of any list, p95", _share(times, 95), "ms", at_most=LIMIT_MS)
    report.figure(f"{name}: the slowest request, by its median", typical[0][0], "ms", at_most=LIMIT_MS)
    for took, what in typical[:5]:
        report.line(f"    slowest: {took:8.2f} ms  {what}")


def _took_ms(engine: Engine, one: Request) -> float:
    with reading(engine) as session:
        session.connection()
        begin = time.perf_counter()
        page_of(session, one.who, one.listing, one.wanted, on=NOW)
        return (time.perf_counter() - begin) * 1000


def _share(times: Sequence[float], percent: int) -> float:
    """The value below which that share of the times lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]
