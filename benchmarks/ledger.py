"""The points ledger on PostgreSQL with durable commits: transfers a second, and settling a million awards.

The transfers are held against what the server can do at all: pgbench with a bare update of two rows, on the same
server, with the same number of clients.
"""

from __future__ import annotations

import multiprocessing
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
from sqlalchemy import Engine, text

from benchmarks.report import Report
from operations.access import Actor, Role
from operations.commands.bulk import insert_frame, insert_rows
from operations.commands.ledger import Asked
from operations.commands.ledger_accounts import system_account
from operations.commands.ledger_chain import seal
from operations.commands.ledger_movements import spend
from operations.commands.ledger_settlement import DUE, settle_batch
from operations.database import migrate, open_database, reading, writing
from operations.model import Area, Volunteer
from operations.queries.ledger_proof import prove_ledger
from tests.postgresql import SETTINGS, Cluster, throwaway_cluster

CLIENTS = 16
SECONDS = 10
VOLUNTEERS = 20_000
AWARDS = 1_000_000
SYSTEM = Actor("benchmark", Role.SYSTEM)
NOW = datetime(2026, 8, 31, 2, 0, tzinfo=UTC)
# As a server that keeps its word; only the memory is that of a small machine.
DURABLE = {
    **SETTINGS,
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}
TWO_ROWS = """\
\\set payer random(1, {rows})
\\set payee random(1, {rows})
BEGIN;
UPDATE bare_accounts SET balance = balance - 1 WHERE id = :payer;
UPDATE bare_accounts SET balance = balance + 1 WHERE id = :payee;
END;
"""


def measure(report: Report) -> None:
    """Measure both, and prove the ledger after each."""
    with throwaway_cluster(DURABLE) as cluster:
        _transfers(report, cluster)
        _settlement(report, cluster)


def _transfers(report: Report, cluster: Cluster) -> None:
    report.section(
        f"The points ledger: {CLIENTS} clients spend at once, each transfer on the disk (PostgreSQL)"
    )
    bare = _pgbench(cluster)
    with _ledger(cluster) as engine:
        with writing(engine) as session:
            due = [(f"a{one}", one, date(2026, 8, 1), 1_000_000, 0, "1") for one in range(1, VOLUNTEERS + 1)]
            settle_batch(
                session, SYSTEM, pl.DataFrame(due, schema=DUE, orient="row"), at=NOW, reference="benchmark"
            )
        url = engine.url.render_as_string(hide_password=False)
        done = _all_clients(url)
        in_line = _all_clients(url, in_line=True)
        seal(engine)
        _prove(report, engine)
    report.figure("transfers", done / SECONDS, "per s")
    report.figure("pgbench, a bare update of two rows", bare, "per s")
    report.figure("a bare update against a transfer", bare / (done / SECONDS), "times")
    report.figure("transfers, if each waited for the one before", in_line / SECONDS, "per s")


def _all_clients(url: str, *, in_line: bool = False) -> int:
    """How many transfers all clients made; `in_line`: one after the other, as a chain within the transfers demands."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(CLIENTS)
    answers: Any = context.Queue()
    clients = [
        context.Process(target=_client, args=(url, number, in_line, ready, answers))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    done = sum(answers.get(timeout=SECONDS * 20) for _ in clients)
    for client in clients:
        client.join()
    return done


def _client(url: str, number: int, in_line: bool, ready: Any, answers: Any) -> None:
    """Spend a hundredth of anybody's, again and again; how often it went well."""
    engine = open_database(url)
    chance = random.Random(number)
    _spend_once(engine, chance, in_line)
    ready.wait()
    until, done = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < until:
        _spend_once(engine, chance, in_line)
        done += 1
    answers.put(done)
    engine.dispose()


def _spend_once(engine: Engine, chance: random.Random, in_line: bool) -> None:
    person = chance.randint(1, VOLUNTEERS)
    with writing(engine) as session:
        if in_line:
            session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        mall = system_account(session, "mall", NOW, near=person)
        asked = Asked(str(uuid4()), "spend", 0, mall, 1, "benchmark")
        spend(session, SYSTEM, asked, volunteer_id=person, at=NOW)


