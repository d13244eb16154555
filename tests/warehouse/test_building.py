"""A build brings a table up to date by computing what a change touches, and nothing else.

The room of these tests is small: days of visits to sites, the minutes per day and district, and their total.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from warehouse import dialect
from warehouse.build import BuildResult, build
from warehouse.changes import (
    HistoryGone,
    build_transaction,
    changes_since,
    last_build,
    record_build,
    tables_changed,
)
from warehouse.contracts import ContractError
from warehouse.lake import current_snapshot, open_lake
from warehouse.lake_tables import read_lake_tables
from warehouse.tables import Table, _read_catalogue, catalogue, create_all
from warehouse.transactions import transaction

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 8, day) for day in (3, 4, 5))
COLUMNS = """
visit_id: {type: BIGINT, meaning: v, zh: v, en: v}
day: {type: DATE, meaning: d, zh: d, en: d}
site_id: {type: BIGINT, meaning: s, zh: s, en: s}
district: {type: VARCHAR, meaning: d, zh: d, en: d}
name: {type: VARCHAR, meaning: n, zh: n, en: n}
minutes: {type: BIGINT, meaning: m, zh: m, en: m}
"""
HEAD = 'title: {zh: t, en: t}\ndescription: "One row per thing."\nowner: me\n'
FILES = {
    "raw/visits.yml": HEAD
    + "keys: [visit_id]\npartitioned_by: [day]\ncolumns: [visit_id, day, site_id, minutes]",
    "raw/sites.yml": HEAD + "keys: [site_id]\ncolumns: [site_id, district, name]",
    "core/minutes.yml": HEAD
    + """
keys: [day, district]
partitioned_by: [day]
build: {by: day, touched_through: {raw.sites: {table: raw.visits, on: site_id}}}
columns: [day, district, minutes]
""",
    "core/minutes.sql": """
SELECT v.day, s.district, CAST(SUM(v.minutes) AS BIGINT) AS minutes
FROM raw.visits AS v
JOIN raw.sites AS s ON s.site_id = v.site_id
GROUP BY v.day, s.district
""",
    "marts/total.yml": HEAD + "keys: [district]\ncolumns: [district, minutes]",
    "marts/total.sql": "SELECT district, CAST(SUM(minutes) AS BIGINT) AS minutes FROM core.minutes GROUP BY district",
}


# A table that shows the days of core.minutes as they are.
DAY_COPY = {
    "core/day_copy.yml": HEAD + "keys: [day, district]\nbuild: {by: day}\ncolumns: [day, district, minutes]",
    "core/day_copy.sql": "SELECT day, district, minutes FROM core.minutes",
}


class Room:
    """A small warehouse: its files, its lake, and short words for what a test does with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = open_lake(str(folder / "catalogue.sqlite"), str(folder / "files"))

    def write(self, files: dict[str, str]) -> None:
        """Write files of the warehouse; the catalogue is read anew."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        _read_catalogue.cache_clear()

    def tables(self) -> tuple[Table, ...]:
        """All tables of this room."""
        return catalogue(self.folder)

    def create_missing(self) -> None:
        """Make the lake what the contracts say."""
        create_all(self.con, self.tables())

    def build(self, name: str) -> BuildResult:
        """Build one table of this room."""
        return build(self.con, next(table for table in self.tables() if table.name == name))

    def minutes(self) -> list[tuple[date, str, int]]:
        """All rows of core.minutes."""
        return self.con.execute("SELECT * FROM core.minutes ORDER BY ALL").fetchall()


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders: `room` with three visits on three days and nothing built, `built` with both tables built."""
    folder = tmp_path_factory.mktemp("rooms")
    (folder / "room").mkdir()
    room = Room(folder / "room")
    room.write({"columns.yml": COLUMNS, **FILES})
    create_all(room.con, room.tables())
    room.con.execute("INSERT INTO raw.sites VALUES (1, 'Xihu', 'Museum'), (2, 'Gongshu', 'Library')")
    for visit in ("1, '2026-08-03', 1, 60", "2, '2026-08-04', 1, 30", "3, '2026-08-05', 2, 20"):
        room.con.execute(f"INSERT INTO raw.visits VALUES ({visit})")
    room.con.close()
    shutil.copytree(folder / "room", folder / "built")
    built = Room(folder / "built")
    built.build("core.minutes")
    built.build("marts.total")
    built.con.close()
    return folder


