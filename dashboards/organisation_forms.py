"""What can be done with an organisation on its pages: applied for, decided on, changed, its administrators.

Belongs here: the forms. Does not belong here: a rule; the commands have them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.plain_text import markdown_safe
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of, names_of
from operations.access import Action, scope_of
from operations.commands.administrators import appoint_administrator, dismiss_administrator
from operations.commands.applications import (
    apply_again,
    apply_for_organisation,
    approve_organisation,
    return_organisation,
)
from operations.commands.documents import KINDS as DOCUMENT_KINDS
from operations.commands.documents import Document
from operations.commands.organisation_states import (
    reinstate_organisation,
    strike_off_organisation,
    suspend_organisation,
)
from operations.commands.organisations import KINDS, update_organisation
from operations.database import reading
from operations.model import OrganisationMember
from operations.queries.areas import areas_of_kinds
from operations.queries.organisations import own_applications
from operations.queries.paging import Listing
from operations.queries.volunteers import volunteer_with_number

# What can be decided in each state: command, text, what is said afterwards.
DECISIONS: Mapping[str, Sequence[tuple[Action, Any, str, str]]] = {
    "applied": (
        (Action.APPROVE_ORGANISATION, approve_organisation, "approve", "approved"),
        (Action.RETURN_ORGANISATION, return_organisation, "return", "returned"),
    ),
    "active": (
        (Action.SUSPEND_ORGANISATION, suspend_organisation, "suspend", "suspended"),
        (Action.STRIKE_OFF_ORGANISATION, strike_off_organisation, "strike_off", "struck_off"),
    ),
    "suspended": (
        (Action.REINSTATE_ORGANISATION, reinstate_organisation, "reinstate", "reinstated"),
        (Action.STRIKE_OFF_ORGANISATION, strike_off_organisation, "strike_off", "struck_off"),
    ),
}


def members_of(listing: Listing, organisation_id: int) -> Listing:
    """The list of members of one organisation."""
    return replace(
        listing, select=listing.select.where(OrganisationMember.organisation_id == organisation_id)
    )


def apply() -> None:
    """Show the form by which an organisation applies."""
    st.caption(say("org.apply.about"))
    with reading(operational_database()) as session:
        areas = areas_of_kinds(session, ("district", "township"))
    own = actor().organisation_id
    with st.container(width=640), forms.Form("apply", submit=say("org.apply")) as form:
        name = form.text("name", say("people.name"))
        kind = form.choice("kind", say("people.kind"), KINDS, value="group", format_func=_kind)
        area_code = form.choice("area_code", say("people.area"), list(areas), format_func=areas.__getitem__)
        uscc = form.text("uscc", say("people.uscc"))
        contact_name = form.text("contact_name", say("people.contact_name"))
        contact_phone = form.text("contact_phone", say("people.contact_phone"), kind="phone")
        files = _uploads(form)
    if form.is_submitted:
        form.carry_out(
            apply_for_organisation,
            done=say("org.applied"),
            name=name,
            kind=kind,
            area_code=area_code,
            uscc=uscc,
            contact_name=contact_name,
            contact_phone=contact_phone,
            parent_organisation_id=own,
            documents=_handed_in(files),
        )


def own() -> None:
    """Show what who looks has applied for, and the form by which a returned application is mended."""
    with reading(operational_database()) as session:
        mine = own_applications(session, actor())
    if not mine:
        return
    related(
        mine,
        {
            "name": "people.name",
            "status": "people.status",
            "applied_at": "people.applied_at",
            "decision_reason": "people.decision_reason",
        },
        codes={"status": "organisation_state"},
    )
    for one in mine:
        if one["status"] == "returned":
            _mend(one)


def _mend(row: Mapping[str, Any]) -> None:
    organisation_id = row["organisation_id"]
    with st.expander(say("org.apply_again", name=markdown_safe(row["name"])), icon=":material/redo:"):
        with forms.Form(f"again_{organisation_id}", submit=say("org.apply"), border=False) as form:
            given = {
                name: form.text(name, say(f"people.{name}"), value=row[name] or "")
                for name in ("name", "uscc", "contact_name", "contact_phone")
            }
            files = _uploads(form)
        if form.is_submitted:
            form.carry_out(
                apply_again,
                done=say("org.applied"),
                organisation_id=organisation_id,
                documents=_handed_in(files),
                **given,
            )


def _uploads(form: forms.Form) -> dict[str, Any]:
    """A place for a file of each kind; what is wrong with any of them is said below the last."""
    return {
        kind: form.show(
            "documents" if kind == DOCUMENT_KINDS[-1] else f"documents_{kind}",
            st.file_uploader,
            name_of(language(), "document_kind", kind),
            type=["pdf", "jpg", "jpeg", "png"],
        )
        for kind in DOCUMENT_KINDS
    }


def _handed_in(files: Mapping[str, Any]) -> list[Document]:
    return [
        Document(kind, file.name, file.type, file.getvalue())
        for kind, file in files.items()
        if file is not None
    ]


def decide(row: Mapping[str, Any]) -> None:
    """Show what can be decided about an organisation in its state, to those who may."""
    for action, command, name, done in DECISIONS.get(row["status"], ()):
        if scope_of(actor(), action).kind == "nothing":
            continue
        key = f"{name}_{row['organisation_id']}"
        with st.expander(say(f"org.{name}"), icon=":material/gavel:", expanded=row["status"] == "applied"):
            if name == "strike_off":
                st.caption(say("org.strike_off.about"))
            with forms.Form(
                key, submit=say(f"org.{name}"), border=False, is_danger=name == "strike_off"
            ) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    command, done=say(f"org.{done}"), organisation_id=row["organisation_id"], reason=reason
                )


def update(row: Mapping[str, Any], contact: Mapping[str, Any]) -> None:
    """Show the form by which the data of an organisation are changed, to those who may."""
    if not contact or row["status"] == "struck_off":
        return
    is_area = actor().organisation_id is None
    with st.expander(say("org.update"), icon=":material/edit:"):
        with forms.Form(f"update_{row['organisation_id']}", submit=say("org.update"), border=False) as form:
            given = {
                "contact_name": form.text(
                    "contact_name", say("people.contact_name"), value=contact["contact_name"] or ""
                ),
                "contact_phone": form.text(
                    "contact_phone", say("people.contact_phone"), value=contact["contact_phone"] or ""
                ),
            }
            if is_area:
                given["name"] = form.text("name", say("people.name"), value=row["name"])
                given["uscc"] = form.text("uscc", say("people.uscc"), value=row["uscc"] or "")
                given["kind"] = form.choice(
                    "kind",
                    say("people.kind"),
                    list(dict.fromkeys((*KINDS, row["kind"]))),
                    value=row["kind"],
                    format_func=_kind,
                )
            reason = forms.reason_field(form)
        if form.is_submitted:
            was = {**row, **contact}
            changes = {name: value for name, value in given.items() if value != (was[name] or "")}
            form.carry_out(
                update_organisation,
                done=say("org.updated"),
                organisation_id=row["organisation_id"],
                changes=changes,
                reason=reason,
            )


def administrators(row: Mapping[str, Any], standing: Sequence[Mapping[str, Any]]) -> None:
    """Show the forms by which administrators are appointed and dismissed, to those who may."""
    if scope_of(actor(), Action.APPOINT_ADMINISTRATOR).kind == "nothing":
        return
    organisation_id = row["organisation_id"]
    if row["status"] == "active":
        with st.expander(say("org.appoint"), icon=":material/person_add:"):
            with forms.Form(f"appoint_{organisation_id}", submit=say("org.appoint"), border=False) as form:
                number = form.text("volunteer_id", say("people.volunteer_no"))
                reason = forms.reason_field(form)
            if form.is_submitted:
                with reading(operational_database()) as session:
                    volunteer_id = volunteer_with_number(session, number)
                form.carry_out(
                    appoint_administrator,
                    done=say("org.appointed"),
                    organisation_id=organisation_id,
                    volunteer_id=volunteer_id,
                    reason=reason,
                )
    if standing:
        people = {str(one["volunteer_id"]): f"{one['volunteer_no']} {one['full_name']}" for one in standing}
        with st.expander(say("org.dismiss"), icon=":material/person_off:"):
            with forms.Form(f"dismiss_{organisation_id}", submit=say("org.dismiss"), border=False) as form:
                chosen = form.choice(
                    "volunteer_id", say("org.administrators"), list(people), format_func=people.__getitem__
                )
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    dismiss_administrator,
                    done=say("org.dismissed"),
                    organisation_id=organisation_id,
                    volunteer_id=int(chosen),
                    reason=reason,
                )


def _kind(code: str) -> str:
    return names_of(language(), "organisation_kind").get(code, code)
