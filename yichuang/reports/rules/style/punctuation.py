"""Punctuation after GB/T 15834-2011, and the bracket of a document number after GB/T 9704-2012."""

import re
from collections.abc import Iterator

from yichuang.reports.rules.style.findings import Finding

_HAN = r"\u4e00-\u9fff"
_WIDE = str.maketrans(",;:?!", "，；：？！")
_HALF_POINT = re.compile(rf"(?<=[{_HAN}”’》）])[,;:?!]|[,;:?!](?=[{_HAN}“‘《（])")
_HALF_STOP = re.compile(rf"(?<=[{_HAN}”’》）])\.(?![.\w])")
_HALF_PAIR = re.compile(r"\(([^()（）\n]{0,80})\)")
_FULL_SIGNS = re.compile(r"[０-９Ａ-Ｚａ-ｚ％]+")
_DOCUMENT = re.compile(
    rf"(?<=[{_HAN}])(?P<open>[\[(（【［〔])(?P<year>(?:19|20)\d\d)(?P<close>[\])）】］〕])(?P<ordinal>第?)(?P<zeros>0*)(?P<number>\d+)号"
)
_PAIRS = {
    "“": "”",
    "‘": "’",
    "（": "）",
    "《": "》",
    "〈": "〉",
    "〔": "〕",
    "【": "】",
    "「": "」",
    "『": "』",
}
_CLOSING = {close: opening for opening, close in _PAIRS.items()}
_LIST_MARK = re.compile(r"(?:^|\n)\s*[\d一二三四五六七八九十]{1,3}$")
_STRAIGHT = re.compile(r"\"([^\"\n]{1,80})\"")
_REPEATED = re.compile(r"[，。、；：！？]{2,}")
_DOTS = re.compile(r"(?:\.{3,}|。{3,}|·{3,})")
_RANK = "、，：；！？。"
_LISTED = re.compile(r"(?<=[”》])、(?=[“《])")
_AND = re.compile(r"、(?=(?:和(?![谐平解气睦])|及(?![时格早第])|以及|并且))")
_RANGE = re.compile(
    r"(?<![\d.—～~–-])(?P<left>\d+(?:\.\d+)?(?P<unit>月\d{1,2}日|[日月年%])?)(?P<mark>[-–~])(?P<right>\d+(?:\.\d+)?)"
    r"(?=(?:个|天|日|月|年|%|万|亿|小时|分钟|人|件|家|项|元|周))"
)
_SPACE = re.compile(rf"(?<=[{_HAN}，。、；：！？”》）])[ \u3000]+(?=[{_HAN}“《（])")
_ENDED = re.compile(r"[。！？；：…][”’」』）》]*$")
_SHORTEST_PARAGRAPH = 12


def half_width(text: str) -> Iterator[Finding]:
    """Half-width marks beside Chinese, half-width brackets around Chinese."""
    for found in _HALF_POINT.finditer(text):
        wide = found[0].translate(_WIDE)
        yield Finding("half-width", *found.span(), found[0], f"改为全角「{wide}」", wide)
    for found in _HALF_STOP.finditer(text):
        yield Finding("half-width", *found.span(), ".", "改为句号「。」", "。")
    for found in _HALF_PAIR.finditer(text):
        if _beside_chinese(text, found) and not _DOCUMENT.match(text, found.start()):
            yield Finding("half-width", *found.span(), found[0], "改为全角括号", f"（{found[1]}）")


def _beside_chinese(text: str, found: re.Match[str]) -> bool:
    around = text[max(found.start() - 1, 0) : found.start()] + found[1]
    return re.search(rf"[{_HAN}]", around) is not None


def full_width(text: str) -> Iterator[Finding]:
    """Full-width digits, letters and per cent signs."""
    for found in _FULL_SIGNS.finditer(text):
        narrow = "".join(chr(ord(sign) - 0xFEE0) for sign in found[0])
        yield Finding("full-width", *found.span(), found[0], f"改为半角「{narrow}」", narrow)


def document_numbers(text: str) -> Iterator[Finding]:
    """川办发〔2022〕68号: six-cornered brackets, no 第, no leading zeros."""
    for found in _DOCUMENT.finditer(text):
        right = f"〔{found['year']}〕{found['number']}号"
        if found[0] != right:
            yield Finding("document-number", *found.span(), found[0], f"写成「{right}」", right)


