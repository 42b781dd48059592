"""What an upload is: told by content, refused with the precise reason."""

import contextlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways.documents.report import report_docx
from yichuang.gateways.tests.samples import report
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.kernel.errors import Invalid

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\0\0" * 2))
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 640, height: int = 480) -> bytes:
    head = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc4\x00\x04cd"
    size = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return head + size + b"\xff\xda\x00\x02data\xff\xd9"


def package(*names: str, content: bytes = b"<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            # Without the time of the test in it: the names of tests are made of these bytes.
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")
OFD = package("OFD.xml", "Doc_0/Document.xml")


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PDF, "申请书.pdf", Kind.PDF),
        (PDF, "申请书.PDF", Kind.PDF),
        (png(), "a.png", Kind.PNG),
        (jpeg(), "a.jpg", Kind.JPEG),
        (jpeg(), "C:\\照片\\a.b.jpeg", Kind.JPEG),
        (DOCX, "a.docx", Kind.DOCX),
        (XLSX, "a.xlsx", Kind.XLSX),
        (OFD, "a.ofd", Kind.OFD),
    ],
)
def test_accepted_kinds(data: bytes, name: str, kind: Kind) -> None:
    assert sniff(data, name) is kind
    assert name.lower().endswith(kind.suffixes)
    assert kind.label
    assert "/" in kind.media_type


def test_our_own_word_file_is_a_word_file() -> None:
    assert sniff(report_docx(report()), "周报.docx") is Kind.DOCX


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.pdf", "空的"),
        (b"<svg xmlns='x'><script/></svg>", "a.png", "SVG"),
        (b"<!DOCTYPE html><html></html>", "a.pdf", "网页"),
        (b"MZ\x90\0", "a.pdf", "Windows 程序"),
        (b"\x7fELF\x02", "a.pdf", "程序"),
        (b"#!/bin/sh\n", "a.pdf", "脚本"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.docx", "旧版 Office"),
        (b"\0\0\0\x18ftypheic", "a.jpg", "HEIC"),
        (b"GIF89a", "a.png", "GIF"),
        (b"hello", "a.pdf", "不能识别"),
        (b"<html>" + PDF, "a.pdf", "网页"),
        (PDF.replace(b"%%EOF", b""), "a.pdf", "不完整"),
        (PDF.replace(b"<<>>\n%%EOF", b"<</Encrypt 1 0 R>>\n%%EOF"), "a.pdf", "密码"),
        (png(30_000, 2), "a.png", "30000 × 2 像素"),
        (png(19_000, 19_000), "a.png", "太大"),
        (png(0, 5), "a.png", "损坏"),
        (png()[:30], "a.png", "损坏"),
        (jpeg(65_535, 65_535), "a.jpg", "太大"),
        (jpeg()[:12], "a.jpg", "损坏"),
        (DOCX[:40], "a.docx", "损坏"),
        (package("a.txt", "b.exe.txt"), "a.zip", "压缩包"),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx", "宏"),
        (PDF, "a.jpg", "后缀是“.jpg”，内容却是PDF"),
        (XLSX, "a.docx", "内容却是Excel"),
        (PDF, "申请书", "（无）"),
    ],
)
def test_refusals_say_what_is_wrong_and_what_to_do(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        sniff(data, name)
    assert refused.value.how


def test_too_large_a_file_is_refused_with_both_sizes() -> None:
    with pytest.raises(Invalid, match=r"0\.2 MB，超过 0\.1 MB"):
        sniff(PDF + b" " * 210_000, "a.pdf", Limits(size=104_858))


def test_an_archive_that_swells_is_refused() -> None:
    bomb = package("[Content_Types].xml", "word/document.xml", content=b"\0" * 30_000_000)
    with pytest.raises(Invalid, match="压缩炸弹"):
        sniff(bomb, "a.docx")


def test_an_archive_of_countless_entries_is_refused() -> None:
    many = package("OFD.xml", *(f"{number}.xml" for number in range(30)))
    with pytest.raises(Invalid, match="压缩炸弹"):
        sniff(many, "a.ofd", Limits(entries=30))


def test_entries_that_share_bytes_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("OFD.xml", b"x" * 3000)
        made.filelist.append(made.filelist[0])
    with pytest.raises(Invalid, match="压缩炸弹"):
        sniff(out.getvalue(), "a.ofd")


def test_an_encrypted_package_is_refused() -> None:
    data = bytearray(OFD)
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    with pytest.raises(Invalid, match="密码"):
        sniff(bytes(data), "a.ofd")


@given(
    st.sampled_from([PDF, png(), jpeg(), DOCX, OFD]),
    st.integers(0, 400),
    st.integers(0, 255),
    st.integers(0, 400),
)
def test_damaged_files_are_judged_and_never_crash(data: bytes, place: int, value: int, cut: int) -> None:
    damaged = bytearray(data)
    damaged[place % len(damaged)] = value
    with contextlib.suppress(Invalid):
        assert sniff(bytes(damaged[: len(damaged) - cut % len(damaged)]), "a.pdf") is Kind.PDF
