"""`hub sample-spending`: the volunteers of the sample city spend points, in charity shops and in the mall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..console import say
from ..failures import HubError
from ..home import has_data


def sample_spending() -> None:
    """Let volunteers of the sample city spend points in its charity shops and its mall, as on one morning.

    They have points once `hub build` has settled their service; a further `hub build` brings what they spent into the
    figures. Can be done once on a city.

    Example: hub sample-city && hub build && hub sample-spending && hub build
    """
    from ..settings import load

    settings = load()
    if not has_data(settings) or not settings.sample_city_truth.is_dir():
        raise HubError(
            f"{settings.home} holds no sample city: make one with `hub sample-city`, then `hub build`."
        )
    from operations.database import open_database, writing
    from operations.sample_city import spend_points, was_spent

    engine = open_database(settings.operations_url)
    try:
        with writing(engine) as session:
            if was_spent(session):
                raise HubError("Points were spent in this city already: once is all there is.")
            # The last hour: nothing that volunteers see is to lie ahead of now.
            people = spend_points(session, at=datetime.now(UTC) - timedelta(hours=1))
    finally:
        engine.dispose()
    if not people:
        raise HubError(
            "Nobody has enough points yet: run `hub build`, which settles the hours served, and then this again."
        )
    say(f"Points were spent {people} times, in charity shops and in the mall.")
