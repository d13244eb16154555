"""What can be done to organisations: the register of them, and what is known of each.

Never here: applications (applications.py), what an area decides about an organisation (organisation_states.py), who
belongs to it (memberships.py) or administers it (administrators.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc as uscc_number

from operations.access import Action, Actor, Where, demand
from operations.model import Organisation

from .areas import place_of
from .permitted import permitted_organisation
from .records import add_unique, audit, find, lock, must_write, snapshot
from .refusals import Refused, required_text
from .touched import parents_of

KINDS = ("federation", "district", "township", "school", "enterprise", "social", "society", "group")
# Who to ask, and what proves an application: nobody needs them to follow a decision, and the log is for ever.
NOT_LOGGED = ("contact_name", "contact_phone", "application_code_sha256")


@dataclass(frozen=True)
class RegisteredOrganisation:
    """The organisation, and what looked odd but was accepted."""

    organisation: Organisation
    warnings: tuple[str, ...]


def register_organisation(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: str,
    area_code: str,
    at: datetime,
    uscc: str | None = None,
    parent_organisation_id: int | None = None,
    reason: str = "",
) -> RegisteredOrganisation:
    """Register an organisation, active at once, and return it with warnings: how those are taken over that exist.

    A 统一社会信用代码 that fails the check of GB 32100 is kept and warned of: a real one is known to fail it. A group
    may lack one (MZ/T 061-2015).

    Raises `Refused` for an unknown area or parent, or a code that another organisation has; `NotAllowed`.
    """
    must_write(session)
    place = place_of(session, area_code)
    demand(actor, Action.REGISTER_ORGANISATION, Where(place.district_code, place.township_code))
    organisation = new_organisation(
        session,
        name=name,
        kind=kind,
        area_code=area_code,
        uscc=uscc,
        parent_organisation_id=parent_organisation_id,
        status="active",
        registered_at=at,
    )
    log(session, actor, Action.REGISTER_ORGANISATION, organisation, at=at, reason=reason)
    return RegisteredOrganisation(organisation, warnings_about(session, organisation))


def new_organisation(
    session: Session,
    *,
    name: str,
    kind: str,
    area_code: str,
    uscc: str | None,
    parent_organisation_id: int | None,
    **columns: Any,
) -> Organisation:
    """Add the row of an organisation and return it; who asks has checked that the actor may.

    Raises `Refused` for an unknown area or parent, a parent that was struck off, or a code that is taken.
    """
    place = place_of(session, area_code)
    code = compact_uscc(uscc)
    if parent_organisation_id is not None:
        _check_parent(session, parent_organisation_id)
    organisation = Organisation(
        uscc=code,
        name=required_text(name, "name", 120),
        kind=required_text(kind, "kind", 24),
        parent_organisation_id=parent_organisation_id,
        area_code=area_code,
        district_code=place.district_code,
        township_code=place.township_code,
        **columns,
    )
    add_unique(
        session, organisation, Refused(f"an organisation with the code {code} is registered already", "uscc")
    )
    return organisation


def compact_uscc(uscc: str | None) -> str | None:
    """A 统一社会信用代码 in its plain form, None for an empty one; `Refused` if it is too long."""
    if uscc is None or not uscc.strip():
        return None
    code = uscc_number.compact(uscc)
    if len(code) > 18:
        raise Refused(f"a 统一社会信用代码 has 18 characters, {code!r} has {len(code)}", "uscc")
    return code


def warnings_about(session: Session, organisation: Organisation) -> tuple[str, ...]:
    """What looks odd about an organisation and may be right all the same."""
    found = []
    code = organisation.uscc
    if code is not None and not uscc_number.is_valid(code):
        found.append(f"{code} fails the check of GB 32100: compare it with the certificate")
    namesakes = select(func.count()).where(
        Organisation.name == organisation.name,
        Organisation.organisation_id != organisation.organisation_id,
        Organisation.status != "struck_off",
    )
    if session.scalar(namesakes):
        found.append(
            f"another organisation is called {organisation.name} as well: look whether it is the same"
        )
    return tuple(found)


def update_organisation(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    changes: dict[str, Any],
    at: datetime,
    reason: str = "",
) -> Organisation:
    """Change what is known of an organisation, and return it.

    Its own administrators change whom to ask (`contact_name`, `contact_phone`); the area also `name`, `kind`, `uscc`,
    `area_code` and `parent_organisation_id`, with a reason.

    Raises `Refused` for a column that is not the actor's to change, a parent that lies below it, an organisation that
    was struck off, and what `register_organisation` refuses; `NotAllowed`, also for a move to somebody else's area.
    """
    organisation = permitted_organisation(session, actor, Action.UPDATE_ORGANISATION, organisation_id)
    if organisation.status == "struck_off":
        raise Refused(
            f"{organisation.name} was struck off: nothing of it changes any more", "organisation_id"
        )
    before = logged(organisation)
    for name, value in changes.items():
        if name in CONTACT:
            setattr(organisation, name, required_text(value, name, CONTACT[name]))
        elif name not in REGISTERED:
            raise Refused(f"there is nothing called {name} to change", name)
        elif actor.organisation_id is not None:
            raise Refused("the administrators of the area change this: ask them", name)
        else:
            required_text(reason, "reason", 4000)
            REGISTERED[name](session, organisation, value)
    if "area_code" in changes:
        demand(
            actor, Action.UPDATE_ORGANISATION, Where(organisation.district_code, organisation.township_code)
        )
    _flush_unique(session, organisation)
    log(session, actor, Action.UPDATE_ORGANISATION, organisation, at=at, reason=reason, before=before)
    return organisation


def _rename(_session: Session, organisation: Organisation, value: str) -> None:
    organisation.name = required_text(value, "name", 120)


def _rekind(_session: Session, organisation: Organisation, value: str) -> None:
    organisation.kind = required_text(value, "kind", 24)


def _recode(_session: Session, organisation: Organisation, value: str | None) -> None:
    organisation.uscc = compact_uscc(value)


def _move(session: Session, organisation: Organisation, value: str) -> None:
    place = place_of(session, value)
    organisation.area_code = value
    organisation.district_code, organisation.township_code = place.district_code, place.township_code


def _hang(session: Session, organisation: Organisation, value: int | None) -> None:
    """Put an organisation below another one; two that are moved at once are told apart by the locked row."""
    if value is not None:
        _check_parent(session, value)
        lock(session, Organisation, value, "organisation")
        if organisation.organisation_id in (value, *parents_of(session, value)):
            raise Refused("an organisation cannot stand below itself", "parent_organisation_id")
    organisation.parent_organisation_id = value


CONTACT = {"contact_name": 80, "contact_phone": 24}
REGISTERED = {
    "name": _rename,
    "kind": _rekind,
    "uscc": _recode,
    "area_code": _move,
    "parent_organisation_id": _hang,
}


def _check_parent(session: Session, parent_organisation_id: int) -> None:
    parent = find(session, Organisation, parent_organisation_id, "parent organisation")
    if parent.status == "struck_off":
        raise Refused(f"{parent.name} was struck off: nothing can stand below it", "parent_organisation_id")


def _flush_unique(session: Session, organisation: Organisation) -> None:
    code = organisation.uscc
    add_unique(
        session, organisation, Refused(f"an organisation with the code {code} is registered already", "uscc")
    )


def log(
    session: Session,
    actor: Actor,
    action: Action,
    organisation: Organisation,
    *,
    at: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    """Write down what was done to an organisation, and `more` that came with it."""
    session.flush()
    after = {**logged(organisation), **more}
    audit(session, actor, action, organisation, at=at, reason=reason.strip(), before=before, after=after)


def logged(organisation: Organisation) -> dict[str, Any]:
    """The columns of an organisation that the audit log keeps."""
    return {name: value for name, value in snapshot(organisation).items() if name not in NOT_LOGGED}
