"""Who may do what: role × area × action, the one place that decides, for commands, pages and doors alike.

Here: roles, actions, and the scope in which a role holds an action. Never here: how somebody signed in, or a rule about
the thing itself (that nobody approves their own record is the command's rule, whoever asks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody acts as. The three administrations of a level-3 system are different roles, never one."""

    CITY_ADMINISTRATOR = "city_administrator"
    DISTRICT_ADMINISTRATOR = "district_administrator"
    TOWNSHIP_ADMINISTRATOR = "township_administrator"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    OFFICIAL = "official"
    VOLUNTEER = "volunteer"
    VISITOR = "visitor"
    DEVICE = "device"
    SYSTEM = "system"


class Action(StrEnum):
    """What can be asked for; each command asks for the action of its own name."""

    REGISTER_ORGANISATION = "register_organisation"
    JOIN_ORGANISATION = "join_organisation"
    REGISTER_VOLUNTEER = "register_volunteer"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    REGISTER_SITE = "register_site"
    REGISTER_DEVICE = "register_device"
    RECORD_HEARTBEAT = "record_heartbeat"
    BIND_CARD = "bind_card"
    REPORT_CARD_LOST = "report_card_lost"
    REISSUE_CARD = "reissue_card"
    PUBLISH_ACTIVITY = "publish_activity"
    SIGN_UP = "sign_up"
    CONFIRM_SIGN_UP = "confirm_sign_up"
    CANCEL_SIGN_UP = "cancel_sign_up"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    ENTER_HONOUR_RECORD = "enter_honour_record"
    APPROVE_HONOUR_RECORD = "approve_honour_record"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. What the role does not need stays None.

    `name` is what the audit log shows; `area_code` is the district (6 digits) or township (9) administered;
    `volunteer_id` is the person, whichever account and role they act by.
    """

    name: str
    role: Role
    area_code: str | None = None
    organisation_id: int | None = None
    volunteer_id: int | None = None
    device_no: str | None = None


@dataclass(frozen=True)
class Where:
    """What an action touches: the area, organisation, person or device it belongs to, as far as it has them."""

    district_code: str | None = None
    township_code: str | None = None
    organisation_id: int | None = None
    volunteer_id: int | None = None
    device_no: str | None = None


class NotAllowed(Exception):
    """The actor may not do this here; nothing was changed."""


_AREA = frozenset({Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.TOWNSHIP_ADMINISTRATOR})
_OWN = frozenset({Role.VOLUNTEER})
_HOST = frozenset({Role.ORGANISATION_ADMINISTRATOR})

# Roles without a line here (security, audit, analysis, officials) change nothing in the service records.
_GRANTED: dict[Action, frozenset[Role]] = {
    Action.REGISTER_ORGANISATION: _AREA,
    Action.JOIN_ORGANISATION: _AREA | _HOST | _OWN,
    Action.REGISTER_VOLUNTEER: _AREA | _HOST | {Role.VISITOR},
    Action.GIVE_CONSENT: _AREA | _OWN,
    Action.WITHDRAW_CONSENT: _AREA | _OWN,
    Action.REGISTER_SITE: _AREA | _HOST,
    Action.REGISTER_DEVICE: _AREA,
    Action.RECORD_HEARTBEAT: frozenset({Role.DEVICE}),
    Action.BIND_CARD: _AREA,
    Action.REPORT_CARD_LOST: _AREA | _OWN,
    Action.REISSUE_CARD: _AREA,
    Action.PUBLISH_ACTIVITY: _AREA | _HOST,
    Action.SIGN_UP: _HOST | _OWN,
    Action.CONFIRM_SIGN_UP: _HOST,
    Action.CANCEL_SIGN_UP: _HOST | _OWN,
    Action.CHECK_IN: _OWN,
    Action.CHECK_OUT: _OWN,
    Action.ENTER_HONOUR_RECORD: _HOST,
    Action.APPROVE_HONOUR_RECORD: _AREA | _HOST,
}

_EVERYWHERE = frozenset({Role.CITY_ADMINISTRATOR, Role.VISITOR})
# What of the actor must be the same as what of the thing touched.
_SCOPES = {
    Role.DISTRICT_ADMINISTRATOR: ("area_code", "district_code"),
    Role.TOWNSHIP_ADMINISTRATOR: ("area_code", "township_code"),
    Role.ORGANISATION_ADMINISTRATOR: ("organisation_id", "organisation_id"),
    Role.VOLUNTEER: ("volunteer_id", "volunteer_id"),
    Role.DEVICE: ("device_no", "device_no"),
}


def is_allowed(actor: Actor, action: Action, where: Where) -> bool:
    """Whether `actor` may do `action` at `where`.

    A role that is granted the action holds it in its scope only: an administrator of an area there, of an organisation
    for that organisation, a volunteer for themselves, a device for itself. The city's administrators hold
    theirs everywhere. `SYSTEM` (imports of the product itself) holds all.
    """
    if actor.role is Role.SYSTEM:
        return True
    return actor.role in _GRANTED[action] and _is_in_scope(actor, where)


def _is_in_scope(actor: Actor, where: Where) -> bool:
    if actor.role in _EVERYWHERE:
        return True
    own, touched = _SCOPES[actor.role]
    return _same(getattr(actor, own), getattr(where, touched))


def _same(own: object, touched: object) -> bool:
    # Without this, somebody without an area would match everything that has none.
    return own is not None and own == touched


def demand(actor: Actor, action: Action, where: Where) -> None:
    """Do nothing if the actor may.

    Raises `NotAllowed` otherwise; its message tells nothing of what is there, so that guessed ids teach nothing.
    """
    if not is_allowed(actor, action, where):
        raise NotAllowed(f"{actor.name} ({actor.role}) may not {action.replace('_', ' ')} here")
