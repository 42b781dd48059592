"""基本编码 of the national catalogue, 12 characters: scope 2, type 2, main item 5, sub item 3.

The sub item is 000 (none), 001 and on, or 00Y for a main item that has sub items. There is no check digit.
"""

import re

from yichuang.kernel.identifiers.characters import ALPHANUMERIC, DIGITS, malformed, stray
from yichuang.kernel.identifiers.divisions import PROVINCES
from yichuang.kernel.identifiers.task_types import TASK_TYPES, doubt_about
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "catalog12"
NATIONAL = "00"
MAIN_WITH_SUBS = "00Y"
_LOCAL = re.compile(r"51[0-9][A-Z][0-9]{8}")


def check(code: str) -> Verdict:
    """Judges a code of the national catalogue; a Sichuan code of 12 characters is a local extension."""
    return check_within(code, 0)


def check_within(code: str, offset: int) -> Verdict:
    """The same for a code after `offset` characters of a longer one; positions count from its start."""
    findings = Findings()
    for reason in malformed(code, ALPHANUMERIC, "数字", 12):
        findings.error(_shifted(code, reason, offset))
    if findings.wrong:
        return findings.verdict(code, KIND)
    if _LOCAL.fullmatch(code):
        findings.doubt("是四川目录编码（51 加数字和字母），属地方扩展，不是全国统一的基本编码")
        parts = {"scope": code[:2], "local_type": code[2:4], "main_item": code[4:9], "sub_item": code[9:]}
        return findings.verdict(code, KIND, parts)
    findings.error(stray(code[:9], DIGITS, "数字", offset))
    if code[9:] != MAIN_WITH_SUBS:
        findings.error(stray(code[9:], DIGITS, f"三位数字或 {MAIN_WITH_SUBS}", offset + 9))
    if findings.wrong:
        return findings.verdict(code, KIND)
    if code[:2] != NATIONAL and code[:2] not in PROVINCES:
        findings.doubt(f"第{offset + 1}—{offset + 2}位 {code[:2]} 既不是 00（全国）也不是省级行政区划代码")
    findings.doubt(doubt_about(code[2:4], f"第{offset + 3}—{offset + 4}位"))
    return findings.verdict(code, KIND, _parts(code))


def _shifted(code: str, reason: str, offset: int) -> str:
    """The reason with positions of the whole code; length and dummy have no position and stay as they are."""
    if offset == 0 or not reason.startswith("第"):
        return reason
    return stray(code, ALPHANUMERIC, "数字", offset) or reason


def _parts(code: str) -> dict[str, str]:
    parts = {
        "scope": code[:2],
        "scope_name": "全国" if code[:2] == NATIONAL else PROVINCES.get(code[:2], ""),
        "task_type": code[2:4],
        "task_type_name": TASK_TYPES.get(code[2:4], ""),
        "department_group": code[4:6],
        "sequence": code[6:9],
        "main_item": code[4:9],
        "sub_item": code[9:],
    }
    return {name: value for name, value in parts.items() if value}
