"""OFD: whole by the standard, the PDF's text and places, typefaces of its own, the same bytes again."""

import ctypes
import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import ofdkit
import pypdfium2
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.documents import ofd
from yichuang.gateways.documents.model import FORM_2023, OfficialReport, Section, plain
from yichuang.gateways.documents.ofd import fonts as ofd_fonts
from yichuang.gateways.documents.ofd.drawing import Matrix, Page, Text
from yichuang.gateways.documents.ofd.drawing import Path as Drawn
from yichuang.gateways.documents.ofd.package import _Parcel, _text
from yichuang.gateways.documents.ofd.reading import _Book, _Hand, _State, pages_of
from yichuang.gateways.documents.ofd.tokens import instructions
from yichuang.gateways.documents.report import report_ofd, report_pdf, report_txt
from yichuang.gateways.documents.typesetting import has_chinese
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.ofd_reading import OFD, Package, svg_of
from yichuang.gateways.tests.samples import PAGE_NUMBER, long_report, report, words

MM = 25.4 / 72
REPORTS = {
    "2022": report(),
    "2023": report(order=FORM_2023, heading=""),
    "long": long_report(),
    "latin": report(
        sections=(Section(1, "一、", "office fi fl ffi", (plain('AVATAR To-day 1-2- a\\(b) <&> "x"'),)),)
    ),
}


@pytest.fixture(scope="module")
def typefaces() -> Path:
    return chinese_fonts()


@pytest.fixture(scope="module", params=REPORTS)
def made(request: pytest.FixtureRequest, typefaces: Path) -> tuple[OfficialReport, bytes, bytes]:
    chosen = REPORTS[request.param]
    return chosen, report_pdf(chosen, typefaces), report_ofd(chosen, typefaces)


Made = tuple[OfficialReport, bytes, bytes]


def test_the_text_is_that_of_the_report(made: Made) -> None:
    chosen, _, content = made
    assert words(Package(content).text()) == words(report_txt(chosen))
    with ofdkit.open(io.BytesIO(content)) as document:
        assert document.warnings == []
        pages = [page.text() for page in document.pages]
    # Another reader sorts by place: page by page it must find the same characters, and running text in its order.
    read = words("".join(pages))
    assert sorted(read) == sorted(words(report_txt(chosen)))
    assert words(chosen.number_line) in read
    assert [int(PAGE_NUMBER.findall(page)[-1][2:-2]) for page in pages] == list(range(1, len(pages) + 1))


def test_the_package_is_whole(made: Made) -> None:
    _, pdf, content = made
    package = Package(content)
    assert len(package.pages) == len(pypdfium2.PdfDocument(pdf))
    ids = [int(each.get("ID", "0")) for root in _roots(package) for each in root.iter() if each.get("ID")]
    assert len(ids) == len(set(ids))
    most = package.document.find(f"{OFD}CommonData/{OFD}MaxUnitID")
    assert most is not None
    assert int(str(most.text)) == max(ids)
    public, own = package.resources("PublicRes"), package.resources("DocumentRes")
    fonts = {each.get("ID") for each in public.iter(f"{OFD}Font")}
    media = {each.get("ID") for each in own.iter(f"{OFD}MultiMedia")}
    used_fonts = {each.get("Font") for page in package.pages for each in page.iter(f"{OFD}TextObject")}
    used_media = {each.get("ResourceID") for page in package.pages for each in page.iter(f"{OFD}ImageObject")}
    assert (used_fonts, used_media) == (fonts, media)
    spaces = {each.get("ID") for each in public.iter(f"{OFD}ColorSpace")}
    assert package.document.findtext(f"{OFD}CommonData/{OFD}DefaultCS") in spaces


def _roots(package: Package) -> list[Any]:
    return [
        package.document,
        package.resources("PublicRes"),
        package.resources("DocumentRes"),
        *package.pages,
    ]


def test_every_page_is_a4_and_everything_stands_on_it(made: Made) -> None:
    package = Package(made[2])
    for page in package.pages:
        assert page.findtext(f"{OFD}Area/{OFD}PhysicalBox") == "0 0 210 297"
        for thing in page.iter():
            if box := thing.get("Boundary"):
                left, top, width, height = (float(part) for part in box.split())
                assert left >= 0, box
                assert top >= 0, box
                assert left + width <= 210, box
                assert top + height <= 297, box


def test_every_character_stands_where_the_pdf_has_it(made: Made) -> None:
    """Against another reader of the PDF: the origins agree to three tenths of a millimetre (in truth to a hundredth)."""
    _, pdf, content = made
    package = Package(content)
    for number, page in enumerate(pypdfium2.PdfDocument(pdf)):
        expected = _origins(page)
        found = [(sign.text, sign.x, sign.y) for sign in package.characters(number) if sign.text.strip()]
        assert [sign[0] for sign in found] == [sign[0] for sign in expected]
        for (_, x, y), (_, left, top) in zip(found, expected, strict=True):
            assert x == pytest.approx(left, abs=0.3)
            assert y == pytest.approx(top, abs=0.3)


