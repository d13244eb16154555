"""Which pages there are, and which of them somebody gets.

Belongs here: the navigation, decided in one function by the action that a page needs. Does not belong here: what a page
shows, or which role holds the action (operations.grants).
"""

from dataclasses import dataclass

import streamlit as st

from dashboards.texts import text
from operations.access import Action, Actor, Role, scope_of


@dataclass(frozen=True)
class PageEntry:
    """A page: its file below dashboards/, its icon, and the actions of which one must be held to see it."""

    file: str
    icon: str
    actions: tuple[Action, ...]

    @property
    def name(self) -> str:
        """The name of the page, in its address and its texts."""
        return self.file.rpartition("/")[2]


# Whoever decides anything that somebody else waits for has a page "To do".
WAITED_FOR = (
    Action.APPROVE_ORGANISATION,
    Action.APPROVE_ACTIVITY,
    Action.CONFIRM_SIGN_UP,
    Action.APPROVE_HONOUR_RECORD,
    Action.REVIEW_MINUTES,
    Action.ANSWER_DISPUTE,
    Action.DECIDE_ADJUSTMENT,
    Action.GRANT_ROLE,
)

# section → pages; each subject adds its own lines
SECTIONS: dict[str, tuple[PageEntry, ...]] = {
    "work": (
        PageEntry("admin/to_do", ":material/checklist:", WAITED_FOR),
        PageEntry(
            "admin/organisations",
            ":material/groups:",
            (Action.VIEW_ORGANISATIONS, Action.APPLY_FOR_ORGANISATION),
        ),
        PageEntry("admin/volunteers", ":material/person:", (Action.VIEW_VOLUNTEERS,)),
        PageEntry("admin/activities", ":material/event:", (Action.VIEW_ACTIVITIES,)),
        PageEntry("admin/sign_ups", ":material/how_to_reg:", (Action.VIEW_SIGN_UPS,)),
        PageEntry("admin/honour_records", ":material/edit_note:", (Action.VIEW_HONOUR_RECORDS,)),
        PageEntry("admin/reviews", ":material/hourglass_top:", (Action.VIEW_REVIEWS,)),
        PageEntry("admin/disputes", ":material/balance:", (Action.VIEW_DISPUTES,)),
        PageEntry("admin/proofs", ":material/workspace_premium:", (Action.VIEW_PROOFS,)),
        PageEntry("admin/notices", ":material/outbox:", (Action.VIEW_NOTICES,)),
    ),
    "points": (
        PageEntry("admin/point_accounts", ":material/account_balance_wallet:", (Action.VIEW_POINTS,)),
        PageEntry("admin/shops", ":material/storefront:", (Action.VIEW_SHOPS,)),
        PageEntry("admin/redemptions", ":material/redeem:", (Action.VIEW_REDEMPTIONS,)),
        PageEntry("admin/shop_settlements", ":material/receipt_long:", (Action.VIEW_SHOP_SETTLEMENTS,)),
        PageEntry("admin/mall_items", ":material/local_mall:", (Action.VIEW_MALL,)),
        PageEntry("admin/mall_orders", ":material/package_2:", (Action.VIEW_ORDERS,)),
        PageEntry("admin/mall_suppliers", ":material/local_shipping:", (Action.VIEW_SUPPLIER_MONTHS,)),
        PageEntry("admin/adjustments", ":material/exposure:", (Action.VIEW_ADJUSTMENTS,)),
        PageEntry("admin/points_liability", ":material/savings:", (Action.VIEW_POINT_TOTALS,)),
        PageEntry("admin/points_reconciliation", ":material/balance:", (Action.VIEW_POINT_TOTALS,)),
        PageEntry("admin/point_rules", ":material/gavel:", (Action.VIEW_DASHBOARDS,)),
    ),
    "places": (
        PageEntry("admin/sites", ":material/location_on:", (Action.VIEW_SITES,)),
        PageEntry("admin/devices", ":material/contactless:", (Action.VIEW_DEVICES,)),
        PageEntry("admin/cards", ":material/badge:", (Action.VIEW_CARDS,)),
        PageEntry("admin/rejected_taps", ":material/healing:", (Action.VIEW_REJECTED_TAPS,)),
    ),
    "city": (
        PageEntry("city/welfare_map", ":material/map:", (Action.VIEW_DASHBOARDS,)),
        PageEntry("city/overview", ":material/monitoring:", (Action.VIEW_DASHBOARDS,)),
        PageEntry("city/leaderboard", ":material/volunteer_activism:", (Action.VIEW_DASHBOARDS,)),
        PageEntry("city/device_health", ":material/sensors:", (Action.VIEW_DASHBOARDS,)),
    ),
    "analysis": (
        PageEntry("analysis/monthly_activity", ":material/calendar_month:", (Action.VIEW_DASHBOARDS,)),
    ),
    "supervision": (
        PageEntry("admin/administrator_watch", ":material/visibility:", (Action.WATCH_ADMINISTRATORS,)),
        PageEntry("admin/audit_log", ":material/policy:", (Action.VIEW_AUDIT_LOG,)),
    ),
    "system": (
        PageEntry("admin/accounts", ":material/manage_accounts:", (Action.VIEW_ACCOUNTS,)),
        PageEntry("admin/data_state", ":material/database:", (Action.VIEW_DASHBOARDS,)),
    ),
}
# The one that opens without any in the address.
FIRST_PAGE = "city/welfare_map"


def page_named(name: str) -> PageEntry:
    """Return the page with this name. Raises StopIteration if there is none."""
    return next(page for pages in SECTIONS.values() for page in pages if page.name == name)


def may_see(actor: Actor, page: PageEntry) -> bool:
    """Return whether somebody holds an action that the page is for, anywhere; who is not signed in gets no page."""
    return actor.role is not Role.VISITOR and any(
        scope_of(actor, action).kind != "nothing" for action in page.actions
    )


def pages_for(actor: Actor, language: str) -> dict[str, list[st.Page]]:
    """Return the navigation that somebody gets: section heading → its pages, titles in the language.

    Of a page that is not in it not even the address works.
    """
    found = {
        section: [_page(page, language) for page in pages if may_see(actor, page)]
        for section, pages in SECTIONS.items()
    }
    return {text(language, f"app.section.{section}"): pages for section, pages in found.items() if pages}


def _page(entry: PageEntry, language: str) -> st.Page:
    return st.Page(
        f"{entry.file}.py",
        title=text(language, f"page.{entry.name}"),
        icon=entry.icon,
        url_path=entry.name,
        default=entry.file == FIRST_PAGE,
        help=text(language, f"page.{entry.name}.about"),
    )
