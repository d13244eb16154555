"""One line of a statement: what moved in which lot, and what is behind it, down to the taps or check-ins of a session.

Belongs here: the view of one transfer. Does not belong here: which events made the session (warehouse.timekeeping).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from dashboards import formats, lake, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.database import reading
from operations.model import utc_now
from operations.queries.paging import Wanted, page_of
from operations.queries.points import POINT_STATEMENT, check_ins_behind, moves_of
from operations.queries.reviews import names_for

PARAMETER = "transfer"
FIELDS = {
    "posted_at": "points.posted_at",
    "points": "points.amount",
    "movement": "points.movement_label",
    "volunteer_no": "people.volunteer_no",
    "other": "points.other",
    "month": "points.period",
    "purpose": "points.for_what",
    "reason": "points.reason",
    "acted": "points.actor",
    "transfer_id": "points.transfer_id",
}
RECORD = """
    SELECT
        session_id, service_day, channel, hour_kind, organisation_id, activity_id, site_id, in_at, out_at, minutes,
        final_on, dispute_id, opening_event_id, closing_event_id, cents_per_hour, coefficient_percent, rated_cents,
        day_cap_cents, month_cap_cents, amount_cents
    FROM marts.service_records
    WHERE session_id = $session_id AND service_day = $service_day
