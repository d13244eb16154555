"""raw.swipe_lines → raw.taps, raw.resent_taps, raw.rejected_taps: each line in exactly one of them.

Here: which lines have to be decided (again), feeding them to time-keeping, and writing what came out differently. Never
here: the decision itself (warehouse/timekeeping/intake.py), or the assets (taps.py).

A decision is about all lines of one tap's identity (device_no, device_seq), and depends on the device and where it
stood, its last heartbeat, the card and its bindings. So a group is decided again when a line joins it or when one of
these changed since the last time; nothing else is looked at. That makes a rejected tap heal by itself when its card is
bound later, and the tables always equal those of a rebuild from nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.python_builds import BuildState, code_hash, state_of
from warehouse.changes import build_transaction, changes_since, record_build
from warehouse.frames import handed_over
from warehouse.tables import table
from warehouse.timekeeping import RuleBook, read_rules, take_in

OUTCOMES = ("raw.taps", "raw.resent_taps", "raw.rejected_taps")
UPSTREAM = (
    "raw.swipe_lines",
    "raw.devices",
    "raw.former_placements",
    "raw.heartbeats",
    "raw.cards",
    "raw.card_bindings",
)
# The columns on which a decision depends: a change of another one touches nothing.
DECIDES = {
    "raw.swipe_lines": ("segment", "line_no", "received_day", "device_no", "device_seq"),
    "raw.devices": ("device_no", "site_id", "is_directed"),
    "raw.former_placements": ("placement_id", "device_no", "site_id", "is_directed", "placed_to"),
    "raw.heartbeats": ("heartbeat_id", "device_no", "received_at", "clock_offset_seconds"),
    "raw.cards": ("card_no", "reported_lost_at"),
    "raw.card_bindings": ("binding_id", "card_no", "volunteer_id", "bound_from", "bound_to"),
}
# So many lines are decided at a time: a rebuild of a long history stays within bounded memory.
LINES_AT_ONCE = 4_000_000
KEY = ["segment", "line_no"]


@dataclass
class Decided:
    """What a run decided. `written` and `removed` are rows of each of the three tables, in that order."""

    lines: int = 0
    why: str = ""
    written: tuple[int, int, int] = (0, 0, 0)
    removed: tuple[int, int, int] = (0, 0, 0)


def decide_taps(
    con: duckdb.DuckDBPyConnection,
    *,
    everything: bool = False,
    guard: Callable[[Decided], None] | None = None,
) -> Decided:
    """Bring the three tables up to date with the lines and what their decision depends on, in one transaction.

    `guard` is called before the commit; what it raises leaves the tables as they were.
    """
    book = read_rules()

    def decide() -> Decided:
        decided = _decide(con, book, everything)
        if guard and decided.lines:
            guard(decided)
        return decided

    return build_transaction(con, decide)


def _decide(con: duckdb.DuckDBPyConnection, book: RuleBook, everything: bool) -> Decided:
    state = state_of(con, "raw.taps", UPSTREAM, code_hash("pipelines.tap_decisions"), everything=everything)
    if state.is_current:
        return Decided(why=state.why)
    if state.since is None:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE wanted AS "
            "SELECT segment, line_no, received_day, device_no FROM raw.swipe_lines"
        )
    else:
        _touched_lines(con, state)
    decided = Decided(lines=_number(con, "SELECT COUNT(*) FROM temp.wanted"), why=state.why)
    for part in _parts(decided.lines):
        written, removed = _decide_part(con, book, part)
        decided.written = _sum(decided.written, written)
        decided.removed = _sum(decided.removed, removed)
    con.execute("DROP TABLE temp.wanted")
    if decided.lines or state.must_be_recorded:
        record_build(
            con,
            "raw.taps",
            definition_hash=state.definition_hash,
            how="whole" if state.since is None else "partitions",
            why=state.why,
        )
    return decided


def _touched_lines(con: duckdb.DuckDBPyConnection, state: BuildState) -> None:
    """Fill temp.wanted with all lines of every identity that has to be decided again."""
    for name in UPSTREAM:
        short = name.split(".")[1]
        if name in state.changed:
            changed = changes_since(con, name, state.since or 0, DECIDES[name])
            changed.create_view(f"feed_{short}")
            con.execute(f"CREATE OR REPLACE TEMP TABLE changed_{short} AS SELECT * FROM feed_{short}")
            con.execute(f"DROP VIEW feed_{short}")
        else:
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE changed_{short} AS SELECT {', '.join(DECIDES[name])} FROM {name} LIMIT 0"
            )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE wanted AS
        WITH touched AS (
            SELECT device_no, device_seq FROM temp.changed_swipe_lines
            UNION
            SELECT l.device_no, l.device_seq FROM raw.swipe_lines AS l
            SEMI JOIN (
                SELECT device_no FROM temp.changed_devices UNION SELECT device_no FROM temp.changed_former_placements
            ) AS d ON l.device_no = d.device_no
            UNION
            SELECT l.device_no, l.device_seq FROM raw.swipe_lines AS l
            JOIN (SELECT device_no, MIN(received_at) AS since FROM temp.changed_heartbeats GROUP BY device_no) AS h
                ON l.device_no = h.device_no AND l.received_at >= h.since
            WHERE l.received_at >= (SELECT MIN(received_at) FROM temp.changed_heartbeats)
            UNION
            SELECT l.device_no, l.device_seq FROM raw.swipe_lines AS l
            SEMI JOIN (SELECT card_no FROM temp.changed_cards UNION SELECT card_no FROM temp.changed_card_bindings) AS c
                ON l.card_no = c.card_no
        )
        SELECT l.segment, l.line_no, l.received_day, l.device_no FROM raw.swipe_lines AS l
        SEMI JOIN touched AS t ON l.device_no = t.device_no AND l.device_seq = t.device_seq
        UNION
        SELECT segment, line_no, received_day, device_no FROM temp.changed_swipe_lines
        """
    )
    for name in UPSTREAM:
        con.execute(f"DROP TABLE temp.changed_{name.split('.')[1]}")


