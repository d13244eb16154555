"""Dagster's SQLite storage with one engine a file.

Here: how Dagster's event log is opened. Never here: what Dagster stores, which is left as it is (same files and
tables).

Dagster 1.13 makes a new SQLAlchemy engine for each of the thousand statements of a run, which costs a step 0.2 s: a
whole run of 45 steps that changes nothing took 10 s. With the engines kept it takes 2 s (docs/decisions). This leans
on private methods, `_connect` above all; the version of Dagster is pinned, and a test watches it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_SECONDS = 60
# Each run has a file of its own: those of past runs are closed again.
OPEN_FILES = 8


class SteadyEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite files, each opened once."""

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Say whether the index has a table. Dagster asks before each of a run's two hundred checks, with an engine of
        its own; no table ever goes, so one that was seen is not looked for again."""
        seen: set[str] = self.__dict__.setdefault("_tables_seen", set())
        if table_name not in seen and super().has_table(table_name):
            seen.add(table_name)
        return table_name in seen

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        seen: set[str] = self.__dict__.setdefault("_columns_seen", set())
        if column_name not in seen and super()._has_asset_key_col_on_connection(conn, column_name):
            seen.add(column_name)
        return column_name in seen

    def dispose(self) -> None:
        """Close all files."""
        with self._db_lock:
            for engine in self._engines().values():
                engine.dispose()
            self._engines().clear()
        super().dispose()

    def _engines(self) -> OrderedDict[str, Engine]:
        # Not made in __init__, which uses it already.
        return self.__dict__.setdefault("_engines_by_shard", OrderedDict())

    def _engine(self, shard: str) -> Engine:
        engines = self._engines()
        if shard in engines:
            engines.move_to_end(shard)
            return engines[shard]
        engine = create_engine(
            self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
        )

        @event.listens_for(engine, "connect")
        def _configure(connection: object, _record: object) -> None:
            # In WAL mode a power cut may lose the last events of a run, never the file.
            connection.execute("PRAGMA synchronous = normal")  # type: ignore[attr-defined]

        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        engines[shard] = engine
        while len(engines) > OPEN_FILES:
            engines.popitem(last=False)[1].dispose()
        return engine


class SteadySqliteStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite files, with the event log above."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        plain = self._event_log_storage
        self._event_log_storage = SteadyEventLog(plain._base_dir)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: SqliteStorageConfig
    ) -> SteadySqliteStorage:
        """Make it from what dagster.yaml says."""
        return cls.from_local(inst_data=inst_data, **config_value)
