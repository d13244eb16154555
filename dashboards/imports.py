"""Many rows from a CSV file: every row is tried first, with its errors, and nothing is taken unless all are right.

Belongs here: the file, the trial and the errors by row. Does not belong here: what a row means (each page gives the
command and how a row becomes its arguments).
"""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st
from sqlalchemy.orm import Session

from dashboards.acting import reason_of, say_after_rerun
from dashboards.csv_download import BYTE_ORDER_MARK, harmless
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from operations.access import NotAllowed
from operations.commands.refusals import Refused
from operations.database import writing
from operations.model import utc_now
from operations.rules import rule

# Excel on a Chinese Windows saves CSV in its own encoding.
ENCODINGS = ("utf-8-sig", "gb18030")


class Unreadable(Exception):
    """A file that is no table of the columns wanted; the message says what is the matter, for its owner."""


@dataclass(frozen=True)
class RowProblem:
    """What is the matter with a row: its number in the file (the heading is 1), the column, and why."""

    row: int
    field: str
    why: str


class _TryOnly(Exception):
    """Ends a trial, so that its transaction is rolled back."""


def read_table(content: bytes, columns: Mapping[str, str], most: int) -> list[dict[str, str]]:
    """Return the rows of a CSV file: argument → text, by headings (`columns`: argument → heading).

    An apostrophe that our own files put before a formula is taken off. Raises `Unreadable`.
    """
    text = _decoded(content)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    headings = [(name or "").strip() for name in reader.fieldnames or ()]
    missing = [heading for heading in columns.values() if heading not in headings]
    if missing:
        raise Unreadable(say("import.no_columns", columns=", ".join(missing)))
    reader.fieldnames = headings
    rows = []
    for line in reader:
        if not any((value or "").strip() for value in line.values() if isinstance(value, str)):
            continue
        rows.append({name: _plain(line.get(heading)) for name, heading in columns.items()})
        if len(rows) > most:
            raise Unreadable(say("import.too_long", most=f"{most:,}"))
    if not rows:
        raise Unreadable(say("import.empty"))
    return rows


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(say("import.not_text"))


def _plain(value: str | None) -> str:
    text = (value or "").strip()
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


Arguments = Callable[[dict[str, str]], dict[str, Any]]


def carry_out(
    rows: Sequence[dict[str, str]],
    command: Callable[..., Any],
    arguments: Arguments,
    *,
    is_trial: bool,
) -> list[RowProblem]:
    """Carry the command out for every row in one transaction, and return the problems; with any, nothing is kept.

    A trial keeps nothing in any case, but sees each row after those before it: two rows of one person are found.
    """
    problems: list[RowProblem] = []
    at, who = utc_now(), actor()
    try:
        with writing(operational_database()) as session:
            for number, row in enumerate(rows, start=2):
                problem = _problem_of(
                    session, number, lambda row=row: command(session, who, at=at, **arguments(row))
                )
                if problem is not None:
                    problems.append(problem)
            if problems or is_trial:
                raise _TryOnly
    except _TryOnly:
        pass
    return problems


def _problem_of(session: Session, number: int, do: Callable[[], Any]) -> RowProblem | None:
    try:
        with session.begin_nested():
            do()
    except (Refused, NotAllowed) as problem:
        return RowProblem(
            number, (problem.field if isinstance(problem, Refused) else None) or "", reason_of(problem)
        )
    except ValueError as problem:
        return RowProblem(number, "", str(problem))
    return None


def offer(
    key: str,
    columns: Mapping[str, str],
    command: Callable[..., Any],
    arguments: Arguments,
    *,
    examples: Sequence[Mapping[str, str]] = (),
) -> None:
    """Show a template, take a file, try it, show what is wrong row by row, and take it when nothing is.

    `columns` are the command's arguments → keys of their headings; `arguments` makes typed arguments of a row's texts,
    and raises `Refused` or `ValueError` for those that it cannot read.
    """
    headings = {name: say(heading) for name, heading in columns.items()}
    most = rule("imported_rows_limit", utc_now())
    st.caption(say("import.about", most=f"{most:,}"))
    st.download_button(
        say("import.template"),
        _template(headings, examples),
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
    content = file.getvalue()
    try:
        rows = read_table(content, headings, most)
    except Unreadable as problem:
        st.error(say("import.unreadable", reason=str(problem)), icon=":material/error:")
        return
    problems = _tried(key, content, rows, command, arguments)
    if problems:
        _show_problems(problems, len(rows), headings)
        return
    st.success(say("import.checked", n=f"{len(rows):,}"), icon=":material/task_alt:")
    if st.button(say("import.do", n=f"{len(rows):,}"), type="primary", key=f"{key}_import_do_{turn}"):
        # The next number is taken before: a second click that waits meanwhile belongs to a file that is gone.
        st.session_state[f"{key}_import"] = turn + 1
        if late := carry_out(rows, command, arguments, is_trial=False):
            st.session_state[f"{key}_import"] = turn
            _show_problems(late, len(rows), headings)
            return
        say_after_rerun(say("import.done", n=f"{len(rows):,}"))
        st.rerun()


def _tried(
    key: str, content: bytes, rows: list[dict[str, str]], command: Callable[..., Any], arguments: Arguments
) -> list[RowProblem]:
    """The problems of a file, tried once and not at every run."""
    digest = hashlib.sha256(content).hexdigest()
    known = st.session_state.get(f"{key}_tried")
    if known is None or known[0] != digest:
        known = (digest, carry_out(rows, command, arguments, is_trial=True))
        st.session_state[f"{key}_tried"] = known
    return known[1]


def _show_problems(problems: list[RowProblem], rows: int, headings: Mapping[str, str]) -> None:
    bad = len({problem.row for problem in problems})
    st.error(say("import.has_problems", n=f"{rows:,}", bad=f"{bad:,}"), icon=":material/error:")
    st.dataframe(
        pl.DataFrame(
            {
                "row": [problem.row for problem in problems],
                "field": [headings.get(problem.field, problem.field) for problem in problems],
                "why": [problem.why for problem in problems],
            }
        ),
        column_config={
            "row": say("import.row"),
            "field": say("import.field"),
            "why": st.column_config.TextColumn(say("import.problem"), width="large"),
        },
        hide_index=True,
    )


def _template(headings: Mapping[str, str], examples: Sequence[Mapping[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings.values())
    for example in examples:
        writer.writerow([harmless(example.get(name, "")) for name in headings])
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")
