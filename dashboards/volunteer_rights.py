"""What concerns a whole person: two records made one, everything kept handed out, the person forgotten.

Belongs here: the forms and the look at both records before a merge. Does not belong here: a rule.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.records import readable
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.erasures import erase_volunteer
from operations.commands.merges import merge_volunteers
from operations.commands.personal_data import export_volunteer
from operations.database import reading
from operations.queries.duplicates import SideBySide, side_by_side
from operations.queries.volunteers import volunteer_with_number

COMPARED = {
    "volunteer_no": "people.volunteer_no",
    "full_name": "people.full_name",
    "id_type": "people.id_type",
    "id_number": "people.id_number",
    "phone": "people.phone",
    "status": "people.status",
    "registered_at": "people.registered_at",
}
CODES = {"status": "volunteer_state", "id_type": "id_type"}


def _holds(action: Action) -> bool:
    return scope_of(actor(), action).kind != "nothing"


def merge(row: Mapping[str, Any]) -> None:
    """Show both records side by side, and merge the other one into this one, to those who may."""
    if not _holds(Action.MERGE_VOLUNTEERS) or row["status"] not in ("active", "banned"):
        return
    kept = row["volunteer_id"]
    with st.expander(say("vol.merge"), icon=":material/merge:"):
        st.caption(say("vol.merge.about"))
        number = st.text_input(say("vol.merge.other"), key=f"merge_other_{kept}")
        if not (number or "").strip():
            return
        with reading(operational_database()) as session:
            lost = volunteer_with_number(session, number or "")
            both = side_by_side(session, actor(), kept, lost)
        if both is None:
            st.warning(say("vol.merge.none"), icon=":material/search_off:")
            return
        _show_both(both)
        with forms.Form(f"merge_{kept}", submit=say("vol.merge.do"), border=False, is_danger=True) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                merge_volunteers,
                done=say("vol.merged"),
                kept_volunteer_id=kept,
                lost_volunteer_id=lost,
                reason=reason,
            )


def _show_both(both: SideBySide) -> None:
    shown = [
        (say(label), readable(both.kept[name], CODES.get(name)), readable(both.lost[name], CODES.get(name)))
        for name, label in COMPARED.items()
    ]
    shown += [
        (name_of(language(), "held", table), str(kept), str(lost))
        for table, (kept, lost) in sorted(both.held.items())
    ]
    st.dataframe(
        pl.DataFrame(shown, schema=["what", "kept", "lost"], orient="row"),
        column_config={
            "what": say("people.rows_of"),
            "kept": say("vol.merge.kept"),
            "lost": say("vol.merge.lost"),
        },
        hide_index=True,
    )
    birth, phone = (say("yes" if same else "no") for same in (both.is_same_birth_date, both.is_same_phone))
    st.markdown(say("vol.merge.alike", birth=birth, phone=phone))


def export(row: Mapping[str, Any]) -> None:
    """Hand out all that is kept of a person, to those who may."""
    if not _holds(Action.EXPORT_VOLUNTEER) or row["status"] == "merged":
        return
    volunteer_id = row["volunteer_id"]
    with st.expander(say("vol.export"), icon=":material/folder_zip:"):
        st.caption(say("vol.export.about"))
        with forms.Form(f"export_{volunteer_id}", submit=say("vol.export"), border=False) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            data = form.try_out(export_volunteer, volunteer_id=volunteer_id, reason=reason)
            if data is not None:
                st.download_button(
                    say("vol.export.download"),
                    data.as_zip(),
                    f"{data.volunteer_no}.zip",
                    "application/zip",
                    type="primary",
                    icon=":material/download:",
                    on_click="ignore",
                )


def erase(row: Mapping[str, Any]) -> None:
    """Let the person be forgotten, to those who may."""
    if not _holds(Action.ERASE_VOLUNTEER) or row["status"] not in ("active", "banned"):
        return
    volunteer_id = row["volunteer_id"]
    with st.expander(say("vol.erase"), icon=":material/delete_forever:"):
        st.caption(say("vol.erase.about"))
        with forms.Form(
            f"erase_{volunteer_id}", submit=say("vol.erase"), border=False, is_danger=True
        ) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(erase_volunteer, done=say("vol.erased"), volunteer_id=volunteer_id, reason=reason)