@pytest.fixture
def room(_made: Path, tmp_path: Path) -> Iterator[Room]:
    """The small warehouse, with three visits on three days, and nothing built."""
    made = Room(shutil.copytree(_made / "room", tmp_path / "room"))
    yield made
    made.con.close()
    _read_catalogue.cache_clear()


@pytest.fixture
def built(_made: Path, tmp_path: Path) -> Iterator[Room]:
    """The same, with both tables built."""
    made = Room(shutil.copytree(_made / "built", tmp_path / "built"))
    yield made
    made.con.close()
    _read_catalogue.cache_clear()


def test_the_first_build_is_whole(room: Room) -> None:
    result = room.build("core.minutes")
    assert (result.how, result.why) == ("whole", "never built")
    assert room.minutes() == [(MONDAY, "Xihu", 60), (TUESDAY, "Xihu", 30), (WEDNESDAY, "Gongshu", 20)]


def test_a_build_after_no_change_does_nothing(built: Room) -> None:
    before = current_snapshot(built.con)
    assert built.build("core.minutes").how == "nothing"
    assert built.build("marts.total").how == "nothing"
    assert current_snapshot(built.con) == before


def test_a_new_row_touches_its_day_only(built: Room) -> None:
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    result = built.build("core.minutes")
    assert (result.how, result.why) == ("partitions", "raw.visits changed")
    assert (result.touched, result.replaced) == ((TUESDAY,), (TUESDAY,))
    assert built.minutes() == [
        (MONDAY, "Xihu", 60), (TUESDAY, "Gongshu", 5), (TUESDAY, "Xihu", 30), (WEDNESDAY, "Gongshu", 20),
    ]  # fmt: skip


def test_a_row_that_moves_to_another_day_touches_both(built: Room) -> None:
    built.con.execute("UPDATE raw.visits SET day = '2026-08-04' WHERE visit_id = 1")
    assert built.build("core.minutes").touched == (MONDAY, TUESDAY)
    assert built.minutes() == [(TUESDAY, "Xihu", 90), (WEDNESDAY, "Gongshu", 20)]


def test_a_deletion_upstream_empties_its_day(built: Room) -> None:
    built.con.execute("DELETE FROM raw.visits WHERE visit_id = 3")
    result = built.build("core.minutes")
    assert (result.replaced, result.rows_written, result.rows_removed) == ((WEDNESDAY,), 0, 1)
    assert built.minutes() == [(MONDAY, "Xihu", 60), (TUESDAY, "Xihu", 30)]


def test_a_changed_dimension_touches_the_days_it_leads_to(built: Room) -> None:
    built.con.execute("UPDATE raw.sites SET district = 'Binjiang' WHERE site_id = 1")
    assert built.build("core.minutes").touched == (MONDAY, TUESDAY)
    assert built.minutes() == [
        (MONDAY, "Binjiang", 60),
        (TUESDAY, "Binjiang", 30),
        (WEDNESDAY, "Gongshu", 20),
    ]


def test_a_change_of_a_column_that_is_not_read_touches_nothing(built: Room) -> None:
    built.con.execute("UPDATE raw.sites SET name = 'New museum' WHERE site_id = 1")
    assert built.build("core.minutes").how == "nothing"


def test_rows_that_were_removed_and_put_back_touch_nothing(built: Room) -> None:
    built.con.execute("CREATE TEMP TABLE kept AS SELECT * FROM raw.visits")
    built.con.execute("DELETE FROM raw.visits")
    built.con.execute("INSERT INTO raw.visits SELECT * FROM temp.kept")
    assert built.build("core.minutes").how == "nothing"


