"""Lines accepted at a glance are exactly lines that section 1 in full accepts, with the same volunteer and time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from tests.warehouse.timekeeping.reference import World
from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import BOOK, REGISTERS, frame, intake_of, worlds
from warehouse.timekeeping.arrival import Again, Arrival, identity, repeated
from warehouse.timekeeping.lookup import Lookup

TAP = [
    "volunteer_id",
    "site_id",
    "device_no",
    "device_seq",
    "is_directed",
    "direction",
    "tapped_at",
    "service_day",
]


def glance_of(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(taps accepted at a glance, lines left) of a world's readable lines."""
    registers = {name: frame(name, getattr(world, name)) for name in REGISTERS if name != "former_placements"}
    arrival = Arrival(**registers, book=BOOK)
    lines = frame("lines", [line for line in world.lines if line["malformed_text"] is None])
    known = lines.filter(pl.col("device_no").is_in(arrival.devices["device_no"].implode()))
    device = known["device_no"].cast(arrival.readers).to_physical().to_numpy()
    again = Again(repeated(identity(device, known["device_seq"].to_numpy())))
    seen = arrival.at_a_glance(lines, again)
    return arrival.taps(seen.taps), seen.left


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_what_is_accepted_at_a_glance_is_accepted_in_full(world: World):
    world.former_placements.clear()  # plain files hold none
    taps, left = glance_of(world)
    intake = intake_of(world)
    accepted = intake.accepted.select(TAP)
    assert set(taps.select(pl.col(c).cast(accepted.schema[c]) for c in TAP).rows()) <= set(accepted.rows())
    readable = sum(line["malformed_text"] is None for line in world.lines)
    assert taps.height + left.height == readable
    # Only repeated lines and cards bound several times need the long way to be accepted.
    several = [b["card_no"] for b in world.card_bindings]
    alone = [
        line for line in world.lines if several.count(line["card_no"]) == 1 and line["malformed_text"] is None
    ]
    numbers = [(line["device_no"], line["device_seq"]) for line in world.lines]
    sure = {
        number for number in ((i["device_no"], i["device_seq"]) for i in alone) if numbers.count(number) == 1
    }
    assert sure & set(accepted.select("device_no", "device_seq").rows()) <= set(
        taps.select(pl.col("device_no").cast(pl.String), "device_seq").rows()
    )


def accepted_at_a_glance(story: Story) -> int:
    taps, _ = glance_of(story)
    assert taps.height <= intake_of(story).accepted.height
    return taps.height


@pytest.mark.parametrize(("received", "accepted"), [("08:55:00", 1), ("08:54:59", 0)])
def test_a_tap_up_to_five_minutes_after_its_arrival_is_seen_as_accepted(received: str, accepted: int):
    story = Story()
    story.tap("2026-08-03 09:00:00", received=f"2026-08-03 {received}")
    assert accepted_at_a_glance(story) == intake_of(story).accepted.height == accepted


@pytest.mark.parametrize(("received", "accepted"), [("09:00:00", 1), ("09:00:01", 0)])
def test_a_tap_up_to_thirty_days_old_is_seen_as_accepted(received: str, accepted: int):
    story = Story()
    story.tap("2026-08-03 09:00:00", received=f"2026-09-02 {received}")
    assert accepted_at_a_glance(story) == intake_of(story).accepted.height == accepted


@pytest.mark.parametrize(("offset", "accepted"), [(600, 1), (601, 0), (-600, 1), (-601, 0)])
def test_a_clock_up_to_ten_minutes_off_is_seen_as_trusted(offset: int, accepted: int):
    story = Story()
    story.heartbeat("2026-08-03 09:00", offset)
    seconds = 9 * 3600 + offset
    story.tap(
        f"2026-08-03 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        received="2026-08-03 09:00",
    )
    assert accepted_at_a_glance(story) == intake_of(story).accepted.height == accepted


@pytest.mark.parametrize(("lost", "accepted"), [("09:00:00", 1), ("08:59:59", 0)])
def test_a_tap_in_the_second_of_the_report_of_loss_still_counts(lost: str, accepted: int):
    story = Story()
    story.card("lost", volunteer=5, lost=f"2026-08-03 {lost}")
    story.tap("2026-08-03 09:00:00", card="lost")
    assert accepted_at_a_glance(story) == intake_of(story).accepted.height == accepted


@pytest.mark.parametrize(
    ("since", "until", "accepted"),
    [("09:00:00", "10:00", 1), ("09:00:01", "10:00", 0), ("08:00", "09:00:00", 0), ("08:00", "09:00:01", 1)],
)
def test_a_card_is_bound_from_its_first_second_to_before_its_last(since: str, until: str, accepted: int):
    story = Story()
    story.card("c2", volunteer=2, since=f"2026-08-03 {since}", until=f"2026-08-03 {until}")
    story.tap("2026-08-03 09:00:00", card="c2")
    assert accepted_at_a_glance(story) == intake_of(story).accepted.height == accepted


def test_a_heartbeat_in_the_second_of_the_arrival_corrects_the_tap():
    story = Story()
    story.heartbeat("2026-08-03 08:00", 30)
    story.heartbeat("2026-08-03 09:00", 60)
    story.heartbeat("2026-08-03 09:01", 90)
    story.tap("2026-08-03 09:00")
    taps, _ = glance_of(story)
    assert taps["tapped_at"].dt.strftime("%H:%M:%S").to_list() == ["00:59:00"]


def test_resends_and_cards_bound_again_are_left_to_a_closer_look():
    story = Story()
    story.tap("2026-08-03 09:00", seq=1)
    story.tap("2026-08-03 09:00", seq=1)
    story.card("c2", volunteer=2, until="2026-08-01 00:00")
    story.card("c2", volunteer=3, since="2026-08-01 00:00")
    story.tap("2026-08-03 09:00", card="c2")
    story.tap("2026-08-03 11:00")
    taps, left = glance_of(story)
    assert (taps.height, left.height) == (1, 3)


@pytest.mark.parametrize(
    "keys",
    [
        [f"{number}" for number in range(1_000, 3_000, 3)],
        [f"{number}" for number in range(10**9, 10**10, 10**7 + 1)],
        [f"c{number}" for number in range(500)],
        [f"{number:08}" for number in range(500)],
        ["a"],
        [],
    ],
    ids=["close numbers", "far numbers", "texts", "leading zeros", "one", "none"],
)
def test_a_lookup_finds_every_key_and_nothing_else(keys: list[str]):
    register = pl.Series("key", keys, dtype=pl.String)
    lookup = Lookup(register)
    other = ["", " 1000", "+1003", "01000", "999", "-1", "9" * 30, "c", "c500", "00000500", "1001"]
    others = pl.Series([text for text in other if text not in keys], dtype=pl.String)
    assert lookup.rows(register).tolist() == list(range(len(keys)))
    assert (lookup.rows(others) == -1).all()


def test_repeated_identities_are_told_apart_from_many_others():
    random = np.random.default_rng(1)
    device, seq = random.integers(0, 4_000, 20_000), random.integers(1, 200_000, 20_000)
    keys = identity(device, seq)
    values, counts = np.unique(keys, return_counts=True)
    again = Again(repeated(keys.copy()))
    assert set(keys[again.among(device, seq)]) == set(values[counts > 1])
