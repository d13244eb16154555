"""Opening the operational database and bringing its tables up to date.

Here: connections, transactions and migrations, the same for SQLite and PostgreSQL. Alembic is imported where it is
used: a pipeline that only reads must not wait for it at every start.
Never here: a table, a command or a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_TIMEOUT_MS = 30_000
# Who writes to a file of SQLite now. Again by the thread that does: what is kept after a refusal is written then.
_WRITERS: dict[str, RLock] = {}
# Any number that no other program uses on the same PostgreSQL database.
MIGRATION_LOCK = 7_316_402_518
# Short questions are asked here, of tables in memory or on a disk without moving parts: to compile a plan takes longer
# than to follow it, and a look-up costs little more than a row of a table that is read through.
_ON_POSTGRESQL = "-c timezone=UTC -c jit=off -c random_page_cost=1.1"
# SQLite looks at one state for the length of a transaction by itself.
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


class OperationsUnavailable(Exception):
    """The operational database cannot be used; the message says what to do."""


def open_database(url: str) -> Engine:
    """Open the operational database at `url` (`sqlite:///path` or `postgresql://user@host/name`).

    SQLite gets WAL (readers never wait for the writer), enforced foreign keys and 30 s of patience for a lock;
    its folder is made. Nothing is connected yet for PostgreSQL. Tables are made by `migrate`.

    Raises `OperationsUnavailable` for a URL that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise OperationsUnavailable(
            f"{url!r} is not a database URL; use sqlite:///… or postgresql://…"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(url, parsed.database)
    if backend == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": _ON_POSTGRESQL},
        )
    raise OperationsUnavailable(
        f"databases of the kind {backend!r} are not supported; use SQLite or PostgreSQL"
    )


def _open_sqlite(url: str, database: str | None) -> Engine:
    if not database or database == ":memory:":
        raise OperationsUnavailable("SQLite needs a file: use sqlite:///path/to/operations.sqlite")
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperationsUnavailable(f"the folder of {database} cannot be made: {error}") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # Python's sqlite3 begins transactions by its own rules; here BEGIN is said below, and only there.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=wal",
            "foreign_keys=on",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "synchronous=normal",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that writes: committed at the end, rolled back on any error.

    On SQLite it takes the write lock at its beginning, so that what it reads cannot change before it writes; on
    PostgreSQL commands lock the rows they decide on.

    Raises `OperationsUnavailable` if the database cannot be reached or stays locked.
    """
    try:
        with (
            _turn(engine),
            Session(engine.execution_options(is_writing=True), expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
    except (OperationalError, ProgrammingError) as error:
        raise _unavailable(engine, error) from error


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait for the turn to write to a file of SQLite, of which there is one for all threads of this program.

    SQLite itself does not queue: who finds it locked sleeps, at last a tenth of a second, and looks again, while nobody
    writes. Who waits too long goes on to SQLite, which says so; programs beside this one wait for it as before.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    writer = _WRITERS.setdefault(str(engine.url.database), RLock())
    is_mine = writer.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        yield
    finally:
        if is_mine:
            writer.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One look at the database, the same at its end as at its beginning, that writes nothing.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    try:
        with Session(engine.execution_options(**_READING[engine.dialect.name])) as session:
            yield session
    except (OperationalError, ProgrammingError) as error:
        raise _unavailable(engine, error) from error


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest migration; does nothing when they are. Safe to run from several processes.

    Raises `OperationsUnavailable` if the database cannot be reached, or is newer than this program.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        with _alone(engine) as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise OperationsUnavailable(
            f"the tables at {_shown(engine)} cannot be brought up to date ({error}); "
            "they may belong to a newer version of this program: update it, or use another database"
        ) from error
    except DBAPIError as error:
        raise _unavailable(engine, error) from error


def must_be_there(url: str) -> None:
    """Raise `OperationsUnavailable` if the file of an SQLite database is not there: opening it would make one."""
    parsed = make_url(url)
    place = parsed.database or ""
    if parsed.get_backend_name() == "sqlite" and not Path(place).exists():
        raise OperationsUnavailable(
            f"there is no operational database at {place}. Check HUB_HOME and HUB_OPERATIONS_URL. A new city "
            "begins with `hub account create`; `hub up` makes a sample city to look at"
        )


def bring_up_to_date(url: str) -> bool:
    """Bring the tables of a database that is there to the newest migration; say whether there was anything to do.

    Raises `OperationsUnavailable` if it is not there, cannot be reached, or is newer than this program.
    """
    must_be_there(url)
    engine = open_database(url)
    try:
        if is_migrated(engine):
            return False
        migrate(engine)
    finally:
        engine.dispose()
    return True


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """One transaction that may change tables, while nobody else does.

    SQLite changes a constraint by making the table anew, and dropping the old one would break every reference to it:
    references are not enforced meanwhile, and looked at once before the commit.
    """
    with engine.execution_options(is_writing=True).connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection.driver_connection
        if is_sqlite:
            raw.execute("PRAGMA foreign_keys=off")  # has no effect once a transaction has begun
        try:
            with connection.begin():
                if not is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
                yield connection
                if is_sqlite and (broken := raw.execute("PRAGMA foreign_key_check").fetchone()):
                    raise OperationsUnavailable(
                        f"after the change of tables a row of {broken[0]} would refer to nothing in {broken[2]}; "
                        "nothing was changed: report this, and keep the database"
                    )
        finally:
            if is_sqlite:
                raw.execute("PRAGMA foreign_keys=on")


def is_migrated(engine: Engine) -> bool:
    """Whether the tables are those of the newest migration.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    try:
        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
    except DBAPIError as error:
        raise _unavailable(engine, error) from error
    return set(heads) == set(ScriptDirectory.from_config(alembic_config()).get_heads())


def alembic_config() -> Config:
    """Where Alembic finds the migrations and how it names new ones; what runs them adds its connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _unavailable(engine: Engine, error: DBAPIError) -> OperationsUnavailable:
    first_line = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
    if re.search(r"no such (table|column)|(relation|column) .* does not exist", first_line):
        advice = "Its tables are missing or older than this program: `hub build` brings them up to date"
    else:
        advice = "Check HUB_OPERATIONS_URL, and that the server runs or the file can be written"
    return OperationsUnavailable(
        f"the operational database {_shown(engine)} cannot be used: {first_line}. {advice}"
    )
