"""Terminals of charity shops without a network: points held for them beforehand, and what they upload afterwards.

A terminal can take no more than is held for it, however late, shuffled or often it uploads: each sale posts a part of
the hold and the rest is held on. What cannot be posted is kept as it came, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role
from operations.local_time import as_read
from operations.model import (
    CharityShop,
    PointAccount,
    PointHold,
    PreAuthorisation,
    RefusedRedemption,
    ShopRedemption,
    ShopTerminal,
)
from operations.rules import rule, time_span

from . import ledger_holds
from .ledger import positive_cents, uuid_text
from .ledger_accounts import lock_volunteer_account, shop_account
from .ledger_holds import Promise
from .permitted import permitted_row
from .records import add_unique, audit
from .refusals import Refused, required_text
from .shop_codes import locked_payment_code, use_code
from .shop_offline_lines import Sale, canonical, digest_of, name_in, order_of, read_sale
from .shop_redemptions import keep_redemption, note_transfer, redeemed_before, reference, used_id
from .shops import must_take, permitted_terminal, shared_shop, terminal_touched


def pre_authorise(
    session: Session,
    actor: Actor,
    *,
    pre_authorisation_id: str,
    terminal_no: str,
    code: str,
    amount_cents: int,
    at: datetime,
) -> PreAuthorisation:
    """Hold points of the volunteer whose code was scanned for what a terminal sells while it is offline.

    It may sell for the time of the rule pre_authorisation_stands_for, and upload for that of shop_upload_within after
    it; then what is left is free again. Asked again with the same id, the same one is returned.

    Raises `IdConflict` if the id was used for something else; `Refused` for a code that is unknown, used or ended, for
    more than it, the rule pre_authorisation_limit or the points allow, or a closed shop; `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.PRE_AUTHORISE, terminal_no)
    shop = shared_shop(session, terminal.shop_id)
    new_id, amount = uuid_text(pre_authorisation_id, "pre_authorisation_id"), positive_cents(amount_cents)
    known = session.get(PreAuthorisation, new_id)
    if known is not None:
        if (known.terminal_no, known.amount_cents) != (terminal_no, amount):
            raise used_id(new_id)
        return known
    must_take(shop, terminal)
    if amount > (most := rule("pre_authorisation_limit", at) * 100):
        raise Refused(f"at most {most // 100} points are held for a terminal", "amount_cents")
    kept = locked_payment_code(session, code)
    use_code(session, kept, amount_cents=amount, used_for=new_id, at=at)
    spend_until = at + time_span("pre_authorisation_stands_for", at)
    promise = Promise(
        str(uuid5(UUID(new_id), "hold")),
        kept.volunteer_id,
        shop_account(session, shop.shop_id, at),
        amount,
        spend_until + time_span("shop_upload_within", at),
        reference(shop.shop_id),
    )
    hold, _ = ledger_holds.place_hold(session, actor, promise, at=at)
    made = PreAuthorisation(
        pre_authorisation_id=new_id,
        shop_id=shop.shop_id,
        terminal_no=terminal_no,
        volunteer_id=kept.volunteer_id,
        code_id=kept.code_id,
        hold_id=hold.hold_id,
        amount_cents=amount,
        authorised_at=at,
        spend_until=spend_until,
        upload_until=promise.expires_at,
    )
    add_unique(session, made, used_id(new_id))
    audit(session, actor, Action.PRE_AUTHORISE, made, at=at)
    return made


def end_pre_authorisation(
    session: Session, actor: Actor, *, pre_authorisation_id: str, at: datetime, reason: str = ""
) -> PreAuthorisation:
    """Free what a terminal did not sell of a pre-authorisation, and return it; ending it again changes nothing.

    The terminal says so once it has uploaded everything: what it uploads afterwards is refused. A person says why.

    Raises `Refused` if there is none, or if a person gives no reason; `NotAllowed`.
    """
    found = session.get(PreAuthorisation, pre_authorisation_id)
    permitted_row(
        session,
        actor,
        Action.END_PRE_AUTHORISATION,
        ShopTerminal,
        "" if found is None else found.terminal_no,
        what="terminal",
        touched=terminal_touched,
    )
    why = reason if actor.role is Role.SHOP_TERMINAL else required_text(reason, "reason", 4000)
    known = session.get_one(PreAuthorisation, pre_authorisation_id, populate_existing=True)
    if session.get_one(PointHold, known.hold_id, populate_existing=True).state == "open":
        ledger_holds.void_hold(session, hold_id=known.hold_id, at=at)
        audit(session, actor, Action.END_PRE_AUTHORISATION, known, at=at, reason=why)
    return known


@dataclass(frozen=True)
class UploadedLine:
    """What became of a line: `posted`, or `refused` and why. The answer to the same line is always the same."""

    redemption_id: str
    outcome: str
    reason: str = ""


def upload_redemptions(
    session: Session, actor: Actor, *, terminal_no: str, lines: Sequence[Any], at: datetime
) -> list[UploadedLine]:
    """Post what an offline terminal sold, each line once, and say of each what became of it, in their order.

    A line has redemption_id and pre_authorisation_id (UUIDs), amount_cents, goods, occurred_at (ISO 8601 with zone).
    Within an upload the order of lines does not matter: they are taken by their time. A refused line is kept. A closed
    shop and a retired terminal still upload.

    Raises `Refused` for more lines than the rule shop_upload_rows_limit, with nothing done; `NotAllowed`.
    """
    terminal = permitted_terminal(session, actor, Action.UPLOAD_REDEMPTIONS, terminal_no)
    if len(lines) > (most := rule("shop_upload_rows_limit", at)):
        raise Refused(f"an upload has at most {most} lines: split it", "lines")
    shop = shared_shop(session, terminal.shop_id)
    upload = _Upload(session, actor, terminal, shop, at)
    read = [upload.read(line) for line in lines]
    _lock_accounts(session, {one.pre_authorisation_id for one in read if isinstance(one, Sale)}, at)
    answers: dict[int, UploadedLine] = {}
    for place in sorted(range(len(lines)), key=lambda place: order_of(read[place])):
        answers[place] = upload.take(lines[place], read[place])
    return [answers[place] for place in range(len(lines))]


@dataclass
class _Upload:
    """One upload on its way."""

    session: Session
    actor: Actor
    terminal: ShopTerminal
    shop: CharityShop
    at: datetime

    def read(self, line: Any) -> Sale | Refused:
        """The sale that a line tells of, or why it tells of none."""
        try:
            return read_sale(line)
        except Refused as refusal:
            return refusal

    def take(self, line: Any, read: Sale | Refused) -> UploadedLine:
        """Post a line, or keep it with the reason."""
        named = read.redemption_id if isinstance(read, Sale) else name_in(line)
        known = self._refused_before(line)
        if known is not None:
            return UploadedLine(named, "refused", known.reason)
        try:
            if isinstance(read, Refused):
                raise read
            with self.session.begin_nested():
                self._post(read)
        except Refused as refusal:
            self._keep(line, named, str(refusal))
            return UploadedLine(named, "refused", str(refusal))
        return UploadedLine(named, "posted")

    def _post(self, sale: Sale) -> None:
        asked = {"terminal_no": self.terminal.terminal_no, "way": "offline", **vars(sale)}
        if redeemed_before(self.session, sale.redemption_id, asked) is not None:
            return
        known = self.session.get(PreAuthorisation, sale.pre_authorisation_id, populate_existing=True)
        if known is None or known.terminal_no != self.terminal.terminal_no:
            raise Refused("no points were held for this terminal under this pre-authorisation")
        self._check(known, sale)
        posted, hold_id = ledger_holds.post_part(
            self.session,
            self.actor,
            hold_id=known.hold_id,
            rest_hold_id=str(uuid5(UUID(known.pre_authorisation_id), sale.redemption_id)),
            transfer_id=sale.redemption_id,
            amount_cents=sale.amount_cents,
            at=self.at,
            reason=sale.goods,
        )
        known.hold_id = hold_id
        known.posted_cents += sale.amount_cents
        redemption = ShopRedemption(
            volunteer_id=known.volunteer_id,
            shop_id=self.shop.shop_id,
            # A clock that was lost tells nothing: the sale is within the hold, and counts where it was posted.
            is_clock_wrong=not known.authorised_at <= sale.occurred_at <= self.at,
            **asked,
        )
        note_transfer(redemption, posted, self.at)
        keep_redemption(
            self.session, self.actor, Action.UPLOAD_REDEMPTIONS, redemption, self.shop, at=self.at
        )

    def _check(self, known: PreAuthorisation, sale: Sale) -> None:
        state = self.session.get_one(PointHold, known.hold_id, populate_existing=True).state
        left = known.amount_cents - known.posted_cents
        if known.upload_until <= self.at or state == "timed_out":
            raise Refused(f"it came too late: it was to be uploaded until {as_read(known.upload_until)}")
        if state == "voided":
            raise Refused(
                "the pre-authorisation was ended before this was uploaded: its points are free again"
            )
        if known.spend_until < sale.occurred_at <= self.at:
            raise Refused(f"it was sold too late: the points were held until {as_read(known.spend_until)}")
        if sale.amount_cents > left:
            raise Refused(f"only {left} hundredths are left of what was held for the terminal")

    def _refused_before(self, line: Any) -> RefusedRedemption | None:
        return self.session.scalar(
            select(RefusedRedemption).where(
                RefusedRedemption.terminal_no == self.terminal.terminal_no,
                RefusedRedemption.content_digest == digest_of(line),
            )
        )

    def _keep(self, line: Any, named: str, reason: str) -> None:
        row = RefusedRedemption(
            terminal_no=self.terminal.terminal_no,
            shop_id=self.shop.shop_id,
            redemption_id=named[:80],
            content=json.loads(canonical(line)) if isinstance(line, Mapping) else {"line": canonical(line)},
            content_digest=digest_of(line),
            reason=reason,
            uploaded_at=self.at,
        )
        self.session.add(row)
        audit(self.session, self.actor, Action.UPLOAD_REDEMPTIONS, row, at=self.at, reason=reason)


def _lock_accounts(session: Session, pre_authorisation_ids: set[str], at: datetime) -> None:
    """Lock the accounts that lines may touch, the smaller id first; each line finds its own again."""
    owners = session.scalars(
        select(PointAccount.volunteer_id)
        .join(PointHold, PointHold.account_id == PointAccount.account_id)
        .join(PreAuthorisation, PreAuthorisation.hold_id == PointHold.hold_id)
        .where(PreAuthorisation.pre_authorisation_id.in_(pre_authorisation_ids))
    )
    for owner in sorted({one for one in owners if one is not None}):
        lock_volunteer_account(session, owner, at)