def test_a_touched_day_that_comes_out_the_same_is_not_written(built: Room) -> None:
    built.con.execute("UPDATE raw.visits SET minutes = 10 WHERE visit_id = 3")
    built.con.execute("INSERT INTO raw.visits VALUES (9, '2026-08-05', 2, 10)")
    result = built.build("core.minutes")
    assert (result.touched, result.replaced) == ((WEDNESDAY,), ())
    assert built.build("marts.total").how == "nothing"


def test_an_upstream_without_a_declared_path_means_the_whole(room: Room) -> None:
    contract = FILES["core/minutes.yml"].replace(
        ", touched_through: {raw.sites: {table: raw.visits, on: site_id}}", ""
    )
    room.write({"core/minutes.yml": contract})
    room.build("core.minutes")
    room.con.execute("UPDATE raw.sites SET district = 'Binjiang' WHERE site_id = 1")
    result = room.build("core.minutes")
    assert (result.how, result.why) == ("whole", "raw.sites changed")
    assert result.replaced == (MONDAY, TUESDAY)


def test_a_changed_definition_means_the_whole(built: Room) -> None:
    built.write(
        {"core/minutes.sql": FILES["core/minutes.sql"].replace("SUM(v.minutes)", "SUM(v.minutes * 2)")}
    )
    result = built.build("core.minutes")
    assert (result.how, result.why) == ("whole", "its definition changed")
    assert built.minutes() == [(MONDAY, "Xihu", 120), (TUESDAY, "Xihu", 60), (WEDNESDAY, "Gongshu", 40)]


def test_a_new_column_makes_the_table_anew(built: Room) -> None:
    contract, sql = FILES["core/minutes.yml"], FILES["core/minutes.sql"]
    built.write(
        {
            "core/minutes.yml": contract.replace("district, minutes]\n", "district, minutes, site_id]\n"),
            "core/minutes.sql": sql.replace(" AS minutes\n", " AS minutes, MIN(v.site_id) AS site_id\n"),
        }
    )
    assert built.build("core.minutes").how == "whole"
    assert built.con.execute("SELECT site_id FROM core.minutes ORDER BY day").fetchall() == [(1,), (1,), (2,)]
    assert built.build("marts.total").how == "whole"


def test_a_whole_table_writes_only_the_rows_that_differ(built: Room) -> None:
    built.con.execute("UPDATE raw.visits SET minutes = 25 WHERE visit_id = 3")
    built.build("core.minutes")
    result = built.build("marts.total")
    assert (result.how, result.rows_written, result.rows_removed) == ("whole", 1, 1)
    assert built.con.execute("SELECT * FROM marts.total ORDER BY ALL").fetchall() == [
        ("Gongshu", 25),
        ("Xihu", 90),
    ]


def test_what_an_expired_snapshot_hides_is_built_whole(built: Room) -> None:
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    built.con.execute("CALL ducklake_expire_snapshots('lake', older_than => now() + INTERVAL 1 DAY)")
    result = built.build("core.minutes")
    assert result.how == "whole"
    assert "has been expired" in result.why
    assert (TUESDAY, "Gongshu", 5) in built.minutes()


def test_merging_small_files_is_no_change(built: Room) -> None:
    built.con.execute("CALL ducklake_flush_inlined_data('lake')")
    for visit in range(10, 13):
        built.con.execute(
            f"INSERT INTO raw.visits SELECT {visit} * 100 + range, '2026-08-04', 2, 1 FROM range(20)"
        )
    built.build("core.minutes")
    built.con.execute("CALL ducklake_merge_adjacent_files('lake')")
    assert built.build("core.minutes").how == "nothing"
    built.con.execute("DELETE FROM raw.visits WHERE visit_id = 1001")
    assert built.build("core.minutes").touched == (TUESDAY,)
    assert (TUESDAY, "Gongshu", 59) in built.minutes()


