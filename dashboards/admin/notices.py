"""The outbox: what people are still to be told, and what was delivered by which channel.

Belongs here: the page from top to bottom. Does not belong here: delivering.
"""

from dashboards import lists
from dashboards.page_parts import page_head
from operations.queries.notices import NOTICES

page_head("notices")
lists.show(
    NOTICES,
    {
        "notice_id": "records.record_id",
        "state": "records.status",
        "kind": "notices.kind",
        "volunteer_no": "records.volunteer_no",
        "organisation_name": "records.organisation",
        "details": "notices.details",
        "created_at": "notices.created_at",
        "delivered_at": "notices.delivered_at",
        "channel": "notices.channel",
    },
    filters=[lists.Choice("state", "records.status", "notice.state")],
    codes={"state": "notice.state", "kind": "notice.kind"},
)
