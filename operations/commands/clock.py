"""What happens because time passes: recruiting begins, activities run and finish, offers expire, bans end.

Orders of the mall that nobody fetched or sent expire, and addresses that are needed no more are forgotten.
Here: those steps, each idempotent, and `run_clock`, which does all that is due. It is called when the dashboards start,
by the schedule and by tests; after a day of standstill it does what was due meanwhile. Never here: what people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Where, demand
from operations.database import reading, writing
from operations.model import Activity, Shift, SignUp, Volunteer, utc_now

from .bans import ended_bans, lift_ended_bans
from .life_cycle import SYSTEM, TAKEN, TAKES_SIGN_UPS, lock_activity, move, settle_full
from .mall_addresses import forget_addresses, old_addresses
from .mall_fulfilment import due_orders, expire_orders
from .places_taken import decide, offer_free_places, tell
from .records import audit, snapshot

# Short transactions, so that nobody waits for the clock.
STEP_ROWS = 200


@dataclass(frozen=True)
class ClockRun:
    """How many activities changed their state, how many offers expired, bans ended and orders of the mall expired, and
    of how many orders the address was forgotten."""

    activities: int
    offers: int
    bans: int = 0
    orders: int = 0
    addresses: int = 0


def run_clock(engine: Engine, at: datetime | None = None) -> ClockRun:
    """Do all that is due at `at` (now), in short transactions. Running it again, or twice at once, changes no more.

    Raises `OperationsUnavailable` if the database cannot be reached.
    """
    now = at or utc_now()
    with reading(engine) as session:
        activities = list(session.scalars(_due_activities(now)))
        orders = list(session.scalars(due_orders(now)))
        has_old_addresses = session.scalar(old_addresses(now).limit(1)) is not None
        has_ended_bans = session.scalar(ended_bans(now).limit(1)) is not None
    advanced = expired = 0
    for first in range(0, len(activities), STEP_ROWS):
        with writing(engine) as session:
            step = activities[first : first + STEP_ROWS]
            advanced += advance_activities(session, SYSTEM, activity_ids=step, at=now)
    lifted = 0
    if has_ended_bans:
        with writing(engine) as session:
            lifted = lift_ended_bans(session, SYSTEM, at=now)
    with reading(engine) as session:
        with_offers = list(session.scalars(_due_offers(now)))
    for activity_id in with_offers:
        with writing(engine) as session:
            expired += expire_offers(session, SYSTEM, activity_id=activity_id, at=now)
    over = forgotten = 0
    for first in range(0, len(orders), STEP_ROWS):
        with writing(engine) as session:
            over += expire_orders(session, SYSTEM, order_ids=orders[first : first + STEP_ROWS], at=now)
    while has_old_addresses:
        with writing(engine) as session:
            some = forget_addresses(session, SYSTEM, at=now, at_most=STEP_ROWS)
        forgotten += some
        has_old_addresses = bool(some)
    return ClockRun(advanced, expired, lifted, over, forgotten)


def _due_activities(at: datetime) -> Select[int]:
    begun = and_(Activity.status.in_(("approved", "recruiting", "full")), Activity.starts_at <= at)
    opening = and_(
        Activity.status == "approved",
        Activity.opens_at <= at,
        or_(Activity.closes_at.is_(None), Activity.closes_at > at),
    )
    over = and_(Activity.status == "running", Activity.ends_at <= at)
    return select(Activity.activity_id).where(or_(begun, opening, over)).order_by(Activity.activity_id)


def _due_offers(at: datetime) -> Select[int]:
    """Activities with offers that expired, or with somebody waiting beside a free place: their ban was lifted."""
    expired = (
        select(Shift.activity_id)
        .join(SignUp, SignUp.shift_id == Shift.shift_id)
        .where(SignUp.offer_expires_at <= at)
    )
    either = union(expired, select(_passed_over(at).subquery().c.activity_id)).subquery()
    return select(either.c.activity_id).order_by(either.c.activity_id)


def _passed_over(at: datetime) -> Select[Shift]:
    """The shifts to come in which somebody waits who may take part, although a place is free."""
    own = aliased(SignUp)
    taken = (
        select(func.count())
        .where(own.shift_id == Shift.shift_id, own.status.in_(TAKEN))
        .correlate(Shift)
        .scalar_subquery()
    )
    return (
        select(Shift)
        .join(SignUp, SignUp.shift_id == Shift.shift_id)
        .join(Volunteer, Volunteer.volunteer_id == SignUp.volunteer_id)
        .join(Activity, Activity.activity_id == Shift.activity_id)
        .where(
            SignUp.status == "waiting",
            Volunteer.status == "active",
            Activity.status.in_(TAKES_SIGN_UPS),
            Shift.cancelled_at.is_(None),
            Shift.starts_at > at,
            Shift.capacity > taken,
        )
    )


def advance_activities(session: Session, actor: Actor, *, activity_ids: list[int], at: datetime) -> int:
    """Bring these activities into the state that the time asks for, and return how many changed.

    An approved one recruits once its window has begun; what is let in runs from the start of its first shift, and is
    finished with the end of its last. Each state that was passed is written down.

    Raises `NotAllowed`.
    """
    demand(actor, Action.ADVANCE_ACTIVITIES, Where())
    changed = 0
    for activity_id in sorted(activity_ids):
        activity = lock_activity(session, activity_id)
        was = activity.status
        while (status := _state_by_time(activity, at)) is not None:
            before = snapshot(activity)
            if status == "recruiting":
                activity.published_at = at
            move(
                session,
                actor,
                Action.ADVANCE_ACTIVITIES,
                activity,
                status,
                at=at,
                reason="the time has come",
                before=before,
            )
        changed += activity.status != was
    return changed


def _state_by_time(activity: Activity, at: datetime) -> str | None:
    """The state that follows by the clock alone, or None."""
    if activity.status in ("approved", "recruiting", "full") and activity.starts_at <= at:
        return "running"
    if activity.status == "running" and activity.ends_at <= at:
        return "finished"
    if activity.status != "approved" or activity.opens_at is None or activity.opens_at > at:
        return None
    return None if activity.closes_at is not None and activity.closes_at <= at else "recruiting"


def expire_offers(session: Session, actor: Actor, *, activity_id: int, at: datetime) -> int:
    """End the offers of an activity of which the time is over, pass their places on, and return how many they were.

    Whose turn was passed over during a ban is offered a place too, if one is still free.

    Raises `Refused` if there is no such activity; `NotAllowed`.
    """
    demand(actor, Action.EXPIRE_OFFERS, Where())
    activity = lock_activity(session, activity_id)
    due = session.execute(
        select(SignUp, Shift)
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .where(Shift.activity_id == activity_id, SignUp.offer_expires_at <= at)
        .order_by(SignUp.offer_expires_at, SignUp.sign_up_id)
        .execution_options(populate_existing=True)
    ).all()
    for found, shift in due:
        before = snapshot(found)
        decide(found, "expired", by=actor.name, at=at, reason="the offer was not answered in time")
        tell(session, found, shift, "offer_expired", at=at, title=activity.title)
        audit(session, actor, Action.EXPIRE_OFFERS, found, at=at, reason=found.decision_reason, before=before)
        offer_free_places(session, shift, at=at)
    passed_over = _passed_over(at).where(Shift.activity_id == activity_id).distinct()
    for shift in session.scalars(passed_over.order_by(Shift.shift_id)).all():
        offer_free_places(session, shift, at=at)
    settle_full(session, activity, at=at, because="offers expired")
    return len(due)
