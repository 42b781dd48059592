"""The OFD file: a zip of XML in the namespace of GB/T 33190-2016, with typefaces and pictures beside it.

Lengths are millimetres from the upper left corner of the page. Every object has its own box, and what is inside is
measured from that box's corner. The same pages give the same bytes.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count, pairwise
from xml.etree import ElementTree as ET

from yichuang.gateways.documents.ofd.drawing import Colour, Page, Path, Picture, Text, Typeface
from yichuang.gateways.documents.ofd.reading import pages_of

NAMESPACE = "http://www.ofdspec.org/2016"
CREATOR = "一窗"
_FIXED_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
# How far a typeface reaches above and below its base line, in parts of its size: the box of a text.
_ASCENT, _DESCENT = 0.88, 0.12

ET.register_namespace("ofd", NAMESPACE)


@dataclass(frozen=True, slots=True)
class About:
    """What the file says about itself."""

    title: str
    author: str
    dated: date


@dataclass(slots=True)
class _Parcel:
    """What goes into the zip, and the numbers that are given out: every object has one of its own."""

    ids: "count[int]" = field(default_factory=lambda: count(1))
    typefaces: dict[int, tuple[Typeface, int]] = field(default_factory=dict)
    pictures: dict[bytes, tuple[Picture, int]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    last_id: int = 0

    def number(self) -> int:
        self.last_id = next(self.ids)
        return self.last_id

    def of_typeface(self, typeface: Typeface) -> int:
        if id(typeface) not in self.typefaces:
            self.typefaces[id(typeface)] = typeface, self.number()
        return self.typefaces[id(typeface)][1]

    def of_picture(self, picture: Picture) -> int:
        if picture.content not in self.pictures:
            self.pictures[picture.content] = picture, self.number()
        return self.pictures[picture.content][1]


def ofd_bytes(pdf: bytes, about: About, pictures: Sequence[bytes] = ()) -> bytes:
    """The pages of a PDF made by typst as an OFD file. Raises ValueError for a PDF of another maker.

    `pictures` are the PNG files that were set, in their order; without them they are packed anew from their pixels.
    """
    pages = pages_of(pdf, pictures)
    parcel = _Parcel()
    colours = parcel.number()
    places = []
    for index, page in enumerate(pages):
        places.append((parcel.number(), f"Pages/Page_{index}/Content.xml"))
        _add(parcel, f"Doc_0/{places[-1][1]}", _page(page, parcel))
    _add(parcel, "Doc_0/PublicRes.xml", _public_resources(parcel, colours))
    _add(parcel, "Doc_0/DocumentRes.xml", _document_resources(parcel))
    _add(parcel, "Doc_0/Document.xml", _document(pages[0], places, parcel.last_id, colours))
    entry = _entry(about, hashlib.sha256(pdf).hexdigest()[:32])
    return _packed({"OFD.xml": _xml(entry), **dict(sorted(parcel.files.items()))})


def _add(parcel: _Parcel, place: str, root: ET.Element) -> None:
    parcel.files[place] = _xml(root)


def _xml(root: ET.Element) -> bytes:
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _new(parent: ET.Element | None, tag: str, text: str = "", **attributes: str) -> ET.Element:
    name = f"{{{NAMESPACE}}}{tag}"
    made = ET.Element(name, attributes) if parent is None else ET.SubElement(parent, name, attributes)
    made.text = text or None
    return made


def _entry(about: About, digest: str) -> ET.Element:
    root = _new(None, "OFD", Version="1.0", DocType="OFD")
    body = _new(root, "DocBody")
    info = _new(body, "DocInfo")
    for tag, text in (
        ("DocID", digest),
        ("Title", about.title),
        ("Author", about.author),
        ("CreationDate", about.dated.isoformat()),
        ("ModDate", about.dated.isoformat()),
        ("Creator", CREATOR),
    ):
        _new(info, tag, text)
    _new(body, "DocRoot", "Doc_0/Document.xml")
    return root


def _document(first: Page, places: Sequence[tuple[int, str]], last_id: int, colours: int) -> ET.Element:
    root = _new(None, "Document")
    common = _new(root, "CommonData")
    _new(common, "MaxUnitID", str(last_id))
    _new(_new(common, "PageArea"), "PhysicalBox", _size(first))
    _new(common, "PublicRes", "PublicRes.xml")
    _new(common, "DocumentRes", "DocumentRes.xml")
    _new(common, "DefaultCS", str(colours))
    pages = _new(root, "Pages")
    for number, place in places:
        _new(pages, "Page", ID=str(number), BaseLoc=place)
    return root


def _public_resources(parcel: _Parcel, colours: int) -> ET.Element:
    root = _new(None, "Res", BaseLoc="Res")
    spaces = _new(root, "ColorSpaces")
    _new(spaces, "ColorSpace", ID=str(colours), Type="RGB", BitsPerComponent="8")
    if parcel.typefaces:
        fonts = _new(root, "Fonts")
        for typeface, number in parcel.typefaces.values():
            file = f"font_{number}.{typeface.extension}"
            font = _new(fonts, "Font", ID=str(number), FontName=typeface.name, FamilyName=typeface.family)
            _new(font, "FontFile", file)
            parcel.files[f"Doc_0/Res/{file}"] = typeface.program
    return root


def _document_resources(parcel: _Parcel) -> ET.Element:
    root = _new(None, "Res", BaseLoc="Res")
    if parcel.pictures:
        medias = _new(root, "MultiMedias")
        for picture, number in parcel.pictures.values():
            file = f"image_{number}.{'jpg' if picture.format == 'JPEG' else 'png'}"
            media = _new(medias, "MultiMedia", ID=str(number), Type="Image", Format=picture.format)
            _new(media, "MediaFile", file)
            parcel.files[f"Doc_0/Res/{file}"] = picture.content
    return root


def _page(page: Page, parcel: _Parcel) -> ET.Element:
    root = _new(None, "Page")
    _new(_new(root, "Area"), "PhysicalBox", _size(page))
    layer = _new(_new(root, "Content"), "Layer", ID=str(parcel.number()), Type="Body")
    for thing in page.drawn:
        if isinstance(thing, Text):
            _text(layer, thing, parcel)
        elif isinstance(thing, Path):
            _path(layer, thing, parcel)
        else:
            _picture(layer, thing, parcel)
    return root


def _text(layer: ET.Element, text: Text, parcel: _Parcel) -> None:
    left = text.glyphs[0].x
    top = text.y - _ASCENT * text.size
    right = text.glyphs[-1].x + max(text.glyphs[-1].width, 0)
    box = _spaced(left, top, right - left, (_ASCENT + _DESCENT) * text.size)
    made = _new(
        layer, "TextObject", ID=str(parcel.number()), Boundary=box, Font=str(parcel.of_typeface(text.typeface)),
        Size=_millimetres(text.size),
    )  # fmt: skip
    _colour(made, "FillColor", text.colour)
    _transforms(made, text)
    code = _new(made, "TextCode", "".join(glyph.text for glyph in text.glyphs))
    code.set("X", "0")
    code.set("Y", _millimetres(text.y - top))
    if steps := _steps(text, left):
        code.set("DeltaX", _spaced(*steps))


def _steps(text: Text, left: float) -> list[float]:
    """From character to character; made of rounded places, so that rounding never adds up along a line."""
    places: list[float] = []
    for glyph in text.glyphs:
        places += [round(glyph.x - left, 3)] * len(glyph.text)
    return [later - earlier for earlier, later in pairwise(places)]


def _transforms(made: ET.Element, text: Text) -> None:
    """Where the typeface's Unicode table does not lead to the glyph (two forms of one character), it is named."""
    place = 0
    for glyph in text.glyphs:
        if text.typeface.glyphs.get(glyph.text) != glyph.number:
            change = _new(
                made, "CGTransform", CodePosition=str(place), CodeCount=str(len(glyph.text)), GlyphCount="1"
            )
            _new(change, "Glyphs", str(glyph.number))
        place += len(glyph.text)