"""
# What a reference begins with → the text that says it.
PURPOSES = ("settlement", "order", "redemption", "shop", "adjustment")


def purpose(reference: str) -> str:
    """Return in words what a transfer or hold was for; as it stands where nobody has called it anything."""
    kind, _, number = reference.partition(":")
    return say(f"points.purpose.{kind}", number=number) if kind in PURPOSES and number else reference


def show(transfer_no: int | str) -> None:
    """Show one transfer that the viewer may see, and what is behind it."""
    row = records.found(POINT_STATEMENT, transfer_no, PARAMETER)
    movement = name_of(language(), "points.movement", row["movement"])
    records.head(
        say("points.transfer", number=row["transfer_no"]),
        PARAMETER,
        state=movement,
        is_good=row["points"] > 0,
    )
    st.caption(say(f"points.movement_about.{row['movement']}"))
    role = name_of(language(), "role", row["role"])
    told = {
        **row,
        "movement": movement,
        "other": name_of(language(), "points.other_kind", row["other_kind"]),
        "month": f"{row['period']:%Y-%m}",
        "purpose": purpose(row["reference"]),
        "acted": f"{row['actor']}（{role}）",
    }
    records.fields(told, FIELDS)
    st.subheader(say("points.lots_moved"), anchor=False)
    with reading(operational_database()) as session:
        moves = moves_of(session, actor(), row["transfer_no"])
    related(
        [{**one, "earned_month": f"{one['earned_month']:%Y-%m}"} for one in moves],
        {"earned_month": "points.earned_month", "points": "points.amount"},
    )
    if row["award_id"]:
        show_award(row)
    if row["reverses_no"]:
        open_other(row["reverses_no"])
    show_given_back(row)


def open_other(transfer_no: int) -> None:
    """The way to the transfer that this one gives back."""
    if st.button(say("points.open_reversed", number=transfer_no), icon=":material/undo:"):
        st.query_params[PARAMETER] = str(transfer_no)
        st.rerun()


def show_given_back(row: Mapping[str, Any]) -> None:
    """The transfers by which this one was given back, if any."""
    if row["movement"] not in ("spent", "expired"):
        return
    wanted = Wanted(filters={"reverses_no": row["transfer_no"]})
    with reading(operational_database()) as session:
        back = page_of(session, actor(), POINT_STATEMENT, wanted, on=utc_now().date())
    if back.rows:
        st.subheader(say("points.given_back"), anchor=False)
        names = {
            "transfer_no": "points.transfer_no",
            "posted_at": "points.posted_at",
            "points": "points.amount",
        }
        related(back.rows, names)


def show_award(row: Mapping[str, Any]) -> None:
    """The session behind an award: how its minutes became points, where it was served, and the events of it."""
    st.subheader(say("points.behind"), anchor=False)
    found = lake.ask(RECORD, session_id=row["award_id"], service_day=row["earned_on"])
    if found.is_empty():
        st.info(say("points.no_record"), icon=":material/info:")
        return
    record = found.row(0, named=True)
    with st.container(border=True):
        st.markdown(formula(record))
        for line in what_holds(record):
            st.caption(line)
    with reading(operational_database()) as session:
        names = names_for(
            session,
            organisations=[record["organisation_id"]],
            activities=[record["activity_id"]] if record["activity_id"] else [],
            sites=[record["site_id"]],
        )
    records.fields(
        {
            **record,
            "organisation": names["organisations"].get(record["organisation_id"]),
            "activity": names["activities"].get(record["activity_id"]),
            "site": names["sites"].get(record["site_id"]),
        },
        {
            "service_day": "points.earned_on",
            "minutes": "records.minutes",
            "channel": "points.channel_label",
            "organisation": "people.organisation",
            "activity": "people.activity",
            "site": "points.site",
            "in_at": "points.in_at",
            "out_at": "points.out_at",
            "session_id": "points.session_id",
        },
        {"channel": "points.channel"},
    )
    show_events(row["transfer_no"], record)


def formula(record: Mapping[str, Any]) -> str:
    """Return in words how the minutes of a session became points."""
    if record["amount_cents"] is None:
        return say("points.earns_none")
    return say(
        "points.formula",
        minutes=f"{record['minutes']:,}",
        rate=_shown(record["cents_per_hour"]),
        coefficient=record["coefficient_percent"],
        rated=_shown(record["rated_cents"]),
        amount=_shown(record["amount_cents"]),
    )


def what_holds(record: Mapping[str, Any]) -> list[str]:
    """Return what else decides about an award: a cap that cut it, its public notice, a dispute that freezes it."""
    lines = []
    if record["amount_cents"] is not None and record["amount_cents"] < record["rated_cents"]:
        day, month = (record[f"{name}_cap_cents"] for name in ("day", "month"))
        lines.append(say("points.capped", day=_shown(day), month=_shown(month)))
    if isinstance(record["final_on"], date):
        lines.append(say("points.final_on", day=record["final_on"].isoformat()))
    if record["dispute_id"]:
        lines.append(say("points.frozen", number=record["dispute_id"]))
    return lines


def show_events(transfer_no: int, record: Mapping[str, Any]) -> None:
    """The taps, check-ins or honour record that a session was made of."""
    st.subheader(say("points.events"), anchor=False)
    ends = [record["opening_event_id"], record["closing_event_id"]]
    if record["channel"] == "HONOUR":
        st.page_link(
            "admin/honour_records.py",
            label=say("points.open_honour", number=ends[0]),
            icon=":material/edit_note:",
            query_params={"record": str(ends[0])},
        )
        return
    if record["channel"] == "APP":
        numbers = [int(event) for event in ends if event]
        with reading(operational_database()) as session:
            events = check_ins_behind(session, actor(), transfer_no, numbers)
        columns = {
            "event_id": "points.event",
            "direction": "points.direction_label",
            "occurred_at": "points.occurred_at",
            "client": "points.client_label",
            "site_name": "points.site",
            "accuracy_m": "points.accuracy",
        }
        related(events, columns, codes={"direction": "points.direction", "client": "points.client"})
        return
    taps = [
        {"direction": end, "device_no": event.rpartition(":")[0], "seq": event.rpartition(":")[2], "at": at}
        for end, event, at in zip(("in", "out"), ends, (record["in_at"], record["out_at"]), strict=True)
        if event
    ]
    st.caption(say("points.taps_about"))
    related(
        taps,
        {
            "direction": "points.direction_label",
            "device_no": "points.reader",
            "seq": "points.tap_number",
            "at": "points.counted_at",
        },
        codes={"direction": "points.direction"},
    )


def _shown(cents: int | None) -> str:
    return formats.points(cents)
