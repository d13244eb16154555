"""How an organisation comes in: it applies with its documents, and the area approves it or returns it with a reason."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, NotAllowed, Role, Where, demand, scope_of
from operations.model import Organisation, OrganisationDocument, Volunteer

from .administrators import make_administrator
from .areas import place_of
from .documents import Document, checked_documents
from .guardians import is_under_age
from .notices import notify
from .organisations import compact_uscc, log, logged, new_organisation, warnings_about
from .permitted import demand_organisation, permitted_organisation
from .records import add_unique, find, hold, lock, must_write
from .refusals import Refused, required_text
from .touched import parents_of


@dataclass(frozen=True)
class Application:
    """The organisation that applied, what looked odd, and the code that proves the application to be somebody's.

    The code is told once and not kept; who applied by an account needs none.
    """

    organisation: Organisation
    warnings: tuple[str, ...]
    code: str | None


def apply_for_organisation(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: str,
    area_code: str,
    contact_name: str,
    contact_phone: str,
    documents: Sequence[Document],
    at: datetime,
    uscc: str | None = None,
    parent_organisation_id: int | None = None,
) -> Application:
    """Ask the area to let an organisation in, and return the application; nothing of it is public before that.

    A volunteer who applies becomes its first administrator once it is approved. The administrators of the organisation
    that it is to stand below are told.

    Raises `Refused` for missing or unreadable documents, a missing contact, an unknown area or parent, a code that is
    taken, or an applicant who is under age or not active; `NotAllowed`.
    """
    must_write(session)
    _demand(session, actor, parent_organisation_id)
    place_of(session, area_code)
    files = checked_documents(documents, on=at)
    if not files:
        raise Refused("hand in at least one document, such as the certificate of registration", "documents")
    _check_applicant(session, actor, at)
    code = None if actor.volunteer_id is not None else secrets.token_hex(8)
    organisation = new_organisation(
        session,
        name=name,
        kind=kind,
        area_code=area_code,
        uscc=uscc,
        parent_organisation_id=parent_organisation_id,
        status="applied",
        registered_at=at,
        applied_at=at,
        applied_by=actor.volunteer_id,
        application_code_sha256=None if code is None else _digest(code),
        contact_name=required_text(contact_name, "contact_name", 80),
        contact_phone=required_text(contact_phone, "contact_phone", 24),
    )
    _keep(session, organisation, files, at)
    log(session, actor, Action.APPLY_FOR_ORGANISATION, organisation, at=at, documents=_told(files))
    if parent_organisation_id is not None:
        notify(
            session,
            "child_organisation_applied",
            at=at,
            organisation_id=parent_organisation_id,
            of_organisation_id=organisation.organisation_id,
        )
    return Application(organisation, warnings_about(session, organisation), code)


def apply_again(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    at: datetime,
    code: str | None = None,
    documents: Sequence[Document] = (),
    **changes: Any,
) -> Organisation:
    """Hand an application in again that was returned, mended, and return it.

    `changes` are of `name`, `kind`, `uscc`, `contact_name` and `contact_phone`. Documents replace those of the same
    kind, which are kept. It is for whoever applied: the volunteer, or who has the code.

    Raises `Refused` if it was not returned; `NotAllowed`, also for a wrong code or an unknown application.
    """
    must_write(session)
    organisation = own_application(session, actor, organisation_id, code)
    if organisation.status != "returned":
        raise Refused(
            f"this application is {organisation.status}: only a returned one is mended", "organisation_id"
        )
    files = checked_documents(documents, on=at)
    before = logged(organisation)
    longest = {"name": 120, "kind": 24, "contact_name": 80, "contact_phone": 24}
    for column, value in changes.items():
        if column == "uscc":
            organisation.uscc = compact_uscc(value)
        elif column in longest:
            setattr(organisation, column, required_text(value, column, longest[column]))
        else:
            raise Refused(f"there is nothing called {column} to change", column)
    organisation.status, organisation.applied_at = "applied", at
    add_unique(session, organisation, Refused("an organisation with this code is registered already", "uscc"))
    _keep(session, organisation, files, at)
    log(
        session,
        actor,
        Action.APPLY_FOR_ORGANISATION,
        organisation,
        at=at,
        before=before,
        documents=_told(files),
    )
    return organisation


def own_application(session: Session, actor: Actor, organisation_id: int, code: str | None) -> Organisation:
    """The application of whoever asks: the volunteer who made it, or somebody with its code.

    Raises `NotAllowed` for everybody else, also if there is none.
    """
    found = session.get(Organisation, organisation_id)
    by_volunteer = (
        found is not None and actor.volunteer_id is not None and found.applied_by == actor.volunteer_id
    )
    kept = "" if found is None else found.application_code_sha256 or ""
    may_apply = scope_of(actor, Action.APPLY_FOR_ORGANISATION).kind != "nothing"
    by_code = may_apply and code is not None and hmac.compare_digest(_digest(code.strip()), kept)
    if found is None or not (by_volunteer or by_code):
        raise NotAllowed("there is no application of yours with this number and code")
    return found


def approve_organisation(
    session: Session, actor: Actor, *, organisation_id: int, at: datetime, reason: str = ""
) -> Organisation:
    """Let an organisation that applied in, and return it; the volunteer who applied becomes its administrator.

    Raises `Refused` if it does not wait for a decision, for one's own application, or below an organisation that is
    not active; `NotAllowed`.
    """
    demand_organisation(session, actor, Action.APPROVE_ORGANISATION, organisation_id)
    applied_by = find(session, Organisation, organisation_id, "organisation").applied_by
    applicant = None if applied_by is None else lock(session, Volunteer, applied_by, "volunteer")
    organisation = _decided(session, actor, Action.APPROVE_ORGANISATION, organisation_id)
    if organisation.applied_by != applied_by:
        raise Refused("the applicant's record was merged at this moment: approve it again", "organisation_id")
    if organisation.parent_organisation_id is not None:
        parent = hold(session, Organisation, organisation.parent_organisation_id, "parent organisation")
        if parent.status != "active":
            raise Refused(f"{parent.name}, above it, is not active", "organisation_id")
    before = logged(organisation)
    organisation.status = "active"
    organisation.registered_at = organisation.decided_at = at
    organisation.decision_reason = reason.strip()
    log(session, actor, Action.APPROVE_ORGANISATION, organisation, at=at, reason=reason, before=before)
    _tell(session, organisation, "organisation_approved", at)
    if applicant is not None and applicant.status == "active":
        make_administrator(
            session, actor, organisation, applicant.volunteer_id, at=at, reason="applied for it"
        )
    return organisation


def return_organisation(
    session: Session, actor: Actor, *, organisation_id: int, at: datetime, reason: str
) -> Organisation:
    """Give an application back with what has to be mended, and return it; it may be handed in again.

    Raises `Refused` without a reason, if it does not wait for a decision, or for one's own application; `NotAllowed`.
    """
    organisation = _decided(session, actor, Action.RETURN_ORGANISATION, organisation_id)
    why = required_text(reason, "reason", 4000)
    before = logged(organisation)
    organisation.status, organisation.decided_at, organisation.decision_reason = "returned", at, why
    log(session, actor, Action.RETURN_ORGANISATION, organisation, at=at, reason=why, before=before)
    _tell(session, organisation, "organisation_returned", at, reason=why)
    return organisation


def _demand(session: Session, actor: Actor, parent_organisation_id: int | None) -> None:
    """An organisation applies for those below it, a volunteer and a visitor for any."""
    above = () if parent_organisation_id is None else parents_of(session, parent_organisation_id)
    demand(
        actor,
        Action.APPLY_FOR_ORGANISATION,
        Where(
            organisation_id=parent_organisation_id,
            volunteer_id=actor.volunteer_id,
            parent_organisation_ids=above,
        ),
    )


def _check_applicant(session: Session, actor: Actor, at: datetime) -> None:
    if actor.volunteer_id is None:
        if actor.role is not Role.VISITOR:
            raise Refused("an application is somebody's: this account is of nobody", "actor")
        return
    if lock(session, Volunteer, actor.volunteer_id, "volunteer").status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    if is_under_age(session, actor.volunteer_id, at):
        raise Refused("an organisation is applied for by an adult", "volunteer_id")


def _decided(session: Session, actor: Actor, action: Action, organisation_id: int) -> Organisation:
    organisation = permitted_organisation(session, actor, action, organisation_id)
    if organisation.status != "applied":
        raise Refused(
            f"{organisation.name} is {organisation.status}: there is no application to decide on",
            "organisation_id",
        )
    if actor.volunteer_id is not None and organisation.applied_by == actor.volunteer_id:
        raise Refused("nobody decides on their own application: ask another administrator", "organisation_id")
    return organisation


def _tell(session: Session, organisation: Organisation, kind: str, at: datetime, **details: Any) -> None:
    """Who applied, or the organisation's own box if that was nobody with an account."""
    if organisation.applied_by is not None:
        details["of_organisation_id"] = organisation.organisation_id
        notify(session, kind, at=at, volunteer_id=organisation.applied_by, **details)
    else:
        notify(session, kind, at=at, organisation_id=organisation.organisation_id, **details)


def _keep(session: Session, organisation: Organisation, files: Sequence[Document], at: datetime) -> None:
    kinds = {one.kind for one in files}
    standing = select(OrganisationDocument).where(
        OrganisationDocument.organisation_id == organisation.organisation_id,
        OrganisationDocument.replaced_at.is_(None),
        OrganisationDocument.kind.in_(kinds),
    )
    for old in session.scalars(standing):
        old.replaced_at = at
    for one in files:
        session.add(
            OrganisationDocument(
                organisation_id=organisation.organisation_id,
                kind=one.kind,
                file_name=one.file_name,
                media_type=one.media_type,
                size_bytes=len(one.content),
                sha256=one.sha256,
                content=one.content,
                uploaded_at=at,
            )
        )
    session.flush()


def _told(files: Sequence[Document]) -> list[dict[str, str]]:
    return [{"kind": one.kind, "file_name": one.file_name, "sha256": one.sha256} for one in files]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
