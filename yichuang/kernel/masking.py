"""Masking of personal data: the one place that says how much of a number, a name or an address is shown.

No national rule fixes the digits; the stricter local form is taken. The first six and last four of an identity number
would, with a birth date on the same page, give all eighteen away: so the first two and the last three stay.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

STAR = "*"
_SPACE = re.compile(r"[\s\-]+")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})")
# Full-width digits are digits to whoever reads them.
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15}|(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2})(?!\d)")
_NOT_A_PLACE = "路街巷弄号栋幢楼室村组社园苑小0-9０-９A-Za-zＡ-Ｚａ-ｚ\\s"
_PLACE = f"[^{_NOT_A_PLACE}]"
_TOWNSHIP = re.compile(
    f"(?:{_PLACE}{{2,8}}?(?:省|自治区|特别行政区))?"
    f"(?:{_PLACE}{{2,8}}?(?:自治州|市|州|盟|地区))?"
    f"(?:{_PLACE}{{1,8}}?(?:县|区|市|旗))?"
    f"(?:{_PLACE}{{1,8}}?(?:街道(?!口)|镇|乡|苏木))?"
)


class Personal(StrEnum):
    """Sorts of personal data, each with its own rule."""

    ID_NUMBER = "id_number"
    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    SECRET = "secret"  # noqa: S105 - a sort of data: what is never shown, such as bank accounts


def mask(kind: Personal, text: str) -> str:
    """What of a value may be shown to those who need not see it whole. What is empty stays empty."""
    stripped = text.strip()
    return _RULES[kind](stripped) if stripped else ""


def _id_number(text: str) -> str:
    """First two and last three: 51**************123. What is too short to be a number shows nothing."""
    kept = _SPACE.sub("", text)
    if len(kept) < 15:
        return STAR * 8
    return f"{kept[:2]}{STAR * (len(kept) - 5)}{kept[-3:]}"


def _phone(text: str) -> str:
    """A mobile number 138****1234; of any other number the last two digits."""
    kept = _SPACE.sub("", text)
    found = _MOBILE.fullmatch(kept)
    if found:
        return f"{found[1]}{STAR * 4}{found[2]}"
    return f"{STAR * 6}{kept[-2:]}" if len(kept) >= 7 else STAR * 6


def _name(text: str) -> str:
    """张三 is 张*, 欧阳示例 is 欧*例: the length of a name is not told."""
    if len(text) < 2:
        return STAR
    return f"{text[0]}{STAR}" if len(text) == 2 else f"{text[0]}{STAR}{text[-1]}"


def _address(text: str) -> str:
    """To the township or street; nothing of an address in which no division is named."""
    found = _TOWNSHIP.match(text)
    return f"{found[0] if found else ''}{STAR * 3}"


_RULES: Mapping[Personal, Callable[[str], str]] = {
    Personal.ID_NUMBER: _id_number,
    Personal.PHONE: _phone,
    Personal.NAME: _name,
    Personal.ADDRESS: _address,
    Personal.SECRET: lambda _: STAR * 6,
}


def scrub(text: str) -> str:
    """Free text with every identity number and mobile number in it masked."""
    return _NUMBERS.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    digits = _SPACE.sub("", found[0])
    is_id = len(digits) >= 15
    return mask(Personal.ID_NUMBER if is_id else Personal.PHONE, digits)