def test_a_run_killed_before_its_commit_leaves_the_old_state_and_the_next_mends_it(
    built: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    before = built.minutes()

    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.build.record_build", power_cut)
        with pytest.raises(KeyboardInterrupt):
            built.build("core.minutes")
    assert built.minutes() == before
    assert built.build("core.minutes").replaced == (TUESDAY,)
    assert (TUESDAY, "Gongshu", 5) in built.minutes()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("day, 'X' AS district, 1 AS minutes", r"rows have minutes INTEGER; .* minutes BIGINT"),
        ("day, 'X' AS county, minutes", r"rows have county VARCHAR; .* district VARCHAR"),
        ("day, minutes, 'X' AS district", r"the columns in another order; .* day, district, minutes"),
        ("day, NULLIF('X', 'X') AS district, minutes", r"NULL where .*: district \(3 rows\)"),
        (
            "DATE '2026-08-03' AS day, 'X' AS district, minutes",
            r"one row with the same day, district: 2026-08-03/X",
        ),
    ],
)
def test_rows_that_break_the_contract_are_refused_and_the_old_ones_stay(
    built: Room, columns: str, message: str
) -> None:
    before = built.minutes()
    built.write({"core/minutes.sql": f"SELECT {columns} FROM raw.visits"})
    with pytest.raises(ContractError, match=message):
        built.build("core.minutes")
    assert built.minutes() == before


def test_a_row_that_depends_on_another_day_is_found_out(built: Room) -> None:
    sql = FILES["core/minutes.sql"].replace(
        "SELECT v.day,", "SELECT CAST(v.day + INTERVAL '1' DAY AS DATE) AS day,"
    )
    built.write({"core/minutes.sql": sql})
    built.build("core.minutes")
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    with pytest.raises(ContractError, match=r"rows of 2026-08-05 came out when only 2026-08-04 were touched"):
        built.build("core.minutes")


def test_a_table_that_python_fills_learns_what_changed_since_its_last_build(built: Room) -> None:
    with transaction(built.con):
        record_build(built.con, "core.sessions", definition_hash="rules 1", how="whole", why="never built")
    built.con.execute("UPDATE raw.visits SET minutes = 61 WHERE visit_id = 1")
    last = last_build(built.con, "core.sessions")
    assert last is not None
    assert last.definition_hash == "rules 1"
    assert tables_changed(built.con, last.read_snapshot) == {"raw.visits", "meta.table_builds"}
    changed = changes_since(built.con, "raw.visits", last.read_snapshot, ["day", "minutes"])
    assert sorted(changed.fetchall()) == [(MONDAY, 60, "delete"), (MONDAY, 61, "insert")]
    assert changes_since(built.con, "raw.sites", last.read_snapshot).fetchall() == []


def test_a_table_made_anew_has_no_history(built: Room) -> None:
    before = current_snapshot(built.con)
    built.con.execute("CREATE OR REPLACE TABLE raw.sites AS SELECT * FROM raw.sites")
    with pytest.raises(HistoryGone, match=r"raw\.sites was made anew"):
        changes_since(built.con, "raw.sites", before)


