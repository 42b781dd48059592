"""Numbers that disagree within the text: lists, ordinals, parts and sums, shares, one thing with two values."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from yichuang.reports.rules.style.findings import Finding
from yichuang.reports.rules.style.numerals import small_number

_HAN = "一二三四五六七八九十"
_ORDINAL = re.compile(
    r"(?:(?<=[。；：，！\n“])|^)\s*(?P<number>[一二三四五六七八九]|十[一二]?)(?P<kind>是|要)"
)
_COUNT = re.compile(
    rf"(?P<number>\d{{1,2}}|[{_HAN}两]{{1,2}})(?P<unit>个方面|项|点|条|大|个|方面|步)(?P<noun>[^，。；：\d{_HAN}]{{0,8}})[：:，。]?$"
)
_PARTS = re.compile(
    r"(?P<total>\d+)(?P<unit>件|个|项|家|人|户|人次|份|宗|起|台|场)[^。；\d]{0,12}，?其中[：，]?(?P<rest>[^。；]*)"
)
_PART = re.compile(r"(?<![\d.])(?P<number>\d+)(?P<unit>件|个|项|家|人次|人|户|份|宗|起|台|场)")
_SHARE = re.compile(r"(?:占比|占)(?:达|为|约)?(?P<share>\d+(?:\.\d+)?)%")
_AMOUNT = re.compile(r"(?<![\d.—～~–-])(?P<number>\d+)(?P<unit>[件个项家人户份])(?!月|工作日|自然日|市|县)")
_MEASURE = re.compile(
    r"(?:^|[，。；：、\n])(?P<key>[\u4e00-\u9fff（）]{5,24}?)(?P<number>\d+(?:\.\d+)?)(?P<unit>万?[件个项家人户份次元]+)"
)
_FLOWING = re.compile(
    r"其中|本周|近日|今年|去年|同比|分别|每|较|由|从|新增|另|增加|减少|仅|约|平均|用时|超过|组织|为|等"
)


def lists(text: str) -> Iterator[Finding]:
    """3项任务：一是…四是…; 一是…三是…."""
    expected, announced = 1, None
    for found in _ORDINAL.finditer(text):
        number = small_number(found["number"])
        if number == 1:
            yield from _told(announced, expected - 1)
            announced, expected = _COUNT.search(text[: found.start("number")].rstrip("：:，。 \n")), 2
        elif expected > 1:
            if number != expected:
                how = f"这里应为「{_ordinal(expected)}{found['kind']}」，请核对有无漏项"
                yield Finding("list-order", *found.span("number"), found["number"], how)
            expected = number + 1
    yield from _told(announced, expected - 1)


def _ordinal(number: int) -> str:
    return _HAN[number - 1] if number <= len(_HAN) else f"十{_HAN[number - 11]}"


def _told(announced: re.Match[str] | None, listed: int) -> Iterator[Finding]:
    if announced is None or listed < 2:
        return
    raw = announced["number"]
    said = int(raw) if raw.isdigit() else small_number(raw.replace("两", "二"))
    if said != listed and said > 1:
        span = announced.span("number")
        yield Finding("count-list", *span, raw, f"前面说{raw}{announced['unit']}，后面列了{listed}项，请核对")


def parts(text: str) -> Iterator[Finding]:
    """受理12件，其中许可8件、服务5件."""
    for found in _PARTS.finditer(text):
        named = _PART.findall(found["rest"])
        same = [int(number) for number, unit in named if unit == found["unit"]]
        if len(same) > 1 and sum(same) > int(found["total"]):
            how = f"「其中」各项相加为{sum(same)}，大于{found['total']}，请核对"
            yield Finding("parts-over-sum", *found.span("total"), found["total"], how)


def shares(text: str) -> Iterator[Finding]:
    """1655个…完成1064个…占比64.29%: recomputed where the sentence has both numbers and no third."""
    start = 0
    for sentence in re.split(r"(?<=[。；\n])", text):
        found = list(_SHARE.finditer(sentence))
        amounts = [(int(each["number"]), each["unit"]) for each in _AMOUNT.finditer(sentence)]
        if len(found) == 1 and len(amounts) == 2 and amounts[0][1] == amounts[1][1]:
            yield from _share(found[0], [number for number, _ in amounts], start)
        start += len(sentence)


def _share(found: re.Match[str], amounts: Sequence[int], start: int) -> Iterator[Finding]:
    small, great = sorted(amounts)
    if not great:
        return
    exact = Decimal(small) * 100 / Decimal(great)
    said = Decimal(found["share"])
    last_place = Decimal(1).scaleb(-len(found["share"].partition(".")[2]))
    if abs(exact - said) > last_place:
        how = f"{small}占{great}的{exact.quantize(Decimal('0.01'))}%，请核对"
        yield Finding(
            "wrong-share", start + found.start("share"), start + found.end(), found["share"] + "%", how
        )


def two_values(texts: Sequence[str]) -> Iterator[tuple[int, Finding]]:
    """The same words before two different numbers, anywhere in the issue: the later is shown with the earlier."""
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for place, text in enumerate(texts):
        for found in _MEASURE.finditer(text):
            key = (found["key"], found["unit"])
            if _FLOWING.search(found["key"]):
                continue
            before = first.setdefault(key, (found["number"], place))
            if before[0] != found["number"]:
                how = f"前文「{found['key']}」是{before[0]}{found['unit']}，这里是{found['number']}{found['unit']}，请核对"
                yield place, Finding("two-values", *found.span("number"), found["number"], how)
