"""业务办理项编码, 33 characters: 实施编码 and two digits for the variant (首次, 变更, 延续, 注销 …)."""

from yichuang.kernel.identifiers.characters import DIGITS, stray
from yichuang.kernel.identifiers.implementation import cut
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "handle33"


def check(code: str) -> Verdict:
    """Judges a handling code; 32 characters without the level are flagged, and so is variant 00."""
    findings = Findings()
    parts = cut(code, findings, 33)
    if not parts:
        return findings.verdict(code, KIND)
    variant = code[-2:]
    findings.error(stray(variant, DIGITS, "数字", len(code) - 2))
    if variant == "00":
        findings.doubt(f"第{len(code) - 1}—{len(code)}位办理项序号为 00，通常从 01 起")
    return findings.verdict(code, KIND, {**parts, "variant": variant})
