"""How dirty the sample city's data is: one rate for each thing that goes wrong in the field.

Here: the rates and what each means. Never here: how the dirt is made (that is where the events are made).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Dirt:
    """Rates between 0 and 1; each says of what it is a share. The defaults follow what cities report.

    Raises `ValueError` for a rate outside 0 to 1, naming it.
    """

    resend: float = 0.02  # of tap lines: sent again unchanged, seconds to hours later
    conflicting_resend: float = 0.0015  # of tap lines: the same device number and sequence with another card
    double_tap: float = 0.05  # of taps: the card held twice, 1 to 50 s apart
    forgotten_out: float = 0.05  # of attendances: left without a tap or check-out
    forgotten_in: float = 0.006  # of attendances: came without one; on directed readers an orphan out
    too_short: float = 0.006  # of attendances: left after 2 to 8 minutes
    left_early: float = 0.02  # of attendances at shifts: left before half of the time was over
    many_sessions: float = 0.001  # of card attendances at shifts: in and out four times
    overlap_app_card: float = 0.02  # of card attendances at shifts: signed in by app as well
    overlapping_sign_ups: float = (
        0.01  # of card attendances at shifts: also signed up for a clashing shift there
    )
    across_day_break: float = 0.0005  # of attendances at standing posts: across 04:00, where the day breaks
    proxy_swipe: float = 0.0006  # of shifts: one person swipes the cards of mates who are not there
    lent_card: float = 0.0005  # of attendances by app: a mate swipes the card in another district meanwhile
    small_clock_offset: float = 0.06  # of devices: clock off by up to 10 minutes, told by heartbeats
    big_clock_offset: float = 0.012  # of devices: clock off by hours for some days, told by heartbeats
    future_tap: float = 0.0006  # of taps: stamped in the future, unknown to heartbeats
    stale_tap: float = 0.0006  # of taps: stamped more than 30 days back, unknown to heartbeats
    offline_device: float = 0.04  # of devices: some days without network, taps uploaded afterwards
    silent_device: float = 0.02  # of devices: no sign of life from some day on, or none at all
    retired_device: float = 0.02  # of devices: taken out of service
    lost_card: float = 0.02  # of card holders: lost and re-issued, a third of them while serving
    found_card: float = 0.3  # of lost cards: somebody finds one and taps with it
    late_binding: float = 0.006  # of card holders: used the card before it was bound
    unknown_card: float = 0.004  # of taps: one more by a card of nobody
    unknown_device: float = 0.002  # of attendances by card: at a reader that is not registered
    malformed_line: float = 0.001  # of tap lines: one more that cannot be read
    late_check_in: float = 0.03  # of check-ins: the phone had no network, received up to 5 hours later
    night_shift: float = (
        0.10  # of activities of a kind that is held at night: across midnight, most across 04:00
    )
    made_good: float = 0.35  # of forgotten check-outs at shifts: an honour record makes good for it
    doubly_entered: float = (
        0.0025  # of clean attendances at shifts: an honour record besides, half of them above plan
    )
    late_entry: float = 0.05  # of service on paper: entered more than 30 days later
    burst_entry: float = (
        1 / 30
    )  # of days, at least two: an administrator sells the hours of 26 who never came
    self_granted: float = 1 / 30  # of days, at least two: the same administrator enters a record for himself

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} is a share from 0 to 1, got {getattr(self, field.name)!r}")

    @classmethod
    def none(cls) -> Dirt:
        """A city in which nothing goes wrong."""
        return cls(**{field.name: 0.0 for field in fields(cls)})

    def but(self, **rates: float) -> Dirt:
        """The same rates, but for those named."""
        return replace(self, **rates)
