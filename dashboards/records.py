"""One record on an admin page: its fields, and everything that was ever done to it.

Belongs here: the parts of such a page. Does not belong here: what can be done with the record (each page's forms).

    key = records.opened("account")
    if key is not None:
        row = records.found(ACCOUNTS, key, "account")
        records.head(row["full_name"], "account")
        records.fields(row, {"sign_in_name": "column.sign_in_name"})
        records.history("accounts", key)
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards import formats
from dashboards.field_names import code_name, field_name
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.database import reading
from operations.queries.audit_log import Change, history_of
from operations.queries.paging import Listing, one_row

FIRST_CHANGES = 10
# A moment as the audit log keeps it; one that came from outside may be in another zone, or finer than a second.
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")


def opened(parameter: str) -> int | str | None:
    """Return the key that the address names under `parameter`, None where the page shows its list."""
    written = st.query_params.get(parameter)
    if not written:
        return None
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else written


def found(listing: Listing, key: int | str, parameter: str) -> dict[str, Any]:
    """Return the row with this key; end the page where there is none that this viewer may see: both look the same."""
    row = None
    if isinstance(key, listing.key.type.python_type):  # type: ignore[attr-defined]
        with reading(operational_database()) as session:
            row = one_row(session, actor(), listing, key)
    if row is None:
        _back(parameter)
        st.title(say("record.none.title"), anchor=False)
        st.warning(say("record.none"), icon=":material/search_off:")
        st.stop()
    return row


def head(title: str, parameter: str, *, state: str | None = None, is_good: bool = True) -> None:
    """Show the way back to the list, the record's name, and in which state it is."""
    _back(parameter)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(markdown_safe(title), anchor=False, width="content")
        if state:
            st.badge(state, color="green" if is_good else "orange")


def close(parameter: str) -> None:
    """Go back to the list with the next run."""
    st.query_params.pop(parameter, None)


def fields(row: Mapping[str, Any], names: Mapping[str, str], codes: Mapping[str, str] | None = None) -> None:
    """Show fields of a record: column → key of its label; `codes` names the prefix of the texts of codes."""
    codes = codes or {}
    with st.grid(3, gap="small", min_column_width=220):
        for column, label in names.items():
            with st.container(gap="xxsmall"):
                st.caption(say(label))
                st.markdown(markdown_safe(readable(row.get(column), codes.get(column))))


def readable(value: Any, prefix: str | None = None) -> str:
    """Return a value as it is read: a code by its name, a moment in Beijing time, `–` for none."""
    if value is None or value == "":
        return "–"
    if prefix is not None:
        return name_of(language(), prefix, str(value).lower() if isinstance(value, bool) else str(value))
    if hasattr(value, "tzinfo"):
        return formats.local_time(value)
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return str(value)


def history(subject_kind: str, subject_id: object) -> None:
    """Show everything that was done to a record: when, who in which role, what, why, before → after."""
    with reading(operational_database()) as session:
        changes = history_of(session, subject_kind, subject_id)
    st.subheader(say("record.history"), anchor=False)
    if not changes:
        st.caption(say("record.history.none"))
        return
    with st.container(border=True, gap="small"):
        for number, change in enumerate(changes[:FIRST_CHANGES]):
            if number:
                st.divider()
            _show_change(change, subject_kind)
    if len(changes) > FIRST_CHANGES:
        with st.expander(say("record.history.more", n=len(changes) - FIRST_CHANGES)):
            for change in changes[FIRST_CHANGES:]:
                _show_change(change, subject_kind)


def what_changed(changes: Mapping[str, tuple[Any, Any]], subject_kind: str = "") -> list[str]:
    """Return one line of plain text for each field of a row of the table `subject_kind` that a command changed."""
    lines = []
    for column, values in changes.items():
        name = field_name(language(), column)
        before, after = (_told(value, subject_kind, column) for value in values)
        lines.append(f"{name}: {after}" if values[0] is None else f"{name}: {before} → {after}")
    return lines


def _told(value: Any, subject_kind: str, column: str) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return formats.local_time(datetime.fromisoformat(value).astimezone(UTC))
    return code_name(language(), subject_kind, column, str(value))


def _show_change(change: Change, subject_kind: str) -> None:
    action = name_of(language(), "action", change.action)
    role = name_of(language(), "role", change.role)
    with st.container(gap="xxsmall"):
        st.markdown(
            f"**{action}** · {markdown_safe(change.actor)}（{role}） · {formats.local_time(change.happened_at)}"
        )
        if reason := name_of(language(), "own_reason", change.reason):
            st.markdown(f"{say('column.reason')}: {markdown_safe(reason)}")
        lines = [markdown_safe(line) for line in what_changed(change.changes, subject_kind)]
        if lines:
            st.caption("  \n".join(lines))


def _back(parameter: str) -> None:
    if st.button(say("record.back"), icon=":material/arrow_back:", type="tertiary", key=f"{parameter}_back"):
        close(parameter)
        st.rerun()
