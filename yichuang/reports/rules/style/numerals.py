"""Numerals, days and units after GB/T 15835-2011 and the practice of official documents."""

import re
from collections.abc import Iterator
from datetime import date

from yichuang.reports.rules.style.findings import Finding

_DIGIT = "〇零一二三四五六七八九"
_ZERO = re.compile(r"(?<=年)0(?=[1-9]月)|(?<=月)0(?=[1-9]日)|(?<![\d.])0(?=[1-9]月\d{1,2}日)")
_HAN_DATE = re.compile(
    rf"(?<!农历)(?P<year>[{_DIGIT}]{{4}}年)?(?P<month>[一二三四五六七八九十]{{1,2}})月(?P<day>[一二三四五六七八九十]{{1,3}})日|(?P<only>二[〇零][{_DIGIT}]{{2}})年"
)
_SHORT_YEAR = re.compile(r"(?<![\d.])[0-4]\d年(?=\d{1,2}月)")
_DOTTED = re.compile(r"(?<![\d./-])((?:19|20)\d\d)([./-])(\d{1,2})\2(\d{1,2})(?![\d./-])")
_DAY = re.compile(
    r"(?:(?P<year>(?:19|20)\d\d)年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日(?:（(?:星期|周)(?P<week>[一二三四五六日天])）)?"
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)(?!,\d)")
_GREAT = re.compile(r"(?<![\d.,〔\[])([1-9]\d*)0000(?![\d.])(?=[个件元户人家次项亩吨])")
_THOUSAND = re.compile(
    r"\d+(?:\.\d+)?(?:千(?![米克瓦伏卡帕赫])(?=[万余多个件元户人家次项])|万\d+千|万\d{4}(?!\d))"
)
_PERCENT = re.compile(rf"百分之(?P<words>[{_DIGIT}十百]+(?:点[{_DIGIT}]+)?)")
_RANGE_UNIT = re.compile(
    r"(?<![\d.])(?P<left>\d+(?:\.\d+)?)(?P<mark>[—–~～至-])(?P<right>\d+(?:\.\d+)?)(?P<unit>[%万亿])"
)
_ABOUT = re.compile(
    r"(?P<first>大约|约|将近|接近|近|超过|超|逾)(?P<body>\d+(?:\.\d+)?[万亿]?(?:(?P<more>余|多)[^，。；、\d]{1,4}|[^，。；、\d余多]{1,5}?(?P<later>左右|上下|以上)))"
)
_FEWER = re.compile(r"(?:减少|下降|缩短|降低|压缩|缩减|压减)了?(?:近|约|超)?\d+(?:\.\d+)?倍")
_POINTS = re.compile(r"(?<=\d)%(?=个?百分点)")
_ORDINAL = re.compile(r"(?:(?<=[。；：，\n])|^)([1-9])(?=是[^\d])|(?<![\d第.])([1-4])(?=季度)")
_HAN = dict(enumerate(_DIGIT[1:]))
_WEEK = "一二三四五六日"


def leading_zeros(text: str) -> Iterator[Finding]:
    """05月 → 5月."""
    for found in _ZERO.finditer(text):
        yield Finding("leading-zero", *found.span(), "0", "删去前面的「0」", "")


def han_dates(text: str) -> Iterator[Finding]:
    """五月十三日 → 5月13日."""
    for found in _HAN_DATE.finditer(text):
        if found["only"]:
            right = f"{_year(found['only'])}年"
        else:
            year = f"{_year(found['year'][:-1])}年" if found["year"] else ""
            right = f"{year}{small_number(found['month'])}月{small_number(found['day'])}日"
        yield Finding("date-numerals", *found.span(), found[0], f"写成「{right}」", right)


def _year(words: str) -> str:
    return "".join("0" if sign in "〇零" else str(_DIGIT.index(sign) - 1) for sign in words)


