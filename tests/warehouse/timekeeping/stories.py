"""Building a world by hand, one fact a call, with everything that a test is not about already in place.

Here: a volunteer 1 with card c1, a toggle reader D1 at site 1, readers D2 (site 2), and directed ones E1, E2.
Never here: expectations.
"""

# ruff: noqa: PLR0917 -- a fact is told in few words, with the times first.
from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tests.warehouse.timekeeping.reference import World
from tests.warehouse.timekeeping.worlds import intake_of, kept_of, local


class Story(World):
    """A world in which times are told in local time, e.g. '2026-08-03 09:00'."""

    def __init__(self) -> None:
        super().__init__()
        self.devices = [
            {"device_no": "D1", "site_id": 1, "is_directed": False},
            {"device_no": "D2", "site_id": 2, "is_directed": False},
            {"device_no": "E1", "site_id": 1, "is_directed": True},
            {"device_no": "E2", "site_id": 1, "is_directed": True},
        ]
        self.sites = [
            {"site_id": 1, "lon": 120.0, "lat": 30.0},
            {"site_id": 2, "lon": 121.0, "lat": 30.0},
        ]
        self.card("c1", volunteer=1)

    def card(self, card_no, volunteer, since="2026-01-01 00:00", until=None, lost=None) -> None:
        self.cards.append({"card_no": card_no, "reported_lost_at": lost and local(lost)})
        self.card_bindings.append(
            {
                "binding_id": len(self.card_bindings),
                "card_no": card_no,
                "volunteer_id": volunteer,
                "bound_from": local(since),
                "bound_to": until and local(until),
            }
        )

    def tap(
        self, at, card="c1", device="D1", direction=None, received=None, seq=None, malformed=None
    ) -> None:
        number = len(self.lines) + 1
        self.lines.append(
            {
                "segment": "s",
                "line_no": number,
                "device_no": device,
                "device_seq": number if seq is None else seq,
                "card_no": card,
                "tapped_at": local(at),
                "received_at": local(received or at),
                "direction": direction,
                "malformed_text": malformed,
            }
        )

    def heartbeat(self, at, offset, device="D1") -> None:
        self.heartbeats.append(
            {
                "heartbeat_id": len(self.heartbeats),
                "device_no": device,
                "received_at": local(at),
                "clock_offset_seconds": offset,
            }
        )

    def shift(self, starts, ends, shift_id=10, sites=(1,), people=(1,), permille=None) -> None:
        self.shifts.append(
            {
                "shift_id": shift_id,
                "starts_at": local(starts),
                "ends_at": local(ends),
                "min_attendance_permille": permille,
            }
        )
        self.shift_sites += [{"shift_id": shift_id, "site_id": site} for site in sites]
        self.sign_ups += [{"shift_id": shift_id, "volunteer_id": person} for person in people]

    def check_in(self, at, direction, shift_id=10, volunteer=1, site_id=None) -> None:
        self.check_ins.append(
            {
                "event_id": len(self.check_ins) + 1,
                "volunteer_id": volunteer,
                "shift_id": shift_id,
                "site_id": site_id,
                "direction": direction,
                "occurred_at": local(at),
            }
        )

    def honour(
        self,
        minutes,
        day="2026-08-03",
        start=None,
        end=None,
        shift_id=None,
        approved=True,
        by=9,
        approved_by=8,
        entered="2026-08-04 10:00",
        volunteer=1,
    ) -> None:
        self.honour_records.append(
            {
                "record_id": len(self.honour_records) + 1,
                "volunteer_id": volunteer,
                "shift_id": shift_id,
                "started_at": start and local(start),
                "ended_at": end and local(end),
                "minutes": minutes,
                "service_day": date.fromisoformat(day),
                "is_approved": approved,
                "approved_by": approved_by,
                "entered_by": by,
                "entered_at": local(entered),
            }
        )

    def reasons(self) -> list[str]:
        return intake_of(self).rejected["reason"].to_list()

    def sessions(self, *columns: str) -> list[tuple]:
        """The named columns, in local time, in the order of the output."""
        sessions = kept_of(self).sessions.with_columns(
            (pl.col("in_at", "out_at") + timedelta(hours=8)).dt.strftime("%H:%M"),
            pl.col("service_day").cast(pl.String),
        )
        return sessions.select(columns or ("in_at", "out_at", "net_minutes", "verdict")).rows()

    def flags(self, flag: str) -> list[tuple]:
        found = kept_of(self).flags.filter(pl.col("flag") == flag)
        return found.select(pl.col("service_day").cast(pl.String), "subject").rows()
