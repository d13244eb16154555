"""`hub serve`: the Dagster webserver and daemon and the dashboards, until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

from ..console import complain, say
from ..home import alone, require_not_running
from ..masking import masked

if TYPE_CHECKING:
    from ..services import Server
    from ..settings import Settings


def serve() -> None:
    """Start the Dagster webserver and daemon and the dashboards, and keep them running until Ctrl-C.

    No data is made or built first (that is hub up); the daemon takes in what arrives.

    Example: HUB_DASHBOARDS_PORT=8601 hub serve
    """
    from ..servers import require_ports
    from ..settings import load

    settings = load()
    require_not_running(settings)
    require_ports(settings)
    with alone(settings):
        serve_until_stopped(settings)


def serve_until_stopped(settings: Settings) -> NoReturn:
    """Start the servers, print their addresses, and watch them until this process is told to stop.

    Raises `HubError` with the end of its log when a server ends by itself; all others are ended then.
    """
    from ..dagster_home import end_dead_runs, prepare
    from ..servers import servers, unloaded_pipelines
    from ..services import child_environment, supervised

    prepare(settings)
    _bring_up_to_date(settings)
    if dead := end_dead_runs(settings, child_environment(settings)):
        say(f"{dead} runs of an earlier time were cut short; the next ones mend what they left.")
    began = time.monotonic()
    say("Starting the servers ...")
    wanted = servers(settings)
    with supervised(settings) as supervisor:
        try:
            supervisor.start(wanted)
            supervisor.wait_until_ready(wanted, lambda server: _announce(server, began))
            if problem := unloaded_pipelines(settings):
                complain(f"Dagster could not load the pipelines, so nothing is taken in: {problem}")
            _say_where(wanted, settings)
            while True:
                supervisor.require_alive()
                time.sleep(0.5)
        finally:
            say("Stopping the servers ...")


def _bring_up_to_date(settings: Settings) -> None:
    """Bring the tables of operations up to date; say why not, and go on, where they cannot be.

    The servers then say the same on every page, and are there as soon as the database is.
    """
    from operations.database import OperationsUnavailable, bring_up_to_date

    try:
        if bring_up_to_date(settings.operations_url):
            say("The tables of the operational database were brought up to date.")
    except OperationsUnavailable as problem:
        complain(masked(str(problem)))


def _announce(server: Server, began: float) -> None:
    where = f" at {server.address}" if server.address else ""
    say(f"  {server.title}: ready{where} after {time.monotonic() - began:.1f} s")


def _say_where(started: list[Server], settings: Settings) -> None:
    from ..ways_in import say_how_to_sign_in

    say("")
    say("Volunteer Hub 志愿汇 is running:", style="bold green")
    for server in started:
        if server.address:
            say(f"  {server.title + ':':<17} {server.address}", style="bold")
    say(f"  {'State:':<17} {settings.home}")
    say(f"  {'Logs:':<17} {settings.service_logs}")
    say_how_to_sign_in(settings)
    say("Ctrl-C ends everything.")
