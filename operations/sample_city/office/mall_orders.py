"""The sample city's mall, once people have points: suppliers, a catalogue with pictures, and orders, in every state.

Here: one function, for whoever builds the city and settles its points. Never here: charity shops (redemptions.py).
"""

from __future__ import annotations

import struct
import zlib
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Actor, Role
from operations.commands.life_cycle import SYSTEM
from operations.commands.mall_carts import put_in_cart
from operations.commands.mall_fulfilment import cancel_order, expire_orders, fulfil_order, hand_out_order
from operations.commands.mall_items import ItemDetails, add_item, put_on_sale, set_item_picture, take_off_sale
from operations.commands.mall_orders import DeliveryAddress, Placed, place_order
from operations.commands.mall_refunds import refund_order
from operations.commands.mall_stock import correct_stock, receive_stock
from operations.commands.mall_suppliers import SupplierDetails, end_supplier, register_supplier
from operations.model import MallItem, Site

from .desk import volunteer
from .spending import Spending, who_can_spend

CITY = Actor("city", Role.CITY_ADMINISTRATOR)
# Two of the dearest item.
LEAST_CENTS = 1_600
BUYERS = 16
# Longer than an order waits to be fetched.
OPEN_FOR_DAYS = 15
STOCK = 40
# Supplier, category, name, price in hundredths, colour of the picture.
ITEMS = (
    ("西溪爱心农场", "food", "生态大米 2.5 千克", 500, (214, 184, 104)),
    ("西溪爱心农场", "food", "土鸡蛋 30 枚", 450, (205, 140, 90)),
    ("西溪爱心农场", "food", "龙井茶 50 克", 800, (96, 145, 80)),
    ("西溪爱心农场", "daily_goods", "洗衣液 1 升", 300, (90, 140, 190)),
    ("西溪爱心农场", "daily_goods", "纯棉毛巾", 150, (200, 120, 130)),
    ("西溪爱心农场", "health", "家用急救包", 600, (190, 70, 70)),
    ("运河书香文具", "books", "杭州城市志愿手册", 200, (120, 110, 160)),
    ("运河书香文具", "books", "儿童绘本套装", 700, (230, 170, 70)),
    ("运河书香文具", "culture_sport", "羽毛球一筒", 400, (80, 160, 150)),
    ("运河书香文具", "culture_sport", "博物馆参观券", 350, (150, 120, 90)),
    ("运河书香文具", "services", "理发服务券", 250, (110, 110, 110)),
    ("运河书香文具", "vouchers", "公交乘车券", 100, (60, 120, 180)),
)
ONLY_FETCHED = 7
ONLY_SENT = 8
# Added, and not on sale yet.
DRAFT = 10
# On sale no more.
OFF = 11


def sell_in_the_mall(session: Session, *, at: datetime, seed: int = 0) -> int:
    """Let volunteers who have 16 points or more order in a mall within the hour after `at`, and return their number.

    The mall opened some weeks before; one order of that time was never fetched.

    The same city, moment and seed give the same rows. Call it once: a second time the suppliers are there already,
    and it is refused.
    """
    mall = _Mall(session, Random(seed), at - timedelta(days=OPEN_FOR_DAYS))
    mall.open()
    # The last ones: the first spend in the charity shops.
    people = who_can_spend(session, LEAST_CENTS)[-BUYERS:]
    if people:
        mall.forgotten(people[0], at)
    for place, person in enumerate(people):
        mall.now = at + timedelta(minutes=3 * place)
        steps = (mall.sent, mall.fetched, mall.waits, mall.cancelled, mall.given_back, mall.thought_over)
        steps[place % len(steps)](person, place)
    return len(people)


