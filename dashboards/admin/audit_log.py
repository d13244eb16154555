"""Audit log: who did what, when, in which role, why, and what it changed. For the auditor.

Belongs here: the page from top to bottom. Does not belong here: a way to change anything; there is none.
"""

import streamlit as st

from dashboards import lists, records
from dashboards.language import language, say
from dashboards.page_parts import page_head
from dashboards.texts import names_of
from operations.queries.audit_log import AUDIT_LOG, changes_between

CODES = {"role": "role", "action": "action", "subject_kind": "subject", "reason": "own_reason"}
COLUMNS = {
    "happened_at": "column.happened_at",
    "actor": "column.actor",
    "role": "column.role",
    "action": "column.action",
    "subject_kind": "column.subject",
    "subject_id": "column.subject_id",
    "reason": "column.reason",
}

key = records.opened("entry")
if key is not None:
    entry = records.found(AUDIT_LOG, key, "entry")
    records.head(say("audit.entry", number=key), "entry")
    records.fields(entry, COLUMNS, CODES)
    st.subheader(say("column.changes"), anchor=False)
    lines = records.what_changed(changes_between(entry["before"], entry["after"]), entry["subject_kind"])
    for line in lines or [say("record.history.none")]:
        st.text(line)
    before, after = st.columns(2)
    for column, name in ((before, "before"), (after, "after")):
        with column, st.expander(say(f"audit.{name}")):
            st.json(entry[name] or {})
    st.stop()

page_head("audit_log")
actions = names_of(language(), "action")
lists.show(
    AUDIT_LOG,
    COLUMNS,
    codes=CODES,
    search="audit.search",
    filters=[
        lists.Choice("action", "audit.actions", "action"),
        lists.Choice("subject_kind", "column.subject", "subject"),
        lists.Text("subject_id", "column.subject_id"),
        lists.Days("days", "audit.days"),
    ],
    opens="entry",
)
