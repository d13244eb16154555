"""The examination behind `hub doctor`: each check looks at one thing and says what it found and what to do.

A check never changes anything and never raises: what stops it is its finding.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from .failures import explain
from .home import holder, sqlite_file
from .masking import masked
from .settings import Settings

State = Literal["ok", "empty", "warning", "broken"]

_LITTLE_DISK_GB, _TOO_LITTLE_DISK_GB = 5.0, 0.5
_BUILD_STALE_AFTER = timedelta(hours=24)
_SEGMENT_WAITS_TOO_LONG = timedelta(minutes=15)
_HALF_WRITTEN_AFTER_SECONDS = 3600


@dataclass(frozen=True)
class Finding:
    """What one check found. `empty` is a state to begin from, not a fault; `broken` is needed and does not work."""

    subject: str
    state: State
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Return what every check found, in the order of the flow of data."""
    findings = []
    for subject, check in CHECKS.items():
        try:
            findings += [Finding(subject, *answer) for answer in check(settings)]
        except Exception as error:  # a check that cannot be made is what it found
            found = explain(error) or f"{type(error).__name__}: {masked(str(error)) or 'no message'}"
            findings.append(Finding(subject, "broken", found))
    return findings


Answers = Iterator[tuple[Any, ...]]
"""State, what was found and, where something is to be done, what."""


def _home(settings: Settings) -> Answers:
    if not settings.home.exists():
        yield "empty", f"{settings.home} is not there yet", "hub up makes it"
        return
    probe = settings.home / ".doctor"
    probe.touch()
    probe.unlink()
    running = holder(settings)
    yield "ok", f"{settings.home}, {f'in use by process {running}' if running else 'not in use'}"


def _disk(settings: Settings) -> Answers:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < _TOO_LITTLE_DISK_GB:
        yield "broken", f"{free:.1f} GB free", f"make room: a build needs at least {_TOO_LITTLE_DISK_GB} GB"
    elif free < _LITTLE_DISK_GB:
        yield "warning", f"{free:.1f} GB free", "make room soon"
    else:
        yield "ok", f"{free:.0f} GB free"


def _operations(settings: Settings) -> Answers:
    from sqlalchemy import func, select
    from sqlalchemy.orm import Session

    from operations.database import is_migrated, open_database
    from operations.model import Device, Volunteer

    where = masked(settings.operations_url)
    database = sqlite_file(settings.operations_url)
    if database is not None and not database.exists():
        yield "empty", f"{where} is not there yet", "hub account create begins a city, hub up makes a sample"
        return
    engine = open_database(settings.operations_url)
    try:
        if not is_migrated(engine):
            yield (
                "broken",
                f"{where} has not the newest tables",
                "hub build or hub serve brings them up to date",
            )
            return
        with Session(engine) as session:
            volunteers = session.scalar(select(func.count()).select_from(Volunteer)) or 0
            devices = session.scalar(select(func.count()).select_from(Device)) or 0
    finally:
        engine.dispose()
    state = "ok" if volunteers else "empty"
    yield state, f"{where}: {volunteers:,} volunteers, {devices:,} card readers"


def _swipe_logs(settings: Settings) -> Answers:
    from operations.devices.swipe_log import segments

    if not settings.swipe_logs.is_dir():
        yield "empty", f"{settings.swipe_logs} is not there yet"
        return
    found = segments(settings.swipe_logs)
    newest = f", the last arrived {_hour_of(found[-1])}" if found else ""
    yield "ok" if found else "empty", f"{len(found):,} segments{newest}"
    too_old = time.time() - _HALF_WRITTEN_AFTER_SECONDS
    if left := [p for p in settings.swipe_logs.rglob(".*.jsonl.tmp") if p.stat().st_mtime < too_old]:
        yield (
            "warning",
            f"{len(left)} half-written segments, such as {left[0]}",
            "their writer died; nobody reads them",
        )


def _hour_of(segment: Path) -> str:
    day, hour = segment.parts[-3].partition("=")[2], segment.parts[-2].partition("=")[2]
    return f"on {day} at {hour}h UTC"


