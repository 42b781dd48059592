"""Characters and lengths of a code, with reasons that name the position and what should stand there.

Only ASCII counts: `str.isdigit` would take Arabic-Indic or full-width digits for digits.
"""

import unicodedata

DIGITS = frozenset("0123456789")
UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
ALPHANUMERIC = DIGITS | UPPER

_NAMED = {
    " ": "空格",
    "\t": "制表符",
    "\n": "换行符",
    "\r": "回车符",
    "\0": "空字符（NUL）",
    "\u3000": "全角空格",
    "\u00a0": "不间断空格",
    "\ufeff": "字节顺序标记（BOM）",
}
_SHOWN = 24


def only(text: str, allowed: frozenset[str]) -> bool:
    """Whether the text is not empty and every character of it is allowed."""
    return bool(text) and allowed.issuperset(text)


def shown(text: str) -> str:
    """The text as it may stand in a sentence: unprintable characters escaped, at most 24 characters."""
    cut = text[:_SHOWN]
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return visible + "…" if len(text) > _SHOWN else visible


def named(char: str) -> str:
    """One character that should not be there, in words: what it is and, if that is plain, what should be."""
    if char in _NAMED:
        return _NAMED[char]
    if char in LOWER:
        return f"小写字母 {char}，应为大写 {char.upper()}"
    if not char.isprintable():
        return f"不可见字符 U+{ord(char):04X}"
    folded = unicodedata.normalize("NFKC", char)
    if folded != char and len(folded) == 1 and folded.isascii():
        return f"全角或变体字符「{char}」，应为半角 {folded}"
    return char if char.isascii() else f"「{char}」（U+{ord(char):04X}）"


def stray(text: str, allowed: frozenset[str], rule: str, offset: int = 0) -> str | None:
    """The reason for the first character outside `allowed`, or None.

    `offset` is how many characters of the whole code stand before `text`; `rule` says what is allowed there.
    """
    if allowed.issuperset(text):
        return None
    places = [i for i, char in enumerate(text) if char not in allowed]
    more = f"（另有{len(places) - 1}处）" if len(places) > 1 else ""
    what = named(text[places[0]])
    expected = "" if "应为" in what else f"，应为{rule}"
    return f"第{offset + places[0] + 1}位为{what}{expected}{more}"


def foreign(code: str) -> str | None:
    """The reason for the first character that no family holds (blank, control, not ASCII), or None."""
    if code.isascii() and code.isprintable() and " " not in code:
        return None
    allowed = frozenset(map(chr, range(0x21, 0x7F)))
    return stray(code, allowed, "半角数字或大写字母")


def wrong_length(code: str, *expected: int) -> str | None:
    """The reason where the length is none of the expected ones, or None."""
    if len(code) in expected:
        return None
    wanted = "或".join(str(n) for n in expected)
    return f"长度应为{wanted}位，实为{len(code)}位"


def dummy(code: str) -> str | None:
    """The reason where the code is one character repeated, as people type to fill a field, or None."""
    if len(code) < 2 or len(set(code)) > 1 or code[0] not in ALPHANUMERIC:
        return None
    return f"全部{len(code)}位都是同一字符 {code[0]}，是占位的假码"


def malformed(code: str, allowed: frozenset[str], rule: str, *lengths: int) -> list[str]:
    """Everything that keeps a code from being cut: dummy, length, characters. Empty where it can be cut."""
    if not code:
        return ["代码为空"]
    length = wrong_length(code, *lengths)
    characters = stray(code, allowed, rule) if length is None else foreign(code)
    return [reason for reason in (dummy(code), length, characters) if reason is not None]
