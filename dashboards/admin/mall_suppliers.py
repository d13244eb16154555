"""Suppliers of the mall and what they are owed: registering, correcting, closing their months, handing out the files.

Belongs here: the page from top to bottom. Does not belong here: a rule (operations.commands.mall_suppliers).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboards import forms, lists, records
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.page_parts import page_head
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.texts import name_of
from operations.access import Action, Actor, scope_of
from operations.commands.mall_settlements import close_supplier_month, supplier_month_file
from operations.commands.mall_suppliers import (
    SupplierDetails,
    end_supplier,
    register_supplier,
    site_named,
    update_supplier,
)
from operations.database import reading
from operations.model import MallSupplier, utc_now
from operations.queries.mall import SUPPLIER_MONTHS, SUPPLIERS
from operations.queries.months_to_settle import MonthToSettle, last_month, supplier_months_to_close

COLUMNS = {
    "name": "mall.supplier",
    "status": "records.status",
    "uscc": "people.uscc",
    "contact_name": "people.contact_name",
    "contact_phone": "people.contact_phone",
    "pick_up_site": "mall.pick_up_site",
    "registered_at": "mall.registered_at",
}
FIELDS = {**COLUMNS, "ended_at": "mall.ended_at"}
MONTHS = {
    "month": "settlements.period",
    "supplier_name": "mall.supplier",
    "orders": "mall.order_count",
    "fulfilled_points": "mall.fulfilled_points",
    "refunds": "settlements.refunds",
    "refunded_points": "mall.refunded",
    "points": "mall.owed",
    "closed_at": "mall.closed_at",
    "closed_by": "mall.by",
}
WAITING = {"month": "settlements.period", "name": "mall.supplier"}
CODES = {"status": "supplier_state"}


def may(action: Action) -> bool:
    """Whether the viewer may do this anywhere."""
    return scope_of(actor(), action).kind != "nothing"


def show_list() -> None:
    """Suppliers, their closed months, closing last month, and a new supplier."""
    page_head("mall_suppliers")
    names = ["suppliers"]
    names += ["months"] if may(Action.VIEW_SUPPLIER_MONTHS) else []
    names += ["close", "new_supplier"] if may(Action.CLOSE_SUPPLIER_MONTH) else []
    tabs = dict(zip(names, st.tabs([say(f"mall.tab.{name}") for name in names]), strict=True))
    with tabs["suppliers"]:
        lists.show(
            SUPPLIERS,
            COLUMNS,
            filters=[lists.Choice("status", "records.status", "supplier_state")],
            codes=CODES,
            search="mall.supplier",
            opens="supplier",
        )
    if "months" in tabs:
        with tabs["months"]:
            lists.show(SUPPLIER_MONTHS, MONTHS, opens="month")
    if "close" in tabs:
        with tabs["close"]:
            close_month()
        with tabs["new_supplier"]:
            supplier_form("register_supplier", save_new, done=say("mall.supplier_registered"))


def supplier_form(key: str, command: Any, *, done: str, row: Mapping[str, Any] | None = None) -> None:
    """The form of a supplier, empty or with what is known of it."""
    was = row or {}
    with st.container(width=640), forms.Form(key, submit=say("mall.save")) as form:
        name = form.text("name", say("mall.supplier"), value=was.get("name", ""))
        uscc = form.text("uscc", say("people.uscc"), value=was.get("uscc") or "")
        contact_name = form.text(
            "contact_name", say("people.contact_name"), value=was.get("contact_name") or ""
        )
        phone = form.text(
            "phone", say("people.contact_phone"), value=was.get("contact_phone") or "", kind="phone"
        )
        site_name = form.text(
            "site_name",
            say("mall.pick_up_site"),
            value=was.get("pick_up_site") or "",
            help=say("mall.pick_up_site.help"),
        )
        reason = form.text("reason", say("form.reason")) if row is not None else ""
    if form.is_submitted:
        known = {} if row is None else {"supplier_id": row["supplier_id"], "reason": reason}
        details = SupplierDetails(name, uscc, contact_name, phone)
        form.carry_out(command, done=done, details=details, site_name=site_name, **known)


def save_new(
    session: Session, by: Actor, *, details: SupplierDetails, site_name: str, at: datetime
) -> MallSupplier:
    """Register a supplier who hands out at the site of this name."""
    return register_supplier(session, by, details=_at(session, details, site_name), at=at)


def save(
    session: Session,
    by: Actor,
    *,
    supplier_id: int,
    details: SupplierDetails,
    site_name: str,
    at: datetime,
    reason: str,
) -> MallSupplier:
    """Correct a supplier, who hands out at the site of this name."""
    known = _at(session, details, site_name)
    return update_supplier(session, by, supplier_id=supplier_id, details=known, at=at, reason=reason)


def _at(session: Session, details: SupplierDetails, site_name: str) -> SupplierDetails:
    return SupplierDetails(
        details.name,
        details.uscc,
        details.contact_name,
        details.contact_phone,
        site_named(session, site_name),
    )


def close_month() -> None:
    """Close every month that is over and waits, of each supplier."""
    now = utc_now()
    with reading(operational_database()) as session:
        waiting = supplier_months_to_close(session, actor(), now)
    if not waiting:
        month = f"{last_month(now):%Y-%m}"
        st.info(say("mall.none_to_close", month=month), icon=":material/check_circle:")
        return
    st.write(say("mall.close.about", n=len(waiting)))
    related([vars(one) | {"month": f"{one.month:%Y-%m}"} for one in waiting], WAITING)
    with forms.Form("close_months", submit=say("mall.close")) as form:
        pass
    if form.is_submitted:
        form.carry_out(close_months, done=say("mall.months_closed", n=len(waiting)), months=waiting)


def close_months(session: Session, by: Actor, *, months: list[MonthToSettle], at: datetime) -> int:
    """Close months of suppliers in one transaction, the oldest first, so that each has a file of its own."""
    for one in sorted(months, key=lambda one: one.month):
        close_supplier_month(session, by, supplier_id=one.owner_id, month=one.month, at=at)
    return len(months)


def show_supplier(supplier_id: int) -> None:
    """One supplier, and what can be done with it."""
    row = records.found(SUPPLIERS, supplier_id, "supplier")
    is_active = row["status"] == "active"
    state = name_of(language(), "supplier_state", row["status"])
    records.head(row["name"], "supplier", state=state, is_good=is_active)
    records.fields(row, FIELDS, CODES)
    if is_active and may(Action.UPDATE_SUPPLIER):
        with st.expander(say("mall.update_supplier"), icon=":material/edit:"):
            supplier_form(f"update_{supplier_id}", save, done=say("mall.saved"), row=row)
        with st.expander(say("mall.end_supplier"), icon=":material/block:"):
            with forms.Form(f"end_{supplier_id}", submit=say("mall.end_supplier"), is_danger=True) as form:
                reason = forms.reason_field(form)
            if form.is_submitted:
                form.carry_out(
                    end_supplier, done=say("mall.supplier_ended"), supplier_id=supplier_id, reason=reason
                )
    records.history("mall_suppliers", supplier_id)


def show_month(settlement_id: int) -> None:
    """One closed month and its file."""
    row = records.found(SUPPLIER_MONTHS, settlement_id, "month")
    records.head(f"{row['supplier_name']} {row['month']:%Y-%m}", "month")
    records.fields(row, {**MONTHS, "sha256": "proofs.sha256"})
    with reading(operational_database()) as session:
        name, content = supplier_month_file(session, actor(), settlement_id=settlement_id)
    st.download_button(say("mall.download"), content, name, "text/csv", icon=":material/download:")
    records.history("mall_settlements", settlement_id)


opened, month_opened = records.opened("supplier"), records.opened("month")
if isinstance(opened, int):
    show_supplier(opened)
elif isinstance(month_opened, int):
    show_month(month_opened)
else:
    show_list()
