"""Reconciliation of points: each equation with both sides, the difference, and what to do if there is one.

Belongs here: the page from top to bottom. Does not belong here: how the sides are worked out (warehouse/marts,
operations.queries.point_equations).
"""

import polars as pl
import streamlit as st

from dashboards import formats, forms, lake
from dashboards.language import say
from dashboards.operational_database import operational_database
from dashboards.page_parts import clock_or_stop, page_head
from dashboards.points_area import choose_district
from dashboards.related_rows import related
from dashboards.signed_in import actor
from dashboards.table_view import dated, points, show_table
from operations.access import Action, scope_of
from operations.commands.points import close_period
from operations.database import reading
from operations.model import utc_now
from operations.queries.equation import Equation
from operations.queries.point_equations import equations
from operations.queries.point_periods import closed_periods, periods_to_close

PERIODS = {
    "period": "periods.period",
    "outstanding_points": "periods.outstanding",
    "last_transfer_no": "periods.last_transfer_no",
    "digest": "periods.digest",
    "closed_at": "periods.closed_at",
    "closed_by": "periods.closed_by",
}

MONTHS = """
    SELECT
        service_month,
        CAST(SUM(minutes) AS BIGINT) AS minutes,
        CAST(SUM(rated_cents) AS BIGINT) AS rated_cents,
        CAST(SUM(capped_cents) AS BIGINT) AS capped_cents,
        CAST(SUM(awarded_cents) AS BIGINT) AS awarded_cents,
        CAST(SUM(pending_cents) AS BIGINT) AS pending_cents,
        CAST(SUM(final_cents) AS BIGINT) AS final_cents,
        CAST(SUM(ledger_cents) AS BIGINT) AS ledger_cents
    FROM marts.points_reconciliation
    WHERE ($district = '' OR district_code = $district)
    GROUP BY service_month
    ORDER BY service_month DESC
"""
MOVED = """
    SELECT
        CAST(COALESCE(SUM(earned_cents), 0) AS BIGINT) AS earned,
        CAST(COALESCE(SUM(reversed_cents), 0) AS BIGINT) AS reversed,
        CAST(COALESCE(SUM(spent_cents), 0) AS BIGINT) AS spent,
        CAST(COALESCE(SUM(refunded_cents), 0) AS BIGINT) AS refunded,
        CAST(COALESCE(SUM(expired_cents), 0) AS BIGINT) AS expired,
        CAST(COALESCE(SUM(adjusted_cents), 0) AS BIGINT) AS adjusted
    FROM marts.volunteer_statement
    WHERE ($district = '' OR district_code = $district)
"""
BALANCES = """
    SELECT CAST(COALESCE(SUM(remaining_cents - owed_cents), 0) AS BIGINT) AS cents
    FROM marts.points_liability
    WHERE ($district = '' OR district_code = $district)
"""


def of_the_marts(months: pl.DataFrame, moved: dict[str, int], district: str) -> list[tuple[Equation, str]]:
    """The equations that the marts answer, each with its parts in words."""
    rated, capped, awarded, pending, final, ledger = (
        int(months[f"{name}_cents"].sum())
        for name in ("rated", "capped", "awarded", "pending", "final", "ledger")
    )
    by_rule = say(
        "reconcile.by_rule",
        minutes=f"{int(months['minutes'].sum()):,}",
        rated=formats.points(rated),
        capped=formats.points(capped),
    )
    on_notice = say("reconcile.on_notice", awarded=formats.points(awarded), pending=formats.points(pending))
    balances = int(lake.ask(BALANCES, district=district)["cents"][0])
    parts = say("reconcile.moved", **{name: formats.points(cents) for name, cents in moved.items()})
    return [
        (Equation("minutes_are_awarded", rated - capped, awarded), by_rule),
        (Equation("final_is_in_the_ledger", final, ledger), on_notice),
        (Equation("movements_are_balances", sum(moved.values()), balances), parts),
    ]


