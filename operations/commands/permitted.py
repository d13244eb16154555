"""The row that a command is about, handed out only to an actor who may touch it.

Here: finding, asking and locking in one step. Somebody who may not learns nothing, not even whether there is such a
row; who may do it everywhere is told that there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Base, Organisation, Volunteer

from .records import lock, must_write
from .touched import organisation_touched, volunteer_touched

Row = TypeVar("Row", bound=Base)


def permitted_row(
    session: Session,
    actor: Actor,
    action: Action,
    model: type[Row],
    key: Any,
    *,
    what: str,
    touched: Callable[[Session, Row], Where],
) -> Row:
    """The row of `model` with this key, locked; `touched` says where it is, `what` how it is called.

    Raises `NotAllowed`; `Refused` if there is none.
    """
    must_write(session)
    found = session.get(model, key)
    demand(actor, action, Where() if found is None else touched(session, found))
    return lock(session, model, key, what)


def permitted_organisation(
    session: Session, actor: Actor, action: Action, organisation_id: int, volunteer_id: int | None = None
) -> Organisation:
    """The organisation, locked; `volunteer_id` is whom of it the action is about, if it is about somebody.

    Raises `NotAllowed`; `Refused` if there is none.
    """
    must_write(session)
    found = session.get(Organisation, organisation_id)
    demand(actor, action, Where() if found is None else organisation_touched(session, found, volunteer_id))
    return lock(session, Organisation, organisation_id, "organisation")


def permitted_volunteer(session: Session, actor: Actor, action: Action, volunteer_id: int) -> Volunteer:
    """The volunteer, locked. Raises `NotAllowed`; `Refused` if there is none."""
    must_write(session)
    found = session.get(Volunteer, volunteer_id)
    demand(actor, action, Where() if found is None else volunteer_touched(found))
    return lock(session, Volunteer, volunteer_id, "volunteer")
