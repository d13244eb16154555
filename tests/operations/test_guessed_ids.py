"""Somebody who may not touch a thing learns nothing by guessing its number: what is elsewhere looks like what is not.

All commands there are, called by people of another district, organisation or life, once with what is there and once
with numbers of nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import operations.commands
from operations.access import Actor, NotAllowed, Role
from operations.commands.cards import bind_card
from operations.commands.disputes import open_dispute
from operations.commands.honours import enter_honour_record
from operations.commands.places import register_device
from operations.commands.refusals import Refused
from operations.database import writing

from .activity_stories import GONGSHU, a_plan, do, sign_up_of, stranger, submitted
from .conftest import CITY, NOW, Town, volunteer
from .ledgers import award
from .mall_stories import a_mall

NOTHING = {"card_no": "Z", "device_no": "Z", "lost_card_no": "Z", "session_id": "999999/site/1/CARD/Z:1"}
NO_ID = 999_999
PLAIN: dict[str, Any] = {
    "int": 1,
    "bool": False,
    "bytes": b"",
    "date": NOW.date(),
    "datetime": NOW,
    "Sequence": (),
    "Mapping": {},
    "dict": {},
}
# What the commands on points (points.py) are made of.
INNER = "ledger"
# Parts of commands, which have asked before; the last one answers for each record what the command for one does.
PARTS = {
    "make_administrator",
    "note_correction",
    "audit_event",
    "put_device",
    "cancel_orders_of",
    "move_for_order",
    "approve_honour_records",
}


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command that is given something by its number."""
    modules = (one for one in iter_modules(operations.commands.__path__) if not one.name.startswith(INNER))
    for module in modules:
        for name, found in vars(import_module(f"operations.commands.{module.name}")).items():
            if not inspect.isfunction(found) or found.__module__ != f"operations.commands.{module.name}":
                continue
            given = inspect.signature(found).parameters
            if (
                name not in PARTS
                and not name.startswith("_")
                and {"session", "actor", "at"} <= given.keys()
                and numbers_of(found)
            ):
                yield name, found


def numbers_of(command: Callable[..., Any]) -> list[str]:
    """The arguments of a command that are numbers of things."""
    given = inspect.signature(command).parameters
    return [name for name in given if name.endswith(("_id", "_ids")) or name in NOTHING]


@pytest.fixture
def there(town: Town) -> dict[str, Any]:
    """What is there in the town, by the names of the arguments."""
    shift_id = town.shift()
    person = town.signed_up(shift_id)
    enters = Actor("host", Role.ORGANISATION_ADMINISTRATOR, organisation_id=1, volunteer_id=town.person())
    own = {"volunteer_id": person, "organisation_id": town.organisation_id}
    day = date(2026, 7, 30)
    do(town, bind_card, CITY, card_no="A", volunteer_id=person)
    do(town, register_device, CITY, device_no="D", site_id=town.site_id, model="X")
    record = do(
        town, enter_honour_record, enters, **own, service_day=day, minutes=60, reason="漏刷"
    ).record_id
    said = {"kind": "honour_record", "service_day": day, "statement": "少了", "record_id": record}
    dispute = do(town, open_dispute, CITY, **own, **said).dispute_id
    mall = a_mall(town)
    item_id = mall.item()
    award(town, person, {date(2026, 6, 1): 1_000})
    order_id = mall.order(person, {item_id: 1}, address=None).order.order_id
    sold = {"supplier_id": mall.farm, "item_id": item_id, "order_id": order_id, "order_ids": [order_id]}
    return {
        **own,
        **sold,
        "activity_id": submitted(town),
        "shift_id": shift_id,
        "sign_up_id": sign_up_of(town, person, shift_id).sign_up_id,
        "site_id": town.site_id,
        "record_id": record,
        "record_ids": [record],
        "dispute_id": dispute,
        "kept_volunteer_id": person,
        "lost_volunteer_id": enters.volunteer_id,
        "card_no": "A",
        "lost_card_no": "A",
        "device_no": "D",
        "session_id": f"{person}/site/1/CARD/D:1",
    }


def filled(town: Town, command: Callable[..., Any], numbers: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a command: the numbers, and for the rest what fits."""
    fits: dict[str, Any] = {
        "at": NOW,
        "plan": a_plan(town),
        "area_code": "330106",
        "reason": "核对",
        "level": "city",
    }
    arguments: dict[str, Any] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if name in ("session", "actor") or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if name in numbers_of(command):
            no_id = str(NO_ID) if str(parameter.annotation).startswith("str") else NO_ID
            guessed = [no_id] if name.endswith("_ids") else NOTHING.get(name, no_id)
            arguments[name] = numbers.get(name, guessed)
        elif name in fits:
            arguments[name] = fits[name]
        elif parameter.default is parameter.empty:
            kind = str(parameter.annotation).partition("[")[0].partition(" ")[0]
            arguments[name] = PLAIN.get(kind, "x")
    if command.__name__ == "publish_activity":
        arguments |= {"area_code": "330106", "shifts": (), "title": "x", "category_code": "environment"}
    return arguments


def answered(town: Town, command: Callable[..., Any], actor: Actor, arguments: dict[str, Any]) -> str:
    """What somebody learns from a command, nothing of which is kept."""
    try:
        with writing(town.engine) as session:
            command(session, actor, **arguments)
            session.rollback()
            return "done"
    except (NotAllowed, Refused) as refusal:
        said = f"{type(refusal).__name__}: {refusal}"
    for value in arguments.values():
        said = said.replace(str(value), "…") if isinstance(value, str | int) and len(str(value)) > 1 else said
    return said


@pytest.mark.parametrize("who", ["another district", "another organisation", "another volunteer"])
def test_what_is_elsewhere_looks_like_what_is_not_there(town: Town, there: dict[str, Any], who: str) -> None:
    other = town.person()
    actor = {
        "another district": GONGSHU,
        "another organisation": stranger(town),
        "another volunteer": volunteer(other),
    }[who]
    told = {}
    for name, command in commands():
        elsewhere = answered(town, command, actor, filled(town, command, there))
        nowhere = answered(town, command, actor, filled(town, command, {}))
        if elsewhere != nowhere or elsewhere == "done":
            told[name] = (elsewhere, nowhere)
    assert told == {}, "\n".join(f"{name}: {both}" for name, both in told.items())


def test_nearly_all_commands_are_asked() -> None:
    assert len(list(commands())) > 50
