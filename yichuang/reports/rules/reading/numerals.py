"""Printed numbers: Chinese numerals, thousands signs, 万 and 亿, units. Exact, never through floats."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CHINESE = "〇○零一二三四五六七八九十百两"
_DIGITS = {
    sign: value for value, signs in enumerate(("〇○零", "一", "二两", "三", "四", "五")) for sign in signs
}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "万亿": 12}
_SCALE = "(?:万亿|千万|百万|亿|万|千|百(?!分))"
_PLAIN = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
UNITS = (
    "个百分点|百分点|个工作日|工作日|个自然日|人次|人·次|件次|批次|户次|场次|宗次|平方米|万元|小时|分钟|个月|%"
    "|元|件|个|项|人|家|户|次|份|条|张|本|通|宗|名|批|起|台|套|笔|单|期|场|篇|处|天|日|秒|倍|枚|类"
)
# 二十三件 is a count, 一件事 a name and 三个工作日 a limit: of one sign only before the plainest units.
_HAN_UNITS = (
    "人次|件次|户次|场次|件|户|家|人|份|条|宗|起|场|次|项|名|张|本|个(?!工作日|自然日|月|小时|百分点)"
)
_HAN = (
    rf"(?<![第{CHINESE}千万亿数几“])(?:[{CHINESE}千]{{2,9}}(?=[余多]?(?:{_HAN_UNITS})(?!事))"
    r"|[二两三四五六七八九十](?=(?:人次|件|户|份|宗)(?!事|套)))"
)
# Letters, × and + stand in names (S1, 7×24小时, 互联网+), 第 and 〔 before ordinals: none of these is a count.
NUMBER = re.compile(
    rf"(?P<parts>(?<![\d.A-Za-z第〔\[×+,]){_PLAIN}(?:{_SCALE}{_PLAIN})*|{_HAN})"
    rf"(?P<more>[余多]?)(?P<scale>{_SCALE}?)(?P<more_after>[余多]?)(?P<unit>{UNITS})?"
)
_PART = re.compile(rf"({_PLAIN})({_SCALE}?)")
_LONGEST = 15


@dataclass(frozen=True)
class Amount:
    """A value with the size of its last printed place: 12.3万 is 123000, known to the thousand."""

    value: Decimal
    place: Decimal
    approximate: bool = False

    @property
    def rounded(self) -> bool:
        """Whether the value was shortened for printing: it has decimals or stands in 万 or 亿."""
        return self.place != 1


def chinese_int(text: str) -> int | None:
    """The value of 12, 十二, 一百零五 or 二〇二二; None where it is no number."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    if not text or any(sign not in _DIGITS and sign not in "十百千" for sign in text) or len(text) > _LONGEST:
        return None
    if not set(text) & set(_TENS):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * _TENS[sign]
            digit = 0
    return total + digit


def amount(found: re.Match[str]) -> Amount | None:
    """The value of one match of NUMBER; None where it has more digits than any count can have."""
    approximate = bool(found["more"] or found["more_after"])
    spoken = (
        chinese_int(found["parts"]) if found["parts"][0] in _DIGITS or found["parts"][0] in _TENS else None
    )
    if spoken is not None:
        return Amount(Decimal(spoken), Decimal(1), approximate)
    parts = _PART.findall(found["parts"] + found["scale"])
    if sum(char.isdigit() for digits, _ in parts for char in digits) > _LONGEST:
        return None
    value, place = Decimal(0), Decimal(1)
    for digits, scale in parts:
        part = Decimal(digits.replace(",", ""))
        exponent = _SCALES.get(scale, 0)
        place = Decimal(1).scaleb(exponent + int(part.as_tuple().exponent))
        value += part.scaleb(exponent)
    return Amount(value, place, approximate)


def rounded_to(value: Decimal, place: Decimal) -> Decimal:
    """The value rounded half up to the last printed place."""
    return (value / place).quantize(Decimal(1), ROUND_HALF_UP) * place
