"""QR codes, for paper and for screens.

Here: from a text to a picture. Never here: what the text means.
"""

from __future__ import annotations

from reportlab.graphics import renderSVG
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing


def qr_drawing(content: str, side: float) -> Drawing:
    """A QR code of `content` (error correction M, ISO/IEC 18004) as a square drawing of `side` points."""
    code = QrCodeWidget(content, barLevel="M")
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(code)
    return drawing


def qr_svg(content: str, side: float) -> str:
    """The same as SVG, `side` pixels wide, with the quiet zone that readers need around it."""
    drawn = renderSVG.drawToString(qr_drawing(content, side))
    return drawn[drawn.index("<svg") :]
