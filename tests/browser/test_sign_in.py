"""Signing in by several roles, in a real browser: the form, lock-out, pages of a role, and the city's provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from operations.access import Actor, Role
from operations.commands.accounts import create_account
from operations.commands.passwords import hashed
from operations.commands.roles import grant_role
from operations.database import migrate, open_database, reading, writing
from operations.model import Account, Area, AuditEntry, utc_now
from tests.browser.running_pages import Watched, serving

BY_HAND = Actor("test", Role.SYSTEM)
PASSWORD = "Sunny-Lake-2026"
NEW_PASSWORD = "Rainy-Hill-2026"
SECONDS = 60_000
# Streamlit tells the browser that a page is not there.
NO_SUCH_PAGE = "console error: The page that you have requested does not seem to exist"
# The provider of the tests would like its own pages to look better.
LOOK_OF_PROVIDER = "outside request: https://cdn.jsdelivr.net/"


def add_account(
    engine: Engine,
    name: str,
    role: str = "",
    area: str = "",
    subject: str | None = None,
    *,
    is_new: bool = False,
) -> int:
    """An account with a role; `is_new` asks for another password first."""
    with writing(engine) as session:
        made = create_account(
            session,
            BY_HAND,
            sign_in_name=name,
            full_name="王敏",
            volunteer_no=None,
            id_number={"system": "33010619900307885X", "auditor": "330106199003078868"}.get(name),
            oidc_subject=subject,
            at=utc_now(),
        ).account
        made.password_hash, made.must_change_password = hashed(PASSWORD), is_new
        if role:
            grant_role(
                session,
                BY_HAND,
                account_id=made.account_id,
                role=role,
                area_code=area,
                reason="test",
                at=utc_now(),
            )
        return made.account_id


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with accounts and nothing else."""
    folder = tmp_path_factory.mktemp("home")
    engine = open_database(f"sqlite:///{folder / 'operations.sqlite'}")
    migrate(engine)
    with writing(engine) as session:
        session.add(Area(area_code="330106", kind="district", name="西湖区"))
    add_account(engine, "system", "system_administrator")
    add_account(engine, "auditor", "auditor")
    add_account(engine, "district", "district_administrator", "330106")
    add_account(engine, "guessed", "analyst")
    add_account(engine, "newcomer", "analyst", is_new=True)
    add_account(engine, "nobody")
    add_account(engine, "known", "official", "city", "subject-1")
    engine.dispose()
    return folder


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A real provider of OpenID Connect on this machine that knows two people."""
    people = [User(sub="subject-1"), User(sub="subject-2")]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def address(home: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages are served, with accounts of their own and through the provider."""
    with serving(
        home,
        tmp_path_factory.mktemp("pages") / "server.log",
        oidc_metadata_url=f"{provider}/.well-known/openid-configuration",
        oidc_client_id="hub",
        oidc_client_secret="between-us",
        oidc_redirect_uri="{address}/oauth2callback",
    ) as at:
        yield at


@contextmanager
def visitor(chromium: Browser, address: str, *expected: str) -> Iterator[Watched]:
    """A browser that has never been here; what begins with one of `expected` is no problem."""
    context = chromium.new_context(viewport={"width": 1360, "height": 1000}, locale="zh-CN")
    watched = Watched(context.new_page(), address)
    yield watched
    problems = [problem for problem in watched.all_problems() if not problem.startswith(expected)]
    context.close()
    assert problems == []


def last_entry(home: Path) -> AuditEntry:
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with reading(engine) as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.audit_id.desc()).limit(1)).one()
    engine.dispose()
    return found


def test_who_comes_without_a_sign_in_is_asked_for_it_and_then_sees_the_page_they_wanted(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, address) as watched:
        watched.page.goto(f"{address}/overview?period=7d")
        expect(watched.page.get_by_role("heading", level=1)).to_have_text("登录")
        watched.type_password("district", PASSWORD)
        watched.settle()
        assert watched.page.url == f"{address}/overview?period=7d"
        expect(watched.page.get_by_role("heading", level=1)).to_have_text("城市概况")
        cookie = next(one for one in watched.page.context.cookies() if one["name"] == "hub_session")
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)


def test_a_page_of_another_role_is_not_there_and_a_guessed_number_shows_nothing(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, address, NO_SUCH_PAGE) as watched:
        watched.sign_in("district", PASSWORD, "/audit_log?entry=1")
        expect(watched.page.get_by_role("link", name="公益地图")).to_be_visible()
        expect(watched.page.get_by_role("link", name="审计日志")).to_have_count(0)
        expect(watched.page.get_by_role("link", name="人员与角色")).to_have_count(0)
        expect(watched.page.get_by_text("日志 1")).to_have_count(0)
    with visitor(chromium, address) as watched:
        watched.sign_in("system", PASSWORD, "/accounts?account=999")
        expect(watched.page.get_by_text("没有这条记录，或不在您的管理范围内")).to_be_visible()


