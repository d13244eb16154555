"""A throwaway PostgreSQL cluster for the tests, made from the server's programs and gone with them.

Here: finding the programs, starting and stopping the server, handing out databases. Never here: a test.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text

from operations.model import Base

START_SECONDS = 60
# Deleted rows stay in the files: beyond this, new files are faster.
LARGE_BYTES = 8_000_000
# A cluster that lives for some tests need not survive a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "autovacuum": "off",
    # As on a server in China: nothing may depend on the session's zone being UTC.
    "timezone": "Asia/Shanghai",
}


class PostgresqlMissing(Exception):
    """No cluster can be started here; the message says why and what to do."""


@dataclass
class Cluster:
    """A running server; its databases are reached by URL."""

    port: int
    password: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        """The URL of `database`, as `HUB_OPERATIONS_URL` takes it."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Make a database, empty or a copy of `template` (which nobody is connected to), and return its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop the database at `url`, also while somebody is connected to it."""
        name = url.rsplit("/", 1)[1]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def throwaway_cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[Cluster]:
    """Start a cluster in a temporary folder; stop it and remove the folder at the end, whatever happens.

    Raises `PostgresqlMissing` if the server's programs are not here or do not start.
    """
    programs = _programs()
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="hub-postgresql-"))
    server: subprocess.Popen[bytes] | None = None
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password, encoding="utf-8")
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        port = _free_port()
        _run_initdb(programs, owner, folder)
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [*_as_user(owner), *_server_command(programs, folder, port, settings)],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        cluster = Cluster(port, password)
        _await(cluster, server, folder / "server.log")
        yield cluster
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def empty_tables(engine: Engine) -> None:
    """Delete all rows of the operational tables and let the counters begin at 1 again.

    Ten times faster than a new database for each test, whose hundreds of files the disk would have to take.
    """
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with engine.begin() as connection:
        # Somebody who was left in the middle of a transaction is to be named, not waited for.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '20s'")
        # Without the foreign keys, which would be asked row by row.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        size = text("SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(:tables)")
        if (connection.scalar(size, {"tables": tables}) or 0) > LARGE_BYTES:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)}")
        else:
            connection.exec_driver_sql("; ".join(f"DELETE FROM {table}" for table in tables))
        connection.exec_driver_sql("SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence")


def _programs() -> Path:
    """The folder of initdb and postgres: the one named, the newest of Debian, or that of PATH."""
    named = os.environ.get("HUB_TEST_POSTGRESQL_BIN")
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    for folder in [*([Path(named)] if named else []), *debian, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresqlMissing("no PostgreSQL server is installed here: run .ci/ensure-postgresql")


def _owner() -> pwd.struct_passwd:
    """Who runs the server: ourselves, but never root, whom it refuses."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresqlMissing("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _as_user(owner: pwd.struct_passwd) -> list[str]:
    """What to put before a command: it drops root, and it lets the server end when we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv:
        drop = (
            [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
            if os.getuid() == 0
            else []
        )
        return [setpriv, *drop, "--pdeathsig=INT"]
    if os.getuid() != 0:
        return []
    runuser = shutil.which("runuser")
    if runuser:
        return [runuser, "-u", owner.pw_name, "--"]
    raise PostgresqlMissing("PostgreSQL refuses to run as root, and neither setpriv nor runuser is here")


def _run_initdb(programs: Path, owner: pwd.struct_passwd, folder: Path) -> None:
    made = subprocess.run(
        [
            *_as_user(owner),
            str(programs / "initdb"),
            f"--pgdata={folder / 'data'}",
            "--username=postgres",
            f"--pwfile={folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if made.returncode:
        raise PostgresqlMissing(f"initdb of {programs} failed: {made.stderr.strip()}")


def _server_command(programs: Path, folder: Path, port: int, settings: Mapping[str, str]) -> list[str]:
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
    for name, value in {**settings, "listen_addresses": "127.0.0.1"}.items():
        command += ["-c", f"{name}={value}"]
    return command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await(cluster: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise PostgresqlMissing(
                    f"the PostgreSQL server did not start: {error}; it said: {said}"
                ) from error
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop at once, ending open connections; a server that does not listen is killed."""
    server.send_signal(2)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
