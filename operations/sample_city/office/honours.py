"""Honour records at the office: entered, from a file, approved once and twice, refused, withdrawn; minutes reviewed.

Here: those stories; what the records earn is added to the truth (service.py). Never here: disputes (disputes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from operations.commands.honour_import import import_honour_records
from operations.commands.honours import approve_honour_record, enter_honour_record, withdraw_honour_approval
from operations.commands.reviews import review_minutes
from operations.model import HonourRecord, Volunteer

from .desk import Desk, Story


def entered(desk: Desk, name: str, days: int, minutes: int, reason: str, **more: Any) -> HonourRecord:
    """A new record of the host for one of the stories' people, on a day counted from the last one."""
    made: HonourRecord = desk.do(
        enter_honour_record,
        desk.staff["organisation"],
        volunteer_id=desk.people[name],
        organisation_id=desk.host.organisation_id,
        minutes=minutes,
        service_day=desk.day(days),
        reason=reason,
        evidence="签到表照片",
        **more,
    )
    return made


def decided(
    desk: Desk, record: HonourRecord, decision: str = "approved", reason: str = ""
) -> Iterator[datetime]:
    """What the colleague of whoever entered it says, and above four hours then the area."""
    deciders = [desk.staff["colleague"]]
    if decision == "approved" and record.minutes > 240:
        deciders.append(desk.area)
    for decider in deciders:
        desk.do(approve_honour_record, decider, record_id=record.record_id, decision=decision, reason=reason)
        yield desk.now + timedelta(minutes=50)


def session_of(record: HonourRecord) -> str:
    """What the warehouse calls the session of a record without a shift."""
    return f"{record.volunteer_id}/none/HONOUR/{record.record_id}"


def one_by_one(desk: Desk) -> Iterator[datetime]:
    """One in each state: waiting (one of them too long), endorsed, approved, refused, withdrawn."""
    yield desk.at(-13, 10)
    approved = entered(desk, "helper 5", -14, 120, "纸质签到,活动现场无网络")
    withdrawn = entered(desk, "helper 6", -14, 90, "纸质签到,活动现场无网络")
    refused = entered(desk, "helper 7", -14, 180, "协助布置会场")
    yield desk.at(-12, 15)
    yield from decided(desk, approved)
    yield from decided(desk, withdrawn)
    yield from decided(desk, refused, "refused", "签到表上没有本人签名")
    desk.places |= {"approved record": approved.record_id, "refused record": refused.record_id}
    yield desk.at(-10, 9)
    entered(desk, "helper 8", -11, 60, "值守结束后清理场地")
    yield desk.at(-3, 14)
    desk.do(
        withdraw_honour_approval,
        desk.area,
        record_id=withdrawn.record_id,
        reason="抽查发现当天本人不在现场",
    )
    yield desk.at(-2, 10)
    twice = entered(desk, "helper 9", -4, 300, "全天会务保障")
    desk.do(
        approve_honour_record,
        desk.staff["colleague"],
        record_id=twice.record_id,
        decision="approved",
        reason="已核对排班表",
    )
    yield desk.at(-1, 11)
    entered(desk, "helper 8", -3, 150, "上门探访独居老人")


def from_a_file(desk: Desk) -> Iterator[datetime]:
    """A file of records is taken in; part of it is approved."""
    yield desk.at(-9, 16)
    rows = ["志愿者编号,服务日期,时长（分钟）,事由,证明材料"]
    for number in (10, 11, 12):
        no = _number(desk, f"helper {number}")
        rows.append(f"{no},{desk.day(-10)},{60 * (number - 8)},社区图书整理,签到表照片")
    made = desk.do(
        import_honour_records,
        desk.staff["organisation"],
        content="\n".join(rows).encode(),
        organisation_id=desk.host.organisation_id,
        file_name="图书整理签到.csv",
    )
    if made.errors:
        raise ValueError(f"the file of the story is not as it should be: {made.errors}")
    yield desk.at(-8, 10)
    first = desk.session.scalars(
        select(HonourRecord).where(HonourRecord.volunteer_id == desk.people["helper 10"])
    ).one()
    yield from decided(desk, first)


def _number(desk: Desk, name: str) -> str:
    return desk.session.get_one(Volunteer, desk.people[name]).volunteer_no


def long_days(desk: Desk) -> Iterator[datetime]:
    """Days above the ceilings: one decided by the area, one by area and city, one that waits."""
    yield desk.at(-12, 9)
    names = ("second", "founder", "lifted")
    records = [
        entered(desk, name, -13, minutes, "防汛应急值守")
        for name, minutes in zip(names, (600, 800, 540), strict=True)
    ]
    yield desk.at(-11, 9)
    for record in records:
        yield from decided(desk, record)
    yield desk.at(-5, 16)
    _reviewed(desk, records[0], (120, 60), "值守记录可核实的为9小时")
    _reviewed(desk, records[1], (240, 240), "街道应急办出具证明")
    _reviewed(desk, records[1], (80, 0), "超过12小时部分无轮换记录", level="city")


def impossible_day(desk: Desk) -> Iterator[datetime]:
    """A long watch and the work of the same day stand on two lists: more than a day has, the excess is void."""
    yield desk.at(-12, 10)
    records = [
        entered(desk, "member", -13, 900, "防汛应急值守"),
        entered(desk, "member", -13, 700, "防汛物资转运"),
    ]
    yield desk.at(-11, 10)
    for record in records:
        yield from decided(desk, record)


def _reviewed(
    desk: Desk, record: HonourRecord, minutes: tuple[int, int], reason: str, level: str = "organisation"
) -> None:
    """Of the first of `minutes`, which wait at the level, the second are granted."""
    desk.do(
        review_minutes,
        desk.staff["city"] if level == "city" else desk.area,
        session_id=session_of(record),
        volunteer_id=record.volunteer_id,
        organisation_id=record.organisation_id,
        service_day=record.service_day,
        level=level,
        minutes_in_review=minutes[0],
        minutes_granted=minutes[1],
        reason=reason,
    )


HONOUR_STORIES: tuple[Story, ...] = (one_by_one, from_a_file, long_days, impossible_day)
