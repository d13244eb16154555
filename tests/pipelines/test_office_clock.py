"""The clock of operations: every few minutes in Dagster, and before each build, never silent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import select

from hub.settings import Settings
from operations.database import reading
from operations.model import Activity, AuditEntry, Ban, Shift, SignUp, Volunteer
from pipelines.build import BuildFailed, build_all
from pipelines.definitions import definitions
from pipelines.triggers import OFFICE_CLOCK
from tests.pipelines.conftest import LONG_AGO, World

DAY = timedelta(days=1)


def past_activity(number: int, status: str) -> Activity:
    """An activity of the library that was over long ago."""
    return Activity(
        activity_id=number,
        organisation_id=1,
        title="旧书义卖",
        category_code="culture_sports",
        status=status,
        starts_at=LONG_AGO,
        ends_at=LONG_AGO + DAY,
        district_code="330106",
        created_at=LONG_AGO - DAY,
    )


def add_what_is_due(world: World) -> None:
    """An activity that nobody let begin, an offer that nobody answered, and a ban whose end has come."""
    world.add(
        past_activity(7, "recruiting"),
        Shift(shift_id=7, activity_id=7, starts_at=LONG_AGO, ends_at=LONG_AGO + DAY, capacity=1),
        SignUp(
            sign_up_id=7,
            shift_id=7,
            volunteer_id=2,
            status="offered",
            signed_up_at=LONG_AGO - DAY,
            offer_expires_at=LONG_AGO,
        ),
        Ban(ban_id=1, volunteer_id=2, reason="代刷卡", banned_at=LONG_AGO, ends_at=LONG_AGO + DAY),
    )
    world.change(Volunteer, 2, status="banned")


def states(world: World) -> tuple[str, str, str]:
    with reading(world.engine) as session:
        return (
            session.get_one(Activity, 7).status,
            session.get_one(SignUp, 7).status,
            session.get_one(Volunteer, 2).status,
        )


def run_job(settings: Settings) -> dg.ExecuteInProcessResult:
    job = definitions(settings).resolve_job_def(OFFICE_CLOCK)
    return job.execute_in_process(raise_on_error=False)


def test_the_job_does_what_is_due_and_a_second_run_changes_nothing(world: World) -> None:
    add_what_is_due(world)
    assert run_job(world.settings).success
    assert states(world) == ("finished", "expired", "active")
    with reading(world.engine) as session:
        before = session.scalars(select(AuditEntry.audit_id)).all()
        actors = set(session.scalars(select(AuditEntry.role)))
    assert actors == {"system"}
    assert run_job(world.settings).success
    with reading(world.engine) as session:
        assert session.scalars(select(AuditEntry.audit_id)).all() == before


def test_a_build_does_what_is_due_first_so_that_its_figures_know(world: World) -> None:
    add_what_is_due(world)
    build_all(world.settings)
    assert world.rows("SELECT status FROM raw.activities WHERE activity_id = 7") == [("finished",)]


def test_the_clock_runs_every_five_minutes_from_the_start() -> None:
    described = definitions(Settings(home=Path("nowhere")))
    schedule = described.resolve_schedule_def("what_is_due")
    assert (schedule.job_name, schedule.cron_schedule) == (OFFICE_CLOCK, "3-58/5 * * * *")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize("url", [None, "postgresql://nobody@127.0.0.1:1/hub"], ids=["no file", "no server"])
def test_without_operations_the_clock_and_the_build_say_what_to_do(tmp_path: Path, url: str | None) -> None:
    away = Settings(home=tmp_path / "home", operations_url=url) if url else Settings(home=tmp_path / "home")
    result = run_job(away)
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "OperationsUnavailable" in str(failed.step_failure_data.error)
    with pytest.raises(
        BuildFailed, match=r"office_clock: .*operational database .*heck (HUB_HOME and )?HUB_OPERATIONS_URL"
    ):
        build_all(away)
