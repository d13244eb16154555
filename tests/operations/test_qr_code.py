"""QR codes as a reader of QR codes sees them."""

from __future__ import annotations

import re

import numpy as np
import zxingcpp

from operations.qr_code import qr_drawing, qr_svg

CODE = "VHUB1.12.0123456789abcdef0123456789abcdef"
RECTANGLE = re.compile(
    r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" style="[^"]*fill: rgb\(0%,0%,0%\)'
)
PIXELS = 400


def seen(svg: str) -> str | None:
    """What a reader makes of the black rectangles of a picture, whose lines count from the bottom."""
    rectangles = [tuple(float(number) for number in found) for found in RECTANGLE.findall(svg)]
    whole = max(max(x + width, y + height) for x, y, width, height in rectangles) * 1.12
    picture = np.full((PIXELS, PIXELS), 255, dtype=np.uint8)
    for rectangle in rectangles:
        x, y, width, height = (round(number * PIXELS / whole) for number in rectangle)
        picture[y : y + height, x : x + width] = 0
    found = zxingcpp.read_barcodes(np.ascontiguousarray(picture[::-1]))
    return found[0].text if found else None


def test_a_reader_reads_what_was_put_in() -> None:
    assert seen(qr_svg(CODE, 220)) == CODE
    assert seen(qr_svg("志愿服务", 220)) == "志愿服务"


def test_the_picture_is_a_square_of_the_size_asked_for() -> None:
    drawing = qr_drawing(CODE, 96.0)
    assert (drawing.width, drawing.height) == (96.0, 96.0)
    assert qr_svg(CODE, 96).startswith('<svg width="96" height="96"')
