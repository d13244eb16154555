"""The folder that holds all state: made, locked by the one program that runs on it, told apart from an empty one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import HubError
from .masking import masked

if TYPE_CHECKING:
    from .settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the only running Volunteer Hub on this home until the block ends.

    The lock is the operating system's: it goes with the process, however that ends, so nothing stale can be left.
    Raises `HubError` naming the other process.
    """
    path = make(settings) / "hub.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise HubError(
                f"Volunteer Hub runs already on {settings.home} (process {holder}). Use that one, or stop it "
                f"with Ctrl-C; a second city needs a home of its own: HUB_HOME=/another/folder make run"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(settings: Settings) -> str | None:
    """Return the process id of the Volunteer Hub that runs on this home, or None."""
    try:
        descriptor = os.open(settings.home / "hub.lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None


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
    """Return whether the operational database holds a city: at least one volunteer, and not a half-made sample.

    Raises `operations.database.OperationsUnavailable` if the database is away or is no database.
    """
    if sample_city_mark(settings).exists() or not _may_exist(settings):
        return False
    from sqlalchemy import inspect, text

    from operations.database import open_database

    engine = open_database(settings.operations_url)
    try:
        if not inspect(engine).has_table("volunteers"):
            return False
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1 FROM volunteers LIMIT 1")).first() is not None
    finally:
        engine.dispose()


def sample_city_mark(settings: Settings) -> Path:
    """Return the file that lies in the home while a sample city is being made, and after that was cut short."""
    return settings.home / "sample_city.unfinished"


@contextmanager
def sample_city_in_progress(settings: Settings) -> Iterator[None]:
    """Mark the home while a sample city is made; begin by removing what an earlier attempt left half made.

    Only what lies below the home is removed: raises `HubError` for a half-made city in another database.
    """
    mark = sample_city_mark(settings)
    if mark.exists():
        _remove_half_made(settings)
    mark.write_text("A sample city was begun here. If nothing is running, the next `hub up` makes it anew.\n")
    yield
    mark.unlink()


def _remove_half_made(settings: Settings) -> None:
    database = sqlite_file(settings.operations_url)
    if database is None or not database.is_relative_to(settings.home):
        raise HubError(
            f"A sample city was begun in {masked(settings.operations_url)} and not finished. Empty that database "
            f"(drop and create it), delete {sample_city_mark(settings)}, and run this again."
        )
    for file in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        file.unlink(missing_ok=True)
    for folder in (settings.swipe_logs, settings.sample_city_truth):
        shutil.rmtree(folder, ignore_errors=True)


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for another database."""
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)).resolve() if url.startswith(prefix) else None


def _may_exist(settings: Settings) -> bool:
    """Return False for a SQLite file that is not there, so that asking does not make it."""
    database = sqlite_file(settings.operations_url)
    return database is None or database.exists()
