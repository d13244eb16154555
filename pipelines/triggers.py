"""What moves when: new segments at once, everything else by the clock.

Here: the sensor and the schedules. Never here: what a run does.
"""

from pathlib import Path

import dagster as dg

from hub.settings import Settings
from operations.devices.swipe_log import VERSION
from pipelines.swipe_logs import segment_name

# Times are those of the city.
TIMEZONE = "Asia/Shanghai"
# The jobs: what is due in operations; all assets; those that follow from the swipe logs; and the upkeep of the lake.
OFFICE_CLOCK = "office_clock"
EVERYTHING = "everything"
AFTER_SWIPES = "after_swipes"
UPKEEP = "upkeep"


def new_segments(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that asks for a run when a segment has come that it has not seen.

    Its cursor is the name of the last segment; it looks only at folders of that hour and later ones.
    """

    @dg.sensor(
        name="new_segments",
        job_name=AFTER_SWIPES,
        minimum_interval_seconds=settings.swipe_log_poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        last = last_segment(settings.swipe_logs, after=context.cursor or "")
        if last is None:
            return dg.SkipReason("no new segment")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=last)], cursor=last)

    return look


def last_segment(root: Path, after: str) -> str | None:
    """Return the name of the last finished segment, or None if there is none later than `after`."""
    parts = after.split("/")
    day_after, hour_after = (parts[1], parts[2]) if len(parts) == 4 else ("", "")
    for day in sorted((root / f"v{VERSION}").glob("arrived=*"), reverse=True):
        if day.name < day_after:
            return None
        for hour in sorted(day.glob("hour=*"), reverse=True):
            if day.name == day_after and hour.name < hour_after:
                return None
            names = [
                segment_name(root, path) for path in hour.glob("*.jsonl") if not path.name.startswith(".")
            ]
            if names:
                return max(names) if max(names) > after else None
    return None


def schedules() -> list[dg.ScheduleDefinition]:
    """Return the schedules: what is due, every five minutes; what changed, each quarter of an hour; all there is, and
    upkeep, at night."""
    return [
        dg.ScheduleDefinition(
            name="what_is_due",
            job_name=OFFICE_CLOCK,
            # Two minutes before the quarter hour, so that what changed is pulled right after.
            cron_schedule="3-58/5 * * * *",
            execution_timezone=TIMEZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
        dg.ScheduleDefinition(
            name="what_changed",
            job_name=EVERYTHING,
            cron_schedule="*/15 * * * *",
            execution_timezone=TIMEZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
        dg.ScheduleDefinition(
            name="all_there_is",
            job_name=EVERYTHING,
            cron_schedule="5 3 * * *",
            execution_timezone=TIMEZONE,
            run_config=look_at_everything(),
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
        dg.ScheduleDefinition(
            name="nightly_upkeep",
            job_name=UPKEEP,
            cron_schedule="35 3 * * *",
            execution_timezone=TIMEZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
    ]


def look_at_everything() -> dict[str, object]:
    """Return the run configuration with which the sources are compared in full, not only where they changed."""
    steps = ("pull_from_operations", "take_in_segments", "settle_points")
    return {"ops": {step: {"config": {"everything": True}} for step in steps}}
