"""What span a figure covers, told by the words before it: 本周, 今年以来, 截至目前, 1月1日至7月22日."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from .dates import SPAN_IN_TEXT, make_date, nearest, resolve, span
from .lexicon import EARLIER
from .report import Period, Scope

# 较上周, 比去年同期: a comparison does not move the figure to the other week.
_COMPARED = re.compile(r"(?:较|比|与|同)[^，,；;。\d]{1,8}")


@dataclass(frozen=True)
class Span:
    """The span in force at one place of a paragraph; `used` says whether a figure was read in it already."""

    scope: Scope
    text: str | None
    as_of: date | None
    used: bool = False

    @property
    def waiting(self) -> bool:
        """Named, and no figure read in it yet."""
        return self.text is not None and not self.used


_LAST_MONTH = {"前三季度": 9, "一季度": 3, "上半年": 6, "二季度": 6, "三季度": 9, "四季度": 12}
_BRACKET_CLOSED = re.compile(r"[^（(]*[)）]")
Rule = Callable[["Spans", re.Match[str]], Span]


class Spans:
    """Follows the words of time through one paragraph."""

    def __init__(self, period: Period, year: int | None) -> None:
        self._period = period
        self._year = year
        self.now = Span(Scope.WEEK, None, period.last)
        self._main = self.now

    def use(self, *, compared: bool = False) -> Span:
        """The span of a figure read here; a growth after the figure of 上周 is one of this week again."""
        if compared:
            return self._main
        found, self.now = self.now, replace(self.now, used=True)
        return found

    def read(self, words: str) -> None:
        """Takes in the words between two figures; of words that overlap the first and longest counts."""
        if EARLIER.fullmatch(self.now.text or "") and _BRACKET_CLOSED.match(words):
            self.now = self._main
        plain = _COMPARED.sub(lambda found: "　" * len(found[0]), words)
        matches = [(found, rule) for pattern, rule in _RULES for found in pattern.finditer(plain)]
        end = 0
        for found, rule in sorted(matches, key=lambda each: (each[0].start(), -each[0].end())):
            if found.start() >= end:
                self.now = rule(self, found)
                self._main = self._main if rule is Spans._before else self.now
                end = found.end()

    def _range(self, found: re.Match[str]) -> Span:
        printed = span(found)
        days = resolve(printed, self._year, self._period.last, None)
        scope = Scope.YEAR_TO_DATE if printed.first[1:] == (1, 1) else Scope.WEEK
        return Span(scope, found[0], days[1] if days else None)

    def _months(self, found: re.Match[str]) -> Span:
        year, month = int(found["y"] or self._year or 0), int(found["m"])
        as_of = make_date(year, month, monthrange(year, month)[1]) if year and 1 <= month <= 12 else None
        return Span(Scope.YEAR_TO_DATE, found[0], as_of)

    def _quarters(self, found: re.Match[str]) -> Span:
        year = int(found["y"] or self._year or 0)
        month = next(last for word, last in _LAST_MONTH.items() if word in found[0])
        as_of = make_date(year, month, monthrange(year, month)[1]) if year else None
        alone = found[0][-3] in "二三四" and not found[0].endswith("前三季度")
        return Span(Scope.WEEK if alone else Scope.YEAR_TO_DATE, found[0], as_of)

    def _this_year(self, found: re.Match[str]) -> Span:
        until_day = self.now.waiting and self.now.scope is Scope.TO_DATE
        return Span(Scope.YEAR_TO_DATE, found[0], self.now.as_of if until_day else self._period.last)

    def _this_week(self, found: re.Match[str]) -> Span:
        return Span(Scope.WEEK, found[0], self._period.last)

    def _before(self, found: re.Match[str]) -> Span:
        return Span(self.now.scope, found[0], None)

    def _until_day(self, found: re.Match[str]) -> Span:
        year, month, day = int(found["y"] or 0), int(found["m"]), int(found["d"])
        if not year and self._period.last is not None:
            as_of = nearest(month, day, self._period.last)
        else:
            as_of = make_date(year or self._year, month, day)
        return Span(self._total_scope(), found[0], as_of)

    def _until_month(self, found: re.Match[str]) -> Span:
        year, month = int(found["y"] or self._year or 0), int(found["m"])
        as_of = make_date(year, month, monthrange(year, month)[1]) if year and 1 <= month <= 12 else None
        return Span(self._total_scope(), found[0], as_of)

    def _until_now(self, found: re.Match[str]) -> Span:
        return Span(self._total_scope(), found[0], self._period.last)

    def _total_scope(self) -> Scope:
        """今年以来截至5月13日 stays a figure of the year."""
        year = self.now.waiting and self.now.scope is Scope.YEAR_TO_DATE
        return Scope.YEAR_TO_DATE if year else Scope.TO_DATE

    def _sum(self, found: re.Match[str]) -> Span:
        """累计 begins a total to date, unless a span was just named or figures are of the year already."""
        if self.now.waiting or self.now.scope is Scope.YEAR_TO_DATE:
            return self.now
        return Span(Scope.TO_DATE, found[0], self._period.last)


_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (SPAN_IN_TEXT, Spans._range),
    (
        re.compile(r"(?:(?P<y>(?:19|20)\d\d)年)?(?<!\d)1月?(?:-|—|－|至|到|~)(?P<m>\d{1,2})月(?!\d)"),
        Spans._months,
    ),
    (re.compile(r"(?:(?P<y>(?:19|20)\d\d)年)?(?:前三季度|第?[一二三四]季度|上半年)"), Spans._quarters),
    (re.compile("今年以来|今年|年初以来|年初至今|年内|本年度|本年累计|本年|年度累计|全年"), Spans._this_year),
    (re.compile("本周|当周|一周以来|本期|本月|当月|本旬|本季度|今日|当日|周内"), Spans._this_week),
    (re.compile("上周|前一周|上月|上季度|去年同期|上年同期|去年|上年|同期"), Spans._before),
    (re.compile(r"截[至止]到?(?:(?P<y>(?:19|20)\d\d)年?)?(?P<m>\d{1,2})月[底末]"), Spans._until_month),
    (
        re.compile(r"截[至止]到?(?:(?P<y>(?:19|20)\d\d)年?)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?"),
        Spans._until_day,
    ),
    (
        re.compile("截[至止]到?(?:目前|今|现在|本周末?|当前)|历史累计|(?:开办|成立|运行|上线|启用)以来"),
        Spans._until_now,
    ),
    (re.compile("累计|目前|至今"), Spans._sum),
)
