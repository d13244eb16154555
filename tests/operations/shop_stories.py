"""A charity shop with two tills in the town of the tests, and what happens there in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from operations.access import Actor, Role
from operations.commands.shop_codes import issue_payment_code, make_shop_code
from operations.commands.shop_offline import UploadedLine, pre_authorise, upload_redemptions
from operations.commands.shop_redemptions import Paid, pay_at_shop, redeem_by_code
from operations.commands.shop_refunds import refund_redemption
from operations.commands.shops import register_shop, register_terminal
from operations.database import writing
from operations.model import PreAuthorisation, ShopRedemption, ShopRefund

from .conftest import CITY, NOW, Town, volunteer

TILLS = ("T1", "T2")


def till(number: str) -> Actor:
    """A terminal acting."""
    return Actor(f"terminal:{number}", Role.SHOP_TERMINAL, device_no=number)


@dataclass
class Shop:
    """The shop 仁爱超市 of the town's organisation."""

    town: Town
    shop_id: int

    def code(self, person: int, *, at: datetime = NOW, **options: Any) -> str:
        """A new code of the volunteer."""
        with writing(self.town.engine) as session:
            made = issue_payment_code(session, volunteer(person), volunteer_id=person, at=at, **options)
            return made.code

    def redeem(self, code: str, amount: int, *, number: str = "T1", **options: Any) -> ShopRedemption:
        """Let a till take points by a volunteer's code."""
        arguments = {"redemption_id": str(uuid4()), "goods": "大米", "at": NOW, **options}
        with writing(self.town.engine) as session:
            return redeem_by_code(
                session, till(number), terminal_no=number, code=code, amount_cents=amount, **arguments
            )

    def poster(self, amount: int, **options: Any) -> str:
        """A code of the shop: of a poster, or of one sale at a till."""
        with writing(self.town.engine) as session:
            made = make_shop_code(
                session,
                self.town.host,
                shop_id=self.shop_id,
                amount_cents=amount,
                **{"goods": "热茶", "at": NOW, **options},
            )
            return made.code

    def pay(self, person: int, code: str, amount: int, **options: Any) -> Paid:
        """Let the volunteer pay what the shop's code asks for."""
        arguments = {"redemption_id": str(uuid4()), "at": NOW, **options}
        with writing(self.town.engine) as session:
            return pay_at_shop(
                session, volunteer(person), volunteer_id=person, code=code, amount_cents=amount, **arguments
            )

    def refund(self, redemption: ShopRedemption, **options: Any) -> ShopRefund:
        """Give points of a redemption back."""
        arguments = {"actor": till("T1"), "refund_id": str(uuid4()), "reason": "坏了", "at": NOW, **options}
        actor = arguments.pop("actor")
        with writing(self.town.engine) as session:
            return refund_redemption(session, actor, redemption_id=redemption.redemption_id, **arguments)

    def pre_authorise(self, person: int, amount: int, **options: Any) -> PreAuthorisation:
        """Hold points of the volunteer for the till T1."""
        code = options.pop("code", None) or self.code(person, at=options.get("at", NOW))
        arguments = {"pre_authorisation_id": str(uuid4()), "terminal_no": "T1", "at": NOW, **options}
        with writing(self.town.engine) as session:
            return pre_authorise(
                session, till(arguments["terminal_no"]), code=code, amount_cents=amount, **arguments
            )

    def upload(self, *lines: Any, number: str = "T1", at: datetime = NOW) -> list[UploadedLine]:
        """Let a till upload what it sold offline."""
        with writing(self.town.engine) as session:
            return upload_redemptions(session, till(number), terminal_no=number, lines=lines, at=at)


def sale(held: PreAuthorisation, amount: int, **options: Any) -> dict[str, Any]:
    """A line of an offline terminal, as JSON holds it."""
    return {
        "redemption_id": str(uuid4()),
        "pre_authorisation_id": held.pre_authorisation_id,
        "amount_cents": amount,
        "goods": "酱油",
        "occurred_at": held.authorised_at.isoformat(),
        **options,
    }


@pytest.fixture
def shop(town: Town) -> Shop:
    """A shop in 西湖区 with the tills T1 and T2."""
    with writing(town.engine) as session:
        made = register_shop(
            session,
            CITY,
            shop_no="S001",
            name="仁爱超市",
            area_code="330106001",
            address="曙光路 1 号",
            organisation_id=town.organisation_id,
            at=NOW,
        )
        for number in TILLS:
            register_terminal(
                session,
                CITY,
                shop_id=made.shop_id,
                terminal_no=number,
                name="收银台",
                key=f"key-{number}",
                at=NOW,
            )
        return Shop(town, made.shop_id)
