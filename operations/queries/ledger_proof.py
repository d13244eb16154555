"""Proving the points ledger: every balance against its entries, every link of the chain, every hold ended once.

Here: rules that select what breaks them. Never here: mending it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from operations.commands.ledger_chain import CONTENT, GENESIS, digest_after
from operations.model import PointLink, PointTransfer

from .ledger_rules import GUARDS, RULES, WITH_ENTRIES

SHOWN = 5


@dataclass(frozen=True)
class Proof:
    """One rule of the ledger, and what breaks it: how much, and the first of it in words."""

    rule: str
    said: str
    broken: int
    examples: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks the rule."""
        return self.broken == 0


def prove_ledger(session: Session) -> Iterator[Proof]:
    """Prove every rule on one state of the database (a session of `reading`), one after the other; the chain last."""
    for rule, (said, sql) in RULES.items():
        broken, examples = 0, []
        for row in session.execute(text(WITH_ENTRIES + sql)).yield_per(1000):
            broken += 1
            if len(examples) < SHOWN:
                examples.append(str(row[0]))
        yield Proof(rule, said, broken, tuple(examples))
    yield _guards(session)
    yield _chain(session)


def _guards(session: Session) -> Proof:
    asked, wanted = GUARDS[session.connection().dialect.name]
    there = set(session.scalars(text(asked)))
    missing = [name for name in wanted if name not in there]
    return Proof(
        "guards_are_in_place",
        "The database itself refuses to change or delete what was written",
        len(missing),
        tuple(f"the trigger {name} is missing" for name in missing[:SHOWN]),
    )


def _chain(session: Session) -> Proof:
    problems = list(_broken_links(session))
    return Proof(
        "chain_is_intact",
        "Every link of the chain fits the link before it and its transfer",
        len(problems),
        tuple(problems[:SHOWN]),
    )


def _broken_links(session: Session) -> Iterator[str]:
    digest: str = GENESIS
    last: int = 0
    links = session.execute(
        select(PointLink.transfer_no, PointLink.digest, *CONTENT)
        .outerjoin_from(PointLink, PointTransfer, PointTransfer.transfer_no == PointLink.transfer_no)
        .order_by(PointLink.transfer_no)
    ).yield_per(20_000)
    for link in links:
        number, kept, content = int(link[0]), str(link[1]), link[2:]
        if content[0] is None:
            yield f"transfer {number} was deleted"
        elif kept != digest_after(digest, content):
            yield f"transfer {number} was changed, or one before it was put in or taken out"
        # Each link is held against what is kept of the one before, so that one change is named once.
        digest, last = kept, number
    yield from session.scalars(text(_WITHOUT_LINK), {"last": last})
    yield from session.scalars(text(_OTHER_END))


_WITHOUT_LINK = """
    SELECT 'transfer ' || CAST(t.transfer_no AS VARCHAR(40)) || ' was put in afterwards' FROM point_transfers AS t
    LEFT JOIN point_links AS l ON l.transfer_no = t.transfer_no
    WHERE l.transfer_no IS NULL AND t.transfer_no <= :last
"""
_OTHER_END = """
    SELECT 'the chain up to the closed month ' || CAST(p.period AS VARCHAR(40)) || ' was written anew'
    FROM point_periods AS p LEFT JOIN point_links AS l ON l.transfer_no = p.last_transfer_no
    WHERE p.last_transfer_no > 0 AND (l.digest IS NULL OR l.digest <> p.digest)
"""
