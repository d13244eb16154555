"""Reviews: minutes above the daily ceilings, the oldest first, and the decision on each.

Belongs here: the page from top to bottom. Does not belong here: which minutes they are (marts.review_queue), or who may
decide (operations.commands.reviews).
"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards import address, formats, forms, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.plain_text import markdown_safe
from dashboards.review_queue import MOST, queue
from dashboards.signed_in import actor
from dashboards.table_view import configured
from dashboards.texts import name_of, names_of
from operations.access import Action, scope_of
from operations.commands.reviews import review_minutes
from operations.database import reading
from operations.queries.reviews import decisions_of, names_for


def show_list() -> None:
    """The queue, with a table to choose one from."""
    page_head("reviews")
    shown = address.choice(
        st.segmented_control,
        say("reviews.show"),
        ("open", "all"),
        "reviews_show",
        default="open",
        format_func=lambda code: say(f"reviews.{code}"),
        required=True,
    )
    rows = queue(is_all=shown == "all")
    if rows.is_empty():
        st.info(say("reviews.none"), icon=":material/task_alt:")
        return
    named = names(rows)
    frame = rows.select(
        pl.col("service_day"),
        volunteer=pl.col("volunteer_id").replace_strict(
            named["volunteers"], default="–", return_dtype=pl.String
        ),
        organisation=pl.col("organisation_id").replace_strict(
            named["organisations"], default="–", return_dtype=pl.String
        ),
        level=pl.col("level").replace_strict(names_of(language(), "review.level"), default=pl.col("level")),
        state=pl.col("state").replace_strict(names_of(language(), "review.state"), default=pl.col("state")),
        review_minutes=pl.col("review_minutes"),
        granted_minutes=pl.col("granted_minutes"),
        waiting_minutes=pl.col("waiting_minutes"),
    )
    st.caption(say("list.open_hint"))
    event: Any = st.dataframe(
        frame,
        column_config={
            "service_day": configured(say("records.service_day"), frame.schema["service_day"]),
            "volunteer": say("records.volunteer_no"),
            "organisation": say("records.organisation"),
            "level": say("reviews.level"),
            "state": say("records.status"),
            "review_minutes": say("reviews.in_review"),
            "granted_minutes": say("reviews.granted"),
            "waiting_minutes": say("reviews.waiting"),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        key="reviews_table",
    )
    if rows.height == MOST:
        st.caption(say("reviews.more", n=MOST))
    cells = event["selection"].get("cells", [])
    if cells:
        chosen = rows.row(cells[0][0], named=True)
        st.query_params["review"] = f"{chosen['level']}:{chosen['session_id']}"
        st.rerun()


def names(rows: pl.DataFrame) -> dict[str, dict[int, str]]:
    """The words for the ids of some rows."""
    with reading(operational_database()) as session:
        return names_for(
            session,
            organisations=rows["organisation_id"].to_list(),
            activities=rows["activity_id"].drop_nulls().to_list(),
            sites=rows["site_id"].to_list(),
            volunteers=rows["volunteer_id"].to_list(),
        )


def show_one(level: str, session_id: str) -> None:
    """One session at one level, what was decided before, and the form to decide."""
    rows = queue(is_all=True, session_id=session_id).filter(level=level)
    if rows.is_empty():
        records.close("review")
        st.warning(say("record.none"), icon=":material/search_off:")
        return
    row = rows.row(0, named=True)
    named = names(rows)
    state = name_of(language(), "review.state", row["state"])
    records.head(
        named["volunteers"].get(row["volunteer_id"], "–"),
        "review",
        state=state,
        is_good=row["state"] in ("decided", "decided_since"),
    )
    told = {
        **row,
        "organisation": named["organisations"].get(row["organisation_id"]),
        "activity": named["activities"].get(row["activity_id"] or 0),
        "site": named["sites"].get(row["site_id"]),
    }
    labels = {
        "service_day": "records.service_day",
        "organisation": "records.organisation",
        "activity": "reviews.activity",
        "site": "reviews.site",
        "in_at": "reviews.in_at",
        "out_at": "reviews.out_at",
        "level": "reviews.level",
        "review_minutes": "reviews.in_review",
        "granted_minutes": "reviews.granted",
        "waiting_minutes": "reviews.waiting",
        "session_id": "disputes.session_id",
    }
    told |= {name: formats.local_time(row[name]) if row[name] else None for name in ("in_at", "out_at")}
    records.fields(told, labels, {"level": "review.level"})
    with reading(operational_database()) as session:
        before = [
            one for one in decisions_of(session, session_id, row["organisation_id"]) if one.level == level
        ]
    for one in before:
        st.markdown(
            f"**{one.minutes_granted} / {one.minutes_in_review}** · {formats.local_time(one.decided_at)} · "
            f"{markdown_safe(one.reason)}"
        )
    if scope_of(actor(), Action.REVIEW_MINUTES).kind == "nothing":
        return
    newest = before[0].decision_id if before else None
    st.subheader(say("reviews.decide"), anchor=False)
    with forms.Form(f"review_{abs(hash((level, session_id)))}", submit=say("reviews.decide")) as form:
        most = int(row["review_minutes"])
        granted = form.show(
            "minutes_granted",
            st.number_input,
            say("reviews.grant"),
            min_value=0,
            max_value=most,
            value=most,
            step=1,
        )
        reason = forms.reason_field(form)
    if form.is_submitted:
        form.carry_out(
            review_minutes,
            done=say("reviews.decided"),
            session_id=session_id,
            volunteer_id=row["volunteer_id"],
            organisation_id=row["organisation_id"] or None,
            service_day=row["service_day"],
            level=level,
            minutes_in_review=most,
            minutes_granted=int(granted),
            reason=reason,
            replaces=newest,
        )


opened = records.opened("review")
if isinstance(opened, str) and ":" in opened:
    show_one(*opened.split(":", 1))
else:
    show_list()
