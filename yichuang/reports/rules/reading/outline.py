"""The tree of headings and items: 一、 then （一） then (1) or 1., with hard line breaks undone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from .figures import has_figure
from .numerals import CHINESE, chinese_int
from .text import Line, closed, ends_sentence, join

_CN = f"[{CHINESE}]{{1,3}}"
_MARKS = (
    (1, re.compile(rf"(?P<n>{_CN})[、．.](?P<rest>.*)")),
    (2, re.compile(rf"[（(](?P<n>{_CN})[)）][、.]?(?P<rest>.*)")),
    (3, re.compile(r"[（(](?P<n>\d{1,2})[)）][、.]?(?P<rest>.*)")),
    # 1.11月14日 is item 1 and a day; 1.5亿元 is a number.
    (3, re.compile(r"(?P<n>\d{1,2})(?:[、．]|\.(?=\D|\d{1,2}月|(?:19|20)\d\d年)|[)）])(?P<rest>.*)")),
)
_BRACKETED = re.compile(r"【(?P<heading>[^】]{1,30})】(?P<rest>.*)")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_RUN_IN = re.compile(r"(?P<heading>[^。：:]{1,40})[。：:](?P<rest>.*)")
_NOT_A_HEADING = re.compile(r"本周|近日|日前|今年|截至|目前|\d{1,2}月\d{1,2}日|一是")
_NOT_WHOLE = re.compile(r"[，。；：:,;\d]|[约的和及与为在对于将把第]$")
_CONTINUES = re.compile(r"[二三四五六七八九十]是|[，、。；）)”]|其[二三四五]")
_LABELLED = re.compile(r"[^，。；：:]{1,15}[：:][^，。]{0,20}\d")
_INSPECTED = re.compile(r"(?P<heading>[^，。：:]{2,16}(?:情况|秩序|纪律))[。：:](?P<rest>[^\s].*)")
_WORDS = re.compile(r"[\u4e00-\u9fff（）()、“”]+")
_INSPECTION = re.compile(r"巡查|巡检")


@dataclass
class Paragraph:
    """The lines of one item while it is being read; `mark` is its number, 0 where it has none."""

    lines: list[Line]
    parts: list[str]
    mark: int = 0
    table: bool = False

    @property
    def tail(self) -> str:
        """The last line so far."""
        return self.parts[-1]

    @property
    def text(self) -> str:
        return self.parts[0] if self.table else join(self.parts)


@dataclass
class Part:
    """A heading with its items while it is being read; level 0 stands before the first heading."""

    level: int
    heading: str
    line: Line | None = None
    items: list[Paragraph] = field(default_factory=list)


@dataclass(frozen=True)
class Mark:
    """The number in front of a line, and what follows it."""

    level: int
    ordinal: int
    rest: str
    dotted: bool = False


def mark_of(line: Line) -> Mark | None:
    """The heading or item number that a line begins with."""
    if line.text[0] in _CIRCLED:
        return Mark(3, _CIRCLED.index(line.text[0]) + 1, line.text[1:])
    for level, pattern in _MARKS:
        found = pattern.fullmatch(line.text)
        ordinal = chinese_int(found["n"]) if found else None
        if found and ordinal:
            return Mark(level, ordinal, found["rest"].strip(), dotted=pattern is _MARKS[-1][1])
    return None


def wrapped_width(lines: Sequence[Line]) -> float:
    """The width at which the file breaks its lines, or infinity where it breaks only between paragraphs."""
    torn = [line.width for line in lines if line.width > 30 and not closed(line.text)]
    return float(median(torn)) * 0.93 if len(torn) >= 6 and len(torn) * 4 >= len(lines) else float("inf")


class Outline:
    """Reads the body line by line; `parts` is the tree in printed order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.parts: list[Part] = [Part(0, "")]
        self._wrap = wrapped_width(lines)
        self._seen: dict[int, int] = {1: 0, 2: 0, 3: 0}
        self._in_inspection = False
        self._following: Line | None = None
        self._numbered = any((mark := mark_of(line)) and mark.level == 1 for line in lines)
        for line, following in zip(lines, [*lines[1:], None], strict=False):
            self._following = following
            self._read(line)

    def _read(self, line: Line) -> None:
        if line.cells:
            self._open(Paragraph([line], [" | ".join(line.cells)], table=True))
            return
        bracketed = _BRACKETED.fullmatch(line.text)
        if bracketed and self._may_begin():
            self._head(1, bracketed["heading"], line, bracketed["rest"])
            return
        mark = mark_of(line)
        if mark is not None and self._begins(mark):
            self._marked(line, mark)
        elif line.hashes and mark is None:
            self._head(max(line.hashes - 1, 1), line.text, line, "")
        else:
            self._plain(line)

    def _last(self) -> Paragraph | None:
        items = self.parts[-1].items
        return items[-1] if items and not items[-1].table else None

    def _may_begin(self) -> bool:
        last = self._last()
        return last is None or closed(last.tail)

    def _begins(self, mark: Mark) -> bool:
        """A mark counts after a closed paragraph, or where it is the next of its kind (but never after 第)."""
        if self._may_begin():
            return True
        last = self._last()
        return (
            last is not None and not last.tail.endswith("第") and mark.ordinal == self._seen[mark.level] + 1
        )

    def _marked(self, line: Line, mark: Mark) -> None:
        self._seen[mark.level] = mark.ordinal
        if mark.level == 3:
            if self._is_small_heading(line, mark):
                self._head(3, mark.rest, line, "")
            else:
                self._open(Paragraph([line], [mark.rest], mark=mark.ordinal))
            return
        heading, rest = self._split(mark.rest, line)
        if heading is None:
            self._open(Paragraph([line], [rest], mark=mark.ordinal))
            return
        self._head(mark.level, heading, line, rest)

    def _split(self, text: str, line: Line) -> tuple[str | None, str]:
        """Heading and text that runs on after it; no heading where the line is a numbered sentence."""
        run_in = _RUN_IN.fullmatch(text)
        heading = run_in["heading"] if run_in else text
        if _NOT_A_HEADING.search(heading) or has_figure(heading) or len(heading) > 40:
            return None, text
        if run_in is None:
            return (heading, "") if not ends_sentence(text) and line.width < self._wrap else (None, text)
        return heading, run_in["rest"]

    def _is_small_heading(self, line: Line, mark: Mark) -> bool:
        """1.政务大厅 above a paragraph; a numbered line above another number is an item without its full stop."""
        short = mark.dotted and 0 < len(mark.rest) <= 20 and line.width < self._wrap
        if not short or _NOT_WHOLE.search(mark.rest) or self._following is None:
            return False
        below = mark_of(self._following)
        return below is None or not below.dotted

    def _is_bare_heading(self, line: Line) -> bool:
        """In a text without 一、 a short line of words alone, after a closed paragraph, is a heading."""
        short = 2 <= len(line.text) <= 20 and line.width < self._wrap
        return short and self._may_begin() and bool(_WORDS.fullmatch(line.text))

    def _head(self, level: int, heading: str, line: Line, rest: str) -> None:
        for below in range(level + 1, 4):
            self._seen[below] = 0
        if level == 1:
            self._in_inspection = bool(_INSPECTION.search(heading))
        self.parts.append(Part(level, heading.strip("*"), line))
        if rest:
            self._open(Paragraph([line], [rest]))

    def _open(self, paragraph: Paragraph) -> None:
        self.parts[-1].items.append(paragraph)

    def _plain(self, line: Line) -> None:
        inspected = _INSPECTED.fullmatch(line.text) if self._in_inspection and self._may_begin() else None
        if inspected:
            self._head(2, inspected["heading"], line, inspected["rest"])
            return
        if not self._numbered and self._is_bare_heading(line):
            self._head(1, line.text, line, "")
            return
        last = self._last()
        bulleted = line.bullet and self._may_begin()
        if last is None or bulleted or self._new_paragraph(last, line):
            self._open(Paragraph([line], [line.text], mark=int(bulleted)))
            return
        last.lines.append(line)
        last.parts.append(line.text)

    def _new_paragraph(self, last: Paragraph, line: Line) -> bool:
        """Unmarked text goes on with a numbered item; else a closed, short last line ends a paragraph."""
        torn = last.lines[-1].width >= self._wrap
        if _LABELLED.match(line.text) and not torn:
            return closed(last.tail) or bool(_LABELLED.match(last.parts[0]))
        if last.mark or _CONTINUES.match(line.text):
            return False
        return ends_sentence(last.tail) and not torn
