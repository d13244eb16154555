"""What waits at readers and cards, as the warehouse saw it last: unknown cards to bind, readers to look after.

Belongs here: this part of the page "To do". Does not belong here: what waits in the operational database
(waiting_kinds.py), or when a reader counts as silent (marts.device_health).
"""

from dashboards import lake
from dashboards.mart_scope import in_reach
from dashboards.operational_database import operational_database
from dashboards.signed_in import actor
from dashboards.waiting_elsewhere import WaitingElsewhere, overdue_before
from operations.access import Action, scope_of
from operations.database import reading
from operations.queries.cards import held_now
from warehouse.unavailable import LakeUnavailable

# `{reach}` is the condition of who looks.
UNKNOWN_CARDS = """
    SELECT card_no, MIN(first_tapped_at) AS since FROM marts.rejected_taps
    WHERE {reach} AND reason = 'unknown_card' AND card_no <> '' GROUP BY card_no ORDER BY since
"""
SILENT_DEVICES = """
    WITH silent AS (
        SELECT health.device_no, health.district_code, sites.township_code, health.last_heartbeat_at
        FROM marts.device_health AS health LEFT JOIN marts.sites AS sites ON sites.site_id = health.site_id
        WHERE health.state IN ('silent', 'never_seen')
    )
    SELECT
        COUNT(*) AS silent,
        MIN(last_heartbeat_at) AS since,
        COUNT_IF(last_heartbeat_at IS NULL OR last_heartbeat_at < $limit) AS overdue
    FROM silent
    WHERE {reach}
"""


def waiting_places() -> list[WaitingElsewhere]:
    """Return what waits within reach of who is signed in; nothing while the warehouse cannot be asked."""
    try:
        return [one for one in (_unknown_cards(), _silent_devices()) if one is not None and one.count]
    except LakeUnavailable:
        return []


def _unknown_cards() -> WaitingElsewhere | None:
    """The cards that nobody holds yet; those bound since the last build wait for nobody any more."""
    if scope_of(actor(), Action.BIND_CARD).kind == "nothing":
        return None
    reach, bound = in_reach(Action.VIEW_REJECTED_TAPS)
    cards = lake.ask(UNKNOWN_CARDS.format(reach=reach), **bound)
    with reading(operational_database()) as session:
        held = held_now(session, cards["card_no"].to_list())
    waiting = [since for card, since in cards.iter_rows() if card not in held]
    overdue = sum(since < overdue_before() for since in waiting)
    since = min(waiting, default=None)
    return WaitingElsewhere("unknown_cards", len(waiting), since, "admin/rejected_taps", overdue)


def _silent_devices() -> WaitingElsewhere | None:
    if scope_of(actor(), Action.MOVE_DEVICE).kind == "nothing":
        return None
    reach, bound = in_reach(Action.VIEW_DEVICES)
    asked = SILENT_DEVICES.format(reach=reach)
    row = lake.ask(asked, **bound, limit=overdue_before()).row(0, named=True)
    return WaitingElsewhere("silent_devices", row["silent"], row["since"], "admin/devices", row["overdue"])
