"""Lists: pages, counts, filters, sorts and prefixes, and that nobody sees beyond their scope; by the audit log."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql

from operations.access import Action, Actor, NotAllowed, Role
from operations.commands.bulk import insert_rows
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry, Organisation
from operations.queries.audit_log import AUDIT_LOG, history_of
from operations.queries.paging import Listing, Page, Wanted, all_rows, one_row, page_of
from operations.queries.prefixes import starts_with
from operations.queries.visible import within

from .conftest import CITY, NOW, Town

AUDITOR = Actor("auditor", Role.AUDITOR)
TODAY = NOW.date()


def write_entries(engine: Engine, count: int, **values: Any) -> None:
    """So many entries, one a minute before `NOW`, of numbers 1 to `count`."""
    given = {"actor": "wang", "role": "auditor", "action": "sign_up", "subject_kind": "sign_ups", **values}
    with writing(engine) as session:
        insert_rows(
            session,
            AuditEntry,
            (
                {"happened_at": NOW - timedelta(minutes=number), **given, "subject_id": str(number)}
                for number in range(1, count + 1)
            ),
        )


def page(engine: Engine, *, actor: Actor = AUDITOR, listing: Listing = AUDIT_LOG, **wanted: Any) -> Page:
    with reading(engine) as session:
        return page_of(session, actor, listing, Wanted(**wanted), on=TODAY)


def ids(found: Page) -> list[str]:
    return [row["subject_id"] for row in found.rows]


def test_pages_follow_each_other_without_gap_or_repetition(engine: Engine) -> None:
    write_entries(engine, 7)
    pages = [page(engine, page=number, page_rows=3) for number in (1, 2, 3)]
    assert [ids(found) for found in pages] == [["1", "2", "3"], ["4", "5", "6"], ["7"]]
    assert {(found.total, found.pages, found.is_capped) for found in pages} == {(7, 3, False)}


def test_a_page_beyond_the_last_is_the_last_and_an_empty_list_has_one(engine: Engine) -> None:
    empty = page(engine, page=5)
    assert (empty.rows, empty.number, empty.pages, empty.total) == ([], 1, 1, 0)
    assert empty.frame.columns == list(AUDIT_LOG.columns)
    write_entries(engine, 4)
    assert ids(page(engine, page=9, page_rows=3)) == ["4"]


def test_rows_of_the_same_moment_keep_their_order_over_pages(engine: Engine) -> None:
    write_entries(engine, 6, happened_at=NOW)
    seen = [number for turn in (1, 2, 3) for number in ids(page(engine, page=turn, page_rows=2))]
    assert sorted(seen) == ["1", "2", "3", "4", "5", "6"]


def test_a_count_ends_at_its_limit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.queries.paging.rule", lambda name, on: 5)
    write_entries(engine, 6)
    more = page(engine, page=99, page_rows=2)
    assert (more.total, more.is_capped, more.number) == (5, True, 3)
    exactly = page(engine, filters={"days": (NOW.date(), NOW.date())}, search="wang")
    assert exactly.is_capped
    write_entries(engine, 5, actor="li")
    assert not page(engine, search="li").is_capped


def test_filters_narrow_down_and_empty_ones_ask_for_nothing(engine: Engine) -> None:
    write_entries(engine, 3)
    write_entries(engine, 2, action="bind_card", actor="li")
    assert page(engine, filters={"actions": ["bind_card"], "actor": ""}).total == 2
    assert page(engine, filters={"subject_kind": "sign_ups", "subject_id": "3"}).total == 1
    assert page(engine, filters={"days": (date(2026, 7, 1), date(2026, 7, 2))}).total == 0
    assert page(engine, sort="happened_at").rows[0]["subject_id"] == "3"


def test_a_day_begins_at_midnight_at_hangzhou(engine: Engine) -> None:
    write_entries(engine, 1, happened_at=NOW.replace(hour=15, minute=59))
    write_entries(engine, 1, happened_at=NOW.replace(hour=16, minute=0))
    assert page(engine, filters={"days": (TODAY, TODAY)}).total == 1


@pytest.mark.parametrize("name", ["张%", "张_", "张\\", "张三"])
def test_a_search_finds_what_begins_so_and_takes_signs_as_they_are(engine: Engine, name: str) -> None:
    for actor in (f"{name}丰", f"一{name}", "张飞"):
        write_entries(engine, 1, actor=actor)
    assert [row["actor"] for row in page(engine, search=name).rows] == [f"{name}丰"]


def test_unknown_filters_sorts_and_values_are_refused_with_their_field(engine: Engine) -> None:
    for wanted, field in (
        ({"filters": {"colour": "red"}}, "colour"),
        ({"filters": {"days": "yesterday"}}, "days"),
        ({"sort": "reason"}, "sort"),
    ):
        with pytest.raises(Refused) as refused:
            page(engine, **wanted)
        assert refused.value.field == field


def test_who_may_see_nothing_of_a_list_is_told_so(engine: Engine) -> None:
    for actor in (CITY, Actor("v", Role.VOLUNTEER, volunteer_id=1), Actor("s", Role.SYSTEM_ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            page(engine, actor=actor)


ORGANISATIONS = Listing(
    name="organisations",
    action=Action.VIEW_ORGANISATIONS,
    select=select(Organisation.organisation_id, Organisation.name),
    key=Organisation.organisation_id,
    visible=lambda scope: within(scope, district_code=Organisation.district_code),
    sorts={"name": Organisation.name},
    default_sort="name",
)


def test_a_list_a_count_an_export_and_a_guessed_id_end_at_the_scope(town: Town) -> None:
    own, other = (Actor("d", Role.DISTRICT_ADMINISTRATOR, code) for code in ("330106", "330105"))
    seen = page(town.engine, actor=own, listing=ORGANISATIONS)
    assert (seen.rows, seen.total) == (
        [{"organisation_id": town.organisation_id, "name": "西湖志愿队"}],
        1,
    )
    hidden = page(town.engine, actor=other, listing=ORGANISATIONS)
    assert (hidden.rows, hidden.total) == ([], 0)
    with reading(town.engine) as session:
        assert one_row(session, own, ORGANISATIONS, town.organisation_id) == seen.rows[0]
        assert one_row(session, other, ORGANISATIONS, town.organisation_id) is None
        assert list(all_rows(session, other, ORGANISATIONS, Wanted(), most=10)) == []


def test_an_export_runs_through_all_pages_up_to_its_limit(engine: Engine) -> None:
    write_entries(engine, 12)
    with reading(engine) as session:
        every = list(all_rows(session, AUDITOR, AUDIT_LOG, Wanted(page_rows=2, page=3), most=10))
    assert [row["subject_id"] for row in every] == [str(number) for number in range(1, 11)]


def test_sqlite_answers_a_prefix_from_the_index(engine: Engine) -> None:
    asked = select(AuditEntry.audit_id).where(starts_with(AuditEntry.actor, "wang"))
    if engine.dialect.name == "postgresql":
        assert "LIKE" in str(asked.compile(dialect=postgresql.dialect()))
        return
    with reading(engine) as session:
        sql = str(asked.compile(engine, compile_kwargs={"literal_binds": True}))
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    assert "ix_audit_log_actor" in str(plan)


def test_the_history_of_a_thing_tells_what_each_command_changed(town: Town) -> None:
    with reading(town.engine) as session:
        made = history_of(session, "organisations", town.organisation_id)
        assert history_of(session, "organisations", 999) == []
    assert [(change.action, change.actor, change.role) for change in made] == [
        ("register_organisation", "city", "city_administrator")
    ]
    assert made[0].changes["name"] == (None, "西湖志愿队")