class _Mall(Spending):
    """The mall on one day."""

    def open(self) -> None:
        """Register suppliers, who hand out at a site, one who ended, and their items."""
        site_id = self.session.scalars(
            select(Site.site_id).where(Site.closed_on.is_(None)).order_by(Site.site_id).limit(1)
        ).one()
        places = {"西溪爱心农场": site_id, "运河书香文具": site_id}
        suppliers = {
            name: self.do(
                register_supplier, CITY, details=SupplierDetails(name, pick_up_site_id=place)
            ).supplier_id
            for name, place in places.items()
        }
        gone = self.do(register_supplier, CITY, details=SupplierDetails("良渚手工坊"))
        self.do(end_supplier, CITY, supplier_id=gone.supplier_id, reason="合作期满")
        self.items: list[MallItem] = []
        for number, (supplier, category, name, price, colour) in enumerate(ITEMS):
            way = {ONLY_FETCHED: "pick_up", ONLY_SENT: "delivery"}.get(number)
            details = ItemDetails(
                name, category, price, description="示例商品", delivery_way=way, limit_per_quarter=6
            )
            item = self.do(add_item, CITY, supplier_id=suppliers[supplier], details=details)
            self.do(
                set_item_picture,
                CITY,
                item_id=item.item_id,
                content=picture(colour),
                media_type="image/png",
            )
            self.do(receive_stock, CITY, item_id=item.item_id, quantity=STOCK, reason="首批入库")
            if number != DRAFT:
                self.do(put_on_sale, CITY, item_id=item.item_id)
            if number == OFF:
                self.do(take_off_sale, CITY, item_id=item.item_id, reason="活动结束")
            self.items.append(item)
        self.do(correct_stock, CITY, item_id=self.items[0].item_id, counted=STOCK - 1, reason="盘点短少")

    def forgotten(self, person: int, until: datetime) -> None:
        """Ordered when the mall opened, and never fetched: it expired, and the points are free again."""
        made = self._ordered(person, 0)
        self.now = until
        self.do(expire_orders, SYSTEM, order_ids=[made.order.order_id])

    def sent(self, person: int, place: int) -> None:
        """Ordered to an address, and sent."""
        made = self._ordered(person, place, is_sent=True)
        self.do(fulfil_order, CITY, order_id=made.order.order_id, tracking_no=f"SF{place:010}")

    def fetched(self, person: int, place: int) -> None:
        """Ordered to be picked up, and handed out for its code."""
        made = self._ordered(person, place)
        self.do(hand_out_order, CITY, code=made.pick_up_code)

    def waits(self, person: int, place: int) -> None:
        """Ordered, and not sent or picked up yet."""
        self._ordered(person, place, is_sent=place % 4 == 0)

    def cancelled(self, person: int, place: int) -> None:
        """Ordered, and cancelled by the volunteer."""
        made = self._ordered(person, place)
        self.do(cancel_order, volunteer(person), order_id=made.order.order_id)

    def given_back(self, person: int, place: int) -> None:
        """Handed out, and given back afterwards: all, or one piece of two."""
        made = self._ordered(person, place, pieces=2)
        self.do(hand_out_order, CITY, code=made.pick_up_code)
        item_id = self._item(place).item_id
        self.do(
            refund_order,
            CITY,
            refund_id=self.new_id(),
            order_id=made.order.order_id,
            lines={item_id: 1} if place % 4 == 0 else None,
            reason="商品破损",
            is_restocked=False,
        )

    def thought_over(self, person: int, place: int) -> None:
        """Put in the cart, and not ordered."""
        item = self._item(place)
        self.do(put_in_cart, volunteer(person), volunteer_id=person, item_id=item.item_id, quantity=1)

    def _item(self, place: int) -> MallItem:
        """One of the supplier who hands out, too."""
        return self.items[(place + place // 6) % 6]

    def _ordered(self, person: int, place: int, *, pieces: int = 1, is_sent: bool = False) -> Placed:
        item = self._item(place)
        made: Placed = self.do(
            place_order,
            volunteer(person),
            client_id=self.new_id(),
            volunteer_id=person,
            lines={item.item_id: pieces},
            amount_cents=item.price_cents * pieces,
            address=DeliveryAddress("示例收件人", "13800138000", "西湖区文三路 1 号") if is_sent else None,
            pick_up_code=None if is_sent else self.drawn(),
        )
        return made


def picture(colour: tuple[int, int, int], width: int = 240, height: int = 160) -> bytes:
    """A PNG (ISO/IEC 15948) of one colour that gets lighter to the right, so that no picture need be shipped."""
    row = b"".join(bytes(part + (255 - part) * x // (2 * width) for part in colour) for x in range(width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress((b"\0" + row) * height, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
