"""Every kind of dirt is there when its rate is raised, and is not when it is 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from operations.sample_city import Dirt
from tests.operations.sample_city.conftest import City, make


def lines_of(kind: str) -> Callable[[City], int]:
    return lambda city: city.taps.filter(kind=kind).height


def lines_with(reason: str) -> Callable[[City], int]:
    return lambda city: city.taps.filter(reason=reason).height


def service_of(kind: str, *verdicts: str) -> Callable[[City], int]:
    def count(city: City) -> int:
        return city.service.filter(
            pl.col("expected_verdict").is_in(verdicts) if verdicts else True, kind=kind
        ).height

    return count


def offsets(least: int, most: int) -> Callable[[City], int]:
    return lambda city: (
        city.table("heartbeats").filter(pl.col("clock_offset_seconds").abs().is_between(least, most)).height
    )


def silent(city: City) -> int:
    heard = city.table("heartbeats").filter(pl.col("received_at") > "2026-08-01")["device_no"]
    standing = city.table("devices").filter(pl.col("retired_at").is_null())
    return standing.filter(~pl.col("device_no").is_in(heard.implode())).height


def cards_replaced(city: City) -> int:
    return city.table("card_bindings")["bound_to"].drop_nulls().len()


def used_before_bound(city: City) -> int:
    return city.taps.filter(pl.col("stretch_id").is_not_null(), reason="unknown_card").height


def records_of(kind: str) -> Callable[[City], int]:
    return lambda city: city.service.filter(kind=f"honour_{kind}").height


def late_check_ins(city: City) -> int:
    moments = city.table("check_ins").select(
        pl.col("occurred_at", "received_at").str.to_datetime("%Y-%m-%d %H:%M:%S%.f")
    )
    return moments.filter(pl.col("received_at") - pl.col("occurred_at") >= pl.duration(minutes=1)).height


def night_shifts(city: City) -> int:
    """Shifts that begin at 20:00 or later in Hangzhou."""
    hour = pl.col("starts_at").str.slice(11, 2).cast(pl.Int64) + 8
    return city.table("shifts").filter(hour.is_between(20, 24)).height


# What tells that the dirt is there, and a rate at which it surely is in a small city.
SIGNS: dict[str, tuple[float, Callable[[City], int]]] = {
    "resend": (0.3, lines_of("resend")),
    "conflicting_resend": (0.3, lines_with("conflicting_resend")),
    "double_tap": (0.3, lambda city: city.taps.filter(outcome="bounce").height),
    "forgotten_out": (0.3, service_of("forgotten_out", "missing_out")),
    "forgotten_in": (0.5, service_of("forgotten_in", "orphan_out")),
    "too_short": (0.3, service_of("too_short", "too_short")),
    "left_early": (0.3, service_of("left_early")),
    "many_sessions": (0.5, service_of("many_sessions", "too_many_sessions")),
    "overlap_app_card": (0.5, service_of("overlap_app_card", "counted", "overlapped")),
    "overlapping_sign_ups": (1.0, service_of("overlapping_sign_ups", "counted")),
    "across_day_break": (0.5, service_of("across_day_break", "missing_out")),
    "proxy_swipe": (0.5, service_of("proxy_swipe", "counted")),
    "lent_card": (0.5, service_of("lent_card", "counted")),
    "small_clock_offset": (0.5, offsets(1, 600)),
    "big_clock_offset": (0.9, offsets(601, 10**6)),
    "future_tap": (0.3, lines_with("future_tap")),
    "stale_tap": (0.3, lines_with("stale_tap")),
    "offline_device": (0.9, lines_of("offline_device")),
    "silent_device": (0.5, silent),
    "retired_device": (0.5, lambda city: city.table("devices")["retired_at"].drop_nulls().len()),
    "lost_card": (0.5, cards_replaced),
    "found_card": (1.0, lines_of("lost_card")),
    "late_binding": (0.5, used_before_bound),
    "unknown_card": (0.3, lines_of("unknown_card")),
    "unknown_device": (0.5, lines_with("unknown_device")),
    "malformed_line": (0.3, lines_with("malformed")),
    "late_check_in": (0.3, late_check_ins),
    "night_shift": (0.5, night_shifts),
    "made_good": (1.0, records_of("made_good")),
    "doubly_entered": (
        0.5,
        lambda city: min(records_of(kind)(city) for kind in ("over_credit", "above_plan")),
    ),
    "late_entry": (0.5, records_of("late_entry")),
    "burst_entry": (0.2, records_of("sold")),
    "self_granted": (0.2, records_of("self_granted")),
}
# Dirt that can only befall what other dirt has befallen.
AFTER = {"found_card": {"lost_card": 0.5}, "made_good": {"forgotten_out": 0.3}}
# Two shifts that clash at one site are rare where little happens; a month passes before an entry is late.
SIZES = {"overlapping_sign_ups": {"volunteers": 2_500}, "late_entry": {"days": 60}}


@pytest.fixture(scope="session")
def clean_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return make(tmp_path_factory.mktemp("clean"), dirt=Dirt.none(), with_office=False)


def test_every_rate_has_a_sign() -> None:
    assert list(SIGNS) == [field.name for field in fields(Dirt)]


@pytest.mark.parametrize("name", SIGNS)
def test_dirt_is_there_when_its_rate_is_raised_and_not_when_it_is_0(
    name: str, clean_city: City, tmp_path: Path
) -> None:
    rate, sign = SIGNS[name]
    size = {"volunteers": 500, "devices": 150, "with_office": False, **SIZES.get(name, {})}
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    around = Dirt.none().but(**AFTER.get(name, {}))
    is_special = name in AFTER or name in SIZES
    assert sign(make(tmp_path / "without", dirt=around, **size) if is_special else clean_city) == 0
    assert sign(make(tmp_path / "with", dirt=around.but(**{name: rate}), **size)) > 0


def test_without_dirt_every_line_is_accepted_and_all_service_over_is_counted(clean_city: City) -> None:
    assert set(clean_city.taps["outcome"]) == {"accepted"}
    done = clean_city.service.filter(pl.col("kind") != "still_serving", pl.col("stretch_id").is_not_null())
    arrived = done.filter(pl.col("closing_event_id").is_not_null())
    assert len(arrived) >= len(done) - 1  # one may have tapped in the last second, before the data ended
    assert set(arrived["expected_verdict"]) == {"counted"}


def test_without_dirt_nobody_enters_what_was_not_served(clean_city: City) -> None:
    entered = clean_city.service.filter(channel="HONOUR")
    assert set(entered["kind"]) == {"honour_paper"}
    assert entered["is_real"].all()


def test_a_rate_changes_what_it_is_about_only(clean_city: City, tmp_path: Path) -> None:
    with_resends = make(tmp_path, dirt=Dirt.none().but(resend=0.5), with_office=False)
    assert with_resends.service.equals(clean_city.service)
    assert with_resends.table("sign_ups").equals(clean_city.table("sign_ups"))


def test_offline_devices_upload_days_later_and_say_how_many_taps_they_held(dirty_town: City) -> None:
    late = dirty_town.taps.filter(kind="offline_device")
    assert (late["received_at"] - late["tapped_at"]).max().days >= 1
    assert dirty_town.table("heartbeats")["queued_taps"].max() > 0


def test_a_lost_card_is_hotlisted_until_its_owner_has_another(dirty_town: City) -> None:
    assert dirty_town.taps.filter(reason="hotlisted_card").height > 0
    bindings = dirty_town.table("card_bindings")
    replaced = bindings.filter(pl.col("bound_to").is_not_null()).join(
        bindings, on="volunteer_id", suffix="_new"
    )
    assert replaced.filter(pl.col("bound_to") == pl.col("bound_from_new")).height > 0


def test_some_come_with_the_old_card_and_leave_with_the_new_one(dirty_town: City) -> None:
    accepted = dirty_town.taps.filter(pl.col("stretch_id").is_not_null(), outcome="accepted")
    cards = accepted.group_by("stretch_id").agg(pl.col("card_no").n_unique())
    both = cards.filter(pl.col("card_no") == 2).join(dirty_town.service, on="stretch_id")
    assert "counted" in set(both["expected_verdict"])


def test_hours_are_sold_in_bursts_by_one_administrator(town: City) -> None:
    records = town.table("honour_records").filter(pl.col("reason") == "参与志愿服务活动")
    assert records["entered_by"].n_unique() == 1
    assert records.group_by(pl.col("entered_at").str.head(13)).len()["len"].max() > 20
    own = town.table("honour_records").filter(pl.col("entered_by") == pl.col("volunteer_id"))
    assert len(own) > 0


def test_honour_records_are_approved_refused_and_waiting(town: City) -> None:
    records, decisions = town.table("honour_records"), town.table("honour_approvals")
    assert {"approved", "refused"} <= set(decisions["decision"])
    assert len(decisions) < len(records)
    assert 0 < records["started_at"].null_count() < len(records)
    decided = records.join(decisions, on="record_id").filter(pl.col("entered_by") == pl.col("decided_by"))
    assert decided.is_empty()


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="double_tap is a share from 0 to 1"):
        Dirt(double_tap=rate)
