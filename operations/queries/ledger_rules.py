"""The rules of the points ledger as SQL, the same for SQLite and PostgreSQL, and the triggers that guard it.

Here: what is said and what breaks it. Never here: running it (ledger_proof.py).
"""

from __future__ import annotations

# What every transfer does to both of its accounts; put before each rule.
WITH_ENTRIES = """
WITH entries AS (
    SELECT debit_account_id AS account_id, transfer_no, kind, hold_id, -amount_cents AS amount_cents
    FROM point_transfers
    UNION ALL
    SELECT credit_account_id, transfer_no, kind, hold_id, amount_cents FROM point_transfers
)
"""
# Each rule: what it says, and SQL for one text per row that breaks it. Two sides are compared as one sum and not by a
# full join, for which SQLite goes through the one side once for every row of the other.
RULES: dict[str, tuple[str, str]] = {
    "accounts_sum_to_zero": (
        "The balances of all accounts add up to 0",
        "SELECT 'the sum is ' || CAST(SUM(balance_cents) AS VARCHAR(40)) FROM point_accounts "
        "HAVING SUM(balance_cents) <> 0",
    ),
    "balances_are_entries": (
        "The balance of an account is the sum of its entries",
        """
        SELECT 'account ' || a.code || ': balance ' || CAST(a.balance_cents AS VARCHAR(40)) || ', entries '
            || CAST(COALESCE(e.amount_cents, 0) AS VARCHAR(40))
        FROM point_accounts AS a
        LEFT JOIN (SELECT account_id, SUM(amount_cents) AS amount_cents FROM entries
            GROUP BY account_id) AS e ON e.account_id = a.account_id
        WHERE a.balance_cents <> COALESCE(e.amount_cents, 0)
        """,
    ),
    "lots_are_balances": (
        "The lots of a volunteer's account add up to its balance, to what is held and to what is owed",
        """
        SELECT 'account ' || a.code || ': balance ' || CAST(a.balance_cents AS VARCHAR(40)) || ', lots '
            || CAST(COALESCE(l.net, 0) AS VARCHAR(40))
        FROM point_accounts AS a
        LEFT JOIN (SELECT account_id, SUM(remaining_cents - owed_cents) AS net, SUM(held_cents) AS held,
            SUM(owed_cents) AS owed FROM point_lots GROUP BY account_id) AS l ON l.account_id = a.account_id
        WHERE a.kind = 'volunteer' AND (a.balance_cents <> COALESCE(l.net, 0) OR a.held_cents <> COALESCE(l.held, 0)
            OR a.owed_cents <> COALESCE(l.owed, 0))
        """,
    ),
    "lots_are_moves": (
        "What is in a lot is the sum of the moves in it",
        """
        SELECT 'account ' || CAST(l.account_id AS VARCHAR(40)) || ', lot ' || CAST(l.earned_month AS VARCHAR(40))
        FROM point_lots AS l
        LEFT JOIN (SELECT account_id, earned_month, SUM(amount_cents) AS amount_cents FROM point_lot_moves
            GROUP BY account_id, earned_month) AS m
            ON m.account_id = l.account_id AND m.earned_month = l.earned_month
        WHERE l.remaining_cents - l.owed_cents <> COALESCE(m.amount_cents, 0)
        UNION ALL
        SELECT 'moves in a lot that is not there: account ' || CAST(m.account_id AS VARCHAR(40))
        FROM point_lot_moves AS m
        LEFT JOIN point_lots AS l ON l.account_id = m.account_id AND l.earned_month = m.earned_month
        WHERE l.account_id IS NULL
        """,
    ),
    "moves_are_entries": (
        "What a transfer moves in the lots of a volunteer is what it does to the balance",
        """
        SELECT 'transfer ' || CAST(transfer_no AS VARCHAR(40)) FROM (
            SELECT e.account_id, e.transfer_no, e.amount_cents FROM entries AS e
            JOIN point_accounts AS a ON a.account_id = e.account_id WHERE a.kind = 'volunteer'
            UNION ALL
            SELECT account_id, transfer_no, -amount_cents FROM point_lot_moves
        ) AS sides
        GROUP BY account_id, transfer_no HAVING SUM(amount_cents) <> 0
        """,
    ),
    "nobody_spends_below_zero": (
        "No spending and no expiry takes a volunteer's balance below zero; what was held before counts as spent then",
        """
        SELECT 'transfer ' || CAST(transfer_no AS VARCHAR(40)) FROM (
            SELECT e.transfer_no, e.kind, e.hold_id,
                SUM(e.amount_cents) OVER (PARTITION BY e.account_id ORDER BY e.transfer_no) AS balance_cents
            FROM entries AS e JOIN point_accounts AS a ON a.account_id = e.account_id
            WHERE a.kind = 'volunteer'
        ) AS running
        WHERE balance_cents < 0 AND kind IN ('spend', 'expiry') AND hold_id IS NULL
        UNION ALL
        SELECT 'account ' || code || ' is below zero and owes less' FROM point_accounts
        WHERE kind = 'volunteer' AND balance_cents + owed_cents < held_cents
        """,
    ),
    "holds_are_held": (
        "What is held in a lot and in an account is what its open holds say",
        """
        SELECT 'account ' || a.code || ': held ' || CAST(a.held_cents AS VARCHAR(40)) || ', open holds '
            || CAST(COALESCE(h.amount_cents, 0) AS VARCHAR(40))
        FROM point_accounts AS a
        LEFT JOIN (SELECT account_id, SUM(amount_cents) AS amount_cents FROM point_holds WHERE state = 'open'
            GROUP BY account_id) AS h ON h.account_id = a.account_id
        WHERE a.held_cents <> COALESCE(h.amount_cents, 0)
        UNION ALL
        SELECT 'hold ' || h.hold_id || ' and its lots differ' FROM point_holds AS h
        LEFT JOIN (SELECT hold_id, SUM(amount_cents) AS amount_cents FROM point_hold_lots GROUP BY hold_id) AS l
            ON l.hold_id = h.hold_id
        WHERE h.amount_cents <> COALESCE(l.amount_cents, 0)
        """,
    ),
    "holds_end_once": (
        "A posted hold has exactly one transfer of what was posted, and no other hold has any",
        """
        SELECT 'hold ' || h.hold_id || ' was ' || h.state || ', transfers of it: '
            || CAST(COALESCE(t.n, 0) AS VARCHAR(40))
        FROM point_holds AS h
        LEFT JOIN (SELECT hold_id, COUNT(*) AS n, SUM(amount_cents) AS amount_cents FROM point_transfers
            WHERE hold_id IS NOT NULL GROUP BY hold_id) AS t ON t.hold_id = h.hold_id
        WHERE (CASE WHEN h.state = 'posted' THEN 1 ELSE 0 END) <> COALESCE(t.n, 0)
            OR COALESCE(h.posted_cents, 0) <> COALESCE(t.amount_cents, 0)
        """,
    ),
    "reversals_stay_within": (
        "What is given back of a transfer is at most what it was, between the same accounts",
        """
        SELECT 'transfer ' || CAST(o.transfer_no AS VARCHAR(40)) FROM point_transfers AS o
        JOIN point_transfers AS r ON r.reverses_no = o.transfer_no
        GROUP BY o.transfer_no, o.amount_cents, o.debit_account_id, o.credit_account_id
        HAVING SUM(r.amount_cents) > o.amount_cents OR MIN(r.credit_account_id) <> o.debit_account_id
            OR MAX(r.credit_account_id) <> o.debit_account_id OR MIN(r.debit_account_id) <> o.credit_account_id
            OR MAX(r.debit_account_id) <> o.credit_account_id
        """,
    ),
    "awards_stay_above_zero": (
        "No award is below zero after its corrections",
        """
        SELECT 'award ' || t.award_id || ' of account ' || CAST(e.account_id AS VARCHAR(40))
        FROM entries AS e
        JOIN point_accounts AS a ON a.account_id = e.account_id
        JOIN point_transfers AS t ON t.transfer_no = e.transfer_no
        WHERE e.kind = 'award' AND a.kind = 'volunteer'
        GROUP BY t.award_id, t.earned_on, e.account_id
        HAVING SUM(e.amount_cents) < 0
        """,
    ),
    "closed_months_take_no_entries": (
        "No transfer was written into a month after it was closed",
        """
        SELECT 'transfer ' || CAST(t.transfer_no AS VARCHAR(40)) || ' in ' || CAST(t.period AS VARCHAR(40))
        FROM point_transfers AS t JOIN point_periods AS p ON t.period <= p.period AND t.transfer_no > p.last_transfer_no
        """,
    ),
}  # fmt: skip
# The tables of which rows are added and never changed.
KEPT = (
    "point_transfers", "point_lot_moves", "point_links", "point_periods",
    "shop_refunds", "refused_redemptions", "shop_settlements", "shop_settlement_lines",
)  # fmt: skip
GUARDS = {
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        (
            *(f"{table}_stay_{verb}" for table in KEPT for verb in ("update", "delete")),
            "point_holds_stay_delete", "point_holds_end_once", "point_periods_stay_closed",
        ),
    ),
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
        (
            *(f"{table}_stay" for table in (*KEPT, "point_holds")),
            "point_holds_end_once", "point_periods_stay_closed",
        ),
    ),
}  # fmt: skip
