"""What several pages share: their head, the period filter, cards of figures, and notices.

Belongs here: pieces of screen used by more than one page. Does not belong here: what a single page shows.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from dashboards import address, formats, lake
from dashboards.language import language, say
from dashboards.periods import (
    CUSTOM,
    LAST_30_DAYS,
    PRESETS,
    Period,
    change_percent,
    period_of,
    service_day_of,
)
from operations.database import OperationsUnavailable
from warehouse.unavailable import LakeUnavailable


@dataclass(frozen=True)
class Clock:
    """The data's own time: the newest arrival (UTC), the service day it lies in, and the first and last day served."""

    as_of_at: Any
    today: date
    first_day: date
    last_day: date


def page_head(page: str) -> None:
    """Show the page's title and one sentence that says what is here."""
    st.title(say(f"page.{page}"), anchor=False)
    st.caption(say(f"page.{page}.about"))


def clock_or_stop() -> Clock:
    """Return the data's clock; where there is no data yet, say what to do and end the page."""
    row = lake.data_clock()
    if row is None:
        st.info(say("empty.lake"), title=say("empty.lake.title"), icon=":material/hourglass_empty:")
        st.stop()
    return Clock(
        row["as_of_at"], service_day_of(row["as_of_at"]), row["first_service_day"], row["last_service_day"]
    )


def choose_period(clock: Clock) -> Period:
    """Show the presets (and two dates where the viewer wants others) and return the period chosen."""
    last = max(clock.today, clock.last_day)
    preset = address.choice(
        st.segmented_control,
        say("filter.period"),
        PRESETS,
        "period",
        default=LAST_30_DAYS,
        format_func=lambda code: say(f"period.{code}"),
        required=True,
    )
    custom = None
    if preset == CUSTOM:
        default = (period_of(LAST_30_DAYS, last, clock.first_day).first, last)
        default = (max(default[0], clock.first_day), last)
        custom = address.days(say("filter.days"), "days", default=default, first=clock.first_day, last=last)
    return period_of(preset, last, clock.first_day, custom)


def period_note(clock: Clock, period: Period) -> str:
    """Return in words which days are shown and which they are compared with."""
    shown = say("period.shown", period=formats.period(language(), period), days=period.days)
    before = period.before()
    if before.first < clock.first_day:
        return f"{shown} · {say('period.no_before')}"
    return f"{shown} · {say('period.against', period=formats.period(language(), before))}"


def comparable(clock: Clock, period: Period) -> bool:
    """Say whether the whole period before lies within the data."""
    return period.before().first >= clock.first_day


def measure_card(
    measure: str, now: float | None, before: float | None, *, sparkline: list[float] | None = None
) -> None:
    """Show one measure with its unit, and its change against the period before where there is one."""
    percent = change_percent(now or 0, before)
    delta: Any = formats.change(percent)
    st.metric(
        formats.measure_label(language(), measure),
        formats.number(measure, now),
        0 if delta == "0%" else delta,
        delta_description=say("change.up_or_down") if delta else None,
        delta_color="blue",  # more or less service is not good or bad by itself: the arrow says which
        border=True,
        height="stretch",
        help=say(f"measure.{measure}.help"),
        chart_data=sparkline,
        chart_type="area",
    )


def lake_notice(error: LakeUnavailable) -> None:
    """Say that the data cannot be read and what to do, with the technical reason folded away."""
    kind = "unbuilt" if isinstance(error, lake.LakeUnbuilt) or "hub build" in str(error) else "away"
    st.warning(say(f"problem.{kind}"), title=say(f"problem.{kind}.title"), icon=":material/database_off:")
    st.button(say("problem.reload"), icon=":material/refresh:", key="problem_reload")
    with st.expander(say("problem.detail")):
        st.code(str(error), language=None, wrap_lines=True)


def operations_notice(error: OperationsUnavailable) -> None:
    """Say that the operational database cannot be used and what to do, with the technical reason folded away."""
    st.warning(
        say("problem.operations"), title=say("problem.operations.title"), icon=":material/database_off:"
    )
    with st.expander(say("problem.detail")):
        st.code(str(error), language=None, wrap_lines=True)
