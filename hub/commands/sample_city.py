"""`hub sample-city`: a made-up city to try everything with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ..console import progress, say
from ..failures import HubError
from ..home import make

if TYPE_CHECKING:
    from operations.sample_city.dirt import Dirt

CITY_TIME = ZoneInfo("Asia/Shanghai")


def sample_city(
    *,
    volunteers: Annotated[int, typer.Option(min=50, help="How many volunteers.")] = 20_000,
    days: Annotated[int, typer.Option(min=3, help="How many days of service.")] = 90,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same city.")] = 1,
    organisations: Annotated[int, typer.Option(min=5, help="How many organisations.")] = 400,
    devices: Annotated[int, typer.Option(min=10, help="How many card readers.")] = 4_000,
    last_day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last day of service; default: yesterday."
        ),
    ] = None,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean", help="Every rate of dirt is 0; only the stories of the office stay as they are."
        ),
    ] = False,
    dirt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RATE", help="How often something goes wrong, 0 to 1; may be given several times."
        ),
    ] = None,
) -> None:
    """Make a city: volunteers, organisations, activities and card readers' logs, with all the dirt of real ones.

    What each person really did is kept beside it, to compare with. Needs a home without data.

    Example: hub sample-city --volunteers 2000 --devices 400 --days 30 --seed 7 --dirt forgotten_out=0.1
    """
    from operations.database import open_database
    from operations.sample_city import make_sample_city

    from ..settings import load

    settings = load()
    rates = _rates(clean, dirt or [])
    make(settings)
    with progress("Making the sample city") as report:
        summary = make_sample_city(
            open_database(settings.operations_url),
            settings.swipe_logs,
            settings.sample_city_truth,
            settings.boundaries,
            volunteers=volunteers,
            organisations=organisations,
            devices=devices,
            days=days,
            seed=seed,
            last_day=last_day.date() if last_day else _yesterday(),
            dirt=rates,
            progress=report,
        )
    say(f"  {summary.volunteers:,} volunteers, {summary.attendances:,} attendances, {summary.rows:,} rows,")
    say(f"  {summary.lines:,} lines of card readers in {summary.segments:,} segments")


def _rates(clean: bool, given: list[str]) -> Dirt:
    """Return the rates of dirt asked for; raises `HubError` for a name or a rate that cannot be used."""
    from dataclasses import fields

    from operations.sample_city.dirt import Dirt

    known = {field.name for field in fields(Dirt)}
    rates: dict[str, float] = {}
    for text in given:
        name, _, rate = text.partition("=")
        if name not in known:
            raise HubError(
                f"--dirt {text}: there is no rate named {name!r}. Known: {', '.join(sorted(known))}."
            )
        try:
            rates[name] = float(rate)
        except ValueError:
            raise HubError(f"--dirt {text}: write a share from 0 to 1, such as {name}=0.05.") from None
    try:
        return (Dirt.none() if clean else Dirt()).but(**rates)
    except ValueError as error:
        raise HubError(f"--dirt: {error}") from None


def _yesterday() -> date:
    return datetime.now(CITY_TIME).date() - timedelta(days=1)
