"""From bytes to clean lines: encodings, page numbers, stray signs, spaces inside Chinese text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .report import Unreadable

# A weekly report is some 6 kB; a yearbook still fits. More is not a report.
MAX_BYTES = 500_000
_SIGNATURES = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "Word（DOCX）或者压缩包",
    b"\xd0\xcf\x11\xe0": "旧版 Word（DOC）",
    b"{\\rtf": "RTF",
}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]|\*\n?\*|```\w*")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９％．", "0123456789%.")
# １，２０６: a sign of thousands as wide as its digits.
_WIDE_THOUSANDS = re.compile(r"(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")
_DASH = "\\-—–－―─━‐‑"
_PAGE = re.compile(rf"[{_DASH}]\s*\d{{1,3}}\s*[{_DASH}]|第?\s*\d{{1,3}}\s*(?:页.{{0,10}}|/\s*\d{{1,3}})")
_PAGE_INSIDE = re.compile(r"(?<=[\u4e00-\u9fff，、])\s*—\s*\d{1,3}\s*—\s*(?=[\u4e00-\u9fff])")
_RULE = re.compile(rf"[{_DASH}=_*~·|:\s]+")
_BULLET = re.compile(r"\s*(?:[-*+>]\s+|[•●▪◆■★☆]\s*|-(?=[（(]))+")
_HASHES = re.compile(r"(#{1,6})\s*")
_SPACE = re.compile(r"\s+")
_BROKEN_NUMBER = re.compile(r"(?<=\d)\n(?=\d)")
_SPACED_NUMBER = re.compile(
    r"(?<![\dA-Za-z.,])(?<!\d )\d++(?: \d++)++(?=\s?[年月日期号件人次个项份户家条%万亿])"
)
_SPACED_DECIMAL = re.compile(r"(\d) ?\. ?(\d+)(?= ?[%万亿])")
_CELL = re.compile(r"\s*\|\s*|\s*\t\s*")
# A chart's caption; the rows between tabs below it repeat for the eye what the sentences say.
_CHART = re.compile(r"\s*图\d{1,2}\s*[^。，；：:]{1,40}")
_UNIT_START = re.compile(r"[件人次个项份户家条%万亿年月日期]")
_CLOSED = re.compile(r"[。！？!?；;：:…][”’」』）)》】]*$")
_SENTENCE_END = re.compile(r"[。！？!?…][”’」』）)》】]*$")
_SENTENCE = re.compile(r"[^。！？]*[。！？][”’」』）)]*|[^。！？]+$")
# No sentence of a report is that long: what is longer is a list without full stops, taken in pieces.
_LONGEST = 1000
_PIECE = re.compile(r".{1,400}(?:[，；、,;]|$)|.{1,400}", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One cleaned line: its number in the file, its text, how wide it is printed, its table cells if any."""

    number: int
    text: str
    width: int = 0
    hashes: int = 0
    cells: tuple[str, ...] = ()
    bullet: bool = False


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 (with or without mark), UTF-16 with mark, or GB18030.

    Raises Unreadable for other kinds of file, for empty ones and for those over MAX_BYTES.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"文件过大：{len(data)} 字节，上限 {MAX_BYTES} 字节，不像是一期周报")
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(f"这是 {kind} 文件，请先另存为纯文本再读入")
    encodings = ("utf-16",) if data.startswith(_UTF16_MARKS) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return refuse_binary(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Unreadable("文件既不是 UTF-8 也不是 GB18030 编码的文本")


def refuse_binary(text: str) -> str:
    """The text itself; raises Unreadable where it is empty, too long or holds the signs of a binary file."""
    if not text.strip():
        raise Unreadable("文件是空的")
    if len(text) > MAX_BYTES:
        raise Unreadable(f"文本过长：{len(text)} 字，不像是一期周报")
    signs = len(_CONTROL.findall(text))
    if "\x00" in text or signs * 200 > len(text):
        raise Unreadable("文件里是二进制内容，不是文本")
    return text


def tidy(text: str) -> str:
    """Clean text: no stray `**`, no page number in a sentence, no space or line break inside Chinese text.

    A space stays only between two Latin words or numbers; digits that spaces or a line break tore apart are
    joined.
    """
    text = _WIDE_THOUSANDS.sub(",", _INVISIBLE.sub("", text)).translate(_WIDE_DIGITS)
    text = _PAGE_INSIDE.sub("", _CONTROL.sub("", text)).strip()
    text = _SPACE.sub(_keep_space, _BROKEN_NUMBER.sub("", text))
    text = _SPACED_NUMBER.sub(lambda found: found[0].replace(" ", ""), text)
    return _SPACED_DECIMAL.sub(r"\1.\2", text)


def _keep_space(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    before, after = text[start - 1], text[end]
    if not after.isascii() or not after.isalnum():
        return ""
    if before.isascii() and before.isalnum():
        return " "
    earlier = text[start - 2] if start > 1 else ""
    latin = before in ",.;:!?)" and earlier.isascii() and earlier.isalpha()
    torn_list = before == "," and earlier.isdigit() and after.isdigit()
    return " " if latin or torn_list else ""


def join(parts: list[str]) -> str:
    """One clean text from the lines of a paragraph."""
    return tidy("\n".join(parts))


def closed(text: str) -> bool:
    """Whether a new paragraph may follow: the text ends a sentence, or announces a list with a colon."""
    return bool(_CLOSED.search(text))


def ends_sentence(text: str) -> bool:
    """Whether the text ends with 。！？, closing quotes and brackets aside."""
    return bool(_SENTENCE_END.search(text))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, each with its final sign and the closing quotes and brackets after it."""
    whole = [part for part in _SENTENCE.findall(text) if part.strip()]
    return [piece for part in whole for piece in (_PIECE.findall(part) if len(part) > _LONGEST else [part])]


def read_lines(text: str) -> list[Line]:
    """The lines that carry words, cleaned; blank lines, page numbers, rules and charts are left out."""
    numbered = _without_charts(enumerate(_newlines(text).split("\n"), start=1))
    lines = [_line(number, each) for number, each in numbered]
    full = [line for line in lines if line.text]
    return [line for position, line in enumerate(full) if not _is_bare_page(full, position)]


def _without_charts(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    caption: tuple[int, str] | None = None
    in_chart = False
    for number, raw in lines:
        row = "\t" in raw.strip()
        in_chart = row and (in_chart or caption is not None)
        if caption is not None and not in_chart:
            yield caption
        caption = (number, raw) if _CHART.fullmatch(raw) else None
        if not in_chart and caption is None:
            yield number, raw
    if caption is not None:
        yield caption


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", " ")


def _line(number: int, raw: str) -> Line:
    """One line; what prints no words (a page number, a rule) has an empty text."""
    bare = raw.strip()
    text = tidy(bare)
    if _RULE.fullmatch(text) or _PAGE.fullmatch(text):
        return Line(number, "")
    hashes = _HASHES.match(bare)
    bullet = _BULLET.match(bare, hashes.end() if hashes else 0)
    begin = bullet or hashes
    text = tidy(bare[begin.end() :]) if begin else text
    return Line(number, text, _width(bare), len(hashes[1]) if hashes else 0, _cells(bare), bool(bullet))


def _cells(raw: str) -> tuple[str, ...]:
    if raw.count("|") < 2 and raw.count("\t") < 2:
        return ()
    cells = [tidy(cell) for cell in _CELL.split(raw.strip("|").strip())]
    if all(not cell or re.fullmatch(r":?-+:?", cell) for cell in cells):
        return ()
    return tuple(cells)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text[:200])


def _is_bare_page(lines: list[Line], position: int) -> bool:
    """Three digits alone on a line are a page number, unless the sentence before waits for them."""
    if not re.fullmatch(r"\d{1,3}", lines[position].text):
        return False
    torn = position > 0 and not closed(lines[position - 1].text)
    follows = position + 1 < len(lines) and _UNIT_START.match(lines[position + 1].text)
    return not (torn and follows)
