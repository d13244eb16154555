"""Sites: where service happens; registered, corrected, moved, closed, and taken in from a file.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.places, sites).
"""

from datetime import date
from typing import Any

import streamlit as st

from dashboards import forms, imports, lists, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.texts import SITE_KINDS, names_of
from operations.access import Action, scope_of
from operations.commands.import_places import SITE_COLUMNS, import_sites
from operations.commands.places import register_site
from operations.commands.sites import close_site, move_site, reopen_site, update_site
from operations.database import reading
from operations.model import utc_now
from operations.positions import SYSTEMS
from operations.queries.areas import areas_within_reach
from operations.queries.sites import SITES, successor_of

COLUMNS = {
    "site_id": "places.column.site_id",
    "name": "places.column.site_name",
    "kind": "column.site_kind",
    "district": "column.district",
    "township": "places.column.township",
    "organisation": "column.organisation",
    "opened_on": "places.column.opened_on",
    "closed_on": "places.column.closed_on",
}
FIELDS = COLUMNS | {
    "lon": "places.column.lon",
    "lat": "places.column.lat",
    "position_system": "places.column.position_system",
    "radius_m": "places.column.radius_m",
    "succeeds_site_id": "places.column.succeeds_site_id",
}
EXAMPLE = {
    "name": "Shuguang station",
    "kind": "service_station",
    "area_code": "330106001051",
    "lon": "120.140000",
    "lat": "30.260000",
    "position_system": "GCJ-02",
    "radius_m": "200",
}


def may(action: Action) -> bool:
    """Return whether who is signed in holds the action anywhere: only then it is offered."""
    return scope_of(actor(), action).kind != "nothing"


def today() -> date:
    """Return the local date."""
    return (utc_now() + UTC_OFFSET).date()


def description(form: forms.Form, row: dict[str, Any]) -> dict[str, Any]:
    """Show the fields of what a site is, and return them."""
    kinds = names_of(language(), "site_kind")
    return {
        "name": form.text("name", say("places.column.site_name"), value=row.get("name", "")),
        "kind": form.choice(
            "kind", say("column.site_kind"), SITE_KINDS, value=row.get("kind"), format_func=kinds.__getitem__
        ),
        "radius_m": int(
            form.show(
                "radius_m",
                st.number_input,
                say("places.column.radius_m"),
                value=row.get("radius_m", 200),
                step=10,
            )
        ),
        "organisation_id": organisation(form, row),
    }


def organisation(form: forms.Form, row: dict[str, Any]) -> int | None:
    """Show the field for the number of the organisation that runs the site, and return it, None for none."""
    if actor().organisation_id is not None and not row:
        return actor().organisation_id
    given = form.show(
        "organisation_id",
        st.number_input,
        say("places.column.organisation_id"),
        value=row.get("organisation_id"),
        step=1,
        min_value=1,
        placeholder=say("sites.no_organisation"),
    )
    return None if given is None else int(given)


def position(form: forms.Form, row: dict[str, Any]) -> dict[str, Any]:
    """Show the fields of where a site is, and return them."""
    degrees = {"format": "%.6f", "step": 0.0001}
    return {
        "lon": float(
            form.show(
                "lon", st.number_input, say("places.column.lon"), value=row.get("lon", 120.15), **degrees
            )
        ),
        "lat": float(
            form.show(
                "lat", st.number_input, say("places.column.lat"), value=row.get("lat", 30.27), **degrees
            )
        ),
        "position_system": form.choice(
            "position_system",
            say("places.column.position_system"),
            SYSTEMS,
            value=row.get("position_system", "GCJ-02"),
            format_func=lambda code: say(f"position_system.{code}"),
        ),
    }


def area(form: forms.Form, code: str | None = None) -> str:
    """Show the areas within reach to choose one from, and return its code."""
    with reading(operational_database()) as session:
        names = areas_within_reach(session, actor(), Action.REGISTER_SITE)
    return form.choice(
        "area_code",
        say("places.column.area"),
        tuple(names),
        value=code,
        format_func=lambda one: names.get(one, one),
    )


