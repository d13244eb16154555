"""What became of every line and every minute of a run.

Here: counting and the balance. Never here: how it is shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from warehouse.timekeeping.events import TimeKept


@dataclass
class Summary:
    """What became of every line and every minute; `check` holds that it balances."""

    lines: int = 0
    accepted: int = 0
    resends: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    bounces: int = 0
    taps_in_sessions: int = 0
    sessions: Counter[str] = field(default_factory=Counter)
    raw_minutes: int = 0
    net_minutes: int = 0
    settled_minutes: int = 0
    review_minutes: int = 0
    void_minutes: int = 0
    credit_minutes: int = 0
    honour_minutes: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    unplaced: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Raise ArithmeticError unless taps and minutes balance."""
        taps = self.lines == self.accepted + self.resends + sum(self.rejected.values())
        used = self.accepted == self.taps_in_sessions + self.bounces
        minutes = self.net_minutes == self.settled_minutes + self.review_minutes + self.void_minutes
        if not (taps and used and minutes):
            raise ArithmeticError(f"time-keeping does not balance; please report this: {self}")

    def add(self, kept: TimeKept) -> None:
        """Count one day's outcome."""
        sessions = kept.sessions
        self.bounces += kept.bounces.height
        self.flags.update(dict(kept.flags["flag"].value_counts().rows()))
        self.sessions.update(dict(sessions["verdict"].value_counts().rows()))
        minutes = ("raw_minutes", "net_minutes", "settled_minutes", "review_minutes", "void_minutes")
        is_tap, is_credit = pl.col("channel") == "CARD", pl.col("hour_kind") == "credit"
        ends = [pl.col(end).is_not_null() & is_tap for end in ("opening_event_id", "closing_event_id")]
        sums = sessions.select(
            *(pl.col(name).sum() for name in minutes),
            taps_in_sessions=ends[0].sum() + ends[1].sum(),
            credit_minutes=(pl.col("net_minutes") * is_credit).sum(),
            honour_minutes=(pl.col("net_minutes") * ~is_credit).sum(),
        ).row(0, named=True)
        for name, value in sums.items():
            setattr(self, name, getattr(self, name) + int(value))
