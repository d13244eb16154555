"""Disputes at the office: open, overdue, answered, made good, appealed, decided, withdrawn.

Here: those stories. Never here: what a dispute freezes, which the warehouse knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from operations.commands.disputes import (
    answer_dispute,
    appeal_dispute,
    decide_appeal,
    open_dispute,
    withdraw_dispute,
)

from .desk import Desk, Story
from .honours import decided, entered


def _opened(desk: Desk, name: str, kind: str, days: int, statement: str, **about: Any) -> int:
    made = desk.do(
        open_dispute,
        desk.person(name),
        volunteer_id=desk.people[name],
        organisation_id=desk.host.organisation_id,
        kind=kind,
        service_day=desk.day(days),
        statement=statement,
        **about,
    )
    return int(made.dispute_id)


def upheld(desk: Desk) -> Iterator[datetime]:
    """The volunteer was right, and the missing time was entered and approved."""
    yield desk.at(-11, 20)
    dispute = _opened(desk, "helper 13", "missing_attendance", -12, "当天签到机没电,服务两小时没有记录")
    yield desk.at(-8, 14)
    desk.do(
        answer_dispute,
        desk.staff["colleague"],
        dispute_id=dispute,
        outcome="upheld",
        answer="领队证实,已安排补录",
    )
    yield desk.at(-7, 10)
    record = entered(desk, "helper 13", -12, 120, "异议成立,补录", dispute_id=dispute)
    yield desk.at(-6, 10)
    yield from decided(desk, record)


def rejected(desk: Desk) -> Iterator[datetime]:
    """Three rejections: one stands, one is appealed against, one was decided by the area."""
    yield desk.at(-10, 19)
    stands = _opened(desk, "helper 11", "missing_attendance", -11, "提前到场布置的半小时没有计入")
    appealed = _opened(desk, "helper 14", "missing_attendance", -11, "当天忘记签到,有合影为证")
    final = _opened(
        desk,
        "helper 7",
        "honour_record",
        -14,
        "签到表第二页有我的签名",
        record_id=desk.places["refused record"],
    )
    yield desk.at(-7, 15)
    for dispute in (stands, appealed, final):
        desk.do(
            answer_dispute,
            desk.staff["organisation"],
            dispute_id=dispute,
            outcome="rejected",
            answer="经查没有可以核实的记录",
        )
    yield desk.at(-6, 20)
    desk.do(appeal_dispute, desk.person("helper 7"), dispute_id=final, statement="附上签到表第二页照片")
    yield desk.at(-4, 11)
    desk.do(decide_appeal, desk.area, dispute_id=final, outcome="upheld", reason="签名属实,请组织重新录入")
    yield desk.at(-3, 20)
    desk.do(appeal_dispute, desk.person("helper 14"), dispute_id=appealed, statement="三名同伴愿意作证")


def still_open(desk: Desk) -> Iterator[datetime]:
    """One that is overdue, one of yesterday about minutes that were taken back, and one taken back by its author."""
    yield desk.at(-9, 20)
    _opened(desk, "helper 12", "missing_attendance", -10, "送餐后协助清洗餐具一小时未登记")
    yield desk.at(-8, 20)
    withdrawn = _opened(desk, "helper 15", "missing_attendance", -9, "当晚巡防没有记录")
    yield desk.at(-7, 8)
    desk.do(withdraw_dispute, desk.person("helper 15"), dispute_id=withdrawn, reason="记错了日期")
    yield desk.at(-1, 20, 30)
    _opened(
        desk,
        "helper 5",
        "session",
        -14,
        "实际服务两个半小时,只记了两小时",
        session_id=f"{desk.people['helper 5']}/none/HONOUR/{desk.places['approved record']}",
    )


DISPUTE_STORIES: tuple[Story, ...] = (upheld, rejected, still_open)
