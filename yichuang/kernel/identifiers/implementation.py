"""What 实施编码 (31) and 业务办理项编码 (33) share: credit code 18, level 1, national catalogue code 12.

There is no check digit beyond the one inside the credit code, and the level cannot be told from the body's
region.
"""

from yichuang.kernel.identifiers import catalog12, uscc
from yichuang.kernel.identifiers.characters import ALPHANUMERIC, dummy, malformed
from yichuang.kernel.identifiers.verdict import Findings

LEVELS = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "镇（乡、街道）级",
    "6": "村（社区）级",
    "7": "分级管理",
}
_RULE = "数字或大写字母"
_FROM_CATALOGUE = ("scope", "task_type", "task_type_name", "sub_item")


def cut(code: str, findings: Findings, full: int) -> dict[str, str]:
    """Cuts and judges the shared front of a code of `full` characters, or one less if the level is missing.

    Some ministries publish the code without the level digit; that is flagged, not refused.
    Returns the parts; empty where the code cannot be cut. What follows the catalogue code is the caller's.
    """
    for reason in malformed(code, ALPHANUMERIC, _RULE, full, full - 1):
        findings.error(reason)
    if findings.wrong:
        return {}
    has_level = len(code) == full
    body = uscc.check(code[:18])
    findings.take(body, "" if dummy(code[:18]) is None else "第1—18位")
    if has_level:
        _examine_level(code[18], findings)
    else:
        findings.doubt(f"共{full - 1}位，缺第19位行使层级（应为{full}位）")
    start = 19 if has_level else 18
    item = catalog12.check_within(code[start : start + 12], start)
    findings.take(item, "" if dummy(item.code) is None else f"第{start + 1}—{start + 12}位")
    level = {"level": code[18], "level_name": LEVELS.get(code[18], "")} if has_level else {}
    parts = {"org": code[:18], **level, "catalog": item.code, **_catalogue_parts(item.parts)}
    return {name: value for name, value in parts.items() if value}


def _examine_level(level: str, findings: Findings) -> None:
    if level not in LEVELS:
        findings.error(f"第19位行使层级应为 1—7，实为 {level}")


def _catalogue_parts(parts: dict[str, str]) -> dict[str, str]:
    return {name: parts[name] for name in _FROM_CATALOGUE if name in parts}
