"""The package of a workbook, judged before a byte is unpacked: what it is, whether it swells, what it hides."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, BinaryIO
from xml.parsers import expat

from yichuang.gateways.late import Late
from yichuang.gateways.sheets_in.model import MEGABYTE, Limits, damaged
from yichuang.kernel.errors import Invalid

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = Late("lxml.etree")


ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".docx", ".7z", ".rar", ".gz", ".bz2", ".xz")
_PROGRAMS = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")


@cache
def _safe() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def old_workbook(file: BinaryIO) -> Invalid:
    """Why a file of the old compound format is refused: locked with a password, or Excel of before 2007."""
    file.seek(0)
    tail = b""
    while piece := file.read(MEGABYTE):
        if _ENCRYPTED in tail + piece:
            return Invalid(
                "工作簿加了打开密码，读不出内容。", how="请在 Excel 或者 WPS 中取消密码，另存后再上传。"
            )
        tail = piece[-len(_ENCRYPTED) :]
    return Invalid(
        "这是旧版 Excel 表格（xls）。", how="请在 Excel 或者 WPS 中另存为 xlsx 或者 CSV 后再上传。"
    )


@contextmanager
def told() -> Iterator[None]:
    """What breaks inside a package, as the refusal that people read."""
    try:
        yield
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, expat.ExpatError, etree.LxmlError, EOFError, LookupError,
        ArithmeticError, ValueError, RuntimeError,
    ) as error:  # fmt: skip
        # NotImplementedError, an unknown method of packing, is a RuntimeError.
        raise damaged() from error


def open_package(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The package of an XLSX workbook, its directory checked. Raises Invalid; the file stays open."""
    file.seek(0)
    with told():
        package = zipfile.ZipFile(file)
        _check(package.infolist(), limits)
    return package


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > limits.parts:
        raise Invalid(
            f"工作簿里有 {len(entries):,} 个部件，不是正常的表格。", how="请用办公软件另存一份后再上传。"
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid("工作簿加了密码，读不出内容。", how="请取消密码，另存后再上传。")
    _check_kind(set(names))
    _check_inside([name.lower() for name in names])
    _check_size(entries, limits)


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    found = next((words for mark, words in _FOREIGN.items() if mark in names), "压缩包")
    raise Invalid(
        f"这是{found}，不是 xlsx 表格。", how="请在 Excel 或者 WPS 中另存为 xlsx 或者 CSV 后再上传。"
    )


_FOREIGN = {
    "xl/workbook.bin": "二进制工作簿（xlsb）",
    "word/document.xml": " Word 文档",
    "ppt/presentation.xml": "演示文稿",
    "OFD.xml": " OFD 版式文件",
    "content.xml": "开放文档（ods）",
}


def _check_inside(names: list[str]) -> None:
    if any(name.endswith(_PROGRAMS) for name in names):
        raise Invalid("工作簿含有宏或者程序。", how="请另存为不含宏的 xlsx 或者 CSV 后再上传。")
    if any(name.endswith(_NESTED) for name in names):
        raise Invalid("工作簿里又套了别的压缩包或者文档。", how="请删除表格中插入的文件，另存后再上传。")


def _check_size(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    offsets = {entry.header_offset for entry in entries}
    if unpacked > limits.unpacked:
        raise Invalid(
            f"工作簿展开后超过 {limits.unpacked // MEGABYTE:,} MB。", how="请分成几份文件，分别上传。"
        )
    # Entries that share bytes are how an archive swells without bound; the ratio spares the small.
    if len(offsets) < len(entries) or unpacked > limits.ratio * max(packed, 100_000):
        raise Invalid("工作簿展开后异常膨胀，疑似压缩炸弹。", how="请用办公软件另存一份后再上传。")


def whole(package: zipfile.ZipFile, part: str, limits: Limits) -> etree._Element:
    """A small part as a tree. Raises Invalid where it declares a document type or is too long."""
    if package.getinfo(part).file_size > limits.whole:
        raise Invalid(
            f"工作簿的部件“{part}”过大。", how="请新建工作簿，只粘贴内容（不带格式），另存后再上传。"
        )
    data = package.read(part)
    tree = etree.fromstring(data, _safe())
    if tree.getroottree().docinfo.doctype:
        raise declares_entities()
    return tree


def declares_entities() -> Invalid:
    """The refusal of a part that declares a document type: only attacks do."""
    return Invalid(
        "工作簿的内容里有外部实体声明，办公软件不会写出这样的文件。", how="请用办公软件另存一份后再上传。"
    )
