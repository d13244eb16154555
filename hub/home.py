"""The folder that holds all state: made, locked by the one program that runs on it, told apart from an empty one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .failures import HubError
from .masking import masked

if TYPE_CHECKING:
    from .settings import Settings


_HELD_BY = {
    "hub": "Volunteer Hub runs already on {home} (process {holder}). Use that one, or stop it with Ctrl-C; a second "
    "city needs a home of its own: HUB_HOME=/another/folder make run",
    "build": "Another `hub build` is at work on {home} (process {holder}): wait until it is done.",
}


@contextmanager
def alone(settings: Settings, doing: Literal["hub", "build"] = "hub") -> Iterator[None]:
    """Be the only one on this home that runs the servers ("hub") or builds by hand ("build") until the block ends.

    The lock is the operating system's: it goes with the process, however that ends, so nothing stale can be left.
    Raises `HubError` naming the other process.
    """
    descriptor = os.open(make(settings) / f"{doing}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HubError(
                _HELD_BY[doing].format(home=settings.home, holder=_read_holder(descriptor))
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def require_not_running(settings: Settings) -> None:
    """Return if no servers run on this home; else raise `HubError` naming the process. Makes nothing."""
    if process := holder(settings):
        raise HubError(_HELD_BY["hub"].format(home=settings.home, holder=process))


def holder(settings: Settings) -> str | None:
    """Return the process id of the Volunteer Hub whose servers run on this home, or None."""
    try:
        descriptor = os.open(settings.home / "hub.lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(descriptor)
    finally:
        os.close(descriptor)
    return None


def _read_holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"


def make(settings: Settings) -> Path:
    """Make the home folder and return it. Raises `HubError` if that cannot be or it cannot be written."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HubError(
            f"HUB_HOME={settings.home} cannot be made: {error.strerror}. Choose another folder."
        ) from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise HubError(f"HUB_HOME={settings.home} cannot be written by this user. Choose another folder.")
    return settings.home


def has_data(settings: Settings) -> bool:
    """Return whether anybody has begun here: the operational database holds an area, a person or a reader.

    Raises `operations.database.OperationsUnavailable` if the database is away or is no database.
    """
    database = sqlite_file(settings.operations_url)
    if database is not None and not database.exists():
        # Asking would make it.
        return False
    from sqlalchemy import inspect, text
    from sqlalchemy.exc import DBAPIError

    from operations.database import OperationsUnavailable, open_database, reading

    engine = open_database(settings.operations_url)
    try:
        with reading(engine) as session:
            there = inspect(session.connection()).get_table_names()
            tables = [name for name in ("areas", "organisations", "volunteers", "devices") if name in there]
            return any(session.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() for name in tables)  # noqa: S608
    except DBAPIError as error:
        raise OperationsUnavailable(
            f"{masked(settings.operations_url)} is no database that can be used: {error.orig}. Check "
            "HUB_OPERATIONS_URL, or restore the file from a backup."
        ) from error
    finally:
        engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for another database."""
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)).resolve() if url.startswith(prefix) else None