def show_equation(equation: Equation, parts: str = "") -> None:
    """One equation: both sides, the difference, and what to do."""
    holds = equation.difference_cents == 0
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(say(f"reconcile.{equation.name}"), anchor=False, width="content")
            st.badge(
                say("reconcile.equal" if holds else "reconcile.unequal"), color="green" if holds else "red"
            )
        st.caption(say(f"reconcile.{equation.name}.about"))
        with st.grid(3, gap="small", min_column_width=180):
            st.metric(say(f"reconcile.{equation.name}.left"), formats.points(equation.left_cents))
            st.metric(say(f"reconcile.{equation.name}.right"), formats.points(equation.right_cents))
            st.metric(say("reconcile.difference"), formats.points(equation.difference_cents))
        if parts:
            st.caption(parts)
        if not holds:
            st.error(say(f"reconcile.{equation.name}.to_do"), icon=":material/report:")


def show_months(months: pl.DataFrame) -> None:
    """Both sides by service month."""
    names = ("rated", "capped", "awarded", "pending", "final", "ledger")
    told = months.with_columns(
        month=pl.col("service_month").dt.strftime("%Y-%m"),
        rule_difference=points("rated_cents") - points("capped_cents") - points("awarded_cents"),
        ledger_difference=points("final_cents") - points("ledger_cents"),
        **{name: points(f"{name}_cents") for name in names},
    )
    columns = {
        "month": "reconcile.month",
        "minutes": "records.minutes",
        "rated": "reconcile.rated",
        "capped": "reconcile.capped",
        "awarded": "reconcile.awarded",
        "rule_difference": "reconcile.difference",
        "pending": "reconcile.pending",
        "final": "reconcile.final",
        "ledger": "reconcile.ledger",
        "ledger_difference": "reconcile.difference",
    }
    name = say("reconcile.by_month")
    show_table(told, columns, file_name=dated("points_reconciliation"), name=name, key="reconcile_months")


def show_periods(unequal: int) -> None:
    """The accounting months that are closed, and closing what is over."""
    st.subheader(say("periods.title"), anchor=False)
    st.caption(say("periods.about"))
    with reading(operational_database()) as session:
        closed = closed_periods(session)
        waiting = {f"{month:%Y-%m}": month for month in periods_to_close(session, actor(), utc_now())}
    related([one | {"period": f"{one['period']:%Y-%m}"} for one in closed], PERIODS)
    if not waiting:
        return
    if unequal:
        st.error(say("periods.unequal"), icon=":material/report:")
        return
    with st.expander(say("periods.close"), icon=":material/lock:"):
        with forms.Form("close_period", submit=say("periods.close"), border=False, is_danger=True) as form:
            month = form.choice("period", say("periods.up_to"), list(waiting))
            reason = form.text("reason", say("periods.note"))
        if form.is_submitted:
            form.carry_out(
                close_period, done=say("periods.closed", month=month), period=waiting[month], reason=reason
            )


page_head("points_reconciliation")
clock_or_stop()
chosen = choose_district()
by_month = lake.ask(MONTHS, district=chosen)
movements = {name: int(cents) for name, cents in lake.ask(MOVED, district=chosen).row(0, named=True).items()}
shown = of_the_marts(by_month, movements, chosen)
if not chosen:
    with reading(operational_database()) as session:
        shown += [(equation, "") for equation in equations(session, actor())]
unequal = sum(equation.difference_cents != 0 for equation, _ in shown)
if unequal:
    st.error(say("reconcile.some_unequal", n=unequal), icon=":material/report:")
else:
    st.success(say("reconcile.all_equal", n=len(shown)), icon=":material/check_circle:")
st.caption(say("reconcile.stops"))
for one, said in shown:
    show_equation(one, said)
if not by_month.is_empty():
    st.subheader(say("reconcile.by_month"), anchor=False)
    show_months(by_month)
if not chosen and scope_of(actor(), Action.VIEW_POINT_TOTALS).kind == "everything":
    show_periods(unequal)
