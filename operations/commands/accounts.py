"""What can be done to accounts: making, changing, disabling and enabling them, and their passwords.

Which roles an account holds is roles.py's, signing in sign_ins.py's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role, Where, demand
from operations.model import Account, SignIn, Volunteer
from operations.queries.roles import accounts_of_person, standing_grants

from . import passwords
from .identity import masked, read_identity
from .records import add_unique, audit, lock, must_write, snapshot
from .refusals import Refused, required_text
from .roles import require_another
from .touched import own

SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{2,59}")


@dataclass(frozen=True)
class NewPassword:
    """An account, and the password drawn for it, which is shown once and changed at the next sign-in."""

    account: Account
    password: str | None


def create_account(
    session: Session,
    actor: Actor,
    *,
    sign_in_name: str,
    full_name: str,
    at: datetime,
    id_number: str | None = None,
    volunteer_no: str | None = None,
    oidc_subject: str | None = None,
    has_password: bool = True,
    reason: str = "",
) -> NewPassword:
    """Make an account for a person, without any role, and return it with the password drawn for it.

    Whose it is, the identity number or the volunteer number says; without either it cannot get every role. With
    `oidc_subject` its owner signs in through the city's provider, and `has_password` may be false.

    Raises `Refused` for a sign-in name, subject or number that is taken, unknown or cannot be right; `NotAllowed`.
    """
    must_write(session)
    demand(actor, Action.CREATE_ACCOUNT, Where())
    name = _sign_in_name(sign_in_name)
    subject = (oidc_subject or "").strip() or None
    if not has_password and subject is None:
        raise Refused("without a password the account needs a subject to sign in by", "oidc_subject")
    number = None
    if id_number and id_number.strip():
        number = read_identity("resident_identity_card", id_number, born_on=None, sex=None).number
    _require_free(session, name, subject)
    password = passwords.draw() if has_password else None
    account = Account(
        sign_in_name=name,
        full_name=required_text(full_name, "full_name", 80),
        volunteer_id=_volunteer(session, volunteer_no),
        id_number=number,
        password_hash=passwords.hashed(password) if password else None,
        password_changed_at=at,
        must_change_password=has_password,
        oidc_subject=subject,
        created_at=at,
    )
    add_unique(session, account, Refused(f"the sign-in name {name} is taken", "sign_in_name"))
    audit(session, actor, Action.CREATE_ACCOUNT, account, at=at, reason=reason, after=shown(account))
    return NewPassword(account, password)


def update_account(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    full_name: str,
    oidc_subject: str | None,
    at: datetime,
    reason: str = "",
) -> Account:
    """Change the name of an account's owner, or what the city's provider calls them, and return it.

    Raises `Refused` for a subject that another account has; `NotAllowed`.
    """
    demand(actor, Action.UPDATE_ACCOUNT, Where())
    account = lock(session, Account, account_id, "account")
    before = shown(account)
    subject = (oidc_subject or "").strip() or None
    if subject is None and account.password_hash is None:
        raise Refused("this account has no password, and needs a subject to sign in by", "oidc_subject")
    if subject != account.oidc_subject:
        _require_free(session, None, subject)
    account.full_name = required_text(full_name, "full_name", 80)
    account.oidc_subject = subject
    audit(
        session,
        actor,
        Action.UPDATE_ACCOUNT,
        account,
        at=at,
        reason=reason,
        before=before,
        after=shown(account),
    )
    return account


def disable_account(session: Session, actor: Actor, *, account_id: int, reason: str, at: datetime) -> Account:
    """Let nobody sign in by an account, end its sign-ins at once, and return it; its roles stay for later.

    Raises `Refused` without a reason, for one's own account, one that is disabled, or the last of an administration;
    `NotAllowed`.
    """
    demand(actor, Action.DISABLE_ACCOUNT, Where())
    account = lock(session, Account, account_id, "account")
    why = required_text(reason, "reason", 4000)
    if account.disabled_at is not None:
        raise Refused(f"{account.sign_in_name} is disabled already", "account_id")
    if is_own(session, actor, account):
        raise Refused("nobody disables their own account: ask another system administrator", "account_id")
    for grant in standing_grants(session, [account_id]):
        require_another(session, Role(grant.role), account_id)
    before = shown(account)
    account.disabled_at = at
    end_sign_ins(session, account_id, at)
    audit(
        session,
        actor,
        Action.DISABLE_ACCOUNT,
        account,
        at=at,
        reason=why,
        before=before,
        after=shown(account),
    )
    return account


def enable_account(session: Session, actor: Actor, *, account_id: int, reason: str, at: datetime) -> Account:
    """Let a disabled or locked account sign in again, and return it.

    Raises `Refused` without a reason, or if it is neither; `NotAllowed`.
    """
    demand(actor, Action.ENABLE_ACCOUNT, Where())
    account = lock(session, Account, account_id, "account")
    why = required_text(reason, "reason", 4000)
    is_locked = account.locked_until is not None and account.locked_until > at
    if account.disabled_at is None and not is_locked:
        raise Refused(f"{account.sign_in_name} is neither disabled nor locked", "account_id")
    before = shown(account)
    account.disabled_at = account.locked_until = None
    account.failures = 0
    audit(
        session,
        actor,
        Action.ENABLE_ACCOUNT,
        account,
        at=at,
        reason=why,
        before=before,
        after=shown(account),
    )
    return account


def reset_password(
    session: Session, actor: Actor, *, account_id: int, reason: str, at: datetime
) -> NewPassword:
    """Draw a new password for an account, end its sign-ins and a lock, and return both.

    Raises `Refused` without a reason, or for one's own account, whose password one changes; `NotAllowed`.
    """
    demand(actor, Action.RESET_PASSWORD, Where())
    account = lock(session, Account, account_id, "account")
    why = required_text(reason, "reason", 4000)
    if is_own(session, actor, account):
        raise Refused("change your own password instead", "account_id")
    before = shown(account)
    password = passwords.draw()
    _set_password(account, password, at)
    account.must_change_password = True
    end_sign_ins(session, account_id, at)
    audit(
        session, actor, Action.RESET_PASSWORD, account, at=at, reason=why, before=before, after=shown(account)
    )
    return NewPassword(account, password)


def change_password(
    session: Session,
    actor: Actor,
    *,
    old_password: str,
    new_password: str,
    at: datetime,
    keep_sign_in_id: int | None = None,
) -> Account:
    """Change one's own password, end one's other sign-ins, and return the account.

    Raises `Refused` for a wrong old one, or a new one that is weak or the same; `NotAllowed`.
    """
    demand(actor, Action.CHANGE_PASSWORD, own(actor))
    if actor.account_id is None:
        raise Refused("who acts here has no account", "actor")
    account = lock(session, Account, actor.account_id, "account")
    if not passwords.is_right(old_password, account.password_hash):
        raise Refused("this is not your password", "old_password")
    passwords.check_strength(new_password, account.sign_in_name, at, "new_password")
    if new_password == old_password:
        raise Refused("the new password is the old one", "new_password")
    before = shown(account)
    _set_password(account, new_password, at)
    account.must_change_password = False
    end_sign_ins(session, account.account_id, at, keep=keep_sign_in_id)
    audit(session, actor, Action.CHANGE_PASSWORD, account, at=at, before=before, after=shown(account))
    return account


def shown(account: Account) -> dict[str, Any]:
    """An account as the audit log may show it: no hash, the identity number masked."""
    plain = snapshot(account)
    del plain["password_hash"]
    if account.id_number is not None:
        plain["id_number"] = masked(account.id_number)
    return plain


def is_own(session: Session, actor: Actor, account: Account) -> bool:
    """Whether an account is of the person who acts, be it by another account of theirs."""
    return actor.account_id in {one.account_id for one in accounts_of_person(session, account)}


def end_sign_ins(session: Session, account_id: int, at: datetime, *, keep: int | None = None) -> None:
    """End all sign-ins of an account that stand, but the one to `keep`."""
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.sign_in_id != (keep or 0))
        .values(ended_at=at)
    )


def _set_password(account: Account, password: str, at: datetime) -> None:
    account.password_hash = passwords.hashed(password)
    account.password_changed_at = at
    account.failures = 0
    account.locked_until = None


def _sign_in_name(text: str) -> str:
    name = text.strip().lower()
    if not SIGN_IN_NAME.fullmatch(name):
        raise Refused(
            "a sign-in name has 3 to 60 signs: letters a to z, digits, and . _ - @ after the first",
            "sign_in_name",
        )
    return name


def _require_free(session: Session, name: str | None, subject: str | None) -> None:
    if name and session.scalar(select(Account.account_id).where(Account.sign_in_name == name)):
        raise Refused(f"the sign-in name {name} is taken", "sign_in_name")
    if subject and session.scalar(select(Account.account_id).where(Account.oidc_subject == subject)):
        raise Refused("another account has this subject", "oidc_subject")


def _volunteer(session: Session, volunteer_no: str | None) -> int | None:
    if not volunteer_no or not volunteer_no.strip():
        return None
    found = session.scalar(
        select(Volunteer.volunteer_id).where(Volunteer.volunteer_no == volunteer_no.strip())
    )
    if found is None:
        raise Refused(f"there is no volunteer {volunteer_no.strip()}", "volunteer_no")
    return found
