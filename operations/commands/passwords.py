"""Passwords: whether one is strong enough, its hash, and drawing one.

Here: texts and hashes. Never here: the database, or whose it is.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from operations.rules import rule

from .refusals import Refused

LONGEST = 128
# Without signs that look alike, so that it can be read out.
DRAWN_FROM = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")
DRAWN_CHARACTERS = 12
# The parameters that RFC 9106 recommends where memory is short (64 MiB): argon2-cffi's own.
_HASHER = PasswordHasher()


def check_strength(password: str, sign_in_name: str, at: datetime, field: str = "password") -> None:
    """Do nothing if a password may be chosen.

    Raises `Refused` for one that is short, of few kinds of characters or holds the sign-in name (GB/T 22239-2019).
    """
    least = rule("password_length_least", at)
    if len(password) < least:
        raise Refused(f"a password has at least {least} characters", field)
    if len(password) > LONGEST:
        raise Refused(f"a password has at most {LONGEST} characters", field)
    tests = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    kinds = sum(any(test(sign) for sign in password) for test in tests)
    if kinds < (most := rule("password_kinds_least", at)):
        raise Refused(
            f"a password holds at least {most} kinds of: upper case, lower case, digits, other signs", field
        )
    if sign_in_name.lower() in password.lower():
        raise Refused("a password does not hold the sign-in name", field)


def hashed(password: str, *, salt: bytes | None = None) -> str:
    """The argon2id hash of a password, with its parameters and a salt of its own (`salt` only for made-up cities)."""
    return _HASHER.hash(password, salt=salt)


def is_right(password: str, stored: str | None) -> bool:
    """Whether it is the password of a stored hash; as slow for None, so that time tells not which names there are."""
    try:
        _HASHER.verify(_of_nobody() if stored is None else stored, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def draw() -> str:
    """A password that nobody chose, strong enough and easy to read out; for one use."""
    certain = [secrets.choice(kind) for kind in DRAWN_FROM]
    rest = [secrets.choice("".join(DRAWN_FROM)) for _ in range(DRAWN_CHARACTERS - len(certain))]
    signs = certain + rest
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)


@cache
def _of_nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
