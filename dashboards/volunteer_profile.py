"""What a volunteer says of themselves and agrees to: skills, interests, times, consents, guardians who withdraw.

Belongs here: what of it is shown in words, and the forms. Does not belong here: a rule; the commands have them.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import forms, records
from dashboards.language import language, say
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.texts import name_of, names_of
from operations.access import Action, scope_of
from operations.commands.guardians import release_guardian
from operations.commands.profiles import update_volunteer
from operations.commands.volunteers import PURPOSES, give_consent, withdraw_consent
from operations.queries.volunteers import VolunteerDetail
from operations.skills import SKILLS, TIMES

CONSENT_VERSION = "2026-01"
OTHER = "other"


def show_interests(detail: VolunteerDetail) -> None:
    """Show the categories that the volunteer would like to serve in, and when there is time."""
    interests = "、".join(name_of(language(), "category", code) for code in detail.interests)
    times = "、".join(_named(TIMES)[code] for code in detail.available_time)
    records.fields(
        {"interests": interests, "available_time": times},
        {"interests": "vol.interests", "available_time": "field.available_time"},
    )


def change(detail: VolunteerDetail) -> None:
    """Show the form of skills, interests and times, to those who may."""
    row = detail.volunteer
    if not _may(Action.UPDATE_VOLUNTEER, row):
        return
    known = {one["skill_code"]: one["detail"] for one in detail.skills}
    skills, times, categories = _named(SKILLS), _named(TIMES), names_of(language(), "category")
    with st.expander(say("vol.profile"), icon=":material/psychology_alt:"):
        with forms.Form(f"profile_{row['volunteer_id']}", submit=say("vol.profile"), border=False) as form:
            chosen = _several(form, "skills", say("people.skill"), skills, tuple(known))
            other = form.text("other_skill", say("vol.skill.other"), value=known.get(OTHER, ""))
            interests = _several(form, "interests", say("vol.interests"), categories, detail.interests)
            free = _several(form, "available_time", say("field.available_time"), times, detail.available_time)
        if form.is_submitted:
            given = {code: other if code == OTHER else known.get(code, "") for code in chosen}
            form.carry_out(
                update_volunteer,
                done=say("vol.updated"),
                volunteer_id=row["volunteer_id"],
                changes={"skills": given, "interests": interests, "available_time": free},
            )


def consents(detail: VolunteerDetail) -> None:
    """Show the forms by which a consent is given or withdrawn at the person's wish, to those who may."""
    row = detail.volunteer
    volunteer_id = row["volunteer_id"]
    standing = {one["purpose"]: None for one in detail.consents if one["withdrawn_at"] is None}
    if _may(Action.GIVE_CONSENT, row):
        with st.expander(say("vol.consent.give"), icon=":material/check:"):
            with forms.Form(f"consent_{volunteer_id}", submit=say("vol.consent.give"), border=False) as form:
                purpose = form.choice("purpose", say("people.purpose"), PURPOSES, format_func=_purpose)
                recipient = form.text("recipient", say("people.recipient"))
                version = form.text("version", say("people.version"), value=CONSENT_VERSION)
                shown = form.text("display_name", say("vol.consent.display_name"))
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    give_consent,
                    done=say("vol.consent.given"),
                    volunteer_id=volunteer_id,
                    purpose=purpose,
                    recipient=recipient,
                    version=version,
                    display_name=shown.strip() or None,
                    reason=reason,
                )
    if standing and _may(Action.WITHDRAW_CONSENT, row):
        with st.expander(say("vol.consent.withdraw"), icon=":material/undo:"):
            key, label = f"withdraw_consent_{volunteer_id}", say("vol.consent.withdraw")
            with forms.Form(key, submit=label, border=False) as form:
                purpose = form.choice("purpose", say("people.purpose"), list(standing), format_func=_purpose)
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    withdraw_consent,
                    done=say("vol.consent.withdrawn"),
                    volunteer_id=volunteer_id,
                    purpose=purpose,
                    reason=reason,
                )


def release(detail: VolunteerDetail) -> None:
    """Show the form by which a guardian withdraws, to those who may name one."""
    row = detail.volunteer
    standing = {str(one["guardian_id"]): one for one in detail.guardians if one["ended_at"] is None}
    if not standing or not _may(Action.NAME_GUARDIAN, row):
        return
    with st.expander(say("vol.guardian.release"), icon=":material/person_remove:"):
        key = f"release_{row['volunteer_id']}"
        with forms.Form(key, submit=say("vol.guardian.release"), border=False) as form:
            guardian_id = form.choice(
                "guardian_id",
                say("vol.guardians"),
                list(standing),
                format_func=lambda chosen: _guardian(standing[chosen]),
            )
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                release_guardian,
                done=say("vol.guardian.released"),
                volunteer_id=row["volunteer_id"],
                guardian_id=int(guardian_id),
                reason=reason,
            )


def _guardian(one: Mapping[str, Any]) -> str:
    return f"{markdown_safe(one['full_name'])} · {name_of(language(), 'kinship_code', one['kinship'])}"


def _purpose(code: str) -> str:
    return name_of(language(), "consent_purpose", code)


def _named(codes: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {code: names[0 if language() == "zh" else 1] for code, names in codes.items()}


def _several(
    form: forms.Form, field: str, label: str, names: Mapping[str, str], known: tuple[str, ...]
) -> list[str]:
    return form.show(
        field,
        st.multiselect,
        label,
        tuple(names),
        [code for code in known if code in names],
        placeholder=say("form.choose"),
        format_func=lambda code: names[code],
    )


def _may(action: Action, row: Mapping[str, Any]) -> bool:
    return scope_of(actor(), action).kind != "nothing" and row["status"] in ("active", "banned")
