"""The numbers that stand in a text, and how each is found again after the words around it were edited.

What counts as a number is what GB/T 15835-2011 §4.1 writes in Arabic digits as a measured or counted amount. Days,
times, numbers of documents, ordinals, names and the marks of list items are written in digits too, but count nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CONTEXT = 10
_NEAR = 4
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")
_TIMES = {"万": 10_000, "亿": 100_000_000, "千": 1_000, "百": 100}
_SENTENCE_ENDS = "。！？；\n"


class Binding(StrEnum):
    """Where a number of the text comes from."""

    UNBOUND = "unbound"
    REGISTER = "register"
    TYPED = "typed"
    CONTRIBUTION = "contribution"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {
            Binding.UNBOUND: "未注明来源",
            Binding.REGISTER: "登记册",
            Binding.TYPED: "手工填写",
            Binding.CONTRIBUTION: "部门报送",
        }[self]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text: where it stands, how it is printed, what it is worth, in which unit."""

    start: int
    end: int
    printed: str
    value: Decimal
    unit: str
    before: str = ""
    after: str = ""


_UNITS = (
    "个工作日|工作日|个自然日|自然日|个小时|小时|分钟|秒|人次|件次|户次|家次|场次|批次|个百分点|平方公里|平方米|立方米|公里|千米|毫米|厘米|米|公顷|"
    "亩|吨|公斤|千克|元|美元|欧元|日元|个月|个|件|项|家|户|人|名|位|次|期|场|份|条|批|天|周|年|倍|成|岁|套|张|宗|所|支|台|艘|座|栋|处|类|册|部|"
    "级|班|组|辆|枚|株|头|只|座次|字|页|门|节|环节|轮|款|步|km|kg|km²|m²|m³|kV|MW|kW|MB|GB|%|℃|‰"
)
_NUMBER = re.compile(
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
    r"(?P<times> ?[万亿](?!一)|[百千](?=[余多]?[万亿]))?"
    r"(?P<gap> {0,2}[余多]? {0,2}(?P<later>[万亿])?)"
    rf"(?P<unit>{_UNITS})?"
)
_DAY = (
    r"(?:19|20)[0-9]{2} ?年(?:度|版|底|初|末)?(?: ?[0-9]{1,2} ?月(?:份|底|初|末)?(?: ?[0-9]{1,2} ?日)?)?"
    r"|[0-9]{1,2} ?月 ?[0-9]{1,2} ?日|[0-9]{1,2} ?月(?:份|底|初|末|上旬|中旬|下旬)?|[0-9]{1,2} ?日(?!内|以内)"
    r"|(?:19|20)[0-9]{2}(?: ?[—–~～至-] ?)(?:19|20)[0-9]{2} ?年"
    r"|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
)
_NO_AMOUNT = re.compile(
    "|".join(
        (
            r"《[^》\n]*》",
            r"(?:(?<=[。；：:;\n])|^)\s*[0-9]{1,2} ?[.．、](?:(?![0-9])|(?=[0-9]{1,2} ?月))",
            _DAY,
            r"[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?|[0-9]{1,2} ?时(?:[0-9]{1,2} ?分)?|[0-9]{1,2} ?点(?:[0-9]{1,2} ?分|整|半)",
            r"[〔\[【（(](?:19|20)[0-9]{2}[〕\]】）)] ?(?:第? ?[0-9]+ ?号)?",
            r"第 ?[0-9]+(?: ?[—–~～至、-] ?第? ?[0-9]+)*",
            r"[0-9]+(?: ?[—–-] ?[0-9]+)? ?号",
            r"[（(] ?[0-9]{1,2} ?[）)]",
            r"0[0-9]{2,3}[- ][0-9]{7,8}|[48]00[- ]?[0-9]{3}[- ]?[0-9]{4}|(?<![0-9])1[3-9][0-9]{9}(?![0-9])",
            r"(?<![0-9])12345(?![0-9])|[0-9]{3,5} ?(?:政务)?(?:服务)?(?:便民)?(?:热线|专线)|“ ?[0-9]+ ?”",
            r"[0-9]+(?:\.[0-9]+){2,}|[0-9]{14,}",
            r"[0-9]+ ?(?:[×✕*xX/]|[+＋]) ?[0-9A-Za-z]*(?:[+＋×][0-9A-Za-z]+)*",
            r"[+＋×/][0-9]+",
            r"[A-Za-z][A-Za-z_./-]*[ -]?[0-9]+[0-9A-Za-z./-]*",
            r"[0-9]+(?!km|kg|m²|m³|kV|MW|kW|MB|GB)[A-Za-z][A-Za-z0-9]*",
            r"[0-9]+ ?(?:世纪|年代|级地震|后(?=[青群职]))",
        )
    ),
    re.MULTILINE,
)


