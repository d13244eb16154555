"""The row that a command is about, handed out only to an actor who may touch it.

Here: finding, asking and locking in one step. Somebody who may not learns nothing, not even whether there is such a
row; who may do it everywhere is told that there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Activity, Base, Organisation, Shift, Volunteer

from .life_cycle import lock_shift
from .records import lock, must_write
from .touched import activity_touched, organisation_touched, shift_touched, volunteer_touched

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


def permitted_activity(session: Session, actor: Actor, action: Action, activity_id: int) -> Activity:
    """The activity, locked. Raises `NotAllowed`; `Refused` if there is none."""
    return permitted_row(
        session, actor, action, Activity, activity_id, what="activity", touched=activity_touched
    )


def permitted_shift(session: Session, actor: Actor, action: Action, shift_id: int) -> tuple[Shift, Activity]:
    """A shift and its activity, which is locked. Raises `NotAllowed`; `Refused` if there is none."""
    asked = demand_shift(session, actor, action, shift_id)
    return lock_shift(session, shift_id, asked)


def demand_shift(
    session: Session, actor: Actor, action: Action, shift_id: int, volunteer_id: int | None = None
) -> Shift | None:
    """The shift, if the actor may do this at it, to this volunteer of it; None if only the shift is missing.

    Raises `NotAllowed`.
    """
    must_write(session)
    shift = session.get(Shift, shift_id)
    where = Where(volunteer_id=volunteer_id) if shift is None else shift_touched(session, shift, volunteer_id)
    demand(actor, action, where)
    return shift


def permitted_organisation(
    session: Session, actor: Actor, action: Action, organisation_id: int, volunteer_id: int | None = None
) -> Organisation:
    """The organisation, locked; `volunteer_id` is whom of it the action is about, if it is about somebody.

    Raises `NotAllowed`; `Refused` if there is none.
    """
    demand_organisation(session, actor, action, organisation_id, volunteer_id)
    return lock(session, Organisation, organisation_id, "organisation")


def demand_organisation(
    session: Session, actor: Actor, action: Action, organisation_id: int, volunteer_id: int | None = None
) -> None:
    """Do nothing if the actor may do this for the organisation, to this volunteer of it; also if only it is missing.

    For commands that lock somebody before the organisation. Raises `NotAllowed`.
    """
    must_write(session)
    found = session.get(Organisation, organisation_id)
    where = (
        Where(volunteer_id=volunteer_id)
        if found is None
        else organisation_touched(session, found, volunteer_id)
    )
    demand(actor, action, where)


def permitted_volunteer(session: Session, actor: Actor, action: Action, volunteer_id: int) -> Volunteer:
    """The volunteer, locked. Raises `NotAllowed`; `Refused` if there is none."""
    must_write(session)
    found = session.get(Volunteer, volunteer_id)
    demand(actor, action, Where() if found is None else volunteer_touched(found))
    return lock(session, Volunteer, volunteer_id, "volunteer")
