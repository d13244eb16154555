"""What test_random_commands.py tries with organisations and their members, attendance, honour records, reviews,
disputes and bans."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from operations.commands import (
    administrators,
    applications,
    attendance,
    bans,
    check_in_codes,
    disputes,
    honours,
    memberships,
    organisation_states,
    organisations,
    reviews,
)
from operations.commands.attendance import Reading
from operations.commands.documents import Document
from operations.database import reading
from operations.local_time import LOCAL
from operations.model import (
    CheckIn,
    Dispute,
    HonourRecord,
    Organisation,
    OrganisationMember,
    Shift,
    SignUp,
    Volunteer,
)

from .random_tries import NOBODYS, ActivityTries, Command
from .two_districts import CITIES, DISTRICTS, EVERYBODY, HOSTS, HOUR, PEOPLE, STAFF, TOWNSHIP_CODE, VOLUNTEERS

CHARTER = Document("charter", "章程.pdf", "application/pdf", b"%PDF-1.7 charter")
AT_THE_SITE = Reading(120.15, 30.26, "WGS-84", 10)
FAR_AWAY = Reading(120.35, 30.26, "WGS-84", 10)
STATES: dict[str, tuple[Command, ...]] = {
    "applied": (applications.approve_organisation, applications.return_organisation),
    "active": (organisation_states.suspend_organisation,) * 3
    + (organisation_states.strike_off_organisation,),
    "suspended": (organisation_states.reinstate_organisation,) * 5
    + (organisation_states.strike_off_organisation,),
}
DECIDE_ON_ORGANISATIONS = sorted({command for some in STATES.values() for command in some}, key=str)
MEMBERSHIP: list[Command] = [
    memberships.join_organisation,
    memberships.join_organisation,
    memberships.leave_organisation,
    memberships.remove_member,
    administrators.appoint_administrator,
    administrators.dismiss_administrator,
]
DISPUTED: dict[str, tuple[Command, ...]] = {
    "open": (disputes.answer_dispute, disputes.answer_dispute, disputes.withdraw_dispute),
    "answered": (disputes.appeal_dispute,),
    "appealed": (disputes.decide_appeal, disputes.withdraw_dispute),
}
ON_DISPUTES = [
    disputes.answer_dispute,
    disputes.appeal_dispute,
    disputes.decide_appeal,
    disputes.withdraw_dispute,
]


class ServiceTries(ActivityTries):
    """Organisations from the application to the end, and what is recorded of service for them."""

    codes: dict[int, str]

    def apply(self, dice: Random) -> None:
        """For a new organisation, or again for one that was returned."""
        returned = self.one_of(Organisation, dice, Organisation.status == "returned")
        if returned is not None and dice.random() < 0.7:
            code = self.codes.get(returned.organisation_id)
            applicants = [one for one in EVERYBODY if one.volunteer_id == returned.applied_by]
            actor = dice.choice(applicants or EVERYBODY) if dice.random() < 0.8 else dice.choice(EVERYBODY)
            key = {"organisation_id": returned.organisation_id, "code": code}
            self.attempt(applications.apply_again, actor, **key, contact_name="韩梅")
            return
        made = self.attempt(
            applications.apply_for_organisation,
            dice.choice([*VOLUNTEERS, *HOSTS, *EVERYBODY]),
            name="护鸟队",
            kind="group",
            area_code=dice.choice((*DISTRICTS, TOWNSHIP_CODE)),
            contact_name="李雷",
            contact_phone="0571-87000000",
            documents=[CHARTER],
            parent_organisation_id=dice.choice((None, 1, 2, 3)),
        )
        if made is not None and made.code is not None:
            self.codes[made.organisation.organisation_id] = made.code

    def decide_on_an_organisation(self, dice: Random) -> None:
        is_waiting = Organisation.status.in_(("applied", "suspended"))
        found = self.one_of(Organisation, dice, is_waiting) if dice.random() < 0.6 else None
        found = found or self.one_of(Organisation, dice)
        command = dice.choice(DECIDE_ON_ORGANISATIONS)
        if found is not None and dice.random() < 0.9:
            command = dice.choice(STATES.get(found.status, (command,)))
        key = found.organisation_id if found else NOBODYS
        actor = self.somebody(dice, command, organisation_id=key)
        self.attempt(command, actor, organisation_id=key, reason="因故")

    def change_an_organisation(self, dice: Random) -> None:
        found, command = self.one_of(Organisation, dice), organisations.update_organisation
        key = found.organisation_id if found else NOBODYS
        changes: dict[str, Any] = dice.choice(
            [
                {"contact_name": "韩梅"},
                {"name": "新名"},
                {"area_code": dice.choice((*DISTRICTS, TOWNSHIP_CODE))},
                {"parent_organisation_id": dice.choice((None, 1, 2, 3))},
            ]
        )
        actor = self.somebody(dice, command, organisation_id=key)
        self.attempt(command, actor, organisation_id=key, changes=changes, reason="因故")

    def change_who_belongs(self, dice: Random) -> None:
        found, command = self.one_of(Organisation, dice), dice.choice(MEMBERSHIP)
        key, volunteer_id = found.organisation_id if found else NOBODYS, dice.randint(1, PEOPLE + 2)
        member = self.one_of(OrganisationMember, dice, OrganisationMember.left_at.is_(None))
        if member is not None and command is not memberships.join_organisation and dice.random() < 0.7:
            key, volunteer_id = member.organisation_id, member.volunteer_id
        actor = self.somebody(dice, command, organisation_id=key, volunteer_id=volunteer_id)
        own = {"organisation_id": key, "volunteer_id": volunteer_id}
        self.attempt(command, actor, **own, reason="因故")

    def ban(self, dice: Random) -> None:
        volunteer_id = dice.randint(1, PEOPLE)
        with reading(self.engine) as session:
            is_banned = session.get_one(Volunteer, volunteer_id).status == "banned"
        command, until = (bans.lift_ban, {}) if is_banned else (bans.ban_volunteer, {"ends_at": None})
        if not is_banned and dice.random() < 0.7:
            until = {"ends_at": self.now + 9 * HOUR}
        self.attempt(command, self.somebody(dice, command), volunteer_id=volunteer_id, reason="因故", **until)

    def attend(self, dice: Random) -> None:
        """Mostly who has a place in a shift that is on, with the code that its screen shows; else wait for one."""
        margin = timedelta(minutes=20)
        is_on = (Shift.starts_at <= self.now + margin, Shift.ends_at >= self.now - margin)
        on = select(Shift.shift_id).where(*is_on, Shift.cancelled_at.is_(None))
        found = self.one_of(SignUp, dice, SignUp.status == "confirmed", SignUp.shift_id.in_(on))
        if found is None and dice.random() < 0.7 and (following := self.next_shift()) is not None:
            self.go_on_to(following)
            return
        found = found or self.one_of(SignUp, dice)
        if found is None:
            return
        with reading(self.engine) as session:
            events = select(CheckIn.direction).where(CheckIn.volunteer_id == found.volunteer_id)
            last = session.scalar(events.order_by(CheckIn.event_id.desc()).limit(1))
        command = attendance.check_out if last == "in" else attendance.check_in
        if dice.random() < 0.1:
            command = attendance.check_in
        show, activity = check_in_codes.show_check_in_code, self.of_shift(found)
        shown = self.attempt(show, self.for_activity(dice, show, activity), shift_id=found.shift_id)
        self.attempt(
            command,
            self.somebody(dice, command, volunteer_id=found.volunteer_id),
            volunteer_id=found.volunteer_id,
            shift_id=found.shift_id,
            reading=AT_THE_SITE if dice.random() < 0.9 else FAR_AWAY,
            client="app",
            code=shown.digits if shown else "000000",
        )

    def _yesterday(self) -> date:
        return (self.now.astimezone(LOCAL) - timedelta(days=1)).date()

    def honour(self, dice: Random) -> None:
        """Enter a record, or decide on one; of many minutes two decide."""
        found = self.one_of(HonourRecord, dice, HonourRecord.status.in_(("entered", "endorsed", "approved")))
        if found is None or dice.random() < 0.35:
            organisation_id = dice.choice((1, 2, 3))
            own = {"organisation_id": organisation_id, "volunteer_id": dice.randint(1, PEOPLE + 2)}
            self.attempt(
                honours.enter_honour_record,
                self.somebody(dice, honours.enter_honour_record, organisation_id=organisation_id),
                **own,
                minutes=dice.choice((60, 90, 720)),
                service_day=self._yesterday(),
                reason="读卡器坏了",
            )
            return
        command: Command = honours.approve_honour_record
        decision = {"decision": dice.choice(("approved", "approved", "approved", "refused"))}
        if found.status == "approved":
            command, decision = honours.withdraw_honour_approval, {}
        actor = self.somebody(dice, command, organisation_id=found.organisation_id)
        actor = actor if dice.random() < 0.7 else dice.choice(STAFF)
        self.attempt(command, actor, record_id=found.record_id, reason="核对过", **decision)

    def review(self, dice: Random) -> None:
        volunteer_id, organisation_id = dice.randint(1, 3), dice.choice((1, 2, 3))
        session_id, level = f"{volunteer_id}/site/1/CARD/D1:7", dice.choice(("organisation", "city"))
        actor = self.somebody(dice, reviews.review_minutes, organisation_id=organisation_id)
        with reading(self.engine) as session:
            standing = reviews.standing_decision(session, session_id, level, organisation_id)
        self.attempt(
            reviews.review_minutes,
            CITIES[0] if level == "city" and dice.random() < 0.5 else actor,
            session_id=session_id,
            volunteer_id=volunteer_id,
            organisation_id=organisation_id,
            service_day=self._yesterday(),
            level=level,
            minutes_in_review=60,
            minutes_granted=dice.choice((0, 40, 60, 61)),
            reason="全天值守",
            replaces=standing.decision_id if standing and dice.random() < 0.8 else None,
        )

    def dispute(self, dice: Random) -> None:
        found = self.one_of(Dispute, dice, Dispute.status.in_(DISPUTED))
        if found is None or dice.random() < 0.3:
            organisation_id, volunteer_id = dice.choice((1, 2, 3)), dice.randint(1, PEOPLE)
            own = {"organisation_id": organisation_id, "volunteer_id": volunteer_id}
            self.attempt(
                disputes.open_dispute,
                self.somebody(dice, disputes.open_dispute, **own),
                **own,
                kind="missing_attendance",
                service_day=self._yesterday(),
                statement="我去了",
            )
            return
        command = dice.choice(DISPUTED[found.status] if dice.random() < 0.9 else ON_DISPUTES)
        said: dict[str, Any] = {"outcome": dice.choice(("upheld", "rejected", "rejected"))}
        words = {"answer_dispute": "answer", "appeal_dispute": "statement"}.get(command.__name__, "reason")
        if command in (disputes.appeal_dispute, disputes.withdraw_dispute):
            said = {}
        own = {"organisation_id": found.organisation_id, "volunteer_id": found.volunteer_id}
        actor = self.somebody(dice, command, **own)
        self.attempt(command, actor, dispute_id=found.dispute_id, **said, **{words: "核对过"})
