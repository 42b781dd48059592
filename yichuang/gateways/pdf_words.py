"""The words of a PDF as paragraphs: lines joined where the print only wrapped them, page numbers and running heads left out.

Nothing in the file is run or followed. Words come from the text layer; a scan without one is refused, never guessed.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from yichuang.gateways.late import Late
from yichuang.gateways.uploads import MEGABYTE, Kind, Limits, sniff
from yichuang.kernel.errors import Invalid

if TYPE_CHECKING:
    import pypdfium2
    from pypdfium2 import raw
else:
    pypdfium2 = Late("pypdfium2")
    raw = Late("pypdfium2.raw")


LIMITS = Limits(size=10 * MEGABYTE)
MOST_PAGES = 200
MOST_SIGNS = 200_000
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia)\b")
_CARRIED = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)\b")
_PAGE_NUMBER = re.compile(
    r"[-—–－―─\s]*\d{1,3}[-—–－―─\s]*|第\s*\d{1,3}\s*页(?:\s*[/，,]?\s*共\s*\d{1,3}\s*页)?|\d{1,3}\s*/\s*\d{1,3}"
)
# A gap of so many letters' width sets words apart; of so many, cells of a table.
_SPACE, _CELL = 0.18, 1.4
# A heading or an item begins a paragraph wherever it stands.
_BEGINS = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、．]|\d{1,2}\.\D"
)
# Running text is set at least so many letters wide; shorter lines are lines of their own.
_NARROWEST = 20
# PDFium keeps its state for the whole process.
_ENGINE = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Sign:
    text: str
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class _Line:
    """One printed line: its cells, its ends across the page and its height on it (0 foot, 1 head)."""

    cells: tuple[str, ...]
    left: float
    right: float
    size: float
    place: float
    page: int
    middle_gap: bool = False

    @property
    def text(self) -> str:
        return "\t".join(self.cells)


def pdf_text(data: bytes) -> str:
    """The paragraphs of a PDF, a line each, cells of a table row between tabs.

    Raises Invalid (Chinese reason and way out) for what is no sound PDF, is locked, carries scripts or other files, has
    no text layer, is set in two columns or is too long.
    """
    if sniff(data, "x.pdf", LIMITS) is not Kind.PDF:
        raise Invalid("这不是 PDF 文件。", how="请确认是否选错了文件。")
    with _ENGINE:
        lines = _read(data)
    if not lines:
        raise Invalid(
            "这份 PDF 没有文字层，多半是扫描件。",
            how="请上传可以选中文字的 PDF、Word 文档（docx）或者纯文本（txt）。",
        )
    _refuse_columns(lines)
    return "\n".join(_paragraphs(_without_running_heads(lines)))


def _read(data: bytes) -> list[_Line]:
    try:
        with pypdfium2.PdfDocument(data) as document:
            _refuse_active(document, data)
            if len(document) > MOST_PAGES:
                raise Invalid(
                    f"PDF 有 {len(document)} 页，最多 {MOST_PAGES} 页。", how="请只上传一期周报的页面。"
                )
            return _lines_of(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Invalid("PDF 文件加了密码，读不出文字。", how="请去掉密码后再上传。") from error
        raise Invalid("PDF 文件已损坏，打不开。", how="请重新导出后再上传。") from error


def _refuse_active(document: pypdfium2.PdfDocument, data: bytes) -> None:
    if _ACTIVE.search(data) or raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        raise Invalid(
            "PDF 文件中含有脚本或者程序动作，不能上传。", how="请用「打印为 PDF」另存一份后再上传。"
        )
    if _CARRIED.search(data) or raw.FPDFDoc_GetAttachmentCount(document) > 0:
        raise Invalid("PDF 文件中夹带了别的文件，不能上传。", how="请去掉附件，另存一份后再上传。")


def _lines_of(document: pypdfium2.PdfDocument) -> list[_Line]:
    lines: list[_Line] = []
    counted = 0
    for number, page in enumerate(document):
        words = page.get_textpage()
        counted += words.count_chars()
        if counted > MOST_SIGNS:
            raise Invalid(
                f"PDF 中的文字太多，最多 {MOST_SIGNS // 10_000} 万字。", how="请只上传一期周报的页面。"
            )
        _, height = page.get_size()
        lines.extend(_set_lines(_signs(words), number, height))
        words.close()
        page.close()
    return lines


def _signs(words: pypdfium2.PdfTextPage) -> list[_Sign]:
    """The signs that are printed; PDFium's own spaces and line ends have no place on the page."""
    signs = []
    for position in range(words.count_chars()):
        code = raw.FPDFText_GetUnicode(words, position)
        text = chr(code) if 32 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else ""
        if not text.strip() or raw.FPDFText_IsGenerated(words, position) == 1:
            continue
        left, bottom, right, top = words.get_charbox(position, loose=True)
        if right > left and top > bottom:
            signs.append(_Sign(text, left, right, bottom, top))
    return signs


