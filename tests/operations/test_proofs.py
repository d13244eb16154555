"""Proofs of service: what can be certified, what is printed, and what a look-up says and does not say."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.proofs import (
    Answer,
    Certified,
    Issued,
    ServiceRow,
    Signatories,
    issue_proof,
    look_up_proof,
    print_proof_again,
    revoke_proof,
)
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, Proof, ProofLookUp, VolunteerIdentity
from operations.proof_font import missing_characters
from operations.proof_numbers import new_number, plain_number, shown_number

from .conftest import NOW, Town
from .honour_stories import district, host

SIGNED = Signatories("王建国", "李敏", "0571-87654321")
ANYBODY = Actor("visitor", Role.VISITOR)


def row(town: Town, number: int = 1, **more: Any) -> ServiceRow:
    """Two hours at the lake in July."""
    told = {
        "day": date(2026, 7, number),
        "organisation_id": town.organisation_id,
        "minutes": 120,
        "hour_kind": "credit",
        "activity": "西湖捡垃圾",
        "place": "断桥微笑亭",
    }
    return ServiceRow(f"1/site/1/CARD/D1:{number}", **{**told, **more})


def issue(town: Town, actor: Actor, person: int, *rows: ServiceRow, signed: Signatories = SIGNED) -> Issued:
    with writing(town.engine) as session:
        return issue_proof(
            session,
            actor,
            volunteer_id=person,
            organisation_id=town.organisation_id,
            rows=rows,
            signatories=signed,
            look_up_base="https://hub.example.cn/proof",
            at=NOW,
        )


def look_up(
    town: Town, typed: str, today: int | None, actor: Actor = ANYBODY
) -> tuple[Answer, list[Certified]]:
    asked: list[Certified] = []

    def minutes_today(of: Certified) -> int | None:
        asked.append(of)
        return today

    with writing(town.engine) as session:
        return look_up_proof(session, actor, typed=typed, at=NOW, minutes_today=minutes_today), asked


def test_a_proof_is_issued_with_its_pdf_its_digest_and_without_a_second_copy_of_the_identity(
    town: Town,
) -> None:
    person = town.person()
    issued = issue(town, host(town, town.person()), person, row(town, 2, hour_kind="honour"), row(town, 1))
    assert issued.pdf.startswith(b"%PDF-")
    assert issued.proof.sha256 == hashlib.sha256(issued.pdf).hexdigest()
    with reading(town.engine) as session:
        proof = session.scalars(select(Proof)).one()
        identity = session.get_one(VolunteerIdentity, person)
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "issue_proof"))
    assert (proof.minutes, proof.first_day, proof.last_day) == (240, date(2026, 7, 1), date(2026, 7, 2))
    assert (proof.content["credit_minutes"], proof.content["honour_minutes"]) == (120, 120)
    assert proof.content["look_up_address"] == f"https://hub.example.cn/proof?no={proof.proof_no}"
    for kept in (str(proof.content), str(entry.after)):
        assert identity.id_number not in kept and identity.full_name not in kept


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"minutes": 0}, "no minutes that count"),
        ({"is_frozen": True}, "is disputed"),
        ({"organisation_id": 999}, "for another organisation"),
        ({"day": date(2026, 7, 26)}, "on public notice for 7 days"),
        ({"activity": " "}, "the activity is missing"),
        ({"activity": "\ue000"}, "cannot be printed"),
    ],
)
def test_what_cannot_be_certified_is_refused(town: Town, more: dict[str, Any], says: str) -> None:
    person, issuer = town.person(), town.person()
    with pytest.raises(Refused, match=says):
        issue(town, host(town, issuer), person, row(town, 1), replace(row(town, 2), **more))
    assert town.count(Proof) == 0


def test_a_proof_needs_rows_each_once_and_those_who_answer_for_it(town: Town) -> None:
    person, issuer = town.person(), town.person()
    with pytest.raises(Refused, match="choose at least one row"):
        issue(town, host(town, issuer), person)
    with pytest.raises(Refused, match="certified once"):
        issue(town, host(town, issuer), person, row(town), row(town))
    with pytest.raises(Refused, match="the handler is missing") as refusal:
        issue(town, host(town, issuer), person, row(town), signed=replace(SIGNED, handler=""))
    assert refusal.value.field == "handler"
    with pytest.raises(Refused, match="nobody certifies their own"):
        issue(town, host(town, person), person, row(town))
    assert issue(town, host(town, issuer), person, row(town, day=date(2026, 7, 25))).proof.minutes == 120


def test_a_look_up_tells_todays_truth_and_only_part_of_the_person_and_is_logged(town: Town) -> None:
    person = town.person()
    proof = issue(town, host(town, town.person()), person, row(town)).proof
    answer, asked = look_up(town, f" {shown_number(proof.proof_no).lower()} ", today=120)
    assert (answer.outcome, answer.name, answer.minutes, answer.minutes_today) == ("valid", "张*", 120, 120)
    assert asked == [
        Certified(person, ("1/site/1/CARD/D1:1",), (town.organisation_id,), proof.first_day, proof.last_day)
    ]
    assert look_up(town, proof.proof_no, today=90)[0].outcome == "corrected"
    assert look_up(town, proof.proof_no, today=None)[0].outcome == "unchecked"
    with reading(town.engine) as session:
        identity = session.get_one(VolunteerIdentity, person)
        kept = session.scalars(select(ProofLookUp).order_by(ProofLookUp.look_up_id)).all()
    assert identity.id_number not in str(answer) and identity.full_name not in str(answer)
    assert [(one.proof_id, one.outcome) for one in kept] == [
        (proof.proof_id, outcome) for outcome in ("valid", "corrected", "unchecked")
    ]
    assert town.last_audit().action == "look_up_proof"


def test_a_revoked_proof_says_so_and_is_not_printed_again(town: Town) -> None:
    person, issuer = town.person(), town.person()
    proof = issue(town, host(town, issuer), person, row(town)).proof
    with writing(town.engine) as session, pytest.raises(Refused, match="reason is missing"):
        revoke_proof(session, host(town, issuer), proof_id=proof.proof_id, at=NOW, reason="")
    with writing(town.engine) as session:
        revoke_proof(session, host(town, issuer), proof_id=proof.proof_id, at=NOW, reason="签到表是伪造的")
    answer, asked = look_up(town, proof.proof_no, today=120)
    assert (answer.outcome, answer.revoked_on, asked) == ("revoked", date(2026, 8, 1), [])
    assert "签到表" not in str(answer)
    for again in (revoke_proof, print_proof_again):
        with pytest.raises(Refused, match="revoked"), writing(town.engine) as session:
            again(session, host(town, issuer), proof_id=proof.proof_id, at=NOW, reason="再次")


def test_it_is_printed_again_byte_by_byte_unless_the_person_has_another_name_by_now(town: Town) -> None:
    person, issuer = town.person(), town.person()
    issued = issue(town, host(town, issuer), person, row(town))
    asked = {"proof_id": issued.proof.proof_id, "at": NOW + timedelta(days=30), "reason": "原件遗失"}
    with writing(town.engine) as session:
        assert print_proof_again(session, host(town, issuer), **asked).pdf == issued.pdf
    entry = town.last_audit()
    assert (entry.action, entry.reason) == ("issue_proof", "原件遗失")
    with writing(town.engine) as session:
        session.get_one(VolunteerIdentity, person).full_name = "张一一"
    with pytest.raises(Refused, match="revoke this proof and issue it anew"), writing(town.engine) as session:
        print_proof_again(session, host(town, issuer), **asked)


def test_a_number_that_is_none_is_answered_and_not_kept(town: Town) -> None:
    for typed in ("330106199001011234", "", new_number(2026)):
        answer, asked = look_up(town, typed, today=1)
        assert (answer, asked) == (Answer("not_found"), [])
    with reading(town.engine) as session:
        kept = session.scalars(select(ProofLookUp.proof_no).order_by(ProofLookUp.look_up_id)).all()
    assert kept[:2] == ["", ""] and len(kept[2]) == 17


def test_only_the_organisation_and_the_area_issue_and_revoke(town: Town) -> None:
    person, issuer = town.person(), town.person()
    proof = issue(town, district(issuer), person, row(town)).proof
    for actor in (
        district(issuer, "330105"),
        Actor("other", Role.ORGANISATION_ADMINISTRATOR, organisation_id=999, volunteer_id=issuer),
        Actor("self", Role.VOLUNTEER, volunteer_id=person),
    ):
        with pytest.raises(NotAllowed):
            issue(town, actor, person, row(town))
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            revoke_proof(session, actor, proof_id=proof.proof_id, at=NOW, reason="x")
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            print_proof_again(session, actor, proof_id=proof.proof_id, at=NOW, reason="x")
    with pytest.raises(NotAllowed):
        look_up(town, proof.proof_no, 120, Actor("auditor", Role.AUDITOR))


@given(st.integers(2020, 2099), st.integers(4, 16), st.integers(1, 35))
def test_a_slip_of_one_character_is_no_number(year: int, place: int, shift: int) -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    number = new_number(year)
    assert plain_number(shown_number(number)) == number
    other = alphabet[(alphabet.index(number[place]) + shift) % 36]
    assert plain_number(number[:place] + other + number[place + 1 :]) is None


def test_the_font_has_rare_names_and_says_what_it_lacks() -> None:
    assert missing_characters("王喆 龙䶮 Zhang\n·") == ""
    assert missing_characters("\ue000王\ue000") == "\ue000"
