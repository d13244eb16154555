"""Rejected taps: why, at which reader, on which day; and binding an unknown card, so that its taps heal.

Belongs here: the page from top to bottom. Does not belong here: why a tap is rejected (warehouse.timekeeping), how they
are counted (marts.rejected_taps), or a rule of binding (operations.commands.cards).
"""

from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards import formats, forms, lake
from dashboards.language import language, say
from dashboards.mart_scope import in_reach
from dashboards.operational_database import operational_database
from dashboards.page_parts import choose_period, clock_or_stop, page_head, period_note
from dashboards.plain_text import markdown_safe
from dashboards.signed_in import actor
from dashboards.table_view import dated, show_table
from dashboards.texts import names_of
from operations.access import Action, scope_of
from operations.commands.cards import bind_card_by_number, extend_binding
from operations.database import reading
from operations.queries.cards import held_now, holder_to_be

# `{reach}` is the condition of who looks.
IN_PERIOD = "FROM marts.rejected_taps WHERE {reach} AND received_day BETWEEN $first AND $last"
BY_REASON = (
    f"SELECT reason, CAST(SUM(taps) AS BIGINT) AS taps {IN_PERIOD} GROUP BY reason ORDER BY taps DESC, reason"
)
BY_DEVICE = f"""
    SELECT
        device_no, site_name, reason, CAST(SUM(taps) AS BIGINT) AS taps,
        MIN(first_tapped_at) AS first_tapped_at, MAX(last_tapped_at) AS last_tapped_at
    {IN_PERIOD} GROUP BY device_no, site_name, reason ORDER BY taps DESC, device_no, reason
"""
BY_DAY = f"""
    SELECT received_day, reason, CAST(SUM(taps) AS BIGINT) AS taps
    {IN_PERIOD} GROUP BY received_day, reason ORDER BY received_day DESC, reason
"""
# All unknown cards, whatever the period: they wait until somebody binds them.
UNKNOWN_CARDS = """
    SELECT
        card_no, CAST(SUM(taps) AS BIGINT) AS taps, CAST(COUNT(DISTINCT device_no) AS BIGINT) AS devices,
        MIN(first_tapped_at) AS first_tapped_at, MAX(last_tapped_at) AS last_tapped_at,
        ARG_MAX(site_name, last_tapped_at) AS site_name
    FROM marts.rejected_taps WHERE {reach} AND reason = 'unknown_card' AND card_no <> ''
    GROUP BY card_no ORDER BY taps DESC, card_no
"""
TAPS_OF_CARD = """
    SELECT tapped_on, device_no, site_name, taps, first_tapped_at, last_tapped_at
    FROM marts.rejected_taps WHERE {reach} AND reason = 'unknown_card' AND card_no = $card
    ORDER BY tapped_on, device_no
"""
SEEN = {
    "taps": "places.column.rejected",
    "first_tapped_at": "places.column.first_tapped_at",
    "last_tapped_at": "places.column.last_tapped_at",
}
CARD_COLUMNS = {
    "card_no": "places.column.card_no",
    **SEEN,
    "devices": "column.devices",
    "site_name": "places.column.last_site",
    "waits": "column.state",
}


def asked(sql: str, **values: Any) -> pl.DataFrame:
    """Return what the mart answers, within reach of who is signed in."""
    reach, bound = in_reach(Action.VIEW_REJECTED_TAPS)
    return lake.ask(sql.format(reach=reach), **bound, **values)


def held(cards: list[str]) -> dict[str, datetime]:
    """Return those of the cards that are somebody's now, with the moment (UTC, as marts tell it) since when."""
    with reading(operational_database()) as session:
        return {card: since.replace(tzinfo=None) for card, since in held_now(session, cards).items()}


def waits_for(since: datetime | None, last_tapped_at: datetime) -> str:
    """Return what the taps of a card wait for: to be bound, the next build, or a binding that begins earlier."""
    if since is None:
        return "waits"
    return "heals_next" if since <= last_tapped_at else "before_binding"


