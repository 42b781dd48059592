"""The subset typefaces of a PDF as fonts that stand alone.

A PDF keeps the outlines only and says beside them which glyph means what; an OFD reader wants a whole font with its
Unicode table. The outlines stay untouched.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from yichuang.gateways.documents.ofd.drawing import Typeface
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    from fontTools import fontBuilder as font_builder  # noqa: N813
    from fontTools import ttLib as tt_lib  # noqa: N813
else:
    font_builder = Late("fontTools.fontBuilder")
    tt_lib = Late("fontTools.ttLib")


_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_EPOCH = 3_786_912_000  # A fixed day (seconds since 1904), so that the same text gives the same bytes.


class Face:
    """A font of the PDF: what each glyph says, how wide it is (thousandths of its size), its typeface for the OFD."""

    def __init__(self, font: Any) -> None:
        below = font["/DescendantFonts"][0]
        if font["/Encoding"] != "/Identity-H":
            raise ValueError(f"a font is encoded by glyph numbers, not {font['/Encoding']}")
        self.says = said_by(bytes(font["/ToUnicode"].data))
        self._widths = _widths(below.get("/W", ()))
        self._default = float(below.get("/DW", 1000))
        name = str(font["/BaseFont"]).lstrip("/").rpartition("+")[2]
        self.typeface = _typeface(name, below["/FontDescriptor"], self)

    def width(self, glyph: int) -> float:
        """The advance of a glyph."""
        return self._widths.get(glyph, self._default)

    @property
    def widths(self) -> dict[int, float]:
        """The advances that are written down."""
        return self._widths


def said_by(mapping: bytes) -> dict[int, str]:
    """Glyph → text, from a ToUnicode table of single pairs."""
    return {
        int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for block in _BLOCK.findall(mapping)
        for glyph, text in _PAIR.findall(block)
    }


def _widths(rows: Any) -> dict[int, float]:
    """`first [w …]` and `first last w` (ISO 32000-1 §9.7.4.3)."""
    found: dict[int, float] = {}
    rest = list(rows)
    while rest:
        first, second = int(rest.pop(0)), rest.pop(0)
        if isinstance(second, list):
            found |= {first + place: float(width) for place, width in enumerate(second)}
        else:
            width = float(rest.pop(0))
            found |= dict.fromkeys(range(first, int(second) + 1), width)
    return found


def _typeface(name: str, descriptor: Any, face: Face) -> Typeface:
    glyphs: dict[str, int] = {}
    for number, text in sorted(face.says.items()):
        if len(text) == 1:
            glyphs.setdefault(text, number)
    outlines = "/FontFile2" in descriptor
    family = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.partition("-")[0])
    font = (
        _of_outlines(bytes(descriptor["/FontFile2"].data))
        if outlines
        else _of_cff(bytes(descriptor["/FontFile3"].data), face)
    )
    _complete(font, name, family, glyphs)
    packed = io.BytesIO()
    font.save(packed, reorderTables=False)
    return Typeface(name, family, packed.getvalue(), glyphs, "ttf" if outlines else "otf")


def _of_outlines(program: bytes) -> tt_lib.TTFont:
    return tt_lib.TTFont(io.BytesIO(program), recalcTimestamp=False, recalcBBoxes=False)


def _of_cff(program: bytes, face: Face) -> tt_lib.TTFont:
    """Bare PostScript outlines get the tables of an OpenType font round them."""
    table = tt_lib.newTable("CFF ")
    font = tt_lib.TTFont(sfntVersion="OTTO", recalcTimestamp=False, recalcBBoxes=False)
    table.decompile(program, font)
    order = table.cff.topDictIndex[0].charset
    builder = font_builder.FontBuilder(font=font)
    builder.setupHead(unitsPerEm=1000)
    font.setGlyphOrder(list(order))
    font["CFF "] = table
    builder.setupHorizontalMetrics({name: (round(face.width(at)), 0) for at, name in enumerate(order)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupMaxp()
    return font


def _complete(font: tt_lib.TTFont, name: str, family: str, glyphs: dict[str, int]) -> None:
    """The tables that a reader of fonts asks for beside the outlines."""
    order = font.getGlyphOrder()
    builder = font_builder.FontBuilder(font=font)
    font["head"].created = font["head"].modified = _EPOCH
    builder.setupCharacterMap({ord(text): order[number] for text, number in glyphs.items()})
    style = name.partition("-")[2] or "Regular"
    builder.setupNameTable({"familyName": family, "styleName": style, "psName": name, "fullName": name})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=1160, usWinDescent=320)
    builder.setupPost(keepGlyphNames=False)
