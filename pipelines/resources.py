"""What the assets work with: where things are, and the one connection that may write the lake.

Here: opening and closing them for a run. Never here: what an asset does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dagster as dg

from hub.settings import Settings
from pipelines.operational_pull import pulled_tables
from warehouse.lake import open_lake
from warehouse.tables import create_all

# Whatever writes the lake is of this pool, which lets one run in at a time (dagster.yaml).
POOL = "warehouse"
# A run that meets another writer waits this long: `hub build` is not held back by the pool of Dagster's queue.
WRITER_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Places:
    """Where the run reads and writes, and who is told how far it is.

    Kept out of Dagster's configuration, which shows URLs with their passwords.
    """

    settings: Settings
    on_begun: Callable[[str], None] | None = None

    def begun(self, table: str) -> None:
        """Say that work on a table has begun."""
        if self.on_begun:
            self.on_begun(table)


def lake_of(settings: Settings, wait_seconds: float = WRITER_WAIT_SECONDS) -> dg.ResourceDefinition:
    """Return the resource `lake`: the writing connection, opened once for all steps of a run, closed at its end.

    All tables of the contracts are there, at least empty.

    Opening raises `LakeUnavailable` with what to do when another program writes for longer than `wait_seconds`.
    """

    def held(_context: dg.InitResourceContext) -> Iterator[object]:
        con = open_lake(settings.lake_catalogue, settings.lake_files, wait_seconds=wait_seconds)
        try:
            create_all(con, filled_from_source=[table.name for table in pulled_tables()])
            yield con
        finally:
            con.close()

    return dg.ResourceDefinition(resource_fn=held, description="The connection that may write the lake")


class Looked(dg.Config):
    """How much a step looks at. `everything`: all there is, as the nightly run does, not only what is new."""

    everything: bool = False
