"""Organisations at the office: applied, returned, approved, suspended, reinstated, struck off; who runs them.

Here: those stories, of groups below the host's district. Never here: what organisations do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from operations.access import Actor
from operations.commands.administrators import appoint_administrator, dismiss_administrator
from operations.commands.applications import (
    apply_again,
    apply_for_organisation,
    approve_organisation,
    return_organisation,
)
from operations.commands.documents import Document
from operations.commands.memberships import join_organisation, leave_organisation, remove_member
from operations.commands.organisation_states import (
    reinstate_organisation,
    strike_off_organisation,
    suspend_organisation,
)

from .desk import Desk, Story, visitor
from .people import register

# A page without a word on it, as small as a PDF can be.
PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def _paper(kind: str) -> Document:
    return Document(kind, f"{kind}.pdf", "application/pdf", PAPER)


def _applied(desk: Desk, word: str, actor: Actor | None = None, *, below: int | None = None) -> int:
    made = desk.do(
        apply_for_organisation,
        actor or visitor(),
        name=desk.host.place + word,
        kind="group",
        area_code=desk.host.site["township_code"] or desk.host.district_code,
        contact_name="负责人",
        contact_phone="12000000001",
        documents=[_paper("charter"), _paper("responsible_person")],
        parent_organisation_id=below or desk.host.parent_organisation_id,
    ).organisation
    if made.application_code_sha256 is not None:
        # What a visitor proves an application by is drawn from chance; another city of this seed must have the same.
        made.application_code_sha256 = hashlib.sha256(desk.rng.bytes(16)).hexdigest()
    return int(made.organisation_id)


def waiting(desk: Desk) -> Iterator[datetime]:
    """Two that wait for a decision, one of them too long, and one that has to be mended."""
    yield desk.at(-12, 11)
    _applied(desk, "晨练互助队")
    yield desk.at(-6, 15)
    returned = _applied(desk, "亲子环保小组")
    yield desk.at(-4, 10)
    desk.do(
        return_organisation, desk.area, organisation_id=returned, reason="章程缺少负责人签字,请补充后再提交"
    )
    yield desk.at(-1, 16)
    _applied(desk, "夜校助教队")


def let_in(desk: Desk) -> Iterator[datetime]:
    """One is mended and approved; its founder becomes its administrator, and a second one comes and goes."""
    yield desk.at(-20, 9)
    for name in ("founder", "second", "member", "leaver"):
        register(desk, name)
    yield desk.at(-19, 9)
    founder = desk.person("founder")
    made = _applied(desk, "邻里守望队", founder)
    yield desk.at(-18, 10)
    desk.do(return_organisation, desk.area, organisation_id=made, reason="请补充负责人身份证明")
    yield desk.at(-17, 20)
    desk.do(apply_again, founder, organisation_id=made, documents=[_paper("responsible_person")])
    yield desk.at(-16, 10)
    desk.do(approve_organisation, desk.area, organisation_id=made, reason="材料齐全")
    yield desk.at(-15, 9)
    for name in ("member", "leaver"):
        desk.do(join_organisation, desk.person(name), organisation_id=made, volunteer_id=desk.people[name])
    of = {"organisation_id": made, "volunteer_id": desk.people["second"]}
    desk.do(appoint_administrator, desk.area, reason="轮值", **of)
    yield desk.at(-11, 9)
    desk.do(dismiss_administrator, desk.area, reason="轮值期满", **of)
    desk.do(
        leave_organisation,
        desk.person("leaver"),
        organisation_id=made,
        volunteer_id=desk.people["leaver"],
    )
    desk.do(
        remove_member,
        desk.area,
        organisation_id=made,
        volunteer_id=desk.people["member"],
        reason="长期失联",
    )


def below_the_host(desk: Desk) -> Iterator[datetime]:
    """The host founds an organisation below itself."""
    yield desk.at(-14, 9)
    made = _applied(desk, "少年分队", desk.staff["organisation"], below=desk.host.organisation_id)
    yield desk.at(-13, 9, 30)
    desk.do(approve_organisation, desk.area, organisation_id=made)


def in_trouble(desk: Desk) -> Iterator[datetime]:
    """One is suspended, one was and goes on, one is struck off."""
    made = []
    yield desk.at(-16, 14)
    for word in ("车站便民队", "河道巡护队", "旧衣回收队"):
        made.append(_applied(desk, word))
    yield desk.at(-15, 14)
    for one in made:
        desk.do(approve_organisation, desk.area, organisation_id=one)
    _, reinstated, struck_off = made
    yield desk.at(-10, 14)
    for one in made:
        yield desk.now + timedelta(minutes=4)
        desk.do(suspend_organisation, desk.area, organisation_id=one, reason="被举报代刷卡,核查期间暂停")
    yield desk.at(-6, 14)
    desk.do(reinstate_organisation, desk.area, organisation_id=reinstated, reason="核查未发现问题")
    desk.do(
        strike_off_organisation,
        desk.area,
        organisation_id=struck_off,
        reason="核实以志愿者名义变卖捐赠衣物",
    )


ORGANISATION_STORIES: tuple[Story, ...] = (waiting, let_in, below_the_host, in_trouble)
