"""Whether somebody may take part in a shift: age, skills, a guardian's consent, no-shows before.

Here: those conditions. Never here: places and times (places_taken.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.local_time import LOCAL
from operations.model import Activity, Shift, SignUp, Volunteer, VolunteerSkill
from operations.rules import rule, time_span

from .guardians import age_on, guardian_missing
from .refusals import Refused


def check_conditions(
    session: Session, volunteer: Volunteer, activity: Activity, shift: Shift, *, at: datetime
) -> None:
    """Do nothing if the volunteer may take part in the shift.

    Raises `Refused` if they are not active, did not come too often, or are not of the age or skill that is asked for.
    """
    if volunteer.status != "active":
        raise Refused("this volunteer is not active", "volunteer_id")
    _check_no_shows(session, volunteer.volunteer_id, at)
    _check_age(volunteer, activity, shift)
    if guardian_missing(session, volunteer.volunteer_id, shift.starts_at):
        raise Refused("a minor takes part with a guardian's consent: have the guardian named", "volunteer_id")
    required = set(activity.required_skills or ())
    missing = required - _skills_of(session, volunteer.volunteer_id) if required else required
    if missing:
        raise Refused(f"this activity asks for the skill {', '.join(sorted(missing))}", "volunteer_id")


def _check_no_shows(session: Session, volunteer_id: int, at: datetime) -> None:
    """Who did not come `no_shows_before_block` times within `no_show_window` waits until the first is so long ago."""
    window, most = time_span("no_show_window", at), rule("no_shows_before_block", at)
    recent = session.scalars(
        select(Shift.starts_at)
        .join(SignUp, SignUp.shift_id == Shift.shift_id)
        .where(SignUp.volunteer_id == volunteer_id, SignUp.status == "no_show", Shift.starts_at > at - window)
        .order_by(Shift.starts_at.desc())
        .limit(most)
    ).all()
    if len(recent) == most:
        until = (recent[-1] + window).astimezone(LOCAL).date()
        raise Refused(
            f"this volunteer did not come {most} times, and is blocked until {until}: "
            "an organisation that recorded it may lift it",
            "volunteer_id",
        )


def _check_age(volunteer: Volunteer, activity: Activity, shift: Shift) -> None:
    born = None if volunteer.identity is None else volunteer.identity.born_on
    day = shift.starts_at.astimezone(LOCAL).date()
    if born is None:
        if activity.min_age is not None or activity.max_age is not None:
            raise Refused(
                "the age of this volunteer is not known: have the day of birth added", "volunteer_id"
            )
        return
    age = age_on(born, day)
    if activity.min_age is not None and age < activity.min_age:
        raise Refused(f"this activity is for people of {activity.min_age} years and more", "volunteer_id")
    if activity.max_age is not None and age > activity.max_age:
        raise Refused(f"this activity is for people of at most {activity.max_age} years", "volunteer_id")


def _skills_of(session: Session, volunteer_id: int) -> set[str]:
    stated = select(VolunteerSkill.skill_code).where(VolunteerSkill.volunteer_id == volunteer_id)
    return set(session.scalars(stated))
