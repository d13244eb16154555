"""Section 1: what becomes of a line. One test a row of the table, both sides of each threshold."""

from __future__ import annotations

import pytest

from tests.warehouse.timekeeping.stories import Story
from tests.warehouse.timekeeping.worlds import intake_of, local

NINE = "2026-08-03 09:00:00"


def test_the_same_tap_again_is_a_resend():
    story = Story()
    story.tap(NINE, seq=1)
    story.tap(NINE, seq=1, received="2026-08-03 10:00")
    intake = intake_of(story)
    assert (intake.accepted.height, intake.resends["line_no"].to_list(), story.reasons()) == (1, [2], [])


@pytest.mark.parametrize("other", [{"card": "c2"}, {"at": "2026-08-03 09:00:01"}, {"direction": "in"}])
def test_the_same_identity_with_other_content_is_rejected_and_the_first_to_arrive_stays(other):
    story = Story()
    story.tap(**{"at": NINE, "seq": 1, "received": "2026-08-03 11:00"} | other)
    story.tap(NINE, seq=1, received="2026-08-03 10:00")
    intake = intake_of(story)
    assert intake.accepted["line_no"].to_list() == [2]
    assert intake.rejected.select("line_no", "reason").rows() == [(1, "conflicting_resend")]


def test_an_unreadable_line_is_kept_with_its_text():
    story = Story()
    story.tap(NINE, malformed='{"v":1,"device')
    assert intake_of(story).rejected.select("reason", "malformed_text").rows() == [
        ("malformed", '{"v":1,"device')
    ]


@pytest.mark.parametrize("missing", ["device_no", "device_seq", "card_no", "tapped_at", "received_at"])
def test_a_line_that_misses_a_field_is_malformed(missing):
    story = Story()
    story.tap(NINE)
    story.lines[0][missing] = None
    assert story.reasons() == ["malformed"]


def test_a_direction_that_is_neither_in_nor_out_is_malformed():
    story = Story()
    story.tap(NINE, direction="sideways")
    assert story.reasons() == ["malformed"]


def test_a_malformed_line_does_not_shut_out_the_same_tap_sent_whole():
    story = Story()
    story.tap(NINE, seq=1, malformed="{half", received="2026-08-03 09:01")
    story.tap(NINE, seq=1, received="2026-08-03 09:02")
    assert intake_of(story).accepted["line_no"].to_list() == [2]


def test_a_tap_of_an_unregistered_device_waits_for_the_device():
    story = Story()
    story.tap(NINE, device="D7")
    assert story.reasons() == ["unknown_device"]
    story.devices.append({"device_no": "D7", "site_id": 1, "is_directed": False})
    assert story.reasons() == []


def test_a_tap_belongs_to_where_its_reader_stood_at_that_time():
    story = Story()
    story.devices[0]["site_id"] = 3
    for site, until in ((1, NINE), (2, "2026-08-03 10:00:00")):
        story.former_placements.append(
            {"device_no": "D1", "site_id": site, "is_directed": site == 2, "placed_to": local(until)}
        )
    for clock in ("08:59:59", "09:00:00", "09:59:59", "10:00:00"):
        story.tap(f"2026-08-03 {clock}")
    story.tap("2026-08-03 08:00:00", device="D2")
    taps = intake_of(story).accepted
    assert taps.select("site_id", "is_directed").rows() == [
        (1, False), (2, True), (2, True), (3, False), (2, False),
    ]  # fmt: skip


def test_where_a_reader_stood_goes_by_its_corrected_time():
    story = Story()
    story.former_placements.append(
        {"device_no": "D1", "site_id": 2, "is_directed": False, "placed_to": local(NINE)}
    )
    story.heartbeat("2026-08-03 08:00", 60)
    story.tap("2026-08-03 09:00:30", received="2026-08-03 09:30")
    assert intake_of(story).accepted["site_id"].to_list() == [2]


@pytest.mark.parametrize(
    ("offset", "reasons"),
    [(600, []), (601, ["clock_untrusted"]), (-600, []), (-601, ["clock_untrusted"])],
)
def test_a_clock_more_than_ten_minutes_off_is_not_trusted(offset, reasons):
    story = Story()
    story.heartbeat("2026-08-03 08:59", offset)
    story.tap(NINE, received="2026-08-03 09:30")
    assert story.reasons() == reasons


def test_the_time_is_corrected_by_the_last_heartbeat_at_or_before_the_arrival():
    story = Story()
    story.heartbeat("2026-08-03 08:00", 120)
    story.heartbeat("2026-08-03 09:30", 60)
    story.heartbeat("2026-08-03 09:31", 601)
    story.tap(NINE, received="2026-08-03 09:30")
    taps = intake_of(story).accepted
    assert taps["tapped_at"].to_list() == [local("2026-08-03 08:59")]
    assert taps["device_tapped_at"].to_list() == [local(NINE)]


@pytest.mark.parametrize(("received", "reasons"), [("08:55:00", []), ("08:54:59", ["future_tap"])])
def test_a_tap_more_than_five_minutes_ahead_of_its_arrival_is_a_future_tap(received, reasons):
    story = Story()
    story.tap(NINE, received=f"2026-08-03 {received}")
    assert story.reasons() == reasons


@pytest.mark.parametrize(("received", "reasons"), [("09:00:00", []), ("09:00:01", ["stale_tap"])])
def test_a_tap_that_arrives_more_than_thirty_days_late_is_stale(received, reasons):
    story = Story()
    story.tap(NINE, received=f"2026-09-02 {received}")
    assert story.reasons() == reasons


def test_a_card_bound_to_nobody_is_unknown_until_it_is_bound_for_that_time():
    story = Story()
    story.tap(NINE, card="c2")
    assert story.reasons() == ["unknown_card"]
    story.card("c2", volunteer=2, since="2026-08-03 09:00:01")
    assert story.reasons() == ["unknown_card"]
    story.card("c2", volunteer=3, since="2026-08-03 09:00:00", until="2026-08-03 09:00:01")
    assert intake_of(story).accepted["volunteer_id"].to_list() == [3]


def test_a_binding_ends_before_its_last_second():
    story = Story()
    story.card("c2", volunteer=2, until=NINE)
    story.tap("2026-08-03 08:59:59", card="c2")
    story.tap(NINE, card="c2")
    assert story.reasons() == ["unknown_card"]


def test_a_card_reported_lost_before_the_tap_is_hotlisted():
    story = Story()
    story.card("c2", volunteer=2, lost=NINE)
    story.tap(NINE, card="c2")
    story.tap("2026-08-03 09:00:01", card="c2")
    assert story.reasons() == ["hotlisted_card"]


def test_the_first_row_of_the_table_that_applies_names_the_reason():
    story = Story()
    story.heartbeat("2026-08-03 08:00", 5000)
    story.tap("2026-08-05 09:00", card="nobody", received=NINE)
    assert story.reasons() == ["clock_untrusted"]


def test_a_resend_of_a_rejected_tap_is_a_resend():
    story = Story()
    story.tap(NINE, card="c2", seq=1)
    story.tap(NINE, card="c2", seq=1)
    intake = intake_of(story)
    assert (intake.rejected.height, intake.resends.height) == (1, 1)


def test_the_service_day_begins_at_four_in_the_morning_local_time():
    story = Story()
    story.tap("2026-08-03 03:59:59")
    story.tap("2026-08-03 04:00:00")
    assert [str(day) for day in intake_of(story).accepted["service_day"]] == ["2026-08-02", "2026-08-03"]
