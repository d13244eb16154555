"""The pages of honour records, reviews, disputes, proofs and notices, and the look-up that needs no sign-in."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboards.public import proof
from operations.access import Actor, Role
from operations.commands.disputes import answer_dispute, open_dispute
from operations.commands.honours import enter_honour_record
from operations.commands.notices import notify
from operations.commands.organisations import register_organisation
from operations.commands.proofs import Issued, ServiceRow, Signatories, issue_proof
from operations.commands.reviews import review_minutes
from operations.commands.volunteers import register_volunteer
from operations.database import open_database, reading, writing
from operations.model import Account, Area, Dispute, HonourRecord, OrganisationMember, Proof, utc_now
from operations.proof_numbers import shown_number
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import make_lake
from tests.warehouse.rows import put
from warehouse.lake import open_lake

CITY = Actor("city", Role.CITY_ADMINISTRATOR)
DAY = date(2026, 7, 1)


@pytest.fixture
def desk(tmp_path: Path, _migrated_sqlite: Path) -> tuple[Path, Issued]:
    """A home with an organisation, a record of it, a dispute, a review, a notice and a proof."""
    home = tmp_path / "desk"
    make_lake(home)
    database = home / "operations.sqlite"
    shutil.copy(_migrated_sqlite, database)
    engine = open_database(f"sqlite:///{database}")
    issued = _fill(engine)
    engine.dispose()
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    told = {"session_id": "1/site/1/CARD/D1:1", "volunteer_id": 1, "service_day": DAY, "organisation_id": 1}
    put(con, "marts.service_records", told | {"minutes": 120, "hour_kind": "credit"})
    waits = {"level": "city", "state": "waiting", "review_minutes": 60, "waiting_minutes": 60}
    put(con, "marts.review_queue", told | waits | {"granted_minutes": 0})
    con.close()
    return home, issued


def _fill(engine: Engine) -> Issued:
    at = utc_now()
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
        session.flush()
        organisation_id = register_organisation(
            session, CITY, name="西湖志愿队", kind="group", area_code="330106", at=at
        ).organisation.organisation_id
        people = [
            register_volunteer(
                session, CITY, full_name=name, id_type="passport", id_number=number, area_code="330106", at=at
            ).volunteer_id
            for name, number in (("张一三", "E1"), ("李四", "E2"))
        ]
        host = Actor("host", Role.ORGANISATION_ADMINISTRATOR, None, organisation_id, people[1])
        told = {"volunteer_id": people[0], "organisation_id": organisation_id, "service_day": DAY, "at": at}
        enter_honour_record(session, host, minutes=90, reason="签到表", **told)
        session_id = "1/site/1/CARD/D1:1"
        open_dispute(session, host, kind="session", session_id=session_id, statement="少了一小时", **told)
        notify(session, "proof_issued", at=at, volunteer_id=people[0])
        return issue_proof(
            session,
            host,
            volunteer_id=people[0],
            organisation_id=organisation_id,
            rows=[ServiceRow(session_id, DAY, organisation_id, 120, "credit", "西湖捡垃圾")],
            signatories=Signatories("王建国", "李敏", "0571-87654321"),
            look_up_base="https://hub.example.cn/look-up",
            at=at + timedelta(seconds=1),
        )


@pytest.mark.parametrize(
    ("page", "opens", "says"),
    [
        ("honour_records", {"record": "1"}, "签到表"),
        ("disputes", {"dispute": "1"}, "少了一小时"),
        ("proofs", {"proof": "1"}, "西湖志愿队"),
        ("reviews", {"review": "city:1/site/1/CARD/D1:1"}, "西湖志愿队"),
        ("notices", {}, ""),
    ],
)
def test_the_list_and_one_of_its_rows_open(
    open_page: OpenPage, desk: tuple[Path, Issued], page: str, opens: dict[str, str], says: str
) -> None:
    shown = open_page(f"admin/{page}", home=desk[0])
    assert not shown.exception
    assert shown.dataframe[0].value.shape[0] >= 1
    if opens:
        one = open_page(f"admin/{page}", home=desk[0], **opens)
        assert not one.exception
        assert says in "\n".join(str(element.value) for element in one.markdown)


def test_another_district_sees_no_record_also_by_its_address(
    open_page: OpenPage, desk: tuple[Path, Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.dashboards import sign_ins

    monkeypatch.setitem(sign_ins.AREAS, Role.DISTRICT_ADMINISTRATOR, "330105")
    engine = open_database(f"sqlite:///{desk[0] / 'operations.sqlite'}")
    with writing(engine) as session:
        session.add(Area(area_code="330105", kind="district", name="拱墅区"))
    engine.dispose()
    for page, opens in (
        ("honour_records", {"record": "1"}),
        ("disputes", {"dispute": "1"}),
        ("proofs", {"proof": "1"}),
    ):
        hidden = open_page(f"admin/{page}", home=desk[0], role=Role.DISTRICT_ADMINISTRATOR, **opens)
        assert "没有这条记录" in hidden.warning[0].value
    reviews = open_page("admin/reviews", home=desk[0], role=Role.DISTRICT_ADMINISTRATOR)
    assert not reviews.dataframe


def test_minutes_in_review_wait_for_the_city_until_somebody_decides(
    open_page: OpenPage, desk: tuple[Path, Issued]
) -> None:
    def waits(role: Role) -> bool:
        to_do = open_page("admin/to_do", home=desk[0], role=role)
        assert not to_do.exception
        return "待审核的超限时数" in [one.value for one in to_do.subheader]

    assert waits(Role.CITY_ADMINISTRATOR)
    assert not waits(Role.DISTRICT_ADMINISTRATOR), "above twelve hours the city decides"
    engine = open_database(f"sqlite:///{desk[0] / 'operations.sqlite'}")
    with writing(engine) as session:
        decider = Actor("decider", Role.CITY_ADMINISTRATOR, volunteer_id=2)
        review_minutes(
            session,
            decider,
            session_id="1/site/1/CARD/D1:1",
            volunteer_id=1,
            organisation_id=1,
            service_day=DAY,
            level="city",
            minutes_in_review=60,
            minutes_granted=30,
            reason="核对过签到表",
            at=utc_now(),
        )
    engine.dispose()
    assert not waits(Role.CITY_ADMINISTRATOR)
    assert not open_page("admin/reviews", home=desk[0]).dataframe
    every = open_page("admin/reviews", home=desk[0], reviews_show="all")
    assert every.dataframe[0].value["state"].to_list() == ["已审核，待数据更新"]


def asked(home: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> str:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setenv("HUB_HOME", str(home))
    with TestClient(Starlette(routes=proof.ROUTES)) as client:
        answer = client.get("/look-up", params=query)
    assert answer.status_code == 200
    return answer.text


def test_anybody_learns_whether_a_proof_is_true_today_and_no_name_or_document(
    desk: tuple[Path, Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, issued = desk
    number = issued.proof.proof_no
    page = asked(home, monkeypatch, no=shown_number(number).lower())
    assert "有效：与现在的记录一致" in page and "张*三" in page and "2 小时 0 分" in page
    assert "张一三" not in page and "E1" not in page.replace(number, "").replace(shown_number(number), "")
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    con.execute("UPDATE marts.service_records SET minutes = 90")
    con.close()
    page = asked(home, monkeypatch, no=number)
    assert "已更正" in page and "1 小时 30 分" in page
    assert "Corrected" in asked(home, monkeypatch, no=number, lang="en")


def test_a_proof_of_service_for_another_organisation_is_not_valid(
    desk: tuple[Path, Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, issued = desk
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    con.execute("UPDATE marts.service_records SET organisation_id = 2")
    con.close()
    page = asked(home, monkeypatch, no=issued.proof.proof_no)
    assert "已更正" in page and "0 小时 0 分" in page
    # A proof from before organisations were kept with its rows is asked for by its sessions alone.
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with writing(engine) as session:
        kept = session.get_one(Proof, issued.proof.proof_id)
        rows = [
            {name: value for name, value in row.items() if name != "organisation_id"}
            for row in kept.content["rows"]
        ]
        kept.content = {**kept.content, "rows": rows}
    engine.dispose()
    assert "有效：与现在的记录一致" in asked(home, monkeypatch, no=issued.proof.proof_no)


def test_a_wrong_number_and_none_at_all_are_answered_and_nothing_typed_becomes_html(
    desk: tuple[Path, Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "没有这个编号的证明" in asked(desk[0], monkeypatch, no="<script>alert(1)</script>")
    assert "<script>" not in asked(desk[0], monkeypatch, no="<script>alert(1)</script>")
    assert 'role="status"' not in asked(desk[0], monkeypatch)


def test_without_the_warehouse_a_proof_is_not_called_valid(
    desk: tuple[Path, Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, issued = desk
    shutil.rmtree(home / "lake")
    assert "现在无法核对时数" in asked(home, monkeypatch, no=issued.proof.proof_no)


def test_all_that_waits_is_counted_whichever_database_knows_it(
    open_page: OpenPage, desk: tuple[Path, Issued]
) -> None:
    app = open_page("admin/to_do", home=desk[0])
    assert not app.exception
    assert "待审核的超限时数" in [one.value for one in app.subheader]
    for number, colour in enumerate(("blue", "red")):
        badges = [re.fullmatch(rf":{colour}-badge\[.*?(\d+) 件\]", one.value) for one in app.markdown]
        counts = [int(badge[1]) for badge in badges if badge]
        assert len(counts) > 1
        assert app.metric[number].value == f"{sum(counts)} 件"


def test_an_upheld_dispute_is_made_good_where_it_is_read(
    open_page: OpenPage, desk: tuple[Path, Issued]
) -> None:
    engine = open_database(f"sqlite:///{desk[0] / 'operations.sqlite'}")
    host = Role.ORGANISATION_ADMINISTRATOR
    with writing(engine) as session:
        session.add(
            OrganisationMember(organisation_id=1, volunteer_id=2, role="administrator", joined_at=utc_now())
        )
        session.add(Account(sign_in_name=str(host), full_name="李四", volunteer_id=2, created_at=utc_now()))
        answer_dispute(
            session,
            Actor("host", host, None, 1, 2),
            dispute_id=1,
            outcome="upheld",
            answer="属实",
            at=utc_now(),
        )
    app = open_page("admin/disputes", home=desk[0], role=host, dispute="1")
    app.number_input(key="correct_1_0_minutes").set_value(45)
    app.button(key="correct_1_0_submit").click().run()
    assert not app.exception
    with reading(engine) as session:
        made = session.scalars(select(HonourRecord).order_by(HonourRecord.record_id.desc())).first()
        assert made is not None
        assert (made.volunteer_id, made.service_day, made.minutes, made.status) == (1, DAY, 45, "entered")
        assert session.get_one(Dispute, 1).is_corrected
    engine.dispose()
    assert "correct_1_0_submit" not in [one.key for one in app.button]
