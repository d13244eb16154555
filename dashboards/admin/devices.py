"""Card readers: the register, and beside it what the warehouse says of their health.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.places, devices), or when
a reader counts as silent or skewed (marts.device_health).
"""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboards import formats, forms, imports, lake, lists, records
from dashboards.language import language, say
from dashboards.mart_scope import in_reach
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.table_view import dated, show_table
from dashboards.texts import name_of, names_of
from operations.access import Action, scope_of
from operations.commands.devices import move_device, replace_device, retire_device, set_directed
from operations.commands.import_places import DEVICE_COLUMNS, import_devices
from operations.commands.places import register_device
from operations.commands.sites import begin_of
from operations.database import reading
from operations.model import utc_now
from operations.queries.devices import DEVICES, last_heartbeats, placements_of

COLUMNS = {
    "device_no": "column.device_no",
    "site": "column.site",
    "district": "column.district",
    "model": "column.model",
    "is_directed": "places.column.is_directed",
    "registered_at": "places.column.registered_at",
    "retired_at": "places.column.retired_at",
}
FIELDS = COLUMNS | {
    "site_id": "places.column.site_id",
    "replaces_device_no": "places.column.replaces_device_no",
}
ATTENTION = {
    "device_no": "column.device_no",
    "site_name": "column.site",
    "shown_state": "column.state",
    "last_heartbeat_at": "column.last_heartbeat_at",
    "last_tap_at": "column.last_tap_at",
    "clock_offset_seconds": "column.clock_offset_seconds",
    "unknown_card_7d": "column.unknown_card_7d",
    "queued_taps": "column.queued_taps",
}
EXAMPLE = {"device_no": "R330106001", "site_id": "1", "model": "K14", "is_directed": "no"}
# `{reach}` is the condition of who looks.
HEALTH = """
    SELECT
        device_no, site_name, state, last_heartbeat_at, last_tap_at, clock_offset_seconds, unknown_card_7d, queued_taps,
        taps_7d, rejected_7d
    FROM (
        SELECT health.*, sites.township_code
        FROM marts.device_health AS health
        LEFT JOIN marts.sites AS sites ON sites.site_id = health.site_id
    )
    WHERE {reach}
"""


def may(action: Action) -> bool:
    """Return whether who is signed in holds the action anywhere: only then it is offered."""
    return scope_of(actor(), action).kind != "nothing"


def today() -> date:
    """Return the local date."""
    return (utc_now() + UTC_OFFSET).date()


def health(condition: str, **values: Any) -> pl.DataFrame:
    """Return what the warehouse says of the readers within reach that fit a condition."""
    reach, bound = in_reach(Action.VIEW_DEVICES)
    return lake.ask(f"{HEALTH.format(reach=reach)} AND {condition} ORDER BY device_no", **bound, **values)


def show_attention() -> None:
    """The readers that need somebody to go there."""
    found = health("state <> 'retired' AND (state <> 'ok' OR unknown_card_7d > 0)")
    counts = {
        "silent": found.filter(pl.col("state").is_in(["silent", "never_seen"])).height,
        "skewed": found.filter(pl.col("state") == "skewed").height,
        "unknown_card": found.filter(pl.col("unknown_card_7d") > 0).height,
    }
    with st.grid(3, gap="small", min_column_width=180):
        for kind, count in counts.items():
            st.metric(say(f"device.tab.{kind}"), say("map.devices_unit", n=f"{count:,}"), border=True)
    if found.is_empty():
        st.success(say("empty.good"), icon=":material/check_circle:")
        return
    states = names_of(language(), "device.state")
    st.caption(say("devices.attention_about"))
    show_table(
        found.with_columns(shown_state=pl.col("state").replace(states)),
        ATTENTION,
        file_name=dated("devices_attention"),
        name=say("devices.tab.attention"),
        key="attention",
    )


def show_list() -> None:
    """The readers that need attention, the register, and the ways to add to it."""
    page_head("devices")
    names = ["list", "attention", "register", "import"]
    tabs = dict(zip(names, st.tabs([say(f"devices.tab.{name}") for name in names]), strict=True))
    with tabs["list"]:
        lists.show(
            DEVICES,
            COLUMNS,
            filters=[
                lists.Choice("state", "column.state", "device.in_use", ("in_use", "retired")),
                lists.Text("model", "column.model"),
                lists.Text("site_id", "places.column.site_id"),
            ],
            codes={"is_directed": "directed"},
            search="devices.search",
            opens="device",
        )
    with tabs["attention"]:
        show_attention()
    if not may(Action.REGISTER_DEVICE):
        for name in ("register", "import"):
            tabs[name].caption(say("problem.not_allowed"))
        return
    with tabs["register"]:
        with forms.Form("register_device", submit=say("devices.tab.register")) as form:
            values = {
                "device_no": form.text("device_no", say("column.device_no")),
                "site_id": site(form),
                "model": form.text("model", say("column.model")),
                "is_directed": form.show("is_directed", st.checkbox, say("places.column.is_directed")),
                "reason": forms.reason_field(form),
            }
        if form.is_submitted:
            form.carry_out(register_device, done=say("devices.registered"), **values)
    with tabs["import"]:
        st.markdown(say("devices.import_about"))
        imports.offer("devices", DEVICE_COLUMNS, import_devices, examples=[EXAMPLE])


