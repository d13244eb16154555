"""Many rows from a CSV file: every row is tried first, with its errors, and nothing is taken unless all are right.

Belongs here: the file, the trial and the errors by row, for any command of the shape of `operations.commands.imports`.
Does not belong here: what a row holds (the columns of the command), or a rule.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence

import polars as pl
import streamlit as st

from dashboards.acting import act, reason_of, say_after_rerun
from dashboards.csv_download import BYTE_ORDER_MARK
from dashboards.language import language, say
from dashboards.texts import refusal
from operations.access import NotAllowed
from operations.commands.csv_rows import Column
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.csv_cells import harmless
from operations.model import utc_now
from operations.rules import rule

Import = Callable[..., Imported]


def offer(
    key: str, columns: Sequence[Column], command: Import, *, examples: Sequence[Mapping[str, str]] = ()
) -> None:
    """Show a template, take a file and a reason, try it, show what is wrong by row, and take it when nothing is."""
    st.caption(say("import.about", most=f"{rule('imported_rows_limit', utc_now()):,}"))
    st.download_button(
        say("import.template"),
        template(columns, examples),
        f"{key}.csv",
        "text/csv",
        icon=":material/description:",
        type="tertiary",
        on_click="ignore",
        key=f"{key}_template",
    )
    turn = st.session_state.setdefault(f"{key}_import", 0)
    file = st.file_uploader(say("import.file"), type="csv", key=f"{key}_import_{turn}")
    if file is None:
        return
    reason = st.text_input(
        say("form.reason"), key=f"{key}_import_reason_{turn}", placeholder=say("form.reason.help")
    )
    if not reason.strip():
        st.info(say("import.reason_first"), icon=":material/edit_note:")
        return
    content = file.getvalue()
    tried = _tried(key, command, content, reason)
    if tried is None or tried.errors:
        if tried is not None:
            _show_errors(tried, columns)
        return
    st.success(
        say("import.checked", n=f"{tried.added:,}", unchanged=f"{tried.unchanged:,}"),
        icon=":material/task_alt:",
    )
    if tried.added and st.button(
        say("import.do", n=f"{tried.added:,}"), type="primary", key=f"{key}_import_do_{turn}"
    ):
        # The next number is taken before: a second click that waits meanwhile belongs to a file that is gone.
        st.session_state[f"{key}_import"] = turn + 1
        _take(key, command, columns, turn=turn, content=content, reason=reason)


def _tried(key: str, command: Import, content: bytes, reason: str) -> Imported | None:
    """What taking the file would do, found out once and not at every run; None after saying why it cannot be read."""
    digest = hashlib.sha256(content).hexdigest()
    known = st.session_state.get(f"{key}_tried")
    if known is not None and known[0] == digest:
        return known[1]
    try:
        tried = act(command, content=content, reason=reason, is_dry_run=True)
    except (Refused, NotAllowed) as problem:
        st.error(reason_of(problem), icon=":material/error:")
        return None
    st.session_state[f"{key}_tried"] = (digest, tried)
    return tried


def _take(
    key: str, command: Import, columns: Sequence[Column], *, turn: int, content: bytes, reason: str
) -> None:
    try:
        taken = act(command, content=content, reason=reason)
    except (Refused, NotAllowed) as problem:
        st.session_state[f"{key}_import"] = turn
        st.error(reason_of(problem), icon=":material/error:")
        return
    if taken.errors:  # somebody was faster since the trial
        st.session_state[f"{key}_import"] = turn
        _show_errors(taken, columns)
        return
    st.session_state.pop(f"{key}_tried", None)
    say_after_rerun(say("import.done", n=f"{taken.added:,}"))
    st.rerun()


def _show_errors(tried: Imported, columns: Sequence[Column]) -> None:
    headings = {column.name: column.heading if language() == "zh" else column.name for column in columns}
    bad = len({error.row for error in tried.errors})
    st.error(say("import.has_problems", n=f"{tried.rows:,}", bad=f"{bad:,}"), icon=":material/error:")
    st.dataframe(
        pl.DataFrame(
            {
                "row": [error.row for error in tried.errors],
                "field": [headings.get(error.field, error.field) for error in tried.errors],
                "why": [refusal(language(), error.message) for error in tried.errors],
            }
        ),
        column_config={
            "row": say("import.row"),
            "field": say("import.field"),
            "why": st.column_config.TextColumn(say("import.problem"), width="large"),
        },
        hide_index=True,
    )


def template(columns: Sequence[Column], examples: Sequence[Mapping[str, str]]) -> bytes:
    """Return a CSV file with the headings and some example rows (by the columns' names)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.heading for column in columns])
    for example in examples:
        writer.writerow([harmless(example.get(column.name, "")) for column in columns])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")
