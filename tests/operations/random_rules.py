"""What test_random_commands.py holds commands and lists to, written down here without `operations.access` and the rest.

By roles: C city, D district, T township, H organisation, O the volunteer, P an official, V a visitor.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.model import (
    Activity,
    Ban,
    Dispute,
    HonourApproval,
    HonourRecord,
    Organisation,
    OrganisationMember,
    Shift,
    SignUp,
    Volunteer,
)
from operations.queries.activities import ACTIVITIES
from operations.queries.disputes import DISPUTES
from operations.queries.honours import HONOUR_RECORDS
from operations.queries.organisations import MEMBERS, ORGANISATIONS
from operations.queries.sign_ups import ATTENDANCE, SIGN_UPS

LETTERS = {
    Role.CITY_ADMINISTRATOR: "C",
    Role.DISTRICT_ADMINISTRATOR: "D",
    Role.TOWNSHIP_ADMINISTRATOR: "T",
    Role.ORGANISATION_ADMINISTRATOR: "H",
    Role.VOLUNTEER: "O",
    Role.OFFICIAL: "P",
    Role.VISITOR: "V",
}
_BY_ROLES = {
    "CDT": "approve_activity return_activity approve_organisation return_organisation suspend_organisation "
    "reinstate_organisation strike_off_organisation ban_volunteer lift_ban decide_appeal",
    "CDTH": "draft_activity update_activity submit_activity publish_activity open_recruitment close_activity "
    "cancel_activity cancel_shift lift_no_show update_organisation appoint_administrator dismiss_administrator "
    "remove_member approve_honour_record withdraw_honour_approval review_minutes answer_dispute",
    "H": "show_check_in_code invite confirm_sign_up decline_sign_up record_no_show enter_honour_record",
    "HO": "sign_up cancel_sign_up",
    "O": "accept_offer decline_offer leave_organisation check_in check_out appeal_dispute withdraw_dispute",
    "CDTHO": "join_organisation open_dispute",
    "HOV": "apply_for_organisation apply_again",
}
MAY = {command: roles for roles, commands in _BY_ROLES.items() for command in commands.split()}
# A list, who sees it at all, and which rows of a table it holds.
SEES = [
    (ACTIVITIES, "CDTHP", Activity, lambda _: True),
    (ORGANISATIONS, "CDTHP", Organisation, lambda _: True),
    (SIGN_UPS, "CDTH", SignUp, lambda _: True),
    (ATTENDANCE, "CDTH", SignUp, lambda row: row.status in ("confirmed", "no_show")),
    (MEMBERS, "CDTH", OrganisationMember, lambda _: True),
    (HONOUR_RECORDS, "CDTH", HonourRecord, lambda _: True),
    (DISPUTES, "CDTHO", Dispute, lambda _: True),
]
_ANEW = ("requested", "invited", "waiting", "confirmed")
# Which state follows which, by table; None: a new row.
FOLLOWS: dict[str, dict[str | None, tuple[str, ...]]] = {
    "activities": {
        None: ("draft", "recruiting"),
        "draft": ("submitted", "cancelled"),
        "returned": ("submitted", "cancelled"),
        "submitted": ("approved", "returned", "cancelled"),
        "approved": ("recruiting", "running", "cancelled"),
        "recruiting": ("full", "running", "cancelled"),
        "full": ("recruiting", "running", "cancelled"),
        "running": ("finished",),
        "finished": ("closed",),
    },
    "organisations": {
        None: ("applied",),
        "applied": ("active", "returned"),
        "returned": ("applied",),
        "active": ("suspended", "struck_off"),
        "suspended": ("active", "struck_off"),
    },
    "sign_ups": {
        None: _ANEW,
        "requested": ("confirmed", "waiting", "declined", "cancelled"),
        "invited": ("confirmed", "waiting", "declined", "cancelled"),
        "waiting": ("offered", "declined", "cancelled"),
        "offered": ("confirmed", "declined", "cancelled", "expired"),
        "confirmed": ("cancelled", "no_show"),
        "no_show": ("confirmed",),
        "declined": _ANEW,
        "cancelled": _ANEW,
        "expired": _ANEW,
    },
    "honour_records": {
        None: ("entered",),
        "entered": ("endorsed", "approved", "refused"),
        "endorsed": ("approved", "refused"),
        "approved": ("withdrawn",),
    },
    "disputes": {
        None: ("open",),
        "open": ("answered", "appealed", "withdrawn"),
        "answered": ("appealed",),
        "appealed": ("decided", "withdrawn"),
    },
}


def letter(actor: Actor) -> str:
    """The role in one letter; of those who may nothing here, none."""
    return LETTERS.get(actor.role, "-")


def is_theirs(session: Session, actor: Actor, row: Any) -> bool:
    """Whether a row lies where the actor acts: in their area, of their organisation or one below it, or about them."""
    if actor.role is Role.CITY_ADMINISTRATOR:
        return True
    if actor.role is Role.VISITOR:
        return isinstance(row, Organisation) and row.applied_by is None
    if actor.role is Role.VOLUNTEER:
        return actor.volunteer_id in (getattr(row, "volunteer_id", None), getattr(row, "applied_by", None))
    place, organisation_id = _where(session, row)
    if actor.role is Role.ORGANISATION_ADMINISTRATOR:
        return organisation_id in _and_below(session, actor.organisation_id)
    if actor.role is Role.TOWNSHIP_ADMINISTRATOR:
        return place.township_code == actor.area_code
    return place.district_code == actor.area_code


def _where(session: Session, row: Any) -> tuple[Any, int | None]:
    """What has the place of a row, and the organisation that it is of."""
    if isinstance(row, Ban | Volunteer):
        return session.get_one(Volunteer, row.volunteer_id), None
    if isinstance(row, HonourApproval):
        row = session.get_one(HonourRecord, row.record_id)
    if not isinstance(row, Activity) and hasattr(row, "shift_id") and not hasattr(row, "organisation_id"):
        row = session.get_one(Shift, row.shift_id)
    if isinstance(row, Shift):
        row = session.get_one(Activity, row.activity_id)
    if isinstance(row, Activity):
        return row, row.organisation_id
    return session.get_one(Organisation, row.organisation_id), row.organisation_id


def _and_below(session: Session, organisation_id: int | None) -> set[int | None]:
    parent_of = dict(
        session.execute(select(Organisation.organisation_id, Organisation.parent_organisation_id)).all()
    )
    found = {organisation_id}
    while more := {one for one, parent in parent_of.items() if parent in found} - found:
        found |= more
    return found
