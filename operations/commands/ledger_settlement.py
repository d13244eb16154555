"""Posting what awards differ by, many at a time: the one bulk door into the ledger.

Here: writing the differences that settlement found, a batch a transaction. Never here: what an award should be (the
warehouse says), or finding the differences (pipelines/points_settlement.py).

The id of a transfer is made from the award, its owner, its day and how many transfers it had before: two runs that
found the same difference at once cannot both post it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import PointLotMove, PointPeriod, PointTransfer, UtcSeconds, utc_now

from .bulk import append_frame
from .ledger import period_after
from .ledger_accounts import (
    SPREAD,
    expires_on,
    lock_volunteer_account,
    save,
    system_account,
)
from .ledger_lots import Moves, put_in, take_back
from .records import must_write
from .refusals import Refused

DUE = {
    "award_id": pl.String,
    "volunteer_id": pl.Int64,
    "earned_on": pl.Date,
    "amount_cents": pl.Int64,  # what is to be posted; below zero takes back
    "postings": pl.Int64,  # how many transfers the award has had already
    "rule_version": pl.String,
}


class PostedMeanwhile(Refused):
    """Another run found and posted the same difference at this moment; nothing of this batch was posted."""


@dataclass(frozen=True)
class Batch:
    """What one batch posted."""

    transfers: int
    credited_cents: int
    debited_cents: int


def settle_batch(session: Session, actor: Actor, due: pl.DataFrame, *, at: datetime, reference: str) -> Batch:
    """Post the differences of some awards (a frame of `DUE`), all or none; sort them by volunteer over all batches.

    No row of the audit log is written for each: the transfers name their award, and `reference` the run.

    Raises `PostedMeanwhile` if another run posted one of them at this moment; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.SETTLE_POINTS, Where())
    due = due.filter(pl.col("amount_cents") != 0).sort("volunteer_id", "earned_on", "award_id")
    accounts = _locked_accounts(session, due["volunteer_id"].unique().to_list(), at)
    issues = {near: system_account(session, "issue", at, near=near) for near in range(SPREAD["issue"])}
    rows = _as_transfers(due, accounts, issues, _numbers(session, due.height)).with_columns(
        period=pl.lit(_period(session, at)),
        posted_at=pl.lit(at.replace(microsecond=0)),
        actor=pl.lit(actor.name),
        role=pl.lit(str(actor.role)),
        reference=pl.lit(reference),
        reason=pl.lit(""),
    )
    _append(session, rows.drop("account_id", "volunteer_id", "signed", "needs_care"))
    simple, careful = rows.filter(~pl.col("needs_care")), rows.filter(pl.col("needs_care"))
    moves = pl.concat([_put_in(session, simple), _correct(session, careful, at)])
    append_frame(session, PointLotMove, moves)
    _add_to_accounts(
        session, rows.filter(~pl.col("needs_care")).group_by("account_id").agg(pl.col("signed").sum())
    )
    _add_to_accounts(session, _of_issues(rows))
    gained = int(rows.filter(pl.col("signed") > 0)["amount_cents"].sum())
    return Batch(rows.height, gained, int(rows["amount_cents"].sum()) - gained)


def _append(session: Session, rows: pl.DataFrame) -> None:
    # The rows go past SQLAlchemy, and so do the errors of the driver.
    driver: Any = session.connection().dialect.dbapi
    try:
        append_frame(session, PointTransfer, rows)
    except driver.IntegrityError as error:
        if "transfer_id" not in str(error):
            raise
        raise PostedMeanwhile(
            "another settlement posted some of these awards at this moment; what it posted stands, and the next run "
            "posts the rest"
        ) from error


