"""Taking a list away as a CSV file: who took what is written down before there is a file.

Belongs here: the small form and the file. Does not belong here: who may (operations.commands.exports).
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from dashboards import forms
from dashboards.csv_download import to_csv
from dashboards.language import say
from dashboards.signed_in import actor
from operations.access import Action, scope_of
from operations.commands.exports import export_list, note_export
from operations.model import utc_now
from operations.queries.paging import Wanted
from operations.rules import rule

if TYPE_CHECKING:
    from dashboards.lists import Shown

BEIJING = timedelta(hours=8)


def offer(shown: "Shown", wanted: Wanted) -> None:
    """Show the way to a file of all rows that fit what is asked, to those who may take lists away."""
    if scope_of(actor(), Action.EXPORT_LIST).kind == "nothing":
        return
    name = shown.listing.name
    with st.popover(say("list.export"), icon=":material/download:"):
        most = rule("exported_rows_limit", utc_now())
        st.caption(say("list.export.about", most=f"{most:,}"))
        with forms.Form(f"{name}_export", submit=say("list.export.prepare"), border=False) as form:
            reason = form.text("reason", say("list.export.reason"))
        if form.is_submitted:
            _make(form, shown, wanted, reason)
        _hand_over(name)


def offer_rows(
    frame: pl.DataFrame, headings: dict[str, str], *, view: Action, file_name: str, name: str
) -> None:
    """Show the way to a file of a table of the warehouse, as `offer` does for a list; `view` lets it be seen."""
    if scope_of(actor(), Action.EXPORT_LIST).kind == "nothing":
        return
    with st.popover(say("list.export"), icon=":material/download:", key=f"{name}_export_popover"):
        st.caption(say("list.export.noted"))
        with forms.Form(f"{name}_export", submit=say("list.export.prepare"), border=False) as form:
            reason = form.text("reason", say("list.export.reason"))
        if form.is_submitted:
            told = {"view": view, "name": name, "row_count": frame.height, "reason": reason}
            if form.try_out(_noted, **told):
                st.session_state[f"{name}_file"] = {
                    "bytes": to_csv(frame, headings),
                    "name": f"{file_name}.csv",
                    "rows": frame.height,
                    "is_cut": False,
                }
        _hand_over(name)


def _noted(*arguments: Any, **told: Any) -> bool:
    note_export(*arguments, **told)
    return True


def _make(form: forms.Form, shown: "Shown", wanted: Wanted, reason: str) -> None:
    listing = shown.listing
    taken = form.try_out(export_list, listing=listing, wanted=wanted, reason=reason)
    if taken is None:
        return
    headings = {column: say(heading) for column, heading in shown.columns.items()}
    stamp = (utc_now() + BEIJING).strftime("%Y%m%d_%H%M%S")
    st.session_state[f"{listing.name}_file"] = {
        "bytes": to_csv(shown.frame(taken.rows), headings),
        "name": f"{listing.name}_{stamp}.csv",
        "rows": len(taken.rows),
        "is_cut": taken.is_cut,
    }


def _hand_over(name: str) -> None:
    file = st.session_state.get(f"{name}_file")
    if file is None:
        return
    if file["is_cut"]:
        st.warning(say("list.export.cut", n=f"{file['rows']:,}"), icon=":material/content_cut:")
    st.download_button(
        say("table.download") + f"（{file['rows']:,}）",
        data=file["bytes"],
        file_name=file["name"],
        mime="text/csv",
        icon=":material/download:",
        type="primary",
        on_click=lambda: st.session_state.pop(f"{name}_file", None),
        key=f"{name}_file_button",
    )