def _origins(page: Any) -> list[tuple[str, float, float]]:
    text = page.get_textpage()
    found = []
    for index in range(text.count_chars()):
        sign = chr(pypdfium2.raw.FPDFText_GetUnicode(text, index))
        if pypdfium2.raw.FPDFText_IsHyphen(text, index) == 1:
            sign = "-"
        if not sign.strip() or pypdfium2.raw.FPDFText_IsGenerated(text, index) == 1:
            continue
        x, y = ctypes.c_double(), ctypes.c_double()
        pypdfium2.raw.FPDFText_GetCharOrigin(text, index, x, y)
        found.append((sign, x.value * MM, 297 - y.value * MM))
    return found


def test_every_typeface_is_embedded_and_can_draw_its_text(made: Made) -> None:
    package = Package(made[2])
    fonts = package.fonts()
    for number in range(len(package.pages)):
        for sign in package.characters(number):
            font = fonts[sign.font]
            assert ord(sign.text) in font.getBestCmap()
            assert font["head"].unitsPerEm == 1000
    # A subset: a whole Chinese typeface would have ten thousands of glyphs.
    assert all(font["maxp"].numGlyphs < 400 for font in fonts.values())


def test_a_page_drawn_from_the_file_looks_like_the_page_of_the_pdf(made: Made) -> None:
    _, pdf, content = made
    package = Package(content)
    for number, page in enumerate(pypdfium2.PdfDocument(pdf)):
        own = pypdfium2.PdfDocument(vl_convert.svg_to_pdf(svg_of(package, number)))[0]
        width = own.get_size()[0]
        mine, theirs = (
            _darkness(each, scale) for each, scale in ((own, 400 / width), (page, 400 / page.get_width()))
        )
        differing = sum(abs(a - b) > 110 for a, b in zip(mine, theirs, strict=True))
        assert differing < len(theirs) // 250, number


def _darkness(page: Any, scale: float) -> list[int]:
    """The page in squares of some millimetres: how dark each is."""
    bitmap = page.render(scale=scale, grayscale=True)
    width, stride, rows = 400, bitmap.stride, 560
    data = bytes(bitmap.buffer)
    step = 4
    return [
        255 - sum(data[(y + dy) * stride + x + dx] for dy in range(step) for dx in range(step)) // step**2
        for y in range(0, rows, step)
        for x in range(0, width, step)
    ]


def test_rules_are_red_and_black_lines_and_charts_are_pictures(typefaces: Path) -> None:
    pages = pages_of(report_pdf(long_report(), typefaces))
    first = [thing for thing in pages[0].drawn if isinstance(thing, Drawn)]
    assert first[0].stroke == (200, 16, 46)
    assert first[0].width == pytest.approx(1.2 * MM, abs=0.01)
    last = [thing for thing in pages[-1].drawn if isinstance(thing, Drawn)]
    assert {round(line.width, 2) for line in last} == {0.35, 0.25}
    package = Package(report_ofd(long_report(), typefaces))
    images = [name for name in package.files if name.endswith(".png")]
    assert len(images) == 2
    assert all(package.files[name].startswith(b"\x89PNG") for name in images)
    frame = next(thing for page in package.pages for thing in page.iter(f"{OFD}ImageObject"))
    left, _, width, height = (float(part) for part in str(frame.get("Boundary")).split())
    assert left == pytest.approx(36, abs=0.1)
    assert width == pytest.approx(140, abs=0.1)
    assert 30 < height < 120


def test_the_file_says_what_it_is(typefaces: Path) -> None:
    with ofdkit.open(io.BytesIO(report_ofd(report(), typefaces))) as document:
        about = document.info
    assert about.title == "窗口工作周报 2022年第29期（总第404期）"
    assert about.author == "示例省政务服务和公共资源交易服务中心"
    assert (about.creation_date, about.creator) == ("2022-09-27", "一窗")
    assert re.fullmatch("[0-9a-f]{32}", str(about.doc_id))


def test_the_same_report_has_the_same_bytes(typefaces: Path) -> None:
    first = report_ofd(long_report(), typefaces)
    assert first == report_ofd(long_report(), typefaces)
    assert first != report_ofd(long_report(copies_text="（共印81份）"), typefaces)
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert package.testzip() is None
        assert package.namelist()[0] == "OFD.xml"
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_typefaces_with_postscript_outlines_are_made_whole(tmp_path: Path) -> None:
    """Where only the machine's Noto CJK (CFF in a collection) is there, its outlines become OpenType fonts."""
    if not has_chinese(tmp_path):
        pytest.skip("the machine has no Chinese typeface of its own")
    package = Package(report_ofd(report(), tmp_path))
    assert words(package.text()) == words(report_txt(report()))
    names = [name for name in package.files if "/Res/font_" in name]
    assert names
    for font in package.fonts().values():
        assert font.getGlyphOrder()
    svg_of(package, 0)


