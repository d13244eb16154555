"""What of a list somebody may see."""

from __future__ import annotations

from sqlalchemy import select

from operations.access import Action, Actor, Role, scope_of
from operations.commands.organisations import register_organisation
from operations.database import reading, writing
from operations.model import Organisation
from operations.queries.visible import within

from .conftest import CITY, NOW, Town


def grow(town: Town) -> None:
    """西湖志愿队 gets a child and a grandchild; beside them stands one in 拱墅区."""
    with writing(town.engine) as session:
        parent: int | None = town.organisation_id
        for name, area in (("曙光分队", "330106001"), ("曙光小组", "330106001")):
            made = register_organisation(
                session, CITY, name=name, kind="group", area_code=area, at=NOW, parent_organisation_id=parent
            )
            parent = made.organisation.organisation_id
        register_organisation(session, CITY, name="拱墅志愿队", kind="group", area_code="330105", at=NOW)


def seen_by(town: Town, actor: Actor) -> set[str]:
    condition = within(
        scope_of(actor, Action.VIEW_ORGANISATIONS),
        district_code=Organisation.district_code,
        township_code=Organisation.township_code,
        organisation_id=Organisation.organisation_id,
    )
    with reading(town.engine) as session:
        return set(session.scalars(select(Organisation.name).where(condition)))


def test_each_role_sees_its_part_of_the_organisations(town: Town) -> None:
    grow(town)
    xihu = {"西湖志愿队", "曙光分队", "曙光小组"}
    assert seen_by(town, CITY) == {*xihu, "拱墅志愿队"}
    assert seen_by(town, Actor("d", Role.DISTRICT_ADMINISTRATOR, "330106")) == xihu
    assert seen_by(town, Actor("d", Role.DISTRICT_ADMINISTRATOR, "330105")) == {"拱墅志愿队"}
    assert seen_by(town, Actor("t", Role.TOWNSHIP_ADMINISTRATOR, "330106001")) == {"曙光分队", "曙光小组"}
    assert seen_by(town, town.host) == xihu
    assert seen_by(town, Actor("v", Role.VOLUNTEER, volunteer_id=1)) == set()


def test_a_list_that_forgot_a_kind_of_scope_shows_nothing_to_it(town: Town) -> None:
    scope = scope_of(town.host, Action.VIEW_ORGANISATIONS)
    forgetful = within(scope, district_code=Organisation.district_code)
    with reading(town.engine) as session:
        assert session.scalars(select(Organisation.name).where(forgetful)).all() == []
