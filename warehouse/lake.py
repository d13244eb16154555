"""Opening the lake: the only place that knows how the warehouse is stored.

Belongs here: attaching the DuckLake catalogue (a SQLite file or PostgreSQL), the one-writer lock and
snapshots. Does not belong here: what any table means, or which settings a deployment uses
(paths and URLs come as arguments).

Many processes may read at the same time as one writes. Two writers at once can corrupt a DuckLake catalogue, so
a connection that may write holds a lock until it is closed.
"""

import importlib.util
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.one_writer import WriterLock, take_writer_lock
from warehouse.transactions import is_transient, transaction_of
from warehouse.unavailable import LakeUnavailable

CATALOGUE = "lake"
# The catalogue's own tables, as DuckLake attaches them.
METADATA = f"__ducklake_metadata_{CATALOGUE}"
BUSY_TIMEOUT_MS = 5_000


def open_lake(
    catalogue: str, files: str, *, read_only: bool = False, wait_seconds: float = 20.0
) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection whose current database is the lake (`USE lake`), in UTC.

    `catalogue`: path of a SQLite file, or a postgresql:// URL. `files`: a folder, or an s3:// prefix.
    A writer (`read_only=False`) creates what is missing and holds the one-writer lock until `close()`.

    Raises LakeUnavailable if the catalogue is missing (readers), stays locked for `wait_seconds`, is not a
    DuckLake, cannot be reached, or if another writer holds the lock for that long.
    """
    if is_postgres(catalogue):
        _refuse_ambiguous_address(catalogue)
    if read_only and not is_postgres(catalogue) and not Path(catalogue).exists():
        raise LakeUnavailable(f"There is no warehouse at {catalogue} yet. Build it first: `hub build`.")
    lock = None if read_only else _lock_for_writing(catalogue, wait_seconds)
    try:
        if not read_only:
            _prepare_places(catalogue, files)
        con = _retry_until(lambda: _attach(catalogue, files, read_only), wait_seconds)
    except BaseException:
        if lock:
            lock.release()
        raise
    if lock:
        lock.belongs_to(con)
    return con


def load_extension(con: duckdb.DuckDBPyConnection, extension: str) -> None:
    """Load one of DuckDB's extensions from its Python package; nothing happens if it is loaded already.

    Raises LakeUnavailable if the package is missing or is of another version.
    """
    con.execute(f"LOAD '{_extension_file(extension)}'")


def is_postgres(catalogue: str) -> bool:
    """Say whether the catalogue is a PostgreSQL database (else it is a SQLite file)."""
    return catalogue.startswith(("postgresql://", "postgres://"))


def current_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """Return the id of the snapshot that this connection reads: it grows with every change in the lake.

    Inside a transaction it is the snapshot at which the transaction began, and is asked for once. Good as a cache key
    for readers.
    """
    within = transaction_of(con)
    if within and within.snapshot is not None:
        return within.snapshot
    row = con.execute(f"SELECT id FROM ducklake_current_snapshot('{CATALOGUE}')").fetchone()
    if row is None:
        raise LakeUnavailable("The lake has no snapshot: its catalogue is damaged; restore it from a backup.")
    if within:
        within.snapshot = int(row[0])
    return int(row[0])


@contextmanager
def all_threads(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the statements of the block use all processors: for those that read or write much."""
    con.execute("RESET threads")
    try:
        yield
    finally:
        con.execute("SET threads = 1")


def _lock_for_writing(catalogue: str, wait_seconds: float) -> WriterLock:
    try:
        lock, holder = take_writer_lock(catalogue, is_postgres(catalogue), wait_seconds)
    except OSError as error:
        raise LakeUnavailable(
            f"The warehouse's catalogue {catalogue} cannot be reached: {error}. "
            "Check that the database runs and that the folder is writable (`hub doctor` shows what is configured)."
        ) from None
    if lock is None:
        raise LakeUnavailable(
            f"Another program is writing to the warehouse {catalogue} ({holder}); waited "
            f"{wait_seconds:g} s. There is one writer at a time: wait until it is done, or stop it, and run again."
        )
    return lock


