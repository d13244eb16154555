"""Taking in a whole CSV file by one command, which checks every row: trial first, then all rows or none.

Belongs here: the file, the trial and the errors by row. Does not belong here: what a file holds or how it is read
(operations.commands.csv_rows and the imports beside it).
"""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence

import polars as pl
import streamlit as st

from dashboards import forms
from dashboards.acting import act, reason_of, say_after_rerun
from dashboards.csv_download import BYTE_ORDER_MARK, harmless
from dashboards.language import language, say
from dashboards.texts import refusal
from operations.access import NotAllowed
from operations.commands.csv_rows import Column
from operations.commands.imports import Imported
from operations.commands.refusals import Refused
from operations.model import utc_now
from operations.rules import rule

Command = Callable[..., Imported]


def offer(
    key: str, columns: Sequence[Column], command: Command, *, example: Mapping[str, str], about: str
) -> None:
    """Show a template and what the columns hold (`about`), take a file, try it, and take it in if nothing is wrong."""
    st.caption(say("import.about", most=f"{rule('imported_rows_limit', utc_now()):,}"))
    st.markdown(about)
    st.download_button(
        say("import.template"),
        _template(columns, example),
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
    tried = _tried(key, file.getvalue(), command)
    if tried is None:
        return
    if tried.errors:
        _show_errors(tried, columns)
        return
    if not tried.added:
        st.info(say("places.import.nothing_new", n=f"{tried.unchanged:,}"), icon=":material/done_all:")
        return
    st.success(
        say("places.import.checked", n=f"{tried.added:,}", same=f"{tried.unchanged:,}"),
        icon=":material/task_alt:",
    )
    with forms.Form(f"{key}_take_{turn}", submit=say("import.do", n=f"{tried.added:,}")) as form:
        reason = forms.reason_field(form)
    if form.is_submitted:
        done = form.try_out(command, content=file.getvalue(), reason=reason)
        if done is None:
            return
        if done.errors:  # what was right at the trial can be wrong now
            _show_errors(done, columns)
            return
        st.session_state[f"{key}_import"] = turn + 1
        say_after_rerun(say("import.done", n=f"{done.added:,}"))
        st.rerun()


def _tried(key: str, content: bytes, command: Command) -> Imported | None:
    """What a trial of the file says, tried once and not at every run; None after saying why it cannot be read."""
    digest = hashlib.sha256(content).hexdigest()
    known = st.session_state.get(f"{key}_tried")
    if known is not None and known[0] == digest:
        return known[1]
    try:
        # A trial is written down nowhere, so it needs no reason of anybody's.
        tried = act(command, content=content, reason="-", is_dry_run=True)
    except (Refused, NotAllowed) as problem:
        st.error(say("import.unreadable", reason=reason_of(problem)), icon=":material/error:")
        return None
    st.session_state[f"{key}_tried"] = (digest, tried)
    return tried


def _show_errors(done: Imported, columns: Sequence[Column]) -> None:
    headings = {column.name: column.heading if language() == "zh" else column.name for column in columns}
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
        key="import_errors",
    )


def _template(columns: Sequence[Column], example: Mapping[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.heading if language() == "zh" else column.name for column in columns])
    writer.writerow([harmless(example.get(column.name, "")) for column in columns])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")
