"""Points spent at the sample city's charity shops, once people have some: every way and every state, by commands.

Here: one function, for whoever builds the city and settles its points. Never here: shops themselves (shops.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.commands.life_cycle import SYSTEM
from operations.commands.shop_codes import issue_payment_code, make_shop_code
from operations.commands.shop_offline import end_pre_authorisation, pre_authorise, upload_redemptions
from operations.commands.shop_redemptions import (
    hand_out_goods,
    pay_at_shop,
    redeem_by_code,
)
from operations.commands.shop_refunds import refund_redemption
from operations.commands.shop_settlements import settle_shop
from operations.local_time import LOCAL
from operations.model import CharityShop, ShopTerminal

from .desk import volunteer
from .spending import Spending, who_can_spend

GOODS = ("大米 5 千克", "食用油", "洗衣液", "毛巾", "热茶", "笔记本", "肥皂", "酱油")
LEAST_CENTS = 600
PEOPLE = 24
OFFLINE = 4


def redeem_in_shops(session: Session, *, at: datetime, seed: int = 0) -> int:
    """Let volunteers who have points spend some at the open shops within the hour after `at`, and return how many did.

    By both kinds of code, offline, picked up or not, refunded in part and in whole, held and not used, refused; and the
    month before is settled for every shop. Whoever has fewer than 6 points, or is not active, stays out. The same
    city, moment and seed give the same rows. Call it once: a second time its ids are taken, and it is refused.
    """
    terminals = session.scalars(
        select(ShopTerminal)
        .join(CharityShop, CharityShop.shop_id == ShopTerminal.shop_id)
        .where(CharityShop.status == "open", ShopTerminal.retired_at.is_(None))
        .order_by(ShopTerminal.terminal_no)
    ).all()
    people = who_can_spend(session, LEAST_CENTS)[:PEOPLE]
    if not terminals:
        return 0
    day = _Day(session, Random(seed), at)
    for place, person in enumerate(people):
        terminal = terminals[place % len(terminals)]
        day.now = at + timedelta(minutes=2 * place)
        steps = (day.scanned, day.paid, day.scanned, day.offline)
        steps[place % len(steps)](int(person), terminal, place)
    last_month = at.astimezone(LOCAL).date().replace(day=1) - timedelta(days=1)
    for shop_id in session.scalars(select(CharityShop.shop_id).order_by(CharityShop.shop_id)):
        settle_shop(session, SYSTEM, shop_id=shop_id, period=last_month, at=at)
    return len(people)


class _Day(Spending):
    """The shops on one day."""

    def scanned(self, person: int, terminal: ShopTerminal, place: int) -> None:
        """The till scans the volunteer's code; every third is refunded, in whole or part."""
        made = self.do(
            redeem_by_code,
            _till(terminal),
            redemption_id=self.new_id(),
            terminal_no=terminal.terminal_no,
            code=self._code_of(person),
            amount_cents=(amount := self.chance.randrange(100, 400, 50)),
            goods=self.chance.choice(GOODS),
        )
        if place % 3 == 0:
            self.do(
                refund_redemption,
                _till(terminal),
                refund_id=self.new_id(),
                redemption_id=made.redemption_id,
                amount_cents=amount if place % 2 else 50,
                reason="商品有瑕疵,顾客退货",
            )

    def paid(self, person: int, terminal: ShopTerminal, place: int) -> None:
        """The volunteer scans the code of one sale; most pick the goods up at once."""
        code = self.do(
            make_shop_code,
            _till(terminal),
            shop_id=terminal.shop_id,
            terminal_no=terminal.terminal_no,
            amount_cents=(amount := self.chance.randrange(50, 300, 50)),
            goods=self.chance.choice(GOODS),
            code=self.drawn(),
        )
        paid = self.do(
            pay_at_shop,
            volunteer(person),
            redemption_id=self.new_id(),
            volunteer_id=person,
            code=code.code,
            amount_cents=amount,
            pick_up_code=self.drawn(),
        )
        if place % 3:
            number = terminal.terminal_no
            self.do(hand_out_goods, _till(terminal), terminal_no=number, pick_up_code=paid.pick_up_code)
        else:
            one = paid.redemption.redemption_id
            reason = "缺货,未取"
            self.do(
                refund_redemption, _till(terminal), refund_id=self.new_id(), redemption_id=one, reason=reason
            )

    def offline(self, person: int, terminal: ShopTerminal, place: int) -> None:
        """The till sells without a network: within what is held, beyond it, with a lost clock, or nothing."""
        held = self.do(
            pre_authorise,
            _till(terminal),
            pre_authorisation_id=self.new_id(),
            terminal_no=terminal.terminal_no,
            code=self._code_of(person),
            amount_cents=500,
        )
        moments = [self.now.isoformat(), "2000-01-01T00:00:00+08:00"]
        lines: list[dict[str, Any]] = [
            {
                "redemption_id": self.new_id(),
                "pre_authorisation_id": held.pre_authorisation_id,
                "amount_cents": amount,
                "goods": self.chance.choice(GOODS),
                "occurred_at": moments[place % 8 == 3],
            }
            for amount in ((200, 250, 300), (300, 200), (100,), ())[place // OFFLINE % OFFLINE]
        ]
        self.do(upload_redemptions, _till(terminal), terminal_no=terminal.terminal_no, lines=lines)
        if place // OFFLINE % OFFLINE == 2:
            one = held.pre_authorisation_id
            self.do(end_pre_authorisation, _till(terminal), pre_authorisation_id=one)

    def _code_of(self, person: int) -> str:
        made = self.do(issue_payment_code, volunteer(person), volunteer_id=person, code=self.drawn())
        return str(made.code)


def _till(terminal: ShopTerminal) -> Actor:
    number = terminal.terminal_no
    return Actor(f"terminal:{number}", Role.SHOP_TERMINAL, device_no=number)
