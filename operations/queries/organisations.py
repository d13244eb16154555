"""Organisations as pages list them, their applications that wait, and what belongs to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, NotAllowed, Scope, is_allowed
from operations.commands.touched import organisation_touched, parents_of
from operations.model import (
    Activity,
    Organisation,
    OrganisationDocument,
    OrganisationMember,
    Volunteer,
    VolunteerIdentity,
)

from .masks import name_masked
from .narrowing import valued
from .paging import Listing, any_of, equals, on_days, one_row
from .visible import held_by, within

Parent = aliased(Organisation)
Rows = list[dict[str, Any]]
MOST_BELOW = 200


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Organisation.organisation_id,
    )


_COLUMNS = (
    select(
        Organisation.organisation_id,
        Organisation.name,
        Organisation.kind,
        Organisation.uscc,
        Organisation.status,
        Organisation.district_code,
        Organisation.township_code,
        Organisation.area_code,
        Organisation.parent_organisation_id,
        Parent.name.label("parent_name"),
        Organisation.registered_at,
        Organisation.applied_at,
        Organisation.decided_at,
        Organisation.decision_reason,
    )
    .select_from(Organisation)
    .outerjoin(Parent, Parent.organisation_id == Organisation.parent_organisation_id)
)
_FILTERS = {
    "status": any_of(Organisation.status),
    "kind": equals(Organisation.kind),
    "district_code": equals(Organisation.district_code),
    "township_code": equals(Organisation.township_code),
    "parent_organisation_id": equals(Organisation.parent_organisation_id),
    "days": on_days(Organisation.registered_at),
}

ORGANISATIONS = Listing(
    name="organisations",
    action=Action.VIEW_ORGANISATIONS,
    select=_COLUMNS,
    key=Organisation.organisation_id,
    visible=_visible,
    sorts={
        "organisation_id": Organisation.organisation_id,
        "name": Organisation.name,
        "registered_at": Organisation.registered_at,
    },
    default_sort="-organisation_id",
    filters=_FILTERS,
    search=(Organisation.name, Organisation.uscc),
)

# What waits for the area's decision, the longest waiting first; only who decides sees it.
APPLICATIONS = Listing(
    name="applications",
    action=Action.APPROVE_ORGANISATION,
    select=_COLUMNS.where(Organisation.status == "applied"),
    key=Organisation.organisation_id,
    visible=_visible,
    sorts={"applied_at": Organisation.applied_at},
    default_sort="applied_at",
    filters=_FILTERS,
    search=(Organisation.name,),
)

MEMBERS = Listing(
    name="members",
    action=Action.REMOVE_MEMBER,
    select=select(
        OrganisationMember.member_id,
        OrganisationMember.organisation_id,
        Organisation.name.label("organisation_name"),
        OrganisationMember.volunteer_id,
        Volunteer.volunteer_no,
        name_masked(VolunteerIdentity.full_name).label("full_name"),
        Volunteer.status,
        OrganisationMember.role,
        OrganisationMember.joined_at,
        OrganisationMember.left_at,
    )
    # The first two are always there. Of an outer join the databases leave out what is not asked for.
    .outerjoin(Organisation, Organisation.organisation_id == OrganisationMember.organisation_id)
    .outerjoin(Volunteer, Volunteer.volunteer_id == OrganisationMember.volunteer_id)
    .outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == OrganisationMember.volunteer_id),
    key=OrganisationMember.member_id,
    visible=lambda scope: held_by(
        scope, OrganisationMember.member_id.expression, OrganisationMember.organisation_id.expression
    ),
    sorts={"member_id": OrganisationMember.member_id},
    default_sort="-member_id",
    filters={
        "organisation_id": equals(OrganisationMember.organisation_id),
        "role": valued(OrganisationMember.member_id, OrganisationMember.role, "member"),
        "is_standing": lambda value: (
            OrganisationMember.left_at.is_(None) if value else OrganisationMember.left_at.is_not(None)
        ),
    },
    search=(VolunteerIdentity.full_name,),
)


@dataclass(frozen=True)
class OrganisationDetail:
    """One organisation with what belongs to it; `contact` only for those who decide on it or administer it."""

    organisation: dict[str, Any]
    contact: dict[str, Any]
    above: Rows
    below: Rows
    documents: Rows
    administrators: Rows
    members: int
    activities: dict[str, int]


def organisation_detail(session: Session, actor: Actor, organisation_id: int) -> OrganisationDetail | None:
    """One organisation that `actor` may see, or None if there is none.

    Raises `NotAllowed` for who sees no organisations anywhere.
    """
    found = one_row(session, actor, ORGANISATIONS, organisation_id)
    if found is None:
        return None
    organisation = session.get_one(Organisation, organisation_id)
    is_trusted = is_allowed(actor, Action.UPDATE_ORGANISATION, organisation_touched(session, organisation))
    standing = (
        OrganisationMember.organisation_id == organisation_id,
        OrganisationMember.left_at.is_(None),
    )
    return OrganisationDetail(
        organisation=found,
        contact={
            "contact_name": organisation.contact_name,
            "contact_phone": organisation.contact_phone,
            "applied_by": organisation.applied_by,
        }
        if is_trusted
        else {},
        above=_named(session, parents_of(session, organisation_id)),
        below=_rows(
            session,
            select(Organisation.organisation_id, Organisation.name, Organisation.status)
            .where(Organisation.parent_organisation_id == organisation_id)
            .order_by(Organisation.organisation_id)
            .limit(MOST_BELOW),
        ),
        documents=_rows(
            session,
            select(
                OrganisationDocument.document_id,
                OrganisationDocument.kind,
                OrganisationDocument.file_name,
                OrganisationDocument.media_type,
                OrganisationDocument.size_bytes,
                OrganisationDocument.sha256,
                OrganisationDocument.uploaded_at,
                OrganisationDocument.replaced_at,
            )
            .where(OrganisationDocument.organisation_id == organisation_id)
            .order_by(OrganisationDocument.document_id.desc()),
        )
        if is_trusted
        else [],
        administrators=_rows(
            session,
            select(
                OrganisationMember.volunteer_id,
                Volunteer.volunteer_no,
                name_masked(VolunteerIdentity.full_name).label("full_name"),
                OrganisationMember.joined_at,
            )
            .join(Volunteer, Volunteer.volunteer_id == OrganisationMember.volunteer_id)
            .outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id)
            .where(*standing, OrganisationMember.role == "administrator")
            .order_by(OrganisationMember.member_id),
        ),
        members=session.scalar(select(func.count()).select_from(OrganisationMember).where(*standing)) or 0,
        activities=dict(
            session.execute(
                select(Activity.status, func.count())
                .where(Activity.organisation_id == organisation_id)
                .group_by(Activity.status)
                .order_by(Activity.status)
            ).all()
        ),
    )


def own_applications(session: Session, actor: Actor) -> Rows:
    """The organisations that the volunteer who asks applied for, the newest first."""
    if actor.volunteer_id is None:
        return []
    return _rows(
        session,
        select(
            Organisation.organisation_id,
            Organisation.name,
            Organisation.kind,
            Organisation.status,
            Organisation.uscc,
            Organisation.contact_name,
            Organisation.contact_phone,
            Organisation.applied_at,
            Organisation.decision_reason,
        )
        .where(Organisation.applied_by == actor.volunteer_id)
        .order_by(Organisation.organisation_id.desc())
        .limit(MOST_BELOW),
    )


def document_content(session: Session, actor: Actor, document_id: int) -> OrganisationDocument:
    """One file that an organisation handed in, with its bytes.

    Raises `NotAllowed` for who may not change that organisation, also if there is no such file.
    """
    document = session.get(OrganisationDocument, document_id)
    organisation = None if document is None else session.get(Organisation, document.organisation_id)
    if (
        document is None
        or organisation is None
        or not is_allowed(actor, Action.UPDATE_ORGANISATION, organisation_touched(session, organisation))
    ):
        raise NotAllowed(f"{actor.name} ({actor.role}) may not see this document")
    session.refresh(document, ["content"])
    return document


def _named(session: Session, ids: tuple[int, ...]) -> Rows:
    """The organisations with these ids, in this order."""
    found = _rows(
        session,
        select(Organisation.organisation_id, Organisation.name, Organisation.status).where(
            Organisation.organisation_id.in_(ids)
        ),
    )
    return sorted(found, key=lambda row: ids.index(row["organisation_id"]))


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> Rows:
    return [dict(row) for row in session.execute(query).mappings()]
