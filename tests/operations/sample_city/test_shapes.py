"""The shapes of the sample city: real ground, valid numbers, and figures as cities report them (docs: domain)."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import shapely
from stdnum.cn import ric, uscc

from operations.positions import distance_m, to_wgs84
from tests.operations.sample_city.conftest import BOUNDARIES, City


def test_every_site_lies_inside_its_district(town: City) -> None:
    polygons = {
        feature["properties"]["adcode"]: shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(BOUNDARIES.read_text())["features"]
    }
    sites = town.table("sites")
    inside = [
        shapely.contains_xy(polygons[code], lon, lat)
        for code, lon, lat in sites.select("district_code", "lon", "lat").iter_rows()
    ]
    assert all(inside)
    assert set(sites["district_code"]) == set(polygons)
    assert {"330113", "330114"} <= set(polygons)


def test_positions_as_received_say_the_same_as_wgs84(town: City) -> None:
    for (system,), sites in town.table("sites").group_by("position_system"):
        lon, lat = to_wgs84(sites["received_lon"], sites["received_lat"], str(system))
        assert distance_m(lon, lat, sites["lon"].to_numpy(), sites["lat"].to_numpy()).max() < 1


def test_townships_and_communities_are_real_and_hang_together(town: City) -> None:
    areas = town.table("areas")
    assert dict(areas.group_by("kind").len().iter_rows()) == {
        "district": 13,
        "township": 191,
        "community": 3_311,
    }
    names = areas.join(areas.select(parent_code="area_code", parent="name"), on="parent_code", how="left")
    assert names.filter(pl.col("area_code") == "330102001052").select("name", "parent").row(0) == (
        "劳动路社区",
        "清波街道",
    )
    lengths = areas.group_by("kind").agg(pl.col("area_code").str.len_chars().unique())
    assert dict(lengths.explode("area_code").iter_rows()) == {"district": 6, "township": 9, "community": 12}


def test_sites_have_a_name_of_their_own_and_stand_where_the_people_are(town: City) -> None:
    sites = town.table("sites").filter(pl.col("succeeds_site_id").is_null())
    assert sites["name"].is_unique().all()
    per_district = dict(sites.group_by("district_code").len().iter_rows())
    assert per_district["330102"] > 2 * per_district["330127"]  # the old town against 淳安


def test_identity_numbers_are_valid_and_some_carry_codes_of_old(town: City) -> None:
    people = town.table("volunteer_identities").join(town.table("volunteers"), on="volunteer_id")
    assert all(ric.is_valid(number) for number in people["id_number"])
    assert people["id_number"].is_unique().all()
    assert (people["id_number"].str.slice(6, 8) == people["born_on"].str.replace_all("-", "")).all()
    is_man = people["id_number"].str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert (is_man == (people["sex"] == "1")).all()
    assert {"330103", "330104"} <= set(people["id_number"].str.head(6))
    assert people["phone"].str.contains(r"^12\d{9}$").all()


def test_all_but_one_of_the_credit_codes_are_valid_and_some_groups_have_none(town: City) -> None:
    codes = town.table("organisations")["uscc"]
    assert codes.null_count() > 0
    assert sum(not uscc.is_valid(code) for code in codes.drop_nulls()) == 1


def test_organisations_form_one_tree(town: City) -> None:
    organisations = town.table("organisations")
    roots = organisations.filter(pl.col("parent_organisation_id").is_null())
    assert roots["name"].to_list() == ["杭州市志愿者联合会"]
    assert (organisations["parent_organisation_id"].fill_null(0) < organisations["organisation_id"]).all()


def test_a_display_name_is_shown_only_where_its_owner_agreed_and_has_not_withdrawn(town: City) -> None:
    standing = town.table("consents").filter(pl.col("withdrawn_at").is_null(), purpose="display_name")
    shown = town.table("volunteers").filter(pl.col("display_name").is_not_null())
    assert set(shown["volunteer_id"]) == set(standing["volunteer_id"])
    assert 0.5 < len(shown) / town.summary.volunteers < 0.65


def test_most_people_hold_a_card_and_many_are_students_or_retired(town: City) -> None:
    people = town.table("volunteer_identities")
    age = 2026 - people["born_on"].str.head(4).cast(pl.Int64)
    assert 0.82 < town.table("card_bindings")["volunteer_id"].n_unique() / len(people) < 0.88
    assert (age <= 23).mean() > 0.25
    assert (age >= 55).mean() > 0.2


def test_about_34_people_come_to_an_activity(town: City) -> None:
    """Ningbo 2022: 2.84 M attendances at 84,426 activities."""
    ended = town.table("activities").filter(
        pl.col("status").is_in(["finished", "closed"]), pl.col("is_recruiting_only") == 0
    )
    shifts = town.table("shifts").join(ended, on="activity_id", how="semi")
    came = town.service.filter("is_real", pl.col("stretch_id").is_not_null()).join(
        shifts, on="shift_id", how="semi"
    )
    people = came.select("shift_id", "volunteer_id").unique().height
    assert 29 < people / len(ended) < 39


def test_an_attendance_takes_about_three_hours(town: City) -> None:
    """Ningbo 2022: 8.9 M credit hours in 2.84 M attendances."""
    counted = town.service.filter(pl.col("expected_verdict") == "counted", pl.col("channel") != "HONOUR")
    assert 2.8 < counted["expected_net_minutes"].mean() / 60 < 3.4


def test_there_are_about_six_attendances_a_volunteer_in_90_days(town: City) -> None:
    assert 4.5 < town.summary.attendances / town.summary.volunteers / 60 * 90 < 8


def test_weekends_are_heavier_than_workdays(town: City) -> None:
    weekday = town.service.select(pl.col("true_in_at").dt.offset_by("8h").dt.weekday().alias("d"))["d"]
    assert (weekday >= 6).sum() / 2 > 1.3 * (weekday < 6).sum() / 5


def test_a_few_people_do_a_great_part(town: City) -> None:
    """The top reader user of a city served 1,078 h in 7 months, which is about 300 h in 60 days."""
    minutes = town.service.group_by("volunteer_id").agg(pl.col("expected_net_minutes").sum())
    hours = np.sort(minutes["expected_net_minutes"].to_numpy() / 60)[::-1]
    assert 200 < hours[0] < 400
    assert hours[: len(hours) // 10].sum() > 0.3 * hours.sum()
    assert np.median(hours) < hours.mean() / 1.5


def test_all_states_of_an_activity_occur_and_some_run_while_the_data_ends(town: City) -> None:
    activities = town.table("activities")
    states = dict(activities.group_by("status").len().iter_rows())
    assert {"draft", "submitted", "recruiting", "full", "running", "finished", "closed", "cancelled"} <= set(
        states
    )
    serving = town.service.filter(pl.col("true_out_at") > town.taps["received_at"].max())
    assert serving.filter(pl.col("expected_verdict") == "missing_out").height > 5
    assert town.table("shifts")["starts_at"].max() > "2026-08-20"


def test_all_categories_and_kinds_of_site_occur(town: City) -> None:
    assert town.table("activities")["category_code"].n_unique() == 8
    assert town.table("sites")["kind"].n_unique() == 9


def test_night_shifts_cross_midnight_and_four_o_clock(town: City) -> None:
    local = town.table("shifts").select(
        pl.col("starts_at", "ends_at").str.to_datetime("%Y-%m-%d %H:%M:%S%.f").dt.offset_by("8h")
    )
    across_four = local.filter(
        pl.col("starts_at").dt.date() != pl.col("ends_at").dt.date(), pl.col("ends_at").dt.hour() >= 4
    )
    assert len(across_four) > 0


def test_confirmed_sign_ups_never_exceed_the_capacity(town: City) -> None:
    confirmed = town.table("sign_ups").filter(status="confirmed").group_by("shift_id").len()
    assert (
        confirmed.join(town.table("shifts"), on="shift_id")
        .filter(pl.col("len") > pl.col("capacity"))
        .is_empty()
    )


def test_nobody_signs_up_before_registering_or_after_the_data_ends(town: City) -> None:
    joined = town.table("sign_ups").join(town.table("volunteers"), on="volunteer_id")
    assert (joined["signed_up_at"] >= joined["registered_at"]).all()
    assert joined["signed_up_at"].max() < "2026-08-02 11:40:00"


def test_heartbeats_come_about_daily(town: City) -> None:
    beats = town.table("heartbeats")
    per_device_and_day = len(beats) / beats["device_no"].n_unique() / 61
    assert 0.9 < per_device_and_day < 1.1
