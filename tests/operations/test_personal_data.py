"""All that is kept of one person, handed out on request."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.merges import merge_volunteers
from operations.commands.personal_data import LEFT_OUT, PersonalData, export_volunteer
from operations.commands.references import columns_of_volunteers
from operations.commands.refusals import Refused
from operations.commands.reveals import reveal_identity
from operations.database import writing

from .conftest import CITY, NOW, Town, volunteer
from .test_erasures import served

XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


def export(town: Town, person: int, actor: Actor | None = None, reason: str = "") -> PersonalData:
    with writing(town.engine) as session:
        return export_volunteer(
            session, actor or volunteer(person), volunteer_id=person, at=NOW, reason=reason
        )


def test_everything_that_is_about_the_person_is_in_it(town: Town) -> None:
    person = served(town)
    with writing(town.engine) as session:
        reveal_identity(session, XIHU, volunteer_id=person, reason="核对证件", at=NOW)
    data = export(town, person)
    filled = {name for name, rows in data.tables.items() if rows}
    assert filled >= {
        "volunteers", "volunteer_identities", "volunteer_skills", "guardians", "consents", "card_bindings",
        "organisation_members", "sign_ups", "check_ins", "actions",
    }  # fmt: skip
    assert data.tables["volunteer_identities"][0]["phone"] == "13800138000"
    assert data.tables["check_ins"][0]["received_lon"] == 120.15
    assert data.tables["sign_ups"][0]["activity_title"] == "西湖捡垃圾"
    assert data.tables["organisation_members"][0]["organisation_name"] == "西湖志愿队"
    assert "reveal_identity" in [one["action"] for one in data.tables["actions"]]


def test_every_table_about_a_volunteer_is_exported(town: Town) -> None:
    about = {table.name for table, column in columns_of_volunteers() if column.name == "volunteer_id"}
    assert set(export(town, town.person()).tables) >= about - {*LEFT_OUT}


def test_nobody_else_is_in_it(town: Town) -> None:
    person, other = served(town), town.person()
    said = export(town, person).as_json()
    assert f"张{other}" not in said and "duplicate_candidates" not in said
    assert "applied_by" not in said and "entered_by" not in said


def test_it_is_read_by_people_and_by_programs(town: Town) -> None:
    person = served(town)
    data = export(town, person)
    with zipfile.ZipFile(io.BytesIO(data.as_zip())) as bundle:
        assert sorted(bundle.namelist()) == ["personal_data.html", "personal_data.json"]
        told = json.loads(bundle.read("personal_data.json"))
        page = bundle.read("personal_data.html").decode()
    assert told["tables"]["volunteer_skills"][0]["detail"] == "修电脑"
    assert "修电脑" in page and "身份与联系方式" in page
    assert "http" not in page


def test_people_read_moments_in_beijing_time_and_programs_in_utc(town: Town) -> None:
    data = PersonalData("V1", NOW, {"bans": [{"banned_at": "2026-07-29T16:00:00+00:00", "reason": "2026"}]})
    assert "<td>2026-07-30 00:00</td><td>2026</td>" in data.as_html() and "UTC" not in data.as_html()
    assert "2026-07-29T16:00:00+00:00" in data.as_json()


def test_what_people_wrote_stays_text_on_the_page(town: Town) -> None:
    data = PersonalData("V1", NOW, {"volunteer_skills": [{"detail": "<script>alert(1)</script>"}]})
    assert "<script>" not in data.as_html() and "&lt;script&gt;" in data.as_html()


def test_who_took_it_is_written_down(town: Town) -> None:
    person = town.person()
    with pytest.raises(Refused) as refusal:
        export(town, person, XIHU)
    assert refusal.value.field == "reason"
    export(town, person, XIHU, "本人书面申请")
    entry = town.last_audit()
    assert (entry.action, entry.actor, entry.reason) == ("export_volunteer", "西湖", "本人书面申请")
    assert entry.after["rows"]["volunteers"] == 1


def test_nobody_takes_what_is_not_theirs(town: Town) -> None:
    person = town.person()
    for actor in (
        volunteer(town.person()),
        town.host,
        Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105"),
        Actor("a", Role.AUDITOR),
    ):
        for number in (person, 999):
            with pytest.raises(NotAllowed):
                export(town, number, actor, "看看")


def test_a_merged_record_is_exported_with_the_kept_one(town: Town) -> None:
    kept, lost = town.person(), town.person()
    with writing(town.engine) as session:
        merge_volunteers(
            session, CITY, kept_volunteer_id=kept, lost_volunteer_id=lost, reason="同一人", at=NOW
        )
    with pytest.raises(Refused, match="export that"):
        export(town, lost)
    assert export(town, kept).tables["merged_records"][0]["volunteer_id"] == lost
