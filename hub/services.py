"""The supervisor: starts the servers, waits until each answers, watches them, and ends all of them together.

What a server is (its command, its port) is in `servers`; how processes are started and ended is in processes.py.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .failures import HubError
from .ports import Port, require_free
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


def require_ports(settings: Settings) -> None:
    """Return if the servers' ports are free, else raise `HubError` naming each that is not and its variable."""
    require_free(
        settings.host,
        [
            Port(settings.dashboards_port, "the dashboards", "HUB_DASHBOARDS_PORT"),
            Port(settings.dagster_port, "Dagster", "HUB_DAGSTER_PORT"),
        ],
    )


def servers(settings: Settings) -> list[Server]:
    """Return the servers of the product, in the order in which they are started."""
    since = time.time()
    python = sys.executable
    host, dagster_port, dashboards_port = (
        settings.host,
        str(settings.dagster_port),
        str(settings.dashboards_port),
    )
    local = _reachable(host)
    dagster = f"http://{local}:{dagster_port}"
    dashboards = f"http://{local}:{dashboards_port}"
    workspace = ["-w", str(PROJECT / "workspace.yaml")]
    streamlit = [
        *("--server.address", host, "--server.port", dashboards_port, "--browser.serverAddress", local),
        *(
            "--server.headless",
            "true",
            "--browser.gatherUsageStats",
            "false",
            "--server.fileWatcherType",
            "none",
        ),
    ]
    return [
        Server(
            name="dashboards",
            title="The dashboards",
            command=[python, "-m", "streamlit", "run", str(PROJECT / "dashboards" / "app.py"), *streamlit],
            is_ready=lambda: answers(f"{dashboards}/_stcore/health"),
            address=dashboards,
        ),
        Server(
            name="dagster-webserver",
            title="Dagster",
            command=[python, "-m", "dagster_webserver", "-h", host, "-p", dagster_port, *workspace],
            is_ready=lambda: answers(f"{dagster}/server_info"),
            address=dagster,
        ),
        Server(
            name="dagster-daemon",
            title="Dagster's daemon",
            command=[python, "-m", "dagster._daemon", "run", *workspace],
            is_ready=lambda: _daemon_beats(f"{dagster}/graphql", since),
        ),
    ]


def answers(url: str) -> bool:
    """Return whether a server answers this address with success now."""
    try:
        with _direct().open(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _daemon_beats(graphql: str, since: float) -> bool:
    """Return whether every part of the daemon has reported itself since then (seconds of the epoch).

    Reports of an earlier run stay in Dagster's storage, so the time is what counts.
    """
    query = {"query": "{ instance { daemonHealth { allDaemonStatuses { required lastHeartbeatTime } } } }"}
    request = urllib.request.Request(
        graphql, data=json.dumps(query).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with _direct().open(request, timeout=5) as response:
            statuses = json.load(response)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError):
        return False
    return all((s["lastHeartbeatTime"] or 0) >= since for s in statuses if s["required"])


def _direct() -> urllib.request.OpenerDirector:
    """Our own servers are asked directly, whatever proxy is set for the outside."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _reachable(host: str) -> str:
    """Return the address to open in a browser for an address to listen on."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
