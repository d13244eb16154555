"""The form of an item of the mall: what it is, what it costs, who may order how much of it and when.

Belongs here: the fields, and from them the details. Does not belong here: a rule about them; the command refuses.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import streamlit as st

from dashboards import forms
from dashboards.language import language, say
from dashboards.periods import UTC_OFFSET
from dashboards.texts import name_of
from dashboards.typed_points import cents_of
from operations.commands.mall_items import ItemDetails
from operations.model import DELIVERY_WAYS, ITEM_CATEGORIES

LIMITS = ("limit_per_day", "limit_per_quarter", "limit_in_all")
EITHER = "either"


def show(
    key: str,
    command: Callable[..., Any],
    *,
    done: str,
    row: Mapping[str, Any] | None = None,
    suppliers: Mapping[int, str] | None = None,
    **target: Any,
) -> None:
    """Show the form, empty with the suppliers to choose from or with an item's row, and let `command` take it."""
    was = row or {}
    with forms.Form(key, submit=say("mall.save")) as form:
        if suppliers is not None:
            chosen = form.choice(
                "supplier_id",
                say("mall.supplier"),
                [str(one) for one in suppliers],
                format_func=lambda one: suppliers[int(one)],
            )
            target["supplier_id"] = int(chosen or 0)
        details = _details(form, was)
        reason = form.text("reason", say("form.reason")) if row is not None else ""
    if form.is_submitted:
        form.carry_out(command, done=done, details=details, reason=reason, **target)


def _details(form: forms.Form, was: Mapping[str, Any]) -> ItemDetails:
    name = form.text("name", say("mall.item"), value=was.get("name", ""))
    with st.grid(3, gap="small", min_column_width=180):
        category = form.choice(
            "category_code",
            say("mall.category"),
            ITEM_CATEGORIES,
            value=was.get("category_code"),
            format_func=lambda code: name_of(language(), "item_category", code),
        )
        price = form.text("amount_cents", say("mall.price"), value=was.get("points", ""), placeholder="5.00")
        way = form.choice(
            "delivery_way",
            say("mall.way"),
            (EITHER, *DELIVERY_WAYS),
            value=was.get("delivery_way"),
            format_func=lambda code: name_of(language(), "delivery_way", code),
        )
    description = form.long_text("description", say("mall.description"), value=was.get("description", ""))
    with st.grid(3, gap="small", min_column_width=180):
        limits = {field: _limit(form, field, was.get(field)) for field in LIMITS}
    with st.grid(2, gap="small", min_column_width=180):
        opens = _day(form, "opens_at", was.get("opens_at"))
        closes = _day(form, "closes_at", was.get("closes_at"), is_last=True)
    return ItemDetails(
        name,
        category,
        cents_of(price),
        description=description,
        delivery_way=None if way == EITHER else way,
        opens_at=opens,
        closes_at=closes,
        **limits,
    )


def _limit(form: forms.Form, field: str, value: int | None) -> int | None:
    given = form.show(
        field, st.number_input, say(f"mall.{field}"), min_value=1, max_value=10_000, value=value, step=1
    )
    return None if given is None else int(given)


def _day(form: forms.Form, field: str, value: datetime | None, *, is_last: bool = False) -> datetime | None:
    """A local day on which it opens, or the last one before it closes; a moment within a day stays as it is kept."""
    known = None if value is None else (value + UTC_OFFSET - timedelta(seconds=is_last)).date()
    day: date | None = form.show(field, st.date_input, say(f"mall.{field}"), known, format="YYYY-MM-DD")
    if day is None:
        return None
    if day == known and value is not None:
        return value
    return datetime.combine(day + timedelta(days=is_last), time(), UTC) - UTC_OFFSET
