"""Signing in and out: lock-out, idle stays, tokens, and the rows of the audit log that each leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from operations.access import Actor, Role
from operations.commands import sign_ins
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import SignIn

from .conftest import NOW
from .test_accounts import MINUTE, enter, entries, made, who


def test_a_sign_in_and_a_failure_are_written_down_with_where_they_came_from(engine: Engine) -> None:
    new = made(engine)
    right, wrong = str(new.password), "wrong"
    for password in (right, wrong):
        sign_ins.sign_in(engine, sign_in_name="WANG.MIN", password=password, at=NOW, origin="10.1.2.3")
    (entered,), (failed,) = entries(engine, "sign_in"), entries(engine, "refuse_sign_in")
    assert (entered.actor, entered.role, entered.after) == (
        "wang.min",
        "visitor",
        {"by": "password", "origin": "10.1.2.3"},
    )
    assert (failed.actor, failed.reason, failed.after) == (
        "wang.min",
        "the password is wrong",
        {"origin": "10.1.2.3"},
    )


def test_what_was_typed_as_an_unknown_name_is_not_kept(engine: Engine) -> None:
    assert enter(engine, "x", name="my-secret-password") is None
    (failed,) = entries(engine, "refuse_sign_in")
    assert (failed.actor, failed.reason) == ("", "there is no such account")


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour_also_for_the_right_password(
    engine: Engine,
) -> None:
    password = made(engine).password
    for _ in range(5):
        assert enter(engine, "wrong") is None
    assert enter(engine, password, minutes=14) is None
    (locked,) = entries(engine, "lock_account")
    assert (locked.actor, locked.role) == ("hub", "system")
    assert entries(engine, "refuse_sign_in")[-1].reason == "the account is locked"
    assert enter(engine, password, minutes=15) is not None


def test_a_right_password_forgives_the_failures_before(engine: Engine) -> None:
    password = made(engine).password
    for _ in range(3):
        for _ in range(4):
            assert enter(engine, "wrong") is None
        assert enter(engine, password) is not None
    assert entries(engine, "lock_account") == []


def test_guessing_at_once_is_locked_too(engine: Engine) -> None:
    password = made(engine).password
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda number: enter(engine, f"guess {number}"), range(8)))
    assert tokens == [None] * 8
    assert enter(engine, password) is None
    assert len(entries(engine, "lock_account")) == 1


def test_a_stay_ends_when_idle_for_half_an_hour_and_after_half_a_day(engine: Engine) -> None:
    token = enter(engine, made(engine).password)
    assert who(engine, token, minutes=30) is not None
    assert who(engine, token, minutes=31) is None
    for minutes in range(25, 12 * 60, 25):
        stay = who(engine, token, minutes=minutes)
        assert stay is not None
        with writing(engine) as session:
            sign_ins.note_seen(session, sign_in_id=stay.sign_in_id, at=NOW + minutes * MINUTE)
    assert who(engine, token, minutes=12 * 60) is not None
    assert who(engine, token, minutes=12 * 60 + 1) is None


def test_each_sign_in_has_a_token_of_its_own_of_which_only_the_hash_is_kept(engine: Engine) -> None:
    password = made(engine).password
    tokens = {enter(engine, password) for _ in range(3)}
    with reading(engine) as session:
        kept = set(session.scalars(select(SignIn.token_hash)))
    assert len(tokens) == len(kept) == 3
    assert not tokens & kept
    assert who(engine, next(iter(kept))) is None


def test_who_signs_out_is_out_and_only_they_can(engine: Engine) -> None:
    stay = who(engine, token := enter(engine, made(engine).password))
    assert stay is not None
    stranger = Actor("other", Role.AUDITOR, account_id=stay.account_id + 1)
    with pytest.raises(Refused), writing(engine) as session:
        sign_ins.sign_out(session, stranger, sign_in_id=stay.sign_in_id, at=NOW)
    for _ in range(2):
        with writing(engine) as session:
            sign_ins.sign_out(session, stay.actor, sign_in_id=stay.sign_in_id, at=NOW)
    assert who(engine, token) is None
    assert len(entries(engine, "sign_out")) == 1


def test_the_provider_names_a_subject_and_only_a_known_one_enters(engine: Engine) -> None:
    made(engine, oidc_subject="s-1", has_password=False)

    def enter_by(subject: str, token: str) -> str | None:
        return sign_ins.sign_in_by_subject(engine, subject=subject, token=token, at=NOW).token

    assert enter_by("s-2", "a") is None
    assert enter_by("s-1", "b") == enter_by("s-1", "b") == "b"
    assert [entry.after for entry in entries(engine, "sign_in")] == [{"by": "openid_connect"}]
    stay = who(engine, "b")
    assert stay is not None
    with writing(engine) as session:
        sign_ins.sign_out(session, stay.actor, sign_in_id=stay.sign_in_id, at=NOW)
    assert enter_by("s-1", "b") is None
    assert enter_by("s-1", "c") == "c"
