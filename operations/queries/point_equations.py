"""What must be equal in operations at every moment: the ledger against itself, and against it what points buy.

Here: both sides of each equation in a few sums. `EQUATIONS` is what the page of reconciliation shows besides the marts,
and what stops a run that finds it broken: whoever sells for points adds the equation of theirs, and its texts
(`reconcile.<name>`). Never here: proving every row (ledger_proof.py).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, scope_of
from operations.model import PointAccount

from .equation import Equation
from .mall_proof import mall_orders_are_in_the_ledger
from .shop_reconciliation import shop_files_hold_redemptions, shop_redemptions_are_in_the_ledger


def accounts_add_up(session: Session) -> Equation:
    """What volunteers have, and what was issued less what went to the mall, the shops, ran out or was adjusted."""
    sums: dict[str, int] = {
        kind: int(cents)
        for kind, cents in session.execute(
            select(PointAccount.kind, func.sum(PointAccount.balance_cents)).group_by(PointAccount.kind)
        )
    }
    volunteers = sums.pop("volunteer", 0)
    return Equation("accounts_add_up", volunteers, -sum(sums.values()))


EQUATIONS: tuple[Callable[[Session], Equation], ...] = (
    accounts_add_up,
    mall_orders_are_in_the_ledger,
    shop_redemptions_are_in_the_ledger,
    shop_files_hold_redemptions,
)


def equations(session: Session, actor: Actor) -> list[Equation]:
    """Every equation as it stands now, for who sees the points of the whole city; for others none.

    Raises `NotAllowed` for who sees no sums of points anywhere.
    """
    scope = scope_of(actor, Action.VIEW_POINT_TOTALS)
    if scope.kind == "nothing":
        raise NotAllowed(f"{actor.name} ({actor.role}) may not view point totals")
    return [one(session) for one in EQUATIONS] if scope.kind == "everything" else []
