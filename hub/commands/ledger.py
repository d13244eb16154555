"""`hub ledger`: proving the points ledger, and sealing its chain."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import typer

from ..console import say
from ..failures import HubError

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Prove the points ledger, and seal its chain.

    Example: HUB_HOME=/srv/hub hub ledger verify
    """,
)


@app.command()
def verify() -> None:
    """Prove the points ledger: balances, lots and holds against the entries, the sum of all accounts, the chain.

    And the mall against it: every order, refund and closed month, and the stock against what moved it.

    Changes nothing. Exits with 1 if a rule does not hold, naming it and what breaks it.

    Example: HUB_HOME=/srv/hub hub ledger verify
    """
    from operations.database import reading
    from operations.queries.ledger_proof import prove_ledger
    from operations.queries.mall_proof import prove_mall

    broken = []
    with reading(_ledger()) as session:
        for proof in chain(prove_ledger(session), prove_mall(session)):
            say(
                f"{'ok' if proof.holds else 'BROKEN':<7} {proof.said}",
                style=None if proof.holds else "bold red",
            )
            for example in proof.examples:
                say(f"        {example}", style="red")
            if proof.broken > len(proof.examples):
                say(f"        and {proof.broken - len(proof.examples):,} more", style="red")
            if not proof.holds:
                broken.append(proof.rule)
    if broken:
        raise HubError(
            f"The points ledger is broken: {', '.join(broken)}. Let nobody spend, keep the database as it is, and "
            "compare it with the last backup."
        )


@app.command()
def seal() -> None:
    """Add to the chain what was written since the last time, and say its end; the pipelines do so after each run.

    Write the end down somewhere else (print it, sign it): whoever writes the past anew cannot change it there.

    Example: HUB_HOME=/srv/hub hub ledger seal
    """
    from operations.commands.ledger_chain import end_of_chain
    from operations.commands.ledger_chain import seal as seal_transfers
    from operations.database import reading

    engine = _ledger()
    added = seal_transfers(engine)
    with reading(engine) as session:
        number, digest = end_of_chain(session)
    say(f"{added:,} transfers sealed. The chain ends at transfer {number}: {digest}")


def _ledger() -> Engine:
    from operations.database import must_be_there, open_database

    from ..settings import load

    settings = load()
    must_be_there(settings.operations_url)
    return open_database(settings.operations_url)
