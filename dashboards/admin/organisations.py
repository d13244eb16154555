"""Organisations: those that apply, those that are in, and one of them with all that belongs to it."""

import streamlit as st

from dashboards import address, imports, lists, organisation_forms, page_parts, records
from dashboards.formats import local_time
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.plain_text import markdown_safe
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.applications import approve_organisation, return_organisation
from operations.commands.import_people import MEMBER_COLUMNS, import_members
from operations.commands.memberships import remove_member
from operations.database import reading
from operations.queries.areas import areas_of_kinds, districts_within_reach
from operations.queries.organisations import (
    APPLICATIONS,
    MEMBERS,
    ORGANISATIONS,
    OrganisationDetail,
    document_content,
    organisation_detail,
)

PARAMETER = "organisation"
COLUMNS = {
    "name": "people.name",
    "kind": "people.kind",
    "status": "people.status",
    "uscc": "people.uscc",
    "parent_name": "people.parent",
    "registered_at": "people.registered_at",
}
CODES = {"kind": "organisation_kind", "status": "organisation_state"}
BULK = (
    lists.BulkAction(
        Action.APPROVE_ORGANISATION,
        approve_organisation,
        "org.approve",
        "organisation_id",
        "name",
        icon=":material/check:",
    ),
    lists.BulkAction(
        Action.RETURN_ORGANISATION,
        return_organisation,
        "org.return",
        "organisation_id",
        "name",
        needs_reason=True,
        icon=":material/undo:",
    ),
)


def holds(action: Action) -> bool:
    """Whether who looks holds an action anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_lists() -> None:
    page_parts.page_head("organisations")
    views = [
        view
        for view, action in (
            ("list", Action.VIEW_ORGANISATIONS),
            ("waiting", Action.APPROVE_ORGANISATION),
            ("apply", Action.APPLY_FOR_ORGANISATION),
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
    if view == "apply":
        organisation_forms.own()
        organisation_forms.apply()
    elif view == "waiting":
        columns = {"name": "people.name", "kind": "people.kind", "applied_at": "people.applied_at"}
        lists.show(APPLICATIONS, columns, codes=CODES, search="org.search", opens=PARAMETER, bulk=BULK)
    else:
        with reading(operational_database()) as session:
            districts = districts_within_reach(session, actor(), Action.VIEW_ORGANISATIONS)
        filters = (
            lists.Choice("status", "people.status", "organisation_state"),
            lists.Choice("kind", "people.kind", "organisation_kind"),
            lists.Choice("district_code", "people.district", lambda code: districts[code], tuple(districts)),
        )
        lists.show(ORGANISATIONS, COLUMNS, codes=CODES, filters=filters, search="org.search", opens=PARAMETER)


def show_record(key: int | str) -> None:
    row = records.found(ORGANISATIONS, key, PARAMETER)
    with reading(operational_database()) as session:
        detail = organisation_detail(session, actor(), row["organisation_id"])
    if detail is None:
        st.stop()
    state = name_of(language(), "organisation_state", row["status"])
    records.head(row["name"], PARAMETER, state=state, is_good=row["status"] == "active")
    data, members, documents, tree, history = st.tabs(
        [say(f"org.tab.{name}") for name in ("data", "members", "documents", "tree", "history")]
    )
    with data:
        show_data(detail)
    with members:
        show_members(detail)
    with documents:
        show_documents(detail)
    with tree:
        show_tree(detail)
    with history:
        records.history("organisations", row["organisation_id"])


def show_data(detail: OrganisationDetail) -> None:
    row = detail.organisation
    shown = {
        **COLUMNS,
        "applied_at": "people.applied_at",
        "decided_at": "people.decided_at",
        "decision_reason": "people.decision_reason",
        "area": "people.area",
        "members": "people.members",
        "activities": "people.activities",
    }
    with reading(operational_database()) as session:
        area = areas_of_kinds(session, ("district", "township")).get(row["area_code"], row["area_code"])
    values = {**row, "area": area, "members": detail.members, "activities": sum(detail.activities.values())}
    if detail.contact:
        shown |= {"contact_name": "people.contact_name", "contact_phone": "people.contact_phone"}
    records.fields({**values, **detail.contact}, shown, CODES)
    organisation_forms.decide(row)
    organisation_forms.update(row, detail.contact)


def show_members(detail: OrganisationDetail) -> None:
    row = detail.organisation
    st.subheader(say("org.administrators"), anchor=False)
    if detail.administrators:
        related(
            detail.administrators,
            {
                "volunteer_no": "people.volunteer_no",
                "full_name": "people.full_name",
                "joined_at": "people.joined_at",
            },
        )
    elif row["status"] in ("active", "suspended"):
        st.warning(say("org.administrators.none"), icon=":material/person_alert:")
    organisation_forms.administrators(row, detail.administrators)
    if not holds(Action.REMOVE_MEMBER):
        return
    st.subheader(say("page.members"), anchor=False)
    organisation_id = row["organisation_id"]
    lists.show(
        organisation_forms.members_of(MEMBERS, organisation_id),
        {
            "volunteer_no": "people.volunteer_no",
            "full_name": "people.full_name",
            "role": "people.role",
            "joined_at": "people.joined_at",
            "left_at": "people.left_at",
        },
        codes={"role": "member_role"},
        filters=(lists.Choice("role", "people.role", "member_role"),),
        bulk=(
            lists.BulkAction(
                Action.REMOVE_MEMBER,
                remove_member,
                "org.remove",
                "volunteer_id",
                "volunteer_no",
                needs_reason=True,
                icon=":material/person_remove:",
                fixed=(("organisation_id", organisation_id),),
            ),
        ),
    )
    with st.expander(say("org.members.import"), icon=":material/upload_file:"):
        imports.offer(
            "members",
            MEMBER_COLUMNS,
            lambda session, who, **given: import_members(
                session, who, organisation_id=organisation_id, **given
            ),
        )


def show_documents(detail: OrganisationDetail) -> None:
    if not detail.documents:
        st.caption(say("org.documents.none"))
    for one in detail.documents:
        with st.container(horizontal=True, vertical_alignment="center"):
            kind = name_of(language(), "document_kind", one["kind"])
            replaced = (
                f" · {say('people.replaced_at')} {local_time(one['replaced_at'])}"
                if one["replaced_at"]
                else ""
            )
            st.markdown(
                f"**{kind}** · {one['size_bytes'] / 1024:,.0f} KB · {local_time(one['uploaded_at'])}{replaced}  \n"
                f"SHA-256 `{one['sha256']}`"
            )
            st.download_button(
                say("org.download", name=markdown_safe(one["file_name"])),
                data=lambda number=one["document_id"]: content_of(number),
                file_name=one["file_name"],
                mime=one["media_type"],
                on_click="ignore",
                key=f"document_{one['document_id']}",
            )


def content_of(document_id: int) -> bytes:
    with reading(operational_database()) as session:
        return document_content(session, actor(), document_id).content


def show_tree(detail: OrganisationDetail) -> None:
    if not detail.above and not detail.below:
        st.caption(say("org.alone"))
    for label, found in (("org.above", detail.above), ("org.below", detail.below)):
        if found:
            st.subheader(say(label), anchor=False)
            related(
                found,
                {"name": "people.name", "status": "people.status"},
                codes={"status": "organisation_state"},
            )


opened = records.opened(PARAMETER)
if opened is None:
    show_lists()
else:
    show_record(opened)
