"""Proofs at the office: issued, looked up, overtaken by a correction, revoked; and notices that were delivered.

Here: those stories. Never here: printing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from operations.commands.honours import withdraw_honour_approval
from operations.commands.life_cycle import SYSTEM
from operations.commands.notices import mark_notice_delivered
from operations.commands.proofs import ServiceRow, Signatories, issue_proof, look_up_proof, revoke_proof
from operations.model import HonourRecord, Notice, Proof
from operations.proof_numbers import new_number

from .desk import Desk, Story, visitor
from .honours import decided, entered, session_of

SIGNED = Signatories("王建国", "李敏", "0571-00000000")
LOOK_UP = "https://hub.example.cn/proof"


def proofs(desk: Desk) -> Iterator[datetime]:
    """One that is valid, and one that a withdrawn approval has overtaken and that is revoked."""
    yield desk.at(-19, 9)
    records = [entered(desk, name, -20, 150, "迎新接站") for name in ("helper 1", "helper 2")]
    yield desk.at(-18, 9)
    for record in records:
        yield from decided(desk, record)
    yield desk.at(-8, 9)
    valid, overtaken = (_issued(desk, record) for record in records)
    yield desk.at(-7, 16)
    _looked_up(desk, valid.proof_no, None)
    _looked_up(desk, valid.proof_no, valid.minutes)
    yield desk.at(-4, 9)
    reason = "复核发现与另一活动时间重复"
    desk.do(withdraw_honour_approval, desk.area, record_id=records[1].record_id, reason=reason)
    yield desk.at(-3, 9, 30)
    _looked_up(desk, overtaken.proof_no, 0)
    desk.do(revoke_proof, desk.staff["colleague"], proof_id=overtaken.proof_id, reason="所证明的时长已撤回")
    _looked_up(desk, overtaken.proof_no, 0)
    _looked_up(desk, _drawn(desk), None)


def _issued(desk: Desk, record: HonourRecord) -> Proof:
    row = ServiceRow(
        session_of(record),
        record.service_day,
        record.organisation_id,
        record.minutes,
        "honour",
        record.reason,
        place=desk.host.site["name"],
    )
    made = desk.do(
        issue_proof,
        desk.staff["organisation"],
        volunteer_id=record.volunteer_id,
        organisation_id=record.organisation_id,
        rows=[row],
        signatories=SIGNED,
        look_up_base=LOOK_UP,
        proof_no=_drawn(desk),
        reason="本人申请,用于评优",
    )
    proof: Proof = made.proof
    return proof


def _drawn(desk: Desk) -> str:
    return new_number(desk.now.year, lambda signs: signs[int(desk.rng.integers(len(signs)))])


def _looked_up(desk: Desk, number: str, minutes: int | None) -> None:
    desk.do(look_up_proof, visitor(), typed=number, minutes_today=lambda _certified: minutes)


def notices(desk: Desk) -> Iterator[datetime]:
    """The older notices were delivered; those of the last days wait for a door."""
    yield desk.at(-7, 12)
    channels = ("sms", "push", "mail")
    older = desk.session.scalars(
        select(Notice.notice_id).where(Notice.delivered_at.is_(None)).order_by(Notice.notice_id).limit(12)
    ).all()
    for place, notice_id in enumerate(older):
        desk.do(mark_notice_delivered, SYSTEM, notice_id=notice_id, channel=channels[place % 3])


PROOF_STORIES: tuple[Story, ...] = (proofs, notices)