def _set_lines(signs: Sequence[_Sign], page: int, height: float) -> Iterator[_Line]:
    """Signs whose middles lie at one height stand in one line, from left to right."""
    rows: list[list[_Sign]] = []
    for sign in sorted(signs, key=lambda each: -(each.top + each.bottom)):
        if rows and _same_row(rows[-1], sign):
            rows[-1].append(sign)
        else:
            rows.append([sign])
    for row in rows:
        yield _line(sorted(row, key=lambda each: each.left), page, height)


def _same_row(row: Sequence[_Sign], sign: _Sign) -> bool:
    first = row[0]
    apart = abs((first.top + first.bottom) - (sign.top + sign.bottom)) / 2
    return apart < 0.5 * min(first.top - first.bottom, sign.top - sign.bottom)


def _line(row: Sequence[_Sign], page: int, height: float) -> _Line:
    size = median(sign.top - sign.bottom for sign in row)
    cells, words = [], row[0].text
    middle = False
    for before, sign in pairwise(row):
        gap = sign.left - before.right
        if gap > _CELL * size:
            cells.append(words)
            words = sign.text
            middle = middle or (len(cells[0]) > 8 and sign is not row[-1])
        else:
            latin = before.text.isascii() and sign.text.isascii()
            words += (" " if gap > _SPACE * size and latin else "") + sign.text
    cells.append(words)
    return _Line(
        tuple(cells), row[0].left, row[-1].right, size, row[0].bottom / max(height, 1), page,
        middle and len(cells) == 2 and len(cells[1]) > 8,
    )  # fmt: skip


def _refuse_columns(lines: Sequence[_Line]) -> None:
    if sum(line.middle_gap for line in lines) * 2 > len(lines) > 8:
        raise Invalid(
            "这份 PDF 分两栏排版，读出的文字次序不可靠。",
            how="请上传 Word 文档（docx）或者纯文本（txt）。",
        )


def _without_running_heads(lines: Sequence[_Line]) -> list[_Line]:
    """Page numbers anywhere near the edge, and what stands at the head or foot of most pages alike."""
    pages = {line.page for line in lines}
    edge = [line for line in lines if line.place > 0.88 or line.place < 0.12]
    seen = Counter((_bare(line), round(line.place, 2)) for line in edge)
    often = {key for key, count in seen.items() if len(pages) > 2 and count * 2 > len(pages)}
    return [
        line
        for line in lines
        if not (
            line in edge
            and (_PAGE_NUMBER.fullmatch(line.text) or (_bare(line), round(line.place, 2)) in often)
        )
    ]


def _bare(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _paragraphs(lines: Sequence[_Line]) -> Iterator[str]:
    """A line goes on with the one before where that one is full and this one begins at the margin."""
    left, right = _margins(lines)
    whole = ""
    before: _Line | None = None
    for line in lines:
        if before is not None and not _goes_on(before, line, left, right):
            yield whole
            whole = ""
        between = " " if whole[-1:].isascii() and whole[-1:].isalpha() and line.text[0].isascii() else ""
        whole = whole + between + line.text if whole else line.text
        before = line
    if whole:
        yield whole


def _margins(lines: Sequence[_Line]) -> tuple[float, float]:
    """Where full lines begin and end: most lines of running text share both."""
    long = [line for line in lines if len(line.cells) == 1 and len(line.text) >= 12] or list(lines)
    starts, ends = Counter(round(line.left) for line in long), Counter(round(line.right) for line in long)
    return float(min(starts, key=lambda each: (-starts[each], each))), float(max(ends))


def _goes_on(before: _Line, line: _Line, left: float, right: float) -> bool:
    if len(before.cells) > 1 or len(line.cells) > 1 or _BEGINS.match(line.text):
        return False
    if abs(before.size - line.size) > 0.15 * before.size:
        return False
    full = before.right > right - 2.2 * before.size and right - left > _NARROWEST * before.size
    return full and line.left < left + 0.8 * line.size
