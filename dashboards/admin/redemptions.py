"""What was redeemed at charity shops: the list, one redemption, and giving its points back.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.shop_redemptions).
"""

from uuid import uuid4

import streamlit as st

from dashboards import forms, lists, records
from dashboards.language import language, say
from dashboards.page_parts import page_head
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, scope_of
from operations.commands.shop_refunds import refund_redemption
from operations.queries.shops import SHOP_REDEMPTIONS

COLUMNS = {
    "redemption_id": "redemptions.id",
    "state": "records.status",
    "way": "redemptions.way",
    "points": "redemptions.points",
    "refunded_points": "redemptions.refunded",
    "goods": "redemptions.goods",
    "shop_name": "shops.shop",
    "terminal_no": "shops.terminal",
    "volunteer_no": "records.volunteer_no",
    "uploaded_at": "shops.uploaded_at",
}
FIELDS = {
    **COLUMNS,
    "occurred_at": "redemptions.occurred_at",
    "is_clock_wrong": "redemptions.clock_wrong",
    "collected_at": "redemptions.collected_at",
    "transfer_no": "redemptions.transfer_no",
}
CODES = {"state": "redemption_state", "way": "redemption_way"}


def show_list() -> None:
    """All redemptions that the viewer may see."""
    page_head("redemptions")
    lists.show(
        SHOP_REDEMPTIONS,
        COLUMNS,
        filters=[
            lists.Choice("state", "records.status", "redemption_state"),
            lists.Choice("way", "redemptions.way", "redemption_way"),
        ],
        codes=CODES,
        search="records.volunteer_no",
        opens="redemption",
    )


def show_redemption(redemption_no: int) -> None:
    """One redemption, its history, and giving back what is left of it."""
    row = records.found(SHOP_REDEMPTIONS, redemption_no, "redemption")
    state = name_of(language(), "redemption_state", row["state"])
    records.head(row["goods"], "redemption", state=state, is_good=row["state"] == "posted")
    records.fields(row, FIELDS, CODES)
    if row["state"] == "posted" and scope_of(actor(), Action.REFUND_REDEMPTION).kind != "nothing":
        with st.expander(say("redemptions.refund"), icon=":material/undo:"):
            with forms.Form(
                f"refund_{redemption_no}", submit=say("redemptions.refund"), is_danger=True
            ) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    refund_redemption,
                    done=say("redemptions.done"),
                    refund_id=str(uuid4()),
                    redemption_id=row["redemption_id"],
                    reason=reason,
                )
    records.history("shop_redemptions", redemption_no)


opened = records.opened("redemption")
if isinstance(opened, int):
    show_redemption(opened)
else:
    show_list()
