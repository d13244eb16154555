"""Two records of one person become one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.bans import ban_volunteer
from operations.commands.cards import bind_card
from operations.commands.honours import enter_honour_record
from operations.commands.memberships import join_organisation
from operations.commands.merges import MET, STAYS, STRENGTH, Merged, merge_volunteers
from operations.commands.profiles import update_volunteer
from operations.commands.references import columns_of_volunteers, unique_columns_of_volunteers
from operations.commands.refusals import Refused
from operations.commands.volunteers import give_consent, register_volunteer, withdraw_consent
from operations.database import reading, writing
from operations.model import (
    SIGN_UP_STATES,
    Account,
    AuditEntry,
    Ban,
    CardBinding,
    Consent,
    Dispute,
    DuplicateCandidate,
    HonourRecord,
    Notice,
    OrganisationMember,
    SignUp,
    Volunteer,
    VolunteerIdentity,
    VolunteerSkill,
)

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def merge(town: Town, kept: int, lost: int, actor: Actor = XIHU, reason: str = "两本证件，同一人") -> Merged:
    with writing(town.engine) as session:
        return merge_volunteers(
            session, actor, kept_volunteer_id=kept, lost_volunteer_id=lost, reason=reason, at=NOW + DAY
        )


def consent(town: Town, person: int, purpose: str, at: Any, **options: Any) -> None:
    with writing(town.engine) as session:
        given = {"recipient": "city", "version": "1", **options}
        give_consent(session, volunteer(person), volunteer_id=person, purpose=purpose, at=at, **given)


def withdraw(town: Town, person: int, purpose: str, at: Any) -> None:
    with writing(town.engine) as session:
        withdraw_consent(session, volunteer(person), volunteer_id=person, purpose=purpose, at=at)


def sign_up_states(town: Town, person: int) -> list[str]:
    with reading(town.engine) as session:
        return list(session.scalars(select(SignUp.status).where(SignUp.volunteer_id == person)))


def test_everything_that_refers_to_the_lost_record_refers_to_the_kept_one(town: Town) -> None:
    kept, lost = town.person(), town.signed_up(town.shift())
    with writing(town.engine) as s:
        bind_card(s, CITY, card_no="A", volunteer_id=lost, at=NOW)
        join_organisation(s, volunteer(lost), organisation_id=town.organisation_id, volunteer_id=lost, at=NOW)
        host = Actor(
            "host", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id, volunteer_id=lost
        )
        enter_honour_record(
            s,
            host,
            volunteer_id=kept,
            organisation_id=town.organisation_id,
            minutes=30,
            service_day=date(2026, 7, 31),
            reason="签到表",
            at=NOW,
        )
    consent(town, lost, "photos", NOW)
    merged = merge(town, kept, lost)
    assert merged.moved_rows == {
        "card_bindings": 1,
        "consents": 1,
        "honour_records": 1,
        "organisation_members": 1,
        "sign_ups": 1,
    }
    with reading(town.engine) as session:
        left = {
            f"{table.name}.{column.name}"
            for table, column in columns_of_volunteers()
            if table.name not in STAYS
            and session.execute(select(column).where(column == lost)).first() is not None
        }
        assert left == set()
        assert session.scalars(select(CardBinding.volunteer_id)).all() == [kept]
        assert session.scalars(select(HonourRecord.entered_by)).all() == [kept]
        gone = session.get_one(Volunteer, lost)
        assert (gone.status, gone.merged_into_volunteer_id) == ("merged", kept)
        told = session.scalars(select(Notice).where(Notice.kind == "records_merged")).one()
        assert (told.volunteer_id, told.details) == (kept, {"lost_no": gone.volunteer_no})


def test_the_log_says_which_rows_were_moved_and_what_went(town: Town) -> None:
    shift = town.shift()
    kept, lost = town.signed_up(shift), town.signed_up(shift)
    with writing(town.engine) as session:
        bind_card(session, CITY, card_no="A", volunteer_id=lost, at=NOW)
        binding = session.scalars(select(CardBinding.binding_id)).one()
    merge(town, kept, lost)
    with reading(town.engine) as session:
        entries = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "merge_volunteers", AuditEntry.subject_kind == "volunteers"
            )
        ).all()
    assert {entry.subject_id for entry in entries} == {str(kept), str(lost)}
    assert entries[0].after["moved"] == {"card_bindings.volunteer_id": [binding]}
    dropped = entries[0].after["dropped"][0]
    assert (dropped["table"], dropped["volunteer_id"], dropped["status"]) == ("sign_ups", lost, "confirmed")
    assert entries[0].before["lost"]["status"] == "active"


@pytest.mark.parametrize(
    ("of_kept", "of_lost", "stays"),
    [
        ("cancelled", "confirmed", "confirmed"),
        ("confirmed", "cancelled", "confirmed"),
        ("waiting", "no_show", "no_show"),
        ("requested", "waiting", "waiting"),
        ("confirmed", "confirmed", "confirmed"),
    ],
)
def test_two_sign_ups_for_one_shift_become_the_one_that_says_most(
    town: Town, of_kept: str, of_lost: str, stays: str
) -> None:
    shift = town.shift()
    kept, lost = town.signed_up(shift), town.signed_up(shift)
    with writing(town.engine) as session:
        for person, status in ((kept, of_kept), (lost, of_lost)):
            session.scalars(select(SignUp).where(SignUp.volunteer_id == person)).one().status = status
    merge(town, kept, lost)
    assert (sign_up_states(town, kept), sign_up_states(town, lost)) == ([stays], [])


def test_a_place_that_one_person_held_twice_is_offered_to_who_waits(town: Town) -> None:
    shift = town.shift(capacity=2)
    kept, lost, waits = town.signed_up(shift), town.signed_up(shift), town.signed_up(shift)
    assert sign_up_states(town, waits) == ["waiting"]
    with writing(town.engine) as session:
        merge_volunteers(
            session, XIHU, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    assert sign_up_states(town, waits) == ["offered"]


def test_an_account_that_names_the_lost_document_is_the_persons(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        number = session.get_one(VolunteerIdentity, lost).id_number
        session.add(Account(sign_in_name="zhang", full_name="张", id_number=number, created_at=NOW))
    merge(town, kept, lost)
    with reading(town.engine) as session:
        assert session.scalars(select(Account.volunteer_id)).all() == [kept]


def test_a_dispute_about_a_session_follows_the_name_that_the_session_gets(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        session.add(
            Dispute(
                volunteer_id=lost,
                organisation_id=town.organisation_id,
                kind="session",
                session_id=f"{lost}/shift/7/APP/1",
                service_day=NOW.date(),
                status="open",
                opened_at=NOW,
                answer_due_at=NOW + DAY,
            )
        )
    merge(town, kept, lost)
    with reading(town.engine) as session:
        found = session.scalars(select(Dispute)).one()
    assert (found.volunteer_id, found.session_id) == (kept, f"{kept}/shift/7/APP/1")


def test_the_strength_of_every_state_of_a_sign_up_is_known() -> None:
    assert set(STRENGTH) == set(SIGN_UP_STATES)


def test_two_memberships_become_the_longer_one_with_the_higher_role(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        for person, joined, role in ((kept, NOW + HOUR, "member"), (lost, NOW, "administrator")):
            member = join_organisation(
                session,
                volunteer(person),
                organisation_id=town.organisation_id,
                volunteer_id=person,
                at=joined,
            )
            member.role = role
    merge(town, kept, lost)
    with reading(town.engine) as session:
        only = session.scalars(select(OrganisationMember)).one()
    assert (only.volunteer_id, only.joined_at, only.role, only.left_at) == (kept, NOW, "administrator", None)


def test_skills_of_both_are_there_once(town: Town) -> None:
    kept, lost = town.person(), town.person()
    for person, skills in ((kept, {"it": "我"}), (lost, {"it": "他", "law": ""})):
        with writing(town.engine) as session:
            update_volunteer(
                session, volunteer(person), volunteer_id=person, changes={"skills": skills}, at=NOW
            )
    merge(town, kept, lost)
    with reading(town.engine) as session:
        found = session.execute(
            select(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code, VolunteerSkill.detail).order_by(
                VolunteerSkill.skill_code
            )
        ).all()
    assert [tuple(row) for row in found] == [(kept, "it", "我"), (kept, "law", "")]


@pytest.mark.parametrize(("kept_ends", "lost_ends", "ends"), [(5, 9, 9), (9, 5, 9), (5, None, None)])
def test_of_two_bans_the_longer_one_stands(
    town: Town, kept_ends: int, lost_ends: int | None, ends: int | None
) -> None:
    kept, lost = town.person(), town.person()
    for person, days in ((kept, kept_ends), (lost, lost_ends)):
        with writing(town.engine) as session:
            until = None if days is None else NOW + days * DAY
            ban_volunteer(session, XIHU, volunteer_id=person, reason="伪造", ends_at=until, at=NOW)
    merge(town, kept, lost)
    with reading(town.engine) as session:
        standing = session.scalars(select(Ban).where(Ban.lifted_at.is_(None))).one()
        assert session.get_one(Volunteer, kept).status == "banned"
    assert (standing.volunteer_id, standing.ends_at) == (kept, None if ends is None else NOW + ends * DAY)


def test_nobody_sheds_a_ban_by_a_second_record(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        ban_volunteer(session, XIHU, volunteer_id=lost, reason="伪造", at=NOW)
    merge(town, kept, lost)
    with reading(town.engine) as session:
        assert session.get_one(Volunteer, kept).status == "banned"
        assert session.scalars(select(Ban.volunteer_id)).all() == [kept]


def test_of_two_wills_the_latest_counts(town: Town) -> None:
    kept, lost = town.person(), town.person()
    consent(town, kept, "photos", NOW)
    consent(town, lost, "photos", NOW + HOUR)
    withdraw(town, lost, "photos", NOW + 2 * HOUR)
    consent(town, lost, "position", NOW)
    withdraw(town, lost, "position", NOW + HOUR)
    consent(town, kept, "position", NOW + 2 * HOUR)
    merge(town, kept, lost)
    with reading(town.engine) as session:
        standing = session.scalars(select(Consent.purpose).where(Consent.withdrawn_at.is_(None))).all()
    assert standing == ["position"]


@pytest.mark.parametrize(("kept_shows", "lost_shows", "shown"), [(False, True, "小王"), (True, True, "小张")])
def test_a_name_to_show_is_taken_over_with_its_consent(
    town: Town, kept_shows: bool, lost_shows: bool, shown: str
) -> None:
    kept, lost = town.person(), town.person()
    for person, shows, said in ((kept, kept_shows, "小张"), (lost, lost_shows, "小王")):
        if shows:
            consent(town, person, "display_name", NOW, display_name=said)
    merge(town, kept, lost)
    with reading(town.engine) as session:
        names = session.scalars(select(Volunteer.display_name).order_by(Volunteer.volunteer_id)).all()
    assert names == [shown, None]


def test_a_third_record_leads_to_the_last_one(town: Town) -> None:
    first, second, third = town.person(), town.person(), town.person()
    merge(town, second, first)
    merge(town, third, second)
    with reading(town.engine) as session:
        leads = session.scalars(
            select(Volunteer.merged_into_volunteer_id).order_by(Volunteer.volunteer_id)
        ).all()
    assert leads == [third, third, None]


def test_the_document_of_the_lost_record_still_leads_to_the_person(town: Town) -> None:
    kept, lost = town.person(), town.person()
    merge(town, kept, lost)
    with reading(town.engine) as session:
        number = session.get_one(VolunteerIdentity, lost).id_number
    with pytest.raises(Refused, match="registered already"), writing(town.engine) as session:
        register_volunteer(
            session, CITY, full_name="张2", id_type="passport", id_number=number, area_code="330106", at=NOW
        )


def test_what_was_noted_as_the_same_person_is_decided(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        session.add(
            DuplicateCandidate(volunteer_id=lost, other_volunteer_id=kept, ground="phone", found_at=NOW)
        )
    merge(town, kept, lost)
    with reading(town.engine) as session:
        one = session.scalars(select(DuplicateCandidate)).one()
    assert (one.decision, one.decided_at) == ("merged", NOW + DAY)


def test_what_cannot_be_merged_is_refused_and_nothing_changes(town: Town) -> None:
    kept, lost = town.person(), town.person()
    own = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106", volunteer_id=lost)
    for arguments, field in (
        ({"kept": kept, "lost": kept}, "lost_volunteer_id"),
        ({"kept": kept, "lost": lost, "reason": " "}, "reason"),
        ({"kept": kept, "lost": lost, "actor": own}, "kept_volunteer_id"),
        ({"kept": kept, "lost": 999, "actor": CITY}, "volunteer_id"),
    ):
        with pytest.raises(Refused) as refusal:
            merge(town, **arguments)  # type: ignore[arg-type]
        assert refusal.value.field == field
    merge(town, kept, lost)
    before = town.count(AuditEntry)
    for one, other in ((kept, lost), (lost, kept)):
        with pytest.raises(Refused, match="is merged"):
            merge(town, one, other)
    assert town.count(AuditEntry) == before


def test_both_records_must_be_the_matter_of_who_merges(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        session.get_one(Volunteer, lost).district_code = "330105"
    for actor in (
        XIHU,
        Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"),
        town.host,
        volunteer(kept),
    ):
        for one, other in ((kept, lost), (lost, kept), (kept, 999), (999, lost)):
            with pytest.raises(NotAllowed):
                merge(town, one, other, actor)
    merge(town, kept, lost, CITY)


def test_every_table_in_which_two_records_can_meet_is_seen_to() -> None:
    """A new table with something unique of a volunteer must say what becomes of it when two records meet."""
    assert unique_columns_of_volunteers() - {*MET, *STAYS} == set()