def _warehouse(settings: Settings) -> Answers:
    from operations.devices.swipe_log import segments
    from warehouse.lake import open_lake

    database = None if "://" in settings.lake_catalogue else Path(settings.lake_catalogue)
    if database is not None and not database.exists():
        yield "empty", f"{database} is not there yet", "hub build makes it"
        return
    lake = open_lake(settings.lake_catalogue, settings.lake_files, read_only=True, wait_seconds=5)
    try:
        tables = {f"{row[0]}.{row[1]}" for row in lake.execute(_TABLES).fetchall()}
        if "meta.table_builds" not in tables or "marts.data_clock" not in tables:
            yield "empty", f"{masked(settings.lake_catalogue)}: opened, but not built yet", "hub build"
            return
        built_at, builds = lake.execute("SELECT max(built_at), count(*) FROM meta.table_builds").fetchall()[0]
        taken_in = lake.execute("SELECT count(*) FROM raw.swipe_segments").fetchall()[0][0]
        clock = lake.execute("SELECT as_of_at, last_service_day FROM marts.data_clock").fetchall()
    finally:
        lake.close()
    yield (
        "ok",
        f"{masked(settings.lake_catalogue)}: {builds} tables built, the data reaches to {_reach(clock)}",
    )
    yield from _freshness(built_at, segments(settings.swipe_logs), taken_in)


_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'"


def _reach(clock: list[Any]) -> str:
    return f"{clock[0][0]:%Y-%m-%d %H:%M} UTC" if clock and clock[0][0] else "nowhere (it is empty)"


def _freshness(built_at: datetime | None, found: list[Path], taken_in: int) -> Answers:
    age = datetime.now(UTC).replace(tzinfo=None) - built_at if built_at else None
    if age is None or age > _BUILD_STALE_AFTER:
        yield "warning", f"the last table was built {_ago(age)}", "hub build, or leave hub up running"
    else:
        yield "ok", f"the last table was built {_ago(age)}"
    waiting = len(found) - taken_in
    if waiting > 0:
        since = timedelta(seconds=time.time() - max(path.stat().st_mtime for path in found))
        state = "warning" if since > _SEGMENT_WAITS_TOO_LONG else "ok"
        yield state, f"{waiting} segments wait to be taken in", "hub build, or leave hub up running"


def _ago(age: timedelta | None) -> str:
    if age is None:
        return "never"
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{age.days} days ago" if age.days > 1 else f"{hours} h {minutes} min ago"


def _boundaries(settings: Settings) -> Answers:
    from dashboards.boundaries import read_boundaries

    districts = read_boundaries(settings.boundaries).geojson["features"]
    yield "ok", f"{settings.boundaries}: {len(districts)} districts"


def _rules(settings: Settings) -> Answers:
    from warehouse.timekeeping.rules import read_rules
    from warehouse.timekeeping.working_days import read_working_days

    today = datetime.now(UTC).date()
    yield "ok", f"time-keeping rules in force since {read_rules().on(today).version}"
    last = read_working_days().last_day
    if last < today + timedelta(days=30):
        yield (
            "warning",
            f"the working days end on {last}",
            "add next year's to warehouse/reference/working_days.csv",
        )
    else:
        yield "ok", f"working days known to {last}"


def _extensions(settings: Settings) -> Answers:
    import tempfile

    from warehouse.lake import open_lake

    with tempfile.TemporaryDirectory() as folder:
        open_lake(f"{folder}/catalogue.sqlite", f"{folder}/files").close()
    yield "ok", "DuckDB opens a lake with the extensions that are installed"


def _ports(settings: Settings) -> Answers:
    from .ports import is_free

    running = holder(settings)
    for number, owner in ((settings.dashboards_port, "DASHBOARDS"), (settings.dagster_port, "DAGSTER")):
        if is_free(settings.host, number):
            state = "warning" if running else "ok"
            yield state, f"{settings.host}:{number} is free{', though Volunteer Hub runs' if running else ''}"
        elif running:
            yield "ok", f"{settings.host}:{number} is in use, Volunteer Hub runs"
        else:
            yield "broken", f"{settings.host}:{number} is taken by another program", f"set HUB_{owner}_PORT"


CHECKS: dict[str, Callable[[Settings], Answers]] = {
    "Home": _home,
    "Disk": _disk,
    "Operational database": _operations,
    "Swipe logs": _swipe_logs,
    "Warehouse": _warehouse,
    "Boundary file": _boundaries,
    "Reference data": _rules,
    "DuckDB's extensions": _extensions,
    "Ports": _ports,
}
