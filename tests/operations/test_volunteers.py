"""Registering volunteers, joining organisations, and consents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.identity import masked, read_identity
from operations.commands.memberships import join_organisation
from operations.commands.organisations import register_organisation
from operations.commands.refusals import Refused
from operations.commands.volunteers import give_consent, register_volunteer, withdraw_consent
from operations.database import reading, writing
from operations.model import (
    AuditEntry,
    Consent,
    Organisation,
    OrganisationMember,
    Volunteer,
    VolunteerIdentity,
)

from .conftest import CITY, NOW, Town, volunteer


def numbered(first_seventeen: str) -> str:
    """An identity number with its check digit, by the weights of GB 11643."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first_seventeen))
    return first_seventeen + "10X98765432"[total % 11]


WOMAN_OF_1992 = numbered("33010619921015" + "122")


def register(town: Town, number: str, *, actor: Actor = CITY, **options: Any) -> Volunteer:
    arguments = {"full_name": "王芳", "id_number": number, "area_code": "330106001051", "at": NOW, **options}
    with writing(town.engine) as session:
        return register_volunteer(session, actor, **arguments)


def test_an_identity_number_tells_birth_date_and_sex(town: Town) -> None:
    made = register(town, f" {WOMAN_OF_1992[:6]} {WOMAN_OF_1992[6:].lower()} ")
    with reading(town.engine) as session:
        found = session.get_one(Volunteer, made.volunteer_id)
        assert (found.sex, found.birth_year_band, found.district_code) == ("2", "1990-1994", "330106")
        assert found.community_code == "330106001051"
        assert found.volunteer_no.startswith("330106")
        assert WOMAN_OF_1992 not in found.volunteer_no
        identity = session.get_one(VolunteerIdentity, made.volunteer_id)
        assert (identity.id_number, identity.born_on) == (WOMAN_OF_1992, date(1992, 10, 15))


def test_the_audit_log_holds_who_and_what_but_no_identity(town: Town) -> None:
    register(town, WOMAN_OF_1992, reason="registered at the counter")
    entry = town.last_audit()
    assert (entry.actor, entry.action, entry.reason) == (
        "city",
        "register_volunteer",
        "registered at the counter",
    )
    assert (entry.happened_at, entry.before) == (NOW, None)
    assert entry.after["id_number"] == "330106********" + WOMAN_OF_1992[-4:]
    assert "王芳" not in str(entry.after)


def test_the_same_person_is_found_however_the_number_is_written(town: Town) -> None:
    with_x = next(n for n in (numbered(f"33010619921015{k:03d}") for k in range(100)) if n.endswith("X"))
    register(town, with_x)
    with pytest.raises(Refused, match="registered already"):
        register(town, with_x.lower())
    assert town.count(Volunteer) == 1


def test_one_person_registered_at_two_counters_at_once_is_registered_once(town: Town) -> None:
    def counter(_: int) -> str:
        try:
            register(town, WOMAN_OF_1992)
        except Refused as refusal:
            return str(refusal)
        return "registered"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(counter, range(4)))
    assert outcomes == ["a volunteer with this document is registered already"] * 3 + ["registered"]


