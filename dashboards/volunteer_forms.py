"""What can be done with a volunteer on the pages: registered, changed, corrected, banned, a guardian named.

Belongs here: the forms. Does not belong here: a rule; the commands have them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.bans import ban_volunteer, lift_ban
from operations.commands.guardians import KINSHIPS, name_guardian
from operations.commands.identity import ID_TYPES, SEXES
from operations.commands.profiles import update_volunteer
from operations.commands.volunteers import register_volunteer
from operations.database import reading
from operations.model import utc_now
from operations.queries.areas import areas_of_kinds

CONSENT_VERSION = "2026-01"
OLDEST = date(1900, 1, 1)


def register() -> None:
    """Show the form by which a volunteer is registered."""
    with reading(operational_database()) as session:
        areas = areas_of_kinds(session, ("district", "township"))
    with st.container(width=640), forms.Form("register", submit=say("vol.register")) as form:
        full_name = form.text("full_name", say("people.full_name"))
        id_type = form.choice("id_type", say("people.id_type"), ID_TYPES, format_func=_named("id_type"))
        id_number = form.text("id_number", say("people.id_number"))
        phone = form.text("phone", say("people.phone"), kind="phone")
        area_code = form.choice("area_code", say("people.area"), list(areas), format_func=areas.__getitem__)
        born_on = form.show(
            "born_on", st.date_input, say("people.born_on"), value=None, min_value=OLDEST, max_value="today"
        )
        sex = form.choice("sex", say("people.sex"), SEXES, format_func=_named("sex_code"))
    if form.is_submitted:
        form.carry_out(
            register_volunteer,
            done=say("vol.registered"),
            full_name=full_name,
            id_type=id_type,
            id_number=id_number,
            phone=phone,
            area_code=area_code,
            born_on=born_on,
            sex=None if sex == SEXES[0] else sex,
        )


def update(row: Mapping[str, Any], areas: Mapping[str, str]) -> None:
    """Show the forms by which a volunteer's data are changed and the document is corrected, to those who may."""
    if scope_of(actor(), Action.UPDATE_VOLUNTEER).kind == "nothing":
        return
    volunteer_id, home = row["volunteer_id"], row["township_code"] or row["district_code"]
    with st.expander(say("vol.update"), icon=":material/edit:"):
        with forms.Form(f"update_{volunteer_id}", submit=say("vol.update"), border=False) as form:
            phone = form.text("phone", say("people.phone"), placeholder=row["phone"])
            area_code = form.choice(
                "area_code", say("people.area"), list(areas), value=home, format_func=areas.__getitem__
            )
            reason = forms.reason_field(form)
        if form.is_submitted:
            changes = {"phone": phone} if phone.strip() else {}
            changes |= {"area_code": area_code} if area_code != home else {}
            _change(form, volunteer_id, changes, reason)
    with st.expander(say("vol.correct"), icon=":material/badge:"):
        with forms.Form(f"correct_{volunteer_id}", submit=say("vol.correct"), border=False) as form:
            given = {
                "full_name": form.text("full_name", say("people.full_name"), placeholder=row["full_name"]),
                "id_type": form.choice(
                    "id_type",
                    say("people.id_type"),
                    ID_TYPES,
                    value=row["id_type"],
                    format_func=_named("id_type"),
                ),
                "id_number": form.text("id_number", say("people.id_number"), placeholder=row["id_number"]),
            }
            reason = forms.reason_field(form)
        if form.is_submitted:
            changes = {
                name: value
                for name, value in given.items()
                if value.strip() and not (name == "id_type" and value == row["id_type"])
            }
            _change(form, volunteer_id, changes, reason)


def _change(form: forms.Form, volunteer_id: int, changes: Mapping[str, Any], reason: str) -> None:
    form.carry_out(
        update_volunteer, done=say("vol.updated"), volunteer_id=volunteer_id, changes=changes, reason=reason
    )


def ban(row: Mapping[str, Any]) -> None:
    """Show the form by which a volunteer is banned or the ban is lifted, to those who may."""
    volunteer_id = row["volunteer_id"]
    if scope_of(actor(), Action.BAN_VOLUNTEER).kind == "nothing":
        return
    if row["status"] == "active":
        with st.expander(say("vol.ban"), icon=":material/block:"):
            with forms.Form(f"ban_{volunteer_id}", submit=say("vol.ban"), border=False) as form:
                days = form.show("ends_at", st.number_input, say("vol.ban_days"), 0, 3650, 0)
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    ban_volunteer,
                    done=say("vol.banned"),
                    volunteer_id=volunteer_id,
                    reason=reason,
                    ends_at=utc_now() + timedelta(days=days) if days else None,
                )
    elif row["status"] == "banned":
        with st.expander(say("vol.lift"), icon=":material/lock_open:"):
            with forms.Form(f"lift_{volunteer_id}", submit=say("vol.lift"), border=False) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(lift_ban, done=say("vol.lifted"), volunteer_id=volunteer_id, reason=reason)


def guardian(row: Mapping[str, Any]) -> None:
    """Show the form by which a guardian who agreed is named, to those who may."""
    if scope_of(actor(), Action.NAME_GUARDIAN).kind == "nothing" or row["status"] not in ("active", "banned"):
        return
    volunteer_id = row["volunteer_id"]
    with st.expander(say("vol.guardian.add"), icon=":material/family_restroom:"):
        with forms.Form(f"guardian_{volunteer_id}", submit=say("vol.guardian.add"), border=False) as form:
            full_name = form.text("full_name", say("people.full_name"))
            kinship = form.choice(
                "kinship", say("people.kinship"), KINSHIPS, format_func=_named("kinship_code")
            )
            phone = form.text("phone", say("people.phone"), kind="phone")
            version = form.text("consent_version", say("people.version"), value=CONSENT_VERSION)
        if form.is_submitted:
            form.carry_out(
                name_guardian,
                done=say("vol.guardian.added"),
                volunteer_id=volunteer_id,
                full_name=full_name,
                kinship=kinship,
                phone=phone,
                consent_version=version,
            )


def _named(prefix: str) -> Any:
    return lambda code: name_of(language(), prefix, code)
