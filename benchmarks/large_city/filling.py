"""Filling an empty database fast, because it is thrown away: without secondary indexes, journal and references."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, Index, text
from sqlalchemy.orm import Session

from operations.model import Base


@contextmanager
def filling(engine: Engine) -> Iterator[Session]:
    """One transaction; the indexes are made at its end, each by one sort instead of a million look-ups.

    Until it ends nothing guards the rows: a power cut would leave a broken file, and references are not looked at.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(is_writing=True).connect() as connection:
        if is_sqlite:
            # Outside of a transaction, where they have an effect; gone with the connection.
            raw = connection.connection.driver_connection
            for pragma in ("journal_mode=off", "synchronous=off", "foreign_keys=off", "cache_size=-524288"):
                raw.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
        with Session(connection) as session, session.begin():
            if not is_sqlite:
                session.execute(text("SET LOCAL session_replication_role = replica"))
                session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            indexes: list[Index] = [
                index for table in Base.metadata.sorted_tables for index in sorted(table.indexes, key=str)
            ]
            for index in indexes:
                index.drop(session.connection())
            yield session
            for index in indexes:
                index.create(session.connection())
    engine.dispose()


def tidy(engine: Engine) -> None:
    """What autovacuum does on a PostgreSQL server; a throwaway one has it off."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
