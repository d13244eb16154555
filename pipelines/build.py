"""Running the whole graph once in this process: what `hub build` does.

Here: the run, who is told of its progress, and its failures in words. Never here: what an asset does.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import dagster as dg
from dagster._utils.error import SerializableErrorInfo

from hub.settings import PROJECT, Settings
from operations.database import OperationsUnavailable, bring_up_to_date
from pipelines.contract_checks import RuleBroken
from pipelines.definitions import definitions
from pipelines.office_clock import do_due
from pipelines.operational_source import WrongValue
from pipelines.triggers import EVERYTHING, OFFICE_CLOCK, look_at_everything
from warehouse.contracts import ContractError
from warehouse.unavailable import LakeUnavailable

PROCESS_TAG = "hub/process"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# Errors whose message says what is wrong and what to do; others are shown with their kind.
SAID_IN_WORDS = {
    error.__name__
    for error in (OperationsUnavailable, LakeUnavailable, ContractError, WrongValue, RuleBroken)
}
UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


class BuildFailed(RuntimeError):
    """The build did not come to its end; the message names what failed and why, a line each."""


@dataclass(frozen=True)
class BuildSummary:
    """What a build did. `written`: tables with changed rows; `warnings`: checks that did not hold but do not stop."""

    tables: int
    written: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        """Return it as one line, and one for each warning."""
        first = f"{self.tables} tables, {len(self.written)} of them changed, in {self.seconds:.1f} s"
        return "\n".join([first, *(f"warning: {warning}" for warning in self.warnings)])


def build_all(
    settings: Settings,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    everything: bool = False,
    writer_wait_seconds: float = 60.0,
) -> BuildSummary:
    """Bring the tables of operations up to date, do what is due there, then run every asset once, in this process.

    Returns what was done. `progress(table, done, of)` is called as work on a table begins, and at the end.
    `everything`: compare with the sources in full, as the nightly run does. Waits `writer_wait_seconds` for another
    writer of the lake. The run and its checks stand in Dagster's history like any other.

    Raises `BuildFailed` naming each asset that failed and why, failed blocking checks included. Nothing is lost
    then: each table has its old rows or its new ones, and the next run goes on from there.
    """
    started = perf_counter()
    prepare_home(settings)
    teller = _Teller(progress)
    described = definitions(settings, on_begun=teller.begun, writer_wait_seconds=writer_wait_seconds)
    job = described.resolve_job_def(EVERYTHING)
    teller.of = sum(1 for node in job.nodes)
    with (
        dagster_home(settings.dagster_home),
        dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance,
    ):
        end_dead_runs(instance)
        mine = {PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"}
        # Not a run in Dagster's history, which takes half a second: what it does is audited in operations.
        stood_still = _clock_problems(settings)
        result = job.execute_in_process(
            instance=instance,
            run_config={**QUIET, **(look_at_everything() if everything else {})},
            tags=mine,
            raise_on_error=False,
        )
    teller.done()
    problems = [*stood_still, *_problems(result)]
    if problems or not result.success:
        raise BuildFailed("\n".join(problems) or "the run failed; Dagster's history says more")
    return _summary(result, perf_counter() - started)


def prepare_home(settings: Settings) -> None:
    """Make the folders below the home, and put the project's dagster.yaml where Dagster looks for it."""
    for folder in (settings.home, settings.swipe_logs, settings.dagster_home):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = (PROJECT / "dagster.yaml").read_text(encoding="utf-8")
    there = settings.dagster_home / "dagster.yaml"
    if not there.exists() or there.read_text(encoding="utf-8") != wanted:
        there.write_text(wanted, encoding="utf-8")


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of builds that were killed as failed, so that Dagster's queue no longer waits for them; their ids."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        host, _, process = run.tags.get(PROCESS_TAG, "").rpartition(":")
        if host == socket.gethostname() and not _is_alive(int(process)):
            instance.report_run_failed(
                run, f"Its process {process} is gone; the next run goes on from where it was."
            )
            ended.append(run.run_id)
    return ended


class _Teller:
    """Counts the steps of a run for whoever shows its progress."""

    def __init__(self, progress: Callable[[str, int, int], None] | None) -> None:
        self.progress = progress
        self.begun_steps = 0
        self.of = 0

    def begun(self, table: str) -> None:
        if self.progress:
            self.progress(table, self.begun_steps, self.of)
        self.begun_steps += 1

    def done(self) -> None:
        if self.progress:
            self.progress("", self.begun_steps, self.of)


def _clock_problems(settings: Settings) -> list[str]:
    """Do what is due in operations, whose tables are brought up to date first, and return what kept the clock from it.

    A clock that stands must not keep the figures back: the build goes on, and fails at its end.
    """
    try:
        bring_up_to_date(settings.operations_url)
        do_due(settings)
    except OperationsUnavailable as error:
        return [f"{OFFICE_CLOCK}: {error}"]
    except Exception as error:
        logging.getLogger(__name__).exception("what is due in operations was not done")
        return [f"{OFFICE_CLOCK}: {type(error).__name__}: {error}"]
    return []


def _problems(result: dg.ExecuteInProcessResult) -> list[str]:
    problems = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            problems.append(f"{_shown(event.step_key)}: {_cause(error)}")
        elif event.is_run_failure and not problems:
            problems.append(_cause(event.job_failure_data.error))
    return problems


def _shown(step: str | None) -> str:
    """Return the table that a step builds, or the name of a step that fills several."""
    schema, _, name = (step or "").removeprefix("build_").partition("_")
    return f"{schema}.{name}" if (step or "").startswith("build_") else step or "the run"


def _cause(error: SerializableErrorInfo | None) -> str:
    """Return the message that says what to do, or else the innermost one, without the layers around it."""
    message = ""
    while error is not None:
        message = error.message.strip() or message
        if error.cls_name in SAID_IN_WORDS:
            # Dagster puts the name of the class before what it says.
            return message.partition(f"{error.cls_name}: ")[2] or message
        error = error.cause
    return message


def _summary(result: dg.ExecuteInProcessResult, seconds: float) -> BuildSummary:
    tables, written, warnings = 0, [], []
    for event in result.all_events:
        if event.is_step_materialization:
            tables += 1
            metadata = event.materialization.metadata
            counts = (
                "rows_written",
                "rows_removed",
                "inserted",
                "updated",
                "deleted",
                "new_lines",
                "new_segments",
            )
            if any(metadata[name].value for name in counts if name in metadata):
                written.append(".".join(event.materialization.asset_key.path))
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluated = event.asset_check_evaluation_data
            if not evaluated.passed:
                said = evaluated.metadata.get("message")
                warnings.append(
                    str(said.value)
                    if said
                    else f"{evaluated.asset_key.to_user_string()}: {evaluated.check_name}"
                )
    return BuildSummary(tables, tuple(written), tuple(warnings), seconds)


@contextmanager
def dagster_home(folder: Path) -> Iterator[None]:
    """Let dagster.yaml find its folder by the name that Dagster's servers use."""
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
