"""All that is kept of one person, handed out on request (个人信息保护法 article 45): to be read, and to be taken along.

Every table that refers to a volunteer is in it, so that one which comes later is not forgotten. What is about other
people is left out: who entered or decided something is told by role in the list of what was done.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from sqlalchemy import LargeBinary, Table, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role
from operations.local_time import as_read
from operations.model import Activity, AuditEntry, Base, MallOrder, MallOrderLine, Organisation, Shift

from .permitted import permitted_volunteer
from .records import audit
from .references import columns_of_volunteers
from .refusals import Refused, required_text

# Who else may be the person, and how a sign-in is proved: the one is about others, the other no use to anybody.
LEFT_OUT = ("duplicate_candidates",)
SECRET_ENDINGS = ("_hash", "_sha256", "oidc_subject")
TITLES = {
    "volunteers": "登记信息",
    "merged_records": "已并入的登记",
    "volunteer_identities": "身份与联系方式",
    "volunteer_skills": "技能",
    "volunteer_interests": "服务意向",
    "guardians": "监护人",
    "consents": "同意",
    "card_bindings": "市民卡",
    "organisation_members": "所在组织",
    "sign_ups": "报名",
    "check_ins": "打卡",
    "honour_records": "荣誉时数",
    "bans": "限制服务",
    "disputes": "异议",
    "proofs": "服务证明",
    "payment_codes": "付款码",
    "shop_pre_authorisations": "商店预留益币",
    "shop_redemptions": "商店兑换",
    "point_adjustments": "益币调整",
    "mall_cart_lines": "商城购物车",
    "mall_orders": "商城订单",
    "mall_order_lines": "商城订单明细",
    "mall_delivery_addresses": "商城收货地址",
    "notices": "通知",
    "accounts": "登录账号",
    "actions": "对您的信息做过的操作",
}
# A moment as `_plain` writes it.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PersonalData:
    """What is kept of one person: the rows of each table by its name."""

    volunteer_no: str
    made_at: datetime
    tables: dict[str, Rows]

    def as_json(self) -> str:
        """For programs: one object, moments in UTC (ISO 8601)."""
        return json.dumps(
            {
                "volunteer_no": self.volunteer_no,
                "made_at": self.made_at.isoformat(),
                "tables": self.tables,
            },
            ensure_ascii=False,
            indent=1,
            default=str,
        )

    def as_html(self) -> str:
        """For people: one page without anything from elsewhere, moments in Beijing time."""
        parts = [_section(name, rows) for name, rows in self.tables.items() if rows]
        return (
            '<!doctype html><html lang="zh"><meta charset="utf-8"><title>个人信息副本</title>'
            "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}"
            "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}</style>"
            f"<h1>个人信息副本</h1><p>志愿者编号 {escape(self.volunteer_no)} · 生成时间 "
            f"{as_read(self.made_at)}（北京时间）</p>{''.join(parts)}</html>"
        )

    def as_zip(self) -> bytes:
        """Both in one file."""
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("personal_data.html", self.as_html())
            bundle.writestr("personal_data.json", self.as_json())
        return held.getvalue()


def export_volunteer(
    session: Session, actor: Actor, *, volunteer_id: int, at: datetime, reason: str = ""
) -> PersonalData:
    """All that is kept of a volunteer, as the volunteer may demand it; that it was handed out is written down.

    Raises `Refused` for a record that was merged (ask for the kept one), and without a reason if somebody else asks;
    `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.EXPORT_VOLUNTEER, volunteer_id)
    why = reason.strip() if actor.role is Role.VOLUNTEER else required_text(reason, "reason", 4000)
    if volunteer.status == "merged":
        raise Refused("this record was merged into another one: export that", "volunteer_id")
    tables: dict[str, Rows] = {
        "volunteers": _rows(session, Base.metadata.tables["volunteers"], "volunteer_id", volunteer_id)
    }
    for table, column in columns_of_volunteers():
        if table.name in LEFT_OUT:
            continue
        if column.name == "volunteer_id":
            tables[table.name] = _rows(session, table, column.name, volunteer_id)
        elif column.name == "merged_into_volunteer_id":
            tables["merged_records"] = _rows(session, table, column.name, volunteer_id)
    tables["mall_order_lines"] = _ordered(session, volunteer_id)
    _name_what_it_was(session, tables)
    tables["actions"] = _actions(session, volunteer_id)
    counts = {name: len(rows) for name, rows in tables.items() if rows}
    audit(session, actor, Action.EXPORT_VOLUNTEER, volunteer, at=at, reason=why, after={"rows": counts})
    return PersonalData(volunteer.volunteer_no, at, tables)


def _rows(session: Session, table: Table, column: str, volunteer_id: int) -> Rows:
    """The rows about the person without what refers to other people, secrets and files."""
    others = {
        one.name for where, one in columns_of_volunteers() if where is table and one.name != "volunteer_id"
    }
    told = [
        one
        for one in table.columns
        if one.name not in others
        and not isinstance(one.type, LargeBinary)
        and not one.name.endswith(SECRET_ENDINGS)
    ]
    rows = session.execute(
        select(*told).where(table.columns[column] == volunteer_id).order_by(*table.primary_key.columns)
    ).mappings()
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _ordered(session: Session, volunteer_id: int) -> Rows:
    """What the orders of a person are of."""
    rows = session.execute(
        select(
            MallOrderLine.order_id,
            MallOrderLine.item_name,
            MallOrderLine.quantity,
            MallOrderLine.price_cents,
            MallOrderLine.refunded_quantity,
        )
        .join(MallOrder, MallOrder.order_id == MallOrderLine.order_id)
        .where(MallOrder.volunteer_id == volunteer_id)
        .order_by(MallOrderLine.order_id, MallOrderLine.item_id)
    ).mappings()
    return [{str(name): value for name, value in row.items()} for row in rows]


def _name_what_it_was(session: Session, tables: dict[str, Rows]) -> None:
    """Put the names of organisations and activities beside their keys, which tell a person nothing."""
    every = [row for rows in tables.values() for row in rows]
    organisations = {row["organisation_id"] for row in every if row.get("organisation_id")}
    shifts = {row["shift_id"] for row in every if row.get("shift_id")}
    names = dict(
        session.execute(
            select(Organisation.organisation_id, Organisation.name).where(
                Organisation.organisation_id.in_(organisations)
            )
        ).all()
    )
    held = {
        shift_id: (title, starts_at)
        for shift_id, title, starts_at in session.execute(
            select(Shift.shift_id, Activity.title, Shift.starts_at)
            .join(Activity, Activity.activity_id == Shift.activity_id)
            .where(Shift.shift_id.in_(shifts))
        )
    }
    for row in every:
        if row.get("organisation_id"):
            row["organisation_name"] = names.get(row["organisation_id"])
        if row.get("shift_id") in held:
            title, starts_at = held[row["shift_id"]]
            row["activity_title"], row["shift_starts_at"] = title, _plain(starts_at)


def _actions(session: Session, volunteer_id: int) -> Rows:
    entries = session.execute(
        select(AuditEntry.happened_at, AuditEntry.action, AuditEntry.role, AuditEntry.reason)
        .where(AuditEntry.subject_kind == "volunteers", AuditEntry.subject_id == str(volunteer_id))
        .order_by(AuditEntry.audit_id)
    ).mappings()
    return [{str(name): _plain(value) for name, value in entry.items()} for entry in entries]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _section(name: str, rows: Rows) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_shown(row.get(column)))}</td>" for column in columns) + "</tr>"
        for row in rows
    )
    return f"<h2>{escape(TITLES.get(name, name))}</h2><table><tr>{head}</tr>{body}</table>"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return as_read(datetime.fromisoformat(text)) if _MOMENT.fullmatch(text) else text
