"""What administrators ask of lists: every list there is, and who asks what of it."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from sqlalchemy.orm import Session

import operations.queries
from benchmarks.large_city import NOW
from operations.access import Actor, Role, scope_of
from operations.queries.paging import Listing, Wanted, page_of

WHO = (
    Actor("city", Role.CITY_ADMINISTRATOR, volunteer_id=1),
    Actor("district", Role.DISTRICT_ADMINISTRATOR, area_code="330106", volunteer_id=1),
    Actor("township", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106005", volunteer_id=1),
    Actor("organisation", Role.ORGANISATION_ADMINISTRATOR, organisation_id=1_007, volunteer_id=1),
    Actor("head of a district", Role.ORGANISATION_ADMINISTRATOR, organisation_id=7, volunteer_id=1),
    Actor("head of the city", Role.ORGANISATION_ADMINISTRATOR, organisation_id=1, volunteer_id=1),
    Actor("volunteer", Role.VOLUNTEER, volunteer_id=1),
    Actor("auditor", Role.AUDITOR, volunteer_id=1),
    Actor("security", Role.SECURITY_ADMINISTRATOR, volunteer_id=1),
)
# Of what a list is made that is of a moment or of one thing.
MADE_OF: dict[str, Any] = {"at": NOW, "shift_id": 50_001, "activity_id": 50_001}
# Many, few and one: a surname that one in eight has, one in a hundred, and the beginning of a whole name.
NAMES = ("张", "欧", "张1234")
# What is asked beside the value of a row of the first page: states that few rows or none are in, and places where few
# of those are who are asked about.
ALSO = {
    "status": ("banned", "merged", "no_show", "waiting", "returned", "endorsed", "withdrawn", "appealed"),
    "state": ("lost", "ended", "waiting", "revoked", "closed", "retired", "disabled", "locked"),
    "district_code": ("330106", "330110"),
    "township_code": ("330110005",),
    "action": ("lift_ban", "erase_volunteer"),
}
# Beyond the last page the last one is shown.
LAST_PAGE = 10**6


@dataclass(frozen=True)
class Request:
    """One question that somebody asks of one list."""

    who: Actor
    listing: Listing
    what: str
    wanted: Wanted

    def __str__(self) -> str:
        return f"{self.listing.name}, {self.who.name}: {self.what}"


def all_listings() -> list[Listing]:
    """Every list that a module of operations.queries declares or makes, by name.

    Raises `KeyError` for one that is made of something that `MADE_OF` does not name.
    """
    found: dict[str, Listing] = {}
    for name in (module.name for module in pkgutil.iter_modules(operations.queries.__path__)):
        module = import_module(f"operations.queries.{name}")
        for listing in (*_declared(module), *(made() for made in _made(module))):
            found[listing.name] = listing
    return [found[name] for name in sorted(found)]


def _declared(module: ModuleType) -> Iterator[Listing]:
    return (value for value in vars(module).values() if isinstance(value, Listing))


def _made(module: ModuleType) -> Iterator[Callable[[], Listing]]:
    for name, value in inspect.getmembers(module, inspect.isfunction):
        if value.__module__ != module.__name__ or name.startswith("_"):
            continue
        asked = inspect.signature(value)
        if asked.return_annotation in ("Listing", Listing):
            given = {parameter: MADE_OF[parameter] for parameter in asked.parameters}
            yield lambda make=value, given=given: make(**given)


def requests_of(session: Session, listing: Listing) -> Iterator[Request]:
    """What everybody who may see something of a list asks of it."""
    for who in WHO:
        if scope_of(who, listing.action).kind == "nothing":
            continue
        first = page_of(session, who, listing, Wanted(), on=NOW)
        for what, wanted in _asked(listing, first.rows):
            yield Request(who, listing, what, wanted)


def _asked(listing: Listing, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Wanted]]:
    for sort in listing.sorts:
        yield f"by {sort}", Wanted(sort=sort)
        yield f"by {sort}, from the end", Wanted(sort=f"-{sort}")
    yield "the tenth page", Wanted(page=10)
    yield "the last page that is turned to", Wanted(page=LAST_PAGE)
    example = rows[len(rows) // 2] if rows else {}
    for name in _searched(listing):
        value = example.get(name)
        if isinstance(value, str):
            for words in {value[:3], value[: max(len(value) - 2, 1)], value}:
                yield f"search {words}", Wanted(search=words)
    if "full_name" in listing.columns and listing.search:
        for name in NAMES:
            yield f"search {name}", Wanted(search=name)
    for name in listing.filters:
        for value in _values(listing, name, example):
            yield f"{name} {value}", Wanted(filters={name: value})


def _values(listing: Listing, name: str, example: dict[str, Any]) -> Iterator[Any]:
    """Values to filter by: of a row, of few rows, of none."""
    given: list[Any] = list(NAMES) if name == "name" else [*ALSO.get(name, ())]
    if name == "days":
        given = [(NOW.date(), NOW.date())]
    if example.get(name) is not None:
        given.append(example[name] if isinstance(example[name], bool) else str(example[name]))
    for value in dict.fromkeys(given):
        for form in (value, [value]):
            try:
                listing.filters[name](form)
            except (KeyError, TypeError, ValueError):
                continue  # a filter that is asked otherwise, or has no such value
            if _is_one_of_several(listing, name) == isinstance(form, list):
                yield form
                break


def _is_one_of_several(listing: Listing, name: str) -> bool:
    """Whether a filter takes several values (`any_of`)."""
    return "any_of" in getattr(listing.filters[name], "__qualname__", "")


def _searched(listing: Listing) -> list[str]:
    """The columns by whose beginning a list is searched; one that searches by itself finds people by their number."""
    if callable(listing.search):
        return ["volunteer_no"]
    return [getattr(column, "key", "") for column in listing.search]
