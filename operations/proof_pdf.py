"""The printed proof of service: from what it says to a PDF that prints the same everywhere.

Here: the page. Never here: what may stand on it (commands/proofs.py). The same content gives the same bytes, so that
a proof can be printed again and compared with the digest that was kept.
"""

from __future__ import annotations

from io import BytesIO
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from .proof_font import font_with
from .proof_numbers import shown_number
from .qr_code import qr_drawing

FONT = "NotoSansSC-of-a-proof"
TITLE = "志愿服务记录证明"
ID_TYPES = {
    "resident_identity_card": "居民身份证",
    "passport": "护照",
    "hong_kong_macao_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "foreigner_permit": "外国人永久居留身份证",
}
HOUR_KINDS = {"credit": "信用", "honour": "荣誉"}
HEADINGS = ("日期", "服务项目", "服务地点", "服务对象", "服务内容", "类别", "时长")
WIDTHS = (20, 38, 31, 20, 33, 11, 21)
GREY = colors.Color(0.62, 0.62, 0.62)
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz -–—.,:;/()（）、，。：；“”《》〔〕·%…"
# The library keeps fonts by name for the whole process; each proof has another one of this name.
_PRINTING = Lock()


def hours(minutes: int) -> str:
    """Minutes as people read them: `3小时05分`."""
    return f"{minutes // 60}小时{minutes % 60:02d}分"


def print_proof(content: dict[str, Any], *, full_name: str, id_type: str, id_number: str) -> bytes:
    """The PDF of a proof; `content` is that of `operations.model.Proof`."""
    owner = (full_name, ID_TYPES.get(id_type, id_type), id_number)
    with _PRINTING:
        pdfmetrics.registerFont(TTFont(FONT, BytesIO(font_with(_characters(content, owner)))))
        out = BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=18 * mm,
            bottomMargin=18 * mm,
            title=f"{TITLE} {shown_number(content['proof_no'])}",
            author=content["organisation"],
            lang="zh-CN",
            invariant=1,
        )
        document.build(_story(content, owner), canvasmaker=_numbered(shown_number(content["proof_no"])))
        return out.getvalue()


def printed_text(content: dict[str, Any]) -> str:
    """All that people wrote which is printed, to be looked through for characters that the font lacks."""
    own = [str(value) for key, value in content.items() if key != "rows"]
    return "".join([*own, *(str(value) for row in content["rows"] for value in row.values())])


def _characters(content: dict[str, Any], owner: tuple[str, str, str]) -> str:
    fixed = TITLE + SIGNS + "".join(HEADINGS) + "".join(HOUR_KINDS.values()) + FIXED
    return "".join(sorted(set(fixed + printed_text(content) + "".join(owner))))


FIXED = (
    "证明编号第页共姓名证件类型号码时数信用荣誉志愿者编号服务期间累计时长小时分其中出具单位统一社会信用代码负责人经办人联系方式"
    "出具日期盖章处兹证明该志愿者在上述期间参加下列志愿服务记录如下扫码或登录核验本证明免费出具以核验页面显示的结果为准"
    "年月日至无条合计网址输入"
)


def _style(size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        f"size {size}", fontName=FONT, fontSize=size, leading=size * 1.5, wordWrap="CJK", **more
    )


def _text(value: object, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(str(value)), style)


def _story(content: dict[str, Any], owner: tuple[str, str, str]) -> list[Any]:
    small, plain = _style(8.5), _style(10)
    number = shown_number(content["proof_no"])
    return [
        _text(TITLE, _style(20, alignment=TA_CENTER)),
        Spacer(1, 2 * mm),
        _text(f"证明编号：{number}", _style(9, alignment=TA_RIGHT)),
        Spacer(1, 3 * mm),
        _person(content, owner, plain),
        Spacer(1, 4 * mm),
        _text("兹证明该志愿者在上述期间参加下列志愿服务，记录如下：", plain),
        Spacer(1, 2 * mm),
        _rows(content, small),
        Spacer(1, 6 * mm),
        KeepTogether(_end(content, plain, small)),
    ]


def _person(content: dict[str, Any], owner: tuple[str, str, str], plain: ParagraphStyle) -> Table:
    name, id_type, id_number = owner
    total = hours(content["minutes"])
    of_it = f"信用时数 {hours(content['credit_minutes'])}，荣誉时数 {hours(content['honour_minutes'])}"
    cells = [
        ["姓名", name, "志愿者编号", content["volunteer_no"]],
        ["证件类型", id_type, "证件号码", id_number],
        [
            "服务期间",
            f"{content['first_day']} 至 {content['last_day']}",
            "累计时长",
            f"{total}（其中{of_it}）",
        ],
    ]
    table = Table(
        [[_text(cell, plain) for cell in row] for row in cells],
        colWidths=[24 * mm, 58 * mm, 26 * mm, 66 * mm],
    )
    table.setStyle(_grid())
    return table


def _rows(content: dict[str, Any], small: ParagraphStyle) -> Table:
    lines = [[_text(heading, small) for heading in HEADINGS]]
    for row in content["rows"]:
        kind = HOUR_KINDS.get(row["hour_kind"], row["hour_kind"])
        cells = (row["day"], row["activity"], row["place"], row["client"], row["content"], kind)
        lines.append([_text(cell or "—", small) for cell in (*cells, hours(row["minutes"]))])
    total = f"合计 {len(content['rows'])} 条"
    lines.append([_text(cell, small) for cell in (total, "", "", "", "", "", hours(content["minutes"]))])
    table = Table(lines, colWidths=[width * mm for width in WIDTHS], repeatRows=1)
    table.setStyle(
        _grid(("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.94, 0.94, 0.94)), ("SPAN", (0, -1), (5, -1)))
    )
    return table


def _grid(*more: Any) -> TableStyle:
    return TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, GREY),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            *more,
        ]
    )


def _end(content: dict[str, Any], plain: ParagraphStyle, small: ParagraphStyle) -> list[Any]:
    """Who answers for it, the place of the seal, and how anybody can look it up."""
    signed = [
        f"出具单位：{content['organisation']}",
        f"统一社会信用代码：{content['organisation_code'] or '无'}",
        f"负责人：{content['person_in_charge']}",
        f"经办人：{content['handler']}",
        f"联系方式：{content['contact']}",
        f"出具日期：{content['issued_on']}",
        "（盖章处）",
    ]
    look_up = [
        qr_drawing(content["look_up_address"], 34 * mm),
        _text("扫码核验，或登录下列网址输入证明编号核验：", small),
        _text(content["look_up_base"], small),
    ]
    table = Table([[look_up, [_text(line, plain) for line in signed]]], colWidths=[84 * mm, 90 * mm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
    note = "本证明免费出具。以核验页面显示的结果为准。"
    return [table, Spacer(1, 4 * mm), _text(note, small)]


def _numbered(number: str) -> type[Canvas]:
    """A canvas that writes at the foot of each page which one of how many it is, and the number of the proof."""

    class Numbered(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - the library's name
            self._pages.append(dict(self.__dict__))
            getattr(self, "_startPage")()  # noqa: B009 - the library's way, which it does not declare

        def save(self) -> None:
            for place, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self.setFont(FONT, 8)
                foot = f"证明编号 {number}  第 {place} 页 共 {len(self._pages)} 页"
                self.drawCentredString(A4[0] / 2, 10 * mm, foot)
                super().showPage()
            super().save()

    return Numbered
