"""Who is signed in: from the token of a browser to the account and the role that it acts as."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.model import Account, SignIn
from operations.rules import time_span

from .roles import HeldRole, roles_of, volunteer_of


@dataclass(frozen=True)
class SignedIn:
    """An account that is signed in: the roles that it holds, and the actor of the one that it acts as.

    Without any role the actor is a visitor, who may do nothing here.
    """

    sign_in_id: int
    account_id: int
    full_name: str
    roles: tuple[HeldRole, ...]
    acting_as: HeldRole | None
    actor: Actor
    has_password: bool
    must_change_password: bool
    last_seen_at: datetime


def token_hash(token: str) -> str:
    """What is kept of a token: who reads the database cannot sign in by it."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(session: Session, token: str, at: datetime) -> SignedIn | None:
    """Who is signed in by a token, or None: never, ended, idle or open for too long, or of a disabled account."""
    row = session.execute(
        select(SignIn, Account)
        .join(Account, Account.account_id == SignIn.account_id)
        .where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    sign_in, account = row
    if (
        account.disabled_at is not None
        or at - sign_in.last_seen_at > time_span("sign_in_idle_limit", at)
        or at - sign_in.began_at > time_span("sign_in_length_limit", at)
    ):
        return None
    roles = roles_of(session, account)
    chosen = next((role for role in roles if role.key == sign_in.acting_as), roles[0] if roles else None)
    nobody = Actor(account.sign_in_name, Role.VISITOR, account_id=account.account_id)
    return SignedIn(
        sign_in_id=sign_in.sign_in_id,
        account_id=account.account_id,
        full_name=account.full_name,
        roles=tuple(roles),
        acting_as=chosen,
        actor=nobody if chosen is None else chosen.actor(account, volunteer_of(session, account)),
        has_password=account.password_hash is not None,
        must_change_password=_must_change(account, at),
        last_seen_at=sign_in.last_seen_at,
    )


def _must_change(account: Account, at: datetime) -> bool:
    if account.password_hash is None:
        return False
    changed_at = account.password_changed_at
    too_old = changed_at is not None and at - changed_at > time_span("password_age_limit", at)
    return account.must_change_password or too_old
