"""Opening, migrating and sharing the operational database."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, func, inspect, select, text

from operations.database import OperationsUnavailable, is_migrated, migrate, open_database, reading, writing
from operations.model import Area, Base


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_the_same_constraints_and_indexes_as_the_models(empty_database: str) -> None:
    engine = open_database(empty_database)
    Base.metadata.create_all(engine)
    by_models = _structure(engine)
    Base.metadata.drop_all(engine)
    migrate(engine)
    assert _structure(engine) == by_models
    engine.dispose()


def _structure(engine: Engine) -> dict[str, object]:
    found = inspect(engine)
    return {
        table: {
            # A column that came later stands at the end.
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)),
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(_index(dict(index)) for index in found.get_indexes(table)),
            "uniques": sorted(str(unique) for unique in found.get_unique_constraints(table)),
            "foreign keys": sorted(_reference(dict(key)) for key in found.get_foreign_keys(table)),
            "checks": sorted((str(c["name"]), str(c["sqltext"])) for c in found.get_check_constraints(table)),
        }
        for table in sorted(set(found.get_table_names()) - {"alembic_version"})
    }


def _reference(found: dict[str, Any]) -> tuple[str, str, str]:
    # SQLite adds a reference to a table that is there only without a name.
    return str(found["constrained_columns"]), found["referred_table"], str(found["referred_columns"])


def _index(found: dict[str, Any]) -> tuple[str, str, bool, list[str]]:
    options = sorted(f"{name}={value}" for name, value in found.get("dialect_options", {}).items())
    return found["name"], str(found["column_names"]), bool(found["unique"]), options


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    engine = open_database(empty_database)
    assert not is_migrated(engine)
    migrate(engine)
    assert is_migrated(engine)
    migrate(engine)
    assert is_migrated(engine)
    engine.dispose()


def test_two_programs_that_start_at_once_both_find_the_tables_made(empty_database: str) -> None:
    engines = [open_database(empty_database) for _ in range(4)]
    threads = [Thread(target=migrate, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(is_migrated(engine) for engine in engines)
    for engine in engines:
        engine.dispose()


def test_the_migrations_can_be_taken_back(empty_database: str) -> None:
    from alembic import command

    from operations.database import alembic_config

    engine = open_database(empty_database)
    migrate(engine)
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    left = MetaData()
    left.reflect(engine)
    assert set(left.tables) == {"alembic_version"}
    engine.dispose()


def test_a_migration_may_make_a_table_anew_that_others_refer_to(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command, op

    engine = open_database(empty_database)
    migrate(engine)
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        session.add(Area(area_code="330106001", kind="township", name="北山街道", parent_code="330106"))

    def upgrade(config: Any, _revision: str) -> None:
        context = MigrationContext.configure(config.attributes["connection"])
        with op.Operations.context(context), op.batch_alter_table("areas", recreate="auto") as areas:
            areas.drop_constraint(op.f("ck_areas_kind"), type_="check")
            areas.create_check_constraint(
                op.f("ck_areas_kind"), "kind IN ('district', 'township', 'community', 'grid')"
            )

    monkeypatch.setattr(command, "upgrade", upgrade)
    migrate(engine)
    with writing(engine) as session:
        session.add(Area(area_code="330106001G01", kind="grid", name="网格", parent_code="330106001"))
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(engine) as session:
        session.add(Area(area_code="330106002", kind="township", name="西溪街道", parent_code="330107"))
    engine.dispose()


def test_tables_of_a_newer_program_are_refused_with_what_to_do(empty_database: str) -> None:
    engine = open_database(empty_database)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperationsUnavailable, match="newer version of this program"):
        migrate(engine)
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        raise RuntimeError("half way")
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Area)) == 0


def test_the_turn_to_write_is_given_back_after_an_error_and_each_file_has_its_own(
    engine: Engine, _migrated_sqlite: Path, tmp_path: Path
) -> None:
    def write(to: Engine, code: str) -> None:
        with writing(to) as session:
            session.add(Area(area_code=code, kind="district", name=code))

    other_file = tmp_path / "other.sqlite"
    shutil.copy(_migrated_sqlite, other_file)
    other = open_database(f"sqlite:///{other_file}")
    with pytest.raises(RuntimeError), writing(engine):
        raise RuntimeError
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write, engine, "330106").result(timeout=20)
        with writing(engine) as session:
            session.add(Area(area_code="330105", kind="district", name="拱墅区"))
            session.flush()
            pool.submit(write, other, "330106").result(timeout=20)
    other.dispose()


def test_foreign_keys_hold(engine: Engine) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(engine) as session:
        session.add(Area(area_code="330106001", kind="township", name="北山街道", parent_code="330106"))


def test_readers_do_not_wait_for_a_writer(engine: Engine) -> None:
    with writing(engine) as writer:
        writer.add(Area(area_code="330106", kind="district", name="西湖区"))
        writer.flush()
        with reading(engine) as reader:
            assert reader.scalar(select(func.count()).select_from(Area)) == 0


def test_a_reader_sees_one_state_from_its_beginning_to_its_end(engine: Engine) -> None:
    count = select(func.count()).select_from(Area)
    with reading(engine) as reader:
        assert reader.scalar(count) == 0
        with writing(engine) as writer:
            writer.add(Area(area_code="330106", kind="district", name="西湖区"))
        assert reader.scalar(count) == 0
    with reading(engine) as reader:
        assert reader.scalar(count) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not a url", "use sqlite:///"),
        ("sqlite://", "SQLite needs a file"),
        ("mysql://root@localhost/hub", "use SQLite or PostgreSQL"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(OperationsUnavailable, match=says):
        open_database(url)


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    engine = open_database("postgresql://hub:secret@127.0.0.1:1/hub")
    with pytest.raises(OperationsUnavailable, match="Check HUB_OPERATIONS_URL") as refusal:
        migrate(engine)
    assert "secret" not in str(refusal.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "operations.sqlite"
    path.write_text("this is not a database, but a text that somebody put here" * 100)
    with pytest.raises(OperationsUnavailable, match="not a database"):
        migrate(open_database(f"sqlite:///{path}"))


def test_a_database_without_tables_says_how_they_are_made(empty_database: str) -> None:
    engine = open_database(empty_database)
    with (
        pytest.raises(OperationsUnavailable, match="tables are missing or older"),
        reading(engine) as session,
    ):
        session.scalar(select(func.count()).select_from(Area))
    engine.dispose()


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where the folder should be")
    with pytest.raises(OperationsUnavailable, match="occupied"):
        open_database(f"sqlite:///{tmp_path / 'occupied' / 'operations.sqlite'}")
