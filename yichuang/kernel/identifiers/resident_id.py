"""居民身份证 and the permits that share its form, 18 characters, GB 11643.

A permit of residence for people of 香港, 澳门 and 台湾 has 81, 82 or 83 for a province. The permanent
residence permit for foreigners (2023 form) begins with 9, then province (2) and nationality (3) in place of
the division.
"""

from datetime import date

from yichuang.kernel.identifiers.characters import DIGITS, malformed, stray
from yichuang.kernel.identifiers.divisions import PROVINCES
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "resident_id"
_ALLOWED = DIGITS | {"X"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Nobody born earlier was alive when 18-digit numbers were introduced in 1999; credit codes have 00 here.
EARLIEST_YEAR = 1880
LATEST_YEAR = 2100
_PERMITS = {"81": "港澳居民居住证（香港）", "82": "港澳居民居住证（澳门）", "83": "台湾居民居住证"}
_FOREIGN = "外国人永久居留身份证"


def check_character(body: str) -> str:
    """The check character that belongs to the first 17 digits."""
    total = sum(int(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def birth_date(text: str) -> date | None:
    """The date in eight digits YYYYMMDD, or None where there is no such day or the year is unreasonable."""
    if not DIGITS.issuperset(text):
        return None
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return born if EARLIEST_YEAR <= born.year <= LATEST_YEAR else None


def holds(code: str, today: date | None = None) -> bool:
    """Whether 18 characters have a real birth date (not after `today`) and the right check character."""
    if malformed(code, _ALLOWED, "", 18) or not DIGITS.issuperset(code[:17]):
        return False
    born = birth_date(code[6:14])
    in_time = born is not None and (today is None or born <= today)
    return in_time and code[17] == check_character(code[:17])


def resembles(code: str) -> bool:
    """Whether the code may be meant as a person's number: form right, and birth date or check right."""
    if malformed(code, _ALLOWED, "", 18) or not DIGITS.issuperset(code[:17]):
        return False
    return birth_date(code[6:14]) is not None or code[17] == check_character(code[:17])


def check(code: str, today: date | None = None) -> Verdict:
    """Judges the number of an identity card or permit.

    A birth date after `today` is wrong; without `today` any real day up to 2100 passes. A province that
    GB/T 2260 does not know is flagged. The parts hold personal data: do not log them.
    """
    findings = Findings()
    for reason in malformed(code, _ALLOWED, "数字（末位可为 X）", 18):
        findings.error(reason)
    if not findings.wrong:
        findings.error(stray(code[:17], DIGITS, "数字"))
    if findings.wrong:
        if len(code) == 15 and DIGITS.issuperset(code):
            findings.error("15位是2013年起停用的第一代身份证号")
        return findings.verdict(code, KIND)
    _examine_birth(code[6:14], today, findings)
    expected = check_character(code[:17])
    if code[17] != expected:
        findings.error(f"第18位校验码应为 {expected}，实为 {code[17]}")
    return findings.verdict(code, KIND, _parts(code, findings))


def _examine_birth(text: str, today: date | None, findings: Findings) -> None:
    born = birth_date(text)
    if born is None:
        findings.error(f"第7—14位出生日期 {text} 不是合理的日期")
    elif today is not None and born > today:
        findings.error(f"第7—14位出生日期 {born.isoformat()} 晚于今天")


def _parts(code: str, findings: Findings) -> dict[str, str]:
    foreign = code[0] == "9"
    province = code[1:3] if foreign else code[:2]
    place = "第2—3位" if foreign else "第1—2位"
    if province not in PROVINCES and not (province in _PERMITS and not foreign):
        findings.doubt(f"{place} {province} 不是省级行政区划代码")
    document = _FOREIGN if foreign else _PERMITS.get(province, "居民身份证")
    area = {"province": province, "nationality": code[3:6]} if foreign else {"area_code": code[:6]}
    born = birth_date(code[6:14])
    return {
        "document": document,
        **area,
        "birth_date": born.isoformat() if born else code[6:14],
        "sequence": code[14:17],
        "sex": "男" if int(code[16]) % 2 else "女",
        "check": code[17],
    }
