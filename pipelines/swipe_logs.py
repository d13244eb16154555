"""Segments of the swipe logs → raw.swipe_segments, raw.swipe_lines: every line exactly once, as it was received.

Here: finding new segments, reading their lines, and the assets. Never here: whether a line is a tap that counts
(taps.py).

A segment and its lines are written in one transaction, so a killed run has taken it in whole or not at all. Once taken
in it is not read again; if the file differs later, a check says so. Lines keep their types by the contract alone
(docs/swipe-log.md): a line that does not fit it stands with its raw text, and never stops its segment.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl

from operations.devices.swipe_log import VERSION
from pipelines.contract_checks import asset_key
from pipelines.resources import POOL, Looked, Places
from warehouse.frames import handed_over
from warehouse.plan import literal
from warehouse.tables import table
from warehouse.transactions import in_transaction

UNCHANGED = "segments_are_as_they_were_taken_in"
# A segment lies under the hour in which it arrived, so new ones lie at the end. Folders older than the oldest tap
# that can still count are looked through by the nightly run only, else looking would take longer every day.
RECENT_DAYS = 35
# A line was received before its segment's hour of arrival ended, give or take an hour between two servers' clocks.
LATE_HOURS = 2
# Lines are taken in by so many bytes a transaction: bounded memory, and a killed first run keeps what it had.
BATCH_BYTES = 256 * 1024 * 1024
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
# The shape of a moment, for strptime alone also takes years of five digits.
SHAPE = "____-__-__T__:__:__Z"
DAY_FOLDER = re.compile(r"arrived=([0-9]{4}-[0-9]{2}-[0-9]{2})")
HOUR_NAMED = f"v{VERSION}/arrived=2026-08-01/hour=01"
HOUR_FOLDER = re.compile(r"hour=([01][0-9]|2[0-3])")
TABLES = ("raw.swipe_segments", "raw.swipe_lines")


@dataclass
class Landed:
    """What was taken in. `changed`: segments that differ now from what was taken in, each with the difference.
    `foreign`: folders below the logs' root that are no hour of arrival, and are not read."""

    segments: int = 0
    lines: int = 0
    malformed: int = 0
    changed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def land(con: duckdb.DuckDBPyConnection, root: Path, *, everything: bool = False) -> Landed:
    """Take in every new segment below `root`, each exactly once, and return what was done.

    `everything`: look also through old folders, and compare the content of known segments by digest, not by size.
    """
    since = None if everything else _recent(con)
    known = {
        name: (size, digest)
        for name, size, digest in con.execute(
            "SELECT segment, byte_count, sha256 FROM raw.swipe_segments "
            f"WHERE segment >= {literal('' if since is None else f'v{VERSION}/arrived={since:%Y-%m-%d}')}"
        ).fetchall()
    }
    found = find_segments(root, since)
    landed = Landed(
        changed=_changed(root, found, known, by_digest=everything), foreign=foreign_folders(root, since)
    )
    for batch in _batches([path for path in found if segment_name(root, path) not in known]):
        lines, malformed = in_transaction(con, lambda batch=batch: _take_in(con, root, batch))
        landed.segments += len(batch)
        landed.lines += lines
        landed.malformed += malformed
    return landed


def find_segments(root: Path, since: date | None = None) -> list[Path]:
    """Return the finished segments that arrived on `since` or later (None: all), in order of arrival and writing.

    Names that begin with a dot, and all that do not end in .jsonl, are unfinished or foreign and never returned;
    neither is anything in a folder that is no hour of arrival (foreign_folders).
    """
    return [
        path
        for hour in _hours(root, since)
        if HOUR_FOLDER.fullmatch(hour.name)
        for path in sorted(hour.glob("*.jsonl"))
        if not path.name.startswith(".")
    ]


def foreign_folders(root: Path, since: date | None = None) -> list[str]:
    """Return the folders that are no `arrived=YYYY-MM-DD` of a real date, or no `hour=00` to `hour=23` in one that
    arrived on `since` or later, each by its path below the logs' root."""
    days = [day for day in sorted((root / f"v{VERSION}").glob("*/")) if _arrived_on(day) is None]
    hours = [hour for hour in _hours(root, since) if not HOUR_FOLDER.fullmatch(hour.name)]
    return [segment_name(root, folder) for folder in (*days, *hours)]


