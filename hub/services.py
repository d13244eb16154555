"""The supervisor: starts the servers, waits until each answers, watches them, and ends all of them together.

Which servers there are is in servers.py; how processes are started and ended is in processes.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .failures import HubError
from .settings import PROJECT, Settings

READY_WITHIN_SECONDS = 120.0
STOP_WITHIN_SECONDS = 6.0
_LOG_LINES_SHOWN = 25


@dataclass(frozen=True)
class Server:
    """One process that is kept running, and how to tell that it is ready."""

    name: str
    title: str
    command: list[str]
    is_ready: Callable[[], bool]
    address: str | None = None


@dataclass
class Supervisor:
    """Servers that live and die together."""

    logs: Path
    environment: dict[str, str]
    marker: str = field(default_factory=lambda: uuid.uuid4().hex)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, servers: list[Server]) -> None:
        """Start the servers side by side; their output goes to `logs`/NAME.log, the output before to NAME.old.log."""
        for server in servers:
            log = self.log_of(server.name)
            if log.exists():
                log.replace(log.with_suffix(".old.log"))
            self._running[server.name] = processes.start(
                server.command, marker=self.marker, environment=self.environment, cwd=PROJECT, log=log
            )

    def wait_until_ready(self, servers: list[Server], on_ready: Callable[[Server], None]) -> None:
        """Return when all answer; call `on_ready` for each as it does.

        Raises `HubError` with the end of its log if one dies or is not ready within two minutes.
        """
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        waiting = list(servers)
        while waiting:
            self.require_alive()
            for server in [s for s in waiting if s.is_ready()]:
                waiting.remove(server)
                on_ready(server)
            if waiting and time.monotonic() > deadline:
                name = waiting[0].name
                raise HubError(
                    f"{waiting[0].title} did not answer within {READY_WITHIN_SECONDS:.0f} s.\n{self._end_of_log(name)}"
                )
            if waiting:
                time.sleep(0.2)

    def require_alive(self) -> None:
        """Raise `HubError` with the end of its log if a server has ended."""
        for name, child in self._running.items():
            if (code := child.poll()) is not None:
                ended = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
                raise HubError(f"{name} ended {ended}; everything is stopped.\n{self._end_of_log(name)}")

    def stop(self) -> None:
        """End everything that was started, what the servers started themselves included, within seconds."""
        for child in self._running.values():
            processes.end_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for child in self._running.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                processes.end_group(child, signal.SIGKILL)
                child.wait()
        # The groups' leaders are gone; code servers and runs are in groups of their own.
        processes.end_marked(self.marker, patience_seconds=2.0)
        self._running.clear()

    def log_of(self, name: str) -> Path:
        """Return the file with the output of a server."""
        return self.logs / f"{name}.log"

    def _end_of_log(self, name: str) -> str:
        log = self.log_of(name)
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:] if log.exists() else []
        return "\n".join([f"The end of {log}:", *(f"  {line}" for line in lines)])


@contextmanager
def supervised(settings: Settings) -> Iterator[Supervisor]:
    """Yield a supervisor; at the end of the block, and at the death of this process, everything it started ends."""
    supervisor = Supervisor(settings.service_logs, child_environment(settings))
    watchman = subprocess.Popen(
        [sys.executable, "-m", "hub.watchman", supervisor.marker],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield supervisor
    finally:
        with _undisturbed():
            supervisor.stop()
            watchman.communicate()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let an impatient second Ctrl-C not interrupt the ending of what was started."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the servers: ours, every setting as a variable, and no reports to anybody outside."""
    environment = dict(os.environ)
    for name in type(settings).model_fields:
        environment[f"HUB_{name.upper()}"] = str(getattr(settings, name))
    environment |= {
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join(filter(None, [str(Path(sys.executable).parent), os.environ.get("PATH")])),
    }
    return environment
