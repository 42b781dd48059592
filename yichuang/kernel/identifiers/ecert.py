"""电子证照标识: root, type code, issuer, serial, version and a check character.

The check is ISO 7064 MOD 37,36 over everything between root and check, dots left out.
"""

from yichuang.kernel.identifiers import org9, uscc
from yichuang.kernel.identifiers.characters import (
    ALPHANUMERIC,
    DIGITS,
    dummy,
    foreign,
    only,
    shown,
    stray,
    wrong_length,
)
from yichuang.kernel.identifiers.divisions import PROVINCES
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "ecert"
ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RULE = "数字或大写字母"
_FIELDS = ("type_code", "issuer_code", "serial", "version", "check")
_NAMES = {
    "type_code": "证照类型代码",
    "issuer_code": "颁发机构代码",
    "serial": "流水号",
    "version": "版本号",
    "check": "校验位",
}
# The longest serial met is 32 characters; a bound keeps a pasted document from being taken for an identifier.
MAX_LENGTH = 200


def check_character(text: str) -> str:
    """The ISO 7064 MOD 37,36 character for text of 0-9A-Z."""
    product = 36
    for char in text:
        product = ((product + int(char, 36)) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def check(code: str) -> Verdict:
    """Judges the identifier of an electronic licence.

    Invalid: another root, a missing field, a wrong check character (of the whole or of a credit code inside).
    Flagged: an issuer that is neither a credit code nor a division code of six digits.
    """
    findings = Findings()
    parts = _cut(code, findings)
    if findings.wrong:
        return findings.verdict(code, KIND)
    for name in _FIELDS:
        reason = stray(parts[name], ALPHANUMERIC, _RULE) if parts[name] else "为空"
        findings.error(reason and f"{_NAMES[name]}{reason}")
    if findings.wrong:
        return findings.verdict(code, KIND, parts)
    _examine_type(parts["type_code"], findings)
    _examine_issuer(parts["issuer_code"], findings)
    if not only(parts["version"], DIGITS) or len(parts["version"]) != 3:
        findings.error(f"版本号应为三位数字，实为 {shown(parts['version'])}")
    _examine_check(parts, findings)
    return findings.verdict(code, KIND, parts)


def _cut(code: str, findings: Findings) -> dict[str, str]:
    if not code:
        findings.error("代码为空")
    elif len(code) > MAX_LENGTH:
        findings.error(f"长度{len(code)}位，超过{MAX_LENGTH}位")
    elif not code.startswith(f"{ROOT}."):
        findings.error(foreign(code))
        findings.error(f"应以 {ROOT}. 开头")
    if findings.wrong:
        return {}
    fields = code.removeprefix(f"{ROOT}.").split(".")
    if len(fields) != len(_FIELDS):
        wanted = "、".join(_NAMES.values())
        findings.error(f"根节点之后应有5段（{wanted}），实有{len(fields)}段")
        return {}
    return dict(zip(_FIELDS, fields, strict=True))


def _examine_type(text: str, findings: Findings) -> None:
    length = wrong_length(text, 21)
    if length is not None:
        findings.error(f"证照类型代码{length}（18位统一社会信用代码加3位序号）")
        return
    findings.take(uscc.check(text[:18]), "证照类型代码中的统一社会信用代码：")
    tail = stray(text[18:], DIGITS, "数字", 18)
    findings.error(tail and f"证照类型代码{tail}")


def _examine_issuer(text: str, findings: Findings) -> None:
    if len(text) == 18:
        findings.take(uscc.check(text), "颁发机构代码：")
    elif dummy(text):
        findings.error(f"颁发机构代码{dummy(text)}")
    elif len(text) == 6 and only(text, DIGITS):
        if text[:2] not in PROVINCES:
            findings.doubt(f"颁发机构代码 {text} 的前两位不是省级行政区划代码")
    elif len(text) == 9:
        findings.take(org9.check(text), "颁发机构代码：")
        findings.doubt("颁发机构代码为9位组织机构代码，通常应为18位统一社会信用代码")
    else:
        findings.doubt(f"颁发机构代码 {shown(text)} 既不是18位统一社会信用代码，也不是6位行政区划代码")


def _examine_check(parts: dict[str, str], findings: Findings) -> None:
    expected = check_character("".join(parts[name] for name in _FIELDS[:-1]))
    if parts["check"] != expected:
        findings.error(f"末段校验位应为 {expected}，实为 {shown(parts['check'])}")
