"""The Chinese font that proofs are printed with, cut down to the characters of one proof.

Noto Sans SC (SIL Open Font License) comes as a Python package, so that a machine without a network or fonts of its own
prints the same. Its outlines are of a kind (CFF) that reportlab does not embed: those of the characters that are used
are turned into TrueType outlines.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from pylopdf_fonts_zh_cn import sans_path

# The largest difference between the two kinds of outline, in thousandths of the height of a character.
LARGEST_ERROR = 1.0


@lru_cache(maxsize=1)
def known_characters() -> frozenset[int]:
    """The code points that the font has a character for."""
    with TTFont(sans_path(), lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def missing_characters(text: str) -> str:
    """The characters of a text that the font lacks, each once."""
    return "".join(dict.fromkeys(one for one in text if ord(one) not in known_characters() and one != "\n"))


def font_with(characters: str) -> bytes:
    """A TrueType font with these characters; the same characters give the same bytes."""
    with TTFont(sans_path(), lazy=True, recalcTimestamp=False) as font:
        options = Options(hinting=False, layout_features=[], notdef_outline=True)
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
        subsetter = Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        _to_truetype(font)
        out = BytesIO()
        font.save(out)
        return out.getvalue()


def _to_truetype(font: Any) -> None:
    """Give the font outlines of the other kind, in place."""
    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, LARGEST_ERROR, reverse_direction=True))
        drawn[name] = pen.glyph()
    glyf: Any = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, drawn
    font["glyf"], font["loca"] = glyf, newTable("loca")
    for name in order:
        glyph = glyf[name]
        glyph.recalcBounds(glyf)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    del font["CFF "]
    most = font["maxp"]
    most.tableVersion = 0x00010000
    for field in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
        "maxCompositeContours", "maxComponentDepth",
    ):  # fmt: skip
        setattr(most, field, 0)
    most.maxZones = 1
    font["head"].glyphDataFormat = 0
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
