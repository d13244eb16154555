"""The audit log: every command leaves a row with who, when, why, before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from operations.access import Actor, Role
from operations.commands import (
    activities,
    attendance,
    cards,
    check_in_codes,
    honours,
    memberships,
    places,
    sign_ups,
    volunteers,
)
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, Heartbeat, VolunteerIdentity

from .conftest import CITY, NOW, Town, volunteer

HOUR = timedelta(hours=1)
OF_THAT_DAY = {
    "register_organisation", "register_site", "register_volunteer", "publish_activity", "sign_up",
    "join_organisation", "give_consent", "withdraw_consent", "register_device", "bind_card",
    "report_card_lost", "reissue_card", "check_in", "check_out", "confirm_sign_up", "cancel_sign_up",
    "enter_honour_record", "approve_honour_record", "show_check_in_code",
}  # fmt: skip


def a_day_in_town(town: Town) -> None:
    """A command of each kind, once or more."""
    shift = town.shift()
    person, second = town.signed_up(shift), town.person()
    own, org, at = volunteer(person), town.organisation_id, NOW
    host = Actor("host", Role.ORGANISATION_ADMINISTRATOR, organisation_id=org, volunteer_id=second)
    here = attendance.Reading(120.15, 30.26, "WGS-84", 5)
    with writing(town.engine) as s:
        memberships.join_organisation(s, own, organisation_id=org, volunteer_id=person, at=at)
        given = {"volunteer_id": person, "purpose": "photos", "at": at}
        volunteers.give_consent(s, own, recipient="city", version="1", **given)
        volunteers.withdraw_consent(s, own, **given)
        places.register_device(s, CITY, device_no="D1", site_id=town.site_id, model="K14", at=at)
        reader = Actor("D1", Role.DEVICE, device_no="D1")
        places.record_heartbeat(s, reader, device_no="D1", clock_offset_seconds=0, queued_taps=0, at=at)
        cards.bind_card(s, CITY, card_no="A", volunteer_id=person, at=at)
        cards.report_card_lost(s, own, card_no="A", at=at + HOUR)
        cards.reissue_card(s, CITY, lost_card_no="A", card_no="B", at=at + 2 * HOUR)
        attending = {"volunteer_id": person, "shift_id": shift, "reading": here, "client": "app"}
        for command, then in ((attendance.check_in, town.starts_at), (attendance.check_out, town.ends_at)):
            shown = check_in_codes.show_check_in_code(s, town.host, shift_id=shift, at=then)
            command(s, own, **attending, code=shown.qr_content, at=then)
        requested = sign_ups.sign_up(s, volunteer(second), volunteer_id=second, shift_id=shift, at=at)
        requested.status = "requested"
        sign_ups.confirm_sign_up(s, host, sign_up_id=requested.sign_up_id, at=at)
        sign_ups.cancel_sign_up(s, host, sign_up_id=requested.sign_up_id, at=at, reason="病了")
        record = honours.enter_honour_record(
            s,
            host,
            volunteer_id=person,
            organisation_id=org,
            minutes=30,
            service_day=date(2026, 7, 31),
            reason="签到表",
            at=at,
        )
        decider = Actor("city person", Role.CITY_ADMINISTRATOR, volunteer_id=3)
        volunteers.register_volunteer(
            s, CITY, full_name="李四", id_type="passport", id_number="P1", area_code="330105", at=at
        )
        honours.approve_honour_record(s, decider, record_id=record.record_id, decision="approved", at=at)


def test_every_command_leaves_a_row_and_a_heartbeat_is_its_own(town: Town) -> None:
    a_day_in_town(town)
    with reading(town.engine) as session:
        entries = session.scalars(select(AuditEntry)).all()
    assert {entry.action for entry in entries} == OF_THAT_DAY
    assert town.count(Heartbeat) == 1
    assert all(entry.actor and entry.after and entry.subject_id for entry in entries)
    cancelled = next(entry for entry in entries if entry.action == "cancel_sign_up")
    assert (cancelled.actor, cancelled.role) == ("host", "organisation_administrator")
    assert (cancelled.reason, cancelled.happened_at) == ("病了", NOW)
    assert (cancelled.before["status"], cancelled.after["status"]) == ("confirmed", "cancelled")


def test_no_full_identity_number_and_no_name_is_in_the_log(town: Town) -> None:
    a_day_in_town(town)
    with reading(town.engine) as session:
        said = " ".join(f"{e.before} {e.after} {e.reason}" for e in session.scalars(select(AuditEntry)))
        for identity in session.scalars(select(VolunteerIdentity)):
            assert identity.full_name not in said
            assert f"'{identity.id_number}'" not in said


def test_a_refused_command_leaves_no_row(town: Town) -> None:
    before = town.count(AuditEntry)
    with pytest.raises(Refused), writing(town.engine) as session:
        cards.report_card_lost(session, CITY, card_no="Z", at=NOW)
    with pytest.raises(Refused), writing(town.engine) as session:
        activities.publish_activity(
            session,
            town.host,
            organisation_id=town.organisation_id,
            title="西湖",
            category_code="environment",
            area_code="330106",
            shifts=[activities.ShiftPlan(town.starts_at, town.ends_at, 3, (town.site_id, 999))],
            risk_statement="水边路滑",
            at=NOW,
        )
    assert town.count(AuditEntry) == before


def test_nothing_changes_a_row_of_the_log_and_nothing_deletes_one_of_the_last_six_months(
    engine: Engine,
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=190)
    with writing(engine) as session:
        for at in (long_ago, datetime.now(UTC) - timedelta(days=170)):
            session.add(
                AuditEntry(happened_at=at, actor="a", action="sign_in", subject_kind="x", subject_id="1")
            )
    for statement in (
        "UPDATE audit_log SET actor = 'b'",
        "DELETE FROM audit_log WHERE audit_id = 2",
        "DELETE FROM audit_log",
    ):
        with pytest.raises(DBAPIError, match="the audit log is"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("DELETE FROM audit_log WHERE audit_id = 1").rowcount == 1