def show_list() -> None:
    """The list, and the ways to add to it."""
    page_head("sites")
    adding = st.tabs([say("sites.tab.list"), say("sites.tab.register"), say("sites.tab.import")])
    with adding[0]:
        lists.show(
            SITES,
            COLUMNS,
            filters=[
                lists.Choice("kind", "column.site_kind", "site_kind", SITE_KINDS),
                lists.Choice("state", "column.state", "site.state", ("open", "closed")),
            ],
            codes={"kind": "site_kind"},
            search="sites.search",
            opens="site",
        )
    if not may(Action.REGISTER_SITE):
        for tab in adding[1:]:
            tab.caption(say("problem.not_allowed"))
        return
    with adding[1]:
        with forms.Form("register_site", submit=say("sites.tab.register")) as form:
            values = {
                **description(form, {}),
                "area_code": area(form),
                **position(form, {}),
                "reason": forms.reason_field(form),
            }
        if form.is_submitted:
            form.carry_out(register_site, done=say("sites.registered"), **values)
    with adding[2]:
        st.markdown(say("sites.import_about"))
        imports.offer("sites", SITE_COLUMNS, import_sites, examples=[EXAMPLE])


def show_site(site_id: int) -> None:
    """One site: its fields, what can be done with it, its history."""
    row = records.found(SITES, site_id, "site")
    is_open = row["closed_on"] is None
    records.head(
        row["name"], "site", state=say(f"site.state.{'open' if is_open else 'closed'}"), is_good=is_open
    )
    records.fields(row, FIELDS, {"kind": "site_kind", "position_system": "position_system"})
    with reading(operational_database()) as session:
        successor = successor_of(session, actor(), site_id)
    if successor is not None and st.button(
        say("sites.goes_on", n=successor), icon=":material/arrow_forward:", key="successor"
    ):
        st.query_params["site"] = str(successor)
        st.rerun()
    if may(Action.UPDATE_SITE):
        change(row, is_open=is_open, has_moved=successor is not None)
    records.history("sites", site_id)


def change(row: dict[str, Any], *, is_open: bool, has_moved: bool) -> None:
    """The forms to correct, move, close or open a site."""
    site_id = row["site_id"]
    with st.expander(say("sites.correct"), icon=":material/edit:"):
        st.caption(say("sites.correct_about"))
        with forms.Form(f"update_site_{site_id}", submit=say("places.save"), border=False) as form:
            values = {**description(form, row), **position(form, row), "reason": forms.reason_field(form)}
        if form.is_submitted:
            form.carry_out(update_site, done=say("places.saved"), site_id=site_id, **values)
    if not is_open:
        if not has_moved:
            act_on(site_id, "reopen_site", reopen_site)
        return
    with st.expander(say("sites.move"), icon=":material/moving:"):
        st.caption(say("sites.move_about"))
        with forms.Form(f"move_site_{site_id}", submit=say("sites.move"), border=False) as form:
            here = row["community_code"] or row["township_code"] or row["district_code"]
            values = {"area_code": area(form, here), **position(form, row)}
            values["moved_on"] = form.show("moved_on", st.date_input, say("sites.moved_on"), today())
            values["reason"] = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(move_site, done=say("sites.moved"), site_id=site_id, **values)
    act_on(site_id, "close_site", close_site, closed_on=True)


def act_on(site_id: int, name: str, command: Any, *, closed_on: bool = False) -> None:
    """A form that only asks why, and maybe from which day on."""
    with st.expander(say(f"sites.{name}"), icon=":material/door_front:"):
        st.caption(say(f"sites.{name}_about"))
        with forms.Form(f"{name}_{site_id}", submit=say(f"sites.{name}"), border=False) as form:
            values: dict[str, Any] = {}
            if closed_on:
                values["closed_on"] = form.show(
                    "closed_on", st.date_input, say("places.column.closed_on"), today()
                )
            values["reason"] = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(command, done=say("places.saved"), site_id=site_id, **values)


opened = records.opened("site")
if opened is None:
    show_list()
else:
    show_site(int(opened) if isinstance(opened, int) else 0)
