"""Forgetting who somebody is, while the service stays counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands import attendance
from operations.commands.administrators import appoint_administrator
from operations.commands.cards import bind_card
from operations.commands.erasures import erase_volunteer
from operations.commands.memberships import join_organisation
from operations.commands.merges import merge_volunteers
from operations.commands.profiles import update_volunteer
from operations.commands.refusals import Refused
from operations.commands.reveals import reveal_identity
from operations.commands.volunteers import give_consent, register_volunteer
from operations.database import reading, writing
from operations.model import (
    Account,
    CardBinding,
    CheckIn,
    Consent,
    Dispute,
    Guardian,
    OrganisationMember,
    RoleGrant,
    SignIn,
    SignUp,
    Volunteer,
    VolunteerIdentity,
    VolunteerSkill,
)

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
LATER = NOW + timedelta(days=1)


def erase(town: Town, person: int, actor: Actor | None = None, **options: Any) -> None:
    with writing(town.engine) as session:
        erase_volunteer(session, actor or volunteer(person), volunteer_id=person, **{"at": LATER, **options})


def served(town: Town) -> int:
    """A volunteer who checked in, and who holds one of everything."""
    shift = town.shift()
    person = town.signed_up(shift)
    own = volunteer(person)
    code = town.code(shift, town.starts_at)
    with writing(town.engine) as s:
        here = attendance.Reading(120.15, 30.26, "WGS-84", 5)
        attendance.check_in(
            s,
            own,
            volunteer_id=person,
            shift_id=shift,
            reading=here,
            client="app",
            code=code,
            at=town.starts_at,
        )
        join_organisation(s, own, organisation_id=town.organisation_id, volunteer_id=person, at=NOW)
        bind_card(s, CITY, card_no="A", volunteer_id=person, at=NOW)
        give_consent(
            s, own, volunteer_id=person, purpose="display_name", recipient="city", version="1", at=NOW,
            display_name="小张",
        )  # fmt: skip
        changes = {"phone": "13800138000", "skills": {"it": "修电脑"}, "available_time": ["holiday"]}
        update_volunteer(s, own, volunteer_id=person, changes=changes, at=NOW)
        s.add(
            Guardian(
                volunteer_id=person,
                full_name="王建国",
                kinship="father",
                phone="1",
                consent_version="1",
                consented_at=NOW,
            )
        )
    return person


def test_who_it_was_goes_and_what_was_done_stays(town: Town) -> None:
    person = served(town)
    with reading(town.engine) as session:
        number = session.get_one(Volunteer, person).volunteer_no
    erase(town, person)
    with reading(town.engine) as session:
        found = session.get_one(Volunteer, person)
        assert (found.volunteer_no, found.status) == (number, "erased")
        assert (found.display_name, found.available_time) == (None, None)
        for model in (VolunteerIdentity, VolunteerSkill, Guardian):
            assert session.scalars(select(model)).all() == []
        event = session.scalars(select(CheckIn)).one()
        assert (event.volunteer_id, event.occurred_at) == (person, town.starts_at)
        assert (event.received_lon, event.received_lat, event.accuracy_m) == (None, None, None)
        assert session.scalars(select(CardBinding.bound_to)).all() == [LATER]
        assert session.scalars(select(OrganisationMember.left_at)).all() == [LATER]
        assert session.scalars(select(Consent.withdrawn_at)).all() == [LATER]
    entry = town.last_audit()
    assert (entry.action, entry.before, entry.after["status"]) == (
        "erase_volunteer",
        {"status": "active"},
        "erased",
    )


def test_a_sign_up_for_what_has_not_begun_is_cancelled_and_one_that_was_kept_stays(town: Town) -> None:
    person = served(town)
    later = town.shift(hours_later=48)
    with writing(town.engine) as session:
        from operations.commands.sign_ups import sign_up

        sign_up(session, volunteer(person), volunteer_id=person, shift_id=later, at=NOW)
    erase(town, person)
    with reading(town.engine) as session:
        states = session.scalars(select(SignUp.status).order_by(SignUp.sign_up_id)).all()
    assert states == ["confirmed", "cancelled"]


def test_the_records_that_were_merged_into_it_forget_as_well(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        merge_volunteers(
            session, CITY, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    erase(town, kept)
    assert town.count(VolunteerIdentity) == 0
    with pytest.raises(Refused, match="is merged"):
        erase(town, lost)


def test_an_administrator_erases_with_a_reason_and_the_person_without(town: Town) -> None:
    person, other = town.person(), town.person()
    with pytest.raises(Refused) as refusal:
        erase(town, person, XIHU)
    assert refusal.value.field == "reason"
    erase(town, person, XIHU, reason="本人书面申请")
    assert town.last_audit().reason == "本人书面申请"
    erase(town, other)


def test_nobody_signs_in_as_somebody_who_is_forgotten(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        number = session.get_one(VolunteerIdentity, person).id_number
        others = {"full_name": "别人", "created_at": NOW}
        named = {"full_name": "张1", "created_at": NOW, "password_hash": "x"}
        session.add(Account(sign_in_name="by_record", volunteer_id=person, **named))
        session.add(Account(sign_in_name="by_document", id_number=number, **named))
        session.add(Account(sign_in_name="other", **others))
        session.flush()
        account_id = session.scalars(select(Account.account_id).where(Account.volunteer_id == person)).one()
        session.add(SignIn(account_id=account_id, token_hash="t", began_at=NOW, last_seen_at=NOW))
    erase(town, person)
    with reading(town.engine) as session:
        accounts = session.scalars(select(Account).order_by(Account.account_id)).all()
        assert [(one.disabled_at, one.password_hash) for one in accounts] == [
            (LATER, None),
            (LATER, None),
            (None, None),
        ]
        assert "张1" not in {one.full_name for one in accounts}
        assert session.scalars(select(SignIn.ended_at)).all() == [LATER]


def test_who_holds_a_role_of_the_administration_gives_it_back_first(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        account = Account(sign_in_name="zhang", full_name="张1", volunteer_id=person, created_at=NOW)
        session.add(account)
        session.flush()
        session.add(RoleGrant(account_id=account.account_id, role="auditor", granted_at=NOW))
    with pytest.raises(Refused, match="role of the administration"):
        erase(town, person)
    assert town.count(VolunteerIdentity) == 1


@pytest.mark.parametrize("status", ["open", "appealed"])
def test_nobody_is_forgotten_while_a_dispute_is_open(town: Town, status: str) -> None:
    person = town.person()
    with writing(town.engine) as session:
        dispute = Dispute(
            volunteer_id=person,
            organisation_id=town.organisation_id,
            kind="missing_attendance",
            service_day=NOW.date(),
            status=status,
            opened_at=NOW,
            answer_due_at=LATER,
        )
        session.add(dispute)
    with pytest.raises(Refused, match="dispute of this person is open"):
        erase(town, person)
    with writing(town.engine) as session:
        session.scalars(select(Dispute)).one().status = "withdrawn"
    erase(town, person)


def test_the_only_administrator_appoints_another_one_first(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        appoint_administrator(
            session, XIHU, organisation_id=town.organisation_id, volunteer_id=person, at=NOW
        )
    with pytest.raises(Refused, match="only administrator"):
        erase(town, person)
    assert town.count(VolunteerIdentity) == 1


def test_nobody_is_forgotten_by_others_or_twice(town: Town) -> None:
    person = town.person()
    for actor in (
        volunteer(town.person()),
        town.host,
        Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"),
    ):
        for number in (person, 999):
            with pytest.raises(NotAllowed):
                erase(town, number, actor, reason="申请")
    erase(town, person)
    with pytest.raises(Refused, match="is erased"):
        erase(town, person)


def test_what_was_forgotten_is_neither_shown_nor_changed_and_may_begin_anew(town: Town) -> None:
    person = town.person()
    with reading(town.engine) as session:
        number = session.get_one(VolunteerIdentity, person).id_number
    erase(town, person)
    with pytest.raises(Refused, match="no identity is kept"), writing(town.engine) as session:
        reveal_identity(session, XIHU, volunteer_id=person, reason="核对证件", at=LATER)
    with pytest.raises(Refused, match="is erased"), writing(town.engine) as session:
        update_volunteer(session, XIHU, volunteer_id=person, changes={"language": "en"}, at=LATER)
    with writing(town.engine) as session:
        again = register_volunteer(
            session, CITY, full_name="张1", id_type="passport", id_number=number, area_code="330106", at=LATER
        )
    assert again.volunteer_id != person
