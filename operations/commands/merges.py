"""Two records of one person become one: everything that the one holds goes to the other.

Nothing of what was done is counted anew or left behind: taps follow the bindings of the cards, and check-ins, honour
records and sign-ups carry the kept record from now on, so that the next build adds up the days of both. What both
records say twice (a place in one shift, a membership, a skill) stays once; the row that goes is in the audit log as it
was. So is the key of every row that was moved: whoever merged the wrong two can be put right from there.

The other record stays, holds nothing, and points to the kept one, so that its number and its document still lead to
the person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Where, demand
from operations.model import (
    Account,
    Ban,
    Base,
    Consent,
    DuplicateCandidate,
    MallCartLine,
    OrganisationMember,
    SignUp,
    Volunteer,
    VolunteerInterest,
    VolunteerSkill,
)

from .life_cycle import lock_shift, settle_full
from .notices import notify
from .places_taken import offer_free_places
from .profiles import logged
from .records import audit, find, lock, must_write, snapshot
from .references import columns_of_volunteers
from .refusals import Refused, required_text
from .touched import volunteer_touched

# The identity stays with the record that it was registered with; candidates are decided, not moved. Points are moved
# by the next settlement: the sessions behind them count for the kept record then. What was redeemed at a shop or
# ordered in the mall is listed with the kept record, and paid by or given back to the account it was taken from.
STAYS = ("volunteer_identities", "duplicate_candidates", "point_accounts")
# Where both records can hold what may be there once; each is seen to below.
MET = (
    "sign_ups",
    "organisation_members",
    "volunteer_skills",
    "volunteer_interests",
    "bans",
    "mall_cart_lines",
)
# Of two sign-ups for one shift the one stays that says most of what happened.
STRENGTH = (
    "cancelled",
    "expired",
    "declined",
    "invited",
    "requested",
    "waiting",
    "offered",
    "no_show",
    "confirmed",
)
ROLES = ("member", "leader", "administrator")


@dataclass(frozen=True)
class Merged:
    """What came of it: the kept record, the one that points to it, and how many rows of each table were moved."""

    kept: Volunteer
    lost: Volunteer
    moved_rows: dict[str, int]


def merge_volunteers(
    session: Session,
    actor: Actor,
    *,
    kept_volunteer_id: int,
    lost_volunteer_id: int,
    reason: str,
    at: datetime,
) -> Merged:
    """Move all that a second record of one person holds to the kept one, and return both.

    A ban of either stands for the person, and of two consents the latest will. The person is told.

    Raises `Refused` without a reason, for one and the same record, one that was erased or merged before, or for the
    actor's own records; `NotAllowed`, unless both are the actor's matter.
    """
    must_write(session)
    for one in (kept_volunteer_id, lost_volunteer_id):
        found = session.get(Volunteer, one)
        demand(actor, Action.MERGE_VOLUNTEERS, Where() if found is None else volunteer_touched(found))
    why = required_text(reason, "reason", 4000)
    if kept_volunteer_id == lost_volunteer_id:
        raise Refused("this is one record: choose the other one", "lost_volunteer_id")
    if actor.volunteer_id in (kept_volunteer_id, lost_volunteer_id):
        raise Refused("nobody merges their own records: ask another administrator", "kept_volunteer_id")
    # Always in one order, or two merges could wait for each other.
    for one in sorted((kept_volunteer_id, lost_volunteer_id)):
        lock(session, Volunteer, one, "volunteer")
    kept = find(session, Volunteer, kept_volunteer_id, "volunteer")
    lost = find(session, Volunteer, lost_volunteer_id, "volunteer")
    for record, field in ((kept, "kept_volunteer_id"), (lost, "lost_volunteer_id")):
        if record.status not in ("active", "banned"):
            raise Refused(
                f"the record {record.volunteer_no} is {record.status}: it holds nothing to merge", field
            )
    before = {"kept": logged(session, kept), "lost": logged(session, lost)}
    _lead_accounts(session, lost)
    merge = _Merge(session, actor, kept, lost, why, at)
    dropped = merge.settle_what_met()
    moved = merge.move()
    merge.settle_wills()
    merge.decide_candidates()
    lost.status, lost.merged_into_volunteer_id, lost.display_name = "merged", kept.volunteer_id, None
    session.flush()
    after = {
        "kept": logged(session, kept),
        "lost": logged(session, lost),
        "moved": moved,
        "dropped": dropped,
    }
    for record in (lost, kept):
        audit(session, actor, Action.MERGE_VOLUNTEERS, record, at=at, reason=why, before=before, after=after)
    notify(session, "records_merged", at=at, volunteer_id=kept.volunteer_id, lost_no=lost.volunteer_no)
    moved_rows: Counter[str] = Counter()
    for place, keys in moved.items():
        moved_rows[place.partition(".")[0]] += len(keys)
    return Merged(kept, lost, dict(moved_rows))


def _lead_accounts(session: Session, lost: Volunteer) -> None:
    """Accounts that know their person by the document of the record alone name the record, to be moved with it."""
    if lost.identity is None:
        return
    session.execute(
        update(Account)
        .where(Account.id_number == lost.identity.id_number, Account.volunteer_id.is_(None))
        .values(volunteer_id=lost.volunteer_id)
    )


@dataclass
class _Merge:
    """One merge on its way."""

    session: Session
    actor: Actor
    kept: Volunteer
    lost: Volunteer
    why: str
    at: datetime

    def settle_what_met(self) -> list[dict[str, Any]]:
        """Let stay once what both records hold; return the rows that went, as they were."""
        dropped = [*self._sign_ups(), *self._memberships()]
        dropped += self._twice(VolunteerSkill, "skill_code") + self._twice(VolunteerInterest, "category_code")
        dropped += self._twice(MallCartLine, "item_id")
        self._bans()
        self.session.flush()
        return dropped

    def move(self) -> dict[str, list[Any]]:
        """Let everything refer to the kept record; return the keys of the rows by table and column."""
        moved: dict[str, list[Any]] = {}
        for table, column in columns_of_volunteers():
            if table.name in STAYS:
                continue
            keys = list(table.primary_key.columns)
            # A volunteer who is part of the key itself: what else is in it names the row.
            named = [key for key in keys if key is not column] or keys
            rows = self.session.execute(select(*named).where(column == self.lost.volunteer_id)).all()
            if not rows:
                continue
            moved[f"{table.name}.{column.name}"] = [row[0] if len(row) == 1 else list(row) for row in rows]
            self.session.execute(
                update(table).where(column == self.lost.volunteer_id).values({column: self.kept.volunteer_id})
            )
        self._rename_sessions(moved)
        self.session.expire_all()
        return moved

    def _rename_sessions(self, moved: dict[str, list[Any]]) -> None:
        """A session is called after its volunteer first; what is said about one goes by its name."""
        old, new = f"{self.lost.volunteer_id}/", f"{self.kept.volunteer_id}/"
        for table in Base.metadata.sorted_tables:
            name = table.columns.get("session_id")
            if name is None or "volunteer_id" not in table.columns:
                continue
            called = (table.columns["volunteer_id"] == self.kept.volunteer_id, name.startswith(old))
            rows = self.session.execute(select(*table.primary_key.columns).where(*called)).all()
            if rows:
                moved[f"{table.name}.session_id"] = [row[0] for row in rows]
                renamed = literal(new) + func.substr(name, len(old) + 1)
                self.session.execute(update(table).where(*called).values({name: renamed}))

    def _sign_ups(self) -> list[dict[str, Any]]:
        ours, theirs = aliased(SignUp), aliased(SignUp)
        pairs = self.session.execute(
            select(ours, theirs)
            .join(theirs, theirs.shift_id == ours.shift_id)
            .where(ours.volunteer_id == self.kept.volunteer_id, theirs.volunteer_id == self.lost.volunteer_id)
        ).all()
        dropped = []
        for our, their in pairs:
            shift, activity = lock_shift(self.session, our.shift_id)
            weaker = our if STRENGTH.index(our.status) < STRENGTH.index(their.status) else their
            dropped.append(self._drop(weaker))
            # One person held two places: the other one goes to who waits.
            offer_free_places(self.session, shift, at=self.at)
            settle_full(self.session, activity, at=self.at, because="two records of one person became one")
        return dropped

    def _memberships(self) -> list[dict[str, Any]]:
        ours, theirs = aliased(OrganisationMember), aliased(OrganisationMember)
        pairs = self.session.execute(
            select(ours, theirs)
            .join(theirs, theirs.organisation_id == ours.organisation_id)
            .where(
                ours.volunteer_id == self.kept.volunteer_id,
                theirs.volunteer_id == self.lost.volunteer_id,
                ours.left_at.is_(None),
                theirs.left_at.is_(None),
            )
        ).all()
        dropped = []
        for stays, goes in pairs:
            before = snapshot(stays)
            stays.joined_at = min(stays.joined_at, goes.joined_at)
            stays.role = max(stays.role, goes.role, key=ROLES.index)
            dropped.append(self._drop(goes))
            self._audit(stays, before)
        return dropped

    def _twice(self, model: type[Base], code: str) -> list[dict[str, Any]]:
        columns = model.__table__.columns
        ours = select(columns[code]).where(columns["volunteer_id"] == self.kept.volunteer_id)
        theirs = select(model).where(
            columns["volunteer_id"] == self.lost.volunteer_id, columns[code].in_(ours)
        )
        return [self._drop(row) for row in self.session.scalars(theirs).all()]

    def _bans(self) -> None:
        """A ban of the lost record stands for the person; of two the longer one."""
        standing = {
            ban.volunteer_id: ban
            for ban in self.session.scalars(
                select(Ban).where(
                    Ban.volunteer_id.in_((self.kept.volunteer_id, self.lost.volunteer_id)),
                    Ban.lifted_at.is_(None),
                )
            )
        }
        theirs = standing.get(self.lost.volunteer_id)
        if theirs is None:
            return
        ours = standing.get(self.kept.volunteer_id)
        if ours is not None:
            ends = (ours.ends_at, theirs.ends_at)
            before = snapshot(ours)
            ours.ends_at = None if None in ends else max(end for end in ends if end is not None)
            self._audit(ours, before)
            before = snapshot(theirs)
            theirs.lifted_at, theirs.lift_reason = self.at, "the ban of the kept record stands for both"
            self._audit(theirs, before)
        self.kept.status = "banned"

    def settle_wills(self) -> None:
        """Of consents to one purpose and recipient the latest word counts, on whichever record it was said."""
        consents = self.session.scalars(
            select(Consent).where(Consent.volunteer_id == self.kept.volunteer_id).order_by(Consent.consent_id)
        ).all()
        withdrawn: dict[tuple[str, str], datetime] = {}
        for one in consents:
            if one.withdrawn_at is not None:
                of = (one.purpose, one.recipient)
                withdrawn[of] = max(withdrawn.get(of, one.withdrawn_at), one.withdrawn_at)
        shows_name = False
        for one in consents:
            last = withdrawn.get((one.purpose, one.recipient))
            if one.withdrawn_at is None and last is not None and last >= one.given_at:
                before = snapshot(one)
                one.withdrawn_at = self.at
                self._audit(one, before)
            shows_name |= one.purpose == "display_name" and one.withdrawn_at is None
        self.kept.display_name = (self.kept.display_name or self.lost.display_name) if shows_name else None

    def decide_candidates(self) -> None:
        """These two are decided; what else was noted about the lost record is asked no more."""
        both = (self.kept.volunteer_id, self.lost.volunteer_id)
        pair = tuple_(DuplicateCandidate.volunteer_id, DuplicateCandidate.other_volunteer_id)
        of_the_lost = or_(
            DuplicateCandidate.volunteer_id == self.lost.volunteer_id,
            DuplicateCandidate.other_volunteer_id == self.lost.volunteer_id,
            pair.in_([both, both[::-1]]),
        )
        for one in self.session.scalars(
            select(DuplicateCandidate).where(of_the_lost, DuplicateCandidate.decided_at.is_(None))
        ):
            one.decision, one.decided_at = "merged", self.at

    def _drop(self, row: Base) -> dict[str, Any]:
        before = {"table": row.__tablename__, **snapshot(row)}
        self.session.delete(row)
        self.session.flush()
        return before

    def _audit(self, row: Base, before: dict[str, Any]) -> None:
        audit(
            self.session,
            self.actor,
            Action.MERGE_VOLUNTEERS,
            row,
            at=self.at,
            reason=self.why,
            before=before,
        )
