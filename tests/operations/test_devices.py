"""What becomes of a card reader: it moves, is turned, is replaced, and retires."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from operations.access import Actor, NotAllowed, Role
from operations.commands.devices import move_device, replace_device, retire_device, set_directed
from operations.commands.places import register_device, register_site
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import Device, FormerPlacement, Site

from .conftest import CITY, NOW, Town

DAY = timedelta(days=1)
LATER = NOW + 10 * DAY
GONGSHU = Actor("拱墅", Role.DISTRICT_ADMINISTRATOR, area_code="330105")
XIHU = Actor("西湖", Role.DISTRICT_ADMINISTRATOR, area_code="330106")


@pytest.fixture
def canal(town: Town) -> int:
    """Another site, by the canal in 拱墅区; the reader D1 stands at the lake since `NOW`."""
    with writing(town.engine) as session:
        register_device(session, CITY, device_no="D1", site_id=town.site_id, model="K14", at=NOW)
        return register_site(
            session, CITY, name="拱宸桥", kind="park", area_code="330105", lon=120.14, lat=30.32,
            position_system="WGS-84", at=NOW,
        ).site_id  # fmt: skip


def do(town: Town, command: Callable[..., Any], actor: Actor = CITY, **options: Any) -> None:
    with writing(town.engine) as session:
        command(session, actor, **{"device_no": "D1", "at": LATER, **options})


def found(town: Town, device_no: str = "D1") -> Device:
    with reading(town.engine) as session:
        return session.get_one(Device, device_no)


def stood(town: Town) -> list[tuple[int, bool, datetime, datetime]]:
    with reading(town.engine) as session:
        rows = session.scalars(select(FormerPlacement).order_by(FormerPlacement.placed_to))
        return [(row.site_id, row.is_directed, row.placed_from, row.placed_to) for row in rows]


def test_where_a_reader_stood_is_kept_without_a_gap(town: Town, canal: int) -> None:
    do(town, move_device, site_id=canal, moved_at=NOW + 2 * DAY, reason="借给运河")
    do(town, move_device, site_id=town.site_id, moved_at=NOW + 5 * DAY)
    assert found(town).site_id == town.site_id
    assert stood(town) == [
        (town.site_id, False, NOW, NOW + 2 * DAY),
        (canal, False, NOW + 2 * DAY, NOW + 5 * DAY),
    ]
    entry = town.last_audit()
    assert (entry.action, entry.before["site_id"], entry.after["site_id"], entry.after["since"]) == (
        "move_device", canal, town.site_id, (NOW + 5 * DAY).isoformat(),
    )  # fmt: skip


def test_a_reader_that_was_registered_at_the_wrong_site_never_stood_there(town: Town, canal: int) -> None:
    do(town, move_device, site_id=canal, moved_at=NOW)
    assert (found(town).site_id, stood(town)) == (canal, [])


def test_a_reader_is_directed_from_a_moment_on(town: Town, canal: int) -> None:
    do(town, set_directed, is_directed=True, since=NOW + 3 * DAY)
    assert (found(town).is_directed, stood(town)) == (True, [(town.site_id, False, NOW, NOW + 3 * DAY)])
    assert town.last_audit().action == "set_directed"
    with pytest.raises(Refused, match="directed already"):
        do(town, set_directed, is_directed=True)
    with pytest.raises(Refused, match="stands here only since") as refused:
        do(town, set_directed, is_directed=False, since=NOW + 3 * DAY)
    assert refused.value.field == "since"


def test_a_broken_reader_is_replaced_by_one_that_stands_as_it_did(town: Town, canal: int) -> None:
    do(town, set_directed, is_directed=True)
    do(town, replace_device, new_device_no="D2", model="K20", reason="屏幕坏了")
    old, new = found(town), found(town, "D2")
    assert (old.retired_at, new.retired_at) == (LATER, None)
    assert (new.site_id, new.is_directed, new.model, new.replaces_device_no) == (
        town.site_id, True, "K20", "D1",
    )  # fmt: skip
    assert (town.last_audit().action, town.last_audit().subject_id) == ("replace_device", "D2")


def test_replacing_by_a_number_that_is_taken_changes_nothing(town: Town, canal: int) -> None:
    with pytest.raises(Refused, match="registered already") as refused:
        do(town, replace_device, new_device_no="D1", model="K20", reason="坏了")
    assert (refused.value.field, found(town).retired_at) == ("new_device_no", None)


def test_a_retired_reader_stays_as_it_is(town: Town, canal: int) -> None:
    do(town, retire_device, reason="报废", retired_at=NOW + DAY)
    assert found(town).retired_at == NOW + DAY
    assert (town.last_audit().action, town.last_audit().reason) == ("retire_device", "报废")
    for command, options in [
        (move_device, {"site_id": canal}),
        (set_directed, {"is_directed": True}),
        (retire_device, {"reason": "又报废"}),
        (replace_device, {"new_device_no": "D2", "model": "K", "reason": "坏了"}),
    ]:
        with pytest.raises(Refused, match="is retired since"):
            do(town, command, **options)


@pytest.mark.parametrize(
    ("command", "options", "field", "says"),
    [
        (move_device, {"site_id": 1}, "site_id", "stands at 断桥微笑亭 already"),
        (move_device, {"site_id": 99}, "site_id", "there is no site 99"),
        (move_device, {"site_id": 2, "moved_at": LATER + DAY}, "moved_at", "lies in the future"),
        (move_device, {"site_id": 2, "device_no": "D9"}, "device_no", "there is no device D9"),
        (set_directed, {"is_directed": True, "since": LATER + DAY}, "since", "lies in the future"),
        (retire_device, {"reason": " "}, "reason", "the reason is missing"),
        (
            retire_device,
            {"reason": "坏了", "retired_at": LATER + DAY},
            "retired_at",
            "lies in the future",
        ),
        (retire_device, {"reason": "坏了", "retired_at": NOW - DAY}, "retired_at", "stands here only since"),
        (replace_device, {"new_device_no": "D2", "model": "K", "reason": ""}, "reason", "reason is missing"),
        (replace_device, {"new_device_no": "D2", "model": "", "reason": "坏了"}, "model", "model is missing"),
    ],
)
@pytest.mark.usefixtures("canal")
def test_what_cannot_be_is_refused(
    town: Town, command: Callable[..., Any], options: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        do(town, command, **options)
    assert (refused.value.field, stood(town)) == (field, [])


def test_a_reader_does_not_move_before_its_last_move(town: Town, canal: int) -> None:
    do(town, move_device, site_id=canal, moved_at=NOW + 5 * DAY)
    with pytest.raises(Refused, match="stands here only since 2026-08-06") as refused:
        do(town, move_device, site_id=town.site_id, moved_at=NOW + 4 * DAY)
    assert refused.value.field == "moved_at"


def test_a_reader_does_not_move_to_a_closed_site(town: Town, canal: int) -> None:
    with writing(town.engine) as session:
        session.get_one(Site, canal).closed_on = NOW.date()
    with pytest.raises(Refused, match="拱宸桥 is closed"):
        do(town, move_device, site_id=canal)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (move_device, {"site_id": 2}),
        (set_directed, {"is_directed": True}),
        (retire_device, {"reason": "坏了"}),
        (replace_device, {"new_device_no": "D2", "model": "K", "reason": "坏了"}),
    ],
)
def test_nobody_touches_a_reader_outside_their_area_and_a_guessed_number_tells_nothing(
    town: Town, canal: int, command: Callable[..., Any], options: dict[str, Any]
) -> None:
    answers = set()
    for device_no in ("D1", "D9"):
        with pytest.raises(NotAllowed) as refused:
            do(town, command, GONGSHU, **options, device_no=device_no)
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_a_reader_is_not_moved_into_another_district(town: Town, canal: int) -> None:
    with pytest.raises(NotAllowed):
        do(town, move_device, XIHU, site_id=canal)
