"""The lake opens for one writer and many readers, and says what to do when it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.postgresql import Cluster
from tests.warehouse.rows import put
from warehouse import lake as lake_module
from warehouse.lake import current_snapshot, open_lake
from warehouse.tables import create_all
from warehouse.transactions import in_transaction, retry, transaction
from warehouse.unavailable import LakeUnavailable, hide_password


def _open(home: Path, **options: object) -> duckdb.DuckDBPyConnection:
    return open_lake(str(home / "catalogue.sqlite"), str(home / "files"), **options)  # type: ignore[arg-type]


def test_a_reader_is_told_to_build_first_when_there_is_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(LakeUnavailable, match="Build it first: `hub build`"):
        _open(tmp_path, read_only=True)


def test_a_reader_cannot_write(lake: duckdb.DuckDBPyConnection, home: Path) -> None:
    reader = _open(home, read_only=True)
    with pytest.raises(duckdb.Error, match="read-only"):
        reader.execute("DELETE FROM raw.areas")


def test_a_second_writer_in_this_process_is_refused_and_let_in_after_the_first_has_closed(home: Path) -> None:
    first = _open(home)
    with pytest.raises(LakeUnavailable, match=r"Another program is writing .* \(process \d+\)"):
        _open(home, wait_seconds=0.1)
    first.close()
    _open(home, wait_seconds=0.1).close()


def test_a_second_writer_in_another_process_is_refused_and_a_killed_one_leaves_no_lock(home: Path) -> None:
    program = (
        "import sys; from warehouse.lake import open_lake; con = open_lake(sys.argv[1], sys.argv[2]); "
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(home / "catalogue.sqlite"), str(home / "files")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(LakeUnavailable, match=f"process {other.pid}"):
            _open(home, wait_seconds=0.1)
        other.kill()
    _open(home, wait_seconds=0.1).close()


def test_readers_see_old_or_new_and_never_half_while_a_writer_writes(
    lake: duckdb.DuckDBPyConnection, home: Path
) -> None:
    seen: list[int] = []
    errors: list[Exception] = []
    done = threading.Event()
    # The writer may be quick: it begins once both have the lake open.
    all_open = threading.Barrier(3, timeout=60)

    def read() -> None:
        try:
            reader = _open(home, read_only=True)
            all_open.wait()
            while not done.is_set():
                row = reader.execute("SELECT COUNT(*) FROM raw.shift_sites").fetchone()
                seen.append(row[0] if row else -1)
            reader.close()
        except Exception as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    all_open.wait()
    for batch in range(8):
        with transaction(lake):
            for half in range(2):
                lake.execute(
                    "INSERT INTO raw.shift_sites SELECT range + ?, 1, TIMESTAMP '2026-01-01' FROM range(50)",
                    [batch * 100 + half * 50],
                )
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert seen
    assert all(count % 100 == 0 for count in seen)


def test_a_transaction_that_raises_leaves_nothing(lake: duckdb.DuckDBPyConnection) -> None:
    before = current_snapshot(lake)
    with pytest.raises(RuntimeError, match="power cut"), transaction(lake):
        put(lake, "raw.areas", {"area_code": "330106"})
        raise RuntimeError("power cut")
    assert lake.execute("SELECT COUNT(*) FROM raw.areas").fetchone() == (0,)
    assert current_snapshot(lake) == before


@contextmanager
def _held_by_another_program(catalogue: Path, *statements: str) -> Iterator[None]:
    """Another process runs the statements on the catalogue and stays (in this one, SQLite's locks would not show)."""
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "[c.execute(s) for s in sys.argv[2:]]; print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(catalogue), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield
        other.kill()


def test_a_write_waits_for_a_held_catalogue_and_then_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_module, "BUSY_TIMEOUT_MS", 50)
    con = _open(home)
    held = _held_by_another_program(home / "catalogue.sqlite", "BEGIN IMMEDIATE")
    with held, pytest.raises(LakeUnavailable, match=r"(?s)busy .* Run the command again"):
        in_transaction(con, lambda: put(con, "raw.areas", {"area_code": "330106"}), attempts=2)
    in_transaction(con, lambda: put(con, "raw.areas", {"area_code": "330106"}))
    assert con.execute("SELECT area_code FROM raw.areas").fetchall() == [("330106",)]
    con.close()


def test_a_catalogue_that_a_program_has_to_itself_is_a_clear_message(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_module, "BUSY_TIMEOUT_MS", 50)
    held = _held_by_another_program(
        home / "catalogue.sqlite", "PRAGMA locking_mode = exclusive", "BEGIN EXCLUSIVE"
    )
    with held, pytest.raises(LakeUnavailable, match=r"locked for 0\.3 s\. Close the program"):
        _open(home, read_only=True, wait_seconds=0.3)
    _open(home, read_only=True).close()


def test_a_file_that_is_no_catalogue_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite").write_text("this is a shopping list, not a database")
    for read_only in (True, False):
        with pytest.raises(LakeUnavailable, match=r"cannot be (opened|written)"):
            _open(tmp_path, read_only=read_only)


