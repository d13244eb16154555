"""The outbox: what waits, who sees it, and that it is delivered once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from operations.access import Actor, NotAllowed, Role
from operations.commands.notices import mark_notice_delivered, notify
from operations.commands.refusals import Refused
from operations.database import reading, writing
from operations.model import AuditEntry
from operations.queries.notices import NOTICES, waiting_count
from operations.queries.paging import Wanted, page_of

from .conftest import CITY, NOW, Town
from .honour_stories import district

DOOR = Actor("sms door", Role.SYSTEM)


def two_notices(town: Town) -> tuple[int, int]:
    """One to a volunteer of 西湖区, one to the organisation."""
    person = town.person()
    with writing(town.engine) as session:
        notices = (
            notify(session, "proof_issued", at=NOW, volunteer_id=person),
            notify(session, "dispute_opened", at=NOW, organisation_id=town.organisation_id),
        )
        session.flush()
        return notices[0].notice_id, notices[1].notice_id


def test_a_notice_is_delivered_once_however_often_a_door_says_so(town: Town) -> None:
    first, _ = two_notices(town)
    for minutes in (1, 2):
        with writing(town.engine) as session:
            told = mark_notice_delivered(
                session, DOOR, notice_id=first, channel="sms", at=NOW + timedelta(minutes=minutes)
            )
            assert (told.delivered_at, told.channel) == (NOW + timedelta(minutes=1), "sms")
    assert town.count(AuditEntry, AuditEntry.action == "mark_notice_delivered") == 1
    with reading(town.engine) as session:
        assert waiting_count(session, CITY, NOW) == 1


def test_only_a_door_delivers_and_by_a_known_channel(town: Town) -> None:
    first, _ = two_notices(town)
    with pytest.raises(NotAllowed), writing(town.engine) as session:
        mark_notice_delivered(session, CITY, notice_id=first, channel="sms", at=NOW)
    with pytest.raises(Refused, match="channel 'pigeon' is not known"), writing(town.engine) as session:
        mark_notice_delivered(session, DOOR, notice_id=first, channel="pigeon", at=NOW)


def test_each_sees_the_notices_of_their_part(town: Town) -> None:
    to_volunteer, to_organisation = two_notices(town)

    def seen(actor: Actor) -> set[int]:
        with reading(town.engine) as session:
            page = page_of(session, actor, NOTICES, Wanted(filters={"state": "waiting"}), on=NOW)
            assert waiting_count(session, actor, NOW) == page.total
            return {row["notice_id"] for row in page.rows}

    assert seen(CITY) == seen(district(1)) == {to_volunteer, to_organisation}
    assert seen(district(1, "330105")) == set()
    assert seen(town.host) == {to_organisation}
    with pytest.raises(NotAllowed):
        seen(Actor("auditor", Role.AUDITOR))