def pairs(text: str) -> Iterator[Finding]:
    """Brackets, quotes and title marks: each opened one closed, none crossed, none inside its like."""
    stack: list[tuple[str, int]] = []
    for place, sign in enumerate(text):
        if sign in _PAIRS:
            if any(each == sign for each, _ in stack) and sign in "“《（":
                yield Finding("nested", place, place + 1, sign, f"里层改用「{_inner(sign)}」")
            stack.append((sign, place))
        elif sign in _CLOSING:
            yield from _closed(stack, sign, place, text)
    for sign, place in stack:
        yield Finding("unpaired", place, place + 1, sign, f"补上「{_PAIRS[sign]}」，或者删去「{sign}」")


def _inner(sign: str) -> str:
    return {"“": "‘ ’", "《": "〈 〉", "（": "〔 〕"}[sign]


def _closed(stack: list[tuple[str, int]], sign: str, place: int, text: str) -> Iterator[Finding]:
    wanted = _CLOSING[sign]
    if stack and stack[-1][0] == wanted:
        stack.pop()
        return
    opened = [n for n, (each, _) in enumerate(stack) if each == wanted]
    if opened:
        inner = stack[opened[-1] + 1][0]
        yield Finding("crossed", place, place + 1, sign, f"先用「{_PAIRS[inner]}」，再用「{sign}」")
        del stack[opened[-1]]
    elif not (sign == "）" and _LIST_MARK.search(text[:place])):
        yield Finding("unpaired", place, place + 1, sign, f"补上「{wanted}」，或者删去「{sign}」")


def straight_quotes(text: str) -> Iterator[Finding]:
    """Straight quotes around Chinese."""
    for found in _STRAIGHT.finditer(text):
        if re.search(rf"[{_HAN}]", found[1]):
            yield Finding("straight-quote", *found.span(), found[0], "改为弯引号", f"“{found[1]}”")


def repeated(text: str) -> Iterator[Finding]:
    """Two points in a row; three dots are an ellipsis."""
    for found in _REPEATED.finditer(text):
        if set(found[0]) == {"。"} and len(found[0]) > 2:
            continue
        kept = max(found[0], key=_RANK.index)
        yield Finding("repeated-mark", *found.span(), found[0], f"只留「{kept}」", kept)
    for found in _DOTS.finditer(text):
        yield Finding("repeated-mark", *found.span(), found[0], "改为省略号「……」", "……")


def missing_end(text: str) -> Iterator[Finding]:
    """A paragraph that breaks off without a full stop; short lines are headings."""
    start = 0
    for line in text.split("\n"):
        words = line.rstrip()
        end = start + len(words)
        if len(words) >= _SHORTEST_PARAGRAPH and not _ENDED.search(words):
            last = words[-1]
            if last in "，、,.;":
                yield Finding("missing-end", end - 1, end, last, "段末改为句号", "。")
            else:
                yield Finding("missing-end", end - 1, end, last, "段末补上句号", f"{last}。")
        start += len(line) + 1


def listed(text: str) -> Iterator[Finding]:
    """、 between quotes or titles that stand side by side."""
    for found in _LISTED.finditer(text):
        yield Finding("listed-quotes", *found.span(), "、", "删去顿号", "")


def comma_and(text: str) -> Iterator[Finding]:
    """、 before 和、及、以及."""
    for found in _AND.finditer(text):
        yield Finding("comma-and", *found.span(), "、", "删去连词前的顿号", "")


def ranges(text: str) -> Iterator[Finding]:
    """A hyphen or a half-width tilde between two amounts or two days."""
    for found in _RANGE.finditer(text):
        after = text[found.end() : found.end() + 1]
        mark = "—" if (found["unit"] and found["unit"] not in ("%",)) or after in "日月年" else "～"
        place = found.start("mark")
        yield Finding("range-mark", place, place + 1, found["mark"], f"改为「{mark}」", mark)


def spaces(text: str) -> Iterator[Finding]:
    """A space between two Chinese signs."""
    for found in _SPACE.finditer(text):
        yield Finding("stray-space", *found.span(), found[0], "删去空格", "")
