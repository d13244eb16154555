"""Volunteers: the list, registering and importing them, records that may be one person's, and one of them in full."""

import streamlit as st

from dashboards import (
    address,
    identities,
    imports,
    lists,
    page_parts,
    records,
    volunteer_forms,
    volunteer_profile,
    volunteer_rights,
)
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.duplicates import keep_apart
from operations.commands.import_people import VOLUNTEER_COLUMNS, import_volunteers
from operations.database import reading
from operations.queries.areas import areas_of_kinds, districts_within_reach
from operations.queries.duplicates import CANDIDATES
from operations.queries.volunteers import VOLUNTEERS, VolunteerDetail, volunteer_detail

PARAMETER = "volunteer"
COLUMNS = {
    "volunteer_no": "people.volunteer_no",
    "full_name": "people.full_name",
    "id_number": "people.id_number",
    "phone": "people.phone",
    "status": "people.status",
    "registered_at": "people.registered_at",
}
CODES = {
    "status": "volunteer_state",
    "sex": "sex_code",
    "id_type": "id_type",
    "language": "people_language",
    "ground": "duplicate_ground",
}


def holds(action: Action) -> bool:
    """Whether who looks holds an action anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_lists() -> None:
    page_parts.page_head("volunteers")
    views = [
        view
        for view, action in (
            ("list", Action.VIEW_VOLUNTEERS),
            ("register", Action.REGISTER_VOLUNTEER),
            ("import", Action.REGISTER_VOLUNTEER),
            ("duplicates", Action.MERGE_VOLUNTEERS),
        )
        if holds(action)
    ]
    view = address.choice(
        st.segmented_control,
        say("people.view"),
        views,
        "view",
        format_func=lambda code: name_of(language(), "people.view", code),
        label_visibility="collapsed",
    )
    if view == "register":
        volunteer_forms.register()
    elif view == "import":
        imports.offer("volunteers", VOLUNTEER_COLUMNS, import_volunteers)
    elif view == "duplicates":
        show_candidates()
    else:
        with reading(operational_database()) as session:
            districts = districts_within_reach(session, actor(), Action.VIEW_VOLUNTEERS)
        lists.show(
            VOLUNTEERS,
            COLUMNS,
            codes=CODES,
            filters=(
                lists.Choice("status", "people.status", "volunteer_state"),
                lists.Choice(
                    "district_code", "people.district", lambda code: districts[code], tuple(districts)
                ),
            ),
            search="vol.search",
            opens=PARAMETER,
        )


def show_candidates() -> None:
    """Records that may be of one person; a click opens the newer one, where both are looked at and merged."""
    part = lists.BulkAction(
        Action.MERGE_VOLUNTEERS,
        keep_apart,
        "vol.part",
        "candidate_id",
        "volunteer_no",
        needs_reason=True,
        icon=":material/call_split:",
    )
    lists.show(
        CANDIDATES,
        {
            "volunteer_no": "people.volunteer_no",
            "full_name": "people.full_name",
            "ground": "people.ground",
            "other_volunteer_no": "people.other_no",
            "other_full_name": "people.other_name",
            "found_at": "people.found_at",
        },
        codes=CODES,
        bulk=(part,),
    )


def show_record(key: int | str) -> None:
    row = records.found(VOLUNTEERS, key, PARAMETER)
    with reading(operational_database()) as session:
        detail = volunteer_detail(session, actor(), row["volunteer_id"])
    if detail is None:
        st.stop()
    state = name_of(language(), "volunteer_state", row["status"])
    title = row["full_name"] or row["volunteer_no"]
    records.head(title, PARAMETER, state=state, is_good=row["status"] == "active")
    if row["merged_into_volunteer_id"]:
        st.info(say("vol.merged_into"), icon=":material/merge:")
        if st.button(say("vol.open_kept")):
            st.query_params[PARAMETER] = str(row["merged_into_volunteer_id"])
            st.rerun()
    tabs = ["data", "service"]
    if holds(Action.UPDATE_VOLUNTEER):
        tabs += ["consents", "guardians", "rights", "history"]
    for name, tab in zip(tabs, st.tabs([say(f"vol.tab.{name}") for name in tabs]), strict=True):
        with tab:
            TABS[name](detail)


def show_data(detail: VolunteerDetail) -> None:
    row = detail.volunteer
    with reading(operational_database()) as session:
        areas = areas_of_kinds(session, ("district", "township"))
    area = areas.get(row["township_code"] or row["district_code"], row["district_code"])
    records.fields(
        {**row, "area": area},
        {
            **COLUMNS,
            "id_type": "people.id_type",
            "sex": "people.sex",
            "birth_year_band": "people.birth_year_band",
            "area": "people.area",
            "language": "people.language",
        },
        CODES,
    )
    if row["status"] in ("active", "banned"):
        identities.offer_to_reveal(row["volunteer_id"])
        volunteer_forms.update(row, areas)
    if detail.skills:
        skills = [
            {**one, "skill_code": name_of(language(), "skill", one["skill_code"])} for one in detail.skills
        ]
        related(skills, {"skill_code": "people.skill", "detail": "people.detail"})
    volunteer_profile.show_interests(detail)
    volunteer_profile.change(detail)


def show_service(detail: VolunteerDetail) -> None:
    st.subheader(say("vol.memberships"), anchor=False)
    related(
        detail.memberships,
        {
            "name": "people.organisation",
            "role": "people.role",
            "joined_at": "people.joined_at",
            "left_at": "people.left_at",
        },
        codes={"role": "member_role"},
    )
    st.subheader(say("vol.sign_ups"), anchor=False)
    related(
        detail.sign_ups,
        {
            "title": "people.activity",
            "organisation_name": "people.organisation",
            "starts_at": "people.starts_at",
            "status": "people.status",
            "signed_up_at": "people.signed_up_at",
        },
        codes={"status": "sign_up_state"},
    )


def show_consents(detail: VolunteerDetail) -> None:
    st.subheader(say("vol.consents"), anchor=False)
    columns = ("purpose", "recipient", "version", "given_at", "withdrawn_at")
    related(
        detail.consents, {name: f"people.{name}" for name in columns}, codes={"purpose": "consent_purpose"}
    )
    volunteer_profile.consents(detail)
    st.subheader(say("vol.cards"), anchor=False)
    related(detail.cards, {name: f"people.{name}" for name in ("card_no", "bound_from", "bound_to")})


def show_guardians(detail: VolunteerDetail) -> None:
    st.subheader(say("vol.guardians"), anchor=False)
    related(
        detail.guardians,
        {
            "full_name": "people.full_name",
            "kinship": "people.kinship",
            "phone": "people.phone",
            "consented_at": "people.consented_at",
            "ended_at": "people.ended_at",
        },
        codes={"kinship": "kinship_code"},
    )
    volunteer_forms.guardian(detail.volunteer)
    volunteer_profile.release(detail)
    st.subheader(say("vol.bans"), anchor=False)
    related(
        detail.bans,
        {
            "reason": "people.ban_reason",
            "banned_at": "people.banned_at",
            "ends_at": "people.ends_at",
            "lifted_at": "people.lifted_at",
        },
    )
    volunteer_forms.ban(detail.volunteer)


def show_rights(detail: VolunteerDetail) -> None:
    volunteer_rights.merge(detail.volunteer)
    volunteer_rights.export(detail.volunteer)
    volunteer_rights.erase(detail.volunteer)


TABS = {
    "data": show_data,
    "service": show_service,
    "consents": show_consents,
    "guardians": show_guardians,
    "rights": show_rights,
    "history": lambda detail: records.history("volunteers", detail.volunteer["volunteer_id"]),
}

opened = records.opened(PARAMETER)
if opened is None:
    show_lists()
else:
    show_record(opened)
