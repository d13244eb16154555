"""An organisation comes in: a volunteer applies with a document, and the administrator of the district approves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from hub.settings import Settings
from operations.database import migrate, open_database, reading, writing
from operations.model import Account, Area, Organisation, OrganisationMember, RoleGrant, Volunteer, utc_now
from operations.sample_city import make_sample_city
from operations.sample_city.accounts import demo_password_hash
from tests.browser.running_pages import Watched, serving

NAME = "断桥护鸟志愿队"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[tuple[Settings, Engine]]:
    """A small city without a lake, with an account of somebody who is a volunteer and nothing else."""
    settings = Settings(home=tmp_path / "home")  # type: ignore[call-arg]
    engine = open_database(settings.operations_url)
    migrate(engine)
    make_sample_city(
        engine,
        settings.swipe_logs,
        settings.sample_city_truth,
        settings.boundaries,
        volunteers=300,
        organisations=8,
        devices=40,
        days=7,
        last_day=date(2026, 8, 20),
    )
    administers = select(OrganisationMember.volunteer_id).where(OrganisationMember.role == "administrator")
    with writing(engine) as session:
        person = session.scalars(
            select(Volunteer.volunteer_id)
            .where(
                Volunteer.volunteer_id.not_in(administers),
                Volunteer.birth_year_band < "2000",
                Volunteer.volunteer_id.not_in(
                    select(Account.volunteer_id).where(Account.volunteer_id.is_not(None))
                ),
            )
            .limit(1)
        ).one()
        session.add(
            Account(
                sign_in_name="volunteer",
                full_name="林晓",
                volunteer_id=person,
                password_hash=demo_password_hash(),
                created_at=utc_now(),
            )
        )
    yield settings, engine
    engine.dispose()


def test_an_organisation_applies_and_is_approved(
    chromium: Browser, city: tuple[Settings, Engine], tmp_path: Path
):
    settings, engine = city
    with reading(engine) as session:
        code = session.scalars(
            select(RoleGrant.area_code).where(RoleGrant.role == "district_administrator")
        ).first()
        area = session.get_one(Area, code).name
    certificate = tmp_path / "证书.pdf"
    certificate.write_bytes(b"%PDF-1.7 certificate")
    problems: list[str] = []
    with serving(settings.home, tmp_path / "server.log") as address:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 1100})
        volunteer = Watched(context.new_page(), address)
        volunteer.sign_in("volunteer", path="/organisations")
        page = volunteer.page
        page.get_by_label("名称", exact=True).fill(NAME)
        page.get_by_label("联系人", exact=True).fill("林晓")
        page.get_by_label("联系电话", exact=True).fill("0571-87000000")
        page.get_by_role("combobox", name="所在区域").click()
        page.get_by_role("combobox", name="所在区域").fill(area)
        page.get_by_role("option", name=area, exact=True).click()
        page.locator("input[type=file]").first.set_input_files(certificate)
        volunteer.settle()
        page.get_by_role("button", name="提交申请").click()
        expect(page.get_by_text("申请已提交，请等待审核。")).to_be_visible(timeout=20_000)
        problems += volunteer.all_problems()
        context.close()

        with reading(engine) as session:
            applied = session.scalars(select(Organisation).where(Organisation.name == NAME)).one()
        assert (applied.status, applied.district_code) == ("applied", code)
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 1100})
        official = Watched(context.new_page(), address)
        official.sign_in("district", path="/organisations?view=waiting")
        page = official.page
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        official.open(f"/organisations?organisation={applied.organisation_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
        page.get_by_role("button", name="通过", exact=True).click()
        expect(page.get_by_text("已通过，组织可以开展活动。")).to_be_visible(timeout=20_000)
        official.settle()
        expect(page.get_by_text("正常", exact=True).first).to_be_visible()
        problems += official.all_problems()
        context.close()
    with reading(engine) as session:
        found = session.get_one(Organisation, applied.organisation_id)
        administrators = session.scalars(
            select(OrganisationMember.volunteer_id).where(
                OrganisationMember.organisation_id == applied.organisation_id,
                OrganisationMember.role == "administrator",
            )
        ).all()
    assert (found.status, administrators) == ("active", [applied.applied_by])
    assert problems == []