def test_rows_that_were_just_written_are_read_from_memory(
    built: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = dialect.narrowed
    monkeypatch.setattr(dialect, "narrowed", lambda *given: read.append(real(*given)) or read[-1])
    built.write(DAY_COPY)
    built.create_missing()
    built.build("core.day_copy")
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    built.build("core.minutes")
    built.build("core.day_copy")
    assert "FROM core.minutes" not in read[-1]
    copied = built.con.execute("SELECT * FROM core.day_copy ORDER BY ALL").fetchall()
    assert copied == built.minutes()
    assert (TUESDAY, "Gongshu", 5) in copied


def test_rows_in_memory_are_not_used_once_the_lake_holds_others(built: Room) -> None:
    built.write(DAY_COPY)
    built.create_missing()
    built.build("core.day_copy")
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    built.build("core.minutes")
    built.con.execute("UPDATE core.minutes SET minutes = 7 WHERE district = 'Gongshu' AND day = '2026-08-04'")
    built.build("core.day_copy")
    assert built.con.execute("SELECT * FROM core.day_copy ORDER BY ALL").fetchall() == built.minutes()


def test_rows_of_a_build_that_was_taken_back_are_not_read_by_the_next_table(built: Room) -> None:
    built.write(DAY_COPY)
    built.create_missing()
    built.build("core.day_copy")
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")

    def refuse(_: BuildResult) -> None:
        raise RuntimeError("a rule is broken")

    minutes = next(table for table in built.tables() if table.name == "core.minutes")
    with pytest.raises(RuntimeError):
        build(built.con, minutes, guard=refuse)
    assert built.build("core.day_copy").how == "nothing"
    assert built.build("core.minutes").replaced == (TUESDAY,)
    built.build("core.day_copy")
    assert (TUESDAY, "Gongshu", 5) in built.con.execute("SELECT * FROM core.day_copy").fetchall()


def test_a_build_that_was_taken_back_is_not_remembered(built: Room) -> None:
    def build_and_fail() -> None:
        record_build(built.con, "core.sessions", definition_hash="rules 2", how="whole", why="never built")
        raise RuntimeError("a rule is broken")

    with pytest.raises(RuntimeError):
        build_transaction(built.con, build_and_fail)
    assert last_build(built.con, "core.sessions") is None
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    assert last_build(built.con, "core.sessions") is None
    build_transaction(
        built.con,
        lambda: record_build(built.con, "core.other", definition_hash="x", how="whole", why="never built"),
    )
    assert last_build(built.con, "core.sessions") is None
    other = last_build(built.con, "core.other")
    assert other is not None and other.definition_hash == "x"


def test_what_is_remembered_without_asking_again_is_what_the_lake_says(built: Room) -> None:
    for visit in range(4, 7):
        built.con.execute(f"INSERT INTO raw.visits VALUES ({visit}, '2026-08-04', 2, 5)")
        built.build("core.minutes")
        remembered = last_build(built.con, "core.minutes")
        row = built.con.execute(
            "SELECT read_snapshot, how, why, row_count FROM meta.table_builds WHERE table_name = 'core.minutes'"
        ).fetchone()
        assert remembered is not None
        assert (remembered.read_snapshot, remembered.how, remembered.why, remembered.row_count) == row


def test_the_number_of_rows_is_known_without_counting_them(built: Room) -> None:
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5), (5, '2026-08-06', 2, 5)")
    assert built.build("core.minutes").row_count == len(built.minutes()) == 5
    built.con.execute("DELETE FROM raw.visits WHERE visit_id = 1")
    assert built.build("core.minutes").row_count == len(built.minutes()) == 4
    assert built.build("core.minutes").row_count == 4


def test_a_lake_whose_memory_knew_no_numbers_of_rows_learns_them(built: Room) -> None:
    built.con.execute("ALTER TABLE meta.table_builds DROP COLUMN row_count")
    built.create_missing()
    built.con.execute("INSERT INTO raw.visits VALUES (4, '2026-08-04', 2, 5)")
    assert built.build("core.minutes").row_count == len(built.minutes()) == 4
    remembered = last_build(built.con, "core.minutes")
    assert remembered is not None and remembered.row_count == 4


def test_files_are_cut_as_the_contract_says_now_also_in_a_lake_from_before(built: Room) -> None:
    before = built.minutes()
    by_month = FILES["raw/visits.yml"].replace(
        "partitioned_by: [day]", "partitioned_by: [year(day), month(day)]"
    )
    built.write({"raw/visits.yml": by_month})
    built.create_missing()
    assert read_lake_tables(built.con)["raw.visits"].partitioned_by == ("year(day)", "month(day)")
    built.con.execute(
        "INSERT INTO raw.visits "
        "SELECT 100 + range, DATE '2026-08-01' + CAST(range % 30 AS INTEGER), 2, 5 FROM range(60)"
    )
    files = built.con.execute("SELECT COUNT(*) FROM ducklake_list_files('lake', 'visits', schema => 'raw')")
    assert files.fetchone() == (1,)
    built.build("core.minutes")
    assert [row for row in before if row[1] == "Xihu"] == [row for row in built.minutes() if row[1] == "Xihu"]
