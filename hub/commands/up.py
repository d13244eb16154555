"""`hub up`: from nothing to the welfare map: sample city if there is no data, pipelines, servers."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import say
from ..failures import HubError
from ..home import alone, has_data, require_not_running
from .serve import serve_until_stopped

if TYPE_CHECKING:
    from ..settings import Settings


def up(
    *,
    volunteers: Annotated[int | None, typer.Option(min=50, help="Volunteers of a new sample city.")] = None,
    organisations: Annotated[int | None, typer.Option(min=5, help="Its organisations.")] = None,
    devices: Annotated[int | None, typer.Option(min=10, help="Its card readers.")] = None,
    days: Annotated[int | None, typer.Option(min=3, help="Its days of service.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same city.")] = None,
) -> None:
    """Make a sample city if there is no data yet, run all pipelines, then start everything and keep it running.

    The second time it starts in seconds and keeps the data. Ctrl-C ends everything it started. A size is for
    the sample city that it makes; without one that is as large as hub sample-city makes it.

    Example: HUB_HOME=/srv/hub HUB_DASHBOARDS_PORT=8601 hub up
    """
    from ..servers import require_ports
    from ..settings import load

    settings = load()
    # Said now, not after a minute of work.
    require_not_running(settings)
    require_ports(settings)
    with alone(settings):
        if has_data(settings):
            say(f"Using the data in {settings.home}.")
        else:
            say(f"There is no data in {settings.home} yet: making a sample city.")
            size = {
                "volunteers": volunteers,
                "organisations": organisations,
                "devices": devices,
                "days": days,
            }
            given = {name: number for name, number in {**size, "seed": seed}.items() if number is not None}
            _step(
                settings, "sample-city", *(part for name in given for part in (f"--{name}", str(given[name])))
            )
            # Points can be spent once the pipelines have settled the hours served; the next build shows it.
            _step(settings, "build")
            _step(settings, "sample-spending")
        _step(settings, "build")
        serve_until_stopped(settings)


def _step(settings: Settings, command: str, *options: str) -> None:
    """Run one command of this program as a process of its own, so that its memory is given back afterwards.

    Raises `HubError` if it fails; what went wrong it has said itself.
    """
    from ..services import child_environment
    from ..settings import PROJECT

    child = subprocess.Popen(
        [sys.executable, "-m", "hub", command, *options], env=child_environment(settings), cwd=PROJECT
    )
    try:
        code = child.wait()
    except KeyboardInterrupt:
        # In a terminal Ctrl-C has reached the child too; a signal sent to us alone has not.
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    if code != 0:
        raise HubError(f"`hub {command}` did not succeed (exit code {code}): see above. Nothing was started.")
