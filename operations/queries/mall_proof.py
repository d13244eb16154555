"""Proving the mall: every order against the ledger, every piece of the stock against what moved it.

Here: rules that select what breaks them, as for the ledger (ledger_rules.py), and the sums of orders beside the ledger.
Never here: mending it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session, aliased

from operations.model import MallOrder, PointAccount, PointTransfer

from .equation import Equation, equation_of, is_no_award
from .ledger_proof import SHOWN, Proof

# Each rule: what it says, and SQL for one text per row that breaks it.
RULES: dict[str, tuple[str, str]] = {
    "stock_is_moves": (
        "The stock of an item is the sum of what came in and went out",
        """
        SELECT 'item ' || CAST(i.item_id AS VARCHAR(40)) || ': stock ' || CAST(i.stock AS VARCHAR(40)) || ', moves '
            || CAST(COALESCE(m.quantity, 0) AS VARCHAR(40))
        FROM mall_items AS i
        LEFT JOIN (SELECT item_id, SUM(quantity) AS quantity FROM mall_stock_moves GROUP BY item_id) AS m
            ON m.item_id = i.item_id
        WHERE i.stock <> COALESCE(m.quantity, 0)
        """,
    ),
    "stock_follows_orders": (
        "An order took its pieces out of the stock, once; back came those of one that ended, and what a refund brought",
        """
        SELECT 'order ' || CAST(order_id AS VARCHAR(40)) || ', item ' || CAST(item_id AS VARCHAR(40))
        FROM (
            SELECT l.order_id, l.item_id, l.quantity AS taken, CASE WHEN o.status IN ('cancelled', 'expired')
                THEN l.quantity ELSE COALESCE(b.quantity, 0) END AS returned
            FROM mall_order_lines AS l JOIN mall_orders AS o ON o.order_id = l.order_id
            LEFT JOIN (SELECT r.order_id, rl.item_id, SUM(rl.quantity) AS quantity FROM mall_refunds AS r
                JOIN mall_refund_lines AS rl ON rl.refund_id = r.refund_id WHERE r.is_restocked
                GROUP BY r.order_id, rl.item_id) AS b ON b.order_id = l.order_id AND b.item_id = l.item_id
            UNION ALL
            SELECT order_id, item_id, CASE WHEN kind = 'ordered' THEN quantity ELSE 0 END,
                CASE WHEN kind = 'returned' THEN -quantity ELSE 0 END
            FROM mall_stock_moves WHERE order_id IS NOT NULL
        ) AS sides
        GROUP BY order_id, item_id HAVING SUM(taken) <> 0 OR SUM(returned) <> 0
        """,
    ),
    "orders_are_lines": (
        "An order costs what its lines cost, and its refunds are those of its lines",
        """
        SELECT 'order ' || CAST(o.order_id AS VARCHAR(40)) FROM mall_orders AS o
        LEFT JOIN (SELECT order_id, SUM(quantity * price_cents) AS amount_cents,
            SUM(refunded_quantity * price_cents) AS refunded_cents FROM mall_order_lines GROUP BY order_id) AS l
            ON l.order_id = o.order_id
        LEFT JOIN (SELECT order_id, SUM(amount_cents) AS refunded_cents FROM mall_refunds GROUP BY order_id) AS r
            ON r.order_id = o.order_id
        WHERE o.amount_cents <> COALESCE(l.amount_cents, 0) OR o.refunded_cents <> COALESCE(l.refunded_cents, 0)
            OR o.refunded_cents <> COALESCE(r.refunded_cents, 0)
        """,
    ),
    "refunds_are_lines": (
        "A refund gives back what its pieces cost, and a line what all its refunds say",
        """
        SELECT 'refund ' || r.refund_id FROM mall_refunds AS r
        LEFT JOIN (SELECT rl.refund_id, SUM(rl.quantity * l.price_cents) AS amount_cents
            FROM mall_refund_lines AS rl JOIN mall_refunds AS f ON f.refund_id = rl.refund_id
            JOIN mall_order_lines AS l ON l.order_id = f.order_id AND l.item_id = rl.item_id
            GROUP BY rl.refund_id) AS s ON s.refund_id = r.refund_id
        WHERE r.amount_cents <> COALESCE(s.amount_cents, 0)
        UNION ALL
        SELECT 'order ' || CAST(l.order_id AS VARCHAR(40)) || ', item ' || CAST(l.item_id AS VARCHAR(40))
        FROM mall_order_lines AS l
        LEFT JOIN (SELECT f.order_id, rl.item_id, SUM(rl.quantity) AS quantity
            FROM mall_refund_lines AS rl JOIN mall_refunds AS f ON f.refund_id = rl.refund_id
            GROUP BY f.order_id, rl.item_id) AS b ON b.order_id = l.order_id AND b.item_id = l.item_id
        WHERE l.refunded_quantity <> COALESCE(b.quantity, 0)
        """,
    ),
    "orders_are_held": (
        "An order is one hold of just its points: open while it waits, posted once fulfilled, free once it ended",
        """
        SELECT 'order ' || CAST(o.order_id AS VARCHAR(40)) || ' is ' || o.status || ', its hold '
            || COALESCE(h.state, 'missing')
        FROM mall_orders AS o LEFT JOIN point_holds AS h ON h.hold_id = o.client_id
        WHERE h.hold_id IS NULL OR h.amount_cents <> o.amount_cents
            OR h.reference <> 'order:' || CAST(o.order_id AS VARCHAR(40))
            OR CASE o.status WHEN 'paid' THEN h.state NOT IN ('open', 'timed_out')
                WHEN 'cancelled' THEN h.state NOT IN ('voided', 'timed_out')
                WHEN 'expired' THEN h.state NOT IN ('voided', 'timed_out')
                ELSE h.state <> 'posted' OR h.posted_cents <> o.amount_cents END
        """,
    ),
    "orders_are_paid_once": (
        "A fulfilled order has one transfer of its hold, and each refund one that reverses it; no other order has any",
        """
        SELECT 'order ' || CAST(o.order_id AS VARCHAR(40)) || ': transfers ' || CAST(COALESCE(t.n, 0) AS VARCHAR(40))
        FROM mall_orders AS o
        LEFT JOIN (SELECT hold_id, COUNT(*) AS n, SUM(amount_cents) AS amount_cents, MIN(transfer_id) AS transfer_id
            FROM point_transfers WHERE hold_id IS NOT NULL GROUP BY hold_id) AS t ON t.hold_id = o.client_id
        WHERE CASE WHEN o.status IN ('fulfilled', 'refunded') THEN t.n IS NULL OR t.n <> 1
                OR t.amount_cents <> o.amount_cents OR t.transfer_id <> o.transfer_id
            ELSE t.n IS NOT NULL END
        UNION ALL
        SELECT 'refund ' || r.refund_id FROM mall_refunds AS r JOIN mall_orders AS o ON o.order_id = r.order_id
        LEFT JOIN point_transfers AS s ON s.transfer_id = o.transfer_id
        LEFT JOIN point_transfers AS b ON b.transfer_id = r.refund_id
        WHERE b.transfer_no IS NULL OR b.reverses_no IS NULL OR b.reverses_no <> s.transfer_no
            OR b.amount_cents <> r.amount_cents
        """,
    ),
    "the_mall_is_paid_for_orders_only": (
        "Every transfer to the mall is that of an order, and every one from it a refund",
        """
        SELECT 'transfer ' || CAST(t.transfer_no AS VARCHAR(40)) || ' to the mall' FROM point_transfers AS t
        JOIN point_accounts AS a ON a.account_id = t.credit_account_id
        LEFT JOIN mall_orders AS o ON o.transfer_id = t.transfer_id
        WHERE a.kind = 'mall' AND o.order_id IS NULL
        UNION ALL
        SELECT 'transfer ' || CAST(t.transfer_no AS VARCHAR(40)) || ' from the mall' FROM point_transfers AS t
        JOIN point_accounts AS a ON a.account_id = t.debit_account_id
        LEFT JOIN mall_refunds AS r ON r.refund_id = t.transfer_id
        WHERE a.kind = 'mall' AND r.refund_id IS NULL
        """,
    ),
    "months_are_orders": (
        "A supplier's closed month holds what its orders and refunds add up to, each in one month of its own supplier",
        """
        SELECT 'month ' || CAST(s.month AS VARCHAR(40)) || ' of supplier ' || CAST(s.supplier_id AS VARCHAR(40))
        FROM mall_settlements AS s
        LEFT JOIN (SELECT settlement_id, COUNT(*) AS n, SUM(amount_cents) AS amount_cents FROM mall_orders
            WHERE settlement_id IS NOT NULL GROUP BY settlement_id) AS o ON o.settlement_id = s.settlement_id
        LEFT JOIN (SELECT settlement_id, COUNT(*) AS n, SUM(amount_cents) AS amount_cents FROM mall_refunds
            WHERE settlement_id IS NOT NULL GROUP BY settlement_id) AS r ON r.settlement_id = s.settlement_id
        WHERE s.orders <> COALESCE(o.n, 0) OR s.fulfilled_cents <> COALESCE(o.amount_cents, 0)
            OR s.refunds <> COALESCE(r.n, 0) OR s.refunded_cents <> COALESCE(r.amount_cents, 0)
        UNION ALL
        SELECT 'order ' || CAST(o.order_id AS VARCHAR(40)) || ' is in a month of another supplier'
        FROM mall_orders AS o JOIN mall_settlements AS s ON s.settlement_id = o.settlement_id
        WHERE s.supplier_id <> o.supplier_id
        UNION ALL
        SELECT 'refund ' || r.refund_id || ' is in a month of another supplier' FROM mall_refunds AS r
        JOIN mall_orders AS o ON o.order_id = r.order_id
        JOIN mall_settlements AS s ON s.settlement_id = r.settlement_id WHERE s.supplier_id <> o.supplier_id
        """,
    ),
}  # fmt: skip
KEPT = ("mall_stock_moves", "mall_refund_lines", "mall_settlements")
GUARDS = {
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        [f"{table}_stay_{verb}" for table in KEPT for verb in ("update", "delete")],
    ),
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
        [f"{table}_{guard}" for table in KEPT for guard in ("stay", "stay_whole")],
    ),
}


def prove_mall(session: Session) -> Iterator[Proof]:
    """Prove every rule of the mall on one state of the database (a session of `reading`), one after the other."""
    for rule, (said, sql) in RULES.items():
        broken, examples = 0, []
        for row in session.execute(text(sql)).yield_per(1000):
            broken += 1
            if len(examples) < SHOWN:
                examples.append(str(row[0]))
        yield Proof(rule, said, broken, tuple(examples))
    asked, wanted = GUARDS[session.connection().dialect.name]
    there = set(session.scalars(text(asked)))
    missing = [f"the trigger {name} is missing" for name in wanted if name not in there]
    yield Proof(
        "mall_guards_are_in_place",
        "The database itself refuses to change or delete moves of stock and closed months",
        len(missing),
        tuple(missing[:SHOWN]),
    )


def mall_orders_are_in_the_ledger(session: Session) -> Equation:
    """What fulfilled orders cost less what was given back, and what the ledger holds for the mall; where one order
    differs, both sides of the one that differs most, so that two that are wrong in opposite ways do not hide."""
    debit, credit = aliased(PointAccount), aliased(PointAccount)
    sign = case((credit.kind == "mall", 1), else_=-1)
    name = PointTransfer.reference
    in_ledger = (
        select(name.label("name"), func.sum(PointTransfer.amount_cents * sign).label("cents"))
        .join(debit, debit.account_id == PointTransfer.debit_account_id)
        .join(credit, credit.account_id == PointTransfer.credit_account_id)
        .where(is_no_award(), (debit.kind == "mall") | (credit.kind == "mall"))
        .group_by(name)
    )
    ledger: dict[str, int] = {row[0]: int(row[1]) for row in session.execute(in_ledger)}
    ordered = session.execute(
        select(MallOrder.order_id, MallOrder.amount_cents - MallOrder.refunded_cents).where(
            MallOrder.transfer_id.is_not(None)
        )
    )
    orders: dict[str, int] = {f"order:{row[0]}": int(row[1]) for row in ordered}
    sides = [(orders.get(one, 0), ledger.get(one, 0)) for one in {*orders, *ledger}]
    return equation_of("mall_orders_are_in_the_ledger", sides)
