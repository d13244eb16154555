"""What the program says: lines, tables and progress, drawn in a terminal and plain everywhere else.

Only the look belongs here. Everything that is said goes through `out` or `err`, so that a pipe, a log and
continuous integration get whole lines without control characters.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Report = Callable[[str, int, int], None]
"""How long work tells how far it is: name of the step, units done, units in all (0: not known)."""

_PLAIN_LINE_EVERY_SECONDS = 15.0


@cache
def out() -> Console:
    """Return the console of standard output. It wraps nothing when it is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


@cache
def err() -> Console:
    """Return the console of standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(text: str, *, style: str | None = None) -> None:
    """Print one line. `text` is taken as it is: brackets in it are no markup."""
    out().print(text, style=style, markup=False)


def complain(text: str) -> None:
    """Print an error on standard error, what to do about it included."""
    err().print(text, style="red", markup=False)


@contextmanager
def progress(title: str, *, each_step_counts: bool = True) -> Iterator[Report]:
    """Show how far long work is; the function yielded is what the work calls.

    `each_step_counts`: every step counts its own units (rows, segments), and gets a bar of its own; otherwise the
    steps themselves are counted, and share one. Elsewhere than in a terminal there is one line for each step that
    ends, and a sign of life in between. The last line carries the time that the work took.
    """
    began = time.monotonic()
    say(f"{title} ...")
    if out().is_terminal:
        with _bars(each_step_counts) as report:
            yield report
    else:
        lines = _Lines(each_step_counts)
        yield lines
        lines.finish()
    say(f"{title}: done in {time.monotonic() - began:.1f} s", style="green")


@contextmanager
def _bars(each_step_counts: bool) -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("  {task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out(), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            key = step if each_step_counts else ""
            if key not in tasks:
                tasks[key] = bars.add_task(step, total=total or None)
            bars.update(tasks[key], description=step, completed=done, total=total or None)

        yield report


class _Lines:
    """Progress where nothing can be redrawn: a line when a step ends, and one at times while it runs."""

    def __init__(self, each_step_counts: bool) -> None:
        self._counts = each_step_counts
        self._step = ""
        self._done = self._total = 0
        self._began = self._said = time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step:
            self.finish()
            self._step, self._began, self._said = step, now, now
        elif now - self._said > _PLAIN_LINE_EVERY_SECONDS:
            say(f"  {step}: {done:,} of {total:,}" if total else f"  {step}: {done:,}")
            self._said = now
        self._done, self._total = done, total

    def finish(self) -> None:
        """Say the last word on the step that was running."""
        if self._step:
            amount = f" {self._done:,}" if self._counts and self._total > 1 else ""
            say(f"  {self._step}:{amount} {time.monotonic() - self._began:.1f} s")
        self._step = ""