@pytest.mark.parametrize("county", ["330103", "330104", "330113", "330114", "830000"])
def test_old_new_and_residence_permit_area_codes_are_valid(county: str) -> None:
    number = numbered(county + "19990304" + "011")
    assert read_identity("resident_identity_card", number, born_on=None, sex=None).sex == "1"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (WOMAN_OF_1992[:-1] + ("1" if WOMAN_OF_1992[-1] != "1" else "2"), "check digit"),
        (WOMAN_OF_1992[:15], "has 18 characters"),
        ("33010619921015122二", "17 digits"),
        (numbered("33010619921315122"), "no date of birth"),
        (numbered("99010619921015122"), "no province has the code 99"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_beside_its_field(number: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        read_identity("resident_identity_card", number, born_on=None, sex=None)
    assert refusal.value.field == "id_number"


def test_nobody_is_registered_by_a_number_that_cannot_be_right(town: Town) -> None:
    with pytest.raises(Refused, match="lies in the future"):
        register(town, numbered("33010620991015122"))
    assert (town.count(Volunteer), town.count(VolunteerIdentity)) == (0, 0)


def test_what_is_said_besides_may_not_contradict_the_number(town: Town) -> None:
    with pytest.raises(Refused, match="not 1992-10-16"):
        register(town, WOMAN_OF_1992, born_on=date(1992, 10, 16))
    with pytest.raises(Refused, match="another sex"):
        register(town, WOMAN_OF_1992, sex="1")


@given(st.integers(0, 10**17 - 1), st.integers(0, 16), st.integers(1, 9))
def test_a_slip_in_one_digit_never_passes(number: int, place: int, shift: int) -> None:
    right = numbered(f"{number:017d}")
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    with pytest.raises(Refused):
        read_identity("resident_identity_card", wrong, born_on=None, sex=None)


def test_a_masked_number_shows_ten_characters_at_most() -> None:
    assert masked("330106199210151221") == "330106********1221"
    assert masked("E12345678") == "*********"


def test_an_unknown_area_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="there is no area 110101"):
        register(town, WOMAN_OF_1992, area_code="110101")


def test_a_district_administrator_registers_only_in_that_district(town: Town) -> None:
    theirs = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
    with pytest.raises(NotAllowed):
        register(town, WOMAN_OF_1992, actor=theirs)
    assert town.count(VolunteerIdentity) == 0
    register(town, WOMAN_OF_1992, actor=theirs, area_code="330105")


def test_a_wrong_code_of_an_organisation_is_warned_of_and_kept(town: Town) -> None:
    with writing(town.engine) as session:
        made = register_organisation(
            session,
            CITY,
            name="红十字会",
            kind="society",
            area_code="330106",
            uscc="91330106MA2XXXXXXX",
            at=NOW,
        )
    assert "fails the check" in made.warnings[0]
    assert town.count(Organisation, Organisation.uscc == "91330106MA2XXXXXXX") == 1
    with pytest.raises(Refused, match="is registered already"), writing(town.engine) as session:
        register_organisation(
            session,
            CITY,
            name="另一个",
            kind="society",
            area_code="330106",
            uscc="91330106ma2xxxxxxx",
            at=NOW,
        )


def test_a_volunteer_joins_an_organisation_once(town: Town) -> None:
    person = town.person()
    for _ in range(2):
        try:
            with writing(town.engine) as session:
                join_organisation(
                    session,
                    volunteer(person),
                    organisation_id=town.organisation_id,
                    volunteer_id=person,
                    at=NOW,
                )
        except Refused as refusal:
            assert "belongs to 西湖志愿队 already" in str(refusal)
    assert town.count(OrganisationMember) == 1


def consent(town: Town, person: int, purpose: str = "public_ranking", **options: Any) -> Consent:
    arguments = {
        "volunteer_id": person,
        "purpose": purpose,
        "recipient": "city",
        "version": "1",
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return give_consent(session, volunteer(person), **arguments)


def test_a_consent_is_withdrawn_by_a_date_and_may_be_given_again(town: Town) -> None:
    person = town.person()
    consent(town, person)
    with pytest.raises(Refused, match="given already"):
        consent(town, person)
    with writing(town.engine) as session:
        withdraw_consent(
            session,
            volunteer(person),
            volunteer_id=person,
            purpose="public_ranking",
            at=NOW + timedelta(days=1),
        )
    consent(town, person, at=NOW + timedelta(days=2))
    with reading(town.engine) as session:
        found = session.scalars(select(Consent).order_by(Consent.consent_id)).all()
    assert [(c.given_at - NOW, c.withdrawn_at and c.withdrawn_at - NOW) for c in found] == [
        (timedelta(0), timedelta(days=1)),
        (timedelta(days=2), None),
    ]
    with pytest.raises(Refused, match="no such consent"), writing(town.engine) as session:
        withdraw_consent(session, volunteer(person), volunteer_id=person, purpose="photos", at=NOW)


def test_a_display_name_is_kept_only_while_its_owner_agrees(town: Town) -> None:
    person = town.person()
    with pytest.raises(Refused, match="come together"):
        consent(town, person, "display_name")
    consent(town, person, "display_name", display_name="西湖小王")
    assert town.count(Volunteer, Volunteer.display_name == "西湖小王") == 1
    with writing(town.engine) as session:
        withdraw_consent(session, volunteer(person), volunteer_id=person, purpose="display_name", at=NOW)
    assert town.count(Volunteer, Volunteer.display_name.is_not(None)) == 0


def test_nobody_consents_for_somebody_else(town: Town) -> None:
    person, other = town.person(), town.person()
    before = town.count(AuditEntry)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        give_consent(
            session,
            volunteer(other),
            volunteer_id=person,
            purpose="photos",
            recipient="city",
            version="1",
            at=NOW,
        )
    assert (town.count(Consent), town.count(AuditEntry)) == (0, before)
