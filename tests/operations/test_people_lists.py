"""Lists of volunteers and organisations: who sees what, how they are searched, and that identities are masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.applications import apply_for_organisation
from operations.commands.documents import Document
from operations.commands.memberships import join_organisation
from operations.commands.merges import merge_volunteers
from operations.commands.organisations import register_organisation
from operations.commands.volunteers import register_volunteer
from operations.database import reading, writing
from operations.model import OrganisationDocument
from operations.queries.duplicates import CANDIDATES, side_by_side
from operations.queries.organisations import (
    APPLICATIONS,
    MEMBERS,
    ORGANISATIONS,
    document_content,
    organisation_detail,
)
from operations.queries.paging import Listing, Wanted, page_of
from operations.queries.volunteers import VOLUNTEERS, volunteer_detail

from .conftest import CITY, NOW, Town, volunteer

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
BEISHAN = Actor("北山", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001")
PDF = Document("charter", "章程.pdf", "application/pdf", b"%PDF-1.7")


def rows(town: Town, actor: Actor, listing: Listing = VOLUNTEERS, **wanted: Any) -> list[dict[str, Any]]:
    with reading(town.engine) as session:
        return page_of(session, actor, listing, Wanted(**wanted), on=NOW.date()).rows


def register(town: Town, name: str, number: str, area: str = "330106", **options: Any) -> int:
    with writing(town.engine) as session:
        return register_volunteer(
            session,
            CITY,
            full_name=name,
            id_type="passport",
            id_number=number,
            area_code=area,
            at=NOW,
            **options,
        ).volunteer_id


def ids(found: list[dict[str, Any]]) -> set[int]:
    return {row["volunteer_id"] for row in found}


def test_each_role_sees_its_part_of_the_volunteers(town: Town) -> None:
    here, township, elsewhere = (
        register(town, "王芳", "E1"),
        register(town, "李雷", "E2", "330106001051"),
        register(town, "韩梅", "E3", "330105"),
    )
    member, signed_up = elsewhere, town.signed_up(town.shift())
    with writing(town.engine) as session:
        join_organisation(
            session, volunteer(member), organisation_id=town.organisation_id, volunteer_id=member, at=NOW
        )
    assert ids(rows(town, CITY)) == {here, township, elsewhere, signed_up}
    assert ids(rows(town, XIHU)) == {here, township, signed_up}
    assert ids(rows(town, BEISHAN)) == {township}
    assert ids(rows(town, GONGSHU)) == {elsewhere}
    assert ids(rows(town, town.host)) == {member, signed_up}
    for actor in (volunteer(here), Actor("z", Role.OFFICIAL, "330106"), Actor("a", Role.ANALYST)):
        with pytest.raises(NotAllowed):
            rows(town, actor)


def test_a_list_and_a_single_look_agree(town: Town) -> None:
    people = [register(town, "王芳", "E1"), register(town, "韩梅", "E3", "330105")]
    for actor in (CITY, XIHU, GONGSHU, BEISHAN, town.host):
        seen = ids(rows(town, actor))
        with reading(town.engine) as session:
            for person in people:
                assert (volunteer_detail(session, actor, person) is not None) == (person in seen)


def test_identities_are_masked_wherever_they_are_listed(town: Town) -> None:
    person = register(town, "张小三", "E123456789012", phone="13800138000")
    row = rows(town, XIHU)[0]
    assert (row["full_name"], row["id_number"], row["phone"]) == ("张*三", "E12345***9012", "138****8000")
    with writing(town.engine) as session:
        join_organisation(
            session, volunteer(person), organisation_id=town.organisation_id, volunteer_id=person, at=NOW
        )
    assert rows(town, town.host, MEMBERS)[0]["full_name"] == "张*三"
    with reading(town.engine) as session:
        said = str(volunteer_detail(session, XIHU, person))
    assert "张小三" not in said and "13800138000" not in said


def test_volunteers_are_found_by_name_number_document_or_telephone(town: Town) -> None:
    person = register(town, "张小三", "E1234567", phone="138 0013 8000")
    other = register(town, "张大四", "E7654321")
    number = rows(town, XIHU, search="张小")[0]["volunteer_no"]
    for words in ("张小三", " 张小", "e1234567", "13800138000", "+86 138-0013-8000", number):
        assert ids(rows(town, XIHU, search=words)) == {person}, words
        assert ids(rows(town, GONGSHU, search=words)) == set()
    assert ids(rows(town, XIHU, search="张")) == {person, other}
    for words in ("小三", "E123", "1380013", number[:-1], "%", "张%"):
        assert rows(town, XIHU, search=words) == [], words


def test_a_merged_record_is_found_by_its_state_and_leads_to_the_kept_one(town: Town) -> None:
    kept, lost = register(town, "王芳", "E1"), register(town, "王芳", "E2")
    with writing(town.engine) as session:
        merge_volunteers(
            session, XIHU, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    found = rows(town, XIHU, filters={"status": ["merged"]})
    assert [(row["volunteer_id"], row["merged_into_volunteer_id"]) for row in found] == [(lost, kept)]
    with reading(town.engine) as session:
        detail = volunteer_detail(session, XIHU, kept)
    assert detail is not None and [one["volunteer_id"] for one in detail.merged_records] == [lost]


def test_an_organisation_sees_of_a_volunteer_what_is_its_own(town: Town) -> None:
    person = town.signed_up(town.shift())
    with writing(town.engine) as session:
        other = register_organisation(
            session, CITY, name="拱墅志愿队", kind="group", area_code="330105", at=NOW
        ).organisation.organisation_id
        join_organisation(session, volunteer(person), organisation_id=other, volunteer_id=person, at=NOW)
    with reading(town.engine) as session:
        by_host = volunteer_detail(session, town.host, person)
        by_area = volunteer_detail(session, XIHU, person)
    assert by_host is not None and by_area is not None
    assert (len(by_host.sign_ups), by_host.memberships) == (1, [])
    assert [one["name"] for one in by_area.memberships] == ["拱墅志愿队"]


def application(town: Town, area: str = "330106") -> int:
    with writing(town.engine) as session:
        made = apply_for_organisation(
            session,
            Actor("visitor", Role.VISITOR),
            name="断桥护鸟队",
            kind="group",
            area_code=area,
            contact_name="李雷",
            contact_phone="87000000",
            documents=[PDF],
            at=NOW,
        )
        return made.organisation.organisation_id


def test_applications_wait_for_the_area_that_decides(town: Town) -> None:
    number = application(town)
    for actor, seen in ((CITY, [number]), (XIHU, [number]), (GONGSHU, []), (BEISHAN, [])):
        assert [row["organisation_id"] for row in rows(town, actor, APPLICATIONS)] == seen
    with pytest.raises(NotAllowed):
        rows(town, town.host, APPLICATIONS)
    assert [row["name"] for row in rows(town, XIHU, ORGANISATIONS, search="断桥")] == ["断桥护鸟队"]


def test_who_to_ask_and_the_documents_are_for_those_who_decide(town: Town) -> None:
    number = application(town)
    official = Actor("z", Role.OFFICIAL, "330106")
    with reading(town.engine) as session:
        trusted, looking = (organisation_detail(session, actor, number) for actor in (XIHU, official))
        assert trusted is not None and looking is not None
        assert trusted.contact["contact_name"] == "李雷" and looking.contact == {}
        assert len(trusted.documents) == 1 and looking.documents == []
        assert organisation_detail(session, GONGSHU, number) is None
        document = trusted.documents[0]["document_id"]
        assert document_content(session, XIHU, document).content == PDF.content
        for actor, wanted in ((official, document), (GONGSHU, document), (GONGSHU, 999)):
            with pytest.raises(NotAllowed):
                document_content(session, actor, wanted)
    assert town.count(OrganisationDocument) == 1


def test_a_tree_shows_what_stands_above_and_below(town: Town) -> None:
    with writing(town.engine) as session:
        child = register_organisation(
            session,
            CITY,
            name="曙光分队",
            kind="group",
            area_code="330106001",
            at=NOW,
            parent_organisation_id=town.organisation_id,
        ).organisation.organisation_id
    with reading(town.engine) as session:
        below, above = (organisation_detail(session, XIHU, one) for one in (town.organisation_id, child))
    assert below is not None and above is not None
    assert [one["name"] for one in below.below] == ["曙光分队"]
    assert [one["name"] for one in above.above] == ["西湖志愿队"]


def test_who_may_be_one_person_waits_for_who_may_merge_both(town: Town) -> None:
    born = {"born_on": date(1992, 10, 15)}
    first, second = register(town, "王芳", "E1", **born), register(town, "王芳", "E2", **born)
    register(town, "王芳", "E3", "330105", **born)
    found = rows(town, XIHU, CANDIDATES)
    assert [(row["volunteer_id"], row["other_volunteer_id"]) for row in found] == [(second, first)]
    assert len(rows(town, CITY, CANDIDATES)) == 3
    with reading(town.engine) as session:
        both = side_by_side(session, XIHU, first, second)
        assert side_by_side(session, GONGSHU, first, second) is None
    assert both is not None and (both.is_same_birth_date, both.is_same_phone) == (True, False)