def _locked_accounts(session: Session, volunteers: Sequence[int], at: datetime) -> pl.DataFrame:
    """account_id, volunteer_id, owed_cents of each volunteer; accounts that are missing are opened; all are locked."""
    there = _accounts_of(session, volunteers, lock=False)
    missing = sorted(set(volunteers) - set(there["volunteer_id"].to_list()))
    if missing:
        is_postgresql = session.connection().dialect.name == "postgresql"
        among = "unnest(CAST(:new AS bigint[])) AS new(value)" if is_postgresql else "json_each(:new)"
        session.execute(
            text(
                "INSERT INTO point_accounts (code, kind, volunteer_id, balance_cents, held_cents, owed_cents, "  # noqa: S608
                "opened_at, updated_at) SELECT 'volunteer:' || CAST(value AS VARCHAR(20)), 'volunteer', value, "
                f"0, 0, 0, :at, :at FROM {among} WHERE true ON CONFLICT DO NOTHING"
            ).bindparams(bindparam("at", type_=UtcSeconds())),
            {"new": missing if is_postgresql else json.dumps(missing), "at": at},
        )
    return _accounts_of(session, volunteers, lock=True)


def _accounts_of(session: Session, volunteers: Sequence[int], *, lock: bool) -> pl.DataFrame:
    is_postgresql = session.connection().dialect.name == "postgresql"
    among = "= ANY(:volunteers)" if is_postgresql else "IN (SELECT value FROM json_each(:volunteers))"
    end = "FOR UPDATE" if lock and is_postgresql else ""
    rows = session.execute(
        text(
            "SELECT account_id, volunteer_id, owed_cents FROM point_accounts "  # noqa: S608 - no value of a user
            f"WHERE volunteer_id {among} ORDER BY account_id {end}"
        ),
        {"volunteers": list(volunteers) if is_postgresql else json.dumps(list(volunteers))},
    ).all()
    schema = {"account_id": pl.Int64, "volunteer_id": pl.Int64, "owed_cents": pl.Int64}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _numbers(session: Session, count: int) -> list[int]:
    """So many numbers of transfers, of which nobody else gets any."""
    if session.connection().dialect.name == "postgresql":
        # Whoever seals the chain must not believe that these numbers will never come.
        session.execute(text("LOCK TABLE point_transfers IN ROW EXCLUSIVE MODE"))
        drawn = text(
            "SELECT array_agg(nextval(pg_get_serial_sequence('point_transfers', 'transfer_no'))) "
            "FROM generate_series(1, :count)"
        )
        return session.scalar(drawn, {"count": count}) or []
    last = session.scalar(select(func.max(PointTransfer.transfer_no))) or 0
    return list(range(last + 1, last + 1 + count))


def _as_transfers(
    due: pl.DataFrame, accounts: pl.DataFrame, issues: Mapping[int, int], numbers: list[int]
) -> pl.DataFrame:
    """The differences as rows of transfers, and what is needed to put them into lots."""
    careful = due.filter(pl.col("amount_cents") < 0)["volunteer_id"].unique()
    issue_of = pl.DataFrame(
        {"near": list(issues), "issue": list(issues.values())}, schema={"near": pl.Int64, "issue": pl.Int64}
    )
    is_gain = pl.col("signed") > 0
    return (
        due.join(accounts, on="volunteer_id", how="left", maintain_order="left")
        .with_columns(
            near=pl.col("account_id") % SPREAD["issue"],
            signed=pl.col("amount_cents"),
            transfer_id=pl.Series(_ids(due), dtype=pl.String),
            transfer_no=pl.Series(numbers, dtype=pl.Int64),
            needs_care=pl.col("volunteer_id").is_in(careful.to_list()) | (pl.col("owed_cents") > 0),
        )
        .join(issue_of, on="near", how="left", maintain_order="left")
        .with_columns(
            kind=pl.lit("award"),
            debit_account_id=pl.when(is_gain).then("issue").otherwise("account_id"),
            credit_account_id=pl.when(is_gain).then("account_id").otherwise("issue"),
            amount_cents=pl.col("signed").abs(),
        )
        .drop("near", "issue", "postings", "owed_cents")
    )


def _ids(due: pl.DataFrame) -> list[str]:
    said = due.select(pl.concat_str("award_id", "volunteer_id", "earned_on", "postings", separator="|"))
    made = (hashlib.blake2b(one.encode(), digest_size=16).hexdigest() for one in said.to_series())
    # A UUID of version 8 (RFC 9562): made by a rule of our own.
    return [f"{one[:8]}-{one[8:12]}-8{one[13:16]}-a{one[17:20]}-{one[20:]}" for one in made]