def _decide_part(
    con: duckdb.DuckDBPyConnection, book: RuleBook, part: str
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    con.execute(f"CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM temp.wanted WHERE {part}")
    days = con.execute("SELECT MIN(received_day), MAX(received_day) FROM temp.part").fetchone()
    if days is None or days[0] is None:
        return (0, 0, 0), (0, 0, 0)
    # Literals, so that files of other days are not opened.
    within = f"received_day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"
    lines = con.sql(
        f"SELECT l.* FROM raw.swipe_lines AS l SEMI JOIN temp.part AS p USING (segment, line_no) WHERE {within}"
    ).pl()
    intake = take_in(lines.drop("received_day"), **_register(con, lines), book=book)
    received_day = lines.select(*KEY, "received_day")
    frames = [
        frame.join(received_day, on=KEY, how="left")
        for frame in (intake.accepted, intake.resends, intake.rejected)
    ]
    results = [
        _write_difference(con, name, frame, within) for name, frame in zip(OUTCOMES, frames, strict=True)
    ]
    con.execute("DROP TABLE temp.part")
    written, removed = zip(*results, strict=True)
    return tuple(written), tuple(removed)  # type: ignore[return-value]


def _register(con: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """What the decision on these lines depends on: their devices and cards, and the heartbeats of the time."""
    with handed_over(con, asked_lines=lines.select("device_no", "card_no", "received_at")):
        return {
            "devices": con.sql(
                "SELECT device_no, site_id, is_directed FROM raw.devices SEMI JOIN asked_lines USING (device_no)"
            ).pl(),
            "former_placements": con.sql(
                "SELECT device_no, site_id, is_directed, placed_to FROM raw.former_placements "
                "SEMI JOIN asked_lines USING (device_no)"
            ).pl(),
            "heartbeats": con.sql(
                """
                WITH asked AS (
                    SELECT device_no, MIN(received_at) AS first_at, MAX(received_at) AS last_at
                    FROM asked_lines GROUP BY device_no
                ), beats AS (
                    SELECT h.heartbeat_id, h.device_no, h.received_at, h.clock_offset_seconds, a.first_at,
                        MAX(CASE WHEN h.received_at <= a.first_at THEN h.received_at END)
                            OVER (PARTITION BY h.device_no) AS before_first
                    FROM raw.heartbeats AS h JOIN asked AS a ON h.device_no = a.device_no AND h.received_at <= a.last_at
                )
                SELECT heartbeat_id, device_no, received_at, clock_offset_seconds FROM beats
                WHERE received_at >= coalesce(before_first, received_at)
                """
            ).pl(),
            "cards": con.sql(
                "SELECT card_no, reported_lost_at FROM raw.cards SEMI JOIN asked_lines USING (card_no)"
            ).pl(),
            "card_bindings": con.sql(
                "SELECT binding_id, card_no, volunteer_id, bound_from, bound_to FROM raw.card_bindings "
                "SEMI JOIN asked_lines USING (card_no)"
            ).pl(),
        }


def _write_difference(
    con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, within: str
) -> tuple[int, int]:
    """Make the rows of `name` for the lines of temp.part equal to `frame`; return rows written and removed."""
    contract = table(name).contract
    columns = ", ".join(contract.column_names())
    with handed_over(con, decided=frame):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE there AS SELECT {columns} FROM {name} AS t "
            f"SEMI JOIN temp.part AS p USING (segment, line_no) WHERE {within}"
        )
        typed = ", ".join(f"CAST({c.name} AS {c.type}) AS {c.name}" for c in contract.columns)
        con.execute(f"CREATE OR REPLACE TEMP TABLE now AS SELECT {typed} FROM decided")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT segment, line_no FROM "
        f"(SELECT {columns} FROM temp.there EXCEPT SELECT {columns} FROM temp.now)"
    )
    removed = _number(con, "SELECT COUNT(*) FROM temp.gone")
    if removed:
        con.execute(
            f"DELETE FROM {name} AS t USING temp.gone AS g "
            f"WHERE t.segment = g.segment AND t.line_no = g.line_no AND {within}"
        )
    written = _number(
        con, f"SELECT COUNT(*) FROM (SELECT {columns} FROM temp.now EXCEPT SELECT {columns} FROM temp.there)"
    )
    if written:
        order = ", ".join(
            dict.fromkeys([*contract.plain_partition_columns(), "device_no", "device_seq", *KEY])
        )
        con.execute(
            f"INSERT INTO {name} SELECT {columns} FROM "
            f"(SELECT {columns} FROM temp.now EXCEPT SELECT {columns} FROM temp.there) ORDER BY {order}"
        )
    for temporary in ("there", "now", "gone"):
        con.execute(f"DROP TABLE temp.{temporary}")
    return written, removed


def _parts(lines: int) -> Iterator[str]:
    count = max(1, -(-lines // LINES_AT_ONCE))
    # All lines of an identity are in one part, as they are of one device.
    for number in range(count if lines else 0):
        yield "true" if count == 1 else f"hash(coalesce(device_no, segment)) % {count} = {number}"


def _sum(left: tuple[int, int, int], right: tuple[int, int, int]) -> tuple[int, int, int]:
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2])


def _number(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0


def balance_of(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many lines there are, and how many rows each of the three tables has."""
    names = {"lines": "raw.swipe_lines", **{name: name for name in OUTCOMES}}
    return {said: _number(con, f"SELECT COUNT(*) FROM {name}") for said, name in names.items()}
