"""The kinds of things that wait for somebody, for the page "To do": each subject adds its own lines.

Belongs here: which list, since when it waits, what names a row, and where it is decided. Does not belong here: whom it
waits for; that is who holds the action of the list, in their scope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from operations.queries.accounts import ACCOUNTS_WITHOUT_ROLE
from operations.queries.activities import ACTIVITIES_TO_APPROVE, ACTIVITIES_TO_CLOSE
from operations.queries.adjustments import ADJUSTMENTS_TO_DECIDE
from operations.queries.disputes import DISPUTES_TO_ANSWER, DISPUTES_TO_DECIDE, DISPUTES_TO_MAKE_GOOD
from operations.queries.duplicates import CANDIDATES
from operations.queries.honours import HONOUR_RECORDS_OF_THE_AREA, HONOUR_RECORDS_TO_APPROVE
from operations.queries.organisations import APPLICATIONS
from operations.queries.paging import Listing
from operations.queries.sign_ups import requests_to_decide


@dataclass(frozen=True)
class WaitingKind:
    """One kind: its text is `to_do.<name>`.

    `since` is the sort of the list that tells from when on a row waits and also one of its columns; `title` the column
    that names it. It is decided on `page` (a file below dashboards/), which opens the row by `parameter` = its `key`.
    """

    name: str
    listing: Listing | Callable[[datetime], Listing]
    since: str
    title: str
    page: str
    parameter: str
    key: str

    def at(self, at: datetime) -> Listing:
        """Return the list as it is at a moment."""
        return self.listing if isinstance(self.listing, Listing) else self.listing(at)


WAITING_KINDS: tuple[WaitingKind, ...] = (
    # Activities and sign-ups
    WaitingKind(
        "activities_to_approve",
        ACTIVITIES_TO_APPROVE,
        since="submitted_at",
        title="title",
        page="admin/activities",
        parameter="activity",
        key="activity_id",
    ),
    WaitingKind(
        "requests_to_decide",
        requests_to_decide,
        since="signed_up_at",
        title="title",
        page="admin/sign_ups",
        parameter="shift",
        key="shift_id",
    ),
    WaitingKind(
        "activities_to_close",
        ACTIVITIES_TO_CLOSE,
        since="ends_at",
        title="title",
        page="admin/activities",
        parameter="activity",
        key="activity_id",
    ),
    # Accounts
    WaitingKind(
        "accounts_without_role",
        ACCOUNTS_WITHOUT_ROLE,
        since="created_at",
        title="full_name",
        page="admin/accounts",
        parameter="account",
        key="account_id",
    ),
    # Organisations and volunteers
    WaitingKind(
        "applications",
        APPLICATIONS,
        since="applied_at",
        title="name",
        page="admin/organisations",
        parameter="organisation",
        key="organisation_id",
    ),
    WaitingKind(
        "duplicate_candidates",
        CANDIDATES,
        since="found_at",
        title="volunteer_no",
        page="admin/volunteers",
        parameter="volunteer",
        key="volunteer_id",
    ),
    # Honour records and disputes
    *(
        WaitingKind(
            listing.name,
            listing,
            since="entered_at",
            title="reason",
            page="admin/honour_records",
            parameter="record",
            key="record_id",
        )
        for listing in (HONOUR_RECORDS_TO_APPROVE, HONOUR_RECORDS_OF_THE_AREA)
    ),
    *(
        WaitingKind(
            listing.name,
            listing,
            since=listing.default_sort,
            title="volunteer_no",
            page="admin/disputes",
            parameter="dispute",
            key="dispute_id",
        )
        for listing in (DISPUTES_TO_ANSWER, DISPUTES_TO_DECIDE, DISPUTES_TO_MAKE_GOOD)
    ),
    # Points
    WaitingKind(
        "adjustments_to_decide",
        ADJUSTMENTS_TO_DECIDE,
        since="asked_at",
        title="volunteer_no",
        page="admin/adjustments",
        parameter="adjustment",
        key="adjustment_no",
    ),
)
