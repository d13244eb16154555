"""Signing in and out. Every sign-in, every failure and every lock has its row in the audit log.

These commands open their transactions themselves: a failure is written down though it is refused, and a password is
checked outside of any, because it takes a tenth of a second in which nobody should wait for a lock.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role, Where, demand
from operations.database import reading, writing
from operations.model import Account, SignIn
from operations.queries.roles import roles_of
from operations.queries.sign_ins import token_hash
from operations.rules import rule, time_span

from . import passwords
from .records import audit_event, lock, must_write
from .refusals import Refused
from .touched import own

# A stay that is in use is noted no more often than this.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignInOutcome:
    """The token to give to the browser, or None where the sign-in was refused; the page does not say why."""

    token: str | None


def sign_in(
    engine: Engine, *, sign_in_name: str, password: str, at: datetime, origin: str = ""
) -> SignInOutcome:
    """Sign in by name and password. `origin` is the address that the browser came from.

    After a number of failures in a row (`sign_in_failures_before_lock`) the account is locked for some time, also for
    the right password.
    """
    name = sign_in_name.strip().lower()
    with reading(engine) as session:
        stored = session.scalar(select(Account.password_hash).where(Account.sign_in_name == name))
    is_right = passwords.is_right(password, stored)
    with writing(engine) as session:
        account = session.scalar(
            select(Account)
            .where(Account.sign_in_name == name)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if account is None:
            # What was typed may be a password in the wrong place: it is not written down.
            _refused(session, None, "there is no such account", at, origin)
            return SignInOutcome(None)
        if account.disabled_at is not None:
            return _refused(session, account, "the account is disabled", at, origin)
        if account.locked_until is not None and account.locked_until > at:
            return _refused(session, account, "the account is locked", at, origin)
        if not is_right or account.password_hash != stored:
            return _failed(session, account, at, origin)
        if passwords.is_outdated(account.password_hash or ""):
            account.password_hash = passwords.hashed(password)
        token = secrets.token_urlsafe(32)
        _admit(session, account, token, at, origin=origin, by="password")
        return SignInOutcome(token)


def sign_in_by_subject(
    engine: Engine, *, subject: str, token: str, at: datetime, origin: str = ""
) -> SignInOutcome:
    """Sign in somebody whom the city's provider of OpenID Connect has named; `token` is what tells this sign-in there.

    Doing it again with the same token changes nothing; a token whose stay has ended opens no other.
    """
    with writing(engine) as session:
        account = session.scalar(select(Account).where(Account.oidc_subject == subject).with_for_update())
        if account is None:
            return _refused(session, None, "no account has this subject", at, origin)
        if account.disabled_at is not None:
            return _refused(session, account, "the account is disabled", at, origin)
        known = session.scalar(select(SignIn).where(SignIn.token_hash == token_hash(token)))
        if known is None:
            _admit(session, account, token, at, origin=origin, by="openid_connect")
        elif known.ended_at is not None:
            return SignInOutcome(None)
        return SignInOutcome(token)


def sign_out(session: Session, actor: Actor, *, sign_in_id: int, at: datetime) -> None:
    """End one's own stay; ending it twice does nothing.

    Raises `Refused` if it is not one's own; `NotAllowed`.
    """
    stay = _own(session, actor, Action.SIGN_OUT, sign_in_id)
    if stay.ended_at is None:
        stay.ended_at = at
        audit_event(
            session, actor, Action.SIGN_OUT, Account.__tablename__, str(stay.account_id), at=at, after={}
        )


def choose_role(session: Session, actor: Actor, *, sign_in_id: int, key: str, at: datetime) -> None:
    """Act as another of the roles that the account holds, from now on in this stay.

    Raises `Refused` if the account does not hold it; `NotAllowed`.
    """
    stay = _own(session, actor, Action.CHOOSE_ROLE, sign_in_id)
    account = lock(session, Account, stay.account_id, "account")
    held = next((role for role in roles_of(session, account) if role.key == key), None)
    if held is None:
        raise Refused("this role is not, or no longer, yours", "key")
    before = {"acting_as": stay.acting_as}
    stay.acting_as = key
    after = {"acting_as": key, "role": str(held.role), "place": held.place}
    audit_event(
        session,
        actor,
        Action.CHOOSE_ROLE,
        Account.__tablename__,
        str(account.account_id),
        at=at,
        before=before,
        after=after,
    )


def note_seen(session: Session, *, sign_in_id: int, at: datetime) -> None:
    """Note that a stay is in use; it ends by itself when it is idle for too long. Not a command: nobody decides it."""
    must_write(session)
    stay = session.get(SignIn, sign_in_id)
    if stay is not None and stay.last_seen_at < at:
        stay.last_seen_at = at


def _own(session: Session, actor: Actor, action: Action, sign_in_id: int) -> SignIn:
    demand(actor, action, own(actor))
    stay = lock(session, SignIn, sign_in_id, "sign in")
    if stay.account_id != actor.account_id:
        raise Refused("this is not your own sign-in", "sign_in_id")
    return stay


def _admit(session: Session, account: Account, token: str, at: datetime, *, origin: str, by: str) -> None:
    visitor = Actor(account.sign_in_name, Role.VISITOR)
    demand(visitor, Action.SIGN_IN, Where())
    account.failures = 0
    account.locked_until = None
    session.add(
        SignIn(account_id=account.account_id, token_hash=token_hash(token), began_at=at, last_seen_at=at)
    )
    _note(session, visitor, Action.SIGN_IN, account, at, by=by, origin=origin)


def _failed(session: Session, account: Account, at: datetime, origin: str) -> SignInOutcome:
    account.failures += 1
    outcome = _refused(session, account, "the password is wrong", at, origin)
    if account.failures >= rule("sign_in_failures_before_lock", at):
        until = at + time_span("sign_in_lock_time", at)
        account.failures, account.locked_until = 0, until
        _note(session, _SYSTEM, Action.LOCK_ACCOUNT, account, at, until=until.isoformat(), origin=origin)
    return outcome


_SYSTEM = Actor("hub", Role.SYSTEM)


def _refused(session: Session, account: Account | None, why: str, at: datetime, origin: str) -> SignInOutcome:
    name = "" if account is None else account.sign_in_name
    _note(session, Actor(name, Role.VISITOR), Action.REFUSE_SIGN_IN, account, at, why=why, origin=origin)
    return SignInOutcome(None)


def _note(
    session: Session, actor: Actor, action: Action, account: Account | None, at: datetime, **details: str
) -> None:
    subject = "" if account is None else str(account.account_id)
    audit_event(
        session,
        actor,
        action,
        Account.__tablename__,
        subject,
        at=at,
        reason=details.pop("why", ""),
        after={name: value for name, value in details.items() if value},
    )
