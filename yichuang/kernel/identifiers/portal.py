"""Item code of the Sichuan portal: 目录编码-区划12-000-实施主体码-行使方式-00, read from the right.

Nothing that the portal carries is lost: the parts are returned as far as they can be told. The verdict:

- invalid: the body's code has a wrong check character, an illegal character or lower case, or is one digit
  repeated; a field that must be digits is not; nothing of a portal code can be recognised.
- flagged: the body's code has a length that no standard knows (7, 10, 13, 17 …), the code is short (catalogue
  code and body only, or the catalogue code alone), or a type, form, mode or fixed field is not a known one.
- ok: everything else; the catalogue code may be of any form the portal carries, legacy ones included.
"""

from dataclasses import dataclass

from yichuang.kernel.identifiers import org9, uscc
from yichuang.kernel.identifiers.characters import (
    ALPHANUMERIC,
    DIGITS,
    dummy,
    foreign,
    only,
    shown,
    stray,
)
from yichuang.kernel.identifiers.divisions import PROVINCES
from yichuang.kernel.identifiers.portal_catalogue import examine, form_of
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "portal"
MAX_LENGTH = 100
_MODES = ("1", "2")
_BODY = "实施主体码"
_SHORT = "代码不完整：只有"


@dataclass(frozen=True, slots=True)
class _Full:
    catalogue: str
    area: str
    sequence: str
    body: str
    mode: str
    tail: str


def parse(code: str) -> Verdict:
    """Cuts a portal code from the right and judges every part; the head of this module tells the verdicts."""
    findings = Findings()
    if not code or len(code) > MAX_LENGTH:
        findings.error(f"长度{len(code)}位，超过{MAX_LENGTH}位" if code else "代码为空")
        return findings.verdict(code, KIND)
    if foreign(code) is not None:
        findings.error(foreign(code))
        return findings.verdict(code, KIND)
    if form_of(code):
        findings.doubt(f"{_SHORT}目录编码，缺区划、{_BODY}等部分")
        return findings.verdict(code, KIND, examine(code, findings))
    fields = code.split("-")
    full = _cut(fields)
    parts = _examine_short(fields, findings) if full is None else _examine_full(full, findings)
    return findings.verdict(code, KIND, parts)


check = parse


def _cut(fields: list[str]) -> _Full | None:
    """The six parts, or None for a short code. The body may hold hyphens, and so may the catalogue code."""
    if len(fields) < 6 or not _is_number(fields[-1], 2):
        return None
    start = _start_of_body(fields)
    if start < 3:
        return None
    return _Full(
        "-".join(fields[: start - 2]),
        fields[start - 2],
        fields[start - 1],
        "-".join(fields[start:-2]),
        fields[-2],
        fields[-1],
    )


def _start_of_body(fields: list[str]) -> int:
    """The field after the rightmost division and sequence; without those, where a regular body begins."""
    for i in range(len(fields) - 5, 0, -1):
        if _is_number(fields[i], 12) and _is_number(fields[i + 1], 3):
            return i + 2
    hyphenated = len(fields[-4]) == 8 and len(fields[-3]) == 1
    return len(fields) - (4 if hyphenated else 3)


def _is_number(text: str, length: int) -> bool:
    return len(text) == length and only(text, DIGITS)


def _examine_full(full: _Full, findings: Findings) -> dict[str, str]:
    parts = examine(full.catalogue, findings)
    if not _is_number(full.area, 12):
        findings.error(f"区划代码应为12位数字，实为 {shown(full.area) or '空'}")
    elif full.area[:2] not in PROVINCES:
        findings.doubt(f"区划代码前两位 {full.area[:2]} 不是省级行政区划代码")
    if not _is_number(full.sequence, 3):
        findings.error(f"区划后一段应为三位数字，实为 {shown(full.sequence) or '空'}")
    elif full.sequence != "000":
        findings.doubt(f"区划后一段通常为 000，实为 {full.sequence}")
    org_kind = _examine_body(full.body, findings)
    _examine_mode(full.mode, findings)
    if full.tail != "00":
        findings.doubt(f"末段通常为 00，实为 {full.tail}")
    return parts | {
        "area_code": full.area,
        "sequence": full.sequence,
        "org_code": full.body,
        "org_kind": org_kind,
        "mode": full.mode,
        "tail": full.tail,
    }


def _examine_mode(mode: str, findings: Findings) -> None:
    if mode in _MODES:
        return
    if only(mode, DIGITS) or mode == "null":
        findings.doubt(f"行使方式通常为 1 或 2，实为 {shown(mode)}")
    else:
        findings.error(f"行使方式应为数字，实为 {shown(mode) or '空'}")


def _examine_short(fields: list[str], findings: Findings) -> dict[str, str]:
    """Catalogue code and body only, as the portal has for some items of its old catalogue."""
    hyphenated = len(fields) > 2 and len(fields[-2]) == 8 and len(fields[-1]) == 1
    split = len(fields) - (2 if hyphenated else 1)
    catalogue, body = "-".join(fields[:split]), "-".join(fields[split:])
    if not form_of(catalogue):
        findings.error(f"不是门户事项编码：从右起认不出末段、行使方式、{_BODY}和区划，也认不出目录编码")
        return {}
    findings.doubt(f"{_SHORT}目录编码和{_BODY}，缺区划、行使方式等部分")
    parts = examine(catalogue, findings)
    org_kind = _examine_body(body, findings)
    return parts | {"org_code": body, "org_kind": org_kind}


def _examine_body(body: str, findings: Findings) -> str:
    """Judges the implementing body's code; returns its kind: uscc, org9 or unknown."""
    if len(body) == 18:
        findings.take(uscc.check(body), f"{_BODY}：")
        return uscc.KIND
    if len(body) == 9 or org9.is_hyphenated(body):
        findings.take(org9.check(body), f"{_BODY}：")
        return org9.KIND
    reason = dummy(body) or stray(body, ALPHANUMERIC | {"-"}, "数字或大写字母")
    if reason is not None:
        findings.error(f"{_BODY}{reason}")
    else:
        length = f"为{len(body)}位" if body else "为空"
        findings.doubt(f"{_BODY}{length}，既不是18位统一社会信用代码，也不是9位组织机构代码")
    return "unknown"
