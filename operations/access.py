"""Who may do what: role × area × action, the one place that decides, for commands, lists, pages and doors alike.

Here: who acts, what an action touches, and the scope in which a role holds an action. Never here: which roles are
granted an action (grants.py), how somebody signed in, or a rule about the thing itself (that nobody approves their own
record is the command's rule, whoever asks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .actions import Action, Role
from .grants import GRANTED

__all__ = [
    "CITY",
    "Action",
    "Actor",
    "NotAllowed",
    "Role",
    "Scope",
    "Where",
    "demand",
    "is_allowed",
    "scope_of",
]

# The area of an official who looks at the whole city; districts have 6 digits, townships 9.
CITY = "city"

ScopeKind = Literal[
    "nothing", "everything", "district_code", "township_code", "organisation_id", "volunteer_id", "device_no"
]


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. What the role does not need stays None.

    `name` is what the audit log shows (of an account its sign-in name); `area_code` is the district (6 digits) or
    township (9) administered, for an official also `CITY`; `volunteer_id` is the person, whichever account and role
    they act by.
    """

    name: str
    role: Role
    area_code: str | None = None
    organisation_id: int | None = None
    volunteer_id: int | None = None
    device_no: str | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class Where:
    """What an action touches: the area, organisation, person or device it belongs to, as far as it has them.

    `parent_organisation_ids` are all organisations above `organisation_id`: what a child does is their matter too.
    """

    district_code: str | None = None
    township_code: str | None = None
    organisation_id: int | None = None
    volunteer_id: int | None = None
    device_no: str | None = None
    parent_organisation_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scope:
    """How far an action reaches for somebody: nothing, everything, or all that has `value` in `kind`.

    Of kind `organisation_id` it holds the organisation and all below it.
    """

    kind: ScopeKind
    value: str | int | None = None

    def covers(self, where: Where) -> bool:
        """Whether what is touched lies within."""
        if self.kind in ("nothing", "everything"):
            return self.kind == "everything"
        # Without this, somebody without an area would match everything that has none.
        if self.value is None:
            return False
        if self.kind == "organisation_id" and self.value in where.parent_organisation_ids:
            return True
        return getattr(where, self.kind) == self.value


NOTHING = Scope("nothing")
EVERYTHING = Scope("everything")


class NotAllowed(Exception):
    """The actor may not do this here; nothing was changed."""


# The roles that hold theirs in a part of the city only: the kind of their scope, and what of the actor is its value.
_PARTS: dict[Role, tuple[ScopeKind, str]] = {
    Role.DISTRICT_ADMINISTRATOR: ("district_code", "area_code"),
    Role.TOWNSHIP_ADMINISTRATOR: ("township_code", "area_code"),
    Role.ORGANISATION_ADMINISTRATOR: ("organisation_id", "organisation_id"),
    Role.VOLUNTEER: ("volunteer_id", "volunteer_id"),
    Role.DEVICE: ("device_no", "device_no"),
    Role.SHOP_TERMINAL: ("device_no", "device_no"),
}


def scope_of(actor: Actor, action: Action) -> Scope:
    """How far `actor` holds `action`; lists show what lies within, commands touch nothing else.

    A role that is granted the action holds it in its scope only: an administrator of an area there, of an organisation
    for that organisation and those below it, a volunteer for themselves, a device or terminal for itself, an
    official in the area they look at. The other roles hold theirs everywhere. `SYSTEM` (imports of the product
    itself) holds all.
    """
    if actor.role is Role.SYSTEM:
        return EVERYTHING
    if actor.role not in GRANTED[action]:
        return NOTHING
    if actor.role is Role.OFFICIAL:
        return _looked_at(actor.area_code)
    if actor.role not in _PARTS:
        return EVERYTHING
    kind, own = _PARTS[actor.role]
    value = getattr(actor, own)
    return NOTHING if value is None else Scope(kind, value)


def _looked_at(area_code: str | None) -> Scope:
    if area_code is None:
        return NOTHING
    if area_code == CITY:
        return EVERYTHING
    return Scope("district_code" if len(area_code) == 6 else "township_code", area_code)


def is_allowed(actor: Actor, action: Action, where: Where) -> bool:
    """Whether `actor` may do `action` at `where`."""
    return scope_of(actor, action).covers(where)


def demand(actor: Actor, action: Action, where: Where) -> None:
    """Do nothing if the actor may.

    Raises `NotAllowed` otherwise; its message tells nothing of what is there, so that guessed ids teach nothing.
    """
    if not is_allowed(actor, action, where):
        raise NotAllowed(f"{actor.name} ({actor.role}) may not {action.replace('_', ' ')} here")