def numbers_in(text: str) -> list[Number]:
    """The numbers of a text in reading order, each with the words around it. Positions are those of `text`."""
    folded = text.translate(_FULL_WIDTH)
    plain = _NO_AMOUNT.sub(lambda found: "\0" * len(found[0]), folded)
    return [_number(text, found) for found in _NUMBER.finditer(plain)]


def _number(text: str, found: re.Match[str]) -> Number:
    times, later = (found["times"] or "").strip(), found["later"] or ""
    end = found.end("times") if times else found.end("digits")
    value = Decimal(found["digits"].replace(",", "")) * _TIMES.get(times, 1) * _TIMES.get(later, 1)
    start = found.start("digits")
    return Number(
        start,
        end,
        text[start:end],
        value,
        found["unit"] or "",
        text[max(0, start - CONTEXT) : start],
        text[end : end + CONTEXT],
    )


def sentence_of(text: str, number: Number) -> str:
    """The sentence in which a number stands."""
    start = max(text.rfind(sign, 0, number.start) for sign in _SENTENCE_ENDS) + 1
    ends = [place for sign in _SENTENCE_ENDS if (place := text.find(sign, number.end)) >= 0]
    return text[start : min(ends, default=len(text)) + 1].strip()


def printed_value(printed: str) -> Decimal | None:
    """What a number is worth that stands alone; None for what is no number."""
    found = _NUMBER.match(printed.strip().translate(_FULL_WIDTH))
    return _number(printed.strip(), found).value if found else None


def decimal_text(value: Decimal | int) -> str:
    """The value in plain digits without needless zeros: 64.29, 300000."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Anchor:
    """A number as it stood when it was last seen: its print, its unit and the words around it."""

    printed: str
    unit: str
    before: str
    after: str


def anchor_of(number: Number) -> Anchor:
    """What is remembered of a number to find it again."""
    return Anchor(number.printed, number.unit, number.before, number.after)


def agrees(number: Number, value: Decimal) -> bool:
    """Whether a number says what a register states: equal in its last printed place (rounded half up).

    约, 近 and 左右 allow a twentieth, 余 and 多 what does not reach the next leading digit.
    """
    after = number.after.lstrip()
    leading = Decimal(10) ** max(0, number.value.adjusted())
    if after[:1] in ("余", "多"):
        return number.value <= value < number.value + leading
    if number.before.rstrip()[-1:] in ("约", "近") or "左右" in after[:6]:
        return abs(value - number.value) * 20 <= number.value
    digits = number.printed.translate(_FULL_WIDTH).rstrip(" 万亿百千").replace(",", "")
    scale = number.value / Decimal(digits) if Decimal(digits) else Decimal(1)
    place = Decimal(1).scaleb(int(Decimal(digits).as_tuple().exponent))
    return (value / scale).quantize(place, ROUND_HALF_UP) == Decimal(digits)


def anchored(numbers: Sequence[Number], anchors: Sequence[Anchor]) -> list[int | None]:
    """For every number now the place of its anchor before, None for a new one; no anchor is used twice.

    Both in reading order. First the pairs that keep that order are chosen so that as much print and context as
    possible agrees, then a sentence that was moved finds its numbers by print and context.
    """
    if [anchor_of(number) for number in numbers] == list(anchors):
        return list(range(len(numbers)))
    found = _in_order(numbers, anchors)
    left = sorted(set(range(len(anchors))) - {place for place in found if place is not None})
    for index, number in enumerate(numbers):
        if found[index] is None:
            best = max(left, key=lambda place: _score(number, anchors[place]), default=None)
            if best is not None and _score(number, anchors[best]) >= _EXACT + _NEAR:
                found[index] = best
                left.remove(best)
    return found


_EXACT = 100


def _score(number: Number, anchor: Anchor) -> int:
    """How surely the two are the same number; 0: they are not.

    The same print is the same number even where all words changed. Another print is taken for a corrected value
    only between the same words and in the same unit.
    """
    around = _common(number.before[::-1], anchor.before[::-1]), _common(number.after, anchor.after)
    if number.printed == anchor.printed and number.unit == anchor.unit:
        return _EXACT + sum(around)
    if number.printed == anchor.printed:
        return _EXACT // 2 + sum(around) if sum(around) >= _NEAR else 0
    if number.unit == anchor.unit and min(around[0], len(anchor.before)) >= min(_NEAR, len(anchor.before)):
        return sum(around) if sum(around) >= _NEAR and around[1] >= min(2, len(anchor.after)) else 0
    return 0


def _common(first: str, second: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )


def _in_order(numbers: Sequence[Number], anchors: Sequence[Anchor]) -> list[int | None]:
    """The order-keeping pairs with the greatest sum of scores."""
    rows, columns = len(numbers), len(anchors)
    scores = [[_score(number, anchor) for anchor in anchors] for number in numbers]
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            pair = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    found: list[int | None] = [None] * rows
    found_pairs = _walk(scores, best)
    for i, j in found_pairs:
        found[i] = j
    return found


def _walk(scores: list[list[int]], best: list[list[int]]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(scores) and j < len(scores[i]):
        if scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
