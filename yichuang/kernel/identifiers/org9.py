"""组织机构代码, 9 characters, GB 11714: eight of 0-9A-Z and a check, with or without a hyphen between."""

from yichuang.kernel.identifiers.characters import ALPHANUMERIC, DIGITS, dummy, malformed, stray
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "org9"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "0123456789X"
_RULE = "数字或大写字母"


def check_character(body: str) -> str:
    """The check character that belongs to eight characters of 0-9A-Z (11 − Σ mod 11; 10 is X, 11 is 0)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECKS[-total % 11]


def is_hyphenated(code: str) -> bool:
    """Whether the code is written 8-1, as on the old certificates."""
    return len(code) == 10 and code[8] == "-"


def check(code: str) -> Verdict:
    """Judges an organisation code: characters, check character (GB 11714), repeated-digit dummies."""
    findings = Findings()
    if is_hyphenated(code):
        findings.error(stray(code[:8], ALPHANUMERIC, _RULE))
    else:
        for reason in malformed(code, ALPHANUMERIC, _RULE, 9):
            findings.error(reason)
    if findings.wrong:
        return findings.verdict(code, KIND)
    body, last = code[:8], code[-1]
    findings.error(dummy(body + last))
    findings.error(stray(last, DIGITS | {"X"}, "数字或 X", len(code) - 1))
    expected = check_character(body)
    if not findings.wrong and last != expected:
        findings.error(f"第{len(code)}位校验码应为 {expected}，实为 {last}")
    return findings.verdict(code, KIND, {"body": body, "check": last})
