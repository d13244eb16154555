"""Device health: which card readers work, which are silent, whose clock is wrong, which read unknown cards.

Belongs here: the page from top to bottom. Does not belong here: when a reader counts as silent or skewed
(marts.device_health decides by dated rules).
"""

import polars as pl
import streamlit as st

from dashboards import address, figures, formats, lake
from dashboards.figures import STATE_COLORS
from dashboards.language import language, say
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.table_view import dated, hours, show_table
from dashboards.texts import DEVICE_STATES, SITE_KINDS, names_of

DEVICES = """
    SELECT
        device_no, site_name, site_kind, health.district_code, areas.name AS district_name, areas.name_en, model, state,
        last_heartbeat_at, last_tap_at, clock_offset_seconds, queued_taps, taps_7d, resends_7d, rejected_7d,
        unknown_card_7d, longest_delay_seconds_7d
    FROM marts.device_health AS health
    LEFT JOIN marts.areas AS areas ON areas.area_code = health.district_code AND areas.kind = 'district'
    ORDER BY health.district_code, device_no
"""
IDENTITY = {
    "device_no": "column.device_no",
    "site_name": "column.site",
    "district": "column.district",
    "kind": "column.site_kind",
}
COLUMNS = {
    "silent": {"last_heartbeat_at": "column.last_heartbeat_at", "last_tap_at": "column.last_tap_at",
               "queued_taps": "column.queued_taps", "model": "column.model"},
    "skewed": {"clock_offset_seconds": "column.clock_offset_seconds", "last_heartbeat_at": "column.last_heartbeat_at",
               "taps_7d": "column.taps_7d", "rejected_7d": "column.rejected_7d", "model": "column.model"},
    "unknown_card": {"unknown_card_7d": "column.unknown_card_7d", "taps_7d": "column.taps_7d",
                     "last_tap_at": "column.last_tap_at"},
    "all": {"shown_state": "column.state", "last_heartbeat_at": "column.last_heartbeat_at",
            "last_tap_at": "column.last_tap_at", "taps_7d": "column.taps_7d", "resends_7d": "column.resends_7d",
            "rejected_7d": "column.rejected_7d", "unknown_card_7d": "column.unknown_card_7d",
            "delay_hours": "column.delay_7d", "clock_offset_seconds": "column.clock_offset_seconds",
            "queued_taps": "column.queued_taps", "model": "column.model"},
}  # fmt: skip
WORST_FIRST = {
    "silent": [pl.col("last_heartbeat_at")],
    "skewed": [-pl.col("clock_offset_seconds").abs()],
    "unknown_card": [-pl.col("unknown_card_7d")],
    "all": [],
}


def rows_of(tab: str, devices: pl.DataFrame) -> pl.DataFrame:
    """Return the devices that a list is about, the worst first."""
    conditions = {
        "silent": pl.col("state").is_in(["silent", "never_seen"]),
        "skewed": pl.col("state") == "skewed",
        "unknown_card": pl.col("unknown_card_7d") > 0,
        "all": pl.lit(True),
    }
    return devices.filter(conditions[tab]).sort([*WORST_FIRST[tab], "device_no"], nulls_last=False)


page_head("device_health")
clock_or_stop()
devices = lake.ask(DEVICES)
if devices.is_empty():
    st.info(say("empty.devices"), icon=":material/sensors_off:")
    st.stop()

english = language() == "en"
site_kinds = names_of(language(), "site_kind")
states = names_of(language(), "device.state")
devices = devices.with_columns(
    district=(pl.coalesce("name_en", "district_name") if english else pl.col("district_name")).fill_null("–"),
    kind=pl.col("site_kind").replace(site_kinds),
    shown_state=pl.col("state").replace(states),
    delay_hours=hours("longest_delay_seconds_7d") / 60,
).with_columns(pl.col("delay_hours").round(1))
districts = dict(
    devices.select("district_code", "district").unique().drop_nulls().sort("district_code").iter_rows()
)

with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    district = address.choice(
        st.selectbox,
        say("filter.district"),
        ("", *districts),
        "district",
        format_func=lambda code: districts.get(code, say("filter.all_city")),
        width=200,
    )
    kind = address.choice(
        st.selectbox,
        say("filter.site_kinds"),
        ("", *SITE_KINDS),
        "kind",
        format_func=lambda code: site_kinds.get(code, say("filter.all_kinds")),
        width=200,
    )
    wanted = address.choices(
        say("device.states"),
        DEVICE_STATES,
        "states",
        default=DEVICE_STATES,
        format_func=lambda code: states[code],
    )
chosen = devices.filter(
    (pl.col("district_code") == district if district else pl.lit(True))
    & (pl.col("site_kind") == kind if kind else pl.lit(True))
    & pl.col("state").is_in(wanted)
)
if chosen.is_empty():
    st.info(say("empty.filters"), icon=":material/filter_alt_off:")
    st.stop()

counts = dict(chosen.group_by("state").len().iter_rows())
with st.grid(5, gap="small", min_column_width=150):
    for state in DEVICE_STATES:
        count = counts.get(state, 0)
        st.metric(
            states[state],
            say("map.devices_unit", n=f"{count:,}"),
            delta=say("device.share", percent=f"{count / chosen.height * 100:.1f}"),
            delta_color="off",
            delta_arrow="off",
            border=True,
        )

with st.container(border=True):
    st.subheader(say("device.by_district"), anchor=False)
    by_district = (
        chosen.group_by(["district_code", "district", "state"]).len(name="devices").sort("district_code")
    )
    st.plotly_chart(
        figures.stacked_bars(
            by_district,
            "district",
            "devices",
            "state",
            say("column.devices"),
            names=states,
            colors=STATE_COLORS,
            height=320,
        ),
        theme=None,
        config=figures.config(language()),
        key="states_by_district",
        alt=say("device.by_district"),
    )

tabs = ("silent", "skewed", "unknown_card", "all")
lists = {tab: rows_of(tab, chosen) for tab in tabs}
tab = address.choice(
    st.segmented_control,
    say("device.attention"),
    tabs,
    "list",
    format_func=lambda code: f"{say(f'device.tab.{code}')} {formats.number('people', lists[code].height)}",
    required=True,
)
if lists[tab].is_empty():
    st.success(say("empty.good"), icon=":material/check_circle:")
else:
    st.caption(say(f"device.{tab}_help"))
    columns = IDENTITY | COLUMNS[tab]
    show_table(
        lists[tab],
        columns,
        file_name=dated("devices", tab, district),
        name=say(f"device.tab.{tab}"),
        key="devices",
    )
