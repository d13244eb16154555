"""What state the operational database is in: how much is there, and when it last changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, func, inspect, select

from operations.database import reading
from operations.model import AuditEntry, Base, Organisation, Volunteer


def is_empty(engine: Engine) -> bool:
    """Whether there is no volunteer and no organisation yet; also before the tables are made.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    with reading(engine) as session:
        there = set(inspect(session.connection()).get_table_names())
        return all(
            model.__tablename__ not in there or session.scalar(select(1).select_from(model).limit(1)) is None
            for model in (Volunteer, Organisation)
        )


def row_counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has, by its name, in the order of their names.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    with reading(engine) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name)
        }


def newest_changes(engine: Engine) -> dict[str, datetime | None]:
    """When each table last changed (UTC), by its name; None where it has no row.

    A deleted row leaves no trace here. Raises `OperationsUnavailable` if the database cannot be reached.
    """
    with reading(engine) as session:
        found: dict[str, datetime | None] = {}
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
            stamp = AuditEntry.happened_at if table.name == AuditEntry.__tablename__ else table.c.updated_at
            found[table.name] = session.scalar(select(func.max(stamp)))
        return found
