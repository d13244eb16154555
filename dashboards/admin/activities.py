"""Activities: the list with what waits, and one of them with its shifts, places, steps and history.

Belongs here: what is shown, and which steps are offered. Does not belong here: whether a step may be taken
(operations.commands), or what somebody may see (operations.queries).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from dashboards import activity_form, formats, forms, lists, records, repeat_form
from dashboards.check_in_screen import show_code
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.plain_text import markdown_safe
from dashboards.shift_map import shift_map
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands import activities as commands
from operations.commands import recruiting
from operations.database import reading
from operations.model import ACTIVITY_STATES
from operations.queries.activities import (
    ACTIVITIES,
    ACTIVITIES_TO_APPROVE,
    ACTIVITIES_TO_CLOSE,
    ActivityPage,
    activity_page,
    shifts_of_activity,
)
from operations.skills import SKILLS

COLUMNS = {
    "title": "activities.title",
    "organisation_name": "activities.organisation",
    "category_code": "activities.category",
    "status": "activities.state",
    "starts_at": "activities.starts_at",
    "ends_at": "activities.ends_at",
}
PLAN = {
    "is_dangerous": "activities.is_dangerous",
    "insurance_policy_no": "activities.insurance",
    "admission": "activities.admission",
    "is_recruiting_only": "activities.is_recruiting_only",
    "ages": "activities.ages",
    "skills": "activities.skills",
    "opens_at": "field.opens_at",
    "closes_at": "field.closes_at",
    "cancel_until_hours": "activities.cancel_until",
}
CODES = {"category_code": "category", "status": "activity_state", "status_reason": "own_reason"}
SHIFT_COLUMNS = {
    "starts_at": "activities.starts_at",
    "ends_at": "activities.ends_at",
    "capacity": "activities.capacity",
    "confirmed": "activities.confirmed",
    "offered": "activities.offered",
    "waiting": "activities.waiting",
    "requested": "activities.requested",
    "cancelled_at": "activities.cancelled_at",
}
BULK = [
    lists.BulkAction(
        Action.APPROVE_ACTIVITY,
        commands.approve_activity,
        "activities.approve",
        "activity_id",
        "title",
        icon=":material/check:",
    ),
    lists.BulkAction(
        Action.RETURN_ACTIVITY,
        commands.return_activity,
        "activities.return",
        "activity_id",
        "title",
        needs_reason=True,
        icon=":material/undo:",
    ),
]


def holds(action: Action) -> bool:
    """Whether the viewer holds an action anywhere; only then it is offered."""
    return scope_of(actor(), action).kind != "nothing"


def show_list() -> None:
    """Show the activities, those that wait for the viewer first."""
    page_head("activities")
    own = actor().organisation_id
    views = {"all": ACTIVITIES}
    if holds(Action.APPROVE_ACTIVITY):
        views = {"to_approve": ACTIVITIES_TO_APPROVE, **views}
    if own is not None:
        views = {**views, "to_close": ACTIVITIES_TO_CLOSE}
        if st.button(say("activities.new"), icon=":material/add:", type="primary", key="new_activity"):
            st.query_params["activity"] = "new"
            st.rerun()
    view = st.segmented_control(
        say("activities.view"),
        tuple(views),
        default=next(iter(views)),
        format_func=lambda name: say(f"activities.{name}"),
        key="activities_view",
        required=True,
        label_visibility="collapsed",
    )
    listing = views[view or "all"]
    filters: list[Any] = [lists.Choice("category_code", "activities.category", "category")]
    if listing is ACTIVITIES:
        filters.insert(0, lists.Choice("status", "activities.state", "activity_state", ACTIVITY_STATES))
        filters.append(lists.Days("days", "activities.days"))
    more = {"submitted_at": "activities.submitted_at"} if listing is ACTIVITIES_TO_APPROVE else {}
    lists.show(
        listing,
        {**COLUMNS, **more},
        filters=filters,
        codes=CODES,
        search="activities.search",
        opens="activity",
        bulk=BULK if listing is ACTIVITIES_TO_APPROVE else (),
    )


def show_new(organisation_id: int) -> None:
    """Show the empty form."""
    records.head(say("activities.new"), "activity")
    activity_form.show(
        "new_activity", _draft, organisation_id=organisation_id, for_organisation=organisation_id
    )


def _draft(session: Any, who: Any, *, for_organisation: int, at: datetime, **plan: Any) -> Any:
    """Draft it, and open it with the next run."""
    made = commands.draft_activity(session, who, organisation_id=for_organisation, at=at, **plan)
    st.query_params["activity"] = str(made.activity_id)
    return made


def show_one(activity_id: int | str) -> None:
    """Show one activity with everything that belongs to it."""
    row = records.found(ACTIVITIES, activity_id, "activity")
    with reading(operational_database()) as session:
        page = activity_page(session, actor(), int(activity_id))
    if page is None:
        st.stop()
    state = name_of(language(), "activity_state", row["status"])
    records.head(
        row["title"], "activity", state=state, is_good=row["status"] not in ("returned", "cancelled")
    )
    records.fields(
        row,
        {
            **{name: label for name, label in COLUMNS.items() if name not in ("title", "status")},
            "status_reason": "activities.status_reason",
        },
        CODES,
    )
    _plan(page)
    _steps(page)
    _shifts(page)
    if row["status"] in ("draft", "returned", "approved", "recruiting", "full") and holds(
        Action.UPDATE_ACTIVITY
    ):
        with st.expander(say("activities.change"), icon=":material/edit:"):
            activity_form.show(
                f"change_{activity_id}",
                commands.update_activity,
                organisation_id=row["organisation_id"],
                plan=page.plan,
                activity_id=row["activity_id"],
            )
    records.history("activities", activity_id)


def _plan(page: ActivityPage) -> None:
    """Show all that whoever approves it, or takes part, has to know."""
    plan = page.plan
    for label, words in (
        ("activities.description", plan.description),
        ("activities.risks", plan.risk_statement),
    ):
        st.caption(say(label))
        st.markdown(markdown_safe(words or "–"))
    told = {
        "is_dangerous": plan.is_dangerous,
        "insurance_policy_no": plan.insurance_policy_no,
        "admission": name_of(language(), "admission", plan.admission),
        "is_recruiting_only": plan.is_recruiting_only,
        "ages": f"{plan.min_age or 0} – {plan.max_age or ''}" if plan.min_age or plan.max_age else None,
        "skills": "、".join(SKILLS[code][0 if language() == "zh" else 1] for code in plan.required_skills),
        "opens_at": plan.opens_at,
        "closes_at": plan.closes_at,
        "cancel_until_hours": plan.cancel_until_hours,
    }
    records.fields(told, PLAN)


def _steps(page: ActivityPage) -> None:
    """Offer the steps that may follow."""
    row, own = page.row, {"activity_id": page.row["activity_id"]}
    can = page.may_become
    with st.container(horizontal=True, gap="small"):
        if "submitted" in can and holds(Action.SUBMIT_ACTIVITY):
            _step("submit", commands.submit_activity, "activities.submitted", own)
        if "approved" in can and holds(Action.APPROVE_ACTIVITY):
            _step("approve", commands.approve_activity, "activities.approved", own)
        if "returned" in can and holds(Action.RETURN_ACTIVITY):
            _step("return", commands.return_activity, "activities.returned", own, needs_reason=True)
        if row["status"] == "approved" and holds(Action.OPEN_RECRUITMENT):
            _step("open", recruiting.open_recruitment, "activities.opened", own)
        if "closed" in can and holds(Action.CLOSE_ACTIVITY):
            _step("close", recruiting.close_activity, "activities.closed", own)
        if holds(Action.REPEAT_ACTIVITY) and page.plan.shifts:
            repeat_form.show(own)
        if "cancelled" in can and holds(Action.CANCEL_ACTIVITY):
            _step("cancel", recruiting.cancel_activity, "activities.cancelled", own, needs_reason=True)


def _step(
    name: str, command: Callable[..., Any], done: str, own: dict[str, Any], *, needs_reason: bool = False
) -> None:
    """One step: at once where it needs no reason, else after asking for it."""
    key = f"{name}_{next(iter(own.values()))}"
    label = say(f"activities.{name}")
    with st.popover(label, key=f"{key}_popover") as _:
        with forms.Form(key, submit=label, border=False, is_danger=name.startswith("cancel")) as form:
            reason = forms.reason_field(form) if needs_reason else ""
        if form.is_submitted:
            form.carry_out(command, done=say(done), **own, **({"reason": reason} if needs_reason else {}))


def _shifts(page: ActivityPage) -> None:
    st.subheader(say("activities.shifts"), anchor=False)
    shown = lists.show(shifts_of_activity(page.row["activity_id"]), SHIFT_COLUMNS)
    _sites(page)
    if page.places:
        st.plotly_chart(shift_map(page.places), key="shift_map", config={"displayModeBar": False})
    else:
        st.caption(say("activities.no_sites"))
    rows = [row for row in shown.rows if row["cancelled_at"] is None] if shown else []
    if not rows or page.row["status"] not in ("approved", "recruiting", "full", "running"):
        return
    by_id = {row["shift_id"]: row for row in rows}
    shift_id = st.selectbox(
        say("activities.shifts"),
        tuple(by_id),
        format_func=lambda key: records.readable(by_id[key]["starts_at"]),
        key="shift_chosen",
        width=280,
    )
    with st.container(horizontal=True, gap="small"):
        if holds(Action.VIEW_SIGN_UPS):
            st.page_link(
                "admin/sign_ups.py",
                label=say("page.sign_ups"),
                icon=":material/how_to_reg:",
                query_params={"shift": str(shift_id)},
            )
        if holds(Action.CANCEL_SHIFT):
            own = {"shift_id": shift_id}
            _step(
                "cancel_shift", recruiting.cancel_shift, "activities.shift_cancelled", own, needs_reason=True
            )
    if holds(Action.SHOW_CHECK_IN_CODE) and shift_id is not None:
        show_code(shift_id)


def _sites(page: ActivityPage) -> None:
    """Say where each shift is held; once for all of them where that is the same."""
    by_shift: dict[int, list[str]] = {}
    for place in page.places:
        by_shift.setdefault(place.shift_id, []).append(place.name)
    starts = {place.shift_id: place.starts_at for place in page.places}
    if len({tuple(names) for names in by_shift.values()}) == 1 and len(by_shift) > 1:
        names = "、".join(next(iter(by_shift.values())))
        st.markdown(f"**{say('activities.sites_of_all')}** · {markdown_safe(names)}")
        return
    for shift_id, names in by_shift.items():
        told = markdown_safe("、".join(names))
        st.markdown(f"**{formats.local_time(starts[shift_id])}** · {told}")


key = records.opened("activity")
if key is None:
    show_list()
elif key == "new" and actor().organisation_id is not None:
    show_new(actor().organisation_id or 0)
else:
    show_one(key)
