"""`hub build`: run all pipelines once, without servers."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from ..console import progress, say
from ..home import alone

if TYPE_CHECKING:
    from ..settings import Settings


def build() -> None:
    """Run all pipelines once, without servers: operations and swipe logs into the warehouse, up to its marts.

    What has not changed since the last time is not computed again; a run that was killed is mended by the next.

    Example: HUB_HOME=/srv/hub hub build
    """
    from ..settings import load

    build_once(load())


def build_once(settings: Settings) -> None:
    """Run all pipelines in this process and say what came out.

    Raises `HubError` if another build is at work, and `pipelines.build.BuildFailed`
    naming the asset that failed and why.
    """
    # Imports and Dagster's events make very many objects that live to the end: looking through them every 700 new
    # ones takes a tenth of a build.
    gc.set_threshold(50_000, 20, 50)
    from pipelines.build import build_all

    with alone(settings, "build"), progress("Building the warehouse", each_step_counts=False) as report:
        summary = build_all(settings, progress=report)
    for line in str(summary).splitlines():
        say(f"  {line}")
