"""What all tables share: the declarative base, the types of time and key, and the stamp of the last change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Index, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcSeconds(TypeDecorator[datetime]):
    """A moment in UTC, cut to whole seconds; stored without zone so that SQLite and PostgreSQL hold the same.

    Raises `ValueError` for a naive datetime: a local time mistaken for UTC moves hours to another day.
    """

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone, got {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None, microsecond=0)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite counts up only INTEGER PRIMARY KEY by itself.
Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Ref = BigInteger().with_variant(Integer, "sqlite")


def utc_now() -> datetime:
    """The current moment in UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def prefix_index(name: str, *columns: str) -> Index:
    """An index that answers what the last of `columns` begins with (`operations.queries.prefixes`)."""
    return Index(name, *columns, postgresql_ops={columns[-1]: "text_pattern_ops"})


class Base(DeclarativeBase):
    """The root of all tables of the operational system."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcSeconds}


class Changing:
    """A row that tells when it last changed; the pipelines pull what changed since their last look."""

    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now, index=True)
