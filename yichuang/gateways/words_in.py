"""The words of an uploaded text: DOCX or plain text, judged by content, with limits before anything is unpacked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from yichuang.gateways.late import Late
from yichuang.gateways.uploads import MEGABYTE, Kind, Limits, sniff
from yichuang.kernel.errors import Invalid

if TYPE_CHECKING:
    import docx
    from docx import table as tables
    from docx.opc import exceptions
    from docx.text import paragraph as paragraphs
    from lxml import etree
else:
    docx = Late("docx")
    tables = Late("docx.table")
    exceptions = Late("docx.opc.exceptions")
    paragraphs = Late("docx.text.paragraph")
    etree = Late("lxml.etree")

ACCEPT = ".docx,.txt,.md"
LIMITS = Limits(size=10 * MEGABYTE, unpacked=60 * MEGABYTE)
MOST_SIGNS = 40_000
MOST_LINES = 2_000
_TEXTS = (".txt", ".md", ".markdown")
_ENCODINGS = ("utf-8-sig", "gb18030")


def lines_of(data: bytes, name: str) -> list[str]:
    """The paragraphs of an uploaded text in reading order; the cells of a table row stand in one line.

    Raises Invalid with the reason for what is no text of these kinds, is damaged, swells, or is too long.
    """
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    found = _plain_lines(data, name) if suffix in _TEXTS else list(_word_lines(data, name))
    lines = [line.rstrip() for line in found]
    if not any(line.strip() for line in lines):
        raise Invalid(
            "文件中没有文字。", how="扫描件和图片中的文字不能读取，请上传可以编辑的文档，或者把文字粘贴进来。"
        )
    if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_SIGNS:
        raise Invalid(
            f"文件中的文字太多，最多 {MOST_SIGNS // 10_000} 万字。", how="一份素材只写一件事，请分开报送。"
        )
    return lines


def _plain_lines(data: bytes, name: str) -> list[str]:
    if len(data) > LIMITS.size:
        raise Invalid(f"文件超过 {LIMITS.size // MEGABYTE} MB。", how="请只保留正文后再上传。")
    if b"\0" in data:
        raise Invalid(f"「{name}」不是文本文件。", how="请上传 Word 文档（docx）或者纯文本（txt、md）文件。")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    raise Invalid("文本文件的编码不能识别。", how="请另存为 UTF-8 编码的文本文件，或者把文字粘贴进来。")


def _word_lines(data: bytes, name: str) -> Iterator[str]:
    if sniff(data, name, LIMITS) is not Kind.DOCX:
        raise Invalid(
            f"不能从「{name}」读取文字。", how="请上传 Word 文档（docx）或者纯文本（txt、md）文件。"
        )
    try:
        blocks = docx.Document(io.BytesIO(data)).iter_inner_content()
        for block in blocks:
            yield from _block_lines(block)
    except (
        BadZipFile, exceptions.PackageNotFoundError, etree.LxmlError, LookupError, AttributeError, TypeError, ValueError, OSError,
    ) as error:  # fmt: skip
        raise Invalid("Word 文档已损坏，读不出文字。", how="请用办公软件另存一份后再上传。") from error


def _block_lines(block: paragraphs.Paragraph | tables.Table) -> Iterator[str]:
    if isinstance(block, paragraphs.Paragraph):
        yield from block.text.splitlines() or [""]
        return
    for row in block.rows:
        # A merged cell is met once for every column that it spans.
        cells = dict.fromkeys(cell._tc for cell in row.cells)
        words = {cell._tc: cell.text.strip() for cell in row.cells}
        yield "　".join(words[key] for key in cells if words[key])
