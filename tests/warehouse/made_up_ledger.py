"""A points ledger of a few lines, for what the warehouse says of it: accounts, transfers and lots as in operations.

Which lots points come out of is worked out by the ledger's own arithmetic (operations.commands.ledger_lots).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb

from operations.commands.ledger_lots import Lot, Moves, give_back, put_in, take_back, take_out
from tests.warehouse.rows import put

RAW = ("raw.point_accounts", "raw.point_transfers", "raw.point_lots")
# Accounts of the system; those of volunteers are 1000 and their id.
SYSTEM = {"issue": 1, "mall": 2, "shop": 3, "expired": 4, "adjustment": 5}
CODES = {kind: "shop:7" if kind == "shop" else f"{kind}:00" for kind in SYSTEM}


@dataclass
class MadeUpLedger:
    """What was moved, and what is left. Days are local; each transfer is written at noon of its day in Hangzhou."""

    lots: dict[int, list[Lot]] = field(default_factory=dict)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[int, tuple[int, str, Moves]] = field(default_factory=dict)
    balances: dict[int, int] = field(default_factory=dict)

    def award(self, volunteer: int, amount: int, earned_on: date, *, on: date, award_id: str = "") -> int:
        """Post what a session earned, below zero a correction of it."""
        lots = self.lots.setdefault(volunteer, [])
        month = earned_on.replace(day=1)
        if amount > 0:
            put_in(lots, amount, month)
        else:
            take_back(lots, -amount, month)
        told = {"award_id": award_id or f"{volunteer}/{earned_on}", "earned_on": earned_on}
        return self._write("award", volunteer, "issue", amount, on, **told)

    def spend(self, volunteer: int, amount: int, *, on: date, at: str = "mall") -> int:
        """Spend at the mall or a shop; `NotEnough` if there is less."""
        moves = take_out(self.lots.setdefault(volunteer, []), amount)
        number = self._write("spend", volunteer, at, -amount, on, reference="order:1")
        self.taken[number] = (volunteer, at, {month: -moved for month, moved in moves.items()})
        return number

    def refund(self, number: int, amount: int, *, on: date) -> int:
        """Give back a part of what was spent or ran out."""
        volunteer, at, moves = self.taken[number]
        give_back(self.lots[volunteer], amount, moves)
        left = amount
        for month in sorted(moves, reverse=True):
            part = min(left, moves[month])
            moves[month] -= part
            left -= part
        return self._write("reversal", volunteer, at, amount, on, reverses_no=number)

    def expire(self, volunteer: int, amount: int, *, on: date) -> int:
        """Let some of the oldest points run out."""
        moves = take_out(self.lots.setdefault(volunteer, []), amount)
        number = self._write("expiry", volunteer, "expired", -amount, on)
        self.taken[number] = (volunteer, "expired", {month: -moved for month, moved in moves.items()})
        return number

    def adjust(self, volunteer: int, amount: int, *, on: date) -> int:
        """Add or take by hand."""
        lots = self.lots.setdefault(volunteer, [])
        if amount > 0:
            put_in(lots, amount, on.replace(day=1))
        else:
            take_back(lots, -amount, on.replace(day=1))
        return self._write("adjustment", volunteer, "adjustment", amount, on)

    def into(self, con: duckdb.DuckDBPyConnection) -> None:
        """Let the raw tables hold this ledger and nothing else."""
        for name in RAW:
            con.execute(f"DELETE FROM {name}")
        for kind, account in SYSTEM.items():
            told = {"code": CODES[kind], "kind": kind, "balance_cents": self.balances.get(account, 0)}
            put(con, "raw.point_accounts", {"account_id": account, **told})
        for volunteer, lots in self.lots.items():
            account = 1000 + volunteer
            owner = {"account_id": account, "volunteer_id": volunteer, "kind": "volunteer"}
            put(con, "raw.point_accounts", owner | {
                "code": f"volunteer:{volunteer}", "balance_cents": self.balances.get(account, 0),
                "owed_cents": sum(lot.owed for lot in lots)})  # fmt: skip
            for lot in lots:
                put(con, "raw.point_lots", {
                    "account_id": account, "earned_month": lot.earned_month, "remaining_cents": lot.remaining,
                    "owed_cents": lot.owed, "expires_on": date(lot.earned_month.year + 3, 12, 31)})  # fmt: skip
        put(con, "raw.point_transfers", *self.transfers)

    def _write(self, kind: str, volunteer: int, other: str, signed: int, on: date, **told: Any) -> int:
        sides = (SYSTEM[other], 1000 + volunteer)
        debit, credit = sides if signed > 0 else sides[::-1]
        number = len(self.transfers) + 1
        self.transfers.append({
            "transfer_no": number, "kind": kind, "debit_account_id": debit, "credit_account_id": credit,
            "amount_cents": abs(signed), "period": on.replace(day=1),
            "posted_at": datetime.combine(on, time(12)) - timedelta(hours=8), **told})  # fmt: skip
        for account, change in ((debit, -abs(signed)), (credit, abs(signed))):
            self.balances[account] = self.balances.get(account, 0) + change
        return number