def _path(layer: ET.Element, path: Path, parcel: _Parcel) -> None:
    xs = [value for _, points in path.segments for value in points[::2]]
    ys = [value for _, points in path.segments for value in points[1::2]]
    room = path.width / 2 if path.stroke is not None else 0
    left, top = min(xs) - room, min(ys) - room
    made = _new(
        layer, "PathObject", ID=str(parcel.number()),
        Boundary=_spaced(left, top, max(xs) + room - left, max(ys) + room - top),
        Stroke=_said(path.stroke is not None), Fill=_said(path.fill is not None),
    )  # fmt: skip
    if path.stroke is not None:
        made.set("LineWidth", _millimetres(path.width))
        if any(path.dashes):
            made.set("DashPattern", _spaced(*path.dashes))
        _colour(made, "StrokeColor", path.stroke)
    if path.fill is not None:
        made.set("Rule", "Even-Odd" if path.even_odd else "NonZero")
        _colour(made, "FillColor", path.fill)
    words = [
        " ".join(
            (kind, _spaced(*(value - (top if at % 2 else left) for at, value in enumerate(points))))
        ).strip()
        for kind, points in path.segments
    ]
    _new(made, "AbbreviatedData", " ".join(words))


def _picture(layer: ET.Element, picture: Picture, parcel: _Parcel) -> None:
    _new(
        layer, "ImageObject", ID=str(parcel.number()),
        Boundary=_spaced(picture.x, picture.y, picture.width, picture.height),
        CTM=_spaced(picture.width, 0, 0, picture.height, 0, 0), ResourceID=str(parcel.of_picture(picture)),
    )  # fmt: skip


def _colour(parent: ET.Element, tag: str, colour: Colour) -> None:
    _new(parent, tag, Value=" ".join(str(part) for part in colour))


def _said(yes: bool) -> str:
    return "true" if yes else "false"


def _size(page: Page) -> str:
    return _spaced(0, 0, round(page.width, 2), round(page.height, 2))


def _spaced(*lengths: float) -> str:
    return " ".join(_millimetres(length) for length in lengths)


def _millimetres(length: float) -> str:
    """Thousandths of a millimetre, without idle zeros."""
    return f"{round(length, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def _packed(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _FIXED_ZIP_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(entry, content)
    return packed.getvalue()
