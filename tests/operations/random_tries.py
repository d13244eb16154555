"""How test_random_commands.py tries a command, and what is tried with activities, shifts and sign-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Engine, func, select, text

from operations.access import Actor, NotAllowed
from operations.commands import (
    activities,
    check_in_codes,
    no_shows,
    offers,
    recruiting,
    sign_ups,
)
from operations.commands.clock import ClockRun, run_clock
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Activity, AuditEntry, Base, Organisation, Shift, SignUp

from .random_rules import MAY, is_theirs, letter
from .two_districts import (
    ADMISSIONS,
    AREA,
    AREA_OF,
    CITIES,
    DISTRICTS,
    EVERYBODY,
    HOSTS,
    HOUR,
    ORGANISATIONS,
    PEOPLE,
    STAFF,
    VOLUNTEERS,
    a_plan,
)

Row = TypeVar("Row", bound=Base)
Command = Callable[..., Any]
NOBODYS = 999
# What is written down under another name than the command's.
LOGGED_AS = {"apply_again": "apply_for_organisation"}

LEADING: list[Command] = [
    activities.submit_activity,
    activities.approve_activity,
    activities.return_activity,
    recruiting.open_recruitment,
    recruiting.cancel_activity,
    recruiting.close_activity,
]
# What comes next for an activity in each state, and for a sign-up before its shift and after it.
NEXT: dict[str, Command] = {
    "draft": activities.submit_activity,
    "returned": activities.submit_activity,
    "submitted": activities.approve_activity,
    "approved": recruiting.open_recruitment,
    "finished": recruiting.close_activity,
}
ANSWERS: dict[str, tuple[Command, ...]] = {
    "requested": (sign_ups.confirm_sign_up, sign_ups.confirm_sign_up, sign_ups.decline_sign_up),
    "waiting": (sign_ups.decline_sign_up, sign_ups.cancel_sign_up),
    "invited": (offers.accept_offer, offers.accept_offer, offers.decline_offer),
    "offered": (offers.accept_offer, offers.decline_offer),
    "confirmed": (sign_ups.cancel_sign_up,),
}
AFTERWARDS: dict[str, tuple[Command, ...]] = {
    "confirmed": (no_shows.record_no_show,),
    "no_show": (no_shows.lift_no_show,),
}
DECIDING: list[Command] = [
    sign_ups.cancel_sign_up,
    offers.accept_offer,
    offers.decline_offer,
    sign_ups.confirm_sign_up,
    sign_ups.decline_sign_up,
    no_shows.record_no_show,
    no_shows.lift_no_show,
]


class Tries:
    """Carrying a command out, or being refused, and what has to hold of either."""

    engine: Engine
    now: datetime
    has_changed: bool

    def attempt(self, command: Command, actor: Actor, **arguments: Any) -> Any:
        """What the command returned; None if it was refused, and then nothing has changed anywhere."""
        with self.engine.connect() as other, reading(self.engine) as session:
            before = session.scalar(select(func.max(AuditEntry.audit_id))) or 0
            version = other.scalar(text("PRAGMA data_version"))
            session.rollback()
            try:
                with writing(self.engine) as writer:
                    done = command(writer, actor, **arguments, at=self.now)
            except (Refused, NotAllowed):
                assert other.scalar(text("PRAGMA data_version")) == version
                return None
            self.has_changed = True
            rows = session.scalars(select(AuditEntry).where(AuditEntry.audit_id > before)).all()
            name = command.__name__
            assert (actor.name, str(actor.role), LOGGED_AS.get(name, name)) in {
                (row.actor, row.role, row.action) for row in rows
            }
            assert {row.actor for row in rows} <= {actor.name, "system"}
            assert letter(actor) in MAY[name]
            touched = getattr(done, "organisation", done)
            # Whoever applied, or holds the code of the application, hands it in again.
            if isinstance(touched, Base) and name != "apply_again":
                assert is_theirs(session, actor, touched)
            # What is planned lies in the actor's area, and so does the organisation in whose name it is.
            if name in ("draft_activity", "publish_activity"):
                assert is_theirs(session, actor, session.get_one(Organisation, done.organisation_id))
        return done

    def one_of(self, model: type[Row], dice: Random, *conditions: Any) -> Row | None:
        """One of the rows that there are; sometimes none, for an id that nobody has."""
        with reading(self.engine) as session:
            rows = session.scalars(select(model).where(*conditions)).all()
        return None if dice.random() < 0.05 or not rows else dice.choice(rows)

    def somebody(
        self,
        dice: Random,
        command: Command,
        *,
        organisation_id: int | None = None,
        volunteer_id: int | None = None,
        district_code: str | None = None,
    ) -> Actor:
        """Mostly one whose matter it is; else few commands would be carried out."""
        if dice.random() < 0.25:
            return dice.choice(EVERYBODY)
        roles, found = MAY[command.__name__], []
        with reading(self.engine) as session:
            organisation = session.get(Organisation, organisation_id or NOBODYS)
        if organisation is not None and "H" in roles:
            of = organisation.parent_organisation_id or organisation_id or 0
            found += [HOSTS[number - 1] for number in (organisation_id, of) if number in ORGANISATIONS]
        if "C" in roles:
            code = district_code or (organisation.district_code if organisation else DISTRICTS[0])
            found += [AREA[DISTRICTS.index(code)], dice.choice(CITIES)]
        if "O" in roles and volunteer_id is not None and volunteer_id <= PEOPLE:
            found += [VOLUNTEERS[volunteer_id - 1]] * 3
        return dice.choice(found or EVERYBODY)


class ActivityTries(Tries):
    """Activities from the draft to the end, and who signs up."""

    def let_time_pass(self, dice: Random) -> None:
        """On to some time, often that at which the next shift begins."""
        following = self.next_shift()
        if following is not None and dice.random() < 0.4:
            self.go_on_to(following)
        else:
            self.go_on_to(self.now + dice.choice([0.2, 1, 7, 13]) * HOUR)

    def next_shift(self) -> datetime | None:
        """When the next shift begins in which somebody has a place."""
        with reading(self.engine) as session:
            held = (
                select(Shift.starts_at)
                .join(SignUp, SignUp.shift_id == Shift.shift_id)
                .where(Shift.starts_at > self.now, SignUp.status == "confirmed")
            )
            return session.scalar(held.order_by(Shift.starts_at).limit(1))

    def go_on_to(self, moment: datetime) -> None:
        """Let it be that moment; the clock does what is due by then, once."""
        self.now, self.has_changed = moment, True
        run_clock(self.engine, self.now)
        assert run_clock(self.engine, self.now) == ClockRun(0, 0)

    def plan(self, dice: Random) -> None:
        organisation = dice.choice(ORGANISATIONS)
        area_code = AREA_OF[organisation] if dice.random() < 0.5 else dice.choice(DISTRICTS)
        plan = a_plan(
            self.now,
            area_code,
            capacity=dice.randint(1, 2),
            admission=dice.choice(ADMISSIONS),
            shifts=dice.randint(1, 2),
        )
        its_area = AREA[DISTRICTS.index(area_code[:6])]
        actor = dice.choice(
            [HOSTS[organisation - 1], its_area, its_area, *STAFF] if dice.random() < 0.8 else EVERYBODY
        )
        if dice.random() < 0.6:
            self.attempt(activities.publish_activity, actor, organisation_id=organisation, **vars(plan))
        else:
            self.attempt(activities.draft_activity, actor, organisation_id=organisation, plan=plan)

    def lead(self, dice: Random) -> None:
        activity, command = self.one_of(Activity, dice, Activity.status.in_(NEXT)), dice.choice(LEADING)
        if activity is not None and dice.random() < 0.8:
            command = NEXT[activity.status]
        else:
            activity = self.one_of(Activity, dice)
        actor = self.for_activity(dice, command, activity)
        activity_id = activity.activity_id if activity else NOBODYS
        self.attempt(command, actor, activity_id=activity_id, reason="因故")

    def for_activity(
        self, dice: Random, command: Command, activity: Activity | None, volunteer_id: int | None = None
    ) -> Actor:
        """Mostly one whose matter the activity is, or what this volunteer has to do with it."""
        if activity is None:
            return dice.choice(EVERYBODY)
        return self.somebody(
            dice,
            command,
            organisation_id=activity.organisation_id,
            district_code=activity.district_code,
            volunteer_id=volunteer_id,
        )

    def of_shift(self, of: Shift | SignUp | None) -> Activity | None:
        """The activity of a shift or of a sign-up."""
        if of is None:
            return None
        with reading(self.engine) as session:
            own = select(Activity).join(Shift, Shift.activity_id == Activity.activity_id)
            return session.scalar(own.where(Shift.shift_id == of.shift_id))

    def change_capacity(self, dice: Random) -> None:
        activity = self.one_of(Activity, dice)
        if activity is None:
            return
        with reading(self.engine) as session:
            plan = activities.plan_of(session, activity)
        shifts = tuple(replace(shift, capacity=dice.randint(1, 3)) for shift in plan.shifts)
        if shifts != plan.shifts:
            actor = self.for_activity(dice, activities.update_activity, activity)
            changed = replace(plan, shifts=shifts)
            self.attempt(activities.update_activity, actor, activity_id=activity.activity_id, plan=changed)

    def touch_a_shift(self, dice: Random) -> None:
        shift = self.one_of(Shift, dice)
        shift_id, activity = shift.shift_id if shift else NOBODYS, self.of_shift(shift)
        if dice.random() < 0.5:
            command = check_in_codes.show_check_in_code
            self.attempt(command, self.for_activity(dice, command, activity), shift_id=shift_id)
        else:
            command = recruiting.cancel_shift
            self.attempt(
                command, self.for_activity(dice, command, activity), shift_id=shift_id, reason="下雨"
            )

    def sign_up(self, dice: Random) -> None:
        shift, volunteer = self.one_of(Shift, dice, Shift.starts_at > self.now), dice.choice(VOLUNTEERS)
        command = sign_ups.sign_up
        actor = self.for_activity(dice, command, self.of_shift(shift), volunteer.volunteer_id)
        own = {"volunteer_id": volunteer.volunteer_id, "shift_id": shift.shift_id if shift else NOBODYS}
        self.attempt(command, actor, **own)

    def invite(self, dice: Random) -> None:
        shift, invited = self.one_of(Shift, dice), dice.choice(VOLUNTEERS)
        own = {"volunteer_id": invited.volunteer_id, "shift_id": shift.shift_id if shift else NOBODYS}
        self.attempt(offers.invite, self.for_activity(dice, offers.invite, self.of_shift(shift)), **own)

    def decide(self, dice: Random) -> None:
        found, command = self.one_of(SignUp, dice), dice.choice(DECIDING)
        shift = None
        if found is not None:
            with reading(self.engine) as session:
                shift = session.get_one(Shift, found.shift_id)
            if dice.random() < 0.8:
                is_over = shift.ends_at <= self.now
                command = dice.choice((AFTERWARDS if is_over else ANSWERS).get(found.status, (command,)))
        actor = self.for_activity(dice, command, self.of_shift(shift), found.volunteer_id if found else None)
        self.attempt(command, actor, sign_up_id=found.sign_up_id if found else NOBODYS, reason="因故")
