"""What an area decides about an organisation that is in: suspended, reinstated, struck off.

A suspended organisation publishes nothing and takes no members; what it has announced goes on, since people count on
it. Striking off ends nothing by the way: it is refused while activities or organisations below still live, and each of
these is cancelled, moved or struck off first, with its own notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.model import Activity, Organisation, OrganisationMember

from .notices import notify
from .organisations import log, logged
from .permitted import permitted_organisation
from .records import audit, snapshot
from .refusals import Refused, required_text

# States of an activity in which nobody waits for it any more.
OVER = ("draft", "returned", "finished", "closed", "cancelled")
NAMED = 3
# The states that lead to each; struck off leads nowhere.
FROM = {"suspended": ("active",), "active": ("suspended",), "struck_off": ("active", "suspended")}


def suspend_organisation(
    session: Session, actor: Actor, *, organisation_id: int, at: datetime, reason: str
) -> Organisation:
    """Let an organisation publish nothing and take no members until it is reinstated, and return it.

    Raises `Refused` without a reason, or if it is not active; `NotAllowed`.
    """
    action = Action.SUSPEND_ORGANISATION
    organisation = permitted_organisation(session, actor, action, organisation_id)
    return _change(session, actor, action, organisation, to="suspended", at=at, reason=reason)


def reinstate_organisation(
    session: Session, actor: Actor, *, organisation_id: int, at: datetime, reason: str
) -> Organisation:
    """Let a suspended organisation go on, and return it.

    Raises `Refused` without a reason, or if it is not suspended; `NotAllowed`.
    """
    action = Action.REINSTATE_ORGANISATION
    organisation = permitted_organisation(session, actor, action, organisation_id)
    return _change(session, actor, action, organisation, to="active", at=at, reason=reason)


def strike_off_organisation(
    session: Session, actor: Actor, *, organisation_id: int, at: datetime, reason: str
) -> Organisation:
    """Strike an organisation off for good, end its memberships, and return it; its records stay.

    Raises `Refused` without a reason, if it is neither active nor suspended, while one of its activities is not over
    or an organisation stands below it; `NotAllowed`.
    """
    action = Action.STRIKE_OFF_ORGANISATION
    organisation = permitted_organisation(session, actor, action, organisation_id)
    _check_nothing_lives(session, organisation)
    _change(session, actor, action, organisation, to="struck_off", at=at, reason=reason)
    standing = select(OrganisationMember).where(
        OrganisationMember.organisation_id == organisation_id, OrganisationMember.left_at.is_(None)
    )
    for member in session.scalars(standing).all():
        before = snapshot(member)
        member.left_at = at
        audit(session, actor, action, member, at=at, reason=reason, before=before)
        notify(
            session,
            "organisation_struck_off",
            at=at,
            volunteer_id=member.volunteer_id,
            of_organisation_id=organisation_id,
        )
    return organisation


def _change(
    session: Session,
    actor: Actor,
    action: Action,
    organisation: Organisation,
    *,
    to: str,
    at: datetime,
    reason: str,
) -> Organisation:
    why = required_text(reason, "reason", 4000)
    if organisation.status not in FROM[to]:
        raise Refused(
            f"{organisation.name} is {organisation.status}; this is for one that is {' or '.join(FROM[to])}",
            "organisation_id",
        )
    before = logged(organisation)
    organisation.status, organisation.decided_at, organisation.decision_reason = to, at, why
    log(session, actor, action, organisation, at=at, reason=why, before=before)
    notify(
        session,
        f"organisation_{'reinstated' if to == 'active' else to}",
        at=at,
        organisation_id=organisation.organisation_id,
        reason=why,
    )
    return organisation


def _check_nothing_lives(session: Session, organisation: Organisation) -> None:
    own = Activity.organisation_id == organisation.organisation_id
    titles = session.scalars(
        select(Activity.title).where(own, Activity.status.not_in(OVER)).order_by(Activity.activity_id)
    ).all()
    if titles:
        raise Refused(
            f"{_listed(titles)} of {organisation.name} are not over: cancel them, with notice to who signed up, "
            "or let them finish; suspend it to let nothing new begin",
            "organisation_id",
        )
    below = session.scalars(
        select(Organisation.name)
        .where(
            Organisation.parent_organisation_id == organisation.organisation_id,
            Organisation.status != "struck_off",
        )
        .order_by(Organisation.organisation_id)
    ).all()
    if below:
        raise Refused(
            f"{_listed(below)} stand below {organisation.name}: put them below another one or strike them off first",
            "organisation_id",
        )


def _listed(names: Sequence[str]) -> str:
    every = list(names)
    more = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" and {more} more" if more > 0 else "")
