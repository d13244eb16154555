"""Processes that the program starts, and how none of them is left behind.

Every child gets a marker in its environment, which its own children inherit. On Linux all that carry the marker are
found through /proc, whatever group or parent they have by then: Dagster starts code servers and runs in groups of their
own. Elsewhere the children's process groups are ended.

The standard library only: the watchman runs this.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

MARKER_VARIABLE = "HUB_SUPERVISOR"
_PROC = Path("/proc")


def start(
    command: list[str], *, marker: str, environment: dict[str, str], cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, its output in `log`, and return it.

    A session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, which ends things in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment | {MARKER_VARIABLE: marker},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def marked(marker: str) -> list[int]:
    """Return the ids of all running processes that carry the marker, except this one."""
    wanted = f"{MARKER_VARIABLE}={marker}".encode()
    found = []
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # A process may end while it is looked at, or belong to somebody else.
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0") and not _is_zombie(entry):
                found.append(int(entry.name))
    return found


def end_marked(marker: str, *, patience_seconds: float) -> list[int]:
    """Ask all processes with the marker to end, kill those that have not after `patience_seconds`, and return those."""
    deadline = time.monotonic() + patience_seconds
    _signal(marked(marker), signal.SIGTERM)
    while left := marked(marker):
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
            # What a process started in its last moment carries the marker too.
            _signal(marked(marker), signal.SIGKILL)
            return left
        time.sleep(0.05)
    return []


def end_group(child: subprocess.Popen[bytes], signal_number: int) -> None:
    """Send a signal to a child and to all that stayed in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal_number)


def _signal(process_ids: list[int], signal_number: int) -> None:
    for process_id in process_ids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal_number)


def _is_zombie(entry: Path) -> bool:
    """A process that has ended and waits to be collected does nothing any more."""
    state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return bool(state) and state[0] in ("Z", "X")
