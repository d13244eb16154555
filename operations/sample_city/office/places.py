"""Sites, readers and cards at the office: opened, moved, closed, replaced, lost and issued again.

Here: those stories. Never here: taps; no reader of these stories ever sent one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from operations.access import Actor, Role
from operations.commands.cards import (
    bind_card,
    reissue_card,
    report_card_found,
    report_card_lost,
    unbind_card,
)
from operations.commands.devices import move_device, replace_device, retire_device, set_directed
from operations.commands.places import record_heartbeat, register_device, register_site
from operations.commands.sites import close_site, move_site, reopen_site
from operations.positions import from_wgs84

from .desk import Desk, Story

MODEL = "VC-210"


def sites(desk: Desk) -> Iterator[datetime]:
    """Four sites: one for the activities, one that moved house, one closed, one closed and open again."""
    yield desk.at(-23, 9)
    for name, word in (
        ("meeting", "邻里会客厅"),
        ("moved", "旧书漂流站"),
        ("closed", "夏令纳凉点"),
        ("reopened", "共享工具屋"),
    ):
        desk.places[name] = _site(desk, word)
    desk.places["far"] = _site(desk, "便民修补角", "BD-09")
    yield desk.at(-7, 17)
    reason = "街道改造,场地收回"
    desk.do(close_site, desk.area, site_id=desk.places["closed"], closed_on=desk.day(-7), reason=reason)
    desk.do(close_site, desk.area, site_id=desk.places["reopened"], closed_on=desk.day(-7), reason=reason)
    yield desk.at(-5, 10)
    site = desk.host.site
    new = desk.do(
        move_site,
        desk.area,
        site_id=desk.places["moved"],
        area_code=site["community_code"] or site["district_code"],
        lon=round(site["lon"], 6),
        lat=round(site["lat"], 6),
        position_system="WGS-84",
        moved_on=desk.day(-5),
        reason="搬入社区新址",
    )
    desk.places["moved to"] = new.site_id
    yield desk.at(-2, 10)
    desk.do(reopen_site, desk.area, site_id=desk.places["reopened"], reason="改造完成")


def _site(desk: Desk, word: str, system: str = "WGS-84") -> int:
    """A new site of the host, at a position as a terminal of that system gives it."""
    site = desk.host.site
    lon, lat = from_wgs84(site["lon"], site["lat"], system)
    made = desk.do(
        register_site,
        desk.area,
        name=desk.host.place + word,
        kind="service_station",
        area_code=site["community_code"] or site["district_code"],
        lon=round(float(lon), 6),
        lat=round(float(lat), 6),
        position_system=system,
        radius_m=150,
        organisation_id=desk.host.organisation_id,
    )
    return int(made.site_id)


def readers(desk: Desk) -> Iterator[datetime]:
    """Readers that stand, moved, were turned, broke and were replaced, or retired."""
    yield desk.at(-22, 10)
    for number, place in enumerate(("meeting", "moved", "meeting", "far", "far"), start=1):
        desk.do(register_device, desk.area, device_no=_no(number), site_id=desk.places[place], model=MODEL)
    yield desk.at(-15, 10)
    desk.do(move_device, desk.area, device_no=_no(3), site_id=desk.places["far"], reason="会客厅只留一台")
    desk.do(set_directed, desk.area, device_no=_no(1), is_directed=True, reason="装到入口闸机上")
    yield desk.at(-10, 10)
    desk.do(
        replace_device,
        desk.area,
        device_no=_no(4),
        new_device_no=_no(6),
        model="VC-300",
        reason="读卡模块损坏,返厂",
    )
    desk.do(retire_device, desk.area, device_no=_no(5), reason="使用年限已到")
    yield desk.at(0, 19)
    for number in (1, 2, 3, 6):
        device = Actor(_no(number), Role.DEVICE, device_no=_no(number))
        desk.do(record_heartbeat, device, device_no=_no(number), clock_offset_seconds=0, queued_taps=0)


def _no(number: int) -> str:
    return f"HZ-OFFICE-{number:02d}"


def cards(desk: Desk) -> Iterator[datetime]:
    """Cards bound, lost and issued again, lost and found, lost, and given back."""
    yield desk.at(-21, 14)
    for number in range(1, 6):
        desk.do(bind_card, desk.area, card_no=_card(number), volunteer_id=desk.people[f"helper {number}"])
    yield desk.at(-9, 9)
    for number in (2, 3, 4):
        desk.do(report_card_lost, desk.person(f"helper {number}"), card_no=_card(number), reason="钱包遗失")
    yield desk.at(-7, 9)
    desk.do(reissue_card, desk.area, lost_card_no=_card(2), card_no=_card(12), reason="补卡")
    desk.do(report_card_found, desk.area, card_no=_card(3), reason="在家中找到")
    desk.do(unbind_card, desk.area, card_no=_card(5), reason="迁往外地,卡已交回")


def _card(number: int) -> str:
    return f"33019990000{number:02d}"


PLACE_STORIES: tuple[Story, ...] = (sites, readers, cards)
