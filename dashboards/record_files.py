"""Taking in a file of honour records: tried first, its errors by row, and taken whole or not at all.

Belongs here: the file and what came of it. Does not belong here: reading it or a rule
(operations.commands.honour_import).
"""

import csv
import io

import polars as pl
import streamlit as st

from dashboards.acting import act, reason_of, say_after_rerun
from dashboards.csv_download import BYTE_ORDER_MARK
from dashboards.language import language, say
from dashboards.texts import refusal
from operations.access import NotAllowed
from operations.commands.honour_import import COLUMNS, import_honour_records
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.model import utc_now
from operations.rules import rule

EXAMPLE = {
    "volunteer_no": "3301060000000001",
    "service_day": "2026-08-01",
    "minutes": "90",
    "started_at": "2026-08-01 09:00",
    "ended_at": "2026-08-01 10:30",
}


def offer(organisation_id: int) -> None:
    """Show a template, take a file, try it, and take it in when nothing is wrong with it."""
    st.caption(say("import.about", most=f"{rule('imported_rows_limit', utc_now()):,}"))
    st.markdown(say("honours.import_about"))
    st.download_button(
        say("import.template"),
        _template(),
        "honour_records.csv",
        "text/csv",
        icon=":material/description:",
        type="tertiary",
        on_click="ignore",
    )
    turn = st.session_state.setdefault("honour_import", 0)
    file = st.file_uploader(say("import.file"), type="csv", key=f"honour_import_{turn}")
    if file is None:
        return
    told = {"content": file.getvalue(), "organisation_id": organisation_id, "file_name": file.name}
    tried = _carried_out(told, is_dry_run=True)
    if tried is None or tried.errors:
        return
    if not tried.added:
        st.info(say("honours.import_nothing_new", n=f"{tried.unchanged:,}"), icon=":material/done_all:")
        return
    st.success(say("import.checked", n=f"{tried.added:,}"), icon=":material/task_alt:")
    if st.button(say("import.do", n=f"{tried.added:,}"), type="primary", key=f"honour_import_do_{turn}"):
        done = _carried_out(told, is_dry_run=False)
        if done is not None and not done.errors:
            st.session_state["honour_import"] = turn + 1
            say_after_rerun(say("import.done", n=f"{done.added:,}"))
            st.rerun()


def _carried_out(told: dict[str, object], *, is_dry_run: bool) -> Imported | None:
    try:
        done = act(import_honour_records, is_dry_run=is_dry_run, **told)
    except (Refused, NotAllowed) as problem:
        st.error(say("honours.import_unreadable", reason=reason_of(problem)), icon=":material/error:")
        return None
    if done.errors:
        headings = {one.name: one.heading if language() == "zh" else one.name for one in COLUMNS}
        bad = len({error.row for error in done.errors})
        st.error(say("import.has_problems", n=f"{done.rows:,}", bad=f"{bad:,}"), icon=":material/error:")
        st.dataframe(
            pl.DataFrame(
                {
                    "row": [error.row for error in done.errors],
                    "field": [headings.get(error.field, "–") for error in done.errors],
                    "why": [refusal(language(), error.message) for error in done.errors],
                }
            ),
            column_config={
                "row": say("import.row"),
                "field": say("import.field"),
                "why": st.column_config.TextColumn(say("import.problem"), width="large"),
            },
            hide_index=True,
        )
    return done


def _template() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([one.heading if language() == "zh" else one.name for one in COLUMNS])
    words = {"reason": say("honours.example_reason"), "evidence": say("honours.example_evidence")}
    writer.writerow([{**EXAMPLE, **words}.get(one.name, "") for one in COLUMNS])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")
