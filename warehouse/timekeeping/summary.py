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
        taps = sessions.filter(pl.col("channel") == "CARD")
        for end in ("opening_event_id", "closing_event_id"):
            self.taps_in_sessions += taps.height - taps[end].null_count()
        for name in ("raw_minutes", "net_minutes", "settled_minutes", "review_minutes", "void_minutes"):
            setattr(self, name, getattr(self, name) + int(sessions[name].sum()))
        credit = int(sessions.filter(pl.col("hour_kind") == "credit")["net_minutes"].sum())
        self.credit_minutes += credit
        self.honour_minutes += int(sessions["net_minutes"].sum()) - credit
