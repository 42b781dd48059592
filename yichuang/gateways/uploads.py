"""What an uploaded file really is, judged by its content: the name and the browser's word count for nothing.

Accepted are pdf, jpeg, png, docx, xlsx and ofd. Everything else is refused with the precise reason — among it what
would be dangerous when served or opened: web pages, SVG, programs, macros, archives that swell, images of a size that
exhausts the reader.
"""

import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from yichuang.kernel.errors import Invalid

MEGABYTE = 1 << 20


class Kind(StrEnum):
    """An accepted kind of file."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    DOCX = "docx"
    XLSX = "xlsx"
    OFD = "ofd"

    @property
    def label(self) -> str:
        """Its name for people."""
        return {
            Kind.PDF: "PDF 文件",
            Kind.JPEG: "JPEG 图片",
            Kind.PNG: "PNG 图片",
            Kind.DOCX: "Word 文档（docx）",
            Kind.XLSX: "Excel 表格（xlsx）",
            Kind.OFD: "OFD 文件",
        }[self]

    @property
    def media_type(self) -> str:
        """For the Content-Type of an answer."""
        office = "application/vnd.openxmlformats-officedocument"
        return {
            Kind.PDF: "application/pdf",
            Kind.JPEG: "image/jpeg",
            Kind.PNG: "image/png",
            Kind.DOCX: f"{office}.wordprocessingml.document",
            Kind.XLSX: f"{office}.spreadsheetml.sheet",
            Kind.OFD: "application/ofd",
        }[self]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of a name that agree with the content."""
        return (".jpg", ".jpeg") if self is Kind.JPEG else (f".{self.value}",)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much: bytes; pixels a side and in all; bytes unpacked, their ratio to packed, entries."""

    size: int = 20 * MEGABYTE
    side: int = 20_000
    pixels: int = 120_000_000
    unpacked: int = 200 * MEGABYTE
    ratio: int = 100
    entries: int = 2_000


ALLOWED_TEXT = "请上传 PDF、JPEG、PNG、DOCX、XLSX 或 OFD 文件。"


def sniff(data: bytes, name: str, limits: Limits | None = None) -> Kind:
    """The kind of the file `data` that was uploaded as `name`. Raises Invalid with the reason and the way out."""
    limits = limits or Limits()
    if not data:
        raise Invalid("文件是空的。", how="请检查原文件能否打开，再重新上传。")
    if len(data) > limits.size:
        raise Invalid(
            f"文件有 {_megabytes(len(data))} MB，超过 {_megabytes(limits.size)} MB 的上限。",
            how="请降低扫描清晰度，或者分成几个文件后再上传。",
        )
    kind = _kind_of(data, limits)
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    if suffix not in kind.suffixes:
        raise Invalid(
            f"文件名的后缀是“{suffix or '（无）'}”，内容却是{kind.label}。",
            how=f"请把后缀改为 {kind.suffixes[0]} 后再上传，或者确认是否选错了文件。",
        )
    return kind


def _kind_of(data: bytes, limits: Limits) -> Kind:
    if data.startswith(b"%PDF-"):
        return _checked_pdf(data)
    if data.startswith(b"\xff\xd8\xff"):
        _check_image(_jpeg_size(data), limits)
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_image(_png_size(data), limits)
        return Kind.PNG
    if data.startswith(b"PK\x03\x04"):
        return _checked_package(data, limits)
    raise Invalid(f"{_foreign(data)}，不能上传。", how=ALLOWED_TEXT)


_FOREIGN = (
    (b"MZ", "这是 Windows 程序"),
    (b"\x7fELF", "这是程序文件"),
    (b"#!", "这是脚本"),
    (b"Rar!", "这是 RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "这是 7z 压缩包"),
    (b"\x1f\x8b", "这是 GZ 压缩包"),
    (b"PK\x05\x06", "这是空的压缩包"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是旧版 Office 文件（doc、xls）或者加了密码的文档"),
    (b"GIF8", "这是 GIF 图片"),
    (b"BM", "这是 BMP 图片"),
    (b"II*\x00", "这是 TIFF 图片"),
    (b"MM\x00*", "这是 TIFF 图片"),
    (b"RIFF", "这是 WebP 图片或者音视频文件"),
)


def _foreign(data: bytes) -> str:
    for start, what in _FOREIGN:
        if data.startswith(start):
            return what
    head = data[:2048].lower()
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "这是 HEIC 图片（手机相机的“高效”格式）"
    if b"<svg" in head:
        return "这是 SVG 图片"
    if b"<html" in head or b"<!doctype" in head or b"<script" in head:
        return "这是网页文件"
    return "不能识别的文件内容"


def _checked_pdf(data: bytes) -> Kind:
    tail = data[-8192:]
    if b"%%EOF" not in tail:
        raise Invalid("PDF 文件不完整（没有结尾标记）。", how="请重新导出或者重新扫描后再上传。")
    if b"/Encrypt" in tail:
        raise Invalid("PDF 文件加了密码或者限制，审查人员打不开。", how="请去掉密码和限制后再上传。")
    return Kind.PDF


def _check_image(size: tuple[int, int] | None, limits: Limits) -> None:
    if size is None or min(size) < 1:
        raise Invalid("图片已损坏，读不出尺寸。", how="请重新拍照或者重新扫描后再上传。")
    width, height = size
    if max(size) > limits.side or width * height > limits.pixels:
        raise Invalid(
            f"图片有 {width} × {height} 像素，太大。",
            how=f"请缩小到每边 {limits.side} 像素、总计 {limits.pixels // 10_000} 万像素以内。",
        )


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR" or b"IEND" not in data[-64:]:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for marker, start, length in _jpeg_segments(data):
        # SOF0–SOF15 carry the size; C4, C8 and CC in that range are tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and length >= 7:
            height, width = struct.unpack(">HH", data[start + 1 : start + 5])
            return int(width), int(height)
    return None


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start of the content and its length, up to the picture data or the first fault."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xDA or length < 2 or place + 2 + length > len(data):
            return
        yield marker, place + 4, length - 2
        place += 2 + length


def _checked_package(data: bytes, limits: Limits) -> Kind:
    """An Office or OFD file is a zip: look into its directory without unpacking anything."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Invalid("文件已损坏，打不开。", how="请检查原文件能否打开，再重新上传。") from error
    _check_entries(entries, len(data), limits)
    return _package_kind({entry.filename for entry in entries})


def _check_entries(entries: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    offsets = [entry.header_offset for entry in entries]
    swells = unpacked > limits.unpacked or unpacked > limits.ratio * max(size, 10_000)
    # Entries that share bytes, or claim more than the file has, are how an archive swells without bound.
    overlaps = packed > size or len(set(offsets)) < len(offsets)
    if len(entries) > limits.entries or swells or overlaps:
        raise Invalid("文件展开后过大，疑似压缩炸弹，不能上传。", how="请用办公软件另存一份后再上传。")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid("文件加了密码，审查人员打不开。", how="请去掉密码后再上传。")


def _package_kind(names: set[str]) -> Kind:
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for name in names):
        raise Invalid("文件中含有宏或者程序，不能上传。", how="请另存为不含宏的 docx 或 xlsx 后再上传。")
    if "OFD.xml" in names:
        return Kind.OFD
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return Kind.DOCX
        if "xl/workbook.xml" in names:
            return Kind.XLSX
    raise Invalid("这是压缩包，不能上传。", how=f"请解压后逐个上传。{ALLOWED_TEXT}")


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}".removesuffix(".0")
