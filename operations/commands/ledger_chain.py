"""The chain over the transfers: each link holds the digest of the link before and of one transfer's content.

Here: how a link is made, and adding links for transfers that have none yet ("sealing"). Never here: proving the
chain, which queries/ledger_proof.py does.

Links are added after the transfers, not with them: a transfer that had to know the one before it would make all wait
for each other until each is on the disk (docs/decisions/0035).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from operations.database import writing
from operations.model import PointLink, PointTransfer

from .bulk import append_frame

GENESIS = "0" * 64
AT_ONCE = 50_000
# What a link covers, in this order; `updated_at` is no part of a transfer.
CONTENT = (
    PointTransfer.transfer_no,
    PointTransfer.transfer_id,
    PointTransfer.kind,
    PointTransfer.debit_account_id,
    PointTransfer.credit_account_id,
    PointTransfer.amount_cents,
    PointTransfer.period,
    PointTransfer.posted_at,
    PointTransfer.award_id,
    PointTransfer.earned_on,
    PointTransfer.rule_version,
    PointTransfer.reverses_no,
    PointTransfer.hold_id,
    PointTransfer.reference,
    PointTransfer.actor,
    PointTransfer.role,
    PointTransfer.reason,
)


def digest_after(digest: str, content: Sequence[Any]) -> str:
    """The digest of the link for a transfer (the values of `CONTENT`) after the link with `digest`: SHA-256, in hex."""
    said = json.dumps(list(content), default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{digest}\n{said}".encode()).hexdigest()


def end_of_chain(session: Session) -> tuple[int, str]:
    """The number of the last transfer that has a link, and the link's digest."""
    row = session.execute(
        select(PointLink.transfer_no, PointLink.digest).order_by(PointLink.transfer_no.desc()).limit(1)
    ).one_or_none()
    return (0, GENESIS) if row is None else (row.transfer_no, row.digest)


def seal(engine: Engine) -> int:
    """Add the links of all transfers that are committed, and return their number. Safe to run from several processes.

    Transfers wait only for the moment in which the last number is read.
    """
    with writing(engine) as session:
        last = _last_settled(session)
    sealed = 0
    while True:
        with writing(engine) as session:
            added = _add_links(session, last, AT_ONCE)
        sealed += added
        if added < AT_ONCE:
            return sealed


def seal_within(session: Session) -> int:
    """Like `seal`, within a transaction that no transfer is written beside: they wait until it ends."""
    last = _last_settled(session)
    sealed = 0
    while added := _add_links(session, last, AT_ONCE):
        sealed += added
    return sealed


def _last_settled(session: Session) -> int:
    """The number up to which every transfer is committed or never will be.

    On PostgreSQL numbers are given out in another order than transactions end: nobody may be at it at this moment.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE point_transfers IN SHARE MODE"))
    return session.scalar(select(func.max(PointTransfer.transfer_no))) or 0


def _add_links(session: Session, last: int, at_most: int) -> int:
    if session.connection().dialect.name == "postgresql":
        # One at a time: two would add the same links.
        session.execute(text("LOCK TABLE point_links IN SHARE ROW EXCLUSIVE MODE"))
    number, digest = end_of_chain(session)
    rows = session.execute(
        select(*CONTENT)
        .where(PointTransfer.transfer_no > number, PointTransfer.transfer_no <= last)
        .order_by(PointTransfer.transfer_no)
        .limit(at_most)
    )
    numbers, digests = [], []
    for row in rows:
        digest = digest_after(digest, row)
        numbers.append(row[0])
        digests.append(digest)
    if numbers:
        append_frame(session, PointLink, pl.DataFrame({"transfer_no": numbers, "digest": digests}))
    return len(numbers)
