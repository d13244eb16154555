"""Acting on several rows of a list at once: each in a transaction of its own, and those refused are named with why.

Belongs here: offering and carrying out. Does not belong here: the list (lists.py), or the command.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from dashboards.acting import act, reason_of, say_after_rerun
from dashboards.language import say
from operations.access import Action, Actor, NotAllowed, scope_of
from operations.commands.refusals import Refused


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the rows chosen: `command` is called for each with `argument` = its `column`.

    `label` is the key of its text; with `needs_reason` one reason is asked for all, and given as `reason`; `fixed` are
    further arguments of the command, such as a decision. `title` is the column that names a row that was refused.
    """

    action: Action
    command: Callable[..., Any]
    label: str
    argument: str
    title: str
    column: str = ""
    needs_reason: bool = False
    icon: str | None = None
    fixed: tuple[tuple[str, Any], ...] = ()

    def is_allowed(self, who: Actor) -> bool:
        """Return whether somebody holds the action anywhere: only then it is offered."""
        return scope_of(who, self.action).kind != "nothing"

    def arguments(self, row: dict[str, Any], reason: str) -> dict[str, Any]:
        """Return what to call the command with for a row."""
        given = {self.argument: row[self.column or self.argument], **dict(self.fixed)}
        return {**given, "reason": reason} if self.needs_reason else given


def offer(
    actions: Sequence[BulkAction], chosen: list[dict[str, Any]], *, key: str, when_done: Callable[[], None]
) -> None:
    """Show what can be done with the rows chosen, and do it."""
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"**{say('list.chosen', n=len(chosen))}**", width="content")
        reason = ""
        if any(action.needs_reason for action in actions):
            reason = st.text_input(
                say("form.reason"),
                key=f"{key}_bulk_reason",
                placeholder=say("form.reason.help"),
                width=360,
            )
        for number, action in enumerate(actions):
            is_clicked = st.button(
                say(action.label),
                icon=action.icon,
                type="primary" if number == 0 else "secondary",
                key=f"{key}_bulk_{action.action}_{number}",
            )
            if is_clicked:
                _carry_out(action, chosen, reason or "", key)
                when_done()
                st.rerun()


def _carry_out(action: BulkAction, chosen: list[dict[str, Any]], reason: str, key: str) -> None:
    refused = []
    for row in chosen:
        try:
            act(action.command, **action.arguments(row, reason))
        except (Refused, NotAllowed) as problem:
            refused.append({"name": str(row[action.title]), "why": reason_of(problem)})
    done = len(chosen) - len(refused)
    if done:
        say_after_rerun(say("list.bulk.done", action=say(action.label), done=done))
    st.session_state[f"{key}_bulk_refused"] = refused


def say_what_was_refused(key: str) -> None:
    """Name the rows that the last bulk action left as they were, with the reason of each, once."""
    refused = st.session_state.pop(f"{key}_bulk_refused", None)
    if refused:
        st.warning(say("list.bulk.refused", n=len(refused)), icon=":material/error:")
        st.dataframe(
            pl.DataFrame(refused),
            column_config={"name": say("column.subject"), "why": say("column.reason")},
            hide_index=True,
        )
