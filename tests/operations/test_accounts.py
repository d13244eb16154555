"""Accounts: making, disabling, enabling them, and their passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from operations.access import Actor, NotAllowed, Role
from operations.commands import accounts, sign_ins
from operations.commands.accounts import NewPassword
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Account, AuditEntry
from operations.queries.accounts import ACCOUNTS, owner_of
from operations.queries.paging import Wanted, page_of
from operations.queries.sign_ins import SignedIn, signed_in

from .conftest import CITY, NOW, Town

MAKER = Actor("maker", Role.SYSTEM_ADMINISTRATOR)
ID_NUMBER = "33010619900307885X"
STRONG = "Sunny-Lake-2026"
MINUTE = timedelta(minutes=1)


def made(engine: Engine, name: str = "wang.min", *, by: Actor = MAKER, **given: Any) -> NewPassword:
    with writing(engine) as session:
        return accounts.create_account(
            session, by, **{"sign_in_name": name, "full_name": "王敏", "at": NOW, **given}
        )


def refusal(engine: Engine, command: Any, actor: Actor = MAKER, **given: Any) -> Refused:
    with pytest.raises(Refused) as refused, writing(engine) as session:
        command(session, actor, **{"at": NOW, **given})
    return refused.value


def enter(engine: Engine, password: str | None, name: str = "wang.min", *, minutes: int = 0) -> str | None:
    """The token of a sign-in, or None where it was refused."""
    return sign_ins.sign_in(
        engine, sign_in_name=name, password=password or "", at=NOW + minutes * MINUTE
    ).token


def who(engine: Engine, token: str | None, *, minutes: int = 0) -> SignedIn | None:
    with reading(engine) as session:
        return signed_in(session, token or "", NOW + minutes * MINUTE)


def entries(engine: Engine, action: str) -> list[AuditEntry]:
    with reading(engine) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_new_account_gets_a_drawn_password_that_must_be_changed(engine: Engine) -> None:
    new = made(engine, " Wang.Min ", id_number=ID_NUMBER)
    assert new.account.sign_in_name == "wang.min"
    stay = who(engine, enter(engine, new.password))
    assert stay is not None and stay.must_change_password and stay.roles == ()
    assert stay.actor.role is Role.VISITOR


def test_the_audit_log_knows_neither_hash_nor_password_nor_number(engine: Engine) -> None:
    new = made(engine, id_number=ID_NUMBER)
    entry = entries(engine, "create_account")[0]
    written = f"{entry.before} {entry.after}"
    assert entry.after is not None and entry.after["id_number"] == "330106********885X"
    assert "argon2" not in written and str(new.password) not in written and ID_NUMBER not in written


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sign_in_name": "王敏"}, "sign_in_name"),
        ({"sign_in_name": "wang.min"}, "sign_in_name"),
        ({"full_name": " "}, "full_name"),
        ({"id_number": "330106199003078891"}, "id_number"),
        ({"volunteer_no": "000"}, "volunteer_no"),
        ({"oidc_subject": "s-1"}, "oidc_subject"),
        ({"has_password": False}, "oidc_subject"),
    ],
)
def test_what_cannot_be_an_account_is_refused_beside_its_field(
    engine: Engine, given: dict[str, Any], field: str
) -> None:
    made(engine, oidc_subject="s-1")
    arguments = {"sign_in_name": "li.si", "full_name": "李四", **given}
    assert refusal(engine, accounts.create_account, **arguments).field == field


@pytest.mark.parametrize("role", [Role.CITY_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR])
def test_only_the_system_administrator_makes_resets_and_disables_accounts(engine: Engine, role: Role) -> None:
    account_id = made(engine).account.account_id
    other = Actor("other", role)
    for command, given in (
        (accounts.create_account, {"sign_in_name": "x.y", "full_name": "x"}),
        (accounts.update_account, {"account_id": account_id, "full_name": "x", "oidc_subject": None}),
        (accounts.disable_account, {"account_id": account_id, "reason": "x"}),
        (accounts.enable_account, {"account_id": account_id, "reason": "x"}),
        (accounts.reset_password, {"account_id": account_id, "reason": "x"}),
    ):
        with pytest.raises(NotAllowed), writing(engine) as session:
            command(session, other, at=NOW, **given)  # type: ignore[operator]


def test_a_disabled_account_ends_its_stays_and_signs_in_no_more_until_enabled(engine: Engine) -> None:
    new = made(engine)
    token = enter(engine, new.password)
    given = {"account_id": new.account.account_id, "reason": "调离", "at": NOW}
    with writing(engine) as session:
        accounts.disable_account(session, MAKER, **given)
    assert who(engine, token) is None
    assert enter(engine, new.password) is None
    assert refusal(engine, accounts.disable_account, **given).field == "account_id"
    with writing(engine) as session:
        accounts.enable_account(session, MAKER, **given)
    assert enter(engine, new.password) is not None
    assert refusal(engine, accounts.enable_account, **given).field == "account_id"
    assert [entries(engine, f"{verb}_account")[0].reason for verb in ("disable", "enable")] == [
        "调离",
        "调离",
    ]


def test_nobody_disables_or_resets_their_own_account_nor_by_their_second_one(engine: Engine) -> None:
    first = made(engine, id_number=ID_NUMBER).account
    second = made(engine, "wang.min2", id_number=ID_NUMBER).account
    actor = Actor("wang.min", Role.SYSTEM_ADMINISTRATOR, account_id=first.account_id)
    for command in (accounts.disable_account, accounts.reset_password):
        for account in (first, second):
            given = {"account_id": account.account_id, "reason": "试试"}
            assert refusal(engine, command, actor, **given).field == "account_id"


def test_a_reset_password_opens_once_and_the_old_one_no_more(engine: Engine) -> None:
    new = made(engine)
    token = enter(engine, new.password)
    with writing(engine) as session:
        reset = accounts.reset_password(
            session, MAKER, account_id=new.account.account_id, reason="忘记了", at=NOW
        )
    assert who(engine, token) is None
    assert enter(engine, new.password) is None
    stay = who(engine, enter(engine, reset.password))
    assert stay is not None and stay.must_change_password


def test_a_changed_password_ends_the_other_stays_and_keeps_this_one(engine: Engine) -> None:
    new = made(engine)
    here, elsewhere = enter(engine, new.password), enter(engine, new.password)
    stay = who(engine, here)
    assert stay is not None
    with writing(engine) as session:
        accounts.change_password(
            session,
            stay.actor,
            old_password=str(new.password),
            new_password=STRONG,
            at=NOW,
            keep_sign_in_id=stay.sign_in_id,
        )
    kept = who(engine, here)
    assert kept is not None and not kept.must_change_password
    assert who(engine, elsewhere) is None
    assert enter(engine, STRONG) is not None
    assert enter(engine, new.password) is None


@pytest.mark.parametrize(
    ("old", "chosen", "field"),
    [
        ("wrong", STRONG, "old_password"),
        (None, "Short-1", "new_password"),
        (None, "onlylowercase", "new_password"),
        (None, "Wang.Min-2026", "new_password"),
        (None, None, "new_password"),
        (None, "Aa1-" * 40, "new_password"),
    ],
)
def test_a_weak_or_old_password_is_not_taken(
    engine: Engine, old: str | None, chosen: str | None, field: str
) -> None:
    new = made(engine)
    actor = Actor("wang.min", Role.AUDITOR, account_id=new.account.account_id)
    given = {"old_password": old or new.password, "new_password": chosen or new.password}
    assert refusal(engine, accounts.change_password, actor, **given).field == field


def test_a_password_grows_old(engine: Engine) -> None:
    new = made(engine)
    with writing(engine) as session:
        account = session.get_one(Account, new.account.account_id)
        account.must_change_password = False
        account.password_changed_at = NOW - timedelta(days=180)
    assert not who(engine, enter(engine, new.password)).must_change_password  # type: ignore[union-attr]
    assert who(engine, enter(engine, new.password, minutes=1), minutes=1).must_change_password  # type: ignore[union-attr]


def test_an_account_without_password_signs_in_by_its_subject_only(engine: Engine) -> None:
    new = made(engine, oidc_subject="s-1", has_password=False)
    assert new.password is None
    assert enter(engine, "") is None
    given = {"account_id": new.account.account_id, "full_name": "王敏敏"}
    assert refusal(engine, accounts.update_account, oidc_subject=" ", **given).field == "oidc_subject"
    with writing(engine) as session:
        accounts.update_account(session, MAKER, oidc_subject="s-2", at=NOW, **given)
    assert entries(engine, "update_account")[0].after["oidc_subject"] == "s-2"  # type: ignore[index]


def test_the_list_of_accounts_finds_by_name_state_and_role(town: Town) -> None:
    engine = town.engine
    made(engine)
    gone = made(engine, "li.si", full_name="李四").account.account_id
    with writing(engine) as session:
        accounts.disable_account(session, MAKER, account_id=gone, reason="调离", at=NOW)

    def names(**wanted: Any) -> list[str]:
        with reading(engine) as session:
            found = page_of(session, MAKER, ACCOUNTS, Wanted(**wanted), on=NOW.date())
        return [row["sign_in_name"] for row in found.rows]

    assert names() == ["li.si", "wang.min"]
    assert names(search="王") == names(search="wang") == names(filters={"state": "active"}) == ["wang.min"]
    assert names(filters={"state": "disabled"}) == ["li.si"]
    assert names(filters={"state": "locked"}) == names(filters={"role": "auditor"}) == []
    with pytest.raises(NotAllowed), reading(engine) as session:
        page_of(session, CITY, ACCOUNTS, Wanted(), on=NOW.date())


def test_whose_an_account_is_shows_masked(engine: Engine) -> None:
    new = made(engine, id_number=ID_NUMBER)
    with reading(engine) as session:
        owner = owner_of(session, new.account.account_id)
    assert owner["id_number"] == "330106********885X"
    assert owner["last_sign_in_at"] is None
