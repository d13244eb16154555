"""The truth of the sample city against time-keeping itself: two ways to the same rows, with much dirt between."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from operations.devices.swipe_log import segments
from tests.operations.sample_city.conftest import City
from warehouse.timekeeping import Events, Intake, TimeKept, keep_time, read_rules, take_in

MOMENT = "%Y-%m-%d %H:%M:%S%.f"
LINE = {
    "segment": pl.String, "line_no": pl.Int64, "device_no": pl.String, "device_seq": pl.Int64, "card_no": pl.String,
    "tapped_at": pl.String, "received_at": pl.String, "direction": pl.String, "malformed_text": pl.String,
}  # fmt: skip


def frame(city: City, table: str, *moments: str) -> pl.DataFrame:
    return city.table(table).with_columns(
        pl.col(name).cast(pl.String).str.to_datetime(MOMENT, time_unit="us") for name in moments
    )


def read(text: str) -> dict[str, Any] | None:
    """A line of the swipe log, or nothing if it cannot be read in full."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    is_whole = {"device_no", "device_seq", "card_no", "tapped_at", "received_at", "direction"} <= set(line)
    return line if is_whole and not line["tapped_at"].startswith("0000") else None


def swipe_lines(city: City) -> pl.DataFrame:
    root = city.home / "swipe_logs"
    rows = []
    for path in segments(root):
        for number, text in enumerate(path.read_text().splitlines(), start=1):
            line = read(text)
            fields = [line[name] if line else None for name in list(LINE)[2:-1]]
            rows.append((str(path.relative_to(root)), number, *fields, None if line else text))
    return pl.DataFrame(rows, schema=LINE, orient="row").with_columns(
        pl.col("tapped_at", "received_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
    )


@pytest.fixture(scope="module")
def intake(dirty_town: City) -> Intake:
    return take_in(
        swipe_lines(dirty_town),
        devices=frame(dirty_town, "devices").with_columns(pl.col("is_directed") == 1),
        heartbeats=frame(dirty_town, "heartbeats", "received_at"),
        cards=frame(dirty_town, "cards", "reported_lost_at"),
        card_bindings=frame(dirty_town, "card_bindings", "bound_from", "bound_to"),
        book=read_rules(),
    )


@pytest.fixture(scope="module")
def kept(dirty_town: City, intake: Intake) -> TimeKept:
    # A record may be decided on more than once: the newest decision stands.
    decisions = (
        dirty_town.table("honour_approvals")
        .sort("approval_id")
        .unique("record_id", keep="last")
        .select("record_id", "decision", approved_by="decided_by")
    )
    records = frame(dirty_town, "honour_records", "started_at", "ended_at", "entered_at")
    records = records.join(decisions, on="record_id", how="left").with_columns(
        pl.col("service_day").str.to_date(),
        is_approved=(pl.col("decision") == "approved").fill_null(value=False),
    )
    shifts = frame(dirty_town, "shifts", "starts_at", "ends_at")
    events = Events(
        taps=intake.accepted,
        shifts=shifts.with_columns(pl.col("min_attendance_permille").cast(pl.Int64)),
        shift_sites=dirty_town.table("shift_sites"),
        sign_ups=dirty_town.table("sign_ups").filter(status="confirmed").select("shift_id", "volunteer_id"),
        check_ins=frame(dirty_town, "check_ins", "occurred_at"),
        honour_records=records,
        sites=dirty_town.table("sites").select("site_id", "lon", "lat"),
    )
    return keep_time(events, None, read_rules())


def test_every_line_has_the_outcome_that_was_expected(dirty_town: City, intake: Intake) -> None:
    place = ["segment", "line_no"]
    came_out = pl.concat(
        [
            intake.accepted.select(*place, outcome=pl.lit("accepted"), reason=pl.lit(None, pl.String)),
            intake.resends.select(*place, outcome=pl.lit("resend"), reason=pl.lit(None, pl.String)),
            intake.rejected.select(*place, outcome=pl.lit("rejected"), reason="reason"),
        ]
    ).sort(place)
    # A bounce is an accepted tap, which the pairing ignores.
    expected = dirty_town.taps.select(*place, pl.col("outcome").replace("bounce", "accepted"), "reason")
    assert came_out.equals(expected.sort(place))
    assert expected["reason"].n_unique() == 9  # all eight reasons, and none


def test_as_many_taps_bounce_as_expected(dirty_town: City, kept: TimeKept) -> None:
    assert len(kept.bounces) == dirty_town.taps.filter(outcome="bounce").height > 100


def test_every_session_is_the_one_that_was_expected(dirty_town: City, kept: TimeKept) -> None:
    columns = [
        "volunteer_id", "service_day", "channel", "shift_id", "opening_event_id", "closing_event_id", "in_at",
        "out_at", "verdict", "raw_minutes", "net_minutes", "settled_minutes", "review_minutes", "void_minutes",
    ]  # fmt: skip
    expected = dirty_town.service.filter(pl.col("expected_verdict").is_not_null()).rename(
        {f"expected_{name}": name for name in columns if f"expected_{name}" in dirty_town.service.columns}
    )
    exact = pl.col("channel") == "HONOUR"
    inexact = expected.filter(~pl.col("is_exact")).select("volunteer_id", "shift_id").unique()
    both = [
        rows.join(inexact, on=["volunteer_id", "shift_id"], how="anti", nulls_equal=True)
        .with_columns(pl.when(~exact).then(pl.col("opening_event_id", "closing_event_id")))
        .select(columns)
        .sort(columns, nulls_last=True)
        for rows in (expected, kept.sessions)
    ]
    assert len(both[0]) > 4_500
    assert both[0].equals(both[1].cast(both[0].schema))


def test_all_verdicts_occur_and_few_rows_are_inexact(dirty_town: City) -> None:
    verdicts = set(dirty_town.service["expected_verdict"].drop_nulls())
    assert verdicts == {
        "counted", "missing_out", "orphan_out", "too_short", "too_many_sessions", "below_attendance_ratio",
        "overlapped", "not_approved",
    }  # fmt: skip
    assert (~dirty_town.service["is_exact"]).mean() < 0.03


def test_every_flag_is_raised_of_something(kept: TimeKept) -> None:
    assert set(kept.flags["flag"]) == {
        "proxy_swipe", "impossible_travel", "self_granted", "burst_entry", "late_entry", "above_plan",
        "impossible_day",
    }  # fmt: skip


def test_what_is_above_the_hours_of_a_day_is_void(dirty_town: City, kept: TimeKept) -> None:
    columns = ["expected_settled_minutes", "expected_review_minutes", "expected_void_minutes"]
    impossible = dirty_town.service.filter(pl.col("expected_void_minutes") > 0).select(
        "volunteer_id", "service_day"
    )
    day = dirty_town.service.join(impossible, on=["volunteer_id", "service_day"], how="semi")
    assert day.select(columns).sum().row(0) == (480, 960, 160)
    assert kept.flags.filter(flag="impossible_day").height == 1


def test_an_honest_city_swipes_no_cards_for_others(
    tmp_path_factory: pytest.TempPathFactory, town: City
) -> None:
    """People wait for each other at a reader, so that only proxies swipe three cards within ten seconds."""
    honest = town.taps.filter(outcome="accepted").join(
        town.service.filter(pl.col("kind") != "proxy_swipe"), on="stretch_id", how="semi"
    )
    gaps = honest.sort("device_no", "corrected_at").with_columns(
        since_last_but_one=(pl.col("corrected_at") - pl.col("corrected_at").shift(2)).over("device_no"),
        cards=pl.concat_list(pl.col("card_no").shift(n).over("device_no") for n in range(3)).list.n_unique(),
    )
    triples = gaps.filter(pl.col("since_last_but_one").dt.total_seconds() <= 10, pl.col("cards") == 3)
    assert triples.is_empty()


def test_the_totals_of_the_truth_balance(dirty_town: City) -> None:
    service, summary = (
        dirty_town.service,
        json.loads((dirty_town.home / "truth" / "summary.json").read_text()),
    )
    split = (
        service["expected_settled_minutes"]
        + service["expected_review_minutes"]
        + service["expected_void_minutes"]
    )
    assert split.equals(service["expected_net_minutes"], check_names=False)
    assert sum(summary["outcomes"].values()) == summary["totals"]["lines"] == len(dirty_town.taps)
    assert sum(summary["reasons"].values()) == summary["outcomes"]["rejected"]
    assert summary["parameters"]["seed"] == 5
    assert summary["parameters"]["dirt"]["double_tap"] == 0.2


def test_those_whose_cards_others_swiped_served_nothing(dirty_town: City) -> None:
    assert not dirty_town.service.filter(kind="proxy_swipe")["is_real"].any()
    assert not dirty_town.service.filter(kind="honour_sold")["is_real"].any()
    assert dirty_town.service.filter(kind="forgotten_out")["is_real"].all()
