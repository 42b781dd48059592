"""The words of a printed document: Word, PDF or plain text, told apart by content; its name counts for nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from yichuang.gateways.late import Late
from yichuang.gateways.pdf_words import pdf_text
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

ACCEPT = ".txt,.docx,.pdf"
# The most that any of the three kinds may weigh; plain text has its own, smaller limit at the reader.
LIMITS = Limits(size=10 * MEGABYTE, unpacked=60 * MEGABYTE)
MOST_SIGNS = 200_000
_HEADING = re.compile(r"(?:heading|标题) ?([1-6])", re.IGNORECASE)
_PACKED, _PRINTED = b"PK", b"%PDF"


def packed_text(data: bytes) -> str | None:
    """The words of a Word file or PDF, a paragraph a line, cells of a row between tabs; None for anything else.

    Raises Invalid with the reason and the way out for files that are damaged, locked, swelling or dangerous.
    """
    if len(data) > LIMITS.size:
        raise Invalid(
            f"文件有 {len(data) // MEGABYTE} MB，超过 {LIMITS.size // MEGABYTE} MB 的上限。",
            how="一期周报不会这么大，请确认是否选错了文件。",
        )
    if data.startswith(_PRINTED):
        return pdf_text(data)
    if data.startswith(_PACKED):
        return _word_text(data)
    return None


def _word_text(data: bytes) -> str:
    try:
        kind = sniff(data, "x.docx", LIMITS)
    except Invalid as problem:
        if "后缀" in problem.message:
            raise Invalid(
                "这不是 Word 文档。", how="请上传 Word 文档（docx）、PDF 或者纯文本（txt）。"
            ) from problem
        raise
    assert kind is Kind.DOCX
    try:
        blocks = docx.Document(io.BytesIO(data)).iter_inner_content()
        text = "\n".join(line for block in blocks for line in _block_lines(block))
    except (
        # What python-docx raises for packages whose parts are not what they are called; it has no error of its own.
        AttributeError, BadZipFile, IndexError, KeyError, etree.LxmlError, OSError, exceptions.PackageNotFoundError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise Invalid("Word 文档已损坏，读不出文字。", how="请用办公软件另存一份后再上传。") from error
    if not text.strip():
        raise Invalid(
            "Word 文档中没有文字。", how="图片中的文字不能读取，请上传文字版，或者另存为纯文本（txt）。"
        )
    if len(text) > MOST_SIGNS:
        raise Invalid(f"文档中的文字太多，最多 {MOST_SIGNS // 10_000} 万字。", how="请只上传一期周报的内容。")
    return text


def _block_lines(block: paragraphs.Paragraph | tables.Table) -> Iterator[str]:
    if isinstance(block, paragraphs.Paragraph):
        yield from _paragraph_lines(block)
        return
    for row in block.rows:
        # A merged cell is met once for every column that it spans.
        cells = dict.fromkeys(cell._tc for cell in row.cells)
        words = {cell._tc: cell.text.strip() for cell in row.cells}
        texts = [words[key] for key in cells]
        # One cell is a frame (版记): its lines stay lines. Several are a row: each stays in one piece.
        yield from (
            texts[0].splitlines()
            if len(texts) == 1
            else ["\t".join(text.replace("\n", "") for text in texts)]
        )


def _paragraph_lines(paragraph: paragraphs.Paragraph) -> Iterator[str]:
    """The lines of a paragraph; one in the style of a heading bears its level as the sign #."""
    style = paragraph.style.name if paragraph.style is not None else None
    heading = _HEADING.fullmatch(style or "")
    marks = "#" * (int(heading[1]) + 1) + " " if heading and paragraph.text.strip() else ""
    for line in paragraph.text.splitlines() or [""]:
        yield marks + line
