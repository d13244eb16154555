"""The servers of the product: their commands, their ports, and how to tell that each is ready.

Starting, watching and ending them is services.py's.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from .ports import Port, require_free
from .services import Server
from .settings import PROJECT, Settings


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
    dagster = _dagster(settings)
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
            command=[python, "-m", "streamlit", "run", str(PROJECT / "dashboards" / "server.py"), *streamlit],
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
            is_ready=lambda: _daemon_beats(dagster, since),
        ),
    ]


def answers(url: str) -> bool:
    """Return whether a server answers this address with success now."""
    try:
        with _direct().open(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _daemon_beats(dagster: str, since: float) -> bool:
    """Return whether every part of the daemon has reported itself since then (seconds of the epoch).

    Reports of an earlier run stay in Dagster's storage, so the time is what counts.
    """
    answer = _ask(
        dagster, "{ instance { daemonHealth { allDaemonStatuses { required lastHeartbeatTime } } } }"
    )
    try:
        statuses = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
    except (KeyError, TypeError):
        return False
    return all((s["lastHeartbeatTime"] or 0) >= since for s in statuses if s["required"])


def unloaded_pipelines(settings: Settings) -> str | None:
    """Return why Dagster could not load the pipelines, or None if it could: it runs either way, and does nothing."""
    entries = (
        "{ workspaceOrError { ... on Workspace { locationEntries "
        "{ locationOrLoadError { __typename ... on PythonError { message } } } } } }"
    )
    try:
        for entry in _ask(_dagster(settings), entries)["workspaceOrError"]["locationEntries"]:
            found = entry["locationOrLoadError"] or {}
            if found.get("__typename") == "PythonError":
                return str(found["message"]).strip()
    except (KeyError, TypeError):
        return "Dagster does not say what it has loaded"
    return None


def _ask(dagster: str, query: str) -> Any:
    """Return what Dagster answers a GraphQL query, or None if it does not answer."""
    request = urllib.request.Request(
        f"{dagster}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with _direct().open(request, timeout=5) as response:
            return json.load(response).get("data")
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _dagster(settings: Settings) -> str:
    return f"http://{_reachable(settings.host)}:{settings.dagster_port}"


def _direct() -> urllib.request.OpenerDirector:
    """Our own servers are asked directly, whatever proxy is set for the outside."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _reachable(host: str) -> str:
    """Return the address to open in a browser for an address to listen on."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