def _put_in(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    """Put what was gained into the lots of the accounts that owe nothing, and return the moves."""
    moves = rows.select(
        "account_id",
        "transfer_no",
        earned_month=pl.col("earned_on").dt.truncate("1mo"),
        amount_cents=pl.col("signed"),
    )
    added = moves.group_by("account_id", "earned_month").agg(pl.col("amount_cents").sum())
    ends = {month: expires_on(month) for month in added["earned_month"].unique()}
    values = added.sort("account_id", "earned_month").rows()
    statement = (
        "INSERT INTO point_lots (account_id, earned_month, remaining_cents, held_cents, owed_cents, expires_on, "
        "updated_at) {values} ON CONFLICT (account_id, earned_month) DO UPDATE SET "
        "remaining_cents = point_lots.remaining_cents + excluded.remaining_cents, updated_at = excluded.updated_at"
    )
    now = utc_now().replace(tzinfo=None)
    if not values:
        return moves
    if session.connection().dialect.name == "postgresql":
        listed = (
            "SELECT a, m, r, 0, 0, e, :now FROM unnest(CAST(:a AS bigint[]), CAST(:m AS date[]), "
            "CAST(:r AS bigint[]), CAST(:e AS date[])) AS u(a, m, r, e)"
        )
        account, month, amount = (list(column) for column in zip(*values, strict=True))
        given: Any = {"a": account, "m": month, "r": amount, "e": [ends[one] for one in month], "now": now}
    else:
        listed = "VALUES (:a, :m, :r, 0, 0, :e, :now)"
        stamp = f"{now:%Y-%m-%d %H:%M:%S.000000}"
        given = [{"a": a, "m": str(m), "r": r, "e": str(ends[m]), "now": stamp} for a, m, r in values]
    session.execute(text(statement.format(values=listed)), given)
    return moves


def _correct(session: Session, rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Post what is taken back, and what is gained by those who owe, account by account; the moves.

    What is gained comes first, so that as little as can be is owed.
    """
    found: list[tuple[int, int, date, int]] = []
    for (volunteer_id,), of_one in rows.group_by("volunteer_id", maintain_order=True):
        account = lock_volunteer_account(session, int(str(volunteer_id)), at)
        ordered = of_one.sort(pl.col("signed") < 0, "transfer_no")
        for number, earned_on, signed in ordered.select("transfer_no", "earned_on", "signed").iter_rows():
            month = earned_on.replace(day=1)
            moves: Moves = (
                put_in(account.lots, signed, month) if signed > 0 else take_back(account.lots, -signed, month)
            )
            found += [(account.account_id, number, touched, amount) for touched, amount in moves.items()]
        save(session, account)
    schema = {
        "account_id": pl.Int64, "transfer_no": pl.Int64, "earned_month": pl.Date, "amount_cents": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(found, schema=schema, orient="row")


def _of_issues(rows: pl.DataFrame) -> pl.DataFrame:
    """What the issuing accounts give, by account."""
    issue = pl.when(pl.col("signed") > 0).then("debit_account_id").otherwise("credit_account_id")
    return rows.group_by(issue.alias("account_id")).agg(-pl.col("signed").sum())


def _add_to_accounts(session: Session, added: pl.DataFrame) -> None:
    values = added.sort("account_id").rows()
    if not values:
        return
    if session.connection().dialect.name == "postgresql":
        account, amount = (list(column) for column in zip(*values, strict=True))
        session.execute(
            text(
                "UPDATE point_accounts AS p SET balance_cents = p.balance_cents + u.amount, updated_at = :now "
                "FROM unnest(CAST(:a AS bigint[]), CAST(:r AS bigint[])) AS u(account_id, amount) "
                "WHERE p.account_id = u.account_id"
            ),
            {"a": account, "r": amount, "now": utc_now().replace(tzinfo=None)},
        )
        return
    session.execute(
        text(
            "UPDATE point_accounts SET balance_cents = balance_cents + :r, updated_at = :now WHERE account_id = :a"
        ),
        [{"a": a, "r": r, "now": f"{utc_now():%Y-%m-%d %H:%M:%S.000000}"} for a, r in values],
    )


def _period(session: Session, at: datetime) -> date:
    return period_after(session.scalar(select(func.max(PointPeriod.period))), at)