def _pgbench(cluster: Cluster) -> float:
    program = shutil.which("pgbench")
    if program is None:
        raise RuntimeError("pgbench is not installed: apt-get install postgresql-contrib")
    url = cluster.new_database()
    engine = open_database(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE bare_accounts AS SELECT id, 0 AS balance "
            f"FROM generate_series(1, {VOLUNTEERS}) AS numbers(id)"
        )
        connection.exec_driver_sql("ALTER TABLE bare_accounts ADD PRIMARY KEY (id)")
    engine.dispose()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(TWO_ROWS.format(rows=VOLUNTEERS))
        script.flush()
        command = [program, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", script.name, url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cluster.drop_database(url)
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"pgbench said: {said}")
    return float(found.group(1))


def _settlement(report: Report, cluster: Cluster) -> None:
    report.section(f"Settlement of {AWARDS:,} awards of {VOLUNTEERS:,} volunteers (PostgreSQL)")
    # Not above: each client process would wait for Dagster to be imported.
    from pipelines.points_settlement import settle
    from warehouse.lake import open_lake
    from warehouse.tables import create_all

    with _ledger(cluster) as engine, tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        con = open_lake(str(Path(folder) / "catalogue.sqlite"), str(Path(folder) / "files"))
        create_all(con)
        con.execute(
            f"""
            INSERT INTO core.point_awards BY NAME
            SELECT md5(i::VARCHAR) AS award_id, md5(i::VARCHAR) AS session_id, 1 + i % {VOLUNTEERS} AS volunteer_id,
                DATE '2026-05-01' + (i % 90)::INTEGER AS service_day,
                date_trunc('month', DATE '2026-05-01' + (i % 90)::INTEGER)::DATE AS service_month,
                'credit' AS hour_kind, 'convenience' AS category_code, 60 AS minutes, 100 AS cents_per_hour,
                100 AS coefficient_percent, 100 AS rated_cents, 100 AS amount_cents, '2000-01-01' AS rule_version,
                DATE '2000-01-01' AS rate_valid_from, DATE '2000-01-01' AS coefficient_valid_from,
                DATE '2026-08-20' AS final_on
            FROM range({AWARDS}) AS numbers(i)
            """
        )
        began = time.perf_counter()
        settled = settle(con, engine, at=NOW)
        report.figure(
            "settle all", time.perf_counter() - began, "s", at_most=60, note=f"{settled.transfers:>9,}"
        )
        began = time.perf_counter()
        links = seal(engine)
        report.figure("seal the chain", time.perf_counter() - began, "s", note=f"{links:>9,}")
        began = time.perf_counter()
        again = settle(con, engine, at=NOW, everything=True)
        report.figure(
            "settle again, everything", time.perf_counter() - began, "s", note=f"{again.transfers:>9,}"
        )
        con.execute("UPDATE core.point_awards SET amount_cents = 99 WHERE service_day = DATE '2026-06-15'")
        began = time.perf_counter()
        day = settle(con, engine, at=NOW)
        report.figure(
            "settle a day that changed", time.perf_counter() - began, "s", note=f"{day.transfers:>9,}"
        )
        seal(engine)
        con.close()
        _prove(report, engine)


def _prove(report: Report, engine: Engine) -> None:
    began = time.perf_counter()
    with reading(engine) as session:
        broken = [proof for proof in prove_ledger(session) if not proof.holds]
    report.figure("hub ledger verify", time.perf_counter() - began, "s")
    if broken:
        raise RuntimeError(f"the ledger is broken: {broken}")


@contextmanager
def _ledger(cluster: Cluster) -> Iterator[Engine]:
    """A database with volunteers and nothing else."""
    url = cluster.new_database()
    engine = open_database(url)
    migrate(engine)
    with writing(engine) as session:
        insert_rows(session, Area, [{"area_code": "330106", "kind": "district", "name": "西湖区"}])
        people = pl.DataFrame({"volunteer_id": range(1, VOLUNTEERS + 1)}).with_columns(
            volunteer_no=pl.format("V{}", "volunteer_id"),
            district_code=pl.lit("330106"),
            registered_at=pl.lit(NOW),
        )
        insert_frame(session, Volunteer, people)
    yield engine
    engine.dispose()
    cluster.drop_database(url)
