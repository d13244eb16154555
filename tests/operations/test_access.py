"""Who may do what, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.access import Action, Actor, NotAllowed, Role, Where, demand, is_allowed

IN_XIHU = Where("330106", "330106001", 7, 40, "D1")
READERS_ONLY = (Role.SECURITY_ADMINISTRATOR, Role.AUDITOR, Role.ANALYST, Role.OFFICIAL)


@pytest.mark.parametrize("role", READERS_ONLY)
@pytest.mark.parametrize("action", Action)
def test_who_watches_changes_nothing(role: Role, action: Action) -> None:
    actor = Actor("x", role, "330106", 7, 40, "D1")
    assert not is_allowed(actor, action, IN_XIHU)


@pytest.mark.parametrize(
    ("actor", "elsewhere"),
    [
        (
            Actor("d", Role.DISTRICT_ADMINISTRATOR, area_code="330106"),
            Where("330105", "330105001", 7, 40, "D1"),
        ),
        (
            Actor("t", Role.TOWNSHIP_ADMINISTRATOR, area_code="330106001"),
            Where("330106", "330106002", 7, 40, "D1"),
        ),
        (
            Actor("o", Role.ORGANISATION_ADMINISTRATOR, organisation_id=7),
            Where("330106", "330106001", 8, 40, "D1"),
        ),
        (Actor("v", Role.VOLUNTEER, volunteer_id=40), Where("330106", "330106001", 7, 41, "D1")),
        (Actor("r", Role.DEVICE, device_no="D1"), Where("330106", "330106001", 7, 40, "D2")),
    ],
)
def test_a_role_ends_at_its_scope(actor: Actor, elsewhere: Where) -> None:
    held = [action for action in Action if is_allowed(actor, action, IN_XIHU)]
    assert held
    assert not any(is_allowed(actor, action, elsewhere) for action in Action)
    assert not any(is_allowed(actor, action, Where()) for action in Action)


def test_the_city_administers_everywhere_but_signs_nobody_in() -> None:
    city = Actor("city", Role.CITY_ADMINISTRATOR)
    assert is_allowed(city, Action.REGISTER_DEVICE, Where("330182"))
    assert not is_allowed(city, Action.CHECK_IN, IN_XIHU)
    assert not is_allowed(city, Action.ENTER_HONOUR_RECORD, IN_XIHU)


@given(st.sampled_from([role for role in Role if role is not Role.SYSTEM]), st.sampled_from(Action))
def test_somebody_without_a_scope_matches_nothing_that_has_none(role: Role, action: Action) -> None:
    if role not in (Role.CITY_ADMINISTRATOR, Role.VISITOR):
        assert not is_allowed(Actor("x", role), action, Where())


def test_a_refusal_tells_nothing_of_what_is_there() -> None:
    with pytest.raises(NotAllowed, match=r"^li \(auditor\) may not bind card here$"):
        demand(Actor("li", Role.AUDITOR), Action.BIND_CARD, IN_XIHU)
