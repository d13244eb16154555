"""Who may do what, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.access import CITY, Action, Actor, NotAllowed, Role, Where, demand, is_allowed, scope_of
from operations.grants import GRANTED

IN_XIHU = Where("330106", "330106001", 7, 40, "D1", parent_organisation_ids=(3, 1))
LOOKS_ONLY = (Role.ANALYST, Role.OFFICIAL, Role.AUDITOR)
# What those who only look may do all the same: sign out what they see, and look after their own account.
OF_EVERYBODY = {
    Action.CHOOSE_ROLE,
    Action.SIGN_OUT,
    Action.CHANGE_PASSWORD,
    Action.EXPORT_LIST,
    Action.WATCH_ADMINISTRATORS,
}


@pytest.mark.parametrize("role", LOOKS_ONLY)
@pytest.mark.parametrize("action", [action for action in Action if not action.startswith("view_")])
def test_who_watches_changes_nothing(role: Role, action: Action) -> None:
    actor = Actor("x", role, "330106", 7, 40, "D1")
    assert not is_allowed(actor, action, IN_XIHU) or action in OF_EVERYBODY


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
            Where("330106", "330106001", 8, 40, "D1", parent_organisation_ids=(3, 1)),
        ),
        (Actor("v", Role.VOLUNTEER, volunteer_id=40), Where("330106", "330106001", 7, 41, "D1")),
        (Actor("r", Role.DEVICE, device_no="D1"), Where("330106", "330106001", 7, 40, "D2")),
        (Actor("z", Role.OFFICIAL, area_code="330106"), Where("330105", "330105001", 7, 40, "D1")),
    ],
)
def test_a_role_ends_at_its_scope(actor: Actor, elsewhere: Where) -> None:
    held = [action for action in Action if is_allowed(actor, action, IN_XIHU)]
    assert held
    everywhere = {action for action in Action if scope_of(actor, action).kind == "everything"}
    assert not everywhere
    assert not any(is_allowed(actor, action, elsewhere) for action in Action)
    assert not any(is_allowed(actor, action, Where()) for action in Action)


def test_what_a_child_organisation_does_is_the_matter_of_those_above_it() -> None:
    above = Actor("above", Role.ORGANISATION_ADMINISTRATOR, organisation_id=3)
    beside = Actor("beside", Role.ORGANISATION_ADMINISTRATOR, organisation_id=4)
    assert is_allowed(above, Action.REVIEW_MINUTES, IN_XIHU)
    assert not is_allowed(beside, Action.REVIEW_MINUTES, IN_XIHU)


def test_an_official_looks_at_a_district_a_township_or_the_whole_city() -> None:
    def sees(area_code: str | None, where: Where) -> bool:
        return is_allowed(
            Actor("official", Role.OFFICIAL, area_code=area_code), Action.VIEW_ACTIVITIES, where
        )

    elsewhere = Where("330105", "330105001")
    assert sees("330106", IN_XIHU) and not sees("330106", elsewhere)
    assert sees("330106001", IN_XIHU) and not sees("330106001", elsewhere)
    assert sees(CITY, IN_XIHU) and sees(CITY, elsewhere)
    assert not sees(None, IN_XIHU)


def test_the_city_administers_everywhere_but_signs_nobody_in() -> None:
    city = Actor("city", Role.CITY_ADMINISTRATOR)
    assert is_allowed(city, Action.REGISTER_DEVICE, Where("330182"))
    assert not is_allowed(city, Action.CHECK_IN, IN_XIHU)
    assert not is_allowed(city, Action.ENTER_HONOUR_RECORD, IN_XIHU)


def test_system_security_and_audit_administration_are_three_people() -> None:
    three = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
    shared = {
        action
        for action in Action
        if not action.startswith("view_") and len(GRANTED[action] & set(three)) > 1
    }
    assert shared == {Action.CHANGE_PASSWORD, Action.CHOOSE_ROLE, Action.SIGN_OUT}
    assert GRANTED[Action.CREATE_ACCOUNT] == {Role.SYSTEM_ADMINISTRATOR}
    assert GRANTED[Action.GRANT_ROLE] == {Role.SECURITY_ADMINISTRATOR}
    assert GRANTED[Action.VIEW_AUDIT_LOG] == {Role.AUDITOR}


def test_every_action_says_who_holds_it() -> None:
    assert set(GRANTED) == set(Action)


@given(st.sampled_from([role for role in Role if role is not Role.SYSTEM]), st.sampled_from(Action))
def test_somebody_without_a_scope_matches_nothing_that_has_none(role: Role, action: Action) -> None:
    of_a_part = {
        Role.DISTRICT_ADMINISTRATOR,
        Role.TOWNSHIP_ADMINISTRATOR,
        Role.ORGANISATION_ADMINISTRATOR,
        Role.OFFICIAL,
        Role.VOLUNTEER,
        Role.DEVICE,
    }
    if role in of_a_part:
        assert not is_allowed(Actor("x", role), action, Where())


@given(st.sampled_from(Role), st.sampled_from(Action), st.booleans())
def test_a_list_shows_what_a_single_look_allows(role: Role, action: Action, is_here: bool) -> None:
    actor = Actor("x", role, "330106", 7, 40, "D1")
    where = IN_XIHU if is_here else Where("330105", "330105001", 8, 41, "D2")
    assert scope_of(actor, action).covers(where) == is_allowed(actor, action, where)


def test_a_refusal_tells_nothing_of_what_is_there() -> None:
    with pytest.raises(NotAllowed, match=r"^li \(auditor\) may not bind card here$"):
        demand(Actor("li", Role.AUDITOR), Action.BIND_CARD, IN_XIHU)
