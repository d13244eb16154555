"""Accounts of points and what moved in them, as pages list them, down to what is behind one transfer.

Here: lists and look-ups; amounts leave as points with two decimals. Never here: sums over people (the marts), or
whether the ledger is right (ledger_proof.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope
from operations.model import (
    CheckIn,
    PointAccount,
    PointHold,
    PointLot,
    PointLotMove,
    PointTransfer,
    Site,
    Volunteer,
    VolunteerIdentity,
)

from .masks import name_masked
from .narrowing import Narrowing
from .paging import Listing, equals, on_days, one_row
from .point_amounts import points
from .visible import within
from .volunteers import found_by

MOST_OF_ONE = 100
Rows = list[dict[str, Any]]


def _visible(scope: Scope) -> ColumnElement[bool]:
    return within(
        scope,
        district_code=Volunteer.district_code,
        township_code=Volunteer.township_code,
        volunteer_id=Volunteer.volunteer_id,
    )


POINT_ACCOUNTS = Listing(
    name="point_accounts",
    action=Action.VIEW_POINTS,
    select=select(
        Volunteer.volunteer_id,
        Volunteer.volunteer_no,
        name_masked(VolunteerIdentity.full_name).label("full_name"),
        Volunteer.district_code,
        Volunteer.status,
        PointAccount.account_id,
        points(PointAccount.balance_cents, "balance"),
        points(PointAccount.held_cents, "held"),
        points(PointAccount.balance_cents - PointAccount.held_cents, "available"),
        points(PointAccount.owed_cents, "owed"),
        PointAccount.opened_at,
    )
    .join(PointAccount, PointAccount.volunteer_id == Volunteer.volunteer_id)
    .outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id),
    key=Volunteer.volunteer_id,
    visible=_visible,
    sorts={"volunteer_id": Volunteer.volunteer_id},
    default_sort="-volunteer_id",
    filters={
        "district_code": equals(Volunteer.district_code),
        "state": lambda state: _STATES[state],
    },
    search=found_by,
)
_STATES: dict[str, ColumnElement[bool]] = {
    "owing": PointAccount.owed_cents > 0,
    "holding": PointAccount.held_cents > 0,
    "empty": PointAccount.balance_cents == 0,
}

# The account on the other side of a volunteer's.
_Other = aliased(PointAccount)
_IS_GAIN = PointTransfer.credit_account_id == PointAccount.account_id
_MOVEMENT = case(
    ((PointTransfer.kind == "award") & _IS_GAIN, "earned"),
    (PointTransfer.kind == "award", "reversed"),
    (_Other.kind == "expired", "expired"),
    (PointTransfer.kind == "spend", "spent"),
    (PointTransfer.kind == "reversal", "refunded"),
    else_="adjusted",
)


def _of_account(account_id: Any) -> Narrowing:
    """The transfers of an account, found by its lot moves: every transfer moves something in some lot of it."""
    number = int(account_id)
    return Narrowing(
        PointTransfer.transfer_no,
        select(PointLotMove.transfer_no).where(PointLotMove.account_id == number),
        PointAccount.account_id == number,
    )


POINT_STATEMENT = Listing(
    name="point_statement",
    action=Action.VIEW_POINTS,
    select=select(
        PointTransfer.transfer_no,
        PointTransfer.posted_at,
        _MOVEMENT.label("movement"),
        points(case((_IS_GAIN, PointTransfer.amount_cents), else_=-PointTransfer.amount_cents), "points"),
        PointTransfer.earned_on,
        _Other.kind.label("other_kind"),
        _Other.code.label("other_code"),
        PointTransfer.reference,
        PointTransfer.reason,
        PointTransfer.period,
        PointTransfer.award_id,
        PointTransfer.rule_version,
        PointTransfer.reverses_no,
        PointTransfer.transfer_id,
        PointTransfer.actor,
        PointTransfer.role,
        PointAccount.account_id,
        Volunteer.volunteer_id,
        Volunteer.volunteer_no,
    )
    .select_from(PointTransfer)
    .join(
        PointAccount,
        PointAccount.account_id.in_((PointTransfer.debit_account_id, PointTransfer.credit_account_id))
        & (PointAccount.kind == "volunteer"),
    )
    .join(Volunteer, Volunteer.volunteer_id == PointAccount.volunteer_id)
    .join(
        _Other,
        _Other.account_id
        == PointTransfer.debit_account_id + PointTransfer.credit_account_id - PointAccount.account_id,
    ),
    key=PointTransfer.transfer_no,
    visible=_visible,
    sorts={"transfer_no": PointTransfer.transfer_no},
    default_sort="-transfer_no",
    filters={
        "account_id": _of_account,
        "kind": equals(PointTransfer.kind),
        "posted_at": on_days(PointTransfer.posted_at),
        "reverses_no": equals(PointTransfer.reverses_no),
    },
)


def lots_of(session: Session, actor: Actor, volunteer_id: int) -> Rows:
    """The lots of a volunteer that hold or owe something, the oldest first; none where `actor` may not see them.

    Raises `NotAllowed` for who sees no points anywhere.
    """
    account = one_row(session, actor, POINT_ACCOUNTS, volunteer_id)
    if account is None:
        return []
    lots = (
        select(
            PointLot.earned_month,
            points(PointLot.remaining_cents, "remaining"),
            points(PointLot.held_cents, "held"),
            points(PointLot.owed_cents, "owed"),
            PointLot.expires_on,
            PointLot.notified_on,
        )
        .where(
            PointLot.account_id == account["account_id"],
            (PointLot.remaining_cents > 0) | (PointLot.owed_cents > 0),
        )
        .order_by(PointLot.earned_month)
    )
    return _rows(session, lots)


def holds_of(session: Session, actor: Actor, volunteer_id: int) -> Rows:
    """The open holds of a volunteer, the first to end first; none where `actor` may not see them.

    Raises `NotAllowed` for who sees no points anywhere.
    """
    account = one_row(session, actor, POINT_ACCOUNTS, volunteer_id)
    if account is None:
        return []
    holds = (
        select(
            PointHold.held_at,
            points(PointHold.amount_cents, "points"),
            PointHold.reference,
            PointHold.expires_at,
        )
        .where(PointHold.account_id == account["account_id"], PointHold.state == "open")
        .order_by(PointHold.expires_at, PointHold.hold_id)
        .limit(MOST_OF_ONE)
    )
    return _rows(session, holds)


def moves_of(session: Session, actor: Actor, transfer_no: int) -> Rows:
    """What a transfer moved in which lot of the volunteer; none where `actor` may not see it.

    Raises `NotAllowed` for who sees no points anywhere.
    """
    transfer = one_row(session, actor, POINT_STATEMENT, transfer_no)
    if transfer is None:
        return []
    moves = (
        select(PointLotMove.earned_month, points(PointLotMove.amount_cents, "points"))
        .where(PointLotMove.account_id == transfer["account_id"], PointLotMove.transfer_no == transfer_no)
        .order_by(PointLotMove.earned_month)
    )
    return _rows(session, moves)


def check_ins_behind(session: Session, actor: Actor, transfer_no: int, event_ids: list[int]) -> Rows:
    """Those of some check-ins that are of the transfer's volunteer; none where `actor` may not see it.

    Raises `NotAllowed` for who sees no points anywhere.
    """
    transfer = one_row(session, actor, POINT_STATEMENT, transfer_no)
    if transfer is None:
        return []
    events = (
        select(
            CheckIn.event_id,
            CheckIn.direction,
            CheckIn.occurred_at,
            CheckIn.client,
            Site.name.label("site_name"),
            CheckIn.accuracy_m,
        )
        .join(Site, Site.site_id == CheckIn.site_id)
        .where(CheckIn.event_id.in_(event_ids), CheckIn.volunteer_id == transfer["volunteer_id"])
        .order_by(CheckIn.occurred_at, CheckIn.event_id)
    )
    return _rows(session, events)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> Rows:
    return [dict(row) for row in session.execute(query).mappings()]
