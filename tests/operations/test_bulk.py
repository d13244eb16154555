"""Adding many rows at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from sqlalchemy import Engine, select, text

from operations.commands.bulk import insert_frame, insert_rows
from operations.commands.records import snapshot
from operations.database import reading, writing
from operations.model import Activity, Area, AuditEntry, Organisation, Site, Volunteer

AREA = {"area_code": "330106", "kind": "district", "name": "西湖区", "parent_code": None}
NOON = datetime(2026, 8, 1, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def volunteers(*ids: int) -> list[dict[str, object]]:
    return [
        {"volunteer_id": n, "volunteer_no": f"V{n}", "district_code": "330106", "registered_at": NOON}
        for n in ids
    ]


def test_rows_arrive_with_their_types_and_the_models_defaults(engine: Engine) -> None:
    with writing(engine) as session:
        assert insert_rows(session, Area, iter([AREA])) == 1
        assert insert_rows(session, Volunteer, volunteers(1, 2)) == 2
        site = {"name": "a\tb\\n\n'", "kind": "park", "district_code": "330106", "lon": 120.1, "lat": 30.2}
        received = {"received_lon": 120.1, "received_lat": 30.2, "opened_on": date(2026, 1, 2)}
        insert_rows(session, Site, [{**site, **received}])
        entry = {"happened_at": NOON, "actor": "a", "action": "b", "subject_kind": "c", "subject_id": "d"}
        insert_rows(session, AuditEntry, [{**entry, "before": None, "after": {"名": [1, None]}}])
    with reading(engine) as session:
        found = session.get_one(Volunteer, 2)
        assert (found.registered_at, found.status, found.display_name) == (
            NOON.astimezone(UTC),
            "active",
            None,
        )
        assert found.updated_at.tzinfo is UTC
        place = session.scalars(select(Site)).one()
        assert (place.name, place.radius_m, place.opened_on) == ("a\tb\\n\n'", 200, date(2026, 1, 2))
        audit = session.scalars(select(AuditEntry)).one()
        assert (audit.before, audit.after) == (None, {"名": [1, None]})


def test_a_key_that_was_given_is_not_given_out_again(engine: Engine) -> None:
    with writing(engine) as session:
        insert_rows(session, Area, [AREA])
        insert_rows(session, Volunteer, volunteers(7, 40))
        insert_rows(session, Volunteer, volunteers(12))
    with writing(engine) as session:
        made = Volunteer(volunteer_no="new", district_code="330106", registered_at=NOON)
        session.add(made)
        session.flush()
        assert made.volunteer_id == 41


def test_more_rows_than_a_chunk_all_arrive(engine: Engine) -> None:
    with writing(engine) as session:
        insert_rows(session, Area, [AREA])
        assert insert_rows(session, Volunteer, volunteers(*range(1, 20_002))) == 20_001
        assert session.get(Volunteer, 20_001) is not None


def test_nothing_is_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        assert insert_rows(session, Area, []) == 0


def test_rows_that_name_other_columns_are_refused(engine: Engine) -> None:
    with (
        pytest.raises(ValueError, match="areas name different columns \\(parent_code\\)"),
        writing(engine) as session,
    ):
        insert_rows(session, Area, [AREA, {key: AREA[key] for key in ("area_code", "kind", "name")}])
    with pytest.raises(ValueError, match="areas has no column population"), writing(engine) as session:
        insert_rows(session, Area, [{**AREA, "population": 1}])
    with reading(engine) as session:
        assert session.scalars(select(Area)).all() == []


def test_a_moment_without_its_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="needs its time zone"), writing(engine) as session:
        insert_rows(session, Volunteer, [{**volunteers(1)[0], "registered_at": datetime(2026, 8, 1)}])  # noqa: DTZ001


def test_a_frame_arrives_as_the_same_rows_would(engine: Engine) -> None:
    activity = {
        "activity_id": 5,
        "organisation_id": 1,
        "title": "西湖'\t捡垃圾",
        "category_code": "environment",
        "is_dangerous": True,
        "insurance_policy_no": None,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=3),
        "district_code": "330106",
        "created_at": NOON,
    }
    organisation = {"organisation_id": 1, "name": "队", "kind": "group", "area_code": "330106"}
    with writing(engine) as session:
        insert_rows(session, Area, [AREA])
        insert_rows(
            session, Organisation, [{**organisation, "district_code": "330106", "registered_at": NOON}]
        )
        insert_rows(session, Activity, [activity])
        frame = pl.DataFrame([{**activity, "activity_id": 6}])
        assert insert_frame(session, Activity, frame) == 1
        assert insert_frame(session, Activity, frame.clear()) == 0
    with writing(engine) as session:
        by_rows, by_frame = (snapshot(session.get_one(Activity, key)) for key in (5, 6))
        assert {**by_frame, "activity_id": 5} == by_rows
        assert by_frame["starts_at"] == "2026-08-01T04:00:00+00:00"
        with pytest.raises(ValueError, match="areas has no column population"):
            insert_frame(session, Area, pl.DataFrame([{**AREA, "population": 1}]))
    with reading(engine) as session:
        # Byte for byte, as whoever reads the file without SQLAlchemy sees them.
        raw = session.execute(
            text("SELECT starts_at, is_dangerous FROM activities ORDER BY activity_id")
        ).all()
        assert raw[0] == raw[1]
