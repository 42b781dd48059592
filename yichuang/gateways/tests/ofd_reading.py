"""Readers of OFD files for tests, written against the standard and not against the writer: text, places, picture."""

import base64
import io
import zipfile
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

OFD = "{http://www.ofdspec.org/2016}"


@dataclass(frozen=True)
class Placed:
    """A character with the place of its origin in millimetres from the upper left corner."""

    text: str
    x: float
    y: float
    size: float
    font: str


class Package:
    """An OFD file with everything that its XML names."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            self.files = {name: package.read(name) for name in package.namelist()}
        self.entry = fromstring(self.files["OFD.xml"])
        self.root = _text(self.entry, "DocBody", "DocRoot")
        self.folder = self.root.rpartition("/")[0]
        self.document = fromstring(self.files[self.root])
        self.places = [page.get("BaseLoc") for page in self.document.iter(f"{OFD}Page")]
        self.pages = [fromstring(self.files[f"{self.folder}/{place}"]) for place in self.places]

    def resources(self, name: str) -> Element:
        """PublicRes or DocumentRes."""
        place = _text(self.document, "CommonData", name)
        return fromstring(self.files[f"{self.folder}/{place}"])

    def file_of(self, resources: Element, place: str) -> bytes:
        """A file of a resource, below the folder that the resources name."""
        return self.files[f"{self.folder}/{resources.get('BaseLoc')}/{place}"]

    def fonts(self) -> dict[str, TTFont]:
        """The embedded typefaces by their numbers."""
        resources = self.resources("PublicRes")
        return {
            str(font.get("ID")): TTFont(io.BytesIO(self.file_of(resources, _text(font, "FontFile"))))
            for font in resources.iter(f"{OFD}Font")
        }

    def characters(self, page: int) -> list[Placed]:
        """The characters of a page in the order of the file."""
        return [sign for text in self.pages[page].iter(f"{OFD}TextObject") for sign in _placed(text)]

    def text(self) -> str:
        """All text, page after page."""
        return "".join(sign.text for page in range(len(self.pages)) for sign in self.characters(page))


def _text(element: Element, *path: str) -> str:
    found = element.find("/".join(OFD + step for step in path))
    assert found is not None, path
    assert found.text, path
    return found.text


def _numbers(said: str | None) -> list[float]:
    return [float(part) for part in (said or "").split()]


def _placed(text: Element) -> list[Placed]:
    left, top, _, _ = _numbers(text.get("Boundary"))
    found = []
    for code in text.iter(f"{OFD}TextCode"):
        said = code.text or ""
        steps = _numbers(code.get("DeltaX"))
        assert len(steps) == len(said) - 1
        start = left + float(code.get("X", "0"))
        places = accumulate(steps, initial=start)
        y = top + float(code.get("Y", "0"))
        size, font = float(text.get("Size", "0")), str(text.get("Font"))
        found += [Placed(sign, x, y, size, font) for sign, x in zip(said, places, strict=True)]
    return found


def svg_of(package: Package, page: int) -> str:
    """A page drawn from the file alone: outlines of its own typefaces, its paths, its pictures."""
    fonts = package.fonts()
    drawn = ['<rect width="210" height="297" fill="#fff"/>']
    for thing in package.pages[page].iter():
        kind = thing.tag.removeprefix(OFD)
        if kind == "TextObject":
            drawn += _drawn_text(thing, fonts)
        elif kind == "PathObject":
            drawn.append(_drawn_path(thing))
        elif kind == "ImageObject":
            drawn.append(_drawn_image(package, thing))
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="210" height="297" viewBox="0 0 210 297">{"".join(drawn)}</svg>'


def _drawn_text(thing: Element, fonts: dict[str, Any]) -> list[str]:
    colour = _colour(thing, "FillColor")
    drawn = []
    for font_id, signs in groupby(_placed(thing), lambda sign: sign.font):
        font = fonts[font_id]
        glyphs, names = font.getGlyphSet(), font.getBestCmap()
        unit = font["head"].unitsPerEm
        for sign in signs:
            pen = SVGPathPen(glyphs)
            glyphs[names[ord(sign.text)]].draw(pen)
            scale = sign.size / unit
            drawn.append(
                f'<path fill="{colour}" d="{pen.getCommands()}" '
                f'transform="matrix({scale} 0 0 {-scale} {sign.x} {sign.y})"/>'
            )
    return drawn


def _drawn_path(thing: Element) -> str:
    left, top, _, _ = _numbers(thing.get("Boundary"))
    words = _text(thing, "AbbreviatedData").replace("B", "\0").replace("C", "Z").replace("\0", "C")
    stroke = _colour(thing, "StrokeColor") if thing.get("Stroke") == "true" else "none"
    fill = _colour(thing, "FillColor") if thing.get("Fill") == "true" else "none"
    return (
        f'<path d="{words}" fill="{fill}" stroke="{stroke}" stroke-width="{thing.get("LineWidth", 0)}" '
        f'transform="translate({left} {top})"/>'
    )


def _drawn_image(package: Package, thing: Element) -> str:
    left, top, width, height = _numbers(thing.get("Boundary"))
    resources = package.resources("DocumentRes")
    media = next(
        each for each in resources.iter(f"{OFD}MultiMedia") if each.get("ID") == thing.get("ResourceID")
    )
    data = base64.b64encode(package.file_of(resources, _text(media, "MediaFile"))).decode()
    return (
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
    )


def _colour(thing: Element, tag: str) -> str:
    found = thing.find(OFD + tag)
    return "#000" if found is None else f"rgb({','.join(str(found.get('Value')).split())})"
