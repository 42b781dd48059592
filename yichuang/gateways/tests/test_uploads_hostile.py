"""A corpus of lying, swelling and two-faced files: each is refused with a reason, or stored as what it is and inert."""

import contextlib
import io
import random
import struct
import time
import zipfile
import zlib
from itertools import product

import pytest

from yichuang.gateways.tests.test_uploads import DOCX, OFD, PDF, XLSX, jpeg, package, png
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.kernel.errors import Invalid
from yichuang.kernel.tests.timing import quickest

HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
SPREADSHEET_NAME = "[Content_Types].xml", "xl/workbook.xml"
GENUINE = {
    Kind.PDF: (PDF, "a.pdf"),
    Kind.PNG: (png(), "a.png"),
    Kind.JPEG: (jpeg(), "a.jpg"),
    Kind.DOCX: (DOCX, "a.docx"),
    Kind.XLSX: (XLSX, "a.xlsx"),
    Kind.OFD: (OFD, "a.ofd"),
}
# What opens, runs or is drawn as soon as a browser or an office program believes the content.
LIVE = {
    "web page": HTML,
    "web page in capitals": HTML.upper(),
    "page after blanks": b" \r\n\t" + HTML,
    "page behind a comment": b"<!--" + b"x" * 500 + b"-->" + HTML,
    "page with a mark of order": b"\xef\xbb\xbf" + HTML,
    "script alone": b"<script>alert(1)</script>",
    "svg": SVG,
    "svg without head": SVG[21:],
    "mail page": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + HTML,
    "windows program": b"MZ\x90\0" + b"\0" * 60,
    "linux program": b"\x7fELF\x02\x01\x01",
    "script file": b"#!/bin/sh\nrm -rf ~\n",
    "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
    "rich text": rb"{\rtf1\object\objupdate}",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    "rar": b"Rar!\x1a\x07\x01\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04",
    "gif": b"GIF89a\x01\0\x01\0/*<script>*/=1",
    "bitmap": b"BM\0\0\0\0",
    "tiff": b"II*\0\x08\0\0\0",
    "webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "java class": b"\xca\xfe\xba\xbe\0\0\0\x34",
    "xml bomb": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><l>&b;</l>',
    "postscript": b"%!PS-Adobe-3.0\n(run) run",
    "empty archive": b"PK\x05\x06" + b"\0" * 18,
    "shortcut": b"L\0\0\0\x01\x14\x02\0",
    "nothing but zeros": b"\0" * 4096,
    "noise": random.Random(7).randbytes(4096),
}
SUFFIXES = [".pdf", ".jpg", ".png", ".docx", ".xlsx", ".ofd"]


@pytest.mark.parametrize(("what", "suffix"), list(product(LIVE, SUFFIXES)))
def test_nothing_live_gets_in_under_any_name(what: str, suffix: str) -> None:
    with pytest.raises(Invalid) as refused:
        sniff(LIVE[what], f"申请书{suffix}")
    assert refused.value.how


@pytest.mark.parametrize(
    ("kind", "suffix"), list(product(GENUINE, [*SUFFIXES, ".html", ".svg", ".exe", "", ".pdf.exe"]))
)
def test_content_and_name_must_agree(kind: Kind, suffix: str) -> None:
    data, _ = GENUINE[kind]
    if suffix in kind.suffixes:
        assert sniff(data, f"a{suffix}") is kind
        return
    with pytest.raises(Invalid, match="后缀"):
        sniff(data, f"a{suffix}")


@pytest.mark.parametrize("kind", GENUINE)
@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/{}",
        "..\\..\\windows\\{}",
        "/etc/{}",
        "C:\\{}",
        "a\0b{}",
        "<img src=x onerror=alert(1)>{}",
        "x" * 5000 + "{}",
        "a.exe.{}",
        "\u202ecod.{}",
        "=cmd|'/c calc'!A1{}",
    ],
)
def test_a_name_is_never_a_path_nor_a_reason(kind: Kind, name: str) -> None:
    """The name counts for its ending only: the store makes its own from the hash."""
    data, plain = GENUINE[kind]
    assert sniff(data, name.replace("{}", plain)) is kind