def site(form: forms.Form) -> int:
    """Show the field for the number of a site, and return it."""
    return int(
        form.show(
            "site_id", st.number_input, say("places.column.site_id"), 1, step=1, help=say("devices.site_help")
        )
    )


def show_device(device_no: str) -> None:
    """One reader: its fields, its health, where it stood, what can be done with it, its history."""
    row = records.found(DEVICES, device_no, "device")
    in_use = row["retired_at"] is None
    records.head(
        device_no,
        "device",
        state=say(f"device.in_use.{'in_use' if in_use else 'retired'}"),
        is_good=in_use,
    )
    records.fields(row, FIELDS, {"is_directed": "directed"})
    show_health(device_no)
    with reading(operational_database()) as session:
        stood = placements_of(session, actor(), device_no)
        beats = last_heartbeats(session, actor(), device_no)
    st.subheader(say("devices.placements"), anchor=False)
    for one in stood:
        st.markdown(
            say(
                "devices.placement",
                site=one.site,
                begin=formats.local_time(one.placed_from),
                end=formats.local_time(one.placed_to) if one.placed_to else say("devices.until_now"),
            )
        )
    if beats:
        with st.expander(say("devices.heartbeats")):
            for beat in beats:
                st.markdown(
                    say(
                        "devices.heartbeat",
                        time=formats.local_time(beat.received_at),
                        offset=beat.clock_offset_seconds,
                        queued=beat.queued_taps,
                    )
                )
    if in_use and may(Action.MOVE_DEVICE):
        change(row)
    records.history("devices", device_no)


def show_health(device_no: str) -> None:
    """What the warehouse says of a reader, as of the last build."""
    found = health("device_no = $device_no", device_no=device_no)
    if found.is_empty():
        st.caption(say("devices.not_built_yet"))
        return
    of = found.row(0, named=True)
    with st.grid(4, gap="small", min_column_width=150):
        st.metric(say("column.state"), name_of(language(), "device.state", of["state"]), border=True)
        st.metric(say("column.last_heartbeat_at"), formats.local_time(of["last_heartbeat_at"]), border=True)
        st.metric(say("column.taps_7d"), f"{of['taps_7d']:,}", border=True)
        st.metric(say("column.unknown_card_7d"), f"{of['unknown_card_7d']:,}", border=True)


def change(row: dict[str, Any]) -> None:
    """The forms to move, turn, replace or retire a reader."""
    device_no = row["device_no"]
    with st.expander(say("devices.move"), icon=":material/moving:"):
        st.caption(say("devices.move_about"))
        with forms.Form(f"move_{device_no}", submit=say("devices.move"), border=False) as form:
            where = site(form)
            day = form.show("moved_at", st.date_input, say("devices.from_day"), today())
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                move_device,
                done=say("devices.moved"),
                device_no=device_no,
                site_id=where,
                moved_at=begin_of(day),
                reason=reason,
            )
    with st.expander(say("devices.set_directed"), icon=":material/swap_horiz:"):
        st.caption(say("devices.set_directed_about"))
        with forms.Form(f"directed_{device_no}", submit=say("places.save"), border=False) as form:
            directed = form.show(
                "is_directed", st.checkbox, say("places.column.is_directed"), row["is_directed"]
            )
            day = form.show("since", st.date_input, say("devices.from_day"), today())
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(
                set_directed,
                done=say("places.saved"),
                device_no=device_no,
                is_directed=directed,
                since=begin_of(day),
                reason=reason,
            )
    with st.expander(say("devices.replace"), icon=":material/published_with_changes:"):
        st.caption(say("devices.replace_about"))
        with forms.Form(f"replace_{device_no}", submit=say("devices.replace"), border=False) as form:
            values = {
                "new_device_no": form.text("new_device_no", say("devices.new_device_no")),
                "model": form.text("model", say("column.model"), value=row["model"]),
                "reason": forms.reason_field(form),
            }
        if form.is_submitted:
            form.carry_out(replace_device, done=say("devices.replaced"), device_no=device_no, **values)
    with st.expander(say("devices.retire"), icon=":material/power_settings_new:"):
        st.caption(say("devices.retire_about"))
        with forms.Form(
            f"retire_{device_no}", submit=say("devices.retire"), border=False, is_danger=True
        ) as form:
            reason = forms.reason_field(form)
        if form.is_submitted:
            form.carry_out(retire_device, done=say("devices.retired"), device_no=device_no, reason=reason)


opened = st.query_params.get("device")
if opened:
    show_device(opened)
else:
    show_list()