def test_five_wrong_passwords_lock_the_account_also_for_the_right_one(
    chromium: Browser, address: str, home: Path
) -> None:
    with visitor(chromium, address, "401 ") as watched:
        watched.page.goto(f"{address}/sign-in")
        for _ in range(5):
            watched.type_password("guessed", "wrong")
            expect(watched.page.get_by_role("alert")).to_contain_text("连续输错 5 次会锁定 15 分钟")
        assert last_entry(home).action == "lock_account"
        watched.type_password("guessed", PASSWORD)
        expect(watched.page.get_by_role("alert")).to_be_visible()
        assert last_entry(home).reason == "the account is locked"


def test_a_newcomer_chooses_a_password_before_anything_else_and_signs_out(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, address) as watched:
        watched.sign_in("newcomer", PASSWORD)
        page = watched.page
        expect(page.get_by_role("heading", level=1)).to_have_text("请先设置新密码")
        page.get_by_label("现在的密码").fill(PASSWORD)
        for label in ("新密码", "再输入一次新密码"):
            page.get_by_label(label, exact=True).fill("short")
        page.get_by_role("button", name="修改密码").click()
        expect(page.get_by_text("密码至少 10 个字符")).to_be_visible(timeout=SECONDS)
        for label in ("新密码", "再输入一次新密码"):
            page.get_by_label(label, exact=True).fill(NEW_PASSWORD)
        page.get_by_role("button", name="修改密码").click()
        expect(page.get_by_role("link", name="公益地图")).to_be_visible(timeout=SECONDS)
        sign_out = page.get_by_role("button", name="退出登录")
        # While the next page comes, the button of the page before stands beside its own.
        expect(sign_out).to_have_count(1, timeout=SECONDS)
        sign_out.click()
        page.wait_for_url("**/sign-in", timeout=SECONDS)
        page.goto(f"{address}/overview")
        expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_the_form_of_another_site_signs_nobody_in(chromium: Browser, address: str) -> None:
    with visitor(chromium, address) as watched:
        sent = {"sign_in_name": "district", "password": PASSWORD, "next": "/", "form": ""}
        answer = watched.page.request.post(f"{address}/sign-in", form=sent, max_redirects=0)
        assert answer.status == 200
        assert "请再登录一次" in answer.text()
        assert all(cookie["name"] != "hub_session" for cookie in watched.page.context.cookies())


def test_who_has_no_role_yet_is_told_whom_to_ask(chromium: Browser, address: str) -> None:
    with visitor(chromium, address) as watched:
        watched.sign_in("nobody", PASSWORD)
        expect(watched.page.get_by_role("heading", level=1)).to_have_text("尚未授予任何角色")
        expect(watched.page.get_by_role("link", name="公益地图")).to_have_count(0)


def test_the_provider_lets_in_whom_an_account_knows_and_nobody_else(
    chromium: Browser, address: str, home: Path
) -> None:
    with visitor(chromium, address, LOOK_OF_PROVIDER) as watched:
        enter_by_provider(watched, "subject-1")
        expect(watched.page.get_by_text("领导（只读）")).to_be_visible(timeout=SECONDS)
        entry = last_entry(home)
        assert (entry.action, entry.actor, entry.after and entry.after["by"]) == (
            "sign_in",
            "known",
            "openid_connect",
        )
        watched.page.get_by_role("button", name="退出登录").click()
        watched.page.wait_for_url("**/oauth2/end_session**", timeout=SECONDS)  # out there, too
    with visitor(chromium, address, LOOK_OF_PROVIDER) as watched:
        enter_by_provider(watched, "subject-2")
        expect(watched.page.get_by_role("heading", level=1)).to_contain_text(
            "没有本系统的账号", timeout=SECONDS
        )
        expect(watched.page.get_by_text("subject-2")).to_be_visible()
        expect(watched.page.get_by_role("link", name="公益地图")).to_have_count(0)


def enter_by_provider(watched: Watched, subject: str) -> None:
    """Go through the provider's own page as one of the people it knows."""
    watched.page.goto(f"{watched.address}/sign-in")
    watched.page.get_by_role("link", name="统一身份认证登录").click()
    watched.page.wait_for_url("**/oauth2/authorize**", timeout=SECONDS)
    watched.page.locator("input[name=sub]").fill(subject)
    watched.page.locator("button[type=submit]").first.click()
    watched.page.wait_for_url(f"{watched.address}/**", timeout=SECONDS)


def test_a_list_taken_away_is_a_safe_file_and_stands_in_the_audit_log(
    chromium: Browser, address: str, home: Path, tmp_path: Path
) -> None:
    with visitor(chromium, address) as watched:
        watched.sign_in("auditor", PASSWORD, "/accounts?accounts_state=active")
        watched.page.get_by_role("button", name="导出 CSV").click()
        watched.page.get_by_label("用途").fill("季度检查")
        watched.page.get_by_role("button", name="生成文件").click()
        with watched.page.expect_download(timeout=SECONDS) as download:
            watched.page.get_by_role("button", name="下载 CSV").click(timeout=SECONDS)
        file = tmp_path / "accounts.csv"
        download.value.save_as(file)
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with reading(engine) as session:
        accounts = len(session.scalars(select(Account)).all())
    engine.dispose()
    entry = last_entry(home)
    assert (entry.action, entry.subject_id, entry.reason) == ("export_list", "accounts", "季度检查")
    assert entry.after is not None and entry.after["filters"] == {"state": "active"}
    assert entry.after["rows"] == len(rows) - 1 > 0
    assert len(rows) - 1 <= accounts