def test_the_whole_state_can_be_moved(lake: duckdb.DuckDBPyConnection, home: Path, tmp_path: Path) -> None:
    lake.execute("INSERT INTO raw.shift_sites SELECT range, 1, TIMESTAMP '2026-01-01' FROM range(1000)")
    lake.close()
    shutil.move(home, tmp_path / "elsewhere")
    reader = _open(tmp_path / "elsewhere", read_only=True)
    assert reader.execute("SELECT COUNT(*) FROM raw.shift_sites").fetchone() == (1000,)


def test_only_a_busy_catalogue_is_tried_again() -> None:
    calls = []

    def broken() -> None:
        calls.append(1)
        raise duckdb.CatalogException("no such table")

    with pytest.raises(duckdb.CatalogException):
        retry(broken)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("at postgresql://hub:secret@db/lake", "at postgresql://hub:***@db/lake"),
        ("postgresql://hub:p@ss/w@db:5432/lake", "postgresql://hub:***@db:5432/lake"),
        ("postgresql://:pw@db/lake", "postgresql://:***@db/lake"),
        ("postgresql://hub@city:pw@db/lake", "postgresql://hub@city:***@db/lake"),
        ("host=db password=secret user=hub", "host=db password=*** user=hub"),
        ("host=db password = 'two words' user=hub", "host=db password = *** user=hub"),
        ("host=db PASSWORD='it\\'s' user=hub", "host=db PASSWORD=*** user=hub"),
        (
            "postgresql://hub@db/lake?password=a;b'c&sslmode=require",
            "postgresql://hub@db/lake?password=***&sslmode=require",
        ),
        ("postgresql://hub@db:5432/lake", "postgresql://hub@db:5432/lake"),
        ("/srv/hub/lake/catalogue.sqlite", "/srv/hub/lake/catalogue.sqlite"),
    ],
)
def test_an_address_is_shown_without_its_password(written: str, shown: str) -> None:
    assert hide_password(written) == shown


def test_a_busy_catalogue_is_reported_without_its_password_and_without_the_text_that_holds_it() -> None:
    def busy() -> None:
        raise duckdb.IOException("postgresql://hub:p@ss/w@db/lake password=secret: database is locked")

    with pytest.raises(LakeUnavailable) as raised:
        retry(busy, attempts=1)
    said = "".join(traceback.format_exception(raised.value))
    assert "postgresql://hub:***@db/lake password=*** database is locked" in said
    assert not [part for part in ("p@ss", "ss/w", "secret") if part in said]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_catalogue_that_cannot_be_reached_is_reported_without_its_password(
    tmp_path: Path, read_only: bool
) -> None:
    url = "postgresql://hub:top%40secret@127.0.0.1:1/lake?connect_timeout=1"
    with pytest.raises(LakeUnavailable) as raised:
        open_lake(url, str(tmp_path), read_only=read_only, wait_seconds=0.2)
    assert "secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://hub:top/secret@127.0.0.1:1/lake",
        "postgresql://hub:p@secret/w@127.0.0.1:1/lake",
        "postgresql://hub:p@secret@127.0.0.1:1/lake",
        "postgresql://hub:secret%3@127.0.0.1:1/lake",
    ],
)
def test_a_password_that_would_be_taken_for_something_else_is_refused_and_not_quoted(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(LakeUnavailable, match="write / as %2F") as raised:
        open_lake(address, str(tmp_path), read_only=True)
    assert "hub:***@127.0.0.1:1/lake" in str(raised.value)
    assert "secret" not in "".join(
        [
            *traceback.TracebackException.from_exception(raised.value).format_exception_only(),
            repr(raised.value.__cause__),
        ]
    )


def test_a_catalogue_on_postgresql_works_the_same_and_has_one_writer(
    postgresql: Cluster, tmp_path: Path
) -> None:
    url = postgresql.new_database().replace("postgresql+psycopg://", "postgresql://")
    files = str(tmp_path / "files")
    writer = open_lake(url, files)
    create_all(writer)
    put(writer, "raw.areas", {"area_code": "330106"})
    reader = open_lake(url, files, read_only=True)
    assert reader.execute("SELECT area_code FROM raw.areas").fetchall() == [("330106",)]
    with pytest.raises(LakeUnavailable, match="one writer at a time"):
        open_lake(url, files, wait_seconds=0.2)
    writer.close()
    open_lake(url, files, wait_seconds=2).close()
    reader.close()


def test_a_postgresql_that_is_away_is_a_clear_message(tmp_path: Path) -> None:
    url = "postgresql://hub:secret@127.0.0.1:1/lake"
    for read_only in (True, False):
        with pytest.raises(LakeUnavailable, match=r"cannot be (opened|reached)") as caught:
            open_lake(url, str(tmp_path), read_only=read_only, wait_seconds=0.2)
        assert "secret" not in str(caught.value)