def _hours(root: Path, since: date | None) -> list[Path]:
    """The folders in those of days from `since` on (None: all), whatever their names are, in order."""
    days = {day: _arrived_on(day) for day in sorted((root / f"v{VERSION}").glob("arrived=*"))}
    return [
        hour
        for day, arrived_on in days.items()
        if arrived_on is not None and (since is None or arrived_on >= since)
        for hour in sorted(day.glob("*/"))
    ]


def _arrived_on(folder: Path) -> date | None:
    """The day that a folder is named after; None if it is not a day, or one whose local day has no year."""
    named = DAY_FOLDER.fullmatch(folder.name)
    try:
        day = date.fromisoformat(named[1]) if named else None
    except ValueError:
        return None
    return day if day is None or day.year < MAXYEAR else None


def segment_name(root: Path, path: Path) -> str:
    """Return the name of a segment in the lake: its path below the logs' root."""
    return path.relative_to(root).as_posix()


def read_lines(root: Path, paths: Sequence[Path]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read segments: (segment, line_count, byte_count, sha256) and (segment, line_no from 1, line, is_broken).

    `is_broken`: not UTF-8 (undecodable bytes are written as \\xNN), or the last line, if it has no end.
    """
    segments, names, numbers, texts, broken = [], [], [], [], []
    for path in paths:
        content = path.read_bytes()
        lines = content.split(b"\n")
        is_cut = lines.pop() if lines[-1] == b"" else None
        for number, line in enumerate(lines, start=1):
            text, is_broken = _decoded(line)
            texts.append(text)
            broken.append(is_broken or (is_cut is None and number == len(lines)))
            numbers.append(number)
        name = segment_name(root, path)
        names += [name] * len(lines)
        segments.append((name, len(lines), len(content), hashlib.sha256(content).hexdigest()))
    columns = {"segment": pl.String, "line_count": pl.Int64, "byte_count": pl.Int64, "sha256": pl.String}
    return (
        pl.DataFrame(segments, schema=columns, orient="row"),
        pl.DataFrame(
            {"segment": names, "line_no": numbers, "line": texts, "is_broken": broken},
            schema={"segment": pl.String, "line_no": pl.Int64, "line": pl.String, "is_broken": pl.Boolean},
        ),
    )


# What a line says, each field by its type in the contract or not at all; `malformed_text` is set if anything is amiss.
# A malformed line keeps the fields that can be read, so that it is counted for its device where that is known.
READ = f"""
WITH parsed AS (
    SELECT segment, line_no, line, is_broken,
        CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line END AS j
    FROM new_lines
), fields AS (
    SELECT segment, line_no, line, is_broken, j,
        CASE WHEN json_type(j, '$.v') IN ('UBIGINT', 'BIGINT') THEN json_extract_string(j, '$.v') END AS v,
        CASE WHEN json_type(j, '$.device_no') = 'VARCHAR' THEN nullif(json_extract_string(j, '$.device_no'), '') END
            AS device_no,
        CASE WHEN json_type(j, '$.device_seq') = 'UBIGINT'
            THEN TRY_CAST(json_extract_string(j, '$.device_seq') AS BIGINT) END AS device_seq,
        CASE WHEN json_type(j, '$.card_no') = 'VARCHAR' THEN nullif(json_extract_string(j, '$.card_no'), '') END
            AS card_no,
        CASE WHEN json_type(j, '$.tapped_at') = 'VARCHAR'
                AND json_extract_string(j, '$.tapped_at') LIKE '{SHAPE}' THEN
            TRY_CAST(try_strptime(json_extract_string(j, '$.tapped_at'), '{FORMAT}') AS TIMESTAMP) END AS tapped_at,
        CASE WHEN json_type(j, '$.received_at') = 'VARCHAR'
                AND json_extract_string(j, '$.received_at') LIKE '{SHAPE}' THEN
            TRY_CAST(try_strptime(json_extract_string(j, '$.received_at'), '{FORMAT}') AS TIMESTAMP) END AS said_at,
        strptime(left(segment, {len(HOUR_NAMED)}), 'v{VERSION}/arrived=%Y-%m-%d/hour=%H') AS arrived_from,
        json_type(j, '$.direction') AS direction_type,
        CASE WHEN json_extract_string(j, '$.direction') IN ('in', 'out') THEN json_extract_string(j, '$.direction') END
            AS direction
    FROM parsed
), timed AS (
    -- A segment cannot hold what came after it, so a later time of receipt is none: it would move the data clock.
    SELECT *,
        CASE WHEN said_at <= arrived_from + INTERVAL {LATE_HOURS} HOUR THEN said_at END AS received_at
    FROM fields
), judged AS (
    SELECT *,
        CASE WHEN is_broken THEN true
            WHEN v = '1' AND device_no IS NOT NULL AND device_seq IS NOT NULL AND card_no IS NOT NULL
                AND tapped_at IS NOT NULL AND received_at IS NOT NULL
                AND (direction_type = 'NULL' OR direction IS NOT NULL) THEN false
            ELSE true END AS is_malformed
    FROM timed
)
SELECT segment, line_no,
    CAST(coalesce(received_at, arrived_from) + INTERVAL 8 HOUR AS DATE) AS received_day,
    device_no, device_seq, card_no, tapped_at, received_at, direction,
    CASE WHEN is_malformed THEN line END AS malformed_text
FROM judged
ORDER BY received_day, device_no, device_seq, segment, line_no
"""


def _take_in(con: duckdb.DuckDBPyConnection, root: Path, paths: Sequence[Path]) -> tuple[int, int]:
    segments, lines = read_lines(root, paths)
    with handed_over(con, new_segments=segments, new_lines=lines):
        con.execute(
            "INSERT INTO raw.swipe_segments SELECT segment, line_count, byte_count, sha256 FROM new_segments"
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE read_lines AS {READ}")
        con.execute("INSERT INTO raw.swipe_lines SELECT * FROM temp.read_lines")
        malformed = con.execute("SELECT count(malformed_text) FROM temp.read_lines").fetchone()
        con.execute("DROP TABLE temp.read_lines")
    return lines.height, int(malformed[0]) if malformed else 0


def _decoded(line: bytes) -> tuple[str, bool]:
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return line.decode("utf-8", errors="backslashreplace"), True


def _recent(con: duckdb.DuckDBPyConnection) -> date | None:
    """The first day of arrival that is looked through again, or None before anything was taken in."""
    row = con.execute("SELECT max(segment) FROM raw.swipe_segments").fetchone()
    if row is None or row[0] is None:
        return None
    return date.fromisoformat(row[0].split("/")[1].removeprefix("arrived=")) - timedelta(days=RECENT_DAYS)


def _changed(
    root: Path, found: Sequence[Path], known: dict[str, tuple[int, str]], *, by_digest: bool
) -> list[str]:
    changed = []
    for path in found:
        then = known.get(segment_name(root, path))
        if then is None:
            continue
        size = path.stat().st_size
        if size != then[0]:
            changed.append(
                f"{segment_name(root, path)}: {then[0]} bytes were taken in, the file now has {size}"
            )
        elif by_digest and hashlib.sha256(path.read_bytes()).hexdigest() != then[1]:
            changed.append(f"{segment_name(root, path)}: its content is not what was taken in")
    return changed


def _batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += path.stat().st_size
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def swipe_logs() -> dg.AssetsDefinition:
    """Return the assets raw/swipe_segments and raw/swipe_lines: one step, because it is one transaction."""

    @dg.multi_asset(
        name="take_in_segments",
        specs=[
            dg.AssetSpec(
                asset_key(name),
                group_name="raw",
                description=table(name).contract.description,
                kinds={"json", "duckdb"},
            )
            for name in TABLES
        ],
        check_specs=[
            dg.AssetCheckSpec(
                UNCHANGED,
                asset=asset_key(TABLES[0]),
                description="Segments on disk are what was taken in, one that differs is never read again; and all "
                "folders are hours of arrival, others are not read",
            )
        ],
        pool=POOL,
    )
    def take_in_segments(
        config: Looked, places: dg.ResourceParam[Places], lake: dg.ResourceParam[duckdb.DuckDBPyConnection]
    ) -> Iterator[dg.MaterializeResult]:
        places.begun(TABLES[1])
        landed = land(lake, places.settings.swipe_logs, everything=config.everything)
        amiss = landed.changed + [f"{name}: not an hour of arrival, so not read" for name in landed.foreign]
        checked = dg.AssetCheckResult(
            asset_key=asset_key(TABLES[0]),
            check_name=UNCHANGED,
            passed=not amiss,
            metadata={"message": "; ".join(amiss[:20])} if amiss else {},
        )
        yield dg.MaterializeResult(
            asset_key=asset_key(TABLES[0]),
            metadata={"new_segments": landed.segments},
            check_results=[checked],
        )
        yield dg.MaterializeResult(
            asset_key=asset_key(TABLES[1]),
            metadata={"new_lines": landed.lines, "malformed": landed.malformed},
        )

    return take_in_segments
