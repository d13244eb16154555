"""How organisations come in: applied for with documents, returned, mended and approved."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.applications import (
    Application,
    apply_again,
    apply_for_organisation,
    approve_organisation,
    own_application,
    return_organisation,
)
from operations.commands.documents import Document
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, Notice, Organisation, OrganisationDocument, OrganisationMember

from .conftest import CITY, NOW, Town, volunteer

VISITOR = Actor("visitor", Role.VISITOR)
XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
CHARTER = Document("charter", "C:\\文件\\章程.pdf", "application/pdf", b"%PDF-1.7 charter")


def apply(town: Town, actor: Actor = VISITOR, **options: Any) -> Application:
    arguments = {
        "name": "断桥护鸟队",
        "kind": "group",
        "area_code": "330106001",
        "contact_name": "李雷",
        "contact_phone": "0571-8700 0000",
        "documents": [CHARTER],
        "at": NOW,
        **options,
    }
    with writing(town.engine) as session:
        return apply_for_organisation(session, actor, **arguments)


def decide(town: Town, actor: Actor, organisation_id: int, *, returned_for: str = "") -> None:
    with writing(town.engine) as session:
        if returned_for:
            return_organisation(session, actor, organisation_id=organisation_id, reason=returned_for, at=NOW)
        else:
            approve_organisation(session, actor, organisation_id=organisation_id, at=NOW)


def organisation(town: Town, organisation_id: int) -> Organisation:
    with reading(town.engine) as session:
        return session.get_one(Organisation, organisation_id)


def notices(town: Town) -> list[tuple[str, int | None, int | None]]:
    with reading(town.engine) as session:
        found = session.scalars(select(Notice).order_by(Notice.notice_id))
        return [(one.kind, one.volunteer_id, one.organisation_id) for one in found]


def test_an_organisation_applies_with_its_documents_and_waits(town: Town) -> None:
    made = apply(town)
    found = organisation(town, made.organisation.organisation_id)
    assert (found.status, found.applied_at, found.district_code) == ("applied", NOW, "330106")
    with reading(town.engine) as session:
        kept = session.scalars(select(OrganisationDocument)).one()
        assert (kept.file_name, kept.size_bytes, kept.content) == ("章程.pdf", 16, CHARTER.content)
        assert kept.sha256 == hashlib.sha256(CHARTER.content).hexdigest()
    entry = town.last_audit()
    assert (entry.action, entry.role) == ("apply_for_organisation", "visitor")
    assert entry.after["documents"][0]["file_name"] == "章程.pdf"
    assert "李雷" not in str(entry.after) and str(made.code) not in str(entry.after)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (Document("charter", "章程.pdf", "application/pdf", b""), "is empty"),
        (Document("charter", "章程.pdf", "application/pdf", b"MZ\x90"), "not the kind of file"),
        (Document("charter", "a.exe", "application/x-msdownload", b"MZ"), "neither PDF nor JPEG nor PNG"),
        (Document("charter", "大.pdf", "application/pdf", b"%PDF-" + b"0" * 10 * 1024**2), "at most 10 MB"),
        (Document("letter", "信.pdf", "application/pdf", b"%PDF-1"), "is not known"),
    ],
)
def test_a_file_that_an_official_cannot_open_is_refused(town: Town, document: Document, says: str) -> None:
    with pytest.raises(Refused, match=says):
        apply(town, documents=[document])
    assert town.count(Organisation) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"documents": []}, "documents"),
        ({"documents": [CHARTER] * 11}, "documents"),
        ({"name": " "}, "name"),
        ({"contact_name": ""}, "contact_name"),
        ({"contact_phone": ""}, "contact_phone"),
        ({"area_code": "110101"}, "area_code"),
        ({"parent_organisation_id": 99}, "parent_organisation_id"),
    ],
)
def test_what_is_missing_in_an_application_is_named(town: Town, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        apply(town, **wrong)
    assert refusal.value.field == field


def test_who_applied_by_an_account_administers_it_once_it_is_approved(town: Town) -> None:
    person = town.person()
    made = apply(town, volunteer(person))
    assert made.code is None
    decide(town, XIHU, made.organisation.organisation_id)
    found = organisation(town, made.organisation.organisation_id)
    assert (found.status, found.registered_at, found.decided_at) == ("active", NOW, NOW)
    with reading(town.engine) as session:
        member = session.scalars(select(OrganisationMember)).one()
    assert (member.organisation_id, member.volunteer_id, member.role) == (
        found.organisation_id,
        person,
        "administrator",
    )
    assert ("organisation_approved", person, None) in notices(town)


def test_a_returned_application_is_mended_and_handed_in_again(town: Town) -> None:
    made = apply(town)
    number = made.organisation.organisation_id
    decide(town, XIHU, number, returned_for="章程没有盖章")
    assert organisation(town, number).decision_reason == "章程没有盖章"
    stamped = Document("charter", "章程盖章.png", "image/png", b"\x89PNG\r\n\x1a\n..")
    with writing(town.engine) as session:
        apply_again(
            session,
            VISITOR,
            organisation_id=number,
            code=made.code,
            documents=[stamped],
            name="断桥爱鸟队",
            at=NOW,
        )
    found = organisation(town, number)
    assert (found.status, found.name) == ("applied", "断桥爱鸟队")
    with reading(town.engine) as session:
        files = session.scalars(select(OrganisationDocument).order_by(OrganisationDocument.document_id)).all()
    assert [(one.file_name, one.replaced_at) for one in files] == [("章程.pdf", NOW), ("章程盖章.png", None)]
    decide(town, XIHU, number)
    assert organisation(town, number).status == "active"


def test_only_who_applied_sees_and_mends_an_application(town: Town) -> None:
    applicant, other = town.person(), town.person()
    by_account = apply(town, volunteer(applicant)).organisation.organisation_id
    by_code = apply(town, name="断桥护鱼队")
    for number in (by_account, by_code.organisation.organisation_id):
        decide(town, XIHU, number, returned_for="请补正")
    tries: list[tuple[Actor, int, str | None]] = [
        (volunteer(other), by_account, None),
        (VISITOR, by_account, by_code.code),
        (VISITOR, by_account, None),
        (VISITOR, by_code.organisation.organisation_id, "0" * 16),
        (VISITOR, by_code.organisation.organisation_id, None),
        (VISITOR, 999, by_code.code),
    ]
    for actor, number, code in tries:
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            apply_again(session, actor, organisation_id=number, code=code, at=NOW)
    with reading(town.engine) as session:
        own_application(session, volunteer(applicant), by_account, None)
        own_application(session, VISITOR, by_code.organisation.organisation_id, by_code.code)


def test_an_application_is_mended_only_while_it_is_returned(town: Town) -> None:
    made = apply(town)
    number = made.organisation.organisation_id
    with pytest.raises(Refused, match="is applied"), writing(town.engine) as session:
        apply_again(session, VISITOR, organisation_id=number, code=made.code, at=NOW)


def test_the_area_decides_and_no_other(town: Town) -> None:
    number = apply(town).organisation.organisation_id
    township = Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001")
    for actor in (GONGSHU, town.host, VISITOR, Actor("a", Role.AUDITOR)):
        for returned_for in ("", "不行"):
            with pytest.raises(NotAllowed):
                decide(town, actor, number, returned_for=returned_for)
            with pytest.raises(NotAllowed):
                decide(town, actor, 999, returned_for=returned_for)
    decide(town, township, number)


def test_nobody_decides_on_their_own_application(town: Town) -> None:
    person = town.person()
    number = apply(town, volunteer(person)).organisation.organisation_id
    official = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106", volunteer_id=person)
    with pytest.raises(Refused, match="their own application"):
        decide(town, official, number)


def test_what_is_decided_is_decided_once(town: Town) -> None:
    number = apply(town).organisation.organisation_id

    def approve(_: int) -> str:
        try:
            decide(town, XIHU, number)
        except Refused as refusal:
            return str(refusal)
        return "approved"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(approve, range(4)))
    assert outcomes.count("approved") == 1
    assert town.count(AuditEntry, AuditEntry.action == "approve_organisation") == 1
    with pytest.raises(Refused, match="no application"):
        decide(town, XIHU, number, returned_for="晚了")


def test_an_application_is_returned_only_with_a_reason(town: Town) -> None:
    number = apply(town).organisation.organisation_id
    with pytest.raises(Refused) as refusal:
        decide(town, XIHU, number, returned_for=" ")
    assert refusal.value.field == "reason"


def test_an_organisation_applies_for_one_below_it_and_for_no_other(town: Town) -> None:
    person = town.person()
    host = Actor(
        "host", Role.ORGANISATION_ADMINISTRATOR, organisation_id=town.organisation_id, volunteer_id=person
    )
    made = apply(town, host, parent_organisation_id=town.organisation_id)
    assert made.organisation.parent_organisation_id == town.organisation_id
    assert ("child_organisation_applied", None, town.organisation_id) in notices(town)
    with pytest.raises(NotAllowed):
        apply(town, host, name="别家的队")


def test_a_name_that_is_there_is_warned_of(town: Town) -> None:
    assert apply(town).warnings == ()
    assert "is called 断桥护鸟队 as well" in apply(town).warnings[0]


def test_a_child_and_who_is_banned_apply_for_nothing(town: Town) -> None:
    child = town.person()
    with writing(town.engine) as session:
        from operations.model import VolunteerIdentity

        session.get_one(VolunteerIdentity, child).born_on = NOW.date().replace(year=2012)
    with pytest.raises(Refused, match="an adult"):
        apply(town, volunteer(child))


def test_the_city_decides_in_every_district(town: Town) -> None:
    number = apply(town, area_code="330105").organisation.organisation_id
    decide(town, CITY, number)
    assert organisation(town, number).status == "active"