def _refuse_ambiguous_address(catalogue: str) -> None:
    """Raise LakeUnavailable if the driver would take a piece of the password for a host, a port or a database.

    Its error would then quote that piece, where no pattern can know it for a password.
    """
    import psycopg  # only where there is a PostgreSQL: it takes a tenth of a second
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: str(value or "") for name, value in conninfo_to_dict(catalogue).items()}
    except psycopg.Error:
        parts = {"port": "unreadable"}
    places = parts.get("host", "") + parts.get("dbname", "")
    if "@" in places or not re.fullmatch(r"[\d,]*", parts.get("port", "")):
        raise LakeUnavailable(
            f"The address of the warehouse's catalogue cannot be read: {catalogue}. "
            "In a password write / as %2F, @ as %40, : as %3A and % as %25."
        )


def _prepare_places(catalogue: str, files: str) -> None:
    try:
        if "://" not in files:
            Path(files).mkdir(parents=True, exist_ok=True)
        if is_postgres(catalogue):
            return
        Path(catalogue).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeUnavailable(
            f"The warehouse cannot be written at {catalogue} and {files}: {error}. "
            "Check that the folders exist, are writable and are not full."
        ) from error


def _attach(catalogue: str, files: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        kind = "postgres" if is_postgres(catalogue) else "sqlite"
        extensions = [f"{kind}_scanner", "ducklake"] + (["httpfs"] if "://" in files else [])
        for extension in extensions:
            load_extension(con, extension)
        # The configuration says where the files are, not the catalogue: so the whole state can be moved.
        options = [f"DATA_PATH '{_quoted(files)}'", "OVERRIDE_DATA_PATH true"]
        if kind == "sqlite":
            # WAL lets readers read while the writer writes. It is set here and not through Python's sqlite3: two
            # SQLite libraries in one process undo each other's file locks.
            options += ["META_JOURNAL_MODE 'WAL'", f"META_BUSY_TIMEOUT {BUSY_TIMEOUT_MS}"]
        if read_only:
            options.append("READ_ONLY")
        con.execute(f"ATTACH 'ducklake:{kind}:{_quoted(catalogue)}' AS {CATALOGUE} ({', '.join(options)})")
        con.execute(f"USE {CATALOGUE}")
        if not read_only:
            # A build is hundreds of small statements, and DuckLake plans each from its catalogue: two threads take
            # nearly twice the processor time for that, and are no quicker. Large work asks for more (`all_threads`).
            con.execute("SET threads = 1")
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET enable_progress_bar = false")
    except BaseException:
        con.close()
        raise
    return con


def _retry_until(
    attach: Callable[[], duckdb.DuckDBPyConnection], wait_seconds: float
) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return attach()
        except duckdb.Error as error:
            if not is_transient(error):
                raise LakeUnavailable(
                    f"The warehouse cannot be opened: {error}. "
                    "Check the catalogue and the folder of its files (`hub doctor` shows what is configured)."
                ) from None
            if time.monotonic() >= deadline:
                raise LakeUnavailable(
                    f"The warehouse's catalogue has been locked for {wait_seconds:g} s. "
                    "Close the program that holds it open (a database browser, a backup) and run again."
                ) from None
        time.sleep(0.2)


def _extension_file(extension: str) -> str:
    """Return the path of a DuckDB extension that was installed as a Python package (nothing is downloaded)."""
    package = f"duckdb_extension_{extension}"
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        wheel = package.replace("_", "-")
        raise LakeUnavailable(
            f"DuckDB's extension {extension} is not installed: add the package {wheel}=={duckdb.__version__}."
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "extensions" / f"v{duckdb.__version__}"
    file = folder / f"{extension}.duckdb_extension"
    if not file.exists():
        raise LakeUnavailable(
            f"{package} does not fit DuckDB {duckdb.__version__} ({file} is missing): install both in one version."
        )
    return str(file)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
