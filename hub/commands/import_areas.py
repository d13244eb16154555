"""`hub import-areas`: the districts, townships and communities of a city, before anything can lie in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import complain, say
from ..failures import HubError

SHOWN_ERRORS = 20


def import_areas(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with area_code, kind (district, township, community), name, parent_code.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and change nothing.")] = False,
) -> None:
    """Take in the areas of a city from a CSV file: all rows or none, and nothing twice.

    A district has six digits, a township nine, a community twelve; parent_code says what an area lies in. The areas of
    Hangzhou are in docs/areas-of-hangzhou.csv.

    Example: hub import-areas docs/areas-of-hangzhou.csv --dry-run
    """
    from operations.access import Actor, Role
    from operations.commands.import_areas import import_areas as take_in
    from operations.database import migrate, open_database, writing
    from operations.model import utc_now

    from ..home import make
    from ..settings import load

    try:
        content = file.read_bytes()
    except OSError as problem:
        raise HubError(f"{file} cannot be read: {problem.strerror}.") from problem
    settings = load()
    make(settings)
    engine = open_database(settings.operations_url)
    migrate(engine)
    by_hand = Actor("hub import-areas", Role.SYSTEM)
    reason = f"hub import-areas {file.name}"
    with writing(engine) as session:
        done = take_in(session, by_hand, content, at=utc_now(), reason=reason, is_dry_run=dry_run)
    for error in done.errors[:SHOWN_ERRORS]:
        complain(f"row {error.row}, {error.field or 'the whole row'}: {error.message}")
    if done.errors:
        more = (
            f", {len(done.errors) - SHOWN_ERRORS} of them not shown"
            if len(done.errors) > SHOWN_ERRORS
            else ""
        )
        raise HubError(f"{len(done.errors)} faults in {file}{more}: nothing was taken in.")
    verb = "would be taken in" if dry_run else "taken in"
    say(f"{done.added:,} areas {verb}, {done.unchanged:,} there already.")
