"""The admin pages and their parts, run without a browser: forms, lists, records, and what they write down."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboards.imports import template
from dashboards.pages import PageEntry, may_see
from dashboards.records import what_changed
from dashboards.texts import TEXTS, refusal
from operations.access import Action, Actor, Role
from operations.commands.csv_rows import Column, read_rows
from operations.database import open_database, reading
from operations.model import Account, AuditEntry, Base, utc_now
from tests.dashboards.conftest import OpenPage
from tests.dashboards.made_up_lake import LAST_DAY
from tests.dashboards.sign_ins import AREAS, PAGES
from tests.warehouse.rows import put
from warehouse.lake import open_lake


def rows(home: Path, model: type, *conditions: object) -> list:
    engine = open_database(f"sqlite:///{home / 'operations.sqlite'}")
    with reading(engine) as session:
        found = list(Session.scalars(session, select(model).where(*conditions)))  # type: ignore[arg-type]
    engine.dispose()
    return found


def typed(app: AppTest, label: str, value: str) -> None:
    next(one for one in app.text_input if one.label == label).input(value)


def clicked(app: AppTest, label: str) -> AppTest:
    return next(one for one in app.button if one.label == label).click().run()


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.code, *app.warning])


def test_a_refusal_stands_beside_its_field_in_chinese_and_keeps_what_was_typed(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("admin/accounts", home=tmp_path, role=Role.SYSTEM_ADMINISTRATOR)
    typed(app, "账号", "李四")
    typed(app, "姓名", "李四")
    app = clicked(app, "新建账号")
    assert not app.exception
    assert "账号为 3 至 60 个字符" in said(app)
    assert next(one for one in app.text_input if one.label == "姓名").value == "李四"
    assert rows(tmp_path, Account, Account.full_name == "李四") == []


def test_a_form_that_did_its_work_is_a_new_one_and_shows_the_password_once(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("admin/accounts", home=tmp_path, role=Role.SYSTEM_ADMINISTRATOR)
    typed(app, "账号", "li.si")
    typed(app, "姓名", "李四")
    before = next(one for one in app.button if one.label == "新建账号").key
    app = clicked(app, "新建账号")
    assert next(one for one in app.button if one.label == "新建账号").key != before
    password = app.code[0].value
    assert len(password) == 12
    app = clicked(app, "已记下")
    assert password not in said(app)
    (made,) = rows(tmp_path, Account, Account.sign_in_name == "li.si")
    assert made.must_change_password
    (entry,) = rows(tmp_path, AuditEntry, AuditEntry.action == "create_account")
    assert (entry.actor, entry.role) == ("system_administrator", "system_administrator")


def test_a_record_shows_who_changed_what_and_a_guessed_number_shows_nothing(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("admin/accounts", home=tmp_path, role=Role.SYSTEM_ADMINISTRATOR)
    typed(app, "账号", "li.si")
    typed(app, "姓名", "李四")
    clicked(app, "新建账号")
    (made,) = rows(tmp_path, Account, Account.sign_in_name == "li.si")
    opened = open_page("admin/accounts", home=tmp_path, role=Role.AUDITOR)
    opened.query_params["account"] = str(made.account_id)
    opened = opened.run()
    assert "新建账号" in said(opened)
    assert [one.label for one in opened.button if one.label in ("停用账号", "重设密码")] == []
    for guessed in ("999", "x", "1' OR '1'='1"):
        opened.query_params["account"] = guessed
        opened = opened.run()
        assert "没有这条记录" in said(opened)
        assert not opened.exception


def test_the_auditor_reads_the_log_and_finds_by_action(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page("admin/accounts", home=tmp_path, role=Role.SYSTEM_ADMINISTRATOR)
    typed(app, "账号", "li.si")
    typed(app, "姓名", "李四")
    clicked(app, "新建账号")
    app = open_page("admin/audit_log", home=tmp_path, role=Role.AUDITOR, audit_log_action="create_account")
    assert not app.exception
    (table,) = app.dataframe
    assert table.value["操作" if "操作" in table.value else "action"].to_list() == ["新建账号"]


def test_an_account_without_a_role_waits_for_the_security_administrator(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("admin/to_do", home=tmp_path, role=Role.SECURITY_ADMINISTRATOR)
    assert "没有等您办理的事项" in "\n".join(str(one.value) for one in app.success)
    maker = open_page("admin/accounts", home=tmp_path, role=Role.SYSTEM_ADMINISTRATOR)
    typed(maker, "账号", "li.si")
    typed(maker, "姓名", "李四")
    clicked(maker, "新建账号")
    app = open_page("admin/to_do", home=tmp_path, role=Role.SECURITY_ADMINISTRATOR)
    assert [one.value for one in app.subheader] == ["待授权的账号"]
    assert app.dataframe[0].value["title"].to_list() == ["李四"]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.file.startswith("admin/")], ids=lambda p: p.name
)
def test_a_page_is_only_for_roles_that_hold_its_action(page: PageEntry) -> None:
    assert not may_see(Actor("D1", Role.DEVICE, device_no="D1"), page)
    without_area = (may_see(Actor("x", role), page) for role in AREAS)
    assert not any(without_area), "a role without its area sees a page"


def test_every_action_has_a_name() -> None:
    seen = {action for action in Action if not action.startswith(("view_", "watch_"))}
    assert {action for action in seen if f"action.{action}" not in TEXTS} == set()


def test_refusals_are_said_in_the_language_of_the_page_with_their_values() -> None:
    assert refusal("zh", "the sign-in name li.si is taken") == "账号 li.si 已被使用"
    assert refusal("en", "the sign-in name li.si is taken") == "The sign-in name li.si is taken"
    assert refusal("zh", "nobody has put this in Chinese") == "无法办理：nobody has put this in Chinese"


def test_changes_are_told_as_before_and_after() -> None:
    lines = what_changed({"full_name": ("李四", "李思"), "failures": (None, 0), "disabled_at": ("x", None)})
    assert lines == ["姓名: 李四 → 李思", "连续输错次数: 0", "停用时间: x → –"]


def test_codes_in_a_history_are_told_by_their_names() -> None:
    changes = {
        "status": ("submitted", "approved"),
        "category_code": (None, "environment"),
        "title": (None, "a"),
    }
    assert what_changed(changes, "activities") == [
        "状态: 待审核 → 已通过",
        "服务类别: 环境保护",
        "活动名称: a",
    ]


@pytest.mark.parametrize(
    "kept", ["2026-06-01T02:00:00+00:00", "2026-06-01T10:00:00.250+08:00", "2026-06-01T02:00Z"]
)
def test_a_moment_in_a_history_is_told_in_local_time_whatever_zone_it_came_in(kept: str) -> None:
    assert what_changed({"occurred_at": (None, kept)}) == ["发生时间: 2026-06-01 10:00"]


def test_everything_that_the_log_tells_of_has_a_name() -> None:
    assert {table for table in Base.metadata.tables if f"subject.{table}" not in TEXTS} == set()


def test_a_template_can_be_read_back_by_the_import() -> None:
    columns = [Column("card_no", "卡号", is_code=True), Column("name", "姓名")]
    read, errors = read_rows(template(columns, [{"card_no": "0001", "name": "=1+1"}]), columns, on=utc_now())
    assert errors == []
    assert read[0].values == {"card_no": "0001", "name": "=1+1"}


def test_the_list_of_accounts_says_what_each_may_act_as(open_page: OpenPage, tmp_path: Path) -> None:
    open_page("admin/accounts", home=tmp_path, role=Role.SECURITY_ADMINISTRATOR)
    app = open_page("admin/accounts", home=tmp_path, role=Role.AUDITOR)
    assert not app.exception
    listed = app.dataframe[0].value
    assert dict(zip(listed["sign_in_name"], listed["roles"], strict=True)) == {
        "auditor": "审计管理员",
        "security_administrator": "安全管理员",
    }


@pytest.mark.parametrize(
    ("page", "table"), [("rejected_taps", "unknown_cards"), ("administrator_watch", "watch_days")]
)
def test_who_takes_a_table_about_people_out_of_the_warehouse_is_written_down(
    open_page: OpenPage, made_up_home: Path, tmp_path: Path, page: str, table: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made_up_home, home)
    con = open_lake(str(home / "lake" / "catalogue.sqlite"), str(home / "lake" / "files"))
    put(
        con,
        "marts.rejected_taps",
        {"reason": "unknown_card", "card_no": "C1", "taps": 3, "tapped_on": LAST_DAY},
    )
    put(con, "marts.administrator_days", {"person_id": 1, "acted_on": LAST_DAY, "record_count": 2})
    con.close()
    app = open_page(f"admin/{page}", home=home)
    assert not app.exception
    app.text_input(key=f"{table}_export_0_reason").set_value("核对")
    app.button(key=f"{table}_export_0_submit").click().run()
    assert not app.exception
    (entry,) = rows(home, AuditEntry, AuditEntry.action == "export_list")
    assert (entry.subject_id, entry.reason, entry.after["rows"]) == (table, "核对", 1)
