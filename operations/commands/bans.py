"""Volunteers who may not serve: banned with a reason, for a time or until it is lifted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.model import Ban, Volunteer

from .notices import notify
from .permitted import permitted_volunteer
from .records import audit, lock, must_write, snapshot
from .refusals import Refused, required_text


def ban_volunteer(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    reason: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> Ban:
    """Let a volunteer sign up, join, bind cards and spend no more until `ends_at` or it is lifted; return the ban.

    What they are signed up for or have ordered already stays: it is decided on by itself. The volunteer is told why.

    Raises `Refused` without a reason, for an end that is past, oneself, or a volunteer who is not active; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.BAN_VOLUNTEER, volunteer_id)
    why = required_text(reason, "reason", 4000)
    if actor.volunteer_id == volunteer_id:
        raise Refused("nobody bans themselves: ask another administrator", "volunteer_id")
    if ends_at is not None and ends_at <= at:
        raise Refused("the end of the ban is past", "ends_at")
    if volunteer.status != "active":
        raise Refused(f"this volunteer is {volunteer.status}", "volunteer_id")
    ban = Ban(volunteer_id=volunteer_id, reason=why, banned_at=at, ends_at=ends_at)
    session.add(ban)
    volunteer.status = "banned"
    audit(session, actor, Action.BAN_VOLUNTEER, ban, at=at, reason=why)
    until = None if ends_at is None else ends_at.isoformat()
    notify(session, "volunteer_banned", at=at, volunteer_id=volunteer_id, reason=why, ends_at=until)
    return ban


def lift_ban(session: Session, actor: Actor, *, volunteer_id: int, reason: str, at: datetime) -> Ban:
    """End the ban of a volunteer, who is told, and return it.

    Raises `Refused` without a reason, for oneself, or a volunteer who is not banned; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.LIFT_BAN, volunteer_id)
    why = required_text(reason, "reason", 4000)
    if actor.volunteer_id == volunteer_id:
        raise Refused("nobody lifts their own ban: ask another administrator", "volunteer_id")
    ban = _standing(session, volunteer_id)
    if ban is None or volunteer.status != "banned":
        raise Refused("this volunteer is not banned", "volunteer_id")
    return _lift(session, actor, volunteer, ban, why=why, at=at)


def lift_ended_bans(session: Session, actor: Actor, *, at: datetime) -> int:
    """Lift the bans whose end has come, and return how many: what the clock does, again and again.

    Raises `NotAllowed` for who may not lift bans everywhere.
    """
    must_write(session)
    demand(actor, Action.LIFT_BAN, Where())
    ended = session.scalars(ended_bans(at)).all()
    lifted = 0
    for volunteer_id in ended:
        volunteer = lock(session, Volunteer, volunteer_id, "volunteer")
        ban = _standing(session, volunteer_id)
        if ban is not None and ban.ends_at is not None and ban.ends_at <= at and volunteer.status == "banned":
            _lift(session, actor, volunteer, ban, why="its time is over", at=at)
            lifted += 1
    return lifted


def ended_bans(at: datetime) -> Select[int]:
    """The volunteers whose ban stands although its end has come."""
    return (
        select(Ban.volunteer_id).where(Ban.lifted_at.is_(None), Ban.ends_at <= at).order_by(Ban.volunteer_id)
    )


def _standing(session: Session, volunteer_id: int) -> Ban | None:
    return session.scalar(
        select(Ban)
        .where(Ban.volunteer_id == volunteer_id, Ban.lifted_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _lift(session: Session, actor: Actor, volunteer: Volunteer, ban: Ban, *, why: str, at: datetime) -> Ban:
    before = snapshot(ban)
    ban.lifted_at, ban.lift_reason = at, why
    volunteer.status = "active"
    audit(session, actor, Action.LIFT_BAN, ban, at=at, reason=why, before=before)
    notify(session, "ban_lifted", at=at, volunteer_id=volunteer.volunteer_id, reason=why)
    return ban
