"""Charity shops (公益慈善商店): shops, their terminals, the codes that are scanned there, and what was redeemed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Changing, Key, Ref

SHOP_STATES = ("open", "closed")
# one_time_code: the terminal scanned the volunteer's; shop_code: the volunteer scanned the shop's; offline: uploaded.
REDEMPTION_WAYS = ("one_time_code", "shop_code", "offline")
REDEMPTION_STATES = ("posted", "reversed")


class CharityShop(Changing, Base):
    """One shop that takes points for goods. `organisation_id` runs it, if one does."""

    __tablename__ = "charity_shops"
    __table_args__ = (
        CheckConstraint(f"status IN {SHOP_STATES}", name="status"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    shop_id: Mapped[Key]
    shop_no: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        Ref, ForeignKey("organisations.organisation_id"), index=True
    )
    district_code: Mapped[str] = mapped_column(ForeignKey("areas.area_code"), index=True)
    township_code: Mapped[str | None] = mapped_column(ForeignKey("areas.area_code"))
    address: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(8), default="open")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ShopTerminal(Changing, Base):
    """One till of a shop. Of its key the digest is kept only; `retired_at` is set once it is used no more."""

    __tablename__ = "shop_terminals"

    terminal_no: Mapped[str] = mapped_column(String(40), primary_key=True)
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class PaymentCode(Changing, Base):
    """A volunteer's code to pay with at a shop, once and soon. Of the code the digest is kept only.

    `limit_cents` is what the volunteer lets it take at most; `used_for` is the id of what it was used for.
    """

    __tablename__ = "payment_codes"
    __table_args__ = (
        CheckConstraint("limit_cents > 0", name="limit"),
        CheckConstraint("(used_at IS NULL) = (used_for IS NULL)", name="used"),
    )

    code_id: Mapped[Key]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    limit_cents: Mapped[int] = mapped_column(Ref)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_for: Mapped[str | None] = mapped_column(String(36))


class ShopCode(Changing, Base):
    """A shop's code for volunteers to scan: of one sale, with an end, or on a poster for one price.

    It is no secret: who knows it can pay the shop. It is used until `expires_at` or `ended_at`, of one sale once.
    """

    __tablename__ = "shop_codes"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("NOT is_single_use OR expires_at IS NOT NULL", name="single_use"),
    )

    shop_code_id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"), index=True)
    terminal_no: Mapped[str | None] = mapped_column(ForeignKey("shop_terminals.terminal_no"))
    is_single_use: Mapped[bool]
    amount_cents: Mapped[int] = mapped_column(Ref)
    goods: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PreAuthorisation(Changing, Base):
    """Points of a volunteer that a terminal may take while it is offline, until `spend_until` by its own clock.

    They lie in the hold `hold_id`, which ends with `upload_until`; each sale that is uploaded posts a part of them, and
    the rest is held on in another hold. How it stands is how that hold stands.
    """

    __tablename__ = "shop_pre_authorisations"
    __table_args__ = (
        CheckConstraint("posted_cents BETWEEN 0 AND amount_cents AND amount_cents > 0", name="posted"),
        CheckConstraint("spend_until <= upload_until", name="until"),
        Index("ix_shop_pre_authorisations_terminal", "terminal_no", "authorised_at"),
    )

    pre_authorisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"), index=True)
    terminal_no: Mapped[str] = mapped_column(ForeignKey("shop_terminals.terminal_no"))
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    code_id: Mapped[int] = mapped_column(Ref, ForeignKey("payment_codes.code_id"))
    hold_id: Mapped[str] = mapped_column(ForeignKey("point_holds.hold_id"), unique=True)
    amount_cents: Mapped[int] = mapped_column(Ref)
    posted_cents: Mapped[int] = mapped_column(Ref, default=0)
    authorised_at: Mapped[datetime]
    spend_until: Mapped[datetime]
    upload_until: Mapped[datetime]


class ShopRedemption(Changing, Base):
    """Points that were spent at a shop, once for each `redemption_id`, which the client made.

    `occurred_at` is what the terminal says, `uploaded_at` when it reached us and was posted, in the accounting month
    `period`. `is_clock_wrong`: the terminal's clock cannot be right. `pick_up_hash` is the digest of the code with
    which goods that were paid for by the shop's code are handed out, once (`collected_at`).
    """

    __tablename__ = "shop_redemptions"
    __table_args__ = (
        CheckConstraint(f"way IN {REDEMPTION_WAYS}", name="way"),
        CheckConstraint(f"state IN {REDEMPTION_STATES}", name="state"),
        CheckConstraint("amount_cents > 0 AND refunded_cents BETWEEN 0 AND amount_cents", name="amounts"),
        CheckConstraint("(state = 'reversed') = (refunded_cents = amount_cents)", name="reversed"),
        CheckConstraint(
            "(way = 'one_time_code') = (code_id IS NOT NULL) AND (way = 'shop_code') = (shop_code_id IS NOT NULL) "
            "AND (way = 'offline') = (pre_authorisation_id IS NOT NULL)",
            name="source",
        ),
        Index("ix_shop_redemptions_shop_period", "shop_id", "period"),
    )

    redemption_no: Mapped[Key]
    redemption_id: Mapped[str] = mapped_column(String(36), unique=True)
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"))
    terminal_no: Mapped[str | None] = mapped_column(ForeignKey("shop_terminals.terminal_no"), index=True)
    volunteer_id: Mapped[int] = mapped_column(Ref, ForeignKey("volunteers.volunteer_id"), index=True)
    way: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="posted")
    amount_cents: Mapped[int] = mapped_column(Ref)
    refunded_cents: Mapped[int] = mapped_column(Ref, default=0)
    goods: Mapped[str] = mapped_column(String(200))
    code_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("payment_codes.code_id"), unique=True)
    shop_code_id: Mapped[int | None] = mapped_column(Ref, ForeignKey("shop_codes.shop_code_id"), index=True)
    pre_authorisation_id: Mapped[str | None] = mapped_column(
        ForeignKey("shop_pre_authorisations.pre_authorisation_id"), index=True
    )
    transfer_no: Mapped[int] = mapped_column(Ref, ForeignKey("point_transfers.transfer_no"), unique=True)
    period: Mapped[date]
    occurred_at: Mapped[datetime]
    is_clock_wrong: Mapped[bool] = mapped_column(default=False)
    uploaded_at: Mapped[datetime]
    pick_up_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    collected_at: Mapped[datetime | None]


class ShopRefund(Changing, Base):
    """Points of a redemption that were given back, in whole or part. Never changed."""

    __tablename__ = "shop_refunds"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_shop_refunds_shop_period", "shop_id", "period"),
    )

    refund_no: Mapped[Key]
    refund_id: Mapped[str] = mapped_column(String(36), unique=True)
    redemption_no: Mapped[int] = mapped_column(Ref, ForeignKey("shop_redemptions.redemption_no"), index=True)
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"))
    amount_cents: Mapped[int] = mapped_column(Ref)
    reason: Mapped[str] = mapped_column(Text)
    transfer_no: Mapped[int] = mapped_column(Ref, ForeignKey("point_transfers.transfer_no"), unique=True)
    period: Mapped[date]
    refunded_at: Mapped[datetime]
    refunded_by: Mapped[str] = mapped_column(String(80))


class RefusedRedemption(Changing, Base):
    """A line that an offline terminal uploaded and that was not posted: as it came, and why. Never changed."""

    __tablename__ = "refused_redemptions"
    __table_args__ = (UniqueConstraint("terminal_no", "content_digest"),)

    refused_no: Mapped[Key]
    terminal_no: Mapped[str] = mapped_column(ForeignKey("shop_terminals.terminal_no"))
    shop_id: Mapped[int] = mapped_column(Ref, ForeignKey("charity_shops.shop_id"), index=True)
    redemption_id: Mapped[str] = mapped_column(String(80), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime]
