"""Taking a list away as a file: who took which list, asked for how, and how many rows, is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, scope_of
from operations.queries.paging import Listing, Wanted, all_rows
from operations.rules import rule

from .records import audit_event, must_write


@dataclass(frozen=True)
class Exported:
    """The rows that go into the file; `is_cut` says that there were more than a file may hold."""

    rows: list[dict[str, Any]]
    columns: tuple[str, ...]
    is_cut: bool


def export_list(
    session: Session, actor: Actor, *, listing: Listing, wanted: Wanted, at: datetime, reason: str = ""
) -> Exported:
    """Return all rows of a list that the actor may see, up to a limit (`exported_rows_limit`).

    Raises `Refused` for what the list cannot be asked; `NotAllowed` to those who may not see the list, or take none.
    """
    must_write(session)
    if scope_of(actor, Action.EXPORT_LIST).kind == "nothing":
        raise NotAllowed(f"{actor.name} ({actor.role}) may not take lists away")
    most = rule("exported_rows_limit", at)
    rows = list(all_rows(session, actor, listing, wanted, most=most + 1))
    is_cut = len(rows) > most
    del rows[most:]
    asked = {name: _plain(value) for name, value in wanted.filters.items() if value not in (None, "")}
    audit_event(
        session,
        actor,
        Action.EXPORT_LIST,
        "lists",
        listing.name,
        at=at,
        reason=reason,
        after={"rows": len(rows), "search": wanted.search, "filters": asked, "is_cut": is_cut},
    )
    return Exported(rows, listing.columns, is_cut)


def note_export(
    session: Session,
    actor: Actor,
    *,
    view: Action,
    name: str,
    row_count: int,
    at: datetime,
    asked: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write down that the actor takes a table of the warehouse away: which, asked for how, and how many rows.

    `view` is the action by which the table is seen. The page has read the rows within its scope.

    Raises `NotAllowed` to those who may not see the table, or take none.
    """
    must_write(session)
    for action in (view, Action.EXPORT_LIST):
        if scope_of(actor, action).kind == "nothing":
            raise NotAllowed(f"{actor.name} ({actor.role}) may not take this table away")
    after = {"rows": row_count, "filters": {key: _plain(value) for key, value in (asked or {}).items()}}
    audit_event(session, actor, Action.EXPORT_LIST, "lists", name, at=at, reason=reason, after=after)


def _plain(value: Any) -> Any:
    """A value of a filter as JSON can hold it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
