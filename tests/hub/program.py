"""What tests of the program share: its environment, and a port that is free."""

from __future__ import annotations

import os
import socket
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def environment(home: object, **settings: object) -> dict[str, str]:
    """Our environment without the settings of whoever runs the tests, and with these."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DAGSTER_"))}
    given = {f"HUB_{name.upper()}": str(value) for name, value in ({"home": home} | settings).items()}
    return mine | given | {"PYTHONPATH": str(PROJECT), "COLUMNS": "100"}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