def small_number(words: str) -> int:
    """二十三 → 23; what is no number under a hundred and more gives the sum of what it says."""
    total = current = 0
    for sign in words:
        if sign in "十百":
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
        elif sign in _DIGIT:
            current = max(_DIGIT.index(sign) - 1, 0)
    return total + current


def short_years(text: str) -> Iterator[Finding]:
    """22年5月."""
    for found in _SHORT_YEAR.finditer(text):
        yield Finding("short-year", *found.span(), found[0], "写全四位年份，例如「2022年」")


def dotted_dates(text: str) -> Iterator[Finding]:
    """2022.5.13 → 2022年5月13日."""
    for found in _DOTTED.finditer(text):
        right = f"{found[1]}年{int(found[3])}月{int(found[4])}日"
        yield Finding("dotted-date", *found.span(), found[0], f"写成「{right}」", right)


def real_days(text: str, year: int | None = None) -> Iterator[Finding]:
    """A day that no calendar has, or whose day of the week is another; `year` is that of the report."""
    for found in _DAY.finditer(text):
        stated = int(found["year"]) if found["year"] else year
        try:
            day = date(stated or 2024, int(found["month"]), int(found["day"]))
        except ValueError:
            yield Finding("no-such-day", *found.span(), found[0], "请核对月份和日期")
            continue
        if found["week"] and stated and _WEEK[day.weekday()] != found["week"].replace("天", "日"):
            how = f"{day.year}年{day.month}月{day.day}日是星期{_WEEK[day.weekday()]}，请核对"
            yield Finding("no-such-day", *found.span(), found[0], how)


def thousands(text: str) -> Iterator[Finding]:
    """369,861 → 369861."""
    for found in _THOUSANDS.finditer(text):
        right = found[0].replace(",", "")
        yield Finding("thousands", *found.span(), found[0], f"写成「{right}」", right)


def great_numbers(text: str) -> Iterator[Finding]:
    """10000000元 → 1000万元; 1.2千件."""
    for found in _GREAT.finditer(text):
        if len(found[0]) >= 6:
            right = f"{found[1]}万"
            yield Finding("great-number", *found.span(), found[0], f"可写成「{right}」", right)
    for found in _THOUSAND.finditer(text):
        yield Finding(
            "thousand-word", *found.span(), found[0], "写成全数，或以「万」「亿」为单位，例如「3.5万」"
        )


def percents(text: str) -> Iterator[Finding]:
    """百分之六十四 → 64%; 提高3%个百分点; 10～15% → 10%～15%."""
    for found in _PERCENT.finditer(text):
        whole, _, rest = found["words"].partition("点")
        right = f"{small_number(whole)}{f'.{_year(rest)}' if rest else ''}%"
        yield Finding("percent-words", *found.span(), found[0], f"写成「{right}」", right)
    for found in _POINTS.finditer(text):
        yield Finding("percent-points", *found.span(), "%", "删去百分号", "")
    for found in _RANGE_UNIT.finditer(text):
        right = f"{found['left']}{found['unit']}{found['mark']}{found['right']}{found['unit']}"
        yield Finding("range-unit", *found.span(), found[0], f"写成「{right}」", right)


def vague(text: str) -> Iterator[Finding]:
    """约40天左右, 近50余家: one of both is enough."""
    for found in _ABOUT.finditer(text):
        yield Finding("twice-about", *found.span(), found[0], f"写成「{found['body']}」", found["body"])


def fewer(text: str) -> Iterator[Finding]:
    """缩短3倍."""
    for found in _FEWER.finditer(text):
        yield Finding("fewer-times", *found.span(), found[0], "改写成百分比，或写明由多少减到多少")


def ordinals(text: str) -> Iterator[Finding]:
    """1是 → 一是, 1季度 → 一季度."""
    for found in _ORDINAL.finditer(text):
        right = _HAN[int(found[1] or found[2])]
        yield Finding("ordinal-digit", *found.span(), found[0], f"改为「{right}」", right)
