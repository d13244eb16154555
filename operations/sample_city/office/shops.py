"""Charity shops at the office: opened with their tills, one closed, one till retired.

Here: that story. Never here: what is redeemed there, which needs points (redemptions.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from operations.commands.shops import close_shop, register_shop, register_terminal, retire_terminal

from .desk import Desk, Story

NAMES = ("爱心超市", "慈善小铺", "暖心驿站")


def shops(desk: Desk) -> Iterator[datetime]:
    """Two shops that are open, with two tills each, of which one was retired; one that closed."""
    yield desk.at(-26, 10)
    for number, word in enumerate(NAMES, start=1):
        made = desk.do(
            register_shop,
            desk.area,
            shop_no=f"HZ-SHOP-{number:02d}",
            name=desk.host.place + word,
            area_code=desk.host.site["community_code"] or desk.host.site["district_code"],
            address=f"{desk.host.place}{number} 号",
            organisation_id=None if number == len(NAMES) else desk.host.organisation_id,
        )
        desk.places[word] = made.shop_id
        for till in (1, 2):
            desk.do(
                register_terminal,
                desk.area,
                shop_id=made.shop_id,
                terminal_no=f"HZ-SHOP-{number:02d}-{till}",
                name=f"{till} 号收银台",
                key=bytes(desk.rng.integers(0, 256, 32, dtype="uint8")).hex(),
            )
    yield desk.at(-12, 16)
    desk.do(retire_terminal, desk.area, terminal_no="HZ-SHOP-02-2", reason="设备老化")
    yield desk.at(-6, 17)
    desk.do(close_shop, desk.area, shop_id=desk.places[NAMES[-1]], reason="房屋到期")


SHOP_STORIES: tuple[Story, ...] = (shops,)
"""What the office tells of charity shops."""