letters = "甲乙丙丁取水许可0123456789，。；“”（）〔〕ABCfiabc %&<>/\\-—…·"


@settings(max_examples=15)
@given(st.lists(st.text(alphabet=letters, min_size=1, max_size=120), min_size=1, max_size=6))
def test_any_words_come_back(texts: list[str]) -> None:
    chosen = report(
        sections=tuple(Section(3, f"{n}.", paragraphs=(plain(text),)) for n, text in enumerate(texts))
    )
    assert words(Package(report_ofd(chosen, chinese_fonts())).text()) == words(report_txt(chosen))


def test_a_character_with_two_glyphs_names_the_second(typefaces: Path) -> None:
    """Two glyphs of one meaning: the Unicode table leads to one, the other is named in the text object."""
    face = next(
        thing for thing in pages_of(report_pdf(report(), typefaces))[0].drawn if isinstance(thing, Text)
    )
    other = dict.fromkeys(face.typeface.glyphs, 0)
    layer = ET.Element("layer")
    _text(layer, replace(face, typeface=replace(face.typeface, glyphs=other)), _Parcel())
    changes = [each.get("CodePosition") for each in layer.iter(f"{OFD}CGTransform")]
    assert changes == [str(place) for place in range(len(face.glyphs))]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"1 0 0 -1 .5 -2 cm", [("cm", [1.0, 0.0, 0.0, -1.0, 0.5, -2.0])]),
        (rb"[(\000\001)12.9(a\)\(b)]TJ", [("TJ", [[b"\x00\x01", 12.9, b"a)(b"]])]),
        (b"<0A0>Tj % words\nET", [("Tj", [b"\x0a\x00"]), ("ET", [])]),
        (b"/Span<</MCID 0>>BDC EMC", [("BDC", ["/Span", ["/MCID", 0.0]]), ("EMC", [])]),
        (b"((a)\\\nb\\n\\053) Tj", [("Tj", [b"(a)b\n+"])]),
        (b"f* 0 g", [("f*", []), ("g", [0.0])]),
    ],
)
def test_content_streams_are_read_word_for_word(stream: bytes, expected: list[tuple[str, Any]]) -> None:
    assert list(instructions(stream)) == expected


@pytest.mark.parametrize(
    ("stream", "face", "why"),
    [
        (b"1 0 Td", None, "Td"),
        (b"/s0 sh", None, "sh"),
        (b"0 1 1 0 scn", None, "a colour is grey or"),
        (b"/P1 scn", None, "a colour is grey or"),
        (b".7 .7 -.7 .7 0 0 Tm (ab)Tj", object(), "on a slope"),
        (b"(ab)Tj", None, "before a font"),
    ],
    ids=["text operator", "shading", "four colours", "pattern", "slope", "no font"],
)
def test_what_is_not_understood_stops_the_file(stream: bytes, face: Any, why: str) -> None:
    """A page with a part left out must not leave the house."""
    hand = _Hand(Page(210, 297), {}, _Book([]), _State(Matrix(), face=face))
    with pytest.raises(ValueError, match=why):
        hand.draw(stream)


def test_what_is_no_pdf_is_said() -> None:
    with pytest.raises(ValueError, match="no PDF"):
        ofd.ofd_bytes(b"no pdf at all", ofd.About("", "", date(2022, 1, 1)))


def test_pictures_at_hand_are_taken_as_they_are_and_must_be_those_of_the_pdf(typefaces: Path) -> None:
    pdf = report_pdf(long_report(), typefaces)
    about = ofd.About("题", "单位", date(2022, 1, 1))
    given = Package(ofd.ofd_bytes(pdf, about, [b"\x89PNG first", b"\x89PNG second"]))
    images = [content for name, content in sorted(given.files.items()) if name.endswith(".png")]
    assert sorted(images) == [b"\x89PNG first", b"\x89PNG second"]
    packed = Package(ofd.ofd_bytes(pdf, about))
    for name, content in packed.files.items():
        if name.endswith(".png"):
            assert vl_convert.svg_to_png(svg_of(packed, 0), scale=1).startswith(content[:8])
            assert int.from_bytes(content[16:20]) > 1500
    for wrong in ([b"one"], [b"one", b"two", b"three"]):
        with pytest.raises(ValueError, match="other pictures"):
            ofd.ofd_bytes(pdf, about, wrong)


def test_a_map_after_a_map() -> None:
    both = Matrix(2, 0, 0, 2, 10, 0).after(Matrix(1, 0, 0, -1, 0, 5))
    assert both.at(1, 1) == Matrix(2, 0, 0, 2, 10, 0).at(*Matrix(1, 0, 0, -1, 0, 5).at(1, 1))


def test_a_table_of_meanings_is_read() -> None:
    table = b"2 beginbfchar\n<0001> <7A97>\n<0002> <D83DDE00>\nendbfchar"
    assert ofd_fonts.said_by(table) == {1: "窗", 2: "😀"}
