"""What is due in operations because time passes: recruiting begins, activities run and finish, offers and bans end.

Here: the job that does it every few minutes, and before each build. Never here: what is due (clock.py of operations).

Each step is idempotent and does what was due meanwhile, so a city whose clock stood still (a sample city of yesterday,
a machine that was off) is put right by the next run.
"""

import dagster as dg

from hub.settings import Settings
from operations.commands.clock import ClockRun, run_clock
from operations.database import must_be_there, open_database
from pipelines.resources import Places
from pipelines.triggers import OFFICE_CLOCK


def do_due(settings: Settings) -> ClockRun:
    """Do all that is due now, and return what was done.

    Raises `OperationsUnavailable` with what to do if the operational database cannot be used.
    """
    must_be_there(settings.operations_url)
    engine = open_database(settings.operations_url)
    try:
        return run_clock(engine)
    finally:
        engine.dispose()


def office_clock_job() -> dg.JobDefinition:
    """Return the job of the clock. It writes operations only, and waits for no writer of the lake."""

    @dg.op
    def do_what_is_due(context: dg.OpExecutionContext, places: dg.ResourceParam[Places]) -> None:
        done = do_due(places.settings)
        context.log.info(str(done))
        context.add_output_metadata(vars(done))

    @dg.job(name=OFFICE_CLOCK, executor_def=dg.in_process_executor)
    def office_clock() -> None:
        do_what_is_due()

    return office_clock
