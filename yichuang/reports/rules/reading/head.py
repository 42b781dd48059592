"""The head of a report: title, number and total number, issuing body, day of issue, period, overall heading."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from .dates import FULL_DATE, RANGE, Span, full_date, make_date, resolve, span
from .figures import has_figure
from .numerals import CHINESE, chinese_int
from .outline import mark_of
from .report import Period
from .text import Line, ends_sentence, join

_NUMERAL = rf"\d{{1,5}}|[{CHINESE}]{{1,6}}"
_TOTAL = re.compile(rf"[（(\[]?总(?:第(?P<n>{_NUMERAL})期?|(?:期数)?[：:]?(?P<bare>{_NUMERAL})期?)[)）\]]?")
_YEAR = rf"(?:19|20)\d\d|[{CHINESE}]{{4}}"
_NUMBER = re.compile(
    rf"[（(〔\[]?(?:(?P<y>{_YEAR})年?(?:度)?[)）〕\]]?)?(?:第(?P<n>{_NUMERAL})[期号]|(?<!\d)(?P<bare>{_NUMERAL})期)[)）〕\]]?"
    rf"|〔(?P<y2>{_YEAR})〕(?P<n2>{_NUMERAL})号"
)
_MONTH = re.compile(r"[（(]?(?P<y>(?:19|20)\d\d)年(?P<m>\d{1,2})月份?[)）]?")
_TITLE = re.compile(r".{0,30}(?:周报|简报|月报|旬报|快报|日报|季报|要报|通报|专报|要情|动态|信息)")
_LABEL = re.compile(r"(?:(?:主办|编印|编发|编制|发布|发文|印发|编报|报送)(?:单位|机关|部门)?|单位|来源)[：:]")
_DAY_LABEL = re.compile(
    r"(?:(?:印发|发布|编发|报送|签发|出版)?(?:日期|时间)|(?:统计)?(?:时段|周期|时间段|期间))[：:]"
)
_ISSUER = re.compile(
    r"[\u4e00-\u9fff（）()]{3,40}(?:中心|局|办公室|办|厅|委员会|政府|大厅|处|署)(?:[（(].{1,12}[)）])?"
)
_HEADING = re.compile(r"[\u4e00-\u9fff“”（）()、—]{2,24}")
_TORN_DAY = re.compile(r"(?:19|20)\d\d年?(?:\d{1,2}月?)?(?:\d{1,2})?$")
_BARE_BRACKETS = re.compile(r"[（(][，,、\s]*[)）]")
_EMPTY = re.compile(r"[（）()\[\]【】〔〕\s，,。:：—\-]*")


@dataclass
class Head:
    """What the head prints; the period is resolved once the day of issue is known."""

    title: str | None = None
    heading: str | None = None
    year: int | None = None
    number: int | None = None
    total: int | None = None
    issuer: str | None = None
    issued_on: date | None = None
    printed_period: Span | None = None
    period_line: Line | None = None
    month: tuple[int, int] | None = None
    unplaced: list[Line] = field(default_factory=list)

    @property
    def recognised(self) -> bool:
        """Whether anything says that this is a report at all."""
        return any((self.title, self.number, self.issuer, self.issued_on, self.printed_period))

    def period(self) -> Period:
        """The days covered; empty where they are not printed or do not exist."""
        if self.printed_period is not None:
            found = resolve(self.printed_period, self.year, self.issued_on, self.number)
            return Period(*found) if found else Period()
        if self.month is not None:
            year, month = self.month
            return Period(make_date(year, month, 1), make_date(year, month, monthrange(year, month)[1]))
        return Period()


def split_head(lines: Sequence[Line]) -> int:
    """How many lines stand before the first heading, item, table row or sentence."""
    for position, line in enumerate(lines):
        mark = mark_of(line)
        if (
            line.cells
            or line.hashes > 1
            or has_figure(line.text)
            or line.text.startswith("【")
            or (mark and not _NUMBER.match(line.text))
        ):
            return position
        if ends_sentence(line.text) or _is_sentence(line.text) or len(line.text) > 60:
            return position
    return len(lines)


def _is_sentence(text: str) -> bool:
    return "，" in text and not _NUMBER.search(text)


def read_head(lines: Sequence[Line]) -> Head:
    """Reads the head; lines that say nothing known are left in `unplaced`."""
    head = Head()
    for line in _whole_lines(lines):
        _read_line(head, line)
    if not head.recognised:
        head.heading, head.unplaced = None, list(lines)
    if head.year is None and head.issued_on is not None:
        head.year = head.issued_on.year
    return head


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Puts a line with an open bracket or half a day together with the next one."""
    whole: list[Line] = []
    for line in lines:
        before = whole[-1].text if whole else ""
        bracket_open = len(re.findall("[（(]", before)) > len(re.findall("[）)]", before))
        if bracket_open or (_TORN_DAY.search(before) and re.match(r"\d|[月日]", line.text)):
            whole[-1] = Line(whole[-1].number, join([before, line.text]), line.width)
        else:
            whole.append(line)
    return whole


def _read_line(head: Head, line: Line) -> None:
    rest = _DAY_LABEL.sub("", line.text)
    for take in (_take_total, _take_number, _take_period, _take_day, _take_month):
        rest = take(head, rest)
    if head.printed_period is not None and head.period_line is None:
        head.period_line = line
    rest = _LABEL.sub("", _BARE_BRACKETS.sub("", rest)).strip("，,、；;")
    if _EMPTY.fullmatch(rest):
        return
    if head.title is None and _TITLE.fullmatch(rest) and len(rest) <= 30:
        head.title = rest
    elif head.issuer is None and _ISSUER.fullmatch(rest):
        head.issuer = rest
    elif head.heading is None and _HEADING.fullmatch(rest):
        head.heading = rest
    else:
        head.unplaced.append(line)


def _cut(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + text[found.end() :]


def _take_total(head: Head, text: str) -> str:
    found = _TOTAL.search(text)
    if found is None or head.total is not None:
        return text
    head.total = chinese_int(found["n"] or found["bare"])
    return _cut(text, found)


def _take_number(head: Head, text: str) -> str:
    found = _NUMBER.search(text)
    if found is None or head.number is not None:
        return text
    head.number = chinese_int(found["n"] or found["bare"] or found["n2"])
    year = found["y"] or found["y2"]
    head.year = chinese_int(year) if year else None
    return _cut(text, found)


def _take_period(head: Head, text: str) -> str:
    found = RANGE.search(text)
    if found is None or head.printed_period is not None:
        return text
    head.printed_period = span(found)
    return _cut(text, found)


def _take_day(head: Head, text: str) -> str:
    found = FULL_DATE.search(text)
    if found is None or head.issued_on is not None:
        return text
    day = full_date(found)
    if day is None:
        return text
    head.issued_on = day
    return _cut(text, found)


def _take_month(head: Head, text: str) -> str:
    found = _MONTH.search(text)
    if found is None or head.month is not None or not 1 <= int(found["m"]) <= 12:
        return text
    head.month = (int(found["y"]), int(found["m"]))
    return _cut(text, found)