@pytest.mark.parametrize(
    "name", ["a.pdf\u202e", "a.pdf ", "a.pdf\0.html", "a.pdf/", "a.pdf.", "a.pｄf", "a．pdf", ".pdf"]
)
def test_endings_that_only_look_right_are_refused(name: str) -> None:
    if name == "a.pdf/":
        assert sniff(PDF, name) is Kind.PDF
        return
    with pytest.raises(Invalid, match="后缀"):
        sniff(PDF, name)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF + HTML + b"\n%%EOF", Kind.PDF),
        (PDF[:-6] + HTML + b"%%EOF", Kind.PDF),
        (png()[:-12] + HTML[:30] + png()[-12:], Kind.PNG),
        (jpeg() + HTML, Kind.JPEG),
        (DOCX + HTML, None),
        (PDF + DOCX, Kind.PDF),
        (jpeg() + DOCX, Kind.JPEG),
    ],
)
def test_a_file_with_two_faces_is_served_as_the_one_it_shows(data: bytes, kind: Kind | None) -> None:
    """A polyglot is stored inert: its media type is that of its first face, and none of those is run by a browser."""
    name = GENUINE[kind or Kind.DOCX][1]
    if kind is None:
        try:
            assert sniff(data, name) is Kind.DOCX
        except Invalid:
            return
    assert sniff(data, name) is (kind or Kind.DOCX)
    for other, (_, wrong) in GENUINE.items():
        if other is not (kind or Kind.DOCX):
            with pytest.raises(Invalid):
                sniff(data, wrong)


def test_no_accepted_kind_is_run_by_a_browser() -> None:
    types = {kind.media_type for kind in Kind}
    assert len(types) == len(Kind)
    assert not [
        one for one in types if "html" in one or "svg" in one or one.endswith("/xml") or "script" in one
    ]


ENTITIES = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "http://127.0.0.1:9/"><!ENTITY c "&c1;&c1;">]>
<x>&a;&b;&c;</x>"""


@pytest.mark.parametrize(
    ("names", "name", "kind"),
    [
        (("[Content_Types].xml", "word/document.xml"), "a.docx", Kind.DOCX),
        (SPREADSHEET_NAME, "a.xlsx", Kind.XLSX),
        (("OFD.xml", "Doc_0/Document.xml"), "a.ofd", Kind.OFD),
    ],
)
def test_entities_in_a_package_are_never_read(
    names: tuple[str, ...], name: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judgement reads the directory only: not one entry is opened, so no XML is ever parsed."""

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("an entry was opened")

    data = package(*names, content=ENTITIES)
    monkeypatch.setattr(zipfile.ZipFile, "open", opened)
    assert sniff(data, name) is kind