def show_unknown_cards() -> None:
    """The cards that wait for somebody to bind them; a click opens one."""
    cards = asked(UNKNOWN_CARDS)
    if cards.is_empty():
        st.success(say("rejected.no_unknown"), icon=":material/check_circle:")
        return
    since = held(cards["card_no"].to_list())
    cards = cards.with_columns(
        waits=pl.Series(
            [
                say(f"rejected.{waits_for(since.get(card), last)}")
                for card, last in cards.select("card_no", "last_tapped_at").iter_rows()
            ]
        )
    )
    st.caption(say("rejected.unknown_about"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            say("rejected.choose_card"),
            cards["card_no"].to_list(),
            index=None,
            placeholder=say("rejected.choose_card_help"),
            key="rejected_card",
            width=360,
        )
        if st.button(say("rejected.open"), key="open_card", type="primary", disabled=chosen is None):
            st.query_params["card"] = str(chosen)
            st.rerun()
    show_table(
        cards,
        CARD_COLUMNS,
        file_name=dated("unknown_cards"),
        name=say("rejected.tab.cards"),
        key="unknown_cards",
        view=Action.VIEW_REJECTED_TAPS,
    )


def show_counts() -> None:
    """How many were rejected, why, where and when."""
    clock = clock_or_stop()
    period = choose_period(clock)
    st.caption(period_note(clock, period))
    days: dict[str, date] = {"first": period.first, "last": period.last}
    reasons = asked(BY_REASON, **days)
    if reasons.is_empty():
        st.success(say("rejected.none"), icon=":material/check_circle:")
        return
    names = names_of(language(), "rejected.reason")
    with st.grid(4, gap="small", min_column_width=170):
        for reason, taps in reasons.iter_rows():
            st.metric(
                names.get(reason, reason),
                f"{taps:,}",
                border=True,
                help=say(f"rejected.reason_help.{reason}"),
            )
    named = pl.col("reason").replace(names)
    by_device, by_day = st.tabs([say("rejected.by_device"), say("rejected.by_day")])
    with by_device:
        show_table(
            asked(BY_DEVICE, **days).with_columns(why=named),
            {
                "device_no": "column.device_no",
                "site_name": "column.site",
                "why": "places.column.reject_reason",
                **SEEN,
            },
            file_name=dated("rejected_by_device", period.first, period.last),
            name=say("rejected.by_device"),
            key="rejected_by_device",
            view=Action.VIEW_REJECTED_TAPS,
        )
    with by_day:
        show_table(
            asked(BY_DAY, **days).with_columns(why=named),
            {
                "received_day": "places.column.received_day",
                "why": "places.column.reject_reason",
                "taps": "places.column.rejected",
            },
            file_name=dated("rejected_by_day", period.first, period.last),
            name=say("rejected.by_day"),
            key="rejected_by_day",
            view=Action.VIEW_REJECTED_TAPS,
        )


def show_card(card_no: str) -> None:
    """One unknown card: its taps, and the form to bind it."""
    if st.button(say("record.back"), icon=":material/arrow_back:", type="tertiary", key="back"):
        st.query_params.pop("card", None)
        st.rerun()
    st.title(markdown_safe(say("rejected.card", card=card_no)), anchor=False)
    taps = asked(TAPS_OF_CARD, card=card_no)
    if taps.is_empty():
        st.info(say("rejected.card_none"), icon=":material/search_off:")
        return
    since = held([card_no]).get(card_no)
    last: Any = taps["last_tapped_at"].max()
    state = waits_for(since, last)
    if state != "waits":
        st.info(say(f"rejected.card_{state}", time=formats.local_time(since)), icon=":material/healing:")
    show_table(
        taps,
        {
            "tapped_on": "places.column.tapped_on",
            "device_no": "column.device_no",
            "site_name": "column.site",
            **SEEN,
        },
        file_name=dated("card_taps"),
        name=say("rejected.card", card=card_no),
        key="card_taps",
        view=Action.VIEW_REJECTED_TAPS,
    )
    if scope_of(actor(), Action.BIND_CARD).kind == "nothing":
        return
    if state == "waits":
        bind(card_no, taps)
    elif state == "before_binding":
        extend(card_no, taps)


def bind(card_no: str, taps: pl.DataFrame) -> None:
    """Who is to have the card, from which day on, how many taps heal by it; and the button."""
    st.subheader(say("rejected.bind"), anchor=False)
    with st.container(horizontal=True, gap="medium"):
        number = st.text_input(say("places.column.volunteer_no"), key="bind_volunteer_no", width=300)
        first: Any = taps["tapped_on"].min()
        day = st.date_input(say("cards.from_day"), first, key="bind_day", width=200)
    heals = int(taps.filter(pl.col("tapped_on") >= day)["taps"].sum())
    stays = int(taps["taps"].sum()) - heals
    st.markdown(say("rejected.heals", n=f"{heals:,}", rest=f"{stays:,}"))
    if not number:
        return
    with reading(operational_database()) as session:
        holder = holder_to_be(session, actor(), number)
    if holder is None:
        st.warning(say("rejected.nobody"), icon=":material/person_off:")
        return
    st.markdown(say("rejected.holder", name=markdown_safe(holder[1]), number=markdown_safe(number.strip())))
    with forms.Form(f"bind_{card_no}", submit=say("rejected.bind")) as form:
        reason = forms.reason_field(form)
    if form.is_submitted:
        form.carry_out(
            bind_card_by_number,
            done=say("rejected.bound", n=f"{heals:,}"),
            card_no=card_no,
            volunteer_no=number,
            bound_on=day,
            reason=reason,
        )


def extend(card_no: str, taps: pl.DataFrame) -> None:
    """The form to let the binding begin earlier."""
    with forms.Form(f"extend_{card_no}", submit=say("rejected.extend")) as form:
        day = form.show("bound_on", st.date_input, say("cards.from_day"), taps["tapped_on"].min())
        reason = forms.reason_field(form)
    if form.is_submitted:
        heals = int(taps.filter(pl.col("tapped_on") >= day)["taps"].sum())
        form.carry_out(
            extend_binding,
            done=say("rejected.bound", n=f"{heals:,}"),
            card_no=card_no,
            bound_on=day,
            reason=reason,
        )


opened = st.query_params.get("card")
if opened:
    show_card(opened)
else:
    page_head("rejected_taps")
    unknown, counts = st.tabs([say("rejected.tab.cards"), say("rejected.tab.counts")])
    with unknown:
        show_unknown_cards()
    with counts:
        show_counts()
