"""The lock that keeps the lake to one writer.

Belongs here: taking, holding and releasing that lock. For a SQLite catalogue it is a file lock beside the
catalogue, for PostgreSQL an advisory lock of a session: both are released by the system when a process dies, so
none is ever left behind.
"""

import contextlib
import fcntl
import os
import time
import weakref
from pathlib import Path
from typing import Protocol

import duckdb

# Any number that no other program uses for advisory locks in the catalogue's database.
ADVISORY_KEY = 7_061_905_201


class WriterLock:
    """A held lock; it is released by `release()`, or with the connection that it belongs to."""

    def __init__(self, catalogue: str, held: "_Held") -> None:
        self.catalogue = catalogue
        self._held = held
        self._owner: weakref.ref[duckdb.DuckDBPyConnection] | None = None
        _held_here[catalogue] = self

    def belongs_to(self, con: duckdb.DuckDBPyConnection) -> None:
        """Release the lock when this connection is closed (noticed at the next attempt) or no longer used."""
        self._owner = weakref.ref(con, lambda _: self.release())

    def is_abandoned(self) -> bool:
        """Say whether the connection that the lock belongs to has been closed."""
        con = self._owner() if self._owner else None
        if con is None:
            return False
        try:
            con.execute("SELECT 1")
        except duckdb.ConnectionException:
            return True
        return False

    def release(self) -> None:
        """Let the next writer in; a second call does nothing."""
        if _held_here.get(self.catalogue) is self:
            del _held_here[self.catalogue]
        self._held.close()


class _Held(Protocol):
    def close(self) -> None: ...


_held_here: dict[str, WriterLock] = {}


def take_writer_lock(catalogue: str, on_postgres: bool, wait_seconds: float) -> tuple[WriterLock | None, str]:
    """Return the lock and "", or None and who holds it, after trying for `wait_seconds`.

    Raises OSError if the file cannot be opened or the database cannot be reached.
    """
    key = catalogue if on_postgres else str(Path(catalogue).resolve())
    attempt = _try_postgres if on_postgres else _try_file
    deadline = time.monotonic() + wait_seconds
    while True:
        here = _held_here.get(key)
        if here and here.is_abandoned():
            here.release()
        held, holder = attempt(key)
        if held is not None:
            return WriterLock(key, held), ""
        if time.monotonic() >= deadline:
            return None, holder
        time.sleep(0.1)


class _FileLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_file(catalogue: str) -> tuple[_Held | None, str]:
    path = Path(catalogue + ".writer")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 100).decode("utf-8", "replace").strip()
        os.close(descriptor)
        return None, holder or "unknown process"
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()}".encode())
    return _FileLock(descriptor), ""


def _try_postgres(url: str) -> tuple[_Held | None, str]:
    import psycopg  # only where there is a PostgreSQL: it takes a tenth of a second

    with contextlib.ExitStack() as undo:
        try:
            opened = psycopg.connect(url, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise ConnectionError(str(error)) from None
        connection = undo.enter_context(contextlib.closing(opened))
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_KEY]).fetchone()
        if row and row[0]:
            undo.pop_all()
            return connection, ""
    return None, "a session of this PostgreSQL database"