def swelling(entries: int, each: int) -> bytes:
    """A well-formed document whose entries unpack to so many zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name in ("[Content_Types].xml", "word/document.xml"):
            made.writestr(name, b"<x/>")
        for number in range(entries):
            made.writestr(f"word/media/{number}.bin", b"\0" * each)
    return out.getvalue()


def test_a_swelling_archive_is_refused_from_its_directory_at_once() -> None:
    bomb = swelling(5, 20_000_000)

    def refused() -> None:
        with pytest.raises(Invalid, match="压缩炸弹"):
            sniff(bomb, "a.docx")

    assert quickest(refused, 0.5) < 0.5


@pytest.mark.parametrize(
    ("entries", "each", "limits", "passes"),
    [
        (1, 900_000, Limits(), True),
        (1, 1_200_000, Limits(), False),
        (1, 1_200_000, Limits(ratio=200), True),
        (30, 30_000, Limits(entries=32), True),
        (30, 30_000, Limits(entries=31), False),
        (3, 200_000, Limits(unpacked=600_008), True),
        (3, 200_000, Limits(unpacked=600_007), False),
    ],
)
def test_limits_of_archives_hold_to_the_byte(entries: int, each: int, limits: Limits, passes: bool) -> None:
    data = swelling(entries, each)
    if passes:
        assert sniff(data, "a.docx", limits) is Kind.DOCX
        return
    with pytest.raises(Invalid, match="压缩炸弹"):
        sniff(data, "a.docx", limits)


def test_an_archive_in_an_archive_is_no_document() -> None:
    inner = swelling(1, 100_000)
    with pytest.raises(Invalid, match="压缩包"):
        sniff(package("a.zip", "b/a.docx", content=inner), "a.docx")


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "xl/VBAPROJECT.BIN", "word/embeddings/setup.EXE", "a/b.dll"]
)
def test_macros_and_programs_are_found_in_any_spelling(name: str) -> None:
    for names, ending in ((("[Content_Types].xml", "word/document.xml"), "docx"), (("OFD.xml",), "ofd")):
        with pytest.raises(Invalid, match="宏或者程序"):
            sniff(package(*names, name), f"a.{ending}")


def with_directory(data: bytes, field: int, value: int, size: int) -> bytes:
    """The archive with one number of its first directory entry changed."""
    place = data.index(b"PK\x01\x02") + field
    return data[:place] + value.to_bytes(size, "little") + data[place + size :]


@pytest.mark.parametrize(
    ("field", "value", "size"),
    [
        (20, 0x7FFFFFFF, 4),
        (24, 0x7FFFFFFF, 4),
        (24, 0xFFFFFFFF, 4),
        (42, 0x7FFFFFFF, 4),
        (28, 0xFFFF, 2),
        (10, 99, 2),
    ],
)
def test_a_directory_that_lies_is_a_refusal_and_not_a_fault(field: int, value: int, size: int) -> None:
    with contextlib.suppress(Invalid):
        assert sniff(with_directory(DOCX, field, value, size), "a.docx") is Kind.DOCX


def test_the_size_of_a_picture_is_read_without_drawing_it() -> None:
    """A PNG of 50,000 × 50,000 pixels in a hundred bytes, and a JPEG that claims the most there is."""
    both = ((png(50_000, 50_000), "a.png"), (jpeg(65_535, 65_535), "a.jpg"))

    def refused() -> None:
        for data, name in both:
            with pytest.raises(Invalid, match="像素，太大"):
                sniff(data, name)

    assert quickest(refused, 0.1) < 0.1


@pytest.mark.parametrize(
    ("width", "height", "passes"),
    [
        (20_000, 6_000, True),
        (20_001, 1, False),
        (1, 20_001, False),
        (20_000, 6_001, False),
        (0, 1, False),
        (1, 1, True),
    ],
)
def test_limits_of_pictures_hold_to_the_pixel(width: int, height: int, passes: bool) -> None:
    for make, name in ((png, "a.png"), (jpeg, "a.jpg")):
        if passes:
            assert sniff(make(width, height), name)
            continue
        with pytest.raises(Invalid):
            sniff(make(width, height), name)


def test_a_jpeg_that_never_ends_is_refused_quickly() -> None:
    endless = b"\xff\xd8\xff" + b"\xff" * 2_000_000
    many = b"\xff\xd8" + b"\xff\xe1\x00\x02" * 500_000
    began = time.process_time()
    for data in (endless, many):
        with pytest.raises(Invalid, match="损坏"):
            sniff(data, "a.jpg")
    assert time.process_time() - began < 5


@pytest.mark.parametrize("kind", GENUINE)
def test_a_file_is_refused_one_byte_above_the_limit(kind: Kind) -> None:
    data, name = GENUINE[kind]
    assert sniff(data, name, Limits(size=len(data))) is kind
    with pytest.raises(Invalid, match="上限"):
        sniff(data, name, Limits(size=len(data) - 1))


@pytest.mark.parametrize("kind", [Kind.PDF, Kind.PNG, Kind.DOCX, Kind.XLSX, Kind.OFD])
def test_a_file_cut_short_is_not_taken_for_whole(kind: Kind) -> None:
    data, name = GENUINE[kind]
    for end in range(1, len(data) - 8, max(1, len(data) // 40)):
        with pytest.raises(Invalid):
            sniff(data[:end], name)


def test_a_png_without_its_size_chunk_is_damaged() -> None:
    body = struct.pack(">I", 4) + b"IDAT" + b"1234" + struct.pack(">I", zlib.crc32(b"IDAT1234"))
    with pytest.raises(Invalid, match="损坏"):
        sniff(b"\x89PNG\r\n\x1a\n" + body + b"IEND", "a.png")
