"""The form of an activity: what its organisation plans, shift by shift.

Belongs here: the fields, and from them the plan. Does not belong here: a rule about a plan; the command refuses.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.periods import UTC_OFFSET
from dashboards.texts import name_of, names_of
from operations.commands.activity_plans import ActivityPlan, ShiftPlan
from operations.database import reading
from operations.model import ADMISSIONS, utc_now
from operations.queries.activities import areas_to_choose, sites_to_choose
from operations.skills import SKILLS

# More shifts than these are made by repeating, and stay as they are here.
MOST_SHIFTS = 12
FIRST_DAY_AHEAD = timedelta(days=7)


def show(
    key: str,
    command: Callable[..., Any],
    *,
    organisation_id: int,
    plan: ActivityPlan | None = None,
    **target: Any,
) -> None:
    """Show the form, empty or with a plan, and let `command` take what was filled in."""
    with reading(operational_database()) as session:
        areas = areas_to_choose(session, organisation_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        area = st.selectbox(
            say("activities.area"),
            tuple(areas),
            index=list(areas).index(plan.area_code) if plan and plan.area_code in areas else 0,
            format_func=lambda code: areas[code],
            key=f"{key}_area",
            width=280,
        )
        held = len(plan.shifts) if plan else 1
        count = st.number_input(
            say("activities.shift_count"),
            1,
            MOST_SHIFTS,
            min(held, MOST_SHIFTS),
            key=f"{key}_count",
            width=160,
        )
    if area is None:
        return
    with reading(operational_database()) as session:
        sites = sites_to_choose(session, area, organisation_id)
    with forms.Form(key, submit=say("activities.save")) as form:
        filled = _fields(form, plan, area)
        shifts = tuple(_shift(form, plan, number, sites) for number in range(int(count)))
        form.show("shifts", _no_widget)
    if form.is_submitted:
        rest = plan.shifts[MOST_SHIFTS:] if plan else ()
        form.carry_out(
            command, done=say("activities.saved"), plan=replace(filled, shifts=(*shifts, *rest)), **target
        )


def _no_widget(key: str) -> None:
    """A field without a widget, for what is refused of all shifts together."""


def _fields(form: forms.Form, plan: ActivityPlan | None, area: str) -> ActivityPlan:
    was = plan or ActivityPlan("", "environment", area, ())
    skills = {code: names[0 if language() == "zh" else 1] for code, names in SKILLS.items()}
    title = form.text("title", say("activities.title"), value=was.title)
    category = form.choice(
        "category_code",
        say("activities.category"),
        tuple(names_of(language(), "category")),
        value=was.category_code,
        format_func=lambda code: name_of(language(), "category", code),
    )
    description = form.long_text("description", say("activities.description"), value=was.description)
    risks = form.long_text("risk_statement", say("activities.risks"), value=was.risk_statement)
    with st.container(horizontal=True):
        is_dangerous = form.show(
            "is_dangerous", st.checkbox, say("activities.is_dangerous"), was.is_dangerous
        )
        is_recruiting_only = form.show(
            "is_recruiting_only", st.checkbox, say("activities.is_recruiting_only"), was.is_recruiting_only
        )
    insurance = form.text(
        "insurance_policy_no", say("activities.insurance"), value=was.insurance_policy_no or ""
    )
    admission = form.choice(
        "admission",
        say("activities.admission"),
        ADMISSIONS,
        value=was.admission,
        format_func=lambda code: name_of(language(), "admission", code),
    )
    with st.grid(3, gap="small", min_column_width=180):
        numbers = {
            field: _number(form, field, label, getattr(was, field))
            for field, label in (
                ("min_age", "activities.min_age"),
                ("max_age", "activities.max_age"),
                ("cancel_until_hours", "activities.cancel_until"),
            )
        }
    with st.grid(2, gap="small", min_column_width=220):
        opens_at = _moment(form, "opens_at", was.opens_at)
        closes_at = _moment(form, "closes_at", was.closes_at)
    wanted = form.show(
        "required_skills",
        st.multiselect,
        say("activities.skills"),
        tuple(skills),
        was.required_skills,
        placeholder=say("form.choose"),
        format_func=lambda code: skills[code],
    )
    return ActivityPlan(
        title, category, area, (),
        description=description, risk_statement=risks, is_dangerous=is_dangerous, admission=admission,
        insurance_policy_no=insurance or None, is_recruiting_only=is_recruiting_only,
        required_skills=tuple(wanted), opens_at=opens_at, closes_at=closes_at, **numbers,
    )  # fmt: skip


def _number(form: forms.Form, field: str, label: str, value: int | None) -> int | None:
    given = form.show(field, st.number_input, say(label), min_value=0, max_value=720, value=value, step=1)
    return None if given is None else int(given)


def _moment(form: forms.Form, field: str, value: datetime | None) -> datetime | None:
    """A local moment that may be left open, in whole minutes; one that is kept to the second stays as it is."""
    shown = None if value is None else (value + UTC_OFFSET).replace(second=0, tzinfo=None)
    given = form.show(
        field,
        st.datetime_input,
        say(f"field.{field}"),
        shown,
        format="YYYY-MM-DD",
        step=timedelta(minutes=15),
        help=say(f"activities.{field}.help"),
    )
    if given is None or given == shown:
        return value if given == shown else None
    return given.replace(tzinfo=UTC) - UTC_OFFSET


def _shift(form: forms.Form, plan: ActivityPlan | None, number: int, sites: dict[int, str]) -> ShiftPlan:
    known = plan.shifts[number] if plan and number < len(plan.shifts) else None
    begin, end = _local_times(known, number)
    st.markdown(f"**{say('activities.shift', n=number + 1)}**")
    with st.grid(4, gap="small", min_column_width=140):
        day = form.show(
            f"shift_{number}_day", st.date_input, say("activities.day"), begin.date(), format="YYYY-MM-DD"
        )
        first = form.show(
            f"shift_{number}_from", st.time_input, say("activities.from"), begin.time(), step=900
        )
        last = form.show(
            f"shift_{number}_until", st.time_input, say("activities.until"), end.time(), step=900
        )
        capacity = form.show(
            f"shift_{number}_capacity", st.number_input, say("activities.capacity"), 1, 100_000,
            known.capacity if known else 20,
        )  # fmt: skip
    chosen = form.show(
        f"shift_{number}_sites",
        st.multiselect,
        say("activities.sites"),
        tuple(sites),
        [site for site in known.site_ids if site in sites] if known else None,
        placeholder=say("form.choose" if sites else "activities.no_sites_here"),
        format_func=lambda site: sites[site],
    )
    starts_at = _utc(day, first)
    ends_at = _utc(day if last > first else day + timedelta(days=1), last)
    share = known.min_attendance_permille if known else None
    return ShiftPlan(starts_at, ends_at, int(capacity), tuple(chosen), share)


def _local_times(known: ShiftPlan | None, number: int) -> tuple[datetime, datetime]:
    if known is not None:
        return known.starts_at + UTC_OFFSET, known.ends_at + UTC_OFFSET
    day = (utc_now() + UTC_OFFSET + FIRST_DAY_AHEAD + timedelta(days=number)).date()
    return datetime.combine(day, time(9)), datetime.combine(day, time(11))


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UTC) - UTC_OFFSET
