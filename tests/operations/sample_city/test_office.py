"""People of every role act in the sample city by commands: every state is there, each act is in the audit log, and
the truth of everybody else stays what it was."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from operations.access import Role
from operations.commands.refusals import Refused
from operations.commands.sign_ups import sign_up
from operations.database import open_database, reading, writing
from operations.model import Activity, Shift, SignUp
from operations.sample_city.office.desk import volunteer
from tests.operations.sample_city.conftest import AS_OF, City, listed_states, make

# Lists of what people are, not of what becomes of something.
NOT_STATES = {("volunteers", "sex"), ("guardians", "kinship")}
# Commands that share the action of another one.
ACTION_OF = {
    "apply_again": "apply_for_organisation",
    "keep_apart": "merge_volunteers",
    "release_guardian": "name_guardian",
    "import_honour_records": "enter_honour_record",
}
# Its row is itself the record of who and when.
NOT_AUDITED = {"record_heartbeat"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return make(tmp_path_factory.mktemp("lively"))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The same city in which nobody gives a command."""
    return make(tmp_path_factory.mktemp("quiet"), with_office=False)


# Points begin with the first settlement, after a build: what they buy has tests of its own.
STATES = listed_states(lambda table: not table.startswith(("point_", "shop_", "mall_")))


@pytest.mark.parametrize("place", sorted(place for place in STATES if place not in NOT_STATES), ids=".".join)
def test_every_state_of_every_column_is_in_the_city(city: City, place: tuple[str, str]) -> None:
    table, column = place
    assert STATES[place] - set(city.table(table)[column]) == set()


def test_states_that_are_dates_are_there_too(city: City) -> None:
    for table, column in (
        ("sites", "closed_on"), ("sites", "succeeds_site_id"), ("devices", "retired_at"),
        ("devices", "replaces_device_no"), ("cards", "reported_lost_at"), ("card_bindings", "bound_to"),
        ("consents", "withdrawn_at"), ("guardians", "ended_at"), ("bans", "lifted_at"),
        ("accounts", "disabled_at"), ("role_grants", "withdrawn_at"), ("proofs", "revoked_at"),
        ("notices", "delivered_at"), ("shifts", "cancelled_at"), ("organisation_documents", "replaced_at"),
        ("charity_shops", "closed_at"), ("shop_terminals", "retired_at"),
        ("organisation_members", "left_at"), ("honour_records", "import_id"),
    ):  # fmt: skip
        values = city.table(table)[column]
        assert 0 < values.null_count() < len(values), (table, column)


def test_some_of_what_waits_is_overdue(city: City) -> None:
    week_ago = f"{AS_OF - timedelta(days=7):%Y-%m-%d %H:%M:%S}"
    assert (city.table("organisations").filter(status="applied")["applied_at"] < week_ago).any()
    assert (city.table("activities").filter(status="submitted")["submitted_at"] < week_ago).any()
    assert (city.table("honour_records").filter(status="entered")["entered_at"] < week_ago).any()
    open_ones = city.table("disputes").filter(status="open")["answer_due_at"]
    assert (open_ones < f"{AS_OF:%Y-%m-%d %H:%M:%S}").sum() == 1 < len(open_ones)


def test_each_command_has_its_row_in_the_audit_log(city: City) -> None:
    commands = json.loads((city.home / "truth" / "summary.json").read_text())["commands"]
    given: Counter[str] = Counter()
    for name, times in commands.items():
        if name not in NOT_AUDITED:
            given[ACTION_OF.get(name, name)] += times
    written = dict(city.table("audit_log").group_by("action").len().iter_rows())
    assert {action: times for action, times in given.items() if written.get(action, 0) < times} == {}
    assert city.summary.commands == sum(commands.values()) > 300


def test_the_audit_log_reads_in_the_order_of_time_and_every_role_has_acted(city: City) -> None:
    entries = city.table("audit_log").sort("audit_id")
    assert entries["happened_at"].is_sorted()
    acted = {
        Role.CITY_ADMINISTRATOR, Role.ORGANISATION_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR,
        Role.SECURITY_ADMINISTRATOR, Role.VOLUNTEER, Role.VISITOR, Role.SYSTEM,
    }  # fmt: skip
    assert {str(role) for role in acted} <= set(entries["role"])


def test_the_truth_of_everybody_else_stays_what_it_was(city: City, quiet: City) -> None:
    assert city.taps.equals(quiet.taps)
    mine = city.service.join(quiet.table("volunteers"), on="volunteer_id", how="semi", maintain_order="left")
    assert mine.equals(quiet.service)
    added = city.service.filter(
        ~pl.col("volunteer_id").is_in(quiet.table("volunteers")["volunteer_id"].implode())
    )
    assert {"clean", "still_serving", "honour_office"} == set(added["kind"])
    assert {"counted", "missing_out", "not_approved"} == set(added["expected_verdict"])


def test_who_did_not_come_three_times_is_blocked(city: City) -> None:
    engine = open_database(f"sqlite:///{city.home / 'operations.sqlite'}")
    with reading(engine) as session:
        missed = session.scalars(
            select(SignUp.volunteer_id).where(SignUp.decision_reason == "未到场也未请假")
        )
        (blocked,) = set(missed)
        shift_id = session.scalars(
            select(Shift.shift_id)
            .join(Activity, Activity.activity_id == Shift.activity_id)
            .where(Activity.title == "周三理发日", Activity.status == "recruiting")
            .order_by(Shift.starts_at)
        ).first()
    with pytest.raises(Refused, match="blocked until"), writing(engine) as session:
        sign_up(session, volunteer(blocked), volunteer_id=blocked, shift_id=shift_id, at=AS_OF)


def test_a_city_of_five_organisations_is_as_lively(tmp_path: Path) -> None:
    smallest = make(tmp_path, volunteers=50, organisations=5, devices=10, days=3)
    assert set(smallest.table("activities")["status"]) == STATES["activities", "status"]
