"""Full identities are shown to those who may and say why; everything else is masked."""

from __future__ import annotations

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.identity import masked, masked_name, masked_phone
from operations.commands.refusals import Refused
from operations.commands.reveals import reveal_identity
from operations.database import writing
from operations.model import AuditEntry

from .conftest import CITY, NOW, Town

XIHU = Actor("xihu", Role.DISTRICT_ADMINISTRATOR, "330106")


def test_who_looks_at_an_identity_is_written_down_with_the_reason_and_not_what_was_seen(town: Town) -> None:
    person = town.person()
    with writing(town.engine) as session:
        seen = reveal_identity(session, XIHU, volunteer_id=person, reason="核对证明", at=NOW)
    assert (seen.full_name, seen.id_number) == ("张1", "E00000001")
    entry = town.last_audit()
    assert (entry.action, entry.actor, entry.role, entry.reason, entry.subject_id) == (
        "reveal_identity",
        "xihu",
        "district_administrator",
        "核对证明",
        str(person),
    )
    assert (entry.before, entry.after) == (None, {})


@pytest.mark.parametrize("reason", ["", "   ", "看看"])
def test_without_a_reason_that_says_something_nothing_is_shown(town: Town, reason: str) -> None:
    person = town.person()
    with pytest.raises(Refused) as refused, writing(town.engine) as session:
        reveal_identity(session, CITY, volunteer_id=person, reason=reason, at=NOW)
    assert refused.value.field == "reason"
    assert town.count(AuditEntry, AuditEntry.action == "reveal_identity") == 0


def test_a_volunteer_of_another_district_looks_like_one_that_is_not_there(town: Town) -> None:
    person = town.person()
    messages = set()
    for actor in (Actor("d", Role.DISTRICT_ADMINISTRATOR, "330105"), Actor("a", Role.AUDITOR), town.host):
        for volunteer_id in (person, 999):
            with pytest.raises(NotAllowed) as denied, writing(town.engine) as session:
                reveal_identity(session, actor, volunteer_id=volunteer_id, reason="核对证明", at=NOW)
            messages.add((actor.name, str(denied.value)))
    assert len(messages) == 3


def test_masks_leave_what_tells_people_apart_and_hide_the_rest() -> None:
    assert [masked_name(name) for name in ("", "张", "张三", "张小三", "欧阳小三")] == [
        "",
        "张",
        "张*",
        "张*三",
        "欧**三",
    ]
    assert masked("330106199003071234") == "330106********1234"
    assert [masked_phone(phone) for phone in ("13812345678", "1234567")] == ["138****5678", "*******"]
