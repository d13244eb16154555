"""Transactions of a lake's connection: all or nothing, and again when the catalogue was busy.

Here: beginning, committing, taking back and repeating. Never here: what is read or written in between.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakKeyDictionary

import duckdb

from warehouse.unavailable import LakeUnavailable

# Words by which SQLite, PostgreSQL and DuckLake say "somebody else was there at this moment".
TRANSIENT = (
    "database is locked",
    "could not serialize",
    "deadlock detected",
    "Transaction conflict",
    "SQLITE_BUSY",
)

T = TypeVar("T")


@dataclass(eq=False)
class Transaction:
    """What is known of a transaction: the `snapshot` of the lake it began at, once somebody asked for it
    (lake.current_snapshot), and whether it was taken back."""

    snapshot: int | None = None
    taken_back: bool = False


_under_way: WeakKeyDictionary[duckdb.DuckDBPyConnection, Transaction] = WeakKeyDictionary()


def transaction_of(con: duckdb.DuckDBPyConnection) -> Transaction | None:
    """Return the transaction that `transaction` has begun on this connection, or None outside of one."""
    return _under_way.get(con)


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the block as one transaction: all of it is committed at its end, or nothing if it raises."""
    con.execute("BEGIN TRANSACTION")
    _under_way[con] = begun = Transaction()
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        begun.taken_back = True
        _roll_back(con)
        raise
    finally:
        del _under_way[con]


def in_transaction(con: duckdb.DuckDBPyConnection, action: Callable[[], T], *, attempts: int = 5) -> T:
    """Run `action` in a transaction and return its result; try again, at most `attempts` times in all,
    when the catalogue was busy. `action` must be repeatable: it starts from the old state each time.

    Raises LakeUnavailable when the catalogue is still busy after the last attempt.
    """

    def once() -> T:
        with transaction(con):
            return action()

    return retry(once, attempts=attempts)


def retry(action: Callable[[], T], *, attempts: int = 5, first_pause: float = 0.05) -> T:
    """Return what `action` returns; repeat it when the catalogue was busy, with growing pauses.

    Raises LakeUnavailable after the last attempt; any other error goes through at once.
    """
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except duckdb.Error as error:
            if not is_transient(error):
                raise
            if attempt == attempts:
                raise LakeUnavailable(
                    f"The warehouse's catalogue is busy (tried {attempts} times): {error}. "
                    "Run the command again; if it stays so, look for a program that holds the catalogue open."
                ) from None  # its text may hold the catalogue's password, and Dagster shows every cause
        time.sleep(first_pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
    raise ValueError("attempts must be at least 1")


def is_transient(error: BaseException) -> bool:
    """Say whether the error means only that somebody else held the catalogue at that moment."""
    return any(word.lower() in str(error).lower() for word in TRANSIENT)


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        # A failed COMMIT has already ended the transaction.
        return
