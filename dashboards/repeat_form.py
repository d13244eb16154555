"""The form that repeats an activity: how often, until when, and on which days not.

Belongs here: the fields, and from them the repetition. Does not belong here: which days these are (the command).
"""

import re
from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.plain_text import markdown_safe
from dashboards.texts import name_of
from operations.commands.repeating import RHYTHMS, Repetition, repeat_activity
from operations.model import utc_now


def show(own: dict[str, Any]) -> None:
    """Show the form behind a button; `own` names the activity."""
    with st.popover(say("activities.repeat"), key="repeat_popover"):
        with forms.Form(
            f"repeat_{own['activity_id']}", submit=say("activities.repeat"), border=False
        ) as form:
            rhythm = form.choice(
                "rhythm",
                say("activities.rhythm"),
                RHYTHMS,
                value="weekly",
                format_func=lambda code: name_of(language(), "rhythm", code),
            )
            last = form.show(
                "last_day", st.date_input, say("activities.last_day"), utc_now().date() + timedelta(days=28)
            )
            every = form.show("every", st.number_input, say("activities.every"), 1, 99, 1)
            left_out = form.long_text(
                "except_days", say("activities.except_days"), placeholder=say("activities.except_days.help")
            )
        if not form.is_submitted:
            return
        try:
            days = days_of(left_out)
        except ValueError as problem:
            form.complain("except_days", say("activities.except_days.wrong", day=markdown_safe(str(problem))))
            return
        form.carry_out(
            repeat_activity,
            done=say("activities.repeated"),
            repetition=Repetition(rhythm, last, int(every), days),
            **own,
        )


def days_of(typed: str) -> frozenset[date]:
    """The days of a text such as `2026-10-01, 2026-10-02`; `ValueError` with the first part that is no day."""
    days = set()
    for part in re.split(r"[\s,，、;；]+", typed.strip()):
        if not part:
            continue
        try:
            days.add(date.fromisoformat(part.replace("/", "-").replace(".", "-")))
        except ValueError:
            raise ValueError(part) from None
    return frozenset(days)
