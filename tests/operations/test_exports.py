"""Lists taken away as files: all rows up to a limit, and a row of the audit log that says who took what."""

from __future__ import annotations

import pytest

from operations.access import Action, Actor, NotAllowed, Role
from operations.commands import exports
from operations.commands.exports import export_list, note_export
from operations.commands.refusals import Refused
from operations.database import writing
from operations.model import AuditEntry
from operations.queries.accounts import ACCOUNTS
from operations.queries.audit_log import AUDIT_LOG
from operations.queries.paging import Wanted

from .conftest import NOW, Town

AUDITOR = Actor("auditor", Role.AUDITOR)


def test_who_took_which_list_with_which_filters_and_how_many_rows_is_written_down(town: Town) -> None:
    wanted = Wanted(filters={"subject_kind": "organisations", "days": (NOW.date(), NOW.date()), "actor": ""})
    with writing(town.engine) as session:
        taken = export_list(session, AUDITOR, listing=AUDIT_LOG, wanted=wanted, at=NOW, reason="季度检查")
    assert [row["action"] for row in taken.rows] == ["register_organisation"]
    assert (taken.columns[0], taken.is_cut) == ("audit_id", False)
    entry = town.last_audit()
    assert (entry.action, entry.subject_kind, entry.subject_id, entry.reason) == (
        "export_list",
        "lists",
        "audit_log",
        "季度检查",
    )
    assert entry.after == {
        "rows": 1,
        "search": "",
        "filters": {"subject_kind": "organisations", "days": ["2026-08-01", "2026-08-01"]},
        "is_cut": False,
    }


def test_a_file_holds_no_more_than_its_limit_and_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "rule", lambda name, on: 1)
    with writing(town.engine) as session:
        taken = export_list(session, AUDITOR, listing=AUDIT_LOG, wanted=Wanted(), at=NOW)
    assert (len(taken.rows), taken.is_cut) == (1, True)


def test_who_may_see_a_list_does_not_yet_take_it_away(town: Town) -> None:
    maker = Actor("maker", Role.SYSTEM_ADMINISTRATOR)
    host = town.host
    for actor, listing in ((maker, ACCOUNTS), (host, AUDIT_LOG)):
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            export_list(session, actor, listing=listing, wanted=Wanted(), at=NOW)
    with pytest.raises(Refused), writing(town.engine) as session:
        export_list(session, AUDITOR, listing=AUDIT_LOG, wanted=Wanted(filters={"x": 1}), at=NOW)
    assert town.count(AuditEntry, AuditEntry.action == "export_list") == 0


def test_who_takes_a_table_of_the_warehouse_is_written_down_if_they_may_see_it(town: Town) -> None:
    told = {"view": Action.WATCH_ADMINISTRATORS, "name": "watch", "row_count": 3, "at": NOW}
    with writing(town.engine) as session:
        note_export(session, AUDITOR, **told, asked={"first": NOW.date()}, reason="季度检查")
    entry = town.last_audit()
    assert (entry.action, entry.subject_id, entry.reason) == ("export_list", "watch", "季度检查")
    assert entry.after == {"rows": 3, "filters": {"first": "2026-08-01"}}
    for stranger in (town.host, Actor("official", Role.OFFICIAL, "330106")):
        with pytest.raises(NotAllowed), writing(town.engine) as session:
            note_export(session, stranger, **told)
