"""Check-ins and honour records whose shift is not held are counted, each once, whatever days are worked out."""

from __future__ import annotations

from datetime import timedelta

from operations.model import CheckIn, HonourRecord, Shift
from pipelines.operational_pull import pull, pulled_tables
from pipelines.service_sessions import DAYS_AT_ONCE, keep_sessions
from tests.pipelines.conftest import World, local
from warehouse.lake import open_lake


def counted(world: World, *, everything: bool = False) -> int | None:
    """What a run of time-keeping says of events without a shift."""
    con = open_lake(world.settings.lake_catalogue, world.settings.lake_files)
    try:
        pull(con, world.settings.operations_url, pulled_tables(), overlap=timedelta(minutes=10))
        return keep_sessions(con, everything=everything).unplaced
    finally:
        con.close()


def shift(number: int, start: str, hours: int = 2, **columns: object) -> Shift:
    begin = local(start)
    return Shift(
        shift_id=number,
        activity_id=1,
        starts_at=begin,
        ends_at=begin + timedelta(hours=hours),
        capacity=5,
        **columns,
    )


def test_each_event_without_a_shift_is_counted_once_over_all_days(world: World) -> None:
    """Shift 2 is cancelled, shift 3 lies a year later; five events name the one, one the other, one none."""
    world.add(
        shift(2, "2026-08-03 09:00", cancelled_at=local("2026-08-02 09:00")), shift(3, "2027-08-03 09:00")
    )
    moment = local("2026-08-03 09:00")
    world.add(
        *(
            CheckIn(
                event_id=number,
                volunteer_id=1,
                shift_id=3 if number == 4 else 2,
                site_id=1,
                direction="in",
                occurred_at=moment,
                received_at=moment,
            )
            for number in (1, 2, 3, 4)
        )
    )
    days = [moment.date() + timedelta(days=n * DAYS_AT_ONCE) for n in range(3)]
    world.add(
        *(
            HonourRecord(
                record_id=number,
                volunteer_id=2,
                organisation_id=1,
                shift_id=None if number == 3 else 2,
                minutes=60,
                service_day=day,
                reason="纸质登记",
                entered_by=1,
                entered_at=moment,
            )
            for number, day in enumerate(days, start=1)
        )
    )
    assert counted(world, everything=True) == 5
    assert counted(world) is None
    world.change(Shift, 2, cancelled_at=None)
    assert counted(world) == 0
